import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A shared mount for a cache whose lock two containers cannot hand over to each other.
struct GradleSharing: DockerfileCheck {
    static let id: CheckID = "gradle-sharing"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap(\.steps).flatMap { step -> [Finding] in
            var seen: Set<Int> = []
            return step.invocations.flatMap { invocation -> [Finding] in
                guard invocation.manager.locksByLoopback, invocation.usesCaches else { return [] }
                return invocation.caches.compactMap { use in
                    guard case .cacheMount(let index) = use.coverage, !use.cache.isMinor,
                        use.isCertain, seen.insert(index).inserted
                    else { return nil }
                    let mount = step.mounts[index]
                    guard mount.sharing == .shared, !mount.mount.readOnly else { return nil }
                    return finding(mount, invocation, in: build)
                }
            }
        }
    }

    private func finding(_ mount: MountFacts, _ invocation: Invocation, in build: BuildFacts) -> Finding {
        let name = invocation.manager.name.prefix(1).uppercased() + invocation.manager.name.dropFirst()
        let edit =
            if let option = mount.mount.option("sharing") {
                build.edit(option, to: "locked")
            } else {
                build.insertion(of: ",sharing=locked", into: mount.mount)
            }
        return finding(
            at: mount.mount.range, in: build.source,
            message:
                "Builds that run at once share `\(mount.target.value ?? "")`, but \(name) hands the lock of its "
                + "caches over through the loopback interface, which each build step has for itself.",
            cost: "One of them waits for the lock until it gives up: \"Timeout waiting to lock\".",
            fix: Fix("Let others wait: sharing=locked", edits: edit.map { [$0] } ?? [], .safe))
    }
}
