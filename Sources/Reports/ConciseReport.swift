import Diagnostics
import Project
import SourceText

/// One line for each finding, as compilers print them, for editors and `grep`: `file:line:column: severity id: message`.
package struct ConciseReport: ReportFormat {
    package init() {}

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        func line(_ text: String) { output(withoutWorkflowCommands(text + "\n")) }
        for finding in report.outcome.findings {
            let start = finding.range?.start
            let place =
                finding.path == Finding.host
                ? "docker host" : "\(printable(finding.path)):\(start?.line ?? 1):\(start?.column ?? 1)"
            line(
                "\(place): \(finding.severity.rawValue) \(printable(finding.check.name)): "
                    + printable(finding.message))
        }
        for skipped in report.outcome.skipped {
            line("clm-doctor: skipped \(printable(skipped.check.name)): \(printable(skipped.reason))")
        }
        for note in report.notes() {
            line("\(note.path == nil ? "clm-doctor: " : place(of: note))note: \(printable(note.message))")
        }
    }
}
