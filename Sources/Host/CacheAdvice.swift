/// The least harmful way to make a builder's cache smaller: commands of the installed versions, and what they take.
package struct CacheAdvice: Sendable, Hashable {
    /// What the cache is to come to.
    package enum Goal: Sendable, Hashable {
        /// At most so many bytes.
        case size(Int)
        /// Nothing that was last used longer ago, in hours.
        case age(hours: Int)
    }

    /// Arguments of `docker`, which asks before it deletes; empty where nothing is to be done.
    package let arguments: [String]
    /// About how many bytes it frees; nil where the builder does not tell when records were used.
    package let frees: Int?
    /// What the next build has to do again, as a sentence.
    package let consequence: String

    /// - Parameter now: the engine's clock, in seconds since 1970.
    package init(for goal: Goal, cache: BuilderCache, now: Int?) {
        // What an image shares frees nothing, what a build holds stays, and these types go with --all alone.
        let own = cache.records.filter {
            !$0.isShared && !$0.isInUse && $0.type != "internal" && $0.type != "frontend"
        }
        let total = cache.records.reduce(0) { $0 + ($1.isShared ? 0 : $1.size) }
        let prune = cache.pruneArguments
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
                let mounts = own.filter { $0.type == "exec.cachemount" }.reduce(0) { $0 + $1.size }
                self.init(
                    arguments: cache.pruneArguments(to: limit), frees: total - limit,
                    consequence:
                        "What was used least and longest ago goes first, of layers and of cache mounts, each as a "
                        + "whole: steps whose layers are gone run again, and mounts that are gone are downloaded again"
                        + (mounts == 0 ? " (there are none)." : "."))
            }
        case .age(let hours):
            let ages = own.map { record in now.flatMap { now in record.lastUsed.map { now - $0 } } }
            let isKnown = !ages.contains(nil)
            // Of other builders buildx tells no time but how long ago that was, in whole ones of a unit that is never
            // longer than the age itself (docker/go-units, `duration.go`): it may be twice as long.
            func older(factor: Int) -> [CacheRecord] {
                zip(own, ages).compactMap { record, age in
                    age.map { $0 * factor > hours * 3600 } == true ? record : nil
                }
            }
            let old = older(factor: 1)
            let perhapsOld = cache.isEngine ? old : older(factor: 2)
            let isExact = isKnown && old.count == perhapsOld.count
            let mounts = perhapsOld.filter { $0.type == "exec.cachemount" }.count
            let isNothing = isKnown && perhapsOld.isEmpty
            let time = "\(hours) hour\(hours == 1 ? "" : "s")"
            self.init(
                arguments: isNothing ? [] : prune + ["--filter", "until=\(hours)h"],
                frees: isExact ? old.reduce(0) { $0 + $1.size } : nil,
                consequence: isNothing
                    ? "Nothing in the cache is that old."
                    : "Steps that nobody built for \(time) run again when they are needed"
                        + (mounts > 0
                            ? "; \(isExact ? "" : "up to ")\(mounts) cache mount\(mounts == 1 ? " begins" : "s begin") "
                                + "empty."
                            : "."))
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
