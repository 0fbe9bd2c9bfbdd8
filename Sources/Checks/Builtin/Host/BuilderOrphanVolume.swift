import Diagnostics
import Facts
import Host

/// A volume holds the cache of a builder that is gone.
struct BuilderOrphanVolume: HostCheck {
    static let id: CheckID = "builder-orphan-volume"
    static let questions: Set<HostQuestion> = [.usage, .builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        guard let volumes = facts.host.volumes.value, let containers = facts.host.containers.value,
            let builders = facts.host.builders.value
        else { return [] }
        // buildx names container and volume of a node `buildx_buildkit_NODE` and `buildx_buildkit_NODE_state`.
        let nodes = Set(builders.flatMap(\.nodes).map(\.name))
        return volumes.compactMap { volume in
            guard volume.name.hasPrefix("buildx_buildkit_"), volume.name.hasSuffix("_state"),
                volume.links == 0
            else {
                return nil
            }
            let container = String(volume.name.dropLast("_state".count))
            guard !nodes.contains(String(container.dropFirst("buildx_buildkit_".count))),
                !containers.contains(container)
            else { return nil }
            let size = volume.size.map { " (\(Amount.bytes($0)))" } ?? ""
            return finding(
                onHost: volume.name, confidence: .likely,
                message:
                    "Volume \(volume.name)\(size) is the cache of a builder that buildx does not know and that has no "
                    + "container.",
                fix: Fix(shellText(["docker", "volume", "rm", volume.name])))
        }
    }
}
