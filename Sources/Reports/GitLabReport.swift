import Diagnostics
import JSON
import SourceText

/// GitLab's Code Quality report, a subset of Code Climate's: shown at the lines of a merge request.
///
/// Source: docs.gitlab.com, "Code Quality", section "Code Quality report format".
package struct GitLabReport: ReportFormat {
    package init() {}

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        output(printableJSON(.array(report.outcome.findings.map(issue))))
    }

    private func issue(_ finding: Finding) -> JSON {
        [
            "description": .string(finding.message),
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
