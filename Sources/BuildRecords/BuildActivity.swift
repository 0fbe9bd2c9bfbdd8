/// Time that went to something else than the running of steps.
package struct BuildActivity: Sendable, Hashable {
    package var category: TimeCategory
    /// As the builder names it: `transferring context:`, `extracting sha256:…`, or the name of a vertex.
    package var name: String
    /// The vertex that it is a part of, as an index of `BuildRecord.vertices`.
    package var vertex: Int
    /// In milliseconds from the build's start; empty where the source tells only durations.
    package var intervals: [Range<Int>] = []
    package var milliseconds: Int?
    /// How much was sent, fetched or written.
    package var bytes: Int?

    package init(category: TimeCategory, name: String, vertex: Int) {
        self.category = category
        self.name = name
        self.vertex = vertex
    }
}
