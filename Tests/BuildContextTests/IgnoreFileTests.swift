import BuildContext
import SourceText
import TestSupport
import Testing

struct IgnoreFileTests {
    private func read(_ text: String) -> IgnoreFile {
        IgnoreFile(source: SourceText(path: ".dockerignore", text: text), kind: .ofContext)
    }

    @Test func `patterns keep their line, their place and what they mean`() {
        let text = "\u{FEFF}# comment\r\n\r\n  /dir/ \t\r\n! ./src/../keep\r\n #x\n"
        let file = read(text)
        #expect(file.patterns.map(\.line) == [3, 4, 5])
        #expect(file.patterns.map(\.text) == ["dir", "keep", "#x"])
        #expect(file.patterns.map(\.isNegated) == [false, true, false])
        #expect(file.patterns.map { file.source.string($0.range) } == ["/dir/", "! ./src/../keep", "#x"])
        #expect(file.problems.isEmpty)
    }

    @Test func `every line that ends a build is a problem with its line and a remedy`() {
        let file = read("good\n!\n[abc\nalso good\nfoo\\\n")
        #expect(file.problems.map(\.line) == [2, 3, 5])
        #expect(file.problems.allSatisfy { !$0.message.isEmpty && !$0.remedy.isEmpty })
        #expect(file.patterns.map(\.text) == ["good", "also good"])
    }

    @Test func `a line that is too long for BuildKit is a problem, the longest that it takes is not`() {
        #expect(read(String(repeating: "a", count: 65_535)).problems.isEmpty)
        #expect(read(String(repeating: "a", count: 65_536)).problems.map(\.line) == [1])
    }

    @Test func `too many patterns are a problem, not a long wait`() {
        #expect(read(String(repeating: "a\n", count: 20_000)).problems.count == 1)
    }

    @Test func `the Dockerfile's own file applies first, also where it is empty`() throws {
        let scratch = try ScratchFolder()
        try scratch.write("FROM scratch\n", to: "build/app.Dockerfile")
        try scratch.write("a\n", to: "src/.dockerignore")
        try scratch.write("not read\n", to: "build/.dockerignore")
        var context = try BuildContext(
            project: scratch.path, directory: "src", dockerfile: "build/app.Dockerfile")
        #expect(context.ignoreFile?.path == "src/.dockerignore")
        #expect(context.shadowedIgnoreFile == nil)
        try scratch.write("", to: "build/app.Dockerfile.dockerignore")
        context = try BuildContext(
            project: scratch.path, directory: "src", dockerfile: "build/app.Dockerfile")
        #expect(context.ignoreFile?.path == "build/app.Dockerfile.dockerignore")
        #expect(context.ignoreFile?.kind == .ofDockerfile)
        #expect(context.shadowedIgnoreFile == "src/.dockerignore")
    }

    @Test func `one that is a FIFO, a folder or a symlink out of the context is not read`() throws {
        let scratch = try ScratchFolder()
        try scratch.write("x\n", to: "x")
        try scratch.makeFIFO("one/.dockerignore")
        try scratch.makeFolder("two/.dockerignore")
        try scratch.symlink("three/.dockerignore", to: "../x")
        try scratch.symlink("four/.dockerignore", to: "real")
        try scratch.write("x\n", to: "four/real")
        for (directory, isRead) in [("one", false), ("two", false), ("three", false), ("four", true)] {
            let context = try BuildContext(
                project: scratch.path, directory: directory, dockerfile: "Dockerfile")
            #expect((context.ignoreFile != nil) == isRead, "\(directory)")
        }
    }

    @Test func `one that is too large is a problem`() throws {
        let scratch = try ScratchFolder()
        try scratch.write(String(repeating: "#\n", count: 1 << 20), to: ".dockerignore")
        let context = try BuildContext(project: scratch.path, directory: ".", dockerfile: "Dockerfile")
        #expect(context.problems.count == 1)
    }
}
