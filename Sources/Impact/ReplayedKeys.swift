/// The keys of one build's steps in all commits so far.
struct ReplayedKeys {
    private var certain: Set<KeyDigest> = []
    private var hopeful: Set<KeyDigest> = []

    /// Takes in the next commit.
    /// - Parameter impact: against the commit before it.
    /// - Returns: the same against all commits before it.
    mutating func seen(_ impact: BuildImpact) -> BuildImpact {
        for key in impact.keysBefore { add(key) }
        let steps = impact.steps.map { step -> StepImpact in
            guard step.state != .cached else { return step }
            if certain.contains(step.cacheKey.certain) { return step.with(.cached, nil) }
            return hopeful.contains(step.cacheKey.hopeful) ? step.with(.maybe, step.cause) : step
        }
        for step in impact.steps { add(step.cacheKey) }
        return impact.with(steps)
    }

    private mutating func add(_ key: CacheKey) {
        certain.insert(key.certain)
        hopeful.insert(key.hopeful)
    }
}
