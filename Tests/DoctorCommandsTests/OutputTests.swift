import DoctorCommands
import TestSupport
import Testing

/// `--output` and the formats that every command has.
struct OutputTests {
    private func repository() async throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try folder.write(Sample.warning, to: "Dockerfile")
        try folder.write("#1 [2/2] RUN true\n#1 DONE 1.5s\n", to: "a.log")
        try await folder.git("init", "-q")
        try await folder.git("add", "-A")
        try await folder.git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "t")
        return folder
    }

    private static let commands = [
        ["check", "--no-host", "--fail-on", "never"], ["checks"], ["builds"], ["context"],
        ["impact", "--base", "HEAD", "--all-steps"], ["timings", "a.log"],
        ["timings", "--compare", "a.log", "a.log"], ["why", "a.log"],
    ]

    @Test func aFileGetsWhatIsPrintedElse() async throws {
        let folder = try await repository()
        // No store of records.
        let environment = ["LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": folder.path]
        for command in Self.commands {
            for format in ["text", "concise", "json"] {
                let call = command + ["--format", format]
                let printed = await Session.run(call, in: folder, environment: environment)
                let written = await Session.run(
                    call + ["--output", "report"], in: folder, environment: environment)
                #expect(written.status == printed.status, "\(call): \(written.errors)")
                #expect(written.output.isEmpty, "\(call)")
                #expect(
                    String(decoding: try folder.read("report"), as: UTF8.self) == printed.output, "\(call)")
            }
        }
    }

    @Test func aFileThatCannotBeWrittenIsAnError() async throws {
        let session = await Session.run("checks", "--output", "no/such/folder", in: try ScratchFolder())
        #expect(session.status == .usage)
        #expect(session.output.isEmpty)
    }

    @Test func whatIsOfUseToFewIsListedWhereItIsConfigured() async throws {
        let folder = try ScratchFolder()
        let plain = await Session.run("checks", "--format", "concise", in: folder)
        #expect(plain.output.contains("base-skew\t"))
        #expect(!plain.output.contains("legacy-base-image"))
        try folder.write("checks: {legacy-base-image: on}\n", to: ".clm-doctor.yaml")
        let named = await Session.run("checks", "--format", "concise", in: folder)
        #expect(named.output.contains("legacy-base-image\t"))
        #expect(!named.output.contains("legacy-image-present"))
        #expect(await Session.run("explain", "legacy-image-present", in: folder).status == .clean)
    }
}
