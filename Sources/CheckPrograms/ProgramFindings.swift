import Diagnostics
import Dockerfile
import Facts
import JSON
import Project
import SourceText

/// Reads the findings of a check program. What it says has to hold: a check that was asked for, a file of the project,
/// lines that the file has.
struct ProgramFindings {
    let program: String
    let severities: [CheckID: Severity]
    private let sources: [String: SourceText]

    init(program: String, project: ProjectFacts, severities: [CheckID: Severity]) {
        self.program = program
        self.severities = severities
        var sources = project.project.dockerfiles
        for statement in project.statements { sources[statement.source.path] = statement.source }
        self.sources = sources
    }

    func read(_ answer: JSON) throws(CheckProgramError) -> [Finding] {
        guard let items = answer["findings"]?.array else { throw problem("it answers without findings") }
        guard items.count <= Limits.checkProgramFindings else {
            throw problem("it has more than \(Limits.checkProgramFindings) findings")
        }
        var findings: [Finding] = []
        for (index, item) in items.enumerated() {
            if let finding = try finding(item, number: index + 1) { findings.append(finding) }
        }
        return findings
    }

    /// - Returns: nil for a check that is not to run.
    private func finding(_ item: JSON, number: Int) throws(CheckProgramError) -> Finding? {
        guard let name = item["check"]?.string else { throw problem("finding \(number) names no check") }
        let check = CheckID(name)
        guard let ordinary = severities[check] else { return nil }
        guard let message = item["message"]?.string, !message.isEmpty else {
            throw problem("finding \(number) has no message")
        }
        guard let path = item["file"]?.string, let source = sources[path] else {
            throw problem("finding \(number) is in no file that it was told of")
        }
        var severity = ordinary
        if let text = item["severity"]?.string {
            guard let own = Severity(rawValue: text) else {
                throw problem("finding \(number) has a severity that is none: \(text)")
            }
            // What the configuration has lowered stays so.
            severity = min(own, ordinary)
        }
        let range = try range(item["range"], in: source, number: number)
        let line = range.map { source.string(source.bytes(ofLine: $0.start.line)) } ?? ""
        return Finding(
            check: check, severity: severity, confidence: .likely, path: path, range: range, message: message,
            cost: item["cost"]?.string ?? "", fix: item["fix"]?.string.map { Fix($0) }, subject: line)
    }

    private func range(
        _ json: JSON?, in source: SourceText, number: Int
    ) throws(CheckProgramError) -> SourceRange? {
        guard let json, !json.isNull else { return nil }
        guard let start = position(json["start"], in: source) else {
            throw problem("finding \(number) begins at no place in \(source.path)")
        }
        let lineEnd = source.position(at: source.bytes(ofLine: start.line).upperBound)
        guard json["end"] != nil else { return SourceRange(start: start, end: lineEnd) }
        guard let end = position(json["end"], in: source), start <= end else {
            throw problem("finding \(number) ends at no place in \(source.path) behind its beginning")
        }
        return SourceRange(start: start, end: end)
    }

    private func position(_ json: JSON?, in source: SourceText) -> SourcePosition? {
        guard let line = json?["line"]?.integer, (1...source.lineCount).contains(line) else { return nil }
        let end = source.position(at: source.bytes(ofLine: line).upperBound).column
        let column = json?["column"]?.integer ?? 1
        guard (1...end).contains(column) else { return nil }
        return SourcePosition(line: line, column: column)
    }

    private func problem(_ reason: String) -> CheckProgramError { CheckProgramError(program, reason) }
}
