import BuildRecords
import Testing

/// The records of a log that stands in a test.
func records(_ text: String) throws(RecordError) -> [BuildRecord] {
    try RecordReader.read(Array(text.utf8), key: HashKey([1]))
}

/// The only record of a log.
func record(_ text: String) throws -> BuildRecord {
    let records = try records(text)
    try #require(records.count == 1)
    return records[0]
}

extension BuildRecord {
    /// `[build 2/5] RUN make: ran` of each step, in order.
    var summary: [String] {
        steps.map { vertex in
            let step = vertex.step!
            let platform = step.platform.map { $0 + " " } ?? ""
            return "\(platform)\(step.label) \(step.text): \(vertex.outcome)"
        }
    }

    func vertex(_ name: String) throws -> BuildVertex {
        try #require(vertices.first { $0.name.hasPrefix(name) })
    }
}
