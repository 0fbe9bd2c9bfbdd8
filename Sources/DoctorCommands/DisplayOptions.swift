import ArgumentParser
import Diagnostics

/// When to colour.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
}

/// How to print.
enum FormatChoice: String, ExpressibleByArgument, CaseIterable {
    case text, concise, json
}

/// From which severity on findings make the command fail.
enum FailureThreshold: String, ExpressibleByArgument, CaseIterable {
    case info, warning, error, never

    /// Whether a finding of this severity is at or above the threshold.
    func includes(_ severity: Severity) -> Bool {
        switch self {
        case .info: severity >= .info
        case .warning: severity >= .warning
        case .error: severity >= .error
        case .never: false
        }
    }
}

/// The options of every command that prints.
struct DisplayOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How to print: text for people, concise for one line each, json for programs.",
            valueName: "format"))
    var format = FormatChoice.text

    @Option(
        help: ArgumentHelp(
            "Whether to use colour. auto: on a terminal, unless NO_COLOR is set; or where CLICOLOR_FORCE is.",
            valueName: "when"))
    var color = ColorChoice.auto
}
