package import BuildRecords
import Diagnostics
import JSON

/// What `clm-doctor records export --format otlp` prints: each build as a trace, with a span for each interval in which a
/// vertex worked.
///
/// Source: opentelemetry-proto, `trace/v1/trace.proto`, and "JSON Protobuf Encoding" of the OTLP specification: ids are
/// hexadecimal digits, enumerations numbers, and 64-bit numbers texts.
package enum OTLPTraces {
    private static let internalKind = 1
    private static let okStatus = 1
    private static let errorStatus = 2

    /// - Parameters:
    ///   - records: of builds whose start is known; others are left out.
    ///   - version: of this program.
    package static func text(_ records: [BuildRecord], version: String) -> String {
        let resources = records.compactMap { resource($0, version: version) }
        // One line: what collectors read from files has one message on each.
        return withoutWorkflowCommands(
            (["resourceSpans": .array(resources)] as JSON).text() + "\n", isJSON: true)
    }

    private static func resource(_ record: BuildRecord, version: String) -> JSON? {
        guard let started = record.started else { return nil }
        let trace = traceID(of: record)
        return [
            "resource": [
                "attributes": attributes([
                    ("service.name", "docker build"), ("service.instance.id", record.builder),
                    ("vcs.repository.url.full", record.repository),
                    ("vcs.ref.head.revision", record.revision),
                ])
            ],
            "scopeSpans": [
                [
                    "scope": ["name": "clm-doctor", "version": .string(version)],
                    "spans": .array(spans(of: record, started: started, trace: trace)),
                ]
            ],
        ]
    }

    private static func spans(of record: BuildRecord, started: Int, trace: String) -> [JSON] {
        let root = digits(of: trace + " build", count: 16)
        let length =
            record.milliseconds ?? record.vertices.compactMap(\.intervals.last?.upperBound).max() ?? 0
        var spans: [JSON] = [
            span(
                TimingsWords.title(record), id: root, parent: nil, trace: trace,
                interval: started..<started + length,
                attributes([
                    ("clm_doctor.build.id", record.id), ("clm_doctor.build.target", record.target),
                    ("clm_doctor.build.status", record.status.rawValue),
                ]),
                error: record.status == .failed ? record.errors.first ?? "" : nil,
                isCompleted: record.status == .completed)
        ]
        for (index, vertex) in record.vertices.enumerated() {
            for (part, interval) in vertex.intervals.enumerated() {
                spans.append(
                    span(
                        vertex.name, id: digits(of: "\(trace) \(index) \(part)", count: 16), parent: root,
                        trace: trace, interval: started + interval.lowerBound..<started + interval.upperBound,
                        attributes([
                            ("clm_doctor.outcome", vertex.outcome.rawValue),
                            ("clm_doctor.category", vertex.category.rawValue),
                            ("clm_doctor.stage", vertex.step?.stage),
                            ("clm_doctor.platform", vertex.step?.platform),
                        ]),
                        error: vertex.outcome == .failed ? vertex.error ?? "" : nil,
                        isCompleted: vertex.outcome == .ran))
            }
        }
        return spans
    }

    /// - Parameter interval: in milliseconds since 1970.
    private static func span(
        _ name: String, id: String, parent: String?, trace: String, interval: Range<Int>, _ attributes: JSON,
        error: String?, isCompleted: Bool
    ) -> JSON {
        var span: JSON = ["traceId": .string(trace), "spanId": .string(id)]
        if let parent { span["parentSpanId"] = .string(parent) }
        span["name"] = .string(name)
        span["kind"] = .integer(internalKind)
        span["startTimeUnixNano"] = .string("\(interval.lowerBound)000000")
        span["endTimeUnixNano"] = .string("\(interval.upperBound)000000")
        span["attributes"] = attributes
        if let error {
            span["status"] = ["code": .integer(errorStatus), "message": .string(error)]
        } else if isCompleted {
            span["status"] = ["code": .integer(okStatus)]
        }
        return span
    }

    private static func attributes(_ attributes: [(key: String, value: String?)]) -> JSON {
        .array(
            attributes.compactMap { key, value in
                value.map { ["key": .string(key), "value": ["stringValue": .string($0)]] }
            })
    }
}
