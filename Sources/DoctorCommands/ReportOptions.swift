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

    @OptionGroup var place: OutputOption

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
        let style = place.style(color, in: surroundings)
        let format: any ReportFormat =
            statistics ? StatisticsReport(style: style) : writer(of: choice, style: style)
        if place.output != nil {
            try place.write(text(of: report, as: format), in: surroundings)
        } else {
            format.write(report, to: surroundings.output)
        }
        do throws(FileWriting.Failure) {
            if choice == .github, let summary = surroundings.environment["GITHUB_STEP_SUMMARY"],
                !summary.isEmpty
            {
                try FileWriting.append(
                    text(of: report, as: MarkdownReport()), to: surroundings.absolute(summary))
            }
        } catch {
            throw CommandFailure.usage(error.description)
        }
    }

    private func text(of report: Report, as format: any ReportFormat) -> String {
        var text = ""
        format.write(report) { text += $0 }
        return text
    }

    private func writer(of choice: ReportFormatChoice, style: TextStyle) -> any ReportFormat {
        switch choice {
        case .text: TextReport(style: style)
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
