import Diagnostics
import Facts
import Host

/// The disk that the engine's data are on is nearly full.
struct DiskFullRisk: HostCheck {
    static let id: CheckID = "disk-full-risk"
    static let questions: Set<HostQuestion> = [.usage]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        let disks =
            (facts.host.disk.value.map { [("the engine's data", $0)] } ?? [])
            + facts.host.otherDisks
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        guard let (place, disk) = disks.first(where: { isFull($0.1) }) else { return [] }
        // A volume's disk holds no cache.
        let holdsCache = !place.hasSuffix("/volumes")
        let reclaimable = holdsCache ? facts.host.engineCache.value.map { $0.reclaimableSize } ?? 0 : 0
        let part = reclaimable > 0 ? "; the build cache holds \(Amount.bytes(reclaimable)) of it" : ""
        return [
            finding(
                onHost: "engine",
                message:
                    "The disk that \(place == "the engine's data" ? "\(place) are" : "\(place) is") on has "
                    + "\(Amount.bytes(disk.free)) left of \(Amount.bytes(disk.total))\(part).",
                cost:
                    "Builds fail with \"no space left on device\", or the garbage collection takes caches that are in use.",
                fix: Fix(remedies(for: facts.host, reclaimable, holdsCache).joined(separator: "\n")))
        ]
    }

    private func isFull(_ disk: Disk) -> Bool {
        disk.total > 0 && disk.free < options.integer("gigabytes") * 1_000_000_000
            && disk.free < disk.total / 100 * options.integer("percent")
    }

    /// What frees room on this host, what costs least to make again first.
    private func remedies(for host: HostSnapshot, _ reclaimable: Int, _ holdsCache: Bool) -> [String] {
        guard holdsCache else {
            return [
                "See which volumes are large, and delete those that nothing needs:\n    docker system df --verbose"
            ]
        }
        var remedies: [String] = []
        if host.images.value?.contains(where: { $0.repository == "<none>" || $0.repository.isEmpty }) == true
        {
            remedies.append("Delete images without a name:\n    docker image prune")
        }
        if reclaimable > 0 {
            let command = host.caches.first(where: \.isEngine)?.pruneArguments ?? ["builder", "prune"]
            remedies.append("Delete build cache:\n    \(shellText(["docker"] + command))")
        }
        return remedies.isEmpty ? ["See what takes the room:\n    docker system df --verbose"] : remedies
    }
}
