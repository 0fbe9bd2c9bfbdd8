/// What the process ends with. Stable: scripts depend on it.
package enum ExitStatus: Int32, Sendable {
    /// No finding at or above `--fail-on`.
    case clean = 0
    /// At least one.
    case findings = 1
    /// The command line or the configuration is not right, a repair could not be written, a program with checks of its
    /// own did not judge, or something was not examined under `--strict` or a policy that demands it.
    case usage = 2
    /// There is no Dockerfile.
    case nothingToCheck = 3
    /// A Dockerfile does not parse.
    case unparsable = 4
    /// Not judged: the run took more processor time or memory than `RunLimits` allows.
    case overLimits = 5
    /// The program crashed, and its last line says where.
    case crashed = 6
}

/// Ends a command with a message on standard error.
struct CommandFailure: Error {
    let message: String
    let status: ExitStatus

    /// A mistake in the command line, the configuration, or a path.
    static func usage(_ message: String) -> CommandFailure {
        CommandFailure(message: message, status: .usage)
    }
}
