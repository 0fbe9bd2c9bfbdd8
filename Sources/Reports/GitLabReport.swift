import Diagnostics
import JSON
import Project
import SourceText

/// GitLab's Code Quality report, a subset of Code Climate's: shown at the lines of a merge request.
///
/// Source: docs.gitlab.com, "Code Quality", section "Code Quality report format".
package struct GitLabReport: ReportFormat {
    package init() {}

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        output(
            printableJSON(
                .array(
                    report.places.map(issue)
                        + report.exceptions.map {
                            remark("exception", path: $0.file, $0.text, subject: $0.subject)
                        }
                        + report.unexamined.map {
                            remark(
                                "not-examined", path: $0.path, line: $0.line, $0.message, subject: $0.message)
                        })))
    }

    /// The format has nothing but issues.
    private func remark(
        _ name: String, path: String?, line: Int? = nil, _ text: String, subject: String
    ) -> JSON {
        // A path is required.
        let path = path ?? ".clm-doctor.yaml"
        let finding = Finding(
            check: CheckID("clm-doctor-\(name)"), severity: .info, path: path, range: nil, message: text,
            subject: subject)
        return [
            "description": .string(text), "check_name": .string(finding.check.name),
            "fingerprint": .string(finding.fingerprint), "severity": "info",
            "location": ["path": .string(path), "lines": ["begin": .integer(line ?? 1)]],
        ]
    }

    private func issue(_ finding: Finding) -> JSON {
        [
            // Nothing else of the format is shown.
            "description": .string(
                [finding.message, finding.cost, finding.fix.map { "Fix: " + $0.trimmedText } ?? ""]
                    .filter { !$0.isEmpty }.joined(separator: "\n")),
            "check_name": .string(finding.check.name),
            "fingerprint": .string(finding.fingerprint),
            "severity": .string(severity(finding.severity)),
            "location": [
                // A path is required.
                "path": .string(finding.path == Finding.host ? hostPlace : finding.path),
                "lines": ["begin": .integer(finding.range?.start.line ?? 1)],
            ],
        ]
    }

    private func severity(_ severity: Severity) -> String {
        switch severity {
        case .error: "critical"
        case .warning: "major"
        case .info: "info"
        }
    }
}

/// What stands in place of a file in formats that demand one for a finding about the Docker host.
let hostPlace = "Docker host"
