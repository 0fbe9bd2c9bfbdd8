import Diagnostics
import Project
import SourceText

/// One line for each finding, as compilers print them, for editors and `grep`: `file:line:column: severity id: message`.
/// What stands before the first colon tells what a line is: no path can look like another line.
package struct ConciseReport: ReportFormat {
    package init() {}

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        func line(_ text: String) { output(withoutWorkflowCommands(text + "\n")) }
        for finding in report.places {
            let start = finding.range?.start
            let place =
                finding.path == Finding.host
                ? "docker host" : "\(printablePath(finding.path)):\(start?.line ?? 1):\(start?.column ?? 1)"
            line(
                "\(place): \(finding.severity.rawValue) \(printable(finding.check.name)): "
                    + printable(finding.message))
        }
        for exception in report.exceptions {
            line("clm-doctor: exception: \(printable(exception.text))")
        }
        for skipped in report.outcome.skipped {
            line("clm-doctor: skipped \(printable(skipped.check.name)): \(printable(skipped.reason))")
        }
        for note in report.notes() {
            line(
                "\(note.path == nil ? "clm-doctor: " : concisePlace(of: note))note: \(printable(note.message))"
            )
        }
    }
}
