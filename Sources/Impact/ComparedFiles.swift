internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Git
internal import Project
internal import Repository
internal import SourceText

extension RepositoryComparison {
    func tree(_ side: ContextComparison.SideName) -> Snapshot { side == .base ? base : head }

    /// What has the Dockerfiles and ignore files of a side.
    func textTree(_ side: ContextComparison.SideName) -> Snapshot { texts ?? tree(side) }

    static let attributesFile = ContextPath(".gitattributes")

    /// What stands at a path, symlinks of the last name followed once.
    func resolvedEntry(_ path: String, _ tree: Snapshot) -> TreeEntry? {
        let place = ContextPath(path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
        let entry = tree.entry(place)
        let whole = ContextTree(snapshot: tree, root: .root)
        guard entry == nil || entry?.kind == .symlink, whole.mayHoldSymlinks else { return entry }
        guard case .success(let target) = resolve(place, in: whole) else { return nil }
        return tree.entry(target)
    }

    /// Where a link leads; nil for what is none.
    static func target(of link: ContextPath, in tree: Snapshot) -> ContextPath? {
        guard let target = tree.linkText(link), let parent = link.parent else { return nil }
        let joined = ContainerPath.clean(
            "/" + parent.description + "/" + String(decoding: target, as: UTF8.self))
        return ContextPath(String(joined.dropFirst()))
    }

    /// - Returns: nil where the side has no such file.
    func bytes(_ path: String, _ side: ContextComparison.SideName) -> [UInt8]? {
        let tree = textTree(side)
        guard let entry = resolvedEntry(path, tree) else { return nil }
        if let bytes = tree.replacement(of: path) { return bytes }
        if let id = entry.id, let bytes = blobs.bytes(id) { return bytes }
        guard side == .head, isHeadOnDisk else { return nil }
        return try? head.read(path, limit: Limits.dockerfileBytes)
    }

    /// What several builds have in common.
    struct Shared {
        var contexts: [String: ContextComparison] = [:]
        var parsed: [Text: ParsedDockerfile] = [:]
        var ignoreFiles: [Text: DockerIgnoreFile] = [:]
        /// Builds that others stand on, by their names on both sides.
        var made: [String: Sides] = [:]
        var making: Set<String> = []
        var depth = 0
        /// All paths that differ, but for what git keeps in its folder.
        private(set) lazy var changedPaths = Set(
            changes.lazy.map { String(decoding: $0.path, as: UTF8.self) }.filter { !$0.hasPrefix(".git/") })
        private let changes: [TreeChange]
        /// What a file that states builds may take values from and differs, by its path.
        var deciders: [String: String?] = [:]
        /// What stays the same from one comparison to the next, in a replay of today's Dockerfiles.
        var kept: Kept?

        init(_ changes: [TreeChange]) { self.changes = changes }

        /// For the next comparison of a replay.
        init(_ changes: [TreeChange], after last: Shared) {
            self.changes = changes
            parsed = last.parsed
            ignoreFiles = last.ignoreFiles
            kept = last.kept
        }

        /// A file that git has.
        struct Text: Hashable {
            let path: String
            let id: ObjectID
        }
    }

    /// By names of builds and of contexts.
    struct Kept {
        var definitions: [String: Result<Definition, NotPredicted>] = [:]
        var runs: [String: RunFacts] = [:]
        /// The names of what other builds make.
        var made: [String: Set<String>] = [:]
        /// Contexts of `reference`.
        var commons: [String: ContextKeys] = [:]
        /// Of the base of the last comparison that had to make them; nothing that the build reads has changed since.
        var keys: [String: (side: BuildSide, keys: StepKeys)] = [:]
        var comparisons: [String: KnownComparisons] = [:]
        var ignoreFiles: [String: DockerIgnoreFile?] = [:]
    }

    func ignoreFile(
        _ folder: String, dockerfile: String?, _ side: ContextComparison.SideName, _ shared: inout Shared
    ) -> DockerIgnoreFile? {
        let name = "\(folder)\u{0}\(dockerfile ?? "")"
        if let known = shared.kept?.ignoreFiles[name] { return known }
        let found = readIgnoreFile(folder, dockerfile: dockerfile, side, &shared)
        shared.kept?.ignoreFiles[name] = .some(found)
        return found
    }

    private func readIgnoreFile(
        _ folder: String, dockerfile: String?, _ side: ContextComparison.SideName, _ shared: inout Shared
    ) -> DockerIgnoreFile? {
        func read(_ path: String, _ kind: DockerIgnoreFile.Kind) -> DockerIgnoreFile? {
            guard let entry = resolvedEntry(path, textTree(side)) else { return nil }
            let text = entry.id.map { Shared.Text(path: path, id: $0) }
            if let text, let known = shared.ignoreFiles[text] { return known }
            guard let bytes = bytes(path, side) else { return nil }
            let made = DockerIgnoreFile(source: SourceText(path: path, bytes: bytes), kind: kind)
            if let text { shared.ignoreFiles[text] = made }
            return made
        }
        return dockerfile.flatMap { read($0 + ".dockerignore", .ofDockerfile) }
            ?? read(folder == "." ? ".dockerignore" : folder + "/.dockerignore", .ofContext)
    }

    /// - Parameter before: the folder and Dockerfile at the base; nil where there was none.
    func context(
        _ folder: String, dockerfile: String?, before: (folder: String, dockerfile: String?)?,
        _ shared: inout Shared
    ) -> ContextComparison {
        let headIgnore = ignoreFile(folder, dockerfile: dockerfile, .head, &shared)
        let baseIgnore = before.flatMap { ignoreFile($0.folder, dockerfile: $0.dockerfile, .base, &shared) }
        let name = [
            folder, headIgnore?.path ?? "", before?.folder ?? "\u{0}", baseIgnore?.path ?? "",
        ].joined(separator: "\u{1}")
        if let known = shared.contexts[name] { return known }
        func keys(_ snapshot: Snapshot, _ folder: String, _ ignoreFile: DockerIgnoreFile?, _ mark: String)
            -> ContextKeys
        {
            ContextKeys(
                snapshot, root: folder == "." ? .root : ContextPath(folder), ignoreFile: ignoreFile,
                name: name, mark: mark, links: links)
        }
        var before = before.map { keys(base, $0.folder, baseIgnore, marks.base) }
        var now = keys(head, folder, headIgnore, marks.head)
        let isComparable = before.map { shared.kept != nil || $0.hasRules(of: now) }
        if isComparable ?? true {
            let common = shared.kept?.commons[name] ?? keys(reference, folder, headIgnore, "")
            shared.kept?.commons[name] = common
            before = before?.standing(on: common)
            now = now.standing(on: common)
        }
        let made = ContextComparison(
            base: before, head: now, isComparable: isComparable ?? false, changes: changes)
        shared.contexts[name] = made
        return made
    }

}
