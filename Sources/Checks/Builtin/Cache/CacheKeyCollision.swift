import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// The build output of two projects on one cache mount, because their targets happen to have one name.
struct CacheKeyCollision: ProjectCheck {
    static let id: CheckID = "cache-key-collision"
    let options: CheckOptions

    private struct Use {
        let path: String
        let context: String
        let mount: BuildOutline.CacheMount
    }

    func findings(in project: ProjectFacts) -> [Finding] {
        let outputs = Set(options.strings("folders"))
        var uses: [MountKey: [Use]] = [:]
        for (build, outline) in project.outlines {
            guard case .directory(let context) = build.context else { continue }
            for mount in outline.stages.flatMap(\.cacheMounts) where !mount.isOfManager {
                guard let key = mount.key, !key.isNamed, let target = mount.target.value,
                    let name = target.split(separator: "/").last, outputs.contains(String(name))
                else { continue }
                uses[key, default: []].append(Use(path: outline.path, context: context, mount: mount))
            }
        }
        return uses.sorted { $0.key.name < $1.key.name }.flatMap { key, uses -> [Finding] in
            guard let first = uses.first else { return [] }
            return uses.compactMap { use in
                // Two images of one source tree may share what they build on purpose.
                guard !isInside(use.context, first.context), !isInside(first.context, use.context),
                    let source = project.project.dockerfiles[use.path]
                else { return nil }
                return finding(use, first, key, in: source).sharing(remedy: "\(key.name) \(use.context)")
            }
        }
    }

    private func isInside(_ path: String, _ folder: String) -> Bool {
        folder == "." || path == folder || path.hasPrefix(folder + "/")
    }

    private func finding(_ use: Use, _ first: Use, _ key: MountKey, in source: SourceText) -> Finding {
        let name = use.context.split(separator: "/").last.map(String.init) ?? "project"
        let folder = use.mount.target.value?.split(separator: "/").last.map(String.init) ?? ""
        let isRelative = !key.name.hasPrefix("/")
        return finding(
            at: use.mount.range, in: source,
            message:
                "This mount and that of \(first.path):\(first.mount.line) are one folder on the builder, "
                + "`\(key.name)`, for what two projects build"
                + (isRelative ? "; a relative target is a key without its working directory." : "."),
            cost:
                "Each finds the other's files in its output: things are built again, or the wrong ones are used.",
            fix: Fix(
                "Give it a name of its own: id=\(name)-\(folder)",
                edits: []))
    }
}
