import Diagnostics
import Repository
import SourceText

extension BuildFileFormat {
    /// The image of an application that Kamal deploys.
    /// Source: kamal-deploy.org/docs, "Builders" (`dockerfile`, `context`, `target`, `args`, `arch`; without a context, a clone
    /// of the repository) and "Configuration overview" (`config/deploy.yml`; a destination's file is merged over it).
    static let kamal = ofDocuments(
        isFile: { name, folder in
            name.hasPrefix("deploy.") && (name.hasSuffix(".yml") || name.hasSuffix(".yaml"))
                && (folder.equals("config") || folder.hasSuffix("/config"))
        },
        mayBuild: { $0.holds("servers") && $0.holds("image") }
    ) { documents, source, _, _ in
        var stated = StatedBuilds()
        guard let yaml = documents.first, yaml["service"] != nil, yaml["servers"] != nil,
            let image = yaml["image"]
        else { return stated }
        func isTold(_ text: String) -> Bool { !text.contains("<%") }
        let builder = yaml["builder"]
        // Buildpacks need no Dockerfile.
        if builder?["pack"] != nil { return stated }
        let root = Paths.folder(of: Paths.folder(of: source.path))
        let context = builder?["context"]?.string ?? "."
        let file = builder?["dockerfile"]
        let written = file?.string ?? "Dockerfile"
        let path = isTold(written) ? Paths.resolve(written, in: root) : nil
        let folder = isTold(context) ? Paths.resolve(context, in: root) : nil
        var build = StatedBuild(
            dockerfile: path.map { .path($0) } ?? .unknown("dockerfile: \(written)"),
            context: folder.map { .directory($0) } ?? .unknown, at: file ?? image, in: source)
        build.name = image.string.flatMap { isTold($0) ? $0 : nil }
        build.target = builder?["target"]?.string
        build.platforms = PipelineDraft.list(builder?["arch"]).compactMap(\.string).map { "linux/\($0)" }
        build.pass(builder?["args"], isTold: isTold)
        stated.builds = [build]
        return stated
    }
}
