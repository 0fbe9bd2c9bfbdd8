import Diagnostics
import Dockerfile
import Facts
import SourceText

/// One cache of one package manager on mounts with different keys: each fills up by itself.
struct CacheKeySplit: DockerfileCheck {
    static let id: CheckID = "cache-key-split"
    let options: CheckOptions

    private struct Use {
        let step: StepFacts
        let mount: MountFacts
        let key: MountKey
    }

    private struct Group: Hashable {
        let manager: String
        let path: String
        let user: StepUser
        let distribution: Distribution
        let platform: String?
    }

    func findings(in build: BuildFacts) -> [Finding] {
        var groups: [(Group, [Use])] = []
        var places: [Group: Int] = [:]
        for stage in build.reachableStages {
            for step in stage.steps where !step.cacheMounts.isEmpty {
                for invocation in step.invocations where invocation.usesCaches {
                    for use in invocation.caches {
                        guard case .cacheMount(let index) = use.coverage, let path = use.path.value,
                            let key = MountKey(step.mounts[index]), step.mounts[index].covers(path).isTrue
                        else { continue }
                        let group = Group(
                            manager: invocation.manager.name, path: path, user: step.user,
                            distribution: step.distribution, platform: stage.stage.platform?.text)
                        let new = Use(step: step, mount: step.mounts[index], key: key)
                        if let at = places[group] {
                            groups[at].1.append(new)
                        } else {
                            places[group] = groups.count
                            groups.append((group, [new]))
                        }
                    }
                }
            }
        }
        var reported: Set<Int> = []
        return groups.flatMap { group, uses -> [Finding] in
            guard let first = uses.first else { return [] }
            return uses.compactMap { other in
                guard isSplit(other.key, first.key),
                    reported.insert(other.mount.mount.range.lowerBound).inserted
                else { return nil }
                return finding(other, first, group, in: build)
            }
        }
    }

    /// Two names that somebody chose are two caches on purpose.
    private func isSplit(_ left: MountKey, _ right: MountKey) -> Bool {
        left != right && !(left.isNamed && right.isNamed && left.name != right.name)
    }

    private func finding(_ use: Use, _ first: Use, _ group: Group, in build: BuildFacts) -> Finding {
        finding(
            at: use.mount.mount.range, in: build.source,
            message: "This mount and that of line \(first.step.line) are two caches for the same packages of "
                + "\(group.manager): \(use.key.difference(from: first.key)).",
            cost: "Each is filled by itself, and what one has downloaded the other downloads again.",
            fix: Fix(
                "Write the mount as in line \(first.step.line): \(build.source.string(first.mount.mount.range))"
            ))
    }
}
