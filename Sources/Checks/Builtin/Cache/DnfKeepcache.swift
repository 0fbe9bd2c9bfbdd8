import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A mount for dnf's cache that gets no packages: `keepcache` is off, or the folder is another generation's.
struct DnfKeepcache: DockerfileCheck {
    static let id: CheckID = "dnf-keepcache"
    let options: CheckOptions

    private static let folders = ["/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum"]

    func findings(in build: BuildFacts) -> [Finding] {
        let configured = FirstSteps(in: build, where: mayConfigure)
        return build.reachableStages.flatMap { stage in
            stage.steps.compactMap { step -> Finding? in
                guard !step.cacheMounts.isEmpty else { return nil }
                let installs = step.invocations.filter(isInstall)
                guard let first = installs.first else { return nil }
                if let wrong = otherGeneration(first, step, in: build) { return wrong }
                let dropping = installs.filter { $0.cacheMounts.isEmpty == false && !hasFlag($0.command) }
                guard let install = dropping.first, !configured.areReached(by: step) else {
                    return nil
                }
                return finding(dropping, step.mounts[install.cacheMounts[0]], step, in: build)
            }
        }
    }

    private func isInstall(_ invocation: Invocation) -> Bool {
        (invocation.manager.name == "dnf" || invocation.manager.name == "microdnf")
            && invocation.action == .install && !invocation.command.isConditional && !invocation.isOffline
    }

    private func hasFlag(_ command: ShellCommand) -> Bool {
        command.words.contains { $0.text.holds("keepcache") || !$0.isLiteral && $0.text.hasPrefix("$") }
    }

    /// It may switch it on for what comes after.
    private func mayConfigure(_ step: StepFacts) -> Bool {
        if let path = step.step.copy?.destination {
            let isConfiguration =
                path.text == "/" || path.text == "/etc" || path.text == "/etc/"
                || ["/etc/dnf", "/etc/yum"].contains { path.text.hasPrefix($0) }
            if !path.isCertain || isConfiguration { return true }
        }
        return step.script.commands.contains { command in
            guard !Self.isInstaller(command) else { return false }
            let words = command.words + command.redirections.map(\.target)
            return words.contains {
                $0.text.holds("keepcache") || $0.text.holds("dnf.conf") || $0.text.holds("yum.conf")
            }
        }
    }

    /// A flag of one install is nothing to the next.
    private static func isInstaller(_ command: ShellCommand) -> Bool {
        guard let program = command.program, ["dnf", "dnf5", "yum", "microdnf"].contains(program) else {
            return false
        }
        return !command.words.contains { $0.text.holds("config-manager") || $0.text == "--save" }
    }

    private func finding(
        _ installs: [Invocation], _ mount: MountFacts, _ step: StepFacts, in build: BuildFacts
    ) -> Finding {
        let isCertain = step.distribution.isStock
        let edits = installs.map { install in
            let end = install.command.words[0].range.upperBound
            return Edit(path: build.path, bytes: end..<end, replacement: " --setopt=keepcache=1")
        }
        let isExec = if case .exec? = step.run?.command { true } else { false }
        return finding(
            at: installs[0].command.range, in: build.source, severity: isCertain ? nil : .info,
            confidence: isCertain ? .certain : .possible,
            message:
                "`\(installs[0].title)` deletes its packages when it is done: `keepcache` is off, so that the mount "
                + "at `\(mount.target.value ?? "")` keeps metadata only.",
            cost: "Every run of this step downloads all packages again.",
            fix: Fix(
                "Let it keep them: --setopt=keepcache=1", edits: isCertain && !isExec ? edits : [], .safe)
        ).naming(installs.map { build.source.string($0.command.range) })
    }

    /// A mount of `/var/cache/dnf` where dnf5 runs, and the like.
    private func otherGeneration(_ install: Invocation, _ step: StepFacts, in build: BuildFacts) -> Finding? {
        guard step.distribution.isStock, let use = install.caches.first, use.coverage == .none,
            let path = use.path.value,
            let mount = step.cacheMounts.first(where: { mount in
                mount.target.value.map { target in Self.folders.contains(target) && target != path } == true
            })
        else { return nil }
        let option = mount.mount.targetOption
        let edit = build.edit(option, to: path)
        let system = [step.distribution.family.rawValue, step.distribution.version].compactMap { $0 }
        return finding(
            at: option?.range ?? mount.mount.range, in: build.source,
            message:
                "`\(install.title)` on \(system.joined(separator: " ")) keeps its cache in `\(path)`, not in "
                + "`\(mount.target.value ?? "")`.",
            cost: "The mount stays empty; every run of this step downloads all packages again.",
            fix: Fix(
                "Mount the place that is used, and let packages be kept: target=\(path), --setopt=keepcache=1",
                edits: edit.map { edit in
                    hasFlag(install.command)
                        ? [edit]
                        : [
                            edit,
                            Edit(
                                path: build.path,
                                bytes: install.command.words[0].range
                                    .upperBound..<install.command.words[0].range.upperBound,
                                replacement: " --setopt=keepcache=1"),
                        ]
                } ?? [], .safe))
    }
}
