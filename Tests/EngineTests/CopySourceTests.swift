import BuildContext
import TestSupport
import Testing

/// What COPY sources select: a real build copies each into a folder of its own.
@Suite(.enabled(if: Engine.client != nil, Engine.isMissing))
struct CopySourceTests {
    /// Flags and a source, as they stand in a Dockerfile.
    static let sources: [(excludes: [String], path: String)] = [
        ([], "a.txt"), ([], "./a.txt"), ([], "/a.txt"), ([], "../a.txt"), ([], "dir/../a.txt"),
        ([], "a.txt/"), ([], "dir"),
        ([], "dir/"), ([], "dir/."), ([], "dir/sub/.."), ([], "."), ([], "/"), ([], "./"), ([], "*.md"),
        ([], "*"), ([], "*/f1"),
        ([], "*/*"), ([], "di?"), ([], "di?2"), ([], "[ad]*"), ([], "[^d]*"), ([], "[!d]*"), ([], "nothing*"),
        ([], "**/f1"),
        ([], "**"), ([], "dir/**"), ([], "src/*.go"), ([], "src/*/*.go"), ([], "src/d*/"), ([], "lnk"),
        ([], "lnk/"), ([], "lnk/f1"),
        ([], "lnk/*"), ([], "lnk/s*/f*"), ([], "ln*"), ([], "links/file"), ([], "links/chain"),
        ([], "links/absolute"),
        ([], "links/above"), ([], "links/f*"), ([], "links/folder/sub"), ([], "links"), ([], "empty"),
        ([], "empty/inner"),
        ([], "a/b"), ([], "foo*"), ([], "foo1"), ([], "x[[]1].txt"), ([], "x?y"), ([], "new?line"),
        ([], ".git"), ([], ".*"),
        ([], "e*/*"), ([], "日本"), ([], "日*"), ([], "?.txt"), ([], "a[^b]b"),
        (["*.md"], "docs"), (["a.md"], "docs/a.md"), (["*.md"], "*"), (topLinks + ["**/*.md"], "."),
        (["sub"], "docs"),
        (["docs"], "docs"), (["**", "!**/f3"], "dir"), (["sub", "!sub/f2"], "dir"),
        (["*.go", "!a.go"], "src"),
        (["deep/*.md"], "src"), (["src/deep"], "src"), (["**"], "dir"), (["*"], "dir"), (["f1"], "lnk"),
        (["f1", "sub"], "*"),
    ]

    /// With `--exclude`, BuildKit follows every symlink in the context's root when it makes the key of `COPY .`, and fails at
    /// one that leads nowhere (`contenthash`, includedPaths). We do not: the source itself is there.
    static let topLinks = ["dangling", "loop", "out", "up"]

    /// A build with any of these fails.
    static let failing: [(path: String, outcome: ContextSelection.Outcome)] = [
        ("missing", .missing), ("dir/missing", .missing), ("a.txt/below", .missing), ("dangling", .missing),
        ("loop", .missing), ("out", .outside), ("up", .outside), ("../../nowhere", .outside),
        ("missing/*", .missing),
        ("d*ling", .missing), ("[", .malformed("has a `[` without its `]`")),
    ]

    static let ignoreFiles = [
        "", "docs\nsrc/deep\n*.md\n!docs/sub/keep.md\ndir2\n!dir2/f1\nlinks/deep", "**\n!dir\n!lnk",
    ]

    private func makeContext() throws -> ScratchFolder {
        let scratch = try ScratchFolder()
        try TrickyTree.write(to: scratch, under: "context")
        try scratch.write("deep", to: "context/links/deep/target")
        try scratch.symlink("context/links/file", to: "deep/target")
        try scratch.symlink("context/links/chain", to: "file")
        try scratch.symlink("context/links/absolute", to: "/dir/f1")
        try scratch.symlink("context/links/above", to: "../../../../../dir/f1")
        try scratch.symlink("context/links/folder", to: "../dir")
        return scratch
    }

    /// `COPY` in JSON form, so that blanks and backslashes reach the builder.
    private func copy(_ source: (excludes: [String], path: String), to folder: String) -> String {
        let flags = source.excludes.map { "--exclude=\($0) " }.joined()
        return "COPY \(flags)[\"\(source.path)\", \"/\(folder)/\"]\n"
    }

    @Test(arguments: ignoreFiles)
    func `take along what a build copies`(ignoreFile: String) async throws {
        let scratch = try makeContext()
        try scratch.write(ignoreFile, to: "Dockerfile.dockerignore")
        let context = try BuildContext(project: scratch.path, directory: "context", dockerfile: "Dockerfile")
        var dockerfile = "FROM scratch\n"
        var expected: [Listed] = []
        for (number, source) in Self.sources.enumerated() {
            let source = ContextSource(path: source.path, excludes: source.excludes)
            let selection = context.selection(of: source)
            guard [.found, .nothing].contains(selection.outcome) else { continue }
            dockerfile += copy((source.excludes, source.path), to: "\(number)")
            let entries = context.entries(of: source, selection)
            if !entries.isEmpty { expected.append(Listed(ContextPath("\(number)"), .directory)) }
            for entry in entries where !entry.destination.isRoot {
                expected.append(
                    Listed(ContextPath("\(number)").appending(entry.destination.bytes), entry.kind))
            }
        }
        try scratch.write(dockerfile, to: "Dockerfile")
        switch try await Engine.build(context: context.root, dockerfile: scratch.path(of: "Dockerfile")) {
        case .built(let entries): expectSame(expected, entries.map(Listed.init))
        case .failed(let message): Issue.record("the build failed: \(message)")
        }
    }

    @Test func `that find nothing end the build`() async throws {
        let scratch = try makeContext()
        let context = try BuildContext(project: scratch.path, directory: "context", dockerfile: "Dockerfile")
        for (path, outcome) in Self.failing {
            #expect(context.selection(of: ContextSource(path: path)).outcome == outcome, "\(path)")
            try scratch.write("FROM scratch\n" + copy(([], path), to: "out"), to: "Dockerfile")
            let build = try await Engine.build(
                context: context.root, dockerfile: scratch.path(of: "Dockerfile"))
            if case .built = build { Issue.record("COPY \(path) built") }
        }
    }

    @Test(arguments: ignoreFiles.dropFirst())
    func `that the ignore file leaves out end the build`(ignoreFile: String) async throws {
        let scratch = try makeContext()
        try scratch.write(ignoreFile, to: "Dockerfile.dockerignore")
        let context = try BuildContext(project: scratch.path, directory: "context", dockerfile: "Dockerfile")
        var count = 0
        for source in Self.sources {
            let selection = context.selection(of: ContextSource(path: source.path, excludes: source.excludes))
            guard ![.found, .nothing].contains(selection.outcome) else { continue }
            count += 1
            try scratch.write("FROM scratch\n" + copy(source, to: "out"), to: "Dockerfile")
            let build = try await Engine.build(
                context: context.root, dockerfile: scratch.path(of: "Dockerfile"))
            if case .built = build { Issue.record("COPY \(source.path) built, but: \(selection.outcome)") }
        }
        #expect(count > 5)
    }
}
