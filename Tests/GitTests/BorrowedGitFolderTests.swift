import Foundation
import Git
import TestSupport
import Testing

/// Without the repository's configuration, git still says what it says with it.
@Suite struct BorrowedGitFolderTests {
    private func history(_ folder: String) async throws -> GitHistory {
        var environment = ProcessInfo.processInfo.environment
        environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
        return try await GitHistory(holding: folder, environment: environment)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// Calls of git, or `write PATH TEXT`, `chmod PATH`, `rewrite PATH`, `link PATH TARGET`.
        let before: [String]
        let after: [String]
        /// The work tree that is looked at, relative to the repository.
        var place = ""

        init(_ name: String, before: [String] = [], after: [String], in place: String = "") {
            (testDescription, self.before, self.after, self.place) = (name, before, after, place)
        }
    }

    static let cases: [Case] = [
        Case("nothing", after: []),
        Case(
            "line ends that git converts", before: ["config core.autocrlf true"],
            after: ["crlf a", "crlf b/c"]),
        Case("line ends that it does not", after: ["crlf a"]),
        Case("line ends by attributes", before: ["write .gitattributes *_text_eol=crlf"], after: ["crlf a"]),
        Case("modes that count", after: ["chmod a"]),
        Case("modes that do not", before: ["config core.fileMode false"], after: ["chmod a"]),
        Case(
            "a sparse checkout", before: ["sparse-checkout set b"], after: ["write b/c new", "write x new"]),
        Case(
            "a sparse index",
            before: ["sparse-checkout init --cone --sparse-index", "sparse-checkout set b"],
            after: ["write b/c new"]),
        Case("the work tree's exclude", after: ["write .git/info/exclude x", "write x 1", "write y 1"]),
        Case(
            "a configured exclude",
            after: ["write .git/own x", "config core.excludesFile ROOT/.git/own", "write x 1"]),
        Case(
            "configured attributes",
            after: ["write .git/own *_eol=crlf", "config core.attributesFile ROOT/.git/own", "crlf a"]),
        Case("a split index", before: ["update-index --split-index"], after: ["write a new", "add a"]),
        Case("what is to be added", after: ["write x 1", "add -N x", "write y 1", "add y"]),
        Case("a linked work tree", after: ["worktree add -q linked", "write linked/a new"], in: "linked"),
        Case(
            "its own configuration",
            after: [
                "config extensions.worktreeConfig true", "worktree add -q linked",
                "-C linked config --worktree core.fileMode false", "chmod linked/a",
            ], in: "linked"),
        Case("packed refs", before: ["pack-refs --all"], after: ["write a new"]),
        Case("a link in place of a file", after: ["link a b"]),
        Case(
            "links that are files", before: ["link l a", "add -A", "commit -q -m l"],
            after: ["config core.symlinks false", "write l a_"]),
        Case("no index", after: ["delete .git/index"]),
    ]

    @Test(arguments: cases) func saysTheSame(_ test: Case) async throws {
        let repository = try await TestRepository([
            "a": "one\ntwo\n", "b/c": "one\n", "d/e": "1", ".gitignore": "*.o\n",
        ])
        let folder = repository.folder
        func act(_ step: String) async throws {
            let words = step.replacingOccurrences(of: "ROOT", with: folder.path).split(separator: " ").map(
                String.init)
            switch words[0] {
            case "write": try folder.write(words[2].replacingOccurrences(of: "_", with: " "), to: words[1])
            case "crlf": try folder.write(words[1] == "a" ? "one\r\ntwo\r\n" : "one\r\n", to: words[1])
            case "chmod": try folder.setMode(0o755, of: words[1])
            case "delete": try FileManager.default.removeItem(atPath: folder.path(of: words[1]))
            case "link":
                try? FileManager.default.removeItem(atPath: folder.path(of: words[1]))
                try FileManager.default.createSymbolicLink(
                    atPath: folder.path(of: words[1]), withDestinationPath: words[2])
            default: try await repository.git(words)
            }
        }
        for step in test.before { try await act(step) }
        if !test.before.isEmpty {
            try await repository.git(["add", "-A"])
            try await repository.git(["commit", "-q", "--allow-empty", "-m", "y"])
        }
        for step in test.after { try await act(step) }
        let place = folder.path(of: test.place)
        let output = try await repository.git([
            "-C", place, "status", "--porcelain=v1", "-b", "-z", "--untracked-files=all",
            "--ignored=matching",
            "--no-renames",
        ])
        var expected: Set<String> = []
        // The first names the branch.
        for line in output.split(separator: "\0").dropFirst() {
            let mark = String(line.prefix(2))
            expected.insert((["??", "!!"].contains(mark) ? mark : "M") + " " + line.dropFirst(3))
        }
        let status = try await history(place).status()
        func lines(_ mark: String, _ paths: [[UInt8]]) -> [String] {
            paths.map { "\(mark) \(String(decoding: $0, as: UTF8.self))" }
        }
        let found =
            lines("M", status.changes.map(\.path)) + lines("??", status.untracked)
            + lines("!!", status.ignored)
        #expect(Set(found) == expected)
    }

