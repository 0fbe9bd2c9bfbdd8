import Foundation
import TestSupport
import Testing

@testable import DoctorCommands

/// A `.git` that names a repository somewhere else: its files are told only where it names the work tree in turn.
struct GitFolderTests {
    private func repository(_ folder: ScratchFolder, _ name: String) async throws {
        try folder.write("FROM debian\nCOPY . .\n", to: "\(name)/Dockerfile")
        try folder.write("x", to: "\(name)/secret-file-name")
        for arguments in [
            ["init", "-q"], ["add", "-A"],
            ["-c", "user.name=a", "-c", "user.email=a@x", "commit", "-qm", "x"],
        ] { try await git(folder, ["-C", folder.path(of: name)] + arguments) }
    }

    private func git(_ folder: ScratchFolder, _ arguments: [String]) async throws {
        try await folder.git(arguments)
    }

    private func text(_ path: String, in folder: ScratchFolder) throws -> String {
        try String(contentsOfFile: folder.path(of: path), encoding: .utf8)
    }

    private func impact(_ folder: ScratchFolder, _ name: String) async -> String {
        let session = await Session.run(
            ["impact", "--no-host", "--base", "HEAD", "--all-steps"], at: folder.path(of: name))
        return session.output + session.errors
    }

    @Test func aForeignRepositoryIsNotListed() async throws {
        let folder = try ScratchFolder()
        try await repository(folder, "private")
        for (name, isLink) in [("file", false), ("link", true)] {
            try folder.write("FROM debian\nCOPY . .\n", to: "\(name)/Dockerfile")
            if isLink {
                try folder.symlink("\(name)/.git", to: folder.path(of: "private/.git"))
            } else {
                try folder.write("gitdir: \(folder.path(of: "private/.git"))\n", to: "\(name)/.git")
            }
            let text = await impact(folder, name)
            #expect(!text.contains("secret"), "\(text)")
            #expect(text.contains("which does not name \(folder.path(of: name)) as its work tree"), "\(text)")
            #expect(text.contains("config core.worktree \(folder.path(of: name))"))
        }
    }

    /// A git folder that came with the tree names the work tree, and another repository behind it.
    @Test func aGitFolderOfTheTreeLeadsNowhereElse() async throws {
        let folder = try ScratchFolder()
        try await repository(folder, "private")
        let git = folder.path(of: "private/.git")
        try folder.write("FROM debian\nCOPY . .\n", to: "tar/Dockerfile")
        try folder.write("ref: refs/heads/master\n", to: "tar/.git/HEAD")
        try folder.write("[core]\n\trepositoryformatversion = 0\n\tbare = false\n", to: "tar/.git/config")
        try folder.symlink("tar/.git/objects", to: git + "/objects")
        try folder.symlink("tar/.git/refs", to: git + "/refs")
        let linked = await impact(folder, "tar")
        #expect(!linked.contains("secret"), "\(linked)")
        #expect(linked.contains("is a link to"))

        try folder.write("FROM debian\nCOPY . .\n", to: "common/Dockerfile")
        try folder.write("ref: refs/heads/master\n", to: "common/.git/HEAD")
        try folder.write(git + "\n", to: "common/.git/commondir")
        let common = await impact(folder, "common")
        #expect(!common.contains("secret"), "\(common)")
        #expect(common.contains("commondir names the repository in"))
    }

    /// A commit is named by a link, so that nobody need know its hash; objects are found without one.
    @Test(arguments: ["refs/heads/other", "refs/other", "logs/refs", "index", "FETCH_HEAD", "packed-refs"])
    func whatGitOpensLeadsNowhereElse(_ name: String) async throws {
        let folder = try ScratchFolder()
        try await repository(folder, "private")
        try await repository(folder, "tar")
        try folder.write(folder.path(of: "private/.git/objects\n"), to: "tar/.git/objects/info/alternates")
        try? FileManager.default.removeItem(atPath: folder.path(of: "tar/.git/\(name)"))
        try folder.symlink("tar/.git/\(name)", to: folder.path(of: "private/.git/refs/heads"))
        let text = await impact(folder, "tar")
        #expect(text.contains("tar/.git/\(name) is a link to"), "\(text)")
        #expect(!text.contains("secret"), "\(text)")
    }

    @Test func alternatesAreShort() async throws {
        let folder = try ScratchFolder()
        try await repository(folder, "tar")
        let line = "../../.git/objects\n"
        try folder.write(String(repeating: line, count: 3), to: "tar/.git/objects/info/alternates")
        #expect(await !impact(folder, "tar").contains("error:"))
        try folder.write(String(repeating: line, count: 10_000), to: "tar/.git/objects/info/alternates")
        #expect(await impact(folder, "tar").contains("alternates is larger than 64 KiB"))
    }

    /// git waits for the writer of any file that it opens.
    @Test(arguments: ["objects/pack/multi-pack-index", "HEAD's own branch"])
    func aNamedPipeIsTold(_ name: String) async throws {
        let folder = try ScratchFolder()
        try await repository(folder, "tar")
        var name = name
        if name.hasPrefix("HEAD") {
            name = String(try text("tar/.git/HEAD", in: folder).dropFirst(5).dropLast())
            try FileManager.default.removeItem(atPath: folder.path(of: "tar/.git/\(name)"))
        }
        try folder.makeFIFO("tar/.git/\(name)")
        #expect(await impact(folder, "tar").contains("\(name) is a named pipe"))
    }

    @Test func aWorkTreeElsewhereIsNotListed() async throws {
        let folder = try ScratchFolder()
        try await repository(folder, "tar")
        try folder.write("x", to: "private/secret-other-file")
        try await git(
            folder, ["-C", folder.path(of: "tar"), "config", "core.worktree", folder.path(of: "private")])
        let text = await impact(folder, "tar")
        #expect(!text.contains("secret-other-file"), "\(text)")
    }

    @Test func whatGitMakesIsExamined() async throws {
        let folder = try ScratchFolder()
        try await repository(folder, "main")
        try await git(
            folder, ["-C", folder.path(of: "main"), "worktree", "add", "-q", folder.path(of: "linked")])
        try await git(
            folder,
            [
                "-c", "protocol.file.allow=always", "-C", folder.path(of: "main"), "submodule", "--quiet",
                "add",
                folder.path(of: "main/.git"), "sub",
            ])
        try await git(
            folder,
            [
                "clone", "-q", "--separate-git-dir", folder.path(of: "separate"), folder.path(of: "main"),
                folder.path(of: "apart"),
            ])
        for name in ["linked", "main/sub"] {
            try folder.write("y", to: "\(name)/secret-file-name")
            let text = await impact(folder, name)
            #expect(text.contains("secret-file-name"), "\(name): \(text)")
        }
        // What the sentence says is enough.
        #expect(await impact(folder, "apart").contains("which does not name"))
        try await git(
            folder,
            ["--git-dir=\(folder.path(of: "separate"))", "config", "core.worktree", folder.path(of: "apart")])
        try folder.write("y", to: "apart/secret-file-name")
        #expect(await impact(folder, "apart").contains("secret-file-name"))
    }
}
