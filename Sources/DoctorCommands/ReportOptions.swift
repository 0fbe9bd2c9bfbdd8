import ArgumentParser
import Project
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
            gitlab, junit and checkstyle for CI systems; markdown for comments; html for one page (default: what \
            .clm-doctor.yaml says, else text).
            """,
            valueName: "format"))
    var format: ReportFormatChoice?

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

    /// The format of a report: that of the command line, else the configuration's. Statistics are a text.
    func format(of configuration: Configuration, statistics: Bool) -> ReportFormatChoice {
        if statistics { return .text }
        return format ?? configuration.format.flatMap(ReportFormatChoice.init) ?? .text
    }

    /// Prints or writes the report. With `--format github` it is also added to the job's summary, where the workflow
    /// has one (`GITHUB_STEP_SUMMARY`).
    /// - Parameter statistics: numbers alone, as text.
    /// - Throws: `CommandFailure` where a file cannot be written.
    func write(
        _ report: Report, as choice: ReportFormatChoice, statistics: Bool = false,
        in surroundings: Surroundings
    ) throws {
        let format: any ReportFormat =
            statistics
            ? StatisticsReport(style: surroundings.style(color: color)) : writer(of: choice, in: surroundings)
        do {
            if let output {
                try FileWriting.replace(
                    try surroundings.namedOutput(output), with: text(of: report, as: format))
            } else {
                format.write(report, to: surroundings.output)
            }
            if choice == .github, let summary = surroundings.environment["GITHUB_STEP_SUMMARY"],
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

    private func writer(of choice: ReportFormatChoice, in surroundings: Surroundings) -> any ReportFormat {
        switch choice {
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
