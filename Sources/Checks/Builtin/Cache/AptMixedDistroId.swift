import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// One cache mount for the package lists of different distributions: each image throws the other's lists away.
struct AptMixedDistroId: ProjectCheck {
    static let id: CheckID = "apt-mixed-distro-id"
    let options: CheckOptions

    private struct Use {
        let path: String
        let mount: BuildOutline.CacheMount
        var name: String {
            let distribution = mount.distribution
            return distribution.family.rawValue + (distribution.version.map { " \($0)" } ?? "")
        }
        var place: String { "\(path):\(mount.line)" }
    }

    func findings(in project: ProjectFacts) -> [Finding] {
        var uses: [MountKey: [Use]] = [:]
        for (_, outline) in project.outlines {
            for mount in outline.stages.flatMap(\.cacheMounts) {
                guard mount.distribution.isStock, mount.distribution.usesAPT.isTrue,
                    mount.isWithSystemPackages,
                    let target = mount.target.value, PathText.isPath("/var/lib/apt/lists", inOrAt: target),
                    let key = mount.key
                else { continue }
                uses[key, default: []].append(Use(path: outline.path, mount: mount))
            }
        }
        return uses.sorted { $0.key.name < $1.key.name }.flatMap { key, uses -> [Finding] in
            guard let first = uses.first else { return [] }
            return uses.compactMap { use in
                guard differs(use, first), let source = project.project.dockerfiles[use.path] else {
                    return nil
                }
                return finding(use, first, key, in: source).sharing(remedy: "\(key.name) \(use.path)")
            }
        }
    }

    /// Two families, or two known releases of one. A tag without a release may be any of them.
    private func differs(_ left: Use, _ right: Use) -> Bool {
        let (left, right) = (left.mount.distribution, right.mount.distribution)
        if left.family != right.family { return true }
        guard let one = left.release, let other = right.release else { return false }
        return one != other
    }

    private func finding(_ use: Use, _ first: Use, _ key: MountKey, in source: SourceText) -> Finding {
        let distribution = use.mount.distribution
        let id = ["apt", distribution.family.rawValue, distribution.version ?? ""].filter { !$0.isEmpty }
            .joined(separator: "-")
        return finding(
            at: use.mount.range, in: source,
            message:
                "The package lists of \(use.name) share the cache mount `\(key.name)` with those of \(first.name) "
                + "(\(first.place)), and each `apt-get update` deletes the lists that are not its own.",
            cost: "The lists are downloaded again whenever the other image was built in between.",
            fix: Fix(
                "Give each distribution a mount of its own: id=\(id)", edits: edits(of: use, adding: id)))
    }

    /// None where the distribution is not known to a release: the next one would share the mount again.
    private func edits(of use: Use, adding id: String) -> [Edit] {
        guard use.mount.distribution.release != nil, let place = use.mount.placeForID else { return [] }
        return [Edit(path: use.path, bytes: place..<place, replacement: ",id=" + id)]
    }
}

extension Distribution {
    /// Debian's and Ubuntu's releases by one name: `12` and `bookworm` are the same.
    var release: String? {
        guard let version else { return nil }
        let plain = String(version.prefix { $0 != "." || family == .ubuntu })
        return Self.codenames[plain] ?? plain
    }

    private static let codenames: [String: String] = [
        "10": "buster", "11": "bullseye", "12": "bookworm", "13": "trixie", "14": "forky",
        "20.04": "focal", "22.04": "jammy", "24.04": "noble", "25.04": "plucky", "25.10": "questing",
        "26.04": "resolute", "18.04": "bionic", "16.04": "xenial",
    ]
}
