import BuildContext
import TestSupport
import Testing

/// What an ignore file leaves of a context: a real build says which files it got.
@Suite(.enabled(if: Engine.client != nil, Engine.isMissing))
struct IgnoreFileTests {
    /// What one ignore file says, for the names in the test report.
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        var testDescription: String { String(reflecting: text) }
    }

    static let scratch = try! ScratchFolder()
    static let context: String = {
        try! TrickyTree.write(to: scratch, under: "context")
        return scratch.path(of: "context")
    }()

    /// Lines joined by newlines.
    static let cases = IgnoreCases.all.map(Case.init)

    @Test(arguments: zip(cases, cases.indices))
    func `leaves the files that a build gets`(_ testCase: Case, number: Int) async throws {
        try await compare(testCase.text, folder: "case-\(number)")
    }

    @Test(arguments: 1...40)
    func `leaves the files that a build gets, for generated files`(seed: Int) async throws {
        var generator = IgnoreGenerator(seed: UInt64(seed))
        try await compare(generator.next(), folder: "generated-\(seed)")
    }

    private func compare(_ text: String, folder: String) async throws {
        try Self.scratch.write("FROM scratch\nCOPY . /\n", to: "\(folder)/Dockerfile")
        try Self.scratch.write(text, to: "\(folder)/Dockerfile.dockerignore")
        let build = try await Engine.build(
            context: Self.context, dockerfile: Self.scratch.path(of: "\(folder)/Dockerfile"))
        let context = try BuildContext(
            project: Self.scratch.path, directory: "context", dockerfile: "\(folder)/Dockerfile")
        #expect(context.ignoreFile?.kind == .ofDockerfile)
        switch build {
        case .built(let entries):
            #expect(context.problems == [])
            expectSame(context.listing.entries.map { Listed($0.path, $0.kind) }, entries.map(Listed.init))
            let got = Set(entries.map { ContextPath(bytes: $0.path) })
            for path in TrickyTree.files.map({ ContextPath($0) }) {
                var isReadable = false
                if case .readable = context.status(of: path) { isReadable = true }
                #expect(isReadable == got.contains(path), "\(path), asked by itself")
            }
        case .failed(let message):
            #expect(message.contains("pattern"), "the build failed for another reason: \(message)")
            #expect(!context.problems.isEmpty, "BuildKit says: \(message)")
        }
    }

    @Test func `of a Dockerfile replaces the one of the context, even when it is empty`() async throws {
        let scratch = try ScratchFolder()
        try scratch.write("FROM scratch\nCOPY . /\n", to: "Dockerfile")
        try scratch.write("FROM scratch\nCOPY . /\n", to: "other")
        try scratch.write("FROM scratch\nCOPY . /\n", to: "nested/Dockerfile")
        try scratch.write("a\n", to: "a")
        try scratch.write("b\n", to: "b")
        try scratch.write("a\n", to: ".dockerignore")
        try scratch.write("", to: "other.dockerignore")
        try scratch.write("b\n", to: "nested/.dockerignore")
        for dockerfile in ["Dockerfile", "other", "nested/Dockerfile"] {
            let context = try BuildContext(project: scratch.path, directory: ".", dockerfile: dockerfile)
            let build = try await Engine.build(
                context: scratch.path, dockerfile: scratch.path(of: dockerfile))
            guard case .built(let entries) = build else {
                Issue.record("\(dockerfile): \(build)")
                continue
            }
            expectSame(context.listing.entries.map { Listed($0.path, $0.kind) }, entries.map(Listed.init))
        }
    }
}

/// A path with its kind, as both sides can name it.
struct Listed: Hashable, Comparable, CustomStringConvertible {
    let path: ContextPath
    let kind: Character

    init(_ path: ContextPath, _ kind: FileTreeEntry.Kind) {
        self.path = path
        self.kind =
            switch kind {
            case .file: "-"
            case .directory: "d"
            case .symlink: "l"
            case .other: "o"
            }
    }

    init(_ entry: TarArchive.Entry) {
        path = ContextPath(bytes: entry.path)
        kind = entry.kind
    }

    var description: String { "\(kind) \(String(reflecting: path.description))" }
    static func < (left: Self, right: Self) -> Bool { left.path < right.path }
}

func expectSame(_ ours: [Listed], _ theirs: [Listed], sourceLocation: SourceLocation = #_sourceLocation) {
    let tooMany = Set(ours).subtracting(theirs).sorted()
    let missing = Set(theirs).subtracting(ours).sorted()
    #expect(tooMany == [], "ours lists what the build did not get", sourceLocation: sourceLocation)
    #expect(missing == [], "the build got what ours does not list", sourceLocation: sourceLocation)
}
