package import ArgumentParser
import Diagnostics
import Reports
import SourceText

/// A command that takes what it needs of the process as a value.
protocol DoctorCommand: ParsableCommand {
    /// - Throws: `CommandFailure` where it cannot do what it is asked to.
    func run(in surroundings: Surroundings) async throws -> ExitStatus
}

/// The root of the command tree: `clm-doctor`.
package struct Doctor: ParsableCommand {
    /// The program's name and version; for a signal handler, which can print nothing else.
    package static let versionLine: StaticString = "clm-doctor 0.1.0"
    /// Of the program and its reports.
    package static let version = String(versionLine.description.dropFirst("clm-doctor ".count))

    package static let configuration = CommandConfiguration(
        commandName: "clm-doctor",
        abstract: "Finds out why Docker builds are slow.",
        usage: """
            clm-doctor [<path> ...] [<options>]
            clm-doctor <subcommand>
            """,
        discussion: """
            Reads the Dockerfiles of a repository and what builds them (compose, bake, workflows, scripts), and \
            reports what keeps the build cache from working. It builds nothing, runs nothing of the repository's, \
            and changes no file unless it is told to.

            EXAMPLES:
              clm-doctor demo                     what it says of a small project with problems
              clm-doctor                          examine the repository that you are in
              clm-doctor fix                      repair what can be repaired safely (check --fix)
              clm-doctor init                     set it up here: configuration, baseline, CI job, hook
              clm-doctor services/api             examine one part of it
              clm-doctor --only cache             run the checks of one category, or of one id
              clm-doctor --format json            for programs; docs/schema describes it
              clm-doctor explain apt-docker-clean what a check finds, why it costs time, what to do
              clm-doctor context                  which files a build can read, and which are left out
              clm-doctor impact                   which steps run again for your change, and why
              clm-doctor replay                   how often each step ran again, and because of what
              clm-doctor timings build.log        where the time of a build went, from its log or record
              clm-doctor why build.log            why its steps were not in the cache
              clm-doctor records add build.log    keep what builds did; `records export` hands it on
              clm-doctor cache                    what the build cache holds, and how to make it smaller
              clm-doctor check --help             all options of the examination
              clm-doctor --generate-completion-script bash
                                                  completions; for zsh and fish too

            EXIT CODES:
              0  nothing at or above --fail-on (default: warning)
              1  findings
              2  the command line or .clm-doctor.yaml is not right, a file could not be written, or --strict:
                 not all was examined
              3  there is nothing to check
              4  a Dockerfile does not parse
              5  not judged: the run took more processor time or memory than it may
              6  clm-doctor crashed: please report it
            """,
        version: version,
        subcommands: [
            CheckCommand.self, ExplainCommand.self, ChecksCommand.self, BuildsCommand.self,
            ContextCommand.self, ImpactCommand.self, ReplayCommand.self, TimingsCommand.self,
            WhyCommand.self, RecordsCommand.self, CacheCommand.self, InitCommand.self, DemoCommand.self,
        ],
        defaultSubcommand: CheckCommand.self)

    package init() {}

    /// Runs a command line.
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - program: the path by which it was started; as `docker-doctor` it is a plugin of docker's.
    ///   - surroundings: what the command reads and writes.
    /// - Returns: what the process should end with.
    package static func run(
        _ arguments: [String], as program: String = "clm-doctor", in surroundings: Surroundings
    ) async -> ExitStatus {
        if DockerPlugin.isDescriptionAsked(program: program, arguments: arguments) {
            surroundings.output(DockerPlugin.description)
            return .clean
        }
        if let completion = ShellCompletion(arguments) {
            surroundings.output(await completion.text(in: surroundings))
            return .clean
        }
        var arguments = arguments
        var surroundings = surroundings
        do {
            if let plugin = try DockerPlugin(program: program, arguments: arguments) {
                arguments = plugin.arguments
                surroundings.environment.merge(plugin.environment) { $1 }
                surroundings.program = DockerPlugin.program
            }
            guard arguments.count <= Limits.arguments else {
                throw CommandFailure.usage(
                    "there are \(arguments.count) arguments, more than the \(Limits.arguments) that are read; name folders in "
                        + "place of files, or compare commits (impact --base REVISION)")
            }
            var command = try parsed(understood(arguments, in: surroundings))
            if let command = command as? any DoctorCommand { return try await command.run(in: surroundings) }
            try command.run()
            return .clean
        } catch let failure as CommandFailure {
            surroundings.report(surroundings.calledByName(failure.message))
            return failure.status
        } catch {
            let columns = min(surroundings.terminalWidth ?? 100, 100)
            let isHelp = exitCode(for: error).isSuccess
            var message = withSuggestion(fullMessage(for: error, columns: columns))
            if let shell = shellOfScript(arguments) {
                surroundings.output(CompletionScript.completed(message, for: shell) + "\n")
                return .clean
            }
            message = surroundings.calledByName(message)
            // All errors begin alike.
            if message.hasPrefix("Error: ") { message = "error: " + message.dropFirst(7) }
            // An error repeats the arguments, which may come from a repository (`clm-doctor --format "$(cat …)"`).
            let text = withoutWorkflowCommands(
                (isHelp ? message : printableLines(message).joined(separator: "\n")) + "\n")
            if isHelp { surroundings.output(text) } else { surroundings.errorOutput(text) }
            return isHelp ? .clean : .usage
        }
    }

    /// The shell whose completion script is asked for; nil where none is, or one that there is not.
    private static func shellOfScript(_ arguments: [String]) -> CompletionShell? {
        switch arguments.count {
        case 1 where arguments[0] == "--generate-completion-script": .autodetected()
        case 2 where arguments[0] == "--generate-completion-script": CompletionShell(rawValue: arguments[1])
        default: nil
        }
    }

    /// Words that people type for a command, unless there is a file of that name.
    private static func understood(_ arguments: [String], in surroundings: Surroundings)
        throws(CommandFailure)
        -> [String]
    {
        guard let word = arguments.first, !surroundings.exists(word) else {
            return arguments
        }
        switch word {
        case "fix": return ["check", "--fix"] + arguments.dropFirst()
        case "version": return ["--version"]
        case "help": return try help(with: Array(arguments.dropFirst()))
        default: return arguments
        }
    }

    /// `help` and what stands behind it: of a word that is no command, the argument parser shows the root's help.
    private static func help(with words: [String]) throws(CommandFailure) -> [String] {
        let commands = configuration.subcommands.map { $0._commandName }
        guard let word = words.first, !word.hasPrefix("-"), !commands.contains(word) else {
            return ["help"] + words
        }
        switch word {
        case "fix": return ["help", "check"]
        case "version", "help": return ["help"]
        default:
            let meant = closestMatch(to: word, among: commands).map {
                "; did you mean `clm-doctor help \($0)`?"
            }
            throw .usage("there is no command `\(word)`\(meant ?? "; `clm-doctor help` lists them all")")
        }
    }

    /// What the argument parser says of a value that is none of those it takes, with the one that was meant.
    private static func withSuggestion(_ message: String) -> String {
        var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let parts = lines[0].split(separator: "'", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 2, parts[0].hasSuffix("The value ") else { return message }
        // Few values stand in the sentence, between quotes, and many below it.
        let inSentence = stride(from: 5, to: parts.count, by: 2).map { parts[$0] }
        let below = lines.filter { $0.hasPrefix("  - ") }.map { String($0.dropFirst(4)) }
        guard let meant = closestMatch(to: parts[1], among: inSentence + below) else { return message }
        lines[0] = lines[0].replacing("Please provide", with: "Did you mean '\(meant)'? Please provide")
        return lines.joined(separator: "\n")
    }

    /// One command's options are read in a third of the time that those of all take. What is not right in them, and
    /// who asks for help, is for the whole program to tell.
    private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
        if arguments.first == "help" { return try parseAsRoot(arguments) }
        let named = configuration.subcommands.first { $0._commandName == arguments.first }
        let command =
            try? named.map { try $0.parse(Array(arguments.dropFirst())) } ?? CheckCommand.parse(arguments)
        return try command ?? parseAsRoot(arguments)
    }
}
