import ArgumentParser
import Diagnostics
import Reports

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

    @OptionGroup var place: OutputOption

    /// Prints or writes in the form that is asked for.
    func write(_ listing: some Listing, in surroundings: Surroundings) throws {
        let report =
            switch format {
            case .text: listing.text(style: place.style(color, in: surroundings))
            case .concise: listing.conciseText()
            case .json: listing.json()
            }
        try place.write(report, in: surroundings)
    }
}
