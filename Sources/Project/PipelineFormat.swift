import Diagnostics
import Git

/// A CI system whose files are read.
struct PipelineFormat: Sendable {
    /// Bytes of a file's name, or of a folder's path relative to the root.
    typealias Name = UnsafeBufferPointer<UInt8>

    /// Whether a file in YAML is one of the system's, by its name and its folder.
    let isFile: @Sendable (_ name: Name, _ folder: Name) -> Bool
    /// What the project's list of statements calls its files.
    var kind = Statement.Kind.script
    /// Whether a text is worth reading: it names a builder of images, or a file that may.
    var mayBuild: @Sendable ([UInt8]) -> Bool = mentionsBuilders
    /// What a file's documents state, with a pipeline of it that is still empty.
    let read: @Sendable ([YAML], PipelineDraft, inout WorkBudget) -> StatedBuilds

    /// A system of whose files the first document counts.
    static func ofFirstDocument(
        isFile: @escaping @Sendable (_ name: Name, _ folder: Name) -> Bool,
        kind: Statement.Kind = .script,
        read: @escaping @Sendable (YAML, PipelineDraft, inout WorkBudget) -> StatedBuilds
    ) -> PipelineFormat {
        PipelineFormat(isFile: isFile, kind: kind) { documents, draft, work in
            documents.first.map { read($0, draft, &work) } ?? StatedBuilds()
        }
    }

    /// All of them. A further one is a reader in a file of its own, and a word here.
    static let all: [PipelineFormat] = [
        .gitHub, .gitLab, .circleCI, .azure, .gitea, .forgejo, .bitbucket, .drone, .woodpecker, .travis,
        .cloudBuild,
        .codeBuild, .buildkite, .tekton,
    ]

    static func of(name: Name, in folder: Name) -> PipelineFormat? {
        all.first { $0.isFile(name, folder) }
    }

    /// - Parameter path: relative to the root.
    static func of(_ path: String) -> PipelineFormat? {
        ReadCommits.withNameAndFolder(of: path) { of(name: $0, in: $1) }
    }

    /// Whether a file names what builds images: a program, an action, Azure's task `Docker`, kaniko.
    @Sendable static func mentionsBuilders(_ bytes: [UInt8]) -> Bool {
        ScriptReader.mentionsBuilders(bytes[...])
            || bytes.withUnsafeBufferPointer { buffer in
                ["Docker@", "kaniko", "build-push-action"].contains { buffer.contains(Array($0.utf8)) }
            }
    }
}

extension PipelineFormat {
    /// Whether a name tells of images: of a workflow or a template of elsewhere, which is not read.
    static func namesImages(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["docker", "container", "image", "kaniko", "buildah"].contains(where: name.contains)
    }
}

extension PipelineFormat.Name {
    /// As of a folder: the repository's root.
    var isRoot: Bool { isEmpty || equals(".") }

    /// ASCII letters of either case are equal.
    /// - Parameter text: in lower case.
    func holds(_ text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount
            && (0...(count - text.utf8CodeUnitCount)).contains {
                UnsafeBufferPointer(rebasing: self[$0...]).hasPrefix(text)
            }
    }

    /// As of a folder: whether it or one above it is called so.
    /// - Parameter name: in lower case.
    func hasPart(_ name: StaticString) -> Bool {
        count >= name.utf8CodeUnitCount
            && split(separator: UInt8(ascii: "/")).contains {
                UnsafeBufferPointer(rebasing: $0).equals(name)
            }
    }
}
