/// What became of a vertex.
package enum StepOutcome: String, Sendable, Hashable, CaseIterable {
    /// Its result was in the cache.
    case cached
    /// Nothing asked for its result. Only sources with times tell it from `cached` (`RecordSource.tellsSkipped`).
    case skipped
    /// Its result was in a remote cache, and layers were fetched.
    case pulled
    /// Another build that was at work at the same time had run it before this one began: BuildKit solves both in one graph,
    /// and tells each of them when it ran. Only sources with times tell it from `ran`.
    case shared
    /// It ran. Of a FROM it says nothing: its lookup always counts as run.
    case ran
    case failed
    case cancelled
    /// The build ended before it, or the log does.
    case notReached

    /// Whether the cache spared the work.
    package var isHit: Bool { self == .cached || self == .skipped || self == .pulled }
}
