package import BuildRecords
import JSON

/// What `clm-doctor timings --format json` prints; `docs/schema/timings.schema.json` describes it.
package enum TimingsJSON {
    package static let schema = "clm-doctor/timings/1"

    /// - Parameter builds: each with all of its steps; with several of them also the steps of all.
    package static func text(_ series: BuildSeries) -> String {
        printableJSON([
            "schema": .string(schema),
            "builds": .array(series.builds.map(json(of:))),
            "steps": .array(series.steps.map(json(of:))),
        ])
    }

    package static func text(_ difference: BuildDifference) -> String {
        printableJSON([
            "schema": .string(schema),
            "builds": .array([json(of: difference.before), json(of: difference.after)]),
            "changes": .array(difference.rows.map(json(of:))),
        ])
    }

    private static func json(of timings: BuildTimings) -> JSON {
        let record = timings.record
        return [
            "id": optional(record.id),
            "name": optional(record.name),
            "builder": optional(record.builder),
            "source": .string(record.source.rawValue),
            "status": .string(record.status.rawValue),
            "started": optional(record.started),
            "milliseconds": optional(record.milliseconds),
            "revision": optional(record.revision),
            "repository": optional(record.repository),
            "target": optional(record.target),
            "platforms": .array(record.platforms.map { .string($0) }),
            "steps": .array(record.vertices.filter { $0.step != nil }.map(json(of:))),
            "shares": .array(
                timings.shares.map { share in
                    [
                        "category": .string(share.category.rawValue),
                        "milliseconds": .integer(share.milliseconds),
                        "bytes": optional(share.bytes),
                    ]
                }),
            "idle": optional(timings.idle),
            "criticalPath": .array(timings.criticalPath.map { .string(record.vertices[$0].name) }),
            "allCached": optional(timings.allCached),
            "errors": .array(record.errors.map { .string($0) }),
            "problems": .array(record.problems.map { .string($0) }),
        ]
    }

    private static func json(of vertex: BuildVertex) -> JSON {
        [
            "label": optional(vertex.step?.label),
            "text": optional(vertex.step?.text),
            "platform": optional(vertex.step?.platform),
            "lines": vertex.lines.map { ["first": .integer($0.lowerBound), "last": .integer($0.upperBound)] }
                ?? .null,
            "outcome": .string(vertex.outcome.rawValue),
            "milliseconds": optional(vertex.milliseconds),
            "intervals": .array(
                vertex.intervals.map { ["start": .integer($0.lowerBound), "end": .integer($0.upperBound)] }),
        ]
    }

    private static func json(of step: BuildSeries.Step) -> JSON {
        [
            "label": .string(step.label),
            "text": .string(step.identity.text),
            "stage": optional(step.identity.stage),
            "platform": optional(step.identity.platform),
            "ran": .integer(step.runs),
            "cached": .integer(step.hits),
            "milliseconds": .array(step.milliseconds.map { .integer($0) }),
            "median": optional(step.median),
            "percentile95": optional(step.percentile(95)),
            "cost": step.median == nil ? .null : .integer(step.cost),
        ]
    }

    private static func json(of row: BuildDifference.Row) -> JSON {
        func side(_ side: BuildDifference.Side?) -> JSON {
            side.map {
                ["outcome": optional($0.outcome?.rawValue), "milliseconds": optional($0.milliseconds)]
            } ?? .null
        }
        var json: JSON = [:]
        switch row.subject {
        case .step(let label, let text):
            json["label"] = .string(label)
            json["text"] = .string(text)
        case .category(let category): json["category"] = .string(category.rawValue)
        }
        json["before"] = side(row.before)
        json["after"] = side(row.after)
        json["change"] = .integer(row.change)
        return json
    }

    private static func optional(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
    private static func optional(_ number: Int?) -> JSON { number.map { .integer($0) } ?? .null }
}
