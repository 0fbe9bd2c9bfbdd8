import Diagnostics
import Facts
import Host

/// A builder's cache is large.
struct CacheSize: HostCheck {
    static let id: CheckID = "cache-size"
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        let host = facts.host
        var caches: [(name: String, records: [CacheRecord], disk: Disk?)] = []
        if let records = host.engineCache.value { caches.append(("the engine", records, host.disk.value)) }
        for (name, records) in host.builderCaches.sorted(by: { $0.key < $1.key }) {
            caches.append(("builder \(name)", records, nil))
        }
        return caches.compactMap { name, records, disk in
            let size = records.reclaimableSize
            let share = disk.map { size / max(1, $0.total / 100) }
            guard
                size > options.integer("gigabytes") * 1_000_000_000 || share ?? 0 > options.integer("percent")
            else { return nil }
            let types = Dictionary(grouping: records.filter { !$0.isShared }, by: \.type)
                .mapValues { $0.reduce(0) { $0 + $1.size } }
                .sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(3)
                .map { "\(Amount.bytes($0.value)) \(CacheRecord.title(ofType: $0.key))" }
            let part = share.map { ", \($0) % of its disk" } ?? ""
            return finding(
                onHost: name,
                message: "The build cache of \(name) holds \(Amount.bytes(size))\(part): "
                    + "\(types.joined(separator: ", ")).",
                fix: Fix(
                    """
                    Give the garbage collection a limit (clm-doctor explain gc-disabled), or delete what nobody used lately:
                        docker buildx prune --filter until=168h
                    """))
        }
    }
}

extension [CacheRecord] {
    /// What deleting all of them would free, in bytes.
    var reclaimableSize: Int { reduce(0) { $0 + ($1.isShared ? 0 : $1.size) } }
}

extension CacheRecord {
    /// For people; `types` are BuildKit's (`client/diskusage.go`).
    static func title(ofType type: String) -> String {
        switch type {
        case "exec.cachemount": "cache mounts"
        case "regular": "layers"
        case "source.local": "build contexts"
        case "source.git.checkout": "git checkouts"
        default: type
        }
    }
}
