import ArgumentParser
import Reports

/// The formats of an examination's report.
enum ReportFormatChoice: String, ExpressibleByArgument, CaseIterable {
    case text, concise, json, jsonl, sarif, github, gitlab, junit, checkstyle, markdown, html
}

/// How an examination is reported, and where.
struct ReportOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            How to print: text for people; concise for one line each; json or jsonl for programs; sarif, github, \
            gitlab, junit and checkstyle for CI systems; markdown for comments; html for one page.
            """,
            valueName: "format"))
    var format = ReportFormatChoice.text

    @Option(
        help: ArgumentHelp(
            "Write the report to this file in place of standard output: as a whole, or not at all.",
            valueName: "file"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Whether to use colour. auto: on a terminal, unless NO_COLOR is set; or where CLICOLOR_FORCE is.",
            valueName: "when"))
    var color = ColorChoice.auto

    /// Prints or writes the report. With `--format github` it is also added to the job's summary, where the workflow
    /// has one (`GITHUB_STEP_SUMMARY`).
    /// - Parameter statistics: numbers alone, as text.
    /// - Throws: `CommandFailure` where a file cannot be written.
    func write(_ report: Report, statistics: Bool = false, in surroundings: Surroundings) throws {
        let format: any ReportFormat =
            statistics ? StatisticsReport(style: surroundings.style(color: color)) : format(in: surroundings)
        do {
            if let output {
                try FileWriting.replace(
                    try surroundings.namedOutput(output), with: text(of: report, as: format))
            } else {
                format.write(report, to: surroundings.output)
            }
            if self.format == .github, let summary = surroundings.environment["GITHUB_STEP_SUMMARY"],
                !summary.isEmpty
            {
                try FileWriting.append(
                    text(of: report, as: MarkdownReport()), to: surroundings.absolute(summary))
            }
        } catch let error as FileWriting.Failure {
            throw CommandFailure.usage(error.description)
        }
    }

    private func text(of report: Report, as format: any ReportFormat) -> String {
        var text = ""
        format.write(report) { text += $0 }
        return text
    }

    private func format(in surroundings: Surroundings) -> any ReportFormat {
        switch format {
        case .text:
            // A file is no terminal.
            output == nil || color == .always
                ? TextReport(style: surroundings.style(color: color))
                : TextReport(style: TextStyle(unicode: surroundings.style(color: .never).unicode))
        case .concise: ConciseReport()
        case .json: JSONReport()
        case .jsonl: JSONLinesReport()
        case .sarif: SARIFReport()
        case .github: GitHubReport()
        case .gitlab: GitLabReport()
        case .junit: JUnitReport()
        case .checkstyle: CheckstyleReport()
        case .markdown: MarkdownReport()
        case .html: HTMLReport()
        }
    }
}
