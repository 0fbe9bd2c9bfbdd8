import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A cache mount next to the cache that it was meant for.
struct CacheMountDeadTarget: DockerfileCheck {
    static let id: CheckID = "cache-mount-dead-target"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap(\.steps).flatMap { step in
            NearMiss.all(in: step).filter { !$0.isMoved && !isRootsForAnother($0, step) }.map {
                finding($0, step, in: build)
            }
        }
    }

    /// `cache-root-path-nonroot` tells that better.
    private func isRootsForAnother(_ miss: NearMiss, _ step: StepFacts) -> Bool {
        step.user.isRoot.isFalse && miss.mount.target.value?.hasPrefix("/root/") == true
    }

    private func finding(_ miss: NearMiss, _ step: StepFacts, in build: BuildFacts) -> Finding {
        let mount = miss.mount.mount
        let option = mount.targetOption
        let target = miss.mount.target.value ?? ""
        let who =
            switch step.user {
            case .root: "as root "
            case .other(let account): "as \(account.text) "
            case .unknown: ""
            }
        let edit = miss.places.count == 1 ? build.edit(option, to: miss.places[0]) : nil
        return finding(
            at: option?.range ?? mount.range, in: build.source,
            message:
                "No command of this RUN uses `\(target)`: `\(miss.invocation.title)` \(who)keeps its "
                + "\(miss.use.cache.content) in \(miss.text).",
            cost: "The mount stays empty, and everything is downloaded or compiled again.",
            fix: Fix(
                "Mount the place that is used: target=\(miss.places.prefix(2).joined(separator: " or target="))",
                edits: edit.map { [$0] } ?? [], .safe))
    }
}
