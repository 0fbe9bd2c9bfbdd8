import Catalogue
import Diagnostics

/// How many findings each check has, in place of the findings; those with the most first.
package struct StatisticsReport: ReportFormat {
    private let style: TextStyle

    package init(style: TextStyle) { self.style = style }

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        let findings = Dictionary(grouping: report.places, by: \.check)
        let rows = findings.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
        let width = rows.map { $0.key.name.count }.max() ?? 0
        var lines = rows.map { check, findings in
            let number = String(findings.count)
            let title = report.catalogue.entry(for: check)?.description.title ?? ""
            let severity = findings.map(\.severity).max()?.rawValue ?? ""
            return String(repeating: " ", count: max(0, 5 - number.count)) + number + "  "
                + style.paint(printable(check.name).padded(to: width), .strong) + "  "
                + severity.padded(to: 7) + "  " + printable(title)
        }
        lines.append("\(report.tally).")
        output(withoutWorkflowCommands(lines.joined(separator: "\n") + "\n"))
    }
}
