import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A mount that belongs to root in a step that another user runs.
struct CacheMountUnowned: DockerfileCheck {
    static let id: CheckID = "cache-mount-unowned"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let givenAway = build.mountKeysGivenAway
        return build.reachableStages.flatMap(\.steps).flatMap { step -> [Finding] in
            guard !step.step.mounts.isEmpty, let account = step.user.account,
                !step.script.commands.contains(where: runsAsAnother)
            else { return [] }
            return step.cacheMounts.compactMap { mount in
                guard let target = mount.target.value, target != "/root", !target.hasPrefix("/root/"),
                    // Of these, the source's own owner and mode count.
                    mount.mount.from == nil, mount.mount.source == nil, !mount.mount.readOnly,
                    mount.mount.mode == nil
                else { return nil }
                guard !givenAway.contains(mount.cacheKey.value) else { return nil }
                guard let written = mount.expanded.uid else {
                    return finding(mount, target, account, owner: nil, step, in: build)
                }
                guard written.isCertain, let owner = Int(written.text), let uid = account.uid.value,
                    owner != uid
                else { return nil }
                return finding(mount, target, account, owner: owner, step, in: build)
            }
        }
    }

    private func runsAsAnother(_ command: ShellCommand) -> Bool { command.user != .step }

    private func finding(
        _ mount: MountFacts, _ target: String, _ account: Account, owner: Int?, _ step: StepFacts,
        in build: BuildFacts
    ) -> Finding {
        let options = step.user.ownershipOptions
        var edits: [Edit] = []
        if account.uid.value != nil {
            if owner == nil, mount.mount.gid == nil {
                edits = build.insertion(of: options, into: mount.mount).map { [$0] } ?? []
            } else if let uid = account.uid.value {
                edits = build.edit(mount.mount.option("uid"), to: "\(uid)").map { [$0] } ?? []
            }
        }
        let belongs = owner.map { "user \($0)" } ?? "root"
        return finding(
            at: mount.mount.range, in: build.source,
            message:
                "The mount at `\(target)` belongs to \(belongs) and is not writable for \(account.text), who runs "
                + "this step.",
            cost: cost(of: mount, in: step),
            fix: Fix("Give it to \(account.text): add \(options.dropFirst())", edits: edits, .safe))
    }

    /// What the tool does that finds its cache not writable.
    private func cost(of mount: MountFacts, in step: StepFacts) -> String {
        let user = step.invocations.first { $0.cacheMounts.contains(mount.index) }
        return switch user?.manager.name {
        case "pip": "pip says that its cache has been disabled, and downloads everything again."
        case "go": "go ends with \"permission denied\"."
        case "npm": "npm ends with EACCES."
        case "micromamba": "micromamba quietly takes another folder, and downloads everything again."
        case let name?: "\(name) cannot write its cache: it fails, or downloads everything again."
        case nil: "What would be cached is made again in every run, or the command fails."
        }
    }
}
