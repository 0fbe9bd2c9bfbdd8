import Diagnostics
import Facts
import Host

/// The disk that the engine's data are on is nearly full.
struct DiskFullRisk: HostCheck {
    static let id: CheckID = "disk-full-risk"
    static let questions: Set<HostQuestion> = [.usage]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        guard let disk = facts.host.disk.value, disk.total > 0,
            disk.free < options.integer("gigabytes") * 1_000_000_000,
            disk.free < disk.total / 100 * options.integer("percent")
        else { return [] }
        let reclaimable = facts.host.engineCache.value.map { $0.reclaimableSize } ?? 0
        let part = reclaimable > 0 ? "; the build cache holds \(Amount.bytes(reclaimable)) of it" : ""
        return [
            finding(
                onHost: "engine",
                message: "The disk that the engine's data are on has \(Amount.bytes(disk.free)) left of "
                    + "\(Amount.bytes(disk.total))\(part).",
                cost:
                    "Builds fail with \"no space left on device\", or the garbage collection takes caches that are in use.",
                fix: Fix("Delete images that nothing uses:\n    docker image prune"))
        ]
    }
}
