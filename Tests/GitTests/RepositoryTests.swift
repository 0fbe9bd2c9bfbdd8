import Git
import Processes
import TestSupport
import Testing

private let environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"]

private func git(_ arguments: [String], in folder: String) async throws {
    let program = try #require(findProgram("git", path: environment["PATH"]!, outside: nil))
    let output = try await Command(
        program: program, arguments: ["-c", "user.name=x", "-c", "user.email=x@y"] + arguments,
        workingDirectory: folder,
        environment: environment, timeLimit: .seconds(60), outputLimit: 1 << 20
    ).run()
    try #require(output.succeeded, "\(String(decoding: output.standardError, as: UTF8.self))")
}

@Suite struct RepositoryTests {
    @Test func findsTheRoot() throws {
        let folder = try ScratchFolder()
        try folder.write("ref: refs/heads/main", to: "repo/.git/HEAD")
        try folder.write("", to: "repo/a/b/c")
        try folder.write("gitdir: ../x", to: "repo/tree/.git")
        try folder.makeFolder("plain/.git")
        #expect(Repository.holding(folder.path + "/repo/a/b")?.root == folder.path + "/repo")
        #expect(Repository.holding(folder.path + "/repo")?.root == folder.path + "/repo")
        #expect(Repository.holding(folder.path + "/repo/tree")?.root == folder.path + "/repo/tree")
        #expect(Repository.holding(folder.path + "/plain")?.root != folder.path + "/plain")
    }

    @Test func runsNothingThatTheConfigurationNames() async throws {
        let folder = try ScratchFolder()
        let root = folder.path + "/repo"
        try folder.write("tracked\n", to: "repo/t\u{e9}\nx")
        try folder.write("other\n", to: "repo/other")
        try folder.write("*.log\nout/\n", to: "repo/.gitignore")
        try folder.write("* filter=evil diff=evil\nother filter=worse\n", to: "repo/.gitattributes")
        try await git(["init", "-q", "-b", "main"], in: root)
        try await git(["add", "."], in: root)
        try await git(["commit", "-qm", "x"], in: root)
        try folder.write("", to: "repo/new")
        try folder.write("", to: "repo/a.log")
        try folder.write("", to: "repo/out/b")
        try folder.write("changed\n", to: "repo/t\u{e9}\nx")
        try folder.write("OTHER\n", to: "repo/other")
        let trap = "\(folder.path)/trap"
        try folder.write("#!/bin/sh\necho \"$0 $*\" >> \(trap)\n", to: "evil", mode: 0o755)
        let evil = folder.path + "/evil"
        let keys = [
            "core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.gitProxy", "core.askPass",
            "core.alternateRefsCommand", "diff.external", "gpg.program", "filter.evil.clean",
            "filter.evil.smudge", "filter.evil.process", "diff.evil.command", "diff.evil.textconv",
            "uploadpack.packObjectsHook", "pager.status", "alias.status", "credential.helper",
            "remote.origin.uploadpack",
        ]
        for key in keys { try await git(["config", key, evil], in: root) }
        // A filter in a file of its own, and objects that git would fetch with a program of the configuration.
        for (key, value) in [
            ("extensions.worktreeConfig", "true"), ("remote.origin.url", folder.path + "/elsewhere"),
            ("remote.origin.promisor", "true"), ("extensions.partialClone", "origin"),
            ("protocol.file.allow", "always"), ("core.hooksPath", folder.path + "/hooks"),
            ("core.worktree", folder.path),
        ] {
            try await git(["config", key, value], in: root)
        }
        try folder.write("[filter \"worse\"]\n\tclean = \(evil)\n", to: "repo/.git/config.worktree")
        for hook in ["post-index-change", "fsmonitor-watchman", "pre-auto-gc", "post-checkout"] {
            let script = "#!/bin/sh\necho hook >> \(trap)\n"
            try folder.write(script, to: "hooks/\(hook)", mode: 0o755)
            try folder.write(script, to: "repo/.git/hooks/\(hook)", mode: 0o755)
        }
        var hostile = environment
        for name in ["GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_ASKPASS", "PAGER"] {
            hostile[name] = evil
        }
        hostile["GIT_DIR"] = "/nonexistent"
        let history = try await GitHistory(holding: root, environment: hostile)
        let head = try await history.commit("HEAD")
        let listing = try await history.listing(of: head)
        let status = try await history.status()
        let missing = try #require(ObjectID(hex: [UInt8](repeating: UInt8(ascii: "a"), count: 40)))
        #expect(try await history.contents(of: [missing], limit: 1 << 20) == [nil])
        #expect(try await history.changes(from: head, to: head).isEmpty)
        #expect(history.root == root)
        #expect(listing.count == 4)
        #expect(
            status.changes.map { String(decoding: $0.path, as: UTF8.self) }.sorted() == [
                "other", "t\u{e9}\nx",
            ])
        #expect(status.untracked.map { String(decoding: $0, as: UTF8.self) } == ["new"])
        #expect(status.ignored.map { String(decoding: $0, as: UTF8.self) }.sorted() == ["a.log", "out/"])
        #expect(try await contents(of: trap) == [])
        // The traps work: plain git runs what the configuration names.
        _ = try? await git(["--work-tree", root, "status"], in: root)
        _ = try? await git(["cat-file", "-p", String(repeating: "a", count: 40)], in: root)
        let caught = String(decoding: try await contents(of: trap), as: UTF8.self)
        #expect(caught.contains("git-upload-pack") || caught.contains("elsewhere"))
        #expect(caught.split(separator: "\n").count > 1)
    }

    private func contents(of path: String) async throws -> [UInt8] {
        try await Command(
            program: "/bin/sh", arguments: ["-c", "test ! -e \"$0\" || cat \"$0\"", path],
            environment: environment,
            timeLimit: .seconds(60), outputLimit: 1 << 20
        ).run().standardOutput
    }
}
