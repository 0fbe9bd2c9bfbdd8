import Diagnostics

/// What a builder that answered keeps.
package struct BuilderCache: Sendable {
    /// buildx's name for it.
    package let name: String
    /// `docker`, `docker-container`, `kubernetes`, `remote`; empty where buildx does not tell.
    package let driver: String
    /// The engine's own BuildKit, whose cache `docker system df` lists.
    package let isEngine: Bool
    package let records: [CacheRecord]
    /// Whether it takes an upper limit (`maxUsedSpace`), as Docker Engine 28 and BuildKit 0.17 and later do. An older one
    /// passes over that limit, which leaves none at all: it deletes everything.
    package let takesUpperLimit: Bool
    /// Without `--builder` buildx means another one.
    fileprivate let isToBeNamed: Bool
    private let buildx: HostSnapshot.Plugin?

    /// Of `docker`, to delete from this cache what the arguments after them name.
    package var pruneArguments: [String] {
        // Only a docker CLI without buildx has a command of its own, which reaches the engine alone.
        if buildx == nil, isEngine { return ["builder", "prune"] }
        return ["buildx", "prune"] + (isToBeNamed ? ["--builder=\(name)"] : [])
    }

    /// To delete until no more than a size is left.
    package func pruneArguments(to bytes: Int) -> [String] {
        // Without an upper limit what is reserved is what is left, for any BuildKit (moby/buildkit, `cache/manager.go`,
        // calculateKeepBytes).
        let isOld = buildx?.version.value.map { $0 < ToolVersion(0, 18) } ?? (buildx == nil)
        let flag = isOld ? "--keep-storage" : takesUpperLimit ? "--max-used-space" : "--reserved-space"
        return pruneArguments + [flag, "\(bytes)"]
    }

    /// A command for people.
    package func pruneCommand(filter: String) -> String {
        shellText(["docker"] + pruneArguments + ["--filter", filter])
    }

    init(engine records: [CacheRecord], of host: HostSnapshot) {
        let builder = host.engineBuilder
        name = builder?.name ?? "default"
        driver = "docker"
        isEngine = true
        self.records = records
        takesUpperLimit = host.engine?.version.value.map { $0 >= ToolVersion(28, 0) } ?? false
        isToBeNamed = host.isNamed(builder)
        buildx = host.plugin
    }

    init(_ builder: HostSnapshot.Builder, records: [CacheRecord], of host: HostSnapshot) {
        name = builder.name
        driver = builder.driver
        isEngine = false
        self.records = records
        takesUpperLimit = builder.nodes.allSatisfy { node in
            node.version.value.map { $0 >= ToolVersion(builder.driver == "docker" ? 28 : 0, 17) }
                ?? (node.collection.value ?? []).contains { $0.maxUsedSpace > 0 || $0.minFreeSpace > 0 }
        }
        isToBeNamed = host.isNamed(builder)
        buildx = host.plugin
    }
}

extension HostSnapshot {
    /// Of all builders that told, the engine's own first.
    package var caches: [BuilderCache] {
        let engine = engineCache.value.map { [BuilderCache(engine: $0, of: self)] } ?? []
        return engine
            + (builders.value ?? []).sorted { $0.name < $1.name }.compactMap { builder in
                builderCaches[builder.name].map { BuilderCache(builder, records: $0, of: self) }
            }
    }

    /// The command that deletes one record.
    package func pruneCommand(for record: CacheRecord) -> String {
        let cache = caches.first { $0.records.contains(record) }
        return cache?.pruneCommand(filter: "id=\(record.id)")
            ?? shellText(["docker", "buildx", "prune", "--filter", "id=\(record.id)"])
    }

    fileprivate func isNamed(_ builder: Builder?) -> Bool {
        builder.map { !$0.isCurrent || environment["BUILDX_BUILDER"] != nil } ?? false
    }

    /// nil for a docker CLI that has none; one of an unknown version where that is not known.
    fileprivate var plugin: Plugin? {
        switch buildx {
        case .known(let plugin): plugin
        case .unknown: Plugin(version: .unknown)
        }
    }
}

/// A command as a POSIX shell takes it: names and ids come from the daemon, and people copy commands.
package func shellText(_ words: [String]) -> String {
    words.map { word in
        let isPlain = word.utf8.allSatisfy { byte in
            byte >= 0x30 && byte <= 0x39 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A && byte >= 0x41
                || "-_./:=@%+,".utf8.contains(byte)
        }
        return isPlain && !word.isEmpty ? word : "'\(word.replacing("'", with: "'\\''"))'"
    }.joined(separator: " ")
}
