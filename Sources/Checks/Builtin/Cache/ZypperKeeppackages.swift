import Diagnostics
import Dockerfile
import Facts

/// A mount for zypper's cache that gets no packages: its repositories do not keep them.
struct ZypperKeeppackages: DockerfileCheck {
    static let id: CheckID = "zypper-keeppackages"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let keeping = FirstSteps(in: build, where: mayKeep)
        return build.reachableStages.flatMap(\.steps).compactMap { step in
            guard !step.cacheMounts.isEmpty,
                let install = step.invocations.first(where: {
                    $0.manager.name == "zypper" && $0.action == .install && !$0.command.isConditional
                        && !$0.cacheMounts.isEmpty
                }), !install.command.words.contains(where: { Self.elsewhere.contains($0.text) }),
                !keeping.areReached(by: step)
            else { return nil }
            let mount = step.mounts[install.cacheMounts[0]]
            let isPlain = step.user.isRoot.isTrue && install.command.user == .step
            return finding(
                at: install.command.range, in: build.source,
                message:
                    "`\(install.title)` deletes its packages when it is done: repositories of zypper keep none unless "
                    + "they are told to, so that the mount at `\(mount.target.value ?? "")` keeps the index only.",
                cost: "Every run of this step downloads all packages again.",
                fix: Fix(
                    "Let them keep packages first: \(Self.remedy)",
                    edits: isPlain ? build.insertion(of: Self.remedy, before: step) : []))
        }
    }

    private static let remedy = "zypper modifyrepo --keep-packages --all"

    /// A repository that is named for this command alone has its own settings.
    private static let elsewhere: Set<String> = ["-D", "--reposd-dir", "-p", "--plus-repo"]

    /// It may switch it on for what comes after.
    private func mayKeep(_ step: StepFacts) -> Bool {
        if let path = step.step.copy?.destination,
            !path.isCertain || ["/", "/etc", "/etc/"].contains(path.text) || path.text.hasPrefix("/etc/zypp")
        {
            return true
        }
        return step.script.commands.contains { command in
            let words = command.words + command.redirections.map(\.target)
            if words.contains(where: { $0.text.holds("/etc/zypp") || $0.text.holds("keeppackages") }) {
                return true
            }
            guard command.program == "zypper" else { return false }
            // `-k`, also in a cluster (`ar -fk`), of `modifyrepo` and `addrepo`.
            let keeps = words.contains {
                $0.text == "--keep-packages" || !$0.isLiteral
                    || $0.text.hasPrefix("-") && !$0.text.hasPrefix("--") && $0.text.contains("k")
            }
            let names: Set = ["modifyrepo", "mr", "addrepo", "ar"]
            return keeps && words.contains { names.contains($0.text) || !$0.isLiteral }
        }
    }
}