    /// What is included is not read, whatever it says: a file of other line ends is never taken for the same.
    @Test(arguments: ["include.path", "includeIf.gitdir:/.path"])
    func includedConfiguration(_ key: String) async throws {
        let repository = try await TestRepository(["a": "one\ntwo\n"])
        let place = repository.folder.path(of: ".git/more")
        try repository.folder.write("[core]\n\tautocrlf = false\n", to: ".git/more")
        try await repository.git(["config", "core.autocrlf", "true"])
        #expect(try await !history(repository.folder.path).includesConfiguration)
        try await repository.git(["config", key, place])
        try repository.folder.write("one\r\ntwo\r\n", to: "a")
        let history = try await history(repository.folder.path)
        #expect(history.includesConfiguration)
        #expect(try await history.status().changes.map(\.path) == [Array("a".utf8)])
    }

    @Test func namesOfCommits() async throws {
        let repository = try await TestRepository(["a": "1"])
        let first = try await repository.git(["rev-parse", "HEAD"])
        let second = try await repository.commit(["a": "2"])
        try await repository.git(["update-ref", "refs/remotes/origin/main", first])
        try await repository.git(["config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"])
        try await repository.git(["config", "remote.origin.url", "/nonexistent"])
        try await repository.git(["config", "branch.main.remote", "origin"])
        try await repository.git(["config", "branch.main.merge", "refs/heads/main"])
        try await repository.git(["tag", "-a", "-m", "t", "v1"])
        let history = try await history(repository.folder.path)
        for (name, commit) in [
            ("HEAD", second), ("HEAD~1", first), ("HEAD@{1}", first), ("@{upstream}", first), ("v1", second),
            ("main", second), ("origin/main", first), (String(second.prefix(9)), second),
        ] {
            #expect(try await history.commit(name).description == commit, "\(name)")
        }
    }

    @Test func aNamedPipeIsNotWaitedFor() async throws {
        let repository = try await TestRepository(["a": "1", "b/c": "1"])
        try repository.folder.makeFIFO("b/.gitattributes")
        try repository.folder.write("2", to: "b/c")
        let history = try await history(repository.folder.path)
        await #expect {
            try await history.status()
        } throws: { error in "\(error)".contains("b/.gitattributes is a named pipe") }
    }

    @Test func filesThatAreFarTooLargeAreNotRead() async throws {
        let repository = try await TestRepository(["a": "1"])
        let large = [UInt8](repeating: 0x20, count: 20 << 20)
        try repository.folder.write(large, to: "Dockerfile")
        try await repository.commit(["b": "1", "c/Dockerfile": "FROM a"])
        let history = try await history(repository.folder.path)
        let read = try await history.read(["HEAD"], contentLimit: 1 << 20) { name, _ in
            name.elementsEqual("Dockerfile".utf8)
        }
        let noted = Dictionary(
            uniqueKeysWithValues: read.noted.map { (String(decoding: $0.path, as: UTF8.self), $0.id) })
        let (big, small) = try (#require(noted["Dockerfile"]), #require(noted["c/Dockerfile"]))
        #expect(read.contents[big] == .some(nil))
        #expect(read.contents[small] == .some(Array("FROM a".utf8)))
        #expect(try await history.contents(of: [big, small], limit: 100) == [nil, Array("FROM a".utf8)])
    }
}
