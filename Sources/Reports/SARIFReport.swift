import Catalogue
import Diagnostics
import JSON
import Project
import SourceText

/// SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), which GitHub's code scanning and many editors read.
///
/// Rules come with their pages; fixes that are certain come as replacements; what was not done is a notification.
package struct SARIFReport: ReportFormat {
    package init() {}

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        let named = Set(report.outcome.findings.map(\.check)).union(report.outcome.skipped.map(\.check))
        let rules = report.catalogue.entries.filter { named.contains($0.id) }
        let ownChecks = Set(report.project.configuration.customChecks.map(\.id))
        let indices = Dictionary(
            uniqueKeysWithValues: rules.enumerated().map { ($0.element.id, $0.offset) })
        var writer = JSONWriter { output(withoutWorkflowCommands($0, isJSON: true)) }
        writer.add(
            "$schema",
            "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")
        writer.add("version", "2.1.0")
        writer.add("runs") { run in
            run.add(
                "tool",
                [
                    "driver": [
                        "name": "clm-doctor",
                        "semanticVersion": .string(report.version),
                        "rules": .array(rules.map { rule($0, ownChecks: ownChecks) }),
                    ]
                ])
            // What keeps a check from running is told in the notifications; the run itself went well.
            run.add(
                "invocations",
                [
                    [
                        "executionSuccessful": true,
                        "toolConfigurationNotifications": .array(
                            report.outcome.skipped.map(skipped) + report.exceptions.map(exception)),
                        "toolExecutionNotifications": .array(report.notes().map(notification)),
                    ]
                ])
            run.add("columnKind", "unicodeCodePoints")
            run.add(
                "results",
                each: report.outcome.findings.lazy.map { result($0, rule: indices[$0.check], in: report) })
        }
        writer.finish()
    }

    private func rule(_ entry: CatalogueEntry, ownChecks: Set<CheckID>) -> JSON {
        let description = entry.description
        // A check of the repository's own has a page that the repository has written: as Markdown it is shown as it stands.
        let isOwn = ownChecks.contains(entry.id)
        let page = isOwn ? markdownCodeBlock(entry.page).joined(separator: "\n") : entry.page
        return [
            "id": .string(entry.id.name),
            "shortDescription": ["text": .string(description.title)],
            "help": ["text": .string(entry.page), "markdown": .string(page)],
            "defaultConfiguration": ["level": .string(level(description.severity))],
            "properties": ["tags": .array(tags(description).map { .string($0) })],
        ]
    }

    /// Each once: the schema refuses a tag that stands twice, and with it the whole file (`propertyBag`, uniqueItems).
    private func tags(_ description: CheckDescription) -> [String] {
        var seen: Set<String> = []
        return ([description.category.rawValue] + description.tags).filter { seen.insert($0).inserted }
    }

    private func result(_ finding: Finding, rule: Int?, in report: Report) -> JSON {
        let text = finding.cost.isEmpty ? finding.message : "\(finding.message) \(finding.cost)"
        var result: JSON = [
            "ruleId": .string(finding.check.name),
            "level": .string(level(finding.severity)),
            "message": ["text": .string(withoutLinks(text))],
            // A finding about the Docker host is at no place.
            "locations": .array(
                finding.unfolded.filter { $0.path != Finding.host }.map { location($0.path, $0.range) }),
            "partialFingerprints": ["clmDoctor/v2": .string(finding.fingerprint)],
            "properties": ["confidence": .string(finding.confidence.rawValue)],
        ]
        if let rule { result["ruleIndex"] = .integer(rule) }
        let fixes = finding.unfolded.compactMap { $0.fix.flatMap { fix(of: $0, in: report) } }
        if !fixes.isEmpty { result["fixes"] = .array(fixes) }
        return result
    }

    /// - Returns: nil where the fix is a text alone, or a file of it was not read.
    private func fix(of fix: Fix, in report: Report) -> JSON? {
        guard !fix.edits.isEmpty, fix.edits.allSatisfy({ report.sources[$0.path] != nil }) else { return nil }
        let files = Dictionary(grouping: fix.edits, by: \.path).sorted { $0.key < $1.key }
        let changes = files.map { path, edits -> JSON in
            let replacements = edits.map { edit -> JSON in
                var replacement: JSON = [:]
                replacement["deletedRegion"] = report.sources[path].map { region($0.range(of: edit.bytes)) }
                replacement["insertedContent"] = ["text": .string(edit.replacement)]
                return replacement
            }
            return ["artifactLocation": artifact(path), "replacements": .array(replacements)]
        }
        return ["description": ["text": .string(fix.text)], "artifactChanges": .array(changes)]
    }

    private func location(_ path: String, _ range: SourceRange?) -> JSON {
        var place: JSON = ["artifactLocation": artifact(path)]
        if let range { place["region"] = region(range) }
        return ["physicalLocation": place]
    }

    private func region(_ range: SourceRange) -> JSON {
        [
            "startLine": .integer(range.start.line), "startColumn": .integer(range.start.column),
            "endLine": .integer(range.end.line), "endColumn": .integer(range.end.column),
        ]
    }

    private func artifact(_ path: String) -> JSON {
        path.hasPrefix("/")
            ? ["uri": .string("file://" + percentEncoded(path))]
            : ["uri": .string(percentEncoded(path)), "uriBaseId": "%SRCROOT%"]
    }

    /// Viewers make a link of `[text](address)` in a message (SARIF 2.1.0, 3.11.6); a backslash before the bracket is what
    /// the standard has for a text that means none.
    private func withoutLinks(_ text: String) -> String {
        text.contains("](") ? text.replacing("[", with: "\\[").replacing("]", with: "\\]") : text
    }

    private func skipped(_ skipped: SkippedCheck) -> JSON {
        [
            "level": "note", "message": ["text": .string(skipped.reason)],
            "associatedRule": ["id": .string(skipped.check.name)],
        ]
    }

    private func exception(_ exception: Exceptions.Item) -> JSON {
        var notification: JSON = [
            "level": "note", "message": ["text": .string(exception.message)],
            "descriptor": ["id": .string("exception/\(exception.kind.rawValue)")],
        ]
        if let file = exception.file { notification["locations"] = [location(file, nil)] }
        return notification
    }

    private func notification(_ note: Note) -> JSON {
        var notification: JSON = ["level": "note", "message": ["text": .string(note.message)]]
        if let path = note.path {
            let start = note.line.map { SourcePosition(line: $0, column: 1) }
            notification["locations"] = [
                location(path, start.map { SourceRange(start: $0, end: $0) })
            ]
        }
        return notification
    }

    private func level(_ severity: Severity) -> String {
        switch severity {
        case .error: "error"
        case .warning: "warning"
        case .info: "note"
        }
    }

    /// The path of a URI (RFC 3986): all but unreserved characters and `/` as `%XX`.
    private func percentEncoded(_ path: String) -> String {
        var result = ""
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }
}
