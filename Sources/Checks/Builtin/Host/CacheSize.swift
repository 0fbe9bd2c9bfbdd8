import Diagnostics
import Facts
import Host

/// A builder's cache is large.
struct CacheSize: HostCheck {
    static let id: CheckID = "cache-size"
    static let questions: Set<HostQuestion> = [.usage, .builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        let host = facts.host
        return host.caches.compactMap { cache in
            let name = cache.isEngine ? "the engine" : "builder \(cache.name)"
            let records = cache.records
            let disk = cache.isEngine ? host.disk.value : nil
            let size = records.reclaimableSize
            let share = disk.map { size / max(1, $0.total / 100) }
            guard
                size > options.integer("gigabytes") * 1_000_000_000 || share ?? 0 > options.integer("percent")
            else { return nil }
            let types = Dictionary(grouping: records.filter { !$0.isShared }, by: \.type)
                .mapValues { $0.clampedSum(\.size) }
                .sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(3)
                .map { "\(Amount.bytes($0.value)) \(CacheRecord.title(ofType: $0.key))" }
            let part = share.map { ", \($0) % of its disk" } ?? ""
            return finding(
                onHost: name,
                message: "The build cache of \(name) holds \(Amount.bytes(size))\(part): "
                    + "\(types.joined(separator: ", ")).",
                fix: Fix(
                    """
                    \(limitText(of: cache, in: host)) (clm-doctor explain gc-disabled), or delete what nobody used lately:
                        \(cache.pruneCommand(filter: "until=168h"))
                    """))
        }
    }

    private func limitText(of cache: BuilderCache, in host: HostSnapshot) -> String {
        guard let limit = host.collection(of: cache).value?.limit else {
            return "Give the garbage collection a limit"
        }
        return "Lower the limit of the garbage collection, which keeps \(Amount.bytes(limit))"
    }
}

extension HostSnapshot {
    /// What the garbage collection of a builder does, that of its first node that runs.
    func collection(of cache: BuilderCache) -> Fact<[CollectionRule]> {
        if cache.isEngine { return engineCollection }
        let builder = builders.value?.first { $0.name == cache.name }
        return builder?.nodes.first { $0.status == "running" }?.collection ?? .unknown
    }
}

extension [HostSnapshot.CollectionRule] {
    /// What all rules together leave of the cache, in bytes; nil where nothing bounds it.
    ///
    /// Source: moby/buildkit, `cache/manager.go`, calculateKeepBytes: without an upper limit a rule collects down to what
    /// it reserves.
    var limit: Int? {
        guard let rule = last(where: \.all) else { return nil }
        let limit = rule.maxUsedSpace > 0 ? rule.maxUsedSpace : rule.reservedSpace
        return limit > 0 ? limit : nil
    }
}

extension [CacheRecord] {
    /// What deleting all of them would free, in bytes.
    var reclaimableSize: Int { clampedSum { $0.isShared ? 0 : $0.size } }
}
