import Diagnostics
import Repository
import SourceText

extension BuildFileFormat {
    /// The image of a workspace of Gitpod.
    /// Source: gitpod.io/docs, ".gitpod.yml" (`image.file`, `image.context`: by itself the folder of the Dockerfile).
    static let gitpod = ofDocuments(
        isFile: { name, folder in name.equals(".gitpod.yml") && folder.isRoot },
        mayBuild: { $0.holds("image") }
    ) { documents, source, _, _ in
        var stated = StatedBuilds()
        guard let image = documents.first?["image"], let file = image["file"],
            let path = file.string.flatMap({ Paths.resolve($0, in: ".") })
        else { return stated }
        let context = Paths.resolve(image["context"]?.string ?? Paths.folder(of: path), in: ".")
        stated.builds = [
            StatedBuild(
                dockerfile: .path(path), context: context.map { .directory($0) } ?? .unknown, at: file,
                in: source)
        ]
        return stated
    }
}

extension BuildFileFormat {
    /// The image of a development container. Paths are relative to the file; the context is its folder by itself.
    /// Source: containers.dev, "Dev Container metadata reference" (`build.dockerfile`, `build.context`, `build.args`,
    /// `build.target`, `build.cacheFrom`, `build.options`; `dockerFile` and `context` of older files).
    static let devContainer = BuildFileFormat(
        isFile: { name, _ in
            name.equals("devcontainer.json") || name.equals(".devcontainer.json")
        },
        mayBuild: { $0.holds("ockerfile") || $0.holds("ockerFile") }
    ) { source, _, _ throws(YAMLError) in
        let yaml = try YAML.parse(withoutComments(source.bytes))
        let build = yaml["build"]
        guard let file = build?["dockerfile"] ?? build?["dockerFile"] ?? yaml["dockerFile"],
            let name = file.string
        else { return StatedBuilds() }
        func isTold(_ text: String) -> Bool { !text.contains("${") }
        let folder = Paths.folder(of: source.path)
        let written = (build?["context"] ?? yaml["context"])?.string ?? "."
        let context =
            isTold(written) ? Paths.resolve(written, in: folder).map { BuildSource.directory($0) } : nil
        var stated = StatedBuild(
            dockerfile: (isTold(name) ? Paths.resolve(name, in: folder) : nil).map { .path($0) }
                ?? .unknown("dockerfile: \(name)"),
            context: context ?? .unknown, at: file, in: source)
        stated.pass(build?["args"], isTold: isTold)
        if let target = build?["target"]?.string {
            if isTold(target) { stated.target = target } else { stated.unknownOptions.insert("target") }
        }
        let from = build?["cacheFrom"]
        stated.cacheFrom = (from?.sequence ?? [from].compactMap { $0 }).compactMap(\.string)
        // They are docker's own; which of them are there is not looked at.
        if build?["options"]?.sequence?.isEmpty == false {
            stated.mayHaveMore = true
            stated.mayPassMore = true
        }
        var result = StatedBuilds()
        result.builds = [stated]
        return result
    }

    /// JSON with blanks in place of its comments, so that all else stays where it is.
    static func withoutComments(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        var index = 0
        var isText = false
        while index < bytes.count {
            let byte = bytes[index]
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            if isText {
                if byte == UInt8(ascii: "\\") { index += 1 }
                isText = byte != UInt8(ascii: "\"")
            } else if byte == UInt8(ascii: "\"") {
                isText = true
            } else if byte == UInt8(ascii: "/"), next == UInt8(ascii: "/") || next == UInt8(ascii: "*") {
                let isLine = next == UInt8(ascii: "/")
                var isOpen = true
                while isOpen, index < bytes.count {
                    let byte = bytes[index]
                    if isLine {
                        isOpen = byte != 0x0A
                    } else if byte == UInt8(ascii: "*"), index + 1 < bytes.count,
                        bytes[index + 1] == UInt8(ascii: "/")
                    {
                        bytes[index] = 0x20
                        index += 1
                        isOpen = false
                    }
                    if bytes[index] != 0x0A { bytes[index] = 0x20 }
                    index += 1
                }
                continue
            }
            index += 1
        }
        return bytes
    }
}
