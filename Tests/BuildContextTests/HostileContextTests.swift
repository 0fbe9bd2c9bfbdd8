import BuildContext
import SourceText
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Contexts that want to make us hang, wander off or crash.
struct HostileContextTests {
    @Test func `symlinks are listed and never followed`() throws {
        let scratch = try ScratchFolder()
        try scratch.write("secret", to: "outside/secret")
        try scratch.symlink("repository/loop/again", to: "..")
        try scratch.symlink("repository/self", to: "self")
        try scratch.symlink("repository/out", to: "../outside")
        try scratch.symlink("repository/root", to: "/")
        let context = try BuildContext(
            project: scratch.path(of: "repository"), directory: ".", dockerfile: "Dockerfile")
        #expect(context.listing.entries.map(\.path) == ["loop", "loop/again", "out", "root", "self"])
        #expect(context.listing.isComplete)
        #expect(context.selection(of: ContextSource(path: "self")).outcome == .missing)
        #expect(context.selection(of: ContextSource(path: "out/secret")).outcome == .outside)
        #expect(context.selection(of: ContextSource(path: "loop/again/loop/again/loop")).outcome == .found)
    }

    @Test func `a context that a symlink leads out of the project is not read`() throws {
        let scratch = try ScratchFolder()
        try scratch.write("secret", to: "outside/secret")
        try scratch.symlink("repository/context", to: "../outside")
        #expect(throws: ContextError.outside("context")) {
            try BuildContext(
                project: scratch.path(of: "repository"), directory: "context", dockerfile: "Dockerfile")
        }
        #expect(throws: ContextError.outside("..")) {
            try BuildContext(
                project: scratch.path(of: "repository"), directory: "..", dockerfile: "Dockerfile")
        }
    }

    @Test func `a FIFO is listed and not opened`() throws {
        let scratch = try ScratchFolder()
        try scratch.makeFIFO("fifo")
        let context = try BuildContext(project: scratch.path, directory: ".", dockerfile: "fifo")
        #expect(context.listing.entries.map(\.kind) == [.other])
    }

    @Test func `names that are not UTF-8 are kept apart`() throws {
        let scratch = try ScratchFolder()
        try scratch.write([], toName: [0x61, 0xFF])
        try scratch.write([], toName: [0x61, 0xFE])
        let context = try BuildContext(project: scratch.path, directory: ".", dockerfile: "Dockerfile")
        #expect(context.listing.entries.map(\.path.bytes) == [[0x61, 0xFE], [0x61, 0xFF]])
        guard case .readable = context.status(of: ContextPath(bytes: [0x61, 0xFF])) else {
            return #expect(Bool(false), "it is not found again")
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root reads every folder"))
    func `a folder that cannot be read is a note`() throws {
        let scratch = try ScratchFolder()
        try scratch.write("", to: "locked/file")
        try scratch.write("", to: "open/file")
        try scratch.setMode(0, of: "locked")
        let context = try BuildContext(project: scratch.path, directory: ".", dockerfile: "Dockerfile")
        #expect(context.listing.notes.map(\.path) == ["locked"])
        #expect(!context.listing.isComplete)
        #expect(context.listing.fileCount == 1)
    }

    /// As root, a path that is too long for the system stands in for what cannot be opened.
    @Test func `a folder that the system does not open is a note`() throws {
        let scratch = try ScratchFolder()
        let name = String(repeating: "n", count: 250)
        var descriptor = open(scratch.path, O_RDONLY | O_DIRECTORY)
        for _ in 0..<20 {
            #expect(mkdirat(descriptor, name, 0o755) == 0)
            let next = openat(descriptor, name, O_RDONLY | O_DIRECTORY)
            close(descriptor)
            descriptor = next
        }
        close(descriptor)
        let context = try BuildContext(project: scratch.path, directory: ".", dockerfile: "Dockerfile")
        #expect(!context.listing.isComplete)
        #expect(context.listing.notes.count == 1)
    }

    @Test func `sizes whose sum is no number are the largest one`() throws {
        // Of sparse files; a file system in memory takes 8 EB.
        let files = (0..<12).flatMap { index in
            [("a/\(index)", Int.max), ("b/c/\(index).log", Int.max / 2)]
        }
        let tree = MemoryTree(
            files.map { path, size in
                (
                    path: ContextPath(path),
                    entry: FileTreeEntry(
                        name: Array(path.utf8.drop { $0 != 0x2F }.dropFirst()), kind: .file, size: size)
                )
            })
        let context = BuildContext(
            tree: tree,
            ignoreFile: IgnoreFile(
                source: SourceText(path: ".dockerignore", text: "**/*.log\n"), kind: .ofContext))
        #expect(context.listing.byteCount == .max)
        #expect(context.listing.largest(2).map(\.byteCount) == [.max, .max])
        #expect(context.leftOut.byteCount == .max)
        #expect(context.leftOut.patterns.map(\.byteCount) == [.max])
    }

    @Test func `200,000 files are listed`() throws {
        let scratch = try ScratchFolder()
        for folder in 0..<200 {
            try scratch.makeFolder("node_modules/p\(folder)")
            for file in 0..<1000 {
                let descriptor = creat(scratch.path(of: "node_modules/p\(folder)/f\(file).js"), 0o644)
                close(descriptor)
            }
        }
        try scratch.write("node_modules/p1\n**/*.log\n**/f7*.js\n*.md\n!**/f77.js\n", to: ".dockerignore")
        let context = try BuildContext(project: scratch.path, directory: ".", dockerfile: "Dockerfile")
        // 111 names of f7*, of which f77 is brought back; and the ignore file.
        let fileCount = context.listing.fileCount
        #expect(fileCount == 199 * 890 + 1 + 1)
        let isComplete = context.listing.isComplete
        #expect(isComplete)
        #expect(context.leftOut.deadPatterns.map(\.text) == ["**/*.log", "*.md"])
    }
}
