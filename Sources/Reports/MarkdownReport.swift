import Diagnostics
import Project
import SourceText

/// For a comment on a pull request or a job's summary: a table of the findings, and each with its cost and fix.
package struct MarkdownReport: ReportFormat {
    package init() {}

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        func lines(_ lines: [String]) {
            output(withoutWorkflowCommands(lines.joined(separator: "\n") + "\n"))
        }
        let findings = report.outcome.findings
        lines(["### clm-doctor: \(report.tally)", ""])
        let shown = findings.prefix(Limits.markdownFindings)
        if !shown.isEmpty {
            lines(["| | Where | Check | What |", "| --- | --- | --- | --- |"])
            for finding in shown {
                lines([
                    "| \(finding.severity.rawValue) | \(escapedMarkdown(report.place(of: finding))) | "
                        + "\(escapedMarkdown(finding.check.name)) | \(escapedMarkdown(finding.message)) |"
                ])
            }
            if shown.count < findings.count {
                lines(["", "\(findings.count - shown.count) more are not listed here."])
            }
            lines(["", "<details><summary>Costs and fixes</summary>", ""])
            for finding in shown where !finding.cost.isEmpty || finding.fix != nil || !finding.members.isEmpty
            {
                lines([
                    "**\(escapedMarkdown(finding.check.name))** at "
                        + "\(escapedMarkdown(report.place(of: finding)))", "",
                ])
                if !finding.cost.isEmpty { lines([escapedMarkdown(finding.cost), ""]) }
                if let fix = finding.fix { lines(markdownCodeBlock(fix.trimmedText) + [""]) }
                if let others = otherPlaces(of: finding) {
                    lines([escapedMarkdown("Also at: \(others)"), ""])
                }
            }
            lines(["</details>"])
        }
        let exceptions = report.exceptions.map { "Exception: \($0.text)" }
        let skipped = report.outcome.skipped.map { "Skipped: \($0.check.name): \($0.reason)" }
        let notes = report.notes().map { "Note: \(Reports.place(of: $0))\($0.message)" }
        for remark in (exceptions + skipped + notes).prefix(Limits.markdownFindings) {
            lines(["", escapedMarkdown(remark)])
        }
        lines([
            "",
            "<sub>\(counted(report.project.builds.count, "build")) of "
                + "\(counted(report.project.dockerfiles.count, "Dockerfile")); "
                + "`clm-doctor explain` tells more of a check.</sub>",
        ])
    }
}

extension Report {
    /// `1 error, 2 warnings`, or that there is nothing.
    var tally: String {
        let counts = Severity.allCases.reversed().compactMap { severity -> String? in
            let number = count(severity)
            guard number > 0 else { return nil }
            return severity == .info ? "\(number) info" : counted(number, severity.rawValue)
        }
        guard counts.isEmpty else { return counts.joined(separator: ", ") }
        return "no problems found" + (outcome.exceptions.mayHideFindings ? " (with exceptions)" : "")
    }

    /// `path:line:column`, as far as the finding has them; not escaped.
    func place(of finding: Finding) -> String {
        guard finding.path != Finding.host else { return hostPlace }
        return finding.path + (finding.range.map { ":\($0.start.line):\($0.start.column)" } ?? "")
    }
}
