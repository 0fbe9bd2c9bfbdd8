import Diagnostics
import JSON
import Project
import SourceText

/// For programs; `docs/schema/report.schema.json` describes it.
package struct JSONReport: ReportFormat {
    /// Changes when a member changes its meaning or goes; a new member does not change it.
    package static let schema = "clm-doctor/report/1"

    package init() {}

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        var writer = JSONWriter { output(withoutWorkflowCommands($0, isJSON: true)) }
        writer.add("schema", .string(Self.schema))
        writer.add("version", .string(report.version))
        writer.add("findings", each: report.outcome.findings.lazy.map(findingJSON))
        writer.add("exceptions", each: report.exceptions.lazy.map(exceptionJSON))
        writer.add("skipped", each: report.outcome.skipped.lazy.map(skippedJSON))
        writer.add("notes", each: report.notes().lazy.map(noteJSON))
        writer.add("builds", each: report.project.builds.lazy.map(buildJSON))
        writer.add("summary", summaryJSON(report))
        writer.finish()
    }
}

/// A finding as all JSON of ours writes it.
func findingJSON(_ finding: Finding) -> JSON {
    func position(_ position: SourcePosition) -> JSON {
        ["line": .integer(position.line), "column": .integer(position.column)]
    }
    func edit(_ edit: Edit, _ applicability: Fix.Applicability) -> JSON {
        [
            "file": .string(edit.path),
            "start": .integer(edit.bytes.lowerBound),
            "end": .integer(edit.bytes.upperBound),
            "replacement": .string(edit.replacement),
            "applicability": .string(applicability.rawValue),
        ]
    }
    return .object([
        "check": .string(finding.check.name),
        "severity": .string(finding.severity.rawValue),
        "confidence": .string(finding.confidence.rawValue),
        "file": finding.path == Finding.host ? .null : .string(finding.path),
        "range": finding.range.map { ["start": position($0.start), "end": position($0.end)] } ?? .null,
        "message": .string(finding.message),
        "cost": .string(finding.cost),
        "rebuilds": finding.rebuilds.map(rebuildsJSON) ?? .null,
        "fix": finding.fix.map { .string($0.text) } ?? .null,
        "edits": .array(finding.fix.map { fix in fix.edits.map { edit($0, fix.applicability) } } ?? []),
        "fingerprint": .string(finding.fingerprint),
        "parts": finding.parts.isEmpty
            ? nil
            : .array(
                zip(finding.parts, finding.fingerprints).map { part, fingerprint in
                    ["name": .string(part), "fingerprint": .string(fingerprint)]
                }),
        "aside": finding.isAside ? true : nil,
        "places": finding.members.isEmpty ? nil : .array(finding.members.map(findingJSON)),
    ])
}

/// How often what a finding is about ran again.
private func rebuildsJSON(_ history: RebuildHistory) -> JSON {
    func seconds(_ milliseconds: Int?) -> JSON {
        milliseconds.map { .number(Double($0) / 1000) } ?? .null
    }
    return [
        "commits": .integer(history.commits),
        "certain": .integer(history.certain),
        "possible": .integer(history.possible),
        "basis": .string(history.basis.rawValue),
        "secondsEach": seconds(history.millisecondsEach),
        "secondsPerWeek": seconds(history.millisecondsPerWeek),
        "measured": .bool(history.millisecondsEach != nil),
    ]
}

func skippedJSON(_ skipped: SkippedCheck) -> JSON {
    ["check": .string(skipped.check.name), "reason": .string(skipped.reason)]
}

func exceptionJSON(_ exception: Exceptions.Item) -> JSON {
    [
        "kind": .string(exception.kind.rawValue),
        "file": exception.file.map { .string($0) } ?? .null,
        "checks": .array(exception.checks.map { .string($0.name) }),
        "paths": .array(exception.paths.map { .string($0) }),
        "count": .integer(exception.count),
        "message": .string(exception.message),
    ]
}

/// How many findings there are of each severity, and how much was examined.
func summaryJSON(_ report: Report) -> JSON {
    [
        "error": .integer(report.count(.error)),
        "warning": .integer(report.count(.warning)),
        "info": .integer(report.count(.info)),
        "ignored": .integer(report.outcome.ignored.count),
        "known": .integer(report.outcome.known.count),
        "fixable": .integer(report.fixable(.safe)),
        "fixableUnsafe": .integer(report.fixable(.unsafe)),
        "dockerfiles": .integer(report.project.dockerfiles.count),
        "builds": .integer(report.project.builds.count),
    ]
}

/// A JSON text with a final newline in which a CI system finds no command.
func printableJSON(_ json: JSON) -> String {
    withoutWorkflowCommands(json.text(.pretty) + "\n", isJSON: true)
}

/// A build as reports and `clm-doctor builds` write it.
func buildJSON(_ build: Build) -> JSON {
    [
        "name": .string(build.name),
        "dockerfile": .string(build.dockerfile),
        "context": contextJSON(build.context),
        "target": build.target.map { .string($0) } ?? .null,
        "platforms": .array(build.platforms.map { .string($0) }),
        "statedBy": .array(
            build.statedBy.map {
                ["kind": .string($0.kind.rawValue), "file": .string($0.path), "line": .integer($0.line)]
            }),
    ]
}

func contextJSON(_ context: BuildSource) -> JSON {
    switch context {
    case .directory(let path): .string(path)
    case .elsewhere(let address): .string(address)
    case .unknown: .null
    }
}

func noteJSON(_ note: Note) -> JSON {
    [
        "file": note.path.map { .string($0) } ?? .null,
        "line": note.line.map { .integer($0) } ?? .null,
        "message": .string(note.message),
        "unexamined": .bool(note.isUnexamined),
    ]
}
