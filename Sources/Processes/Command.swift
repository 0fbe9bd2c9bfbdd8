/// A program to run: no shell is involved, nothing is expanded.
package struct Command: Sendable {
    /// Absolute path; `findProgram` finds it.
    package var program: String
    /// Without the program's own name.
    package var arguments: [String]
    /// Absolute path; nil for the one that this program was started in.
    package var workingDirectory: String?
    /// The whole environment; nothing is inherited.
    package var environment: [String: String]
    /// What it reads from its standard input.
    package var input: [UInt8]
    /// When it is killed, with every process of its group.
    package var timeLimit: Duration
    /// How many bytes it may write to its standard output, and at most `Limits.programErrorBytes` of them to its standard error.
    package var outputLimit: Int
    /// By how much it steps back behind other programs, from 0 to 19.
    package var niceness = 0
    /// How much data it may hold in memory, in bytes; files that it maps do not count. Linux only.
    package var memoryLimit: Int?
    /// It writes megabytes in small pieces: they are gathered, so that this process does not wake up for each.
    package var isOutputLarge = false

    package init(
        program: String, arguments: [String], workingDirectory: String? = nil,
        environment: [String: String], input: [UInt8] = [], timeLimit: Duration, outputLimit: Int
    ) {
        self.program = program
        self.arguments = arguments
        self.workingDirectory = workingDirectory
        self.environment = environment
        self.input = input
        self.timeLimit = timeLimit
        self.outputLimit = outputLimit
    }

    /// What a program is told while it runs.
    /// - Parameter output: all that it has written so far.
    /// - Returns: nil once there is nothing more to tell it.
    package typealias Answer = @Sendable (_ output: UnsafeBufferPointer<UInt8>) -> Words?

    /// What a program reads from its standard input.
    package struct Words: Sendable {
        package let bytes: [UInt8]
        /// It has nothing to do until it has read them: what it writes then is waited for.
        package let isAwaited: Bool
        /// It is killed, and counts as having written too much.
        package private(set) var isStop = false

        package static let stop: Words = {
            var words = Words([], isAwaited: false)
            words.isStop = true
            return words
        }()

        package init(_ bytes: [UInt8], isAwaited: Bool = true) {
            self.bytes = bytes
            self.isAwaited = isAwaited
        }
    }

    /// How a program ended, and what it wrote.
    package struct Output: Sendable {
        package enum Status: Sendable, Hashable {
            case exited(Int)
            case signalled(Int)
        }

        package let status: Status
        package let standardOutput: [UInt8]
        package let standardError: [UInt8]

        package init(status: Status, standardOutput: [UInt8], standardError: [UInt8]) {
            self.status = status
            self.standardOutput = standardOutput
            self.standardError = standardError
        }

        /// It exited with 0.
        package var succeeded: Bool { status == .exited(0) }
    }

    /// Why a program did not come to its end. How it ended is not an error: see `Output.status`.
    package enum Failure: Error, Sendable, Hashable {
        /// There is no such program, or it may not be executed.
        case notFound(program: String)
        /// It was killed.
        case timedOut(program: String, limit: Duration)
        /// It wrote more than `outputLimit` bytes and was killed.
        case tooMuchOutput(program: String, limit: Int)
        /// The calling task was cancelled; the program was killed.
        case cancelled(program: String)
        /// It was killed, but not a process that it had started: that runs as another user.
        case notEnded(program: String, process: Int)
        /// It could not be started or watched.
        case notRun(program: String, reason: String)
    }
}

extension Command.Failure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notFound(let program): "\(program): no such program"
        case .timedOut(let program, let limit):
            "\(program): stopped, because it took longer than \(limit.components.seconds) s"
        case .tooMuchOutput(let program, let limit):
            "\(program): stopped, because it wrote more than \(limit) bytes"
        case .cancelled(let program): "\(program): stopped"
        case .notEnded(let program, let process):
            "\(program): stopped, but process \(process), which it started, could not be ended"
        case .notRun(let program, let reason): "\(program): not run: \(reason)"
        }
    }
}
