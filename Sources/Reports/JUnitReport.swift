import Diagnostics
import Project
import SourceText

/// JUnit's XML, as CI systems read it: a test case for each finding, for each check that found nothing, and for each
/// that was skipped. Errors and warnings are failures; an info passes, with its text beside it.
///
/// There is no standard; the elements are those of Ant's task that Jenkins and GitLab read
/// (llg.cubic.org/docs/junit tells which), the attributes those that Jenkins's schema allows (jenkinsci/xunit-plugin,
/// `junit-10.xsd`): `skipped` is one of `testsuite`, not of `testsuites`.
package struct JUnitReport: ReportFormat {
    package init() {}

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        func line(_ text: String) { output(withoutWorkflowCommands(text + "\n")) }
        let outcome = report.outcome
        let skipped = Dictionary(grouping: outcome.skipped, by: \.check)
        let found = Set(outcome.findings.map(\.check))
        let quiet = Set(outcome.ran).union(skipped.keys).subtracting(found).sorted()
        let places = report.places
        let failures = places.count { $0.severity != .info }
        let idle = quiet.reduce(0) { $0 + (skipped[$1] == nil ? 0 : 1) }
        let counts =
            "tests=\"\(places.count + quiet.count + (report.exceptions.isEmpty ? 0 : 1))\" failures=\"\(failures)\" errors=\"0\""
        line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        line("<testsuites name=\"clm-doctor\" \(counts)>")
        line("  <testsuite name=\"clm-doctor\" \(counts) skipped=\"\(idle)\">")
        for finding in places {
            let path = finding.path == Finding.host ? hostPlace : finding.path
            let place = finding.range.map { ":\($0.start.line):\($0.start.column)" } ?? ""
            line(
                "    <testcase classname=\"\(escapedMarkup(path))\" name=\"\(name(of: finding, at: place))\">"
            )
            let text = [finding.message, finding.cost, finding.fix.map { "Fix: " + $0.trimmedText } ?? ""]
                .filter { !$0.isEmpty }.joined(separator: "\n")
            let body = escapedMarkup(path + place) + "\n" + escapedMarkupLines(text)
            if finding.severity == .info {
                line("      <system-out>\(body)</system-out>")
            } else {
                line(
                    "      <failure type=\"\(finding.severity.rawValue)\" "
                        + "message=\"\(escapedMarkup(finding.message))\">\(body)</failure>")
            }
            line("    </testcase>")
        }
        for check in quiet {
            let start = "    <testcase classname=\"clm-doctor\" name=\"\(escapedMarkup(check.name))\""
            if let reasons = skipped[check] {
                let reason = reasons.map(\.reason).joined(separator: "; ")
                line("\(start)><skipped message=\"\(escapedMarkup(reason))\"/></testcase>")
            } else {
                line("\(start)/>")
            }
        }
        if !report.exceptions.isEmpty {
            let texts = report.exceptions.map { escapedMarkup($0.text) }.joined(separator: "\n")
            line("    <testcase classname=\"clm-doctor\" name=\"exceptions\">")
            line("      <system-out>\(texts)</system-out>")
            line("    </testcase>")
        }
        let notes = report.notes().map { escapedMarkup(place(of: $0) + $0.message) }
        if !notes.isEmpty { line("    <system-out>\(notes.joined(separator: "\n"))</system-out>") }
        line("  </testsuite>")
        line("</testsuites>")
    }

    /// Unlike every other in its file.
    private func name(of finding: Finding, at place: String) -> String {
        escapedMarkup(finding.check.name + place + (finding.ordinal > 1 ? " (\(finding.ordinal))" : ""))
    }
}
