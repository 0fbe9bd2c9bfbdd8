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

extension FailureThreshold: ExpressibleByArgument {}

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
