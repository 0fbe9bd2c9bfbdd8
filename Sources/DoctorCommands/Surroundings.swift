package import Diagnostics
import Reports

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What a command takes from the process that it runs in, as values, so that tests can run commands without one.
package struct Surroundings: Sendable {
    /// Environment variables.
    package var environment: [String: String]
    /// Absolute path against which relative ones are resolved.
    package var workingDirectory: String
    /// The day, in UTC; nil where nothing is to expire.
    package var today: Day?
    /// What people type for the program, in what it says of itself.
    package var program = "clm-doctor"
    /// Columns of the terminal that standard output is; nil where it is none.
    package var terminalWidth: Int?
    /// Asks the person at the terminal for a line; nil where there is nobody to ask.
    package var ask: (@Sendable (String) -> String?)?
    /// Writes to standard output. Text after a reader has gone is dropped.
    package var output: @Sendable (String) -> Void
    /// Writes to standard error.
    package var errorOutput: @Sendable (String) -> Void
    /// What tasks of their own run on: they do not take over that of the task which begins them. nil for Swift's own
    /// threads, which may wait for ever where the system has none left.
    package var executor: (any TaskExecutor)?

    package init(
        environment: [String: String], workingDirectory: String, today: Day? = nil,
        terminalWidth: Int? = nil, ask: (@Sendable (String) -> String?)? = nil,
        output: @escaping @Sendable (String) -> Void, errorOutput: @escaping @Sendable (String) -> Void,
        executor: (any TaskExecutor)? = nil
    ) {
        self.executor = executor
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.today = today
        self.terminalWidth = terminalWidth
        self.ask = ask
        self.output = output
        self.errorOutput = errorOutput
    }

    /// An absolute path; `.` and `..` in it are left to the file system.
    func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        return path == "." ? workingDirectory : workingDirectory + "/" + path
    }

    /// Whether a file or folder stands at a path, links followed.
    func exists(_ path: String) -> Bool { access(absolute(path), F_OK) == 0 }

    /// How text is to be set.
    ///
    /// `NO_COLOR` (no-color.org) and `CLICOLOR_FORCE` (bixense.com/clicolors) decide where the option does not; a
    /// locale that is not UTF-8 gets ASCII marks.
    func style(color: ColorChoice) -> TextStyle {
        let colored =
            switch color {
            case .always: true
            case .never: false
            case .auto: automaticColor
            }
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let isUTF8 = locale.lowercased().contains("utf-8") || locale.lowercased().contains("utf8")
        return TextStyle(
            width: terminalWidth ?? 100, color: colored, unicode: isUTF8, program: program)
    }

    private var automaticColor: Bool {
        if environment["NO_COLOR", default: ""] != "" { return false }
        if let forced = environment["CLICOLOR_FORCE"], forced != "", forced != "0" { return true }
        return terminalWidth != nil && environment["TERM"] != "dumb"
    }

    /// Asks before something is deleted or written; only a yes is one.
    /// - Parameter otherwise: what is true where there is no yes, such as `nothing was deleted`.
    /// - Throws: where there is nobody to ask.
    func isAllowed(_ question: String, otherwise: String) throws(CommandFailure) -> Bool {
        guard let ask else {
            throw .usage("\(otherwise): there is nobody to ask here, and --yes is not given")
        }
        let answer = ask(question + " [y/N] ")?.lowercased()
        return answer == "y" || answer == "yes"
    }

    /// A text of the program's own, with its commands as people type them here: ``clm-doctor checks`` becomes
    /// ``docker doctor checks``. What is no command stays, such as the version's line and names of files.
    func calledByName(_ text: String) -> String {
        let name = "clm-doctor"
        guard program != name else { return text }
        var result = ""
        var rest = text[...]
        while let range = rest.firstRange(of: name) {
            let before = rest[..<range.lowerBound].last
            let after = rest[range.upperBound...].prefix { $0 == " " || $0 == "\n" || $0 == "`" || $0 == "'" }
            let next = rest[range.upperBound...].dropFirst(after.count).first
            let isCommand =
                (before.map { " \n`'(".contains($0) } ?? result.isEmpty)
                && !after.isEmpty && next.map { !$0.isNumber } ?? true
            result += rest[..<range.lowerBound] + (isCommand ? program : name)
            rest = rest[range.upperBound...]
        }
        return result + rest
    }

    /// Prints an error in one or more lines.
    func report(_ error: String) {
        errorOutput(withoutWorkflowCommands(printableLines("error: " + error).joined(separator: "\n") + "\n"))
    }
}
