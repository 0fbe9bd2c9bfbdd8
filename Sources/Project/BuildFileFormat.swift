import Diagnostics
import Git
import Repository
import SourceText

/// A kind of file, of neither CI nor a shell, that states builds of images: what a tool for deployment or development is told.
struct BuildFileFormat: Sendable {
    typealias Name = UnsafeBufferPointer<UInt8>

    let isFile: @Sendable (_ name: Name, _ folder: Name) -> Bool
    /// Whether a text is worth reading.
    var mayBuild: @Sendable ([UInt8]) -> Bool = { _ in true }
    /// What a file states. It throws what is wrong with a file that is not as it should be.
    let read: @Sendable (SourceText, Snapshot, inout WorkBudget) throws(YAMLError) -> StatedBuilds

    /// All of them. A further one is a reader in a file of its own, and a word here.
    static let all: [BuildFileFormat] = [
        .packageScripts, .devContainer, .jenkinsfile, .skaffold, .tiltfile, .goReleaser, .heroku, .render,
        .railway, .fly, .rakefile, .kamal, .gitpod,
    ]

    static func of(name: Name, in folder: Name) -> BuildFileFormat? {
        guard let first = name.first else { return nil }
        // Few files of a tree get past here.
        switch first | 0x20 {
        case UInt8(ascii: "d"), UInt8(ascii: "f"), UInt8(ascii: "g"), UInt8(ascii: "h"), UInt8(ascii: "j"),
            UInt8(ascii: "p"), UInt8(ascii: "r"), UInt8(ascii: "s"), UInt8(ascii: "t"):
            break
        default:
            let mayBeRake = name[name.count - 1] | 0x20 == UInt8(ascii: "e") && name.hasSuffix(".rake")
            guard first == UInt8(ascii: ".") || mayBeRake else { return nil }
        }
        return all.first { $0.isFile(name, folder) }
    }

    /// - Parameter path: relative to the root.
    static func of(_ path: String) -> BuildFileFormat? {
        ReadCommits.withNameAndFolder(of: path) { of(name: $0, in: $1) }
    }

    /// A kind in YAML or JSON.
    /// - Parameter read: all documents.
    static func ofDocuments(
        isFile: @escaping @Sendable (_ name: Name, _ folder: Name) -> Bool,
        mayBuild: @escaping @Sendable ([UInt8]) -> Bool = { _ in true },
        read: @escaping @Sendable ([YAML], SourceText, Snapshot, inout WorkBudget) -> StatedBuilds
    ) -> BuildFileFormat {
        BuildFileFormat(isFile: isFile, mayBuild: mayBuild) { source, files, work throws(YAMLError) in
            read(try YAML.documents(source.bytes), source, files, &work)
        }
    }
}

extension StatedBuild {
    /// A build that a value of a file states.
    init(
        dockerfile: File, context: BuildSource, at yaml: YAML, in source: SourceText
    ) {
        self.init(
            dockerfile: dockerfile, context: context,
            statement: Statement(kind: .script, path: source.path, line: yaml.line))
        bytes = yaml.bytes(in: source)
    }

    /// An option of `docker build` that a tool passes on, in one word.
    mutating func take(flag: String, isTold: (String) -> Bool) {
        let parts = flag.split(separator: "=", maxSplits: 1).map(String.init)
        let value = parts.count == 2 ? parts[1] : nil
        switch parts.first {
        case "--platform":
            if let value, isTold(value) { platforms.append(value) } else { unknownOptions.insert("platform") }
        case "--target":
            if let value, isTold(value) { target = value } else { unknownOptions.insert("target") }
        case "--build-arg":
            let pair = value?.split(separator: "=", maxSplits: 1).map(String.init) ?? []
            guard let name = pair.first, isTold(name) else {
                mayPassMore = true
                return
            }
            args[name] = .some(pair.count == 2 && isTold(pair[1]) ? pair[1] : nil)
        case "--no-cache": noCache = value != "false"
        case "--cache-from": if let value { cacheFrom.append(value) }
        case "--cache-to": if let value { cacheTo.append(value) }
        // What changes no step.
        case "--pull", "--label", "--progress", "--network", "--provenance", "--sbom", "--rm", "--squash",
            "--quiet", "--load", "--push", "--layers", "--format", "--tls-verify", "--annotation":
            break
        default:
            mayHaveMore = true
            mayPassMore = true
        }
    }

    /// Build arguments of a mapping.
    /// - Parameter isTold: whether a text is the value, and no template.
    mutating func pass(_ yaml: YAML?, isTold: (String) -> Bool) {
        for (key, value) in yaml?.mapping ?? [] {
            guard let name = key.string, !name.isEmpty else { continue }
            // Without a value it is the environment's.
            let text = value.string
            args[name] = .some(text.flatMap { isTold($0) ? $0 : nil })
        }
    }
}
