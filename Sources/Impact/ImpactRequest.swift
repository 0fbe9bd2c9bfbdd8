internal import BuildContext
internal import Diagnostics
internal import Dockerfile
package import Git
package import Project
internal import Repository
internal import SourceText

/// What to compare, and for which builds.
package struct ImpactRequest: Sendable {
    package enum Head: Sendable {
        case workTree
        case staged
        case commit(String)
        /// "What if these change": absolute paths, or relative to the repository's root.
        case files([String])
    }

    /// An absolute path in the repository.
    package var folder: String
    /// A commit; nil for the merge base with the upstream's default branch (for `files`: HEAD).
    package var base: String?
    package var head: Head
    /// The one build to examine; nil for those that the repository states.
    package var build: Build?
    /// What `build` was at the base, where it was another.
    package var buildAtBase: Build?
    /// The one build to examine, as a command line names it.
    package var namedBuild: NamedBuild?
    /// Names, Dockerfiles or folders of builds; empty for all.
    package var names: [String] = []
    /// The steps of builds that the change does not reach are told too.
    package var allSteps = false
    /// The context is a checkout with its `.git`; false for builds that get their context from git.
    package var hasGitFolder = true
    package var options: LoadOptions

    /// A build by its Dockerfile; absolute paths.
    package struct NamedBuild: Sendable {
        package let dockerfile: String
        /// nil for the Dockerfile's folder.
        package let context: String?
        package let target: String?
        package let args: [String: String?]
        /// Name, and a folder (absolute) or an address.
        package let contexts: [(name: String, place: String)]

        package init(
            dockerfile: String, context: String?, target: String?, args: [String: String?],
            contexts: [(name: String, place: String)]
        ) {
            self.dockerfile = dockerfile
            self.context = context
            self.target = target
            self.args = args
            self.contexts = contexts
        }

        /// - Parameter root: of the repository, absolute, without links.
        /// - Returns: nil where the Dockerfile is not in it.
        func build(in root: String) -> Build? {
            func relative(_ path: String) -> String? {
                Paths.relative(ContainerPath.clean(realPath(path) ?? path), to: root)
            }
            func source(_ place: String) -> BuildSource {
                if place.contains("://") { return .elsewhere(place) }
                return relative(place).map { .directory($0) } ?? .elsewhere(place)
            }
            guard let path = relative(dockerfile) else { return nil }
            let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            return Build(
                name: path, dockerfile: path, context: context.map(source) ?? .directory(folder),
                target: target, args: args,
                namedContexts: Dictionary(
                    contexts.map { ($0.name, source($0.place)) }, uniquingKeysWith: { $1 }))
        }
    }

    package init(folder: String, base: String? = nil, head: Head = .workTree, options: LoadOptions) {
        self.folder = folder
        self.base = base
        self.head = head
        self.options = options
    }
}

/// `A..B` of git: two commits.
package struct RevisionRange {
    /// `HEAD` where it is left out, as is `head`.
    package let base: String
    package let head: String

    /// - Returns: nil for what is no such range; `A...B` is another.
    package init?(_ text: String) {
        let parts = text.split(separator: "..", omittingEmptySubsequences: false)
        guard parts.count == 2, !text.contains("...") else { return nil }
        func name(_ part: Substring) -> String { part.isEmpty ? "HEAD" : String(part) }
        base = name(parts[0])
        head = name(parts[1])
    }
}

/// Why no comparison was made.
package enum ImpactError: Error, Sendable, CustomStringConvertible {
    case git(GitError)
    case project(LoadError)
    /// A path of the command line that is not in the repository.
    case outside(String)
    /// A context of the command line that is not there.
    case noFolder(String)
    /// No build of that name, with the names that there are, and the options that may have been meant.
    case unknownBuild(String, known: [String], meant: String?)

    package var description: String {
        switch self {
        case .git(let error): error.description
        case .project(let error): error.description
        case .outside(let path): "\(path) is not in this repository"
        case .noFolder(let path): "\(path): there is no such folder"
        case .unknownBuild(let name, let known, let meant):
            "there is no build `\(name)`"
                + ((meant ?? closestMatch(to: name, among: known)).map { "; did you mean \($0)?" }
                    ?? (known.isEmpty ? " and no other" : "; `clm-doctor builds` lists them"))
        }
    }
}
