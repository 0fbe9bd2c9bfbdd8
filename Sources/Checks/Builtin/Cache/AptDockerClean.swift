import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A mount for apt's packages while the image's `docker-clean` deletes them after every install.
struct AptDockerClean: DockerfileCheck {
    static let id: CheckID = "apt-docker-clean"
    let options: CheckOptions

    private static let file = "/etc/apt/apt.conf.d/docker-clean"

    func findings(in build: BuildFacts) -> [Finding] {
        let isMentioned = build.source.holds("apt.conf.d") || build.source.holds("docker-clean")
        let settled = build.stages(where: { step in
            step.step.copy.map(mayReplace) == true
                || isMentioned && step.script.commands.contains(where: changesFile)
        })
        return build.reachableStages.compactMap { stage in
            let isSettledAbove = stage.ancestors.first.map { settled[$0] } ?? false
            for step in stage.steps {
                guard let install = install(in: step) else { continue }
                guard !isSettledAbove, !isSettled(before: step, install, in: stage, isMentioned) else {
                    return nil
                }
                return finding(step, install, in: build)
            }
            return nil
        }
    }

    /// The first install in a RUN that has its packages on a cache mount.
    private func install(in step: StepFacts) -> Invocation? {
        step.invocations.first { invocation in
            guard invocation.manager.name == "apt", invocation.action == .install else { return false }
            return invocation.caches.first.map { use in
                if case .cacheMount(let index) = use.coverage {
                    return !step.mounts[index].mount.readOnly && holdsArchives(step.mounts[index])
                }
                return false
            } ?? false
        }
    }

    private func holdsArchives(_ mount: MountFacts) -> Bool {
        mount.covers("/var/cache/apt/archives").isTrue
    }

    /// Whether something of the stage before the install takes the file away, or may.
    /// - Parameter isMentioned: whether the Dockerfile names the file or its folder at all.
    private func isSettled(
        before step: StepFacts, _ install: Invocation, in stage: StageFacts, _ isMentioned: Bool
    ) -> Bool {
        for earlier in stage.steps[..<step.index] {
            if let copy = earlier.step.copy, mayReplace(copy) { return true }
            if isMentioned, earlier.script.commands.contains(where: changesFile) { return true }
        }
        if isMentioned, step.script.commands.prefix(install.command.order).contains(where: changesFile) {
            return true
        }
        if case .known(let config?) = step.variable("APT_CONFIG"), !config.isEmpty { return true }
        return install.command.words.contains { word in
            word.text.holds("Post-Invoke") || word.text.holds("Dir::") || word.text.holds("pkgcache")
        }
    }

    private func changesFile(_ command: ShellCommand) -> Bool {
        let words = command.words + command.redirections.map(\.target)
        return words.contains { word in
            word.text.holds("docker-clean")
                || (word.hasGlob && word.text.hasPrefix("/etc/apt/apt.conf.d/"))
                || word.text == "/etc/apt/apt.conf.d" && command.program == "rm"
        }
    }

    private func mayReplace(_ copy: ExpandedCopy) -> Bool {
        guard copy.destination.isCertain else { return true }
        let path = copy.destination.text
        return path == "/" || path == "/etc" || path == "/etc/" || path.hasPrefix("/etc/apt")
    }

    private func finding(_ step: StepFacts, _ install: Invocation, in build: BuildFacts) -> Finding {
        let isCertain = step.distribution.isStock && step.distribution.usesAPT.isTrue
        let mount = step.mounts.first(where: holdsArchives) ?? step.mounts[0]
        let target = mount.target.value ?? ""
        let image = isCertain ? "the image's" : "an official base image's"
        return finding(
            at: mount.mount.range, in: build.source, severity: isCertain ? nil : .info,
            confidence: isCertain ? .certain : .possible,
            message:
                "The mount at `\(target)` keeps no package: \(image) `\(Self.file)` deletes them after "
                + "every install.",
            cost: "Every run of this step downloads all packages again.",
            fix: Fix(
                "Take the hook away in the first RUN that uses apt:\n"
                    + "    rm -f \(Self.file); \\\n"
                    + "    echo 'Binary::apt::APT::Keep-Downloaded-Packages \"true\";' "
                    + "> /etc/apt/apt.conf.d/keep-cache; \\\n",
                edits: isCertain ? edits(step, install, in: build) : []),
            subject: build.stages[step.stage].stage.displayName + " " + target)
    }

    /// The removal in front of the RUN's first command.
    private func edits(_ step: StepFacts, _ install: Invocation, in build: BuildFacts) -> [Edit] {
        guard step.user.isRoot.isTrue, install.command.user == .step else { return [] }
        return build.insertion(of: "rm -f \(Self.file)", before: step)
    }
}
