import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A mount at `/var/cache/apk`, where apk keeps nothing but the package index.
struct ApkIndexOnly: DockerfileCheck {
    static let id: CheckID = "apk-index-only"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap { stage in
            stage.steps.compactMap { step -> Finding? in
                guard
                    let mount = step.cacheMounts.first(where: { $0.covers("/var/cache/apk").isTrue }),
                    let install = step.invocations.first(where: isPlainInstall),
                    !keepsPackages(step, in: build)
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

    /// `/etc/apk/cache` exists, or may: apk keeps packages where it does.
    private func keepsPackages(_ step: StepFacts, in build: BuildFacts) -> Bool {
        if step.mounts.contains(where: { mount in
            mount.target.value.map { $0.hasPrefix("/etc/apk") || $0 == "/etc" } ?? true
        }) {
            return true
        }
        for earlier in build.steps(through: step) {
            if let copy = earlier.step.copy {
                let path = copy.destination
                if !path.isCertain || path.text == "/" || path.text.hasPrefix("/etc") { return true }
            }
            for command in earlier.script.commands where command.program != "rm" {
                let words = command.words + command.redirections.map(\.target)
                let mentions = words.contains {
                    $0.text.holds("apk/cache") && !$0.text.holds("/var/cache")
                        || $0.text.holds("/etc/apk/config")
                }
                if mentions || command.program == "setup-apkcache" { return true }
            }
        }
        return false
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
