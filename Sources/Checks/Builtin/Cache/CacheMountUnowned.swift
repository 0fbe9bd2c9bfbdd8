import Diagnostics
import Dockerfile
import Facts
import Project
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
                    mount.mount.from == nil, mount.mount.source == nil, !mount.mount.readOnly
                else { return nil }
                guard !givenAway.contains(mount.cacheKey.value) else { return nil }
                guard let written = mount.expanded.uid else {
                    guard let mode = mount.mount.mode else {
                        return finding(mount, target, account, owner: nil, step, in: build)
                    }
                    return finding(mount, target, account, mode: mode, step, in: build)
                }
                guard mount.mount.mode == nil else { return nil }
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
            fix: Fix(step.user.ownershipAdvice(for: options.dropFirst()), edits: edits, .safe))
    }

    /// A mode that opens the mount for others does so with a builder in a container only: dockerd's own BuildKit makes
    /// the folder under dockerd's umask, 022 as a rule.
    /// Sources: moby/moby#47415; moby/buildkit, `cmd/buildkitd/main_unix.go` (umask 0). Tried on Engine 28.5: 0777 and 1777
    /// come out as 0755, `gid=1000,mode=0775` as 0755 too.
    private func finding(
        _ mount: MountFacts, _ target: String, _ account: Account, mode: String, _ step: StepFacts,
        in build: BuildFacts
    ) -> Finding? {
        guard let bits = Int(mode, radix: 8), bits <= 0o7777 else { return nil }
        var isOfGroup = false
        if let gid = mount.expanded.gid {
            guard gid.isCertain, let number = Int(gid.text), let own = account.gid.value else { return nil }
            isOfGroup = number == own
        }
        let isOpen = bits & 0o002 != 0 || isOfGroup && bits & 0o020 != 0
        // Builds of workflows have a builder in a container as a rule.
        let stated = build.build.statedBy
        if isOpen, !stated.isEmpty, stated.allSatisfy({ $0.kind == .workflow }) { return nil }
        let options = step.user.ownershipOptions
        let edits =
            account.uid.value != nil && mount.mount.gid == nil
            ? build.insertion(of: options, into: mount.mount).map { [$0] } ?? [] : []
        return finding(
            at: mount.mount.range, in: build.source, confidence: isOpen ? .likely : .certain,
            message: isOpen
                ? "`mode=\(mode)` does not open the mount at `\(target)` for \(account.text), who runs this step: Docker "
                    + "Engine's own builder makes it as 0755 of root, whatever the mode."
                : "The mount at `\(target)` belongs to root and is not writable for \(account.text), who runs this step: "
                    + "mode=\(mode) lets nobody else write.",
            cost: cost(of: mount, in: step),
            fix: Fix(step.user.ownershipAdvice(for: options.dropFirst()), edits: edits, .safe))
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
