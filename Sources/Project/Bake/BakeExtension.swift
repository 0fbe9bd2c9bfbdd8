import Diagnostics

/// `x-bake` of a compose file: what bake makes of a service's build, and Compose does not.
/// Sources: docs.docker.com, "Bake from Compose file", "Extension field with x-bake"; docker/buildx, `bake/compose.go`,
/// `composeExtTarget`.
struct BakeExtension {
    private let yaml: YAML
    private let base: StatedBuild
    private let statement: Statement
    private let bytes: Range<Int>
    private let folder: String
    private let root: String

    /// - Parameters:
    ///   - base: what the service says besides.
    ///   - bytes: of the key.
    ///   - folder: what its named contexts are relative to.
    init(
        _ yaml: YAML, of base: StatedBuild, at statement: Statement, bytes: Range<Int>, in folder: String,
        root: String
    ) {
        self.yaml = yaml
        self.base = base
        self.statement = statement
        self.bytes = bytes
        self.folder = folder
        self.root = root
    }

    /// The build as bake makes it.
    func build(_ environment: Interpolation, _ work: inout WorkBudget) -> StatedBuild {
        func texts(_ key: String) -> [String?] {
            guard let value = yaml[key] else { return [] }
            // A text is split at its blanks.
            let written =
                value.sequence?.compactMap(\.string)
                ?? value.string?.split(whereSeparator: \.isWhitespace).map(String.init) ?? []
            return written.map { environment.expand($0, &work) }
        }
        var build = base
        build.statement = statement
        build.bytes = bytes
        let names = [
            "cache-from": "cache-from", "cache-to": "cache-to", "tags": "tag",
            "no-cache-filter": "no-cache-filter", "no-cache": "no-cache", "pull": "pull",
        ]
        for (key, name) in names.sorted(by: { $0.key < $1.key }) {
            if name == "no-cache" || name == "pull", yaml[key] != nil {
                build.options.removeAll { $0.name == name }
            }
            for text in texts(key) {
                build.options.append(
                    BuildOption(
                        name: name, value: text, written: text ?? "", path: statement.path, bytes: bytes))
            }
        }
        for text in texts("platforms") {
            if let text {
                if !build.platforms.contains(text) { build.platforms.append(text) }
            } else {
                build.unknownOptions.insert("platform")
            }
        }
        build.cacheFrom += texts("cache-from").compactMap { $0 }
        build.cacheTo += texts("cache-to").compactMap { $0 }
        if let noCache = texts("no-cache").first { build.noCache = noCache == "true" }
        if ["cache-from", "cache-to", "no-cache"].contains(where: { texts($0).contains(nil) }) {
            build.mayHaveMore = true
        }
        for (key, value) in yaml["contexts"]?.mapping ?? [] {
            // The service's own names come first.
            guard let name = key.string, build.namedContexts[name] == nil else { continue }
            build.namedContexts[name] =
                value.string.flatMap { environment.expand($0, &work) }.map {
                    BuildSource($0, in: folder, root: root)
                } ?? .unknown
        }
        return build
    }
}
