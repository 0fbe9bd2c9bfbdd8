/// The least harmful way to make a builder's cache smaller: commands of the installed versions, and what they take.
package struct CacheAdvice: Sendable, Hashable {
    /// What the cache is to come to.
    package enum Goal: Sendable, Hashable {
        /// At most so many bytes.
        case size(Int)
        /// Nothing that was last used longer ago, in hours.
        case age(hours: Int)
    }

    /// Arguments of `docker`; empty where nothing is to be done.
    package let arguments: [String]
    /// About how many bytes it frees; nil where the builder does not tell when records were used.
    package let frees: Int?
    /// What the next build has to do again, as a sentence.
    package let consequence: String

    /// - Parameters:
    ///   - records: of one builder.
    ///   - builder: its name; nil for the engine's own.
    ///   - buildx: what is installed; nil for an unknown version, which is taken for a new one.
    ///   - now: the engine's clock, in seconds since 1970.
    package init(for goal: Goal, records: [CacheRecord], builder: String?, buildx: ToolVersion?, now: Int?) {
        // What an image shares frees nothing, and what a build holds stays.
        let own = records.filter { !$0.isShared && !$0.isInUse }
        let total = records.reduce(0) { $0 + ($1.isShared ? 0 : $1.size) }
        let prune = ["buildx", "prune"] + (builder.map { ["--builder=\($0)"] } ?? [])
        switch goal {
        case .size(let limit):
            let contexts = own.filter { $0.type == "source.local" }.reduce(0) { $0 + $1.size }
            if total <= limit {
                self.init(arguments: [], frees: 0, consequence: "The cache is not larger than that.")
            } else if total - contexts <= limit {
                self.init(
                    arguments: prune + ["--filter", "type=source.local"], frees: contexts,
                    consequence: "The next build sends its whole context; no step runs again.")
            } else {
                // Up to buildx 0.17 there is one size, below which nothing is deleted.
                let flag =
                    buildx.map { $0 < ToolVersion(0, 18) } == true ? "--keep-storage" : "--max-used-space"
                let mounts = own.filter { $0.type == "exec.cachemount" }.reduce(0) { $0 + $1.size }
                self.init(
                    arguments: prune + [flag, "\(limit)"], frees: total - limit,
                    consequence:
                        "What was used least and longest ago goes first, of layers and of cache mounts: steps whose "
                        + "layers are gone run again, and mounts that are gone are downloaded again"
                        + (mounts == 0 ? " (there are none)." : "."))
            }
        case .age(let hours):
            let old = now.map { now in
                own.filter { record in record.lastUsed.map { $0 < now - hours * 3600 } ?? false }
            }
            let isKnown = own.allSatisfy { $0.lastUsed != nil }
            let mounts = (old ?? []).filter { $0.type == "exec.cachemount" }.count
            self.init(
                arguments: old?.isEmpty == true && isKnown ? [] : prune + ["--filter", "until=\(hours)h"],
                frees: isKnown ? old.map { $0.reduce(0) { $0 + $1.size } } : nil,
                consequence: old?.isEmpty == true && isKnown
                    ? "Nothing in the cache is that old."
                    : "Steps that nobody built for \(hours) hours run again when they are needed"
                        + (mounts > 0 ? "; \(mounts) cache mounts begin empty." : "."))
        }
    }

    /// - Parameter text: `20GB`, in powers of 1000 as docker prints them.
    package static func bytes(ofSize text: String) -> Int? { Host.bytes(of: text) }

    private init(arguments: [String], frees: Int?, consequence: String) {
        self.arguments = arguments
        self.frees = frees
        self.consequence = consequence
    }
}
