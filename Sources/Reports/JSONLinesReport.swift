import Diagnostics
import JSON
import Project

/// One JSON object a line, for programs that read while the report is written; `docs/schema/report-line.schema.json`
/// describes them. `type` tells them apart; the members are those of `JSONReport`.
package struct JSONLinesReport: ReportFormat {
    package static let schema = "clm-doctor/report-line/1"

    package init() {}

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        func line(_ type: String, _ json: JSON) {
            var object = JSON.Object()
            object["type"] = .string(type)
            for (key, value) in json.object?.members.map({ $0 }) ?? [] { object[key] = value }
            output(withoutWorkflowCommands(JSON.object(object).text() + "\n", isJSON: true))
        }
        line("report", ["schema": .string(Self.schema), "version": .string(report.version)])
        for finding in report.outcome.findings { line("finding", findingJSON(finding)) }
        for exception in report.exceptions { line("exception", exceptionJSON(exception)) }
        for skipped in report.outcome.skipped { line("skipped", skippedJSON(skipped)) }
        for note in report.notes() { line("note", noteJSON(note)) }
        line("summary", summaryJSON(report))
    }
}
