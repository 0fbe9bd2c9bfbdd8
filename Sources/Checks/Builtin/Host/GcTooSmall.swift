import Diagnostics
import Facts
import Host

/// The garbage collection's limit is below what this repository's cache mounts hold.
struct GcTooSmall: HostCheck {
    static let id: CheckID = "gc-too-small"
    static let questions: Set<HostQuestion> = [.usage, .builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        guard let rule = facts.host.engineCollection.value?.last(where: \.all),
            case let limit = rule.maxUsedSpace > 0 ? rule.maxUsedSpace : rule.reservedSpace, limit > 0
        else { return [] }
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
}
