internal import Diagnostics
internal import JSON

/// What a recorded trace says of vertices: which ran and which were loaded from a cache.
///
/// Source: BuildKit's `solver/jobs.go` (a span `NAME` where a vertex is executed, `load cache: NAME` where its result is
/// loaded, `cache request: NAME` where a source is looked up; each with an attribute `vertex`) and `util/tracing/detect`
/// (`application/vnd.buildkit.otlp.json.v0`: objects one after the other, indented).
package struct RecordedTrace: Sendable {
    /// Digests of vertices.
    package private(set) var executed: Set<String> = []
    package private(set) var loaded: Set<String> = []

    package init(_ bytes: ArraySlice<UInt8>) {
        var start = bytes.startIndex
        var index = start
        var count = 0
        while index < bytes.endIndex, count < Limits.recordedVertices {
            // A newline never stands in a text of JSON, so `}` in the first column ends an object.
            guard bytes[index] == UInt8(ascii: "}"), index == start || bytes[index - 1] == 0x0A else {
                index += 1
                continue
            }
            add(Array(bytes[start...index]))
            count += 1
            index += 1
            start = index
        }
    }

    private mutating func add(_ bytes: [UInt8]) {
        guard let span = try? JSON.parse(bytes), let name = span["Name"]?.string,
            let vertex = span["Attributes"]?.array?.first(where: { $0["Key"]?.string == "vertex" })?[
                "Value"]?["Value"]?
                .string
        else { return }
        if name.hasPrefix("load cache: ") {
            loaded.insert(vertex)
        } else if !name.hasPrefix("cache request: ") {
            executed.insert(vertex)
        }
    }
}
