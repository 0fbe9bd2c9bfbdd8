import Diagnostics
import Facts
import Host

/// The garbage collection's limit is below what this repository's cache mounts hold.
struct GcTooSmall: HostCheck {
    static let id: CheckID = "gc-too-small"
    static let questions: Set<HostQuestion> = [.usage, .builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        mounts(in: facts) + facts.host.caches.compactMap { layer(in: $0, of: facts.host) }
    }

    private func mounts(in facts: HostFacts) -> [Finding] {
        guard let limit = facts.host.engineCollection.value?.limit else { return [] }
        let engine = Set((facts.host.engineCache.value ?? []).map(\.id))
        let mounts = Set(facts.declaredMounts.flatMap(\.records).map(\.record)).filter {
            engine.contains($0.id)
        }
        let size = mounts.clampedSum(\.size)
        guard size > limit / 100 * options.integer("percent") else { return [] }
        return [
            finding(
                onHost: "engine",
                message:
                    "The cache mounts of this repository hold \(Amount.bytes(size)) on this host, and the garbage "
                    + "collection keeps \(Amount.bytes(limit)) of cache, layers included.",
                cost: "Layers and mounts push each other out, and builds begin anew.",
                fix: Fix("Raise the limit in daemon.json (clm-doctor explain gc-disabled)."))
        ]
    }

    /// One layer alone is larger than all that is kept: each collection deletes it, or what is used beside it.
    private func layer(in cache: BuilderCache, of host: HostSnapshot) -> Finding? {
        guard let limit = host.collection(of: cache).value?.limit,
            let largest = cache.records.filter({ !$0.isShared && $0.type == "regular" }).max(by: {
                $0.size < $1.size
            }),
            largest.size > limit
        else { return nil }
        let name = cache.isEngine ? "the engine" : "builder \(cache.name)"
        return finding(
            onHost: "\(name) layer",
            message:
                "One layer holds \(Amount.bytes(largest.size)), and the garbage collection of \(name) keeps "
                + "\(Amount.bytes(limit)) in all.",
            cost: "The layer is deleted soon after it was made, and the next build makes it again.",
            fix: Fix(
                "Raise the limit above \(Amount.bytes(2 * largest.size)), in "
                    + (cache.isEngine ? "daemon.json" : "the buildkitd.toml of the builder")
                    + " (clm-doctor explain gc-disabled)."))
    }
}
