import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A variable or flag moves a cache away from the mount that was made for it.
struct CacheMountEnvMismatch: DockerfileCheck {
    static let id: CheckID = "cache-mount-env-mismatch"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap(\.steps).flatMap { step in
            NearMiss.all(in: step).filter { $0.isMoved && !$0.places[0].hasPrefix("/dev/") }.compactMap {
                finding($0, in: build)
            }
        }
    }

    private func finding(_ miss: NearMiss, in build: BuildFacts) -> Finding? {
        guard let mover = miss.use.movedBy else { return nil }
        let mount = miss.mount.mount
        let option = mount.targetOption
        let target = miss.mount.target.value ?? ""
        let place =
            mover.range.map { "line \(build.source.line(at: $0.lowerBound))" } ?? "the base image"
        let edit = build.edit(option, to: miss.places[0])
        let unset = mover.range == nil ? "" : " (or take \(mover.name) away)"
        return finding(
            at: option?.range ?? mount.range, in: build.source,
            message:
                "The mount is at `\(target)`, but \(mover.name) (\(place)) moves the "
                + "\(miss.use.cache.content) of `\(miss.invocation.title)` to `\(miss.places[0])`.",
            cost: "The mount stays empty, and everything is downloaded or compiled again.",
            fix: Fix(
                "Mount the place that \(mover.name) names\(unset): target=\(miss.places[0])",
                edits: edit.map { [$0] } ?? [], .safe))
    }
}
