import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A locked mount for managers that may use their caches side by side.
struct SharingLockedSerial: DockerfileCheck {
    static let id: CheckID = "sharing-locked-serial"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap(\.steps).flatMap { step -> [Finding] in
            guard !step.cacheMounts.isEmpty, step.isUnderstood else { return [] }
            return step.cacheMounts.compactMap { mount in
                guard mount.sharing == .locked, let option = mount.mount.option("sharing") else { return nil }
                let users = step.invocations.filter { $0.cacheMounts.contains(mount.index) }
                let uses = users.flatMap(\.caches).filter { $0.coverage == .cacheMount(mount.index) }
                guard let user = users.first, uses.allSatisfy({ !$0.cache.needsLock && $0.isCertain }),
                    Set(users.map(\.manager.name)).count == 1, user.manager.locksItself
                else { return nil }
                return finding(
                    at: option.range, in: build.source,
                    message:
                        "Steps with this mount run one after another, in other builds and for other platforms too, "
                        + "although \(user.manager.name) needs no lock for it.",
                    cost: "Builds that could run side by side wait for each other.",
                    fix: Fix("Leave `sharing=locked` away."))
            }
        }
    }
}
