import Catalogue
import DoctorCommands
import JSON
import TestSupport
import Testing

/// What strangers may put into a repository. Each ends in a clear message, and nothing else is lost.
struct HostileInputTests {
    private func check(_ folder: ScratchFolder) async throws -> Session {
        // Another build, whose findings must always be there.
        try folder.write(Sample.error, to: "other/Dockerfile")
        let session = await Session.run("--format", "json", in: folder)
        #expect(try session.checks().contains("mount-syntax"), "the other Dockerfile was lost")
        return session
    }

    private func notes(_ session: Session) throws -> [String] {
        (try session.json()["notes"]?.array ?? []).map {
            "\($0["file"]?.string ?? ""): \($0["message"]?.string ?? "")"
        }
    }

    /// Every whole number that a check takes, at both ends of what can be written.
    @Test(
        arguments: try! Catalogue.builtin().entries.map(\.description).flatMap { description in
            description.options.compactMap { option in
                if case .integer = option.defaultValue { "\(description.id): {\(option.name)" } else { nil }
            }
        })
    func aNumberThatIsTooLarge(_ option: String) async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM debian\nCOPY . .\nRUN chown -R 1:1 /a\n", to: "Dockerfile")
        for number in ["9223372036854775807", "9223372036855", "-1", "-9223372036854775808", "1000000001"] {
            try folder.write("checks:\n  \(option): \(number)}\n", to: ".clm-doctor.yaml")
            let session = await Session.run("--no-host", in: folder)
            #expect(session.status == .usage)
            #expect(session.errors.contains(".clm-doctor.yaml:2:"))
            #expect(session.errors.contains("is a whole number from 0 to 1"), "\(session.errors)")
            #expect(session.errors.contains("not \"\(number)\""))
        }
        try folder.write("checks:\n  \(option): 100}\n", to: ".clm-doctor.yaml")
        #expect(await Session.run("--no-host", in: folder).status != .usage)
    }

    @Test func anEmptyDockerfile() async throws {
        let folder = try ScratchFolder()
        try folder.write("", to: "Dockerfile")
        #expect(try await check(folder).checks().contains("parse-error"))
    }

    @Test func aBinaryDockerfile() async throws {
        let folder = try ScratchFolder()
        try folder.write([UInt8](0...255) + [UInt8](repeating: 0, count: 10_000), to: "Dockerfile")
        #expect(try notes(try await check(folder)).contains { $0.hasPrefix("Dockerfile: is a binary file") })
    }

    @Test func invalidUTF8() async throws {
        let folder = try ScratchFolder()
        try folder.write(Array("FROM debian\nRUNN ".utf8) + [0xFF, 0xFE, 0xC3, 0x28, 0x0A], to: "Dockerfile")
        let session = try await check(folder)
        #expect(try session.checks().contains("parse-error"))
        let text = await Session.run(in: folder)
        #expect(text.output.contains("Dockerfile:2:1"))
    }

    @Test func aLineOfTenMegabytes() async throws {
        let folder = try ScratchFolder()
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000_000)
        try folder.write(Array("FROM debian\nRUN ".utf8) + line, to: "Dockerfile")
        #expect(try notes(try await check(folder)).contains { $0.hasPrefix("Dockerfile: is larger than") })
    }

    @Test func aLineLongerThanBuildKitTakes() async throws {
        let folder = try ScratchFolder()
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 3_000_000)
        try folder.write(Array("FROM debian\nRUN ".utf8) + line + [0x0A], to: "Dockerfile")
        let session = try await check(folder)
        #expect(try session.checks().contains("parse-error"))
        let text = await Session.run(in: folder, terminalWidth: 80)
        #expect(text.output.utf8.count < 20_000)
    }

    @Test func deepNesting() async throws {
        let folder = try ScratchFolder()
        let shell = String(repeating: "(", count: 20_000) + "true" + String(repeating: ")", count: 20_000)
        let expansion = String(repeating: "${a:-", count: 10_000) + String(repeating: "}", count: 10_000)
        let json = String(repeating: "[", count: 30_000)
        try folder.write(
            "FROM debian:12\nRUN \(shell)\nENV a=\(expansion)\nCMD \(json)\nRUN --mount=type=cache,tagret=/x true\n",
            to: "Dockerfile")
        let session = try await check(folder)
        #expect(session.status == .findings || session.status == .unparsable)
    }

    @Test func aDockerfileThatIsNoFile() async throws {
        let folder = try ScratchFolder()
        try folder.makeFolder("a/Dockerfile")
        try folder.makeFIFO("b/Dockerfile")
        try folder.symlink("c/Dockerfile", to: "nowhere")
        try folder.symlink("d/Dockerfile", to: "Dockerfile")
        let notes = try notes(try await check(folder))
        #expect(notes.contains { $0.hasPrefix("b/Dockerfile: is not a regular file") }, "\(notes)")
        #expect(notes.contains { $0.hasPrefix("c/Dockerfile: is a link to a file that does not exist") })
        #expect(notes.contains { $0.hasPrefix("d/Dockerfile: is a link that leads back to itself") })
    }

    @Test func aFIFOOnTheCommandLine() async throws {
        let folder = try ScratchFolder()
        try folder.makeFIFO("Dockerfile")
        let session = await Session.run("Dockerfile", in: folder)
        #expect(session.status == .nothingToCheck || session.status == .usage)
        #expect((session.output + session.errors).contains("Dockerfile"))
    }

    @Test func linksThatLeadOutOfTheRepository() async throws {
        let outside = try ScratchFolder()
        try outside.write("FROM debian\nRUNN secret\n", to: "Dockerfile")
        try outside.write("secret", to: "secret.txt")
        let folder = try ScratchFolder()
        try folder.symlink("Dockerfile", to: outside.path(of: "Dockerfile"))
        try folder.symlink("linked", to: outside.path)
        try folder.symlink("other/secret.txt", to: outside.path(of: "secret.txt"))
        let session = try await check(folder)
        #expect(!session.output.contains("secret"))
        #expect(try notes(session).contains { $0.hasPrefix("Dockerfile: is a link that leads out") })
        let context = try await Session.run("context", "--format", "json", in: folder).json()
        let entries = context["builds"]?[0]?["entries"]?.array ?? []
        #expect(entries.contains { $0["path"] == "secret.txt" && $0["type"] == "symlink" })
    }

    @Test func loopsOfLinks() async throws {
        let folder = try ScratchFolder()
        try folder.symlink("other/up", to: "..")
        try folder.symlink("other/self", to: "self")
        try folder.symlink("a", to: "b")
        try folder.symlink("b", to: "a")
        _ = try await check(folder)
        let context = await Session.run("context", "--format", "json", in: folder)
        #expect(context.status == .clean)
    }

    @Test func yamlThatGrows() async throws {
        let folder = try ScratchFolder()
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let references = [String](repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            bomb += "a\(level): &a\(level) [\(references)]\n"
        }
        for path in ["compose.yaml", ".github/workflows/ci.yml"] {
            try folder.write(bomb + "services: *a12\njobs: *a12\n", to: path)
        }
        _ = try await check(folder)
        try folder.write(bomb + "checks: *a12\n", to: ".clm-doctor.yaml")
        let session = await Session.run(in: folder)
        #expect(session.status == .usage)
        #expect(session.errors.contains(".clm-doctor.yaml"))
    }

    @Test func manyFilesInAContext() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM scratch\nCOPY . /\n", to: "Dockerfile")
        for number in 0..<200_000 { try folder.write([UInt8](), to: "data/\(number % 500)/\(number)") }
        let session = await Session.run("context", in: folder)
        #expect(session.status == .clean)
        // A slow machine may meet the limit of time, and says so.
        let isComplete = session.output.contains("Can be read: 200001 files")
        #expect(isComplete || session.output.contains("Can be read: at least "), "\(session.output)")
        let report = await Session.run("--format", "json", in: folder)
        #expect(report.status == .clean || report.status == .findings)
    }

    private static let names = [
        "::error::forged", "a\u{1B}[2Jb", "line\n::warning::forged", "##[error]x", "\u{202E}gpj",
        "a\r::debug::x",
    ]

    @Test(arguments: ["text", "concise", "json"])
    func namesThatForgeOutput(format: String) async throws {
        let folder = try ScratchFolder()
        for name in Self.names {
            try folder.write(Sample.error + "RUNN ::error::x\n::error::y\n", to: "\(name)/Dockerfile")
            try folder.write("services:\n  \"::error::z\":\n    build: nowhere\n", to: "\(name)/compose.yaml")
        }
        try folder.write(
            [UInt8](Sample.error.utf8), toName: [0x62, 0xFF, 0xFE] + Array("/Dockerfile".utf8))
        for command in ["check", "builds", "context"] {
            let session = await Session.run(command, "--format", format, in: folder)
            expectHarmless(session.output)
            expectHarmless(session.errors)
            #expect(!session.output.isEmpty)
        }
    }

    private func expectHarmless(_ output: String) {
        let bad = output.unicodeScalars.filter {
            ($0.value < 0x20 && $0 != "\n" && $0 != "\t") || (0x7F..<0xA0).contains($0.value)
                || $0.value == 0x202E
        }
        #expect(bad.isEmpty)
        for line in output.split(separator: "\n") {
            #expect(!line.drop { $0.isWhitespace }.hasPrefix("::"))
            #expect(!line.contains("##["))
        }
    }

    @Test func programsThatGitWouldRun() async throws {
        let folder = try ScratchFolder()
        let mark = folder.path(of: "was-run")
        try folder.write("#!/bin/sh\ntouch '\(mark)'\n", to: "evil.sh", mode: 0o755)
        let program = folder.path(of: "evil.sh")
        try folder.write("ref: refs/heads/main\n", to: ".git/HEAD")
        try folder.makeFolder(".git/objects")
        try folder.makeFolder(".git/refs/heads")
        try folder.write(
            """
            [core]
                repositoryformatversion = 0
                fsmonitor = \(program)
                hooksPath = \(folder.path)
                pager = \(program)
                sshCommand = \(program)
                editor = \(program)
            [diff]
                external = \(program)
            [filter "x"]
                clean = \(program)
                smudge = \(program)
                process = \(program)
            [credential]
                helper = !\(program)
            [alias]
                status = !\(program)

            """, to: ".git/config")
        try folder.write("* filter=x diff=x\n", to: ".gitattributes")
        try folder.write("#!/bin/sh\ntouch '\(mark)'\n", to: ".git/hooks/post-index-change", mode: 0o755)
        _ = try await check(folder)
        _ = await Session.run("context", in: folder)
        _ = await Session.run("builds", in: folder)
        // A file that was made would be listed.
        let context = await Session.run(
            "context", "--file", "other/Dockerfile", "--context", ".", "--format", "concise", in: folder)
        #expect(context.output.contains("evil.sh"))
        #expect(!context.output.contains("was-run"))
    }

    @Test func filesThatMayNotBeRead() async throws {
        let folder = try ScratchFolder()
        try folder.write(Sample.error, to: "Dockerfile", mode: 0o000)
        try folder.write("x", to: "closed/file")
        try folder.setMode(0o000, of: "closed")
        // Root reads everything; what counts is that nothing else is lost.
        _ = try await check(folder)
    }
}
