import Foundation
import Processes
import Testing

/// The Docker Engine that judges: `Tests/Support/engine.sh` starts it, and its runner passes it on.
enum Engine {
    /// The engine's client, absolute; nil where no engine was started.
    static let client = ProcessInfo.processInfo.environment["CLM_DOCTOR_ENGINE"]

    static let isMissing: Comment =
        "no Docker Engine: start one as root with `eval \"$(Tests/Support/engine.sh start tests)\"`"

    /// How a build ended.
    enum Build {
        /// What the last stage holds.
        case built([TarArchive.Entry])
        /// What BuildKit said.
        case failed(String)
    }

    private static let turns = Turns(4)

    /// Builds the last stage.
    /// - Parameters:
    ///   - context: absolute path.
    ///   - dockerfile: absolute path.
    static func build(context: String, dockerfile: String) async throws -> Build {
        let client = try #require(client)
        await turns.take()
        let result: Result<Command.Output, Command.Failure>
        do throws(Command.Failure) {
            result = .success(
                try await Command(
                    program: client,
                    arguments: [
                        "build", "--quiet", "--file", dockerfile, "--output", "type=tar,dest=-", context,
                    ],
                    environment: ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"], timeLimit: .seconds(1200),
                    outputLimit: 64 << 20
                ).run())
        } catch { result = .failure(error) }
        await turns.giveBack()
        let output = try result.get()
        guard output.succeeded else { return .failed(String(decoding: output.standardError, as: UTF8.self)) }
        return .built(try TarArchive.entries(of: output.standardOutput))
    }

    /// Lets few builds run side by side.
    private actor Turns {
        private var free: Int
        private var waiting: [CheckedContinuation<Void, Never>] = []

        init(_ count: Int) { free = count }

        func take() async {
            if free > 0 {
                free -= 1
                return
            }
            await withCheckedContinuation { waiting.append($0) }
        }

        func giveBack() {
            if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
        }
    }
}
