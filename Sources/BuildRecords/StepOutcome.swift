/// What became of a vertex.
package enum StepOutcome: String, Sendable, Hashable, CaseIterable {
    /// Its result was in the cache.
    case cached
    /// Nothing asked for its result. Only sources with times tell it from `cached` (`RecordSource.tellsSkipped`).
    case skipped
    /// Its result was in a remote cache, and layers were fetched.
    case pulled
    /// It ran. Of a FROM it says nothing: its lookup always counts as run.
    case ran
    case failed
    case cancelled
    /// The build ended before it, or the log does.
    case notReached

    /// Whether the cache spared the work.
    package var isHit: Bool { self == .cached || self == .skipped || self == .pulled }
}
