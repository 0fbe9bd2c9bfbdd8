import ArgumentParser
import Reports

/// Where the report of a command goes.
struct OutputOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write the report to this file in place of standard output: as a whole, or not at all.",
            valueName: "file"), completion: .file())
    var output: String?

    /// How the report is set: a file is no terminal.
    func style(_ color: ColorChoice, in surroundings: Surroundings) -> TextStyle {
        let style = surroundings.style(color: color)
        return output == nil || color == .always
            ? style : TextStyle(unicode: style.unicode, program: style.program)
    }

    /// - Parameter report: safe to print.
    /// - Throws: where the file cannot be written.
    func write(_ report: String, in surroundings: Surroundings) throws(CommandFailure) {
        guard let output else { return surroundings.output(report) }
        let place = try surroundings.namedOutput(output)
        do throws(FileWriting.Failure) {
            try FileWriting.replace(place, with: report)
        } catch {
            throw .usage(error.description)
        }
    }
}
