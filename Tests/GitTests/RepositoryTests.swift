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

    @Test func listsFilesAndRunsNothingThatTheConfigurationNames() async throws {
        let folder = try ScratchFolder()
        let root = folder.path + "/repo"
        try folder.write("tracked\n", to: "repo/t\u{e9}\nx")
        try folder.write("*.log\nout/\n", to: "repo/.gitignore")
        try folder.write("* filter=evil diff=evil\n", to: "repo/.gitattributes")
        try await git(["init", "-q"], in: root)
        try await git(["add", "."], in: root)
        try await git(["commit", "-qm", "x"], in: root)
        try folder.write("", to: "repo/new")
        try folder.write("", to: "repo/a.log")
        try folder.write("", to: "repo/out/b")
        // Racy entries make git look at the file again, through its filter.
        try folder.write("changed\n", to: "repo/t\u{e9}\nx")
        let trap = "\(folder.path)/trap"
        try folder.write("#!/bin/sh\necho \"$0 $*\" >> \(trap)\n", to: "evil", mode: 0o755)
        let evil = folder.path + "/evil"
        let keys = [
            "core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.gitProxy", "core.askPass",
            "core.alternateRefsCommand", "diff.external", "gpg.program", "filter.evil.clean",
            "filter.evil.smudge",
            "filter.evil.process", "diff.evil.command", "diff.evil.textconv", "uploadpack.packObjectsHook",
            "pager.ls-files", "alias.ls-files", "credential.helper", "sequence.editor",
            "remote.origin.uploadpack",
        ]
        for key in keys { try await git(["config", key, evil], in: root) }
        try await git(["config", "core.hooksPath", folder.path + "/hooks"], in: root)
        for hook in ["post-index-change", "fsmonitor-watchman", "pre-auto-gc", "post-checkout"] {
            try folder.write("#!/bin/sh\necho hook >> \(trap)\n", to: "hooks/\(hook)", mode: 0o755)
            try folder.write("#!/bin/sh\necho hook >> \(trap)\n", to: "repo/.git/hooks/\(hook)", mode: 0o755)
        }
        let repository = try #require(Repository.holding(root))
        let program = try #require(findProgram("git", path: environment["PATH"]!, outside: root))
        var hostile = environment
        for name in ["GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_ASKPASS", "PAGER"] {
            hostile[name] = evil
        }
        hostile["GIT_DIR"] = "/nonexistent"
        let tracked = try await repository.files(.tracked, git: program, environment: hostile)
        let untracked = try await repository.files(.untracked, git: program, environment: hostile)
        let ignored = try await repository.files(.ignored, git: program, environment: hostile)
        #expect(tracked == [".gitattributes", ".gitignore", "t\u{e9}\nx"])
        #expect(untracked == ["new"])
        #expect(ignored == ["a.log", "out/"])
        #expect(try await contents(of: trap) == [])
        // The trap works: plain git runs what the configuration names.
        _ = try? await git(["ls-files"], in: root)
        #expect(try await !contents(of: trap).isEmpty)
    }

    private func contents(of path: String) async throws -> [UInt8] {
        try await Command(
            program: "/bin/sh", arguments: ["-c", "test ! -e \"$0\" || cat \"$0\"", path],
            environment: environment,
            timeLimit: .seconds(60), outputLimit: 1 << 20
        ).run().standardOutput
    }
}
