import Diagnostics
import Facts
import Host

/// Each rule of a builder's garbage collection spares what was used lately, so that no size bounds the cache.
/// Source: moby/buildkit, `cache/manager.go`, prune (what was used within `keepDuration` is passed over, whatever the sizes
/// say).
struct GcAgeOnly: HostCheck {
    static let id: CheckID = "gc-age-only"
    static let questions: Set<HostQuestion> = [.usage, .builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        facts.host.caches.compactMap { cache in
            guard let rules = facts.host.collection(of: cache).value, let limit = rules.limit,
                let age = rules.map(\.keepDuration).min(), age >= 24 * 3600
            else { return nil }
            let size = cache.records.clampedSum(\.size)
            guard size > limit else { return nil }
            let name = cache.isEngine ? "the engine" : "builder \(cache.name)"
            return finding(
                onHost: name,
                message:
                    "The cache of \(name) holds \(Amount.bytes(size)), more than the \(Amount.bytes(limit)) of its garbage "
                    + "collection: each rule spares what was used in the last \(age / 86400) day\(age / 86400 == 1 ? "" : "s").",
                cost: "The cache grows until the disk is full, however small the limit is.",
                fix: Fix(
                    "Add a last rule without an age (`all = true`, `maxUsedSpace`), in "
                        + (cache.isEngine ? "daemon.json" : "the buildkitd.toml of the builder")
                        + ":\n    clm-doctor cache --advise"))
        }
    }
}
