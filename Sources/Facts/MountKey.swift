import Diagnostics
import Dockerfile

/// What BuildKit knows a cache mount by: its id or target, and the folder that it begins with, which `from`, `uid`, `gid`
/// and `mode` make (moby/buildkit `frontend/dockerfile/dockerfile2llb/convert_runmount.go`; tried on Engine 28.5:
/// `uid=0` and `mode=0755` are another cache than none, `sharing` and a final `/` are not).
package struct MountKey: Hashable, Sendable {
    package let name: String
    /// An `id` gives the name.
    package let isNamed: Bool
    private let base: [String]

    package static func == (left: MountKey, right: MountKey) -> Bool {
        left.name == right.name && left.base == right.base
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(base)
    }

    /// - Returns: nil where the key cannot be told.
    package init?(_ mount: MountFacts) {
        guard let name = mount.cacheKey.value else { return nil }
        for owner in [mount.expanded.uid, mount.expanded.gid] where owner?.isCertain == false { return nil }
        self.name = name
        isNamed = mount.mount.id != nil
        let isMade = mount.mount.source == nil
        base = [
            mount.mount.from.map { "from=\($0)" }, mount.mount.source.map { "source=\($0)" },
            isMade ? mount.expanded.uid.map { "uid=\($0.text)" } : nil,
            isMade ? mount.expanded.gid.map { "gid=\($0.text)" } : nil,
            isMade ? mount.mount.mode.map { "mode=\($0)" } : nil,
        ].compactMap { $0 }
    }

    /// As a clause: `` `/root/.cache` is another key than `/root/.cache/pip` ``.
    package func difference(from other: MountKey) -> String {
        if name != other.name { return "`\(name)` is another key than `\(other.name)`" }
        let own = base.isEmpty ? "no option" : base.joined(separator: ",")
        let others = other.base.isEmpty ? "none" : other.base.joined(separator: ",")
        return "\(own) here and \(others) there make two folders of one key"
    }
}
