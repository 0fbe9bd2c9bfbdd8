import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A mount at `/var/cache/apk`, where apk keeps nothing but the package index.
struct ApkIndexOnly: DockerfileCheck {
    static let id: CheckID = "apk-index-only"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let keeping = FirstSteps(in: build, where: mayMakeCache)
        return build.reachableStages.flatMap { stage in
            stage.steps.compactMap { step -> Finding? in
                guard
                    let mount = step.cacheMounts.first(where: { $0.covers("/var/cache/apk").isTrue }),
                    let install = step.invocations.first(where: isPlainInstall),
                    !mountsCache(step), !keeping.areReached(by: step)
                else { return nil }
                return finding(mount, install, in: build)
            }
        }
    }

    /// An install with the cache on, at its usual place.
    private func isPlainInstall(_ invocation: Invocation) -> Bool {
        invocation.manager.name == "apk" && invocation.action == .install && !invocation.command.isConditional
            && invocation.defeats.isEmpty && !invocation.isOffline
            && !invocation.command.words.contains {
                $0.text.hasPrefix("--cache-packages") || $0.text.hasPrefix("--cache-dir")
            }
    }

    /// A mount is `/etc/apk/cache`, or may be: apk keeps packages where that folder exists.
    private func mountsCache(_ step: StepFacts) -> Bool {
        step.mounts.contains { mount in
            mount.target.value.map { $0.hasPrefix("/etc/apk") || $0 == "/etc" } ?? true
        }
    }

    /// From this step on, `/etc/apk/cache` may be in the image.
    private func mayMakeCache(_ step: StepFacts) -> Bool {
        if let path = step.step.copy?.destination,
            !path.isCertain || path.text == "/" || path.text.hasPrefix("/etc")
        {
            return true
        }
        return step.script.commands.contains { command in
            guard command.program != "rm" else { return false }
            let words = command.words + command.redirections.map(\.target)
            let mentions = words.contains {
                $0.text.holds("apk/cache") && !$0.text.holds("/var/cache")
                    || $0.text.holds("/etc/apk/config")
            }
            return mentions || command.program == "setup-apkcache"
        }
    }

    private func finding(_ mount: MountFacts, _ install: Invocation, in build: BuildFacts) -> Finding {
        let option = mount.mount.targetOption
        let isExact = mount.target.value == "/var/cache/apk"
        let edit = isExact ? build.edit(option, to: "/etc/apk/cache") : nil
        return finding(
            at: option?.range ?? mount.mount.range, in: build.source,
            message:
                "Only the package index is kept here: apk keeps packages in `/etc/apk/cache`, and only where that "
                + "folder exists.",
            cost: "`\(install.title)` downloads every package again.",
            fix: Fix(
                "Mount the folder that apk looks for (the mount makes it):\n"
                    + "    --mount=type=cache,target=/etc/apk/cache,sharing=locked",
                edits: edit.map { [$0] } ?? []))
    }
}
