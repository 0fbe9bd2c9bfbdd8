import Diagnostics
import DoctorCommands
import JSON
import Synchronization
import TestSupport

/// A command that was run in this process, in a folder of its own.
struct Session {
    let status: DoctorCommands.ExitStatus
    let output: String
    let errors: String

    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - folder: the working directory.
    static func run(
        _ arguments: String..., in folder: ScratchFolder, environment: [String: String] = ["LANG": "C.UTF-8"],
        terminalWidth: Int? = nil
    ) async -> Session {
        await run(arguments, in: folder, environment: environment, terminalWidth: terminalWidth)
    }

    static func run(
        _ arguments: [String], in folder: ScratchFolder, environment: [String: String] = ["LANG": "C.UTF-8"],
        terminalWidth: Int? = nil, today: Day? = nil, as program: String = "clm-doctor",
        ask: (@Sendable (String) -> String?)? = nil
    ) async -> Session {
        await run(
            arguments, at: folder.path, environment: environment, terminalWidth: terminalWidth, today: today,
            as: program, ask: ask)
    }

    /// - Parameter path: the working directory.
    static func run(
        _ arguments: [String], at path: String,
        environment: [String: String] = ["LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin"],
        terminalWidth: Int? = nil, today: Day? = nil, as program: String = "clm-doctor",
        ask: (@Sendable (String) -> String?)? = nil
    ) async -> Session {
        let streams = Streams()
        let surroundings = Surroundings(
            environment: environment, workingDirectory: path, today: today,
            terminalWidth: terminalWidth, ask: ask,
            output: { streams.output.append($0) }, errorOutput: { streams.errors.append($0) })
        let status = await Doctor.run(arguments, as: program, in: surroundings)
        return Session(status: status, output: streams.output.text, errors: streams.errors.text)
    }

    /// The output as JSON.
    func json() throws -> JSON { try JSON.parse(output) }

    /// The ids of the checks that found something, one for each place, in the report's order; for `--format json`.
    func checks() throws -> [String] {
        (try json()["findings"]?.array ?? []).flatMap { $0["places"]?.array ?? [$0] }.compactMap {
            $0["check"]?.string
        }
    }

    private final class Streams: Sendable {
        let output = Buffer()
        let errors = Buffer()
    }

    private final class Buffer: Sendable {
        private let content = Mutex("")
        var text: String { content.withLock { $0 } }
        func append(_ text: String) { content.withLock { $0 += text } }
    }
}

/// A Dockerfile with nothing to report, one with a warning, one with an error, one that does not parse.
enum Sample {
    static let clean = "FROM debian:12\nRUN true\n"
    static let warning = "# a comment\n# syntax=docker/dockerfile:1\nFROM debian:12\nRUN true\n"
    static let error = "FROM debian:12\nRUN --mount=type=cache,tagret=/root/.cache true\n"
    static let unparsable = "FROM debian:12\nRUNN true\n"
}
