import BuildRecords
import Diagnostics

/// Logs of every kind, archives and metadata files: what they are shows in their bytes.
@Sendable func fuzzRecords(_ bytes: [UInt8]) {
    guard let records = try? RecordReader.read(bytes, key: HashKey([1])) else { return }
    require(!records.isEmpty, "neither a record nor an error")
    for record in records { requireSound(record) }
    // In pieces the same is read as at once.
    var reader = RecordReader(key: HashKey([1]))
    for start in stride(from: 0, to: bytes.count, by: 7) {
        reader.add(bytes[start..<min(start + 7, bytes.count)])
    }
    require((try? reader.finished()) == records, "in pieces something else is read")
}

/// The parts of an archive that a gzip's checksum and digests keep noise from: the first byte decides which.
@Sendable func fuzzRecordParts(_ bytes: [UInt8]) {
    guard let kind = bytes.first else { return }
    let rest = bytes.dropFirst()
    switch kind % 3 {
    case 0: if let record = RecordReader.record(status: rest) { requireSound(record) }
    case 1: requireSound(RecordReader.record(provenance: rest, key: HashKey([1])))
    default:
        let trace = RecordedTrace(rest)
        require(trace.executed.count <= bytes.count, "spans from nowhere")
    }
}

private func requireSound(_ record: BuildRecord) {
    for vertex in record.vertices {
        require(
            vertex.inputs.allSatisfy { record.vertices.indices.contains($0) }, "an input that is no vertex")
        require(vertex.intervals == vertex.intervals.sorted { $0.lowerBound < $1.lowerBound }, "out of order")
        require((vertex.milliseconds ?? 0) >= 0, "less than no time")
    }
    for activity in record.activities {
        require(record.vertices.indices.contains(activity.vertex), "an activity of no vertex")
        require((activity.milliseconds ?? 0) >= 0, "less than no time")
    }
}
