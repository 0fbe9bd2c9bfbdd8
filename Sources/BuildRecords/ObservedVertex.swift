internal import Diagnostics

/// All that a source tells of one vertex, before it is judged.
struct ObservedVertex {
    /// A span of time in microseconds since 1970; without an end it is still open.
    struct Span {
        var start: Int
        var end: Int?
    }

    /// What a vertex tells of a part of its work.
    struct Status {
        var id: String
        var span: Span?
        /// Microseconds; where there are no times of day.
        var duration: Int?
        var bytes: Int?
    }

    /// Steps that BuildKit shows as one.
    struct Group {
        var id: String
        var name: String
        /// The member that does the work of a `COPY --link`; the other merges its layer.
        var isWeak: Bool
    }

    /// As it was told, with the target's word.
    var name: String
    var digest: String?
    /// Digests of vertices.
    var inputs: [String] = []
    /// Of each attempt by its start: the same vertex is told once for each target of a bake, microseconds apart.
    private(set) var spans: [Span] = []
    /// Microseconds; where there are no times of day.
    var duration: Int?
    var isCached = false
    /// Its program wrote something: it ran, even where it was said to be cached, as when the cache could not be loaded.
    var hasOutput = false
    /// Its name was printed, by a source that has no times of day.
    var hasBegun = false
    var isDone = false
    var isCancelled = false
    var error: String?
    private(set) var statuses: [Status] = []
    private var statusIndices: [String: Int] = [:]
    private var spanIndices: [Int: Int] = [:]
    var group: Group?

    init(name: String) { self.name = name }

    mutating func add(_ span: Span) {
        if let index = spanIndices[span.start] {
            if let end = span.end { spans[index].end = max(end, spans[index].end ?? end) }
        } else if spans.count < Limits.recordedParts {
            spanIndices[span.start] = spans.count
            spans.append(span)
        }
    }

    /// - Returns: whether it is a new part.
    mutating func add(_ status: Status) -> Bool {
        if let index = statusIndices[status.id] {
            if let span = status.span {
                statuses[index].span = Span(
                    start: min(span.start, statuses[index].span?.start ?? span.start),
                    end: span.end ?? statuses[index].span?.end)
            }
            if let duration = status.duration { statuses[index].duration = duration }
            if let bytes = status.bytes { statuses[index].bytes = bytes }
        } else if statuses.count < Limits.recordedParts {
            statusIndices[status.id] = statuses.count
            statuses.append(status)
            return true
        }
        return false
    }

    var pullsLayers: Bool { statuses.contains { TimeCategory.isLayer(statusID: $0.id) } }
}
