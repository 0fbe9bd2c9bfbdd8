import Diagnostics
import Project
import SourceText

/// Workflow commands that GitHub shows as annotations at the lines of a change.
///
/// GitHub shows ten errors, ten warnings and ten notices of one step; what is over that stands in the log alone.
/// Source: docs.github.com, "Workflow commands for GitHub Actions".
package struct GitHubReport: ReportFormat {
    package init() {}

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        for finding in report.outcome.findings { output(command(for: finding)) }
        // One annotation, which GitHub shows beside the findings: the log alone is what nobody opens for a green job.
        if !report.exceptions.isEmpty {
            let lines = report.exceptions.map { data($0.text) }
            output(
                "::notice title=\(property("clm-doctor: exceptions"))::\(lines.joined(separator: "%0A"))\n")
        }
        for skipped in report.outcome.skipped {
            output(line("clm-doctor: skipped \(skipped.check.name): \(skipped.reason)"))
        }
        for note in report.notes() {
            let place = note.path == nil ? "clm-doctor: " : concisePlace(of: note)
            output(line("\(place)note: \(note.message)"))
        }
    }

    private func command(for finding: Finding) -> String {
        var properties: [(String, String)] = []
        if finding.path != Finding.host {
            properties.append(("file", finding.path))
            let start = finding.range?.start
            properties.append(("line", String(start?.line ?? 1)))
            if let range = finding.range {
                properties.append(("endLine", String(range.end.line)))
                // GitHub takes columns only where the whole range is in one line.
                if range.start.line == range.end.line {
                    properties.append(("col", String(range.start.column)))
                    properties.append(("endColumn", String(range.end.column)))
                }
            }
        }
        properties.append(("title", "clm-doctor: \(finding.check.name)"))
        let texts = [
            finding.message, finding.cost, finding.fix.map { "Fix: " + $0.trimmedText } ?? "",
            otherPlaces(of: finding, atMost: Limits.annotationPlaces).map { "Also at: " + printable($0) }
                ?? "",
        ]
        let message = texts.filter { !$0.isEmpty }.flatMap { printableLines($0) }.map(data)
        return "::\(name(of: finding.severity)) "
            + properties.map { "\($0)=\(property($1))" }.joined(separator: ",")
            + "::" + message.joined(separator: "%0A") + "\n"
    }

    private func name(of severity: Severity) -> String {
        switch severity {
        case .error: "error"
        case .warning: "warning"
        case .info: "notice"
        }
    }

    /// A line that is no command.
    private func line(_ text: String) -> String { withoutWorkflowCommands(printable(text) + "\n") }

    /// The message of a command, as `escapeData` of GitHub's own toolkit writes it (`command.ts`). A mark of another CI
    /// system in it is taken away as everywhere.
    private func data(_ text: String) -> String {
        withoutWorkflowCommands(printable(text)).replacing("%", with: "%25")
    }

    /// The value of a property: `escapeProperty`.
    private func property(_ text: String) -> String {
        data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
    }
}
