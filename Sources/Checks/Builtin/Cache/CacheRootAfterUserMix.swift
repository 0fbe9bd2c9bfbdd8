import Diagnostics
import Dockerfile
import Facts
import SourceText

/// One cache mount, given to a user, that root fills too: what root makes there belongs to root.
struct CacheRootAfterUserMix: DockerfileCheck {
    static let id: CheckID = "cache-root-after-user-mix"
    let options: CheckOptions

    private struct Use {
        let step: StepFacts
        let mount: MountFacts
        let invocation: Invocation
    }

    func findings(in build: BuildFacts) -> [Finding] {
        let givenAway = build.mountKeysGivenAway
        var byRoot: [(key: MountKey, use: Use)] = []
        var byUser: [MountKey: Use] = [:]
        for use in uses(in: build) where !givenAway.contains(use.mount.cacheKey.value) {
            guard let key = MountKey(use.mount) else { continue }
            switch use.step.user {
            case .root: byRoot.append((key, use))
            case .other(let account) where isGiven(use.mount, to: account):
                if byUser[key] == nil { byUser[key] = use }
            default: continue
            }
        }
        return byRoot.compactMap { key, use in
            byUser[key].map { finding(use, $0, in: build).sharing(remedy: "\(build.path) \(key.name)") }
        }
    }

    /// The installs and builds that keep their cache on a mount.
    private func uses(in build: BuildFacts) -> [Use] {
        build.reachableStages.flatMap(\.steps).filter { !$0.cacheMounts.isEmpty }.flatMap { step -> [Use] in
            step.invocations.flatMap { invocation -> [Use] in
                // npm before 10 gives what it writes to the owner of its cache (npm/cacache, infer-owner).
                guard invocation.usesCaches, invocation.defeats.isEmpty, invocation.command.user == .step,
                    invocation.manager.name != "npm"
                else { return [] }
                return invocation.cacheMounts.map {
                    Use(step: step, mount: step.mounts[$0], invocation: invocation)
                }
            }
        }
    }

    /// What the user cannot write at all is what cache-mount-unowned tells of.
    private func isGiven(_ mount: MountFacts, to account: Account) -> Bool {
        guard let owner = mount.expanded.uid, owner.isCertain, let uid = Int(owner.text) else { return false }
        return uid != 0 && account.uid == .known(uid)
    }

    private func finding(_ use: Use, _ other: Use, in build: BuildFacts) -> Finding {
        let user = other.step.user.account?.text ?? "?"
        return finding(
            at: use.mount.mount.range, in: build.source,
            message:
                "`\(use.invocation.title)` runs as root here, on the cache that line \(other.step.line) fills as "
                + "\(user): what root makes there belongs to root.",
            cost: use.invocation.manager.name == "pip"
                ? "pip switches its cache off for root, as the folder is another's, and downloads everything again."
                : "\(user) cannot write in the folders that root has made: the step fails, or goes without its cache.",
            fix: Fix("Give root a cache of its own: add `,id=…` here and take uid and gid away."))
    }
}
