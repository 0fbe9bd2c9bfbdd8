import DoctorCommands
import TestSupport
import Testing

/// What a shell is told when it asks for a word; `Tests/Integrations` lets bash, zsh and fish ask.
struct ShellCompletionTests {
    /// - Parameter line: with the word that is completed at its end.
    private func words(
        _ command: String, _ argument: String, _ line: String, in folder: ScratchFolder,
        shell: String = "fish"
    ) async -> [String] {
        let given = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let session = await Session.run(
            ["---completion", command, "--", argument, "\(given.count - 1)", "0"] + given, in: folder,
            environment: ["SAP_SHELL": shell, "PATH": "/usr/local/bin:/usr/bin:/bin"])
        #expect(session.status == .clean)
        return session.output.split(separator: "\n").map(String.init)
    }

    @Test func checksAndCategories() async throws {
        let folder = try ScratchFolder()
        let all = await words("check", "--only", "clm-doctor check --only c", in: folder)
        #expect(all.contains("cache") && all.contains("cache-mount-missing"))
        let more = await words("check", "--skip", "clm-doctor check --skip cache,or", in: folder)
        #expect(more.contains("cache,order"))
        let pages = await words("explain", "positional@0", "clm-doctor explain ", in: folder)
        #expect(pages.contains("cache-mount-missing") && pages.contains("context-file"))
        #expect(
            await words("check", "--only", "clm-doctor check --only c", in: folder, shell: "zsh").last == " ")
    }

    /// bash expands what it is offered.
    @Test func nothingThatAShellWouldRunIsOffered() async throws {
        let folder = try ScratchFolder()
        let names = ["api", "$(touch evil)", "`x`", "-x", "a;b", "a\\\"b"]
        var configuration = "builds:\n"
        for (number, name) in names.enumerated() {
            try folder.write(Sample.clean, to: "\(number).Dockerfile")
            configuration += "  - {name: '\(name)', dockerfile: \(number).Dockerfile}\n"
        }
        try folder.write(configuration, to: ".clm-doctor.yaml")
        let builds = await Session.run("builds", "--format", "concise", in: folder)
        #expect(builds.output.contains("touch evil"))
        #expect(await words("impact", "positional@0", "clm-doctor impact ", in: folder) == ["api"])
    }

    @Test func revisionsAndSteps() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM debian:12\nRUN true\n", to: "Dockerfile")
        try await folder.git("init", "-q", "-b", "main")
        try await folder.git("add", "-A")
        try await folder.git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "t")
        try await folder.git("tag", "v1")
        #expect(
            await words("impact", "--base", "clm-doctor impact --base ", in: folder) == [
                "HEAD", "main", "v1",
            ])
        #expect(
            await words("impact", "--explain", "clm-doctor impact --explain ", in: folder)
                == ["1/2", "2/2"])
        #expect(await words("check", "--new-since", "clm-doctor", in: try ScratchFolder()).isEmpty)
    }
}
