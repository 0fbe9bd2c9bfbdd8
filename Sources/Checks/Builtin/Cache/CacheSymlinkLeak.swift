import Diagnostics
import Dockerfile
import Facts
import SourceText

/// An install that links into a cache mount: the image keeps the links, and not what they lead to.
struct CacheSymlinkLeak: DockerfileCheck {
    static let id: CheckID = "cache-symlink-leak"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        var settings = LinkSettings()
        var project = PlugAndPlay.Project(of: build)
        return build.reachableStages.flatMap(\.steps).compactMap { step in
            for invocation in step.invocations where invocation.action == .install {
                if let leak = PlugAndPlay(invocation, in: step, of: &project) {
                    return finding(invocation, leak, in: build)
                }
                guard let linking = invocation.manager.linking, let index = invocation.cacheMounts.first,
                    invocation.defeats.isEmpty,
                    case .known(let value) = LinkMode(of: invocation, in: step).value
                else { continue }
                let links = value.map { $0.text.lowercased() == linking.linkValue.lowercased() }
                guard
                    links
                        ?? (linking.linksByDefault
                            && !settings.areGiven(for: invocation.manager, linking, in: step, of: build))
                else { continue }
                return finding(invocation, linking, value, step.mounts[index], in: build)
            }
            return nil
        }
    }

    private func finding(_ invocation: Invocation, _ leak: PlugAndPlay, in build: BuildFacts) -> Finding {
        finding(
            at: invocation.command.words[0].range, in: build.source,
            message:
                "`\(invocation.title)` leaves a .pnp.cjs that names archives in the mount at "
                + "`\(leak.mount.target.value ?? "")`, and the layer does not have them.",
            cost: "Every package is missing where the mount is: node ends at the first import.",
            fix: Fix(
                leak.isGlobal
                    ? "Keep the archives in the project, with the mount as yarn's mirror of them: "
                        + "`enableGlobalCache: false` in .yarnrc.yml. Or `nodeLinker: node-modules`, which unpacks them."
                    : "Mount yarn's mirror instead of the project's own cache: .yarn/berry/cache in the user's home."
            ))
    }

    private func finding(
        _ invocation: Invocation, _ linking: PackageManager.Linking, _ mode: LinkMode.Value?,
        _ mount: MountFacts, in build: BuildFacts
    ) -> Finding {
        let setting = linking.variable.map { "\($0)=" } ?? linking.flag.map { "\($0)=" } ?? ""
        return finding(
            at: mode?.range ?? invocation.command.words[0].range, in: build.source,
            message:
                "`\(invocation.title)` makes links into the mount at `\(mount.target.value ?? "")`, and the image "
                + "does not have what they lead to.",
            cost: "Every package is a dangling link: the image does not run.",
            fix: Fix(
                "Copy instead of linking: \(setting)\(linking.copyValue)",
                edits: edits(linking, mode, in: build),
                // A variable of the file is one for other steps and the container, too.
                mode?.range.map { invocation.command.range.contains($0.lowerBound) } == true ? .safe : .unsafe
            ))
    }

    /// The value alone, where it stands plainly at the end.
    private func edits(
        _ linking: PackageManager.Linking, _ mode: LinkMode.Value?, in build: BuildFacts
    ) -> [Edit] {
        guard let range = mode?.range, let place = build.source.range(of: linking.linkValue, atEndOf: range)
        else {
            return []
        }
        return [Edit(path: build.path, bytes: place, replacement: linking.copyValue)]
    }
}
