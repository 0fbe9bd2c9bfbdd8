package import Processes

/// What can be asked of the docker CLI. Each is a command that only reads.
package enum HostQuestion: String, CaseIterable, Sendable {
    /// The engine, and the CLI with its plugins. Always asked.
    case info
    /// Images, volumes, containers, and the cache of the engine's own BuildKit.
    case usage
    /// Builders and their garbage collection; those besides the engine's own are asked for their cache too, where `usage`
    /// is also asked.
    case builders
    /// Asked where `info` tells no version of the CLI (before 23.0), or does not tell of an engine.
    case version
    /// Asked where another docker context than `default` may be selected, or `docker` is a script around the CLI, which
    /// may have settings of its own.
    case context

    /// Without `docker` itself.
    package var arguments: [String] {
        switch self {
        case .version: ["version", "--format", "{{json .}}"]
        case .info: ["info", "--format", "{{json .}}"]
        case .usage: ["system", "df", "--verbose", "--format", "{{json .}}"]
        case .context: ["context", "inspect"]
        case .builders: ["buildx", "ls", "--format", "json"]
        }
    }

    /// For messages.
    package var command: String {
        "docker " + arguments.prefix { !$0.hasPrefix("-") }.joined(separator: " ")
    }
}

/// All that was heard of a Docker host, before anything is made of it.
package struct HostAnswers: Sendable {
    /// What came of one command.
    package enum Answer: Sendable {
        case said(output: [UInt8], error: [UInt8])
        case failed(Command.Failure)
    }

    /// Whether there is a docker program to ask.
    package var hasDocker: Bool
    package var answers: [HostQuestion: Answer] = [:]
    /// `docker buildx du` of all builders but the engine's own, by the builder's name.
    package var usages: [String: Answer] = [:]
    /// `docker buildx inspect` by the builder's name, where `docker buildx ls` knows no JSON.
    package var inspections: [String: Answer] = [:]
    package var daemonFile = DaemonFile.notRead("")
    /// Of the file system that the engine's data stand on; nil where that is not this machine's.
    package var disk: Disk?
    /// The same of folders of the engine that may stand on disks of their own, by their path.
    package var otherDisks: [String: Disk] = [:]
    /// The variables that the docker CLI and buildx heed.
    package var environment: [String: String] = [:]
    /// The docker CLI's `config.json`; nil where there is none.
    package var clientConfiguration: [UInt8]?

    package init(hasDocker: Bool) { self.hasDocker = hasDocker }
}

/// The file system that holds an engine's data, in bytes.
package struct Disk: Sendable, Hashable {
    package let total: Int
    /// What a program without privileges can still take.
    package let free: Int

    package init(total: Int, free: Int) {
        self.total = total
        self.free = free
    }
}

/// The engine's own configuration, daemon.json.
package enum DaemonFile: Sendable {
    /// Absolute path, and its bytes.
    case read(String, [UInt8])
    /// The engine has none; where it would look.
    case absent(String)
    /// Why nothing is known of it, as part of a sentence.
    case notRead(String)
}
