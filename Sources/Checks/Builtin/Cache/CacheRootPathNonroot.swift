import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A mount in root's home for a step that another user runs.
struct CacheRootPathNonroot: DockerfileCheck {
    static let id: CheckID = "cache-root-path-nonroot"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap { stage in
            stage.steps.flatMap { step -> [Finding] in
                guard let account = step.user.account, step.cacheMounts.contains(where: isRoots),
                    step.home.value?.hasPrefix("/root") != true,
                    !step.script.commands.contains(where: runsAsAnother),
                    !opensRootsHome(before: step, in: stage, of: build)
                else { return [] }
                return step.cacheMounts.compactMap { mount in
                    guard isRoots(mount), let target = mount.target.value else { return nil }
                    return finding(mount, target, account, step, in: build)
                }
            }
        }
    }

    private func isRoots(_ mount: MountFacts) -> Bool {
        mount.target.value.map { $0 == "/root" || $0.hasPrefix("/root/") } ?? false
    }

    private func runsAsAnother(_ command: ShellCommand) -> Bool { command.user != .step }

    /// `chmod … /root`.
    private func opensRootsHome(before step: StepFacts, in stage: StageFacts, of build: BuildFacts) -> Bool {
        let inherited = stage.ancestors.lazy.flatMap { build.stages[$0].steps }
        return (Array(stage.steps[..<step.index]) + Array(inherited)).contains { earlier in
            earlier.script.commands.contains { command in
                ["chmod", "chown", "setfacl", "usermod"].contains(command.program)
                    && command.words.contains { $0.text.hasPrefix("/root") }
            }
        }
    }

    private func isForced(_ mount: MountFacts, _ step: StepFacts) -> Bool {
        step.invocations.flatMap(\.caches).contains { use in
            use.movedBy != nil && use.coverage == .cacheMount(mount.index)
        }
    }

    private func finding(
        _ mount: MountFacts, _ target: String, _ account: Account, _ step: StepFacts, in build: BuildFacts
    ) -> Finding {
        let option = mount.mount.targetOption
        let home = step.home.value
        let place = (home ?? "/home/\(account.text)") + target.dropFirst("/root".count)
        var edits: [Edit] = []
        if home != nil, account.uid.value != nil, mount.mount.uid == nil, mount.mount.gid == nil,
            let move = build.edit(option, to: place),
            let own = build.insertion(of: step.user.ownershipOptions, into: mount.mount)
        {
            // Both end where the target's value ends, if that is the last option.
            edits =
                move.bytes.upperBound == own.bytes.lowerBound
                ? [Edit(path: move.path, bytes: move.bytes, replacement: move.replacement + own.replacement)]
                : [move, own]
        }
        return finding(
            at: option?.range ?? mount.mount.range, in: build.source,
            // The command goes to its own home, and the build to its end, unless it is told to use the mount.
            severity: isForced(mount, step) ? nil : .warning,
            message:
                "This step runs as \(account.text), who can neither enter `/root` nor has their home there: the mount "
                + "at `\(target)` is out of reach.",
            cost: "Nothing is cached, or the command fails with \"permission denied\".",
            fix: Fix(
                ([
                    "Mount it in the home of \(account.text):",
                    "    --mount=type=cache,target=\(place)\(step.user.ownershipOptions)",
                    step.user.numberAdvice,
                    home == nil
                        ? "Make the user with a home of its own (`--home /home/\(account.text)`), or set the cache's variable."
                        : nil,
                ] as [String?]).compactMap(\.self).joined(separator: "\n"), edits: edits, .safe))
    }
}
