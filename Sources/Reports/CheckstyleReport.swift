import Diagnostics
import Project
import SourceText

/// Checkstyle's XML: files in the order of their names, the errors in each from top to bottom. Many CI plugins and
/// review tools read it. Its severities are error, warning, info (checkstyle.org, "XMLLogger").
package struct CheckstyleReport: ReportFormat {
    package init() {}

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        func line(_ text: String) { output(withoutWorkflowCommands(text + "\n")) }
        line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        line("<checkstyle version=\"4.3\">")
        // The format has nothing but findings.
        let remarks =
            report.exceptions.map { remark("exception", path: $0.file, $0.text) }
            + report.unexamined.map { remark("not-examined", path: $0.path, line: $0.line, $0.message) }
        let files = Dictionary(grouping: report.places + remarks, by: \.path)
        for (path, findings) in files.sorted(by: { $0.key < $1.key }) {
            line("  <file name=\"\(escapedMarkup(path == Finding.host ? hostPlace : path))\">")
            for finding in findings.sorted(by: isAbove) {
                let start = finding.range?.start
                line(
                    "    <error line=\"\(start?.line ?? 1)\" column=\"\(start?.column ?? 1)\" "
                        + "severity=\"\(finding.severity.rawValue)\" message=\"\(escapedMarkup(finding.message))\" "
                        + "source=\"clm-doctor.\(escapedMarkup(finding.check.name))\"/>")
            }
            line("  </file>")
        }
        line("</checkstyle>")
    }

    private func remark(_ name: String, path: String?, line: Int? = nil, _ text: String) -> Finding {
        let start = SourcePosition(line: line ?? 1, column: 1)
        return Finding(
            check: CheckID(name), severity: .info, path: path ?? ".clm-doctor.yaml",
            range: SourceRange(start: start, end: start), message: text, subject: text)
    }

    private func isAbove(_ left: Finding, _ right: Finding) -> Bool {
        let top = SourcePosition(line: 0, column: 0)
        return (left.range?.start ?? top, left.check) < (right.range?.start ?? top, right.check)
    }
}
