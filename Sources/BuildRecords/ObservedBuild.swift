internal import Diagnostics

/// All that a source tells of one build, before it is judged.
struct ObservedBuild {
    var record: BuildRecord
    var vertices: [ObservedVertex] = []
    private var indices: [String: Int] = [:]
    /// Microseconds since 1970, where the source tells when the build began and ended.
    var start: Int?
    var end: Int?
    /// What the client said at the end: `failed to solve: …`.
    var clientError: String?
    /// Inputs and parts that may still be kept.
    private var partsLeft = Limits.recordedPartsOfAll
    /// Vertices were left out, as there were too many.
    private(set) var isCut = false

    init(source: RecordSource) { record = BuildRecord(source: source) }

    /// - Returns: the index of the vertex with a digest, made where it is new; nil where there are too many.
    mutating func index(ofDigest digest: String, name: @autoclosure () -> String) -> Int? {
        if let index = indices[digest] { return index }
        guard let index = add(ObservedVertex(name: name())) else { return nil }
        vertices[index].digest = digest
        indices[digest] = index
        return index
    }

    func index(ofDigest digest: String) -> Int? { indices[digest] }

    mutating func setDigest(_ digest: String, of index: Int) {
        guard vertices[index].digest == nil else { return }
        vertices[index].digest = digest
        indices[digest] = index
    }

    /// - Returns: its index; nil where there are too many.
    mutating func add(_ vertex: ObservedVertex) -> Int? {
        guard vertices.count < Limits.recordedVertices else {
            isCut = true
            return nil
        }
        vertices.append(vertex)
        return vertices.count - 1
    }

    /// Puts vertices in the order in which they began, those that never did last: sources tell them in any order.
    mutating func sortByTime() {
        let starts = vertices.map { $0.spans.lazy.map(\.start).min() ?? .max }
        let order = vertices.indices.sorted { (starts[$0], $0) < (starts[$1], $1) }
        vertices = order.map { vertices[$0] }
        for (index, vertex) in vertices.enumerated() {
            if let digest = vertex.digest { indices[digest] = index }
        }
    }

    // MARK: BuildKit's progress

    /// One record of a vertex; each is told several times.
    /// - Parameters:
    ///   - started: microseconds since 1970, as `completed`.
    ///   - error: empty where there is none.
    mutating func tell(
        digest: String, name: String, inputs: [String], started: Int?, completed: Int?, isCached: Bool,
        error: String, group: ObservedVertex.Group?
    ) {
        guard !digest.isEmpty,
            let index = index(ofDigest: digest, name: String(name.prefix(Limits.vertexNameBytes)))
        else { return }
        if vertices[index].inputs.isEmpty, inputs.count <= partsLeft {
            partsLeft -= inputs.count
            vertices[index].inputs = inputs
        }
        if let started { vertices[index].add(ObservedVertex.Span(start: started, end: completed)) }
        if isCached { vertices[index].isCached = true }
        if !error.isEmpty { vertices[index].error = error }
        if let group { vertices[index].group = group }
    }

    /// - Parameters:
    ///   - vertex: its digest.
    ///   - started: microseconds since 1970, as `completed`.
    mutating func tell(status id: String, of vertex: String, bytes: Int?, started: Int?, completed: Int?) {
        guard let index = index(ofDigest: vertex) else { return }
        var status = ObservedVertex.Status(id: id)
        if let started { status.span = ObservedVertex.Span(start: started, end: completed) }
        status.bytes = bytes.flatMap { $0 > 0 ? min($0, Limits.cacheBytes) : nil }
        add(status, to: index)
    }

    /// - Parameter index: of a vertex.
    mutating func add(_ status: ObservedVertex.Status, to index: Int) {
        guard partsLeft > 0 else { return }
        if vertices[index].add(status) { partsLeft -= 1 }
    }

    /// - Parameter vertex: its digest.
    mutating func tellOutput(of vertex: String) {
        if let index = index(ofDigest: vertex) { vertices[index].hasOutput = true }
    }
}
