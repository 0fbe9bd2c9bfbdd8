package import BuildRecords
import Diagnostics
import JSON

/// What `clm-doctor records export --format jsonl` prints: a line for each step of a build, with what is true of the build
/// on each. `docs/schema/step-line.schema.json` describes a line.
package enum StepLines {
    package static let schema = "clm-doctor/step/1"

    package static func text(_ record: BuildRecord) -> String {
        let build = traceID(of: record)
        let lines = record.steps.enumerated().compactMap { index, vertex in
            vertex.step.map { line(vertex, $0, index: index, of: record, build: build).text() + "\n" }
        }
        return withoutWorkflowCommands(lines.joined(), isJSON: true)
    }

    private static func line(
        _ vertex: BuildVertex, _ step: StepName, index: Int, of record: BuildRecord, build: String
    ) -> JSON {
        func optional(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
        func optional(_ number: Int?) -> JSON { number.map { .integer($0) } ?? .null }
        return [
            "schema": .string(schema),
            "build": .string(build),
            "id": optional(record.id),
            "name": optional(record.name),
            "builder": optional(record.builder),
            "repository": optional(record.repository),
            "revision": optional(record.revision),
            "target": optional(record.target),
            "status": .string(record.status.rawValue),
            "source": .string(record.source.rawValue),
            "started": optional(record.started.flatMap(timestamp(milliseconds:))),
            "buildMilliseconds": optional(record.milliseconds),
            "index": .integer(index),
            "stage": optional(step.stage),
            "platform": optional(step.platform),
            "number": .integer(step.number),
            "keyword": .string(step.keyword),
            "text": .string(step.text),
            "line": optional(vertex.lines?.lowerBound),
            "outcome": .string(vertex.outcome.rawValue),
            "offset": optional(vertex.intervals.first?.lowerBound),
            "milliseconds": optional(vertex.milliseconds),
        ]
    }
}

/// 32 hexadecimal digits that are the same for the same build, in every export.
func traceID(of record: BuildRecord) -> String {
    if let id = record.id { return digits(of: "build \(id)", count: 32) }
    let facts =
        ["\(record.started ?? -1) \(record.milliseconds ?? -1) \(record.source.rawValue)"]
        + record.vertices.map { "\($0.name)\n\($0.outcome.rawValue) \($0.milliseconds ?? -1)" }
    return digits(of: facts.joined(separator: "\n"), count: 32)
}

/// The first hexadecimal digits of a text's SHA-256.
func digits(of text: String, count: Int) -> String {
    let bytes = SHA256.digest(of: text.utf8).prefix(count / 2)
    return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
