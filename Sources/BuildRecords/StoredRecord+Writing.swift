internal import JSON

extension StoredRecord {
    /// - Parameter record: with keyed definitions.
    static func json(of record: BuildRecord, key: HashKey) -> JSON {
        let record = record.withoutSecrets
        return [
            "schema": .string(schema),
            "key": .string(key.id),
            "source": .string(record.source.rawValue),
            "id": optional(record.id),
            "builder": optional(record.builder),
            "name": optional(record.name),
            "started": optional(record.started),
            "milliseconds": optional(record.milliseconds),
            "status": .string(record.status.rawValue),
            "revision": optional(record.revision),
            "repository": optional(record.repository),
            "target": optional(record.target),
            "platforms": .array(record.platforms.map { .string($0) }),
            "arguments": .array(
                record.arguments.map { ["name": .string($0.name), "hash": .string($0.hash)] }),
            "uncachedStages": record.uncachedStages.map { .array($0.map { .string($0) }) } ?? .null,
            "cacheImports": .array(record.cacheImports.map(json(of:))),
            "cacheExports": .array(record.cacheExports.map(json(of:))),
            "images": .array(
                record.images.map { image in
                    [
                        "reference": .string(image.reference), "digest": optional(image.digest),
                        "platform": optional(image.platform),
                    ]
                }),
            "vertices": .array(record.vertices.map(json(of:))),
            "activities": .array(record.activities.map(json(of:))),
            "errors": .array(record.errors.map { .string($0) }),
            "dockerfile": record.dockerfile.flatMap(json(of:)) ?? .null,
            "problems": .array(record.problems.map { .string($0) }),
        ]
    }

    private static func json(of location: CacheLocation) -> JSON {
        ["type": .string(location.type), "place": .string(location.place), "error": optional(location.error)]
    }

    private static func json(of vertex: BuildVertex) -> JSON {
        [
            "name": .string(vertex.name),
            "target": optional(vertex.target),
            "step": vertex.step.map { step in
                [
                    "platform": optional(step.platform), "stage": optional(step.stage),
                    "number": .integer(step.number), "of": .integer(step.of), "text": .string(step.text),
                ]
            } ?? .null,
            "category": .string(vertex.category.rawValue),
            "outcome": .string(vertex.outcome.rawValue),
            "intervals": json(of: vertex.intervals),
            "milliseconds": optional(vertex.milliseconds),
            "inputs": .array(vertex.inputs.map { .integer($0) }),
            "lines": vertex.lines.map { [.integer($0.lowerBound), .integer($0.upperBound)] } ?? .null,
            "definition": optional(vertex.definition),
            "error": optional(vertex.error),
        ]
    }

    private static func json(of activity: BuildActivity) -> JSON {
        [
            "category": .string(activity.category.rawValue),
            "name": .string(activity.name),
            "vertex": .integer(activity.vertex),
            "intervals": json(of: activity.intervals),
            "milliseconds": optional(activity.milliseconds),
            "bytes": optional(activity.bytes),
        ]
    }

    private static func json(of intervals: [Range<Int>]) -> JSON {
        .array(intervals.map { [.integer($0.lowerBound), .integer($0.upperBound)] })
    }

    /// - Returns: nil for a text that JSON cannot hold as it is.
    private static func json(of dockerfile: RecordedDockerfile) -> JSON? {
        String(validating: dockerfile.text, as: UTF8.self).map {
            ["path": .string(dockerfile.path), "text": .string($0)]
        }
    }

    private static func optional(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
    private static func optional(_ number: Int?) -> JSON { number.map { .integer($0) } ?? .null }
}
