import Diagnostics
import Project
import SourceText

/// One line for each finding, as compilers print them, for editors and `grep`: `file:line:column: severity id: message`.
package struct ConciseReport: ReportFormat {
    package init() {}

    package func text(of report: Report) -> String {
        var text = ""
        for finding in report.outcome.findings {
            let start = finding.range?.start
            text +=
                finding.path == Finding.host
                ? "docker host: " : "\(printable(finding.path)):\(start?.line ?? 1):\(start?.column ?? 1): "
            text +=
                "\(finding.severity.rawValue) \(printable(finding.check.name)): \(printable(finding.message))\n"
        }
        for skipped in report.outcome.skipped {
            text += "clm-doctor: skipped \(printable(skipped.check.name)): \(printable(skipped.reason))\n"
        }
        for note in report.notes() {
            text += "\(note.path == nil ? "clm-doctor: " : place(of: note))note: \(printable(note.message))\n"
        }
        return withoutWorkflowCommands(text)
    }
}
