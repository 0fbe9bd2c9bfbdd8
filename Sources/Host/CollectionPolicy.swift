package import JSON

/// Rules of garbage collection for a builder: what nobody used for two weeks goes first, down to what the builds of a
/// repository need; beyond a limit, what was used longest ago.
///
/// BuildKit compares a rule's sizes with the whole cache, not with what its filter selects (moby/buildkit,
/// `cache/manager.go`, prune), so that a rule for one type deletes all of it once the cache is larger than its size.
/// This policy has therefore no rules by type.
package struct CollectionPolicy: Sendable, Hashable {
    /// Down to this nothing is deleted for its age.
    package let kept: Int
    /// The whole cache.
    package let limit: Int
    /// What is left free on the disk; nil where the builder knows no such limit, or the disk is not known.
    package let free: Int?

    /// In hours.
    private static let age = 336

    /// - Parameters:
    ///   - needed: what the cache mounts of the repository hold, in bytes.
    ///   - cache: what the whole cache holds.
    ///   - disk: that the cache is on, where it is known.
    package init(needed: Int, cache: Int, disk: Disk?) {
        let gigabyte = 1_000_000_000
        func up(_ bytes: Int, to step: Int) -> Int { (bytes + step - 1) / step * step }
        // Room for the next versions of what is there: a build that changes leaves the layers of the one before.
        var limit = max(20 * gigabyte, up(2 * cache, to: 10 * gigabyte))
        var kept = max(5 * gigabyte, up(2 * needed, to: gigabyte))
        if let disk {
            limit = min(limit, max(gigabyte, disk.total / 2 / gigabyte * gigabyte))
        }
        kept = min(kept, max(gigabyte, limit / 2 / gigabyte * gigabyte))
        self.kept = kept
        self.limit = limit
        free = disk.map { max(gigabyte, $0.total / 10 / gigabyte * gigabyte) }
    }

    /// `builder.gc` of daemon.json.
    /// - Parameter takesUpperLimit: whether the engine is of release 28 or later; an older one does not start with the
    ///   newer names.
    package func daemonJSON(takesUpperLimit: Bool) -> JSON {
        // The engine reads `20GB` as 20 GiB here (docker/go-units, RAMInBytes), which is a little more.
        func size(_ bytes: Int) -> JSON { .string("\(bytes / 1_000_000_000)GB") }
        let old = JSON.array([.string("unused-for=\(Self.age)h")])
        if takesUpperLimit {
            return [
                "enabled": true,
                "policy": [
                    ["filter": old, "reservedSpace": size(kept)],
                    .object([
                        "all": true, "reservedSpace": size(kept), "maxUsedSpace": size(limit),
                        "minFreeSpace": free.map(size),
                    ]),
                ],
            ]
        }
        return [
            "enabled": true,
            "policy": [
                ["filter": old, "keepStorage": size(kept)], ["all": true, "keepStorage": size(limit)],
            ],
        ]
    }

    /// The part of buildkitd.toml that says the same.
    /// - Parameter takesUpperLimit: whether BuildKit is of release 0.17 or later.
    package func buildkitTOML(takesUpperLimit: Bool) -> String {
        let first = takesUpperLimit ? "reservedSpace" : "keepBytes"
        var lines = [
            "[worker.oci]", "  gc = true", "", "[[worker.oci.gcpolicy]]",
            "  keepDuration = \(Self.age * 3600)",
            "  \(first) = \(kept)", "", "[[worker.oci.gcpolicy]]", "  all = true",
        ]
        if takesUpperLimit {
            lines += ["  reservedSpace = \(kept)", "  maxUsedSpace = \(limit)"]
            if let free { lines.append("  minFreeSpace = \(free)") }
        } else {
            lines.append("  keepBytes = \(limit)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
