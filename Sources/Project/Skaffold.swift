import Diagnostics
import Repository
import SourceText

extension BuildFileFormat {
    /// The artifacts of skaffold, in profiles too. The context is relative to the file, the Dockerfile to the context.
    /// Source: skaffold.dev, "skaffold.yaml" (`build.artifacts`: `image`, `context`, `docker`, `kaniko`, `requires`); an
    /// artifact without a builder is docker's.
    static let skaffold = ofDocuments(
        isFile: { name, _ in name.hasPrefix("skaffold") && (name.hasSuffix(".yaml") || name.hasSuffix(".yml"))
        },
        mayBuild: { $0.holds("artifacts") }
    ) { documents, source, files, work in
        var stated = StatedBuilds()
        for document in documents where document["apiVersion"]?.string?.hasPrefix("skaffold/") ?? false {
            let profiles = document["profiles"]?.sequence ?? []
            for (build, isProfile) in [(document["build"], false)] + profiles.map({ ($0["build"], true) }) {
                let platforms = (build?["platforms"]?.sequence ?? []).compactMap(\.string)
                for artifact in build?["artifacts"]?.sequence ?? [] {
                    guard work.spend(), let read = skaffoldBuild(artifact, in: source, files, &work) else {
                        continue
                    }
                    var part = read
                    for index in part.builds.indices {
                        part.builds[index].isConditional = isProfile || part.builds[index].isConditional
                        if part.builds[index].platforms.isEmpty {
                            part.builds[index].platforms =
                                (artifact["platforms"]?.sequence ?? []).compactMap(\.string)
                        }
                        if part.builds[index].platforms.isEmpty { part.builds[index].platforms = platforms }
                    }
                    stated.append(part)
                }
            }
        }
        return stated
    }

    private static func skaffoldBuild(
        _ artifact: YAML, in source: SourceText, _ files: Snapshot, _ work: inout WorkBudget
    ) -> StatedBuilds? {
        var stated = StatedBuilds()
        let own = Paths.folder(of: source.path)
        func isTold(_ text: String) -> Bool { !text.contains("{{") && !text.contains("$") }
        let written = artifact["context"]?.string ?? "."
        let folder = isTold(written) ? Paths.resolve(written, in: own) : nil
        if let command = artifact["custom"]?["buildCommand"] {
            guard let script = command.script(in: source) else { return nil }
            return ScriptReader(files: files).read(
                script, in: source, folders: [folder, own].compactMap { $0 }, work: &work
            ).stated
        }
        let others = ["bazel", "jib", "ko", "buildpacks"]
        guard !others.contains(where: { artifact.key($0) != nil }), let name = artifact["image"] else {
            return nil
        }
        let docker = artifact["docker"] ?? artifact["kaniko"]
        let file = docker?["dockerfile"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "Dockerfile"
        let path = isTold(file) ? folder.flatMap { Paths.resolve(file, in: $0) } : nil
        var build = StatedBuild(
            dockerfile: path.map { .path($0) } ?? .unknown("dockerfile: \(file)"),
            context: folder.map { .directory($0) } ?? .unknown, at: name, in: source)
        build.name = name.string.flatMap { isTold($0) ? $0 : nil }
        build.pass(docker?["buildArgs"], isTold: isTold)
        for required in artifact["requires"]?.sequence ?? [] {
            // The image that another artifact made.
            if let alias = (required["alias"] ?? required["image"])?.string { build.args[alias] = .some(nil) }
        }
        if let target = docker?["target"]?.string {
            if isTold(target) { build.target = target } else { build.unknownOptions.insert("target") }
        }
        build.noCache = docker?["noCache"]?.bool ?? false
        build.cacheFrom = (docker?["cacheFrom"]?.sequence ?? []).compactMap(\.string)
        for flag in docker?["cliFlags"]?.sequence ?? [] {
            guard let text = flag.string else { continue }
            build.take(flag: text, isTold: isTold)
        }
        if artifact["kaniko"] != nil {
            build.builder = .kaniko
            for flag in docker?["flags"]?.sequence ?? [] {
                if let text = flag.string { build.take(flag: text, isTold: isTold) }
            }
        }
        stated.builds = [build]
        return stated
    }
}
