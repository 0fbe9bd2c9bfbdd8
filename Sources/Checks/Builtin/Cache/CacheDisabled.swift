import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A flag or variable switches the cache off for which the RUN has a mount.
struct CacheDisabled: DockerfileCheck {
    static let id: CheckID = "cache-disabled"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap(\.steps).flatMap { step -> [Finding] in
            guard !step.cacheMounts.isEmpty else { return [] }
            let active = step.invocations.filter { $0.usesCaches && !$0.command.isConditional }
            return active.flatMap { invocation -> [Finding] in
                // A flag at `pip install -U pip` does not matter where the real install has the cache.
                if invocation.isBootstrap,
                    active.contains(where: { $0.manager == invocation.manager && $0.defeats.isEmpty })
                {
                    return []
                }
                return switchedOff(invocation, step, in: build) + movedAway(invocation, step, in: build)
            }
        }
    }

    private func switchedOff(_ invocation: Invocation, _ step: StepFacts, in build: BuildFacts) -> [Finding] {
        guard let index = mount(of: invocation) else { return [] }
        let target = step.mounts[index].target.value ?? ""
        return invocation.defeats.map { defeat in
            switch defeat.kind {
            case .flag(let word):
                // Without an index apk finds no package, and this flag is what has fetched it.
                let replacement = invocation.manager.name == "apk" ? "--update-cache" : nil
                let edit =
                    replacement.map {
                        Edit(
                            path: build.path, bytes: invocation.command.words[word].range, replacement: $0)
                    } ?? build.removal(ofWord: word, of: invocation.command)
                return finding(
                    at: defeat.range ?? invocation.command.range, in: build.source,
                    message:
                        "`\(defeat.text)` switches the cache of `\(invocation.title)` off, and the mount at "
                        + "`\(target)` stays unused.",
                    cost: "Every run of this step downloads or compiles everything again.",
                    fix: Fix(
                        replacement.map { "Write \($0) in its place." } ?? "Drop \(defeat.text).",
                        edits: edit.map { [$0] } ?? [], .safe),
                    subject: invocation.title + " " + defeat.text)
            case .variable(let name, let value):
                let isFalse = ["0", "n", "no", "f", "false", "off"].contains(value.lowercased())
                let why =
                    name == "PIP_NO_CACHE_DIR" && isFalse
                    ? " (pip takes any boolean here for yes, `\(value)` too)" : ""
                return finding(
                    at: defeat.range ?? invocation.command.range, in: build.source,
                    message:
                        "`\(defeat.text)` switches the cache of `\(invocation.title)` in line "
                        + "\(build.line(of: invocation.command)) off\(why), and the mount at `\(target)` stays "
                        + "unused.",
                    cost: "Every run of that step downloads or compiles everything again.",
                    fix: Fix("Do not set \(name), or set it below the last RUN that installs."),
                    subject: invocation.title + " " + defeat.text)
            }
        }
    }

    /// A cache in `/dev/null` or in memory.
    private func movedAway(_ invocation: Invocation, _ step: StepFacts, in build: BuildFacts) -> [Finding] {
        invocation.caches.compactMap { use in
            guard let path = use.path.value, path.hasPrefix("/dev/"), let mover = use.movedBy,
                let mount = step.cacheMounts.first(where: { mount in
                    use.defaultPaths.contains { mount.covers($0).isTrue }
                })
            else { return nil }
            return finding(
                at: mover.range ?? invocation.command.range, in: build.source,
                message:
                    "\(mover.name) sends the cache of `\(invocation.title)` to `\(path)`, and the mount at "
                    + "`\(mount.target.value ?? "")` stays unused.",
                cost: "Every run of this step downloads everything again.",
                fix: Fix("Do without \(mover.name)."), subject: invocation.title + " " + mover.name)
        }
    }

    /// The mount that a flag against the caches defeats.
    private func mount(of invocation: Invocation) -> Int? {
        // `go build -a` concerns what is compiled, not the modules.
        if invocation.manager.name == "go" {
            guard case .cacheMount(let index)? = invocation.caches.last?.coverage,
                invocation.caches.count == 2
            else { return nil }
            return index
        }
        return invocation.cacheMounts.first
    }
}
