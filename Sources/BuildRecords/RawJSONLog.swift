internal import Diagnostics
internal import JSON

/// Reads `--progress=rawjson`: one object a line, each with vertices, statuses, logs and warnings as they come.
///
/// Source: BuildKit's `client/graph.go` (SolveStatus).
struct RawJSONLog {
    private(set) var build = ObservedBuild(source: .rawJSON)
    /// The client has said how it ended.
    private var hasEnded = false
    private var unread = 0
    private var hasStep = false
    private var hasDefinition = false
    /// The vertex that was found open the last time.
    private var open = 0

    var isEmpty: Bool { build.vertices.isEmpty }

    static func isLine(_ line: Span<UInt8>, at start: Int) -> Bool {
        line.hasPrefix("{\"vertexes\":", at: start) || line.hasPrefix("{\"statuses\":", at: start)
            || line.hasPrefix("{\"logs\":", at: start) || line.hasPrefix("{\"warnings\":", at: start)
    }

    /// - Returns: false for the first line of another build, which is not taken.
    mutating func take(_ line: Span<UInt8>) -> Bool {
        let bytes = line.bytes(from: 0, to: line.count)
        guard let update = try? JSON.parse(bytes, limits: JSON.Limits(bytes: Limits.buildLogLineBytes)) else {
            unread += 1
            return true
        }
        let vertices = update["vertexes"]?.array ?? []
        for vertex in vertices where !isEmpty && beginsAnother(vertex) { return false }
        for vertex in vertices { take(vertex: vertex) }
        for status in update["statuses"]?.array ?? [] { take(status: status) }
        for log in update["logs"]?.array ?? [] {
            if let vertex = log["vertex"]?.string { build.tellOutput(of: vertex) }
        }
        return true
    }

    /// What the client prints between the objects.
    mutating func takeClient(_ line: Span<UInt8>) {
        guard !isEmpty, let error = ClientLine.error(line) else { return }
        build.clientError = error
        hasEnded = true
    }

    /// Every build loads its own Dockerfile; the digest of that vertex is new in each.
    private mutating func beginsAnother(_ vertex: JSON) -> Bool {
        guard let digest = vertex["digest"]?.string, build.index(ofDigest: digest) == nil else {
            return false
        }
        if hasEnded { return true }
        return hasStep && hasDefinition && Self.isDefinition(vertex["name"]?.string ?? "") && !hasOpenVertex()
    }

    private static func isDefinition(_ name: String) -> Bool {
        name.hasPrefix("[internal] load build definition")
    }

    private mutating func hasOpenVertex() -> Bool {
        if build.vertices.indices.contains(open), build.vertices[open].isOpen { return true }
        open = build.vertices.firstIndex(where: \.isOpen) ?? 0
        return build.vertices[open].isOpen
    }

    private mutating func take(vertex: JSON) {
        if let name = vertex["name"]?.string {
            if !hasDefinition { hasDefinition = Self.isDefinition(name) }
            if !hasStep { hasStep = VertexName(name, hasTargets: false).step != nil }
        }
        let group = vertex["progressGroup"].flatMap { group in
            group["id"]?.string.map {
                ObservedVertex.Group(
                    id: $0, name: group["name"]?.string ?? "", isWeak: group["weak"]?.bool == true)
            }
        }
        build.tell(
            digest: vertex["digest"]?.string ?? "", name: vertex["name"]?.string ?? "",
            inputs: vertex["inputs"]?.array?.prefix(Limits.recordedParts).compactMap(\.string) ?? [],
            started: time(vertex["started"]), completed: time(vertex["completed"]),
            isCached: vertex["cached"]?.bool == true, error: vertex["error"]?.string ?? "", group: group)
    }

    private mutating func take(status: JSON) {
        guard let vertex = status["vertex"]?.string, let id = status["id"]?.string else { return }
        build.tell(
            status: id, of: vertex, bytes: status["current"]?.integer, started: time(status["started"]),
            completed: time(status["completed"]))
    }

    /// Microseconds since 1970.
    private func time(_ json: JSON?) -> Int? { json?.string.flatMap { Timestamp($0)?.microseconds } }

    consuming func finished() -> ObservedBuild {
        if unread > 0 {
            build.record.problems.append("\(unread) lines are no whole JSON, as where a log was cut")
        }
        return build
    }
}
