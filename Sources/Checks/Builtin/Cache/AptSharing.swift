import Diagnostics
import Dockerfile
import Facts
import SourceText

/// apt's folders on a mount that several builds may write at once.
struct AptSharing: DockerfileCheck {
    static let id: CheckID = "apt-sharing"
    let options: CheckOptions

    private static let folders: Set<String> = [
        "/var/cache/apt", "/var/cache/apt/archives", "/var/lib/apt", "/var/lib/apt/lists", "/var/lib/dpkg",
    ]

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap(\.steps).compactMap { step in
            let shared = step.cacheMounts.filter { mount in
                mount.sharing == .shared && !mount.mount.readOnly
                    && mount.target.value.map(Self.folders.contains) == true
            }
            guard let first = shared.first else { return nil }
            let targets = enumeration(shared.compactMap { $0.target.value.map { "`\($0)`" } })
            return finding(
                at: first.mount.range, in: build.source,
                message:
                    "apt needs its folders for itself, but \(shared.count == 1 ? "this mount" : "these mounts") "
                    + "at \(targets) can be written by several builds, stages or platforms at once.",
                cost:
                    "One of them fails to get apt's lock, or finds files that another one has just changed.",
                fix: Fix(
                    "Let others wait: sharing=locked",
                    edits: shared.compactMap { edit($0.mount, in: build) }, .safe)
            ).naming(shared.map { build.source.string($0.mount.range) })
        }
    }

    private func edit(_ mount: RunMount, in build: BuildFacts) -> Edit? {
        if let option = mount.option("sharing") { return build.edit(option, to: "locked") }
        return build.insertion(of: ",sharing=locked", into: mount)
    }
}
