import BuildRecords
package import Impact
import JSON

/// What `clm-doctor why --format json` prints; `docs/schema/why.schema.json` describes it.
package enum WhyJSON {
    package static func text(_ analysis: MissAnalysis, remarks: [String]) -> String {
        let record = analysis.record
        return printableJSON([
            "schema": "clm-doctor/why/1",
            "name": record.name.map { .string($0) } ?? .null,
            "id": record.id.map { .string($0) } ?? .null,
            "milliseconds": record.milliseconds.map { .integer($0) } ?? .null,
            "steps": .integer(analysis.steps),
            "misses": .array(analysis.misses.map(json(of:))),
            "remarks": .array((remarks + record.problems).map { .string($0) }),
        ])
    }

    private static func json(of miss: Miss) -> JSON {
        [
            "step": step(miss.step),
            "reason": .string(miss.reason.rawValue),
            "certainty": .string(miss.certainty.rawValue),
            "evidence": .string(miss.evidence),
            "possible": .array(miss.possible.map { .string($0.rawValue) }),
            "followers": .array(miss.followers.map(step)),
            "milliseconds": .integer(miss.milliseconds),
        ]
    }

    private static func step(_ vertex: BuildVertex) -> JSON {
        [
            "name": .string(vertex.name),
            "label": vertex.step.map { .string($0.label) } ?? .null,
            "lines": vertex.lines.map { ["first": .integer($0.lowerBound), "last": .integer($0.upperBound)] }
                ?? .null,
            "milliseconds": vertex.milliseconds.map { .integer($0) } ?? .null,
        ]
    }
}
