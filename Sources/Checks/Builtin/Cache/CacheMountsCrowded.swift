import Diagnostics
import Dockerfile
import Facts
import SourceText

/// One RUN with the cache mounts of several package managers.
struct CacheMountsCrowded: DockerfileCheck {
    static let id: CheckID = "cache-mounts-crowded"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap(\.steps).compactMap { step in
            let mounts = step.cacheMounts
            guard mounts.count > options.integer("mounts") else { return nil }
            let users = step.invocations.filter { !$0.cacheMounts.isEmpty && $0.usesCaches }
            var names: [String] = []
            for user in users where !names.contains(user.manager.name) { names.append(user.manager.name) }
            guard names.count > 1 else { return nil }
            let isLocked = mounts.contains { $0.sharing == .locked }
            return finding(
                at: step.instruction, in: build,
                message:
                    "One RUN holds the \(mounts.count) cache mounts of \(enumeration(names)): a change for one of them "
                    + "runs all of them again.",
                cost: isLocked
                    ? "Builds that wait for one of the locked mounts wait until the whole RUN is done."
                    : "The managers run one after another each time, instead of each in its own cached step.",
                fix: Fix("Give \(enumeration(names)) a RUN each, with its own mounts."))
        }
    }
}
