import Diagnostics
import DoctorCommands
import JSON
import TestSupport
import Testing

/// The program as docker calls it: `docker doctor`.
struct DockerPluginTests {
    private func run(_ arguments: String..., as program: String = "/x/docker-doctor") async throws -> Session
    {
        let folder = try ScratchFolder()
        try folder.write(Sample.error, to: "Dockerfile")
        return await Session.run(arguments, in: folder, as: program)
    }

    @Test func describesItself() async throws {
        let json = try await run("docker-cli-plugin-metadata").json()
        #expect(json["SchemaVersion"] == "0.1.0")
        #expect(json["Vendor"]?.string?.isEmpty == false)
        #expect(json["Version"]?.string == Doctor.version)
    }

    @Test func isAPluginByThatNameAlone() async throws {
        #expect(try await run("docker-cli-plugin-metadata", as: "/x/clm-doctor").status == .usage)
        #expect(try await run("--no-host", "--format", "json").checks() == ["mount-syntax"])
    }

    @Test func itsTextsSayWhatIsTyped() async throws {
        for arguments in [["doctor", "--help"], ["doctor", "impact", "--help"], ["doctor", "chekc"]] {
            let session = await Session.run(arguments, in: try ScratchFolder(), as: "/x/docker-doctor")
            let text = session.output + session.errors
            #expect(!text.contains("clm-doctor check") && !text.contains("clm-doctor impact"), "\(text)")
        }
        let help = await Session.run(["doctor", "--help"], in: try ScratchFolder(), as: "/x/docker-doctor")
        #expect(help.output.contains("USAGE: docker doctor ["))
        #expect(help.output.contains(".clm-doctor.yaml"))
        let report = try await run("doctor", "--no-host")
        #expect(report.output.contains("docker doctor explain mount-syntax"))
    }

    @Test func takesDockersOwnOptions() async throws {
        let plain = try await run("doctor", "check", "--no-host", "--format", "json")
        #expect(try plain.checks() == ["mount-syntax"])
        let context = try await run(
            "--context", "x", "--host=tcp://h", "doctor", "--no-host", "--format", "json")
        #expect(try context.checks() == ["mount-syntax"])
        let other = try await run("--tlscacert", "x", "doctor")
        #expect(other.status == .usage)
        #expect(other.errors.contains("docker's option --tlscacert cannot be used with docker doctor"))
    }
}
