internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Git
internal import Project
internal import Repository

extension ImpactReport {
    /// Compares two states of a repository.
    ///
    /// git is run a fixed number of times, whatever the number of builds.
    package static func make(_ request: ImpactRequest) async throws(ImpactError) -> ImpactReport {
        var comparison: RepositoryComparison
        do {
            comparison = try await RepositoryComparison(request)
        } catch {
            throw .git(error)
        }
        return try await comparison.report()
    }
}

/// Two states of a repository, and what they do not have in common.
struct RepositoryComparison {
    let request: ImpactRequest
    let history: GitHistory
    let baseCommit: ObjectID
    /// The head, or what the work tree stands on.
    let headCommit: ObjectID
    /// In the order of the paths' bytes.
    var changes: [TreeChange]
    let status: WorkTreeStatus?
    /// The files of `headCommit`, which both sides stand on.
    var reference: Snapshot
    var base: Snapshot
    var head: Snapshot
    /// Symlinks of all that is compared.
    var links: Set<ContextPath>
    /// Where Dockerfiles and ignore files are read for both sides, in a replay of today's.
    var texts: Snapshot?
    /// Of Dockerfiles, of files that state builds and of ignore files.
    let blobs: BlobStore
    /// Paths that either side may have and that `Project.concerns`; where builds are named, their Dockerfiles.
    var concerning: [ContextPath]
    /// The keys themselves are wanted, and not only which differ.
    var needsKeys = false
    /// Stand for what differs between any two states.
    var marks = (base: "base", head: "head")
    var notes: [Note] = []
    /// Where the head's files were read for what they state.
    var headProject: Project?
    /// Dockerfiles that stand in compose files of the base; nil where those are the head's.
    var inlineAtBase: [String: InlineDockerfile]?
    /// The builds of the head, where another comparison has read them; after `report`, those of the base where they are
    /// known.
    var loaded: SideBuilds?

    init(_ request: ImpactRequest) async throws(GitError) {
        self.request = request
        var needsWorkTree = true
        var headName = "HEAD"
        if case .commit(let name) = request.head {
            headName = name
            needsWorkTree = false
        }
        let history: GitHistory
        let isLookedInto: ReadCommits.Test
        let read: ReadCommits
        var committed: [TreeChange] = []
        var status: WorkTreeStatus?
        var local: [TreeChange] = []
        do {
            history = try await GitHistory(
                holding: request.folder, environment: request.options.environment)
            if history.isBare, needsWorkTree { throw GitError.noWorkTree }
            // What no other answer is needed for is asked at once.
            let (head, base) = (headName, request.base)
            let isWorkTree = if case .workTree = request.head { true } else { false }
            let concerns = Self.isLookedInto(request, history)
            isLookedInto = concerns
            async let reading = history.read(
                [head] + (base.map { [$0] } ?? []), contentLimit: Limits.dockerfileBytes
            ) { concerns($0, $1) || Self.isRule($0, in: $1) }
            async let compared = history.changes(from: base ?? head, to: head)
            async let workTree = isWorkTree ? history.status() : nil
            read = try await reading
            headCommit = read.commits[0]
            if base != nil {
                baseCommit = read.commits[1]
                committed = try await compared
            } else if case .files = request.head {
                baseCommit = headCommit
            } else {
                baseCommit = try await history.defaultBase(for: headCommit.description)
                committed = try await history.changes(
                    from: baseCommit.description, to: headCommit.description)
            }
            switch request.head {
            case .workTree: status = try await workTree
            case .staged:
                let staged = try await history.stagedChanges(from: headCommit)
                local = staged.changes
                for path in staged.unmerged {
                    notes.append(
                        Note(
                            path: String(decoding: path, as: UTF8.self),
                            message:
                                "is in a merge conflict; nothing of it is staged, and it counts as changed"))
                }
            case .commit: break
            case .files(let paths):
                local = paths.map { path in
                    let prefix = history.root + "/"
                    let relative = path.hasPrefix(prefix) ? String(path.dropFirst(prefix.utf8.count)) : path
                    let clean = ContainerPath.clean("/" + relative).dropFirst()
                    return TreeChange(
                        path: Array(clean.utf8), base: nil, head: TreeEntry(kind: .file, id: nil))
                }
            }
        } catch {
            throw error as? GitError ?? .failed(command: "diff", message: "\(error)")
        }
        self.history = history
        self.status = status
        let files = WorkTreeFiles(root: history.root)
        if let status { local += try await files.changes(status, history) }
        var merged = Dictionary(committed.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
        if needsWorkTree, history.includesConfiguration {
            notes.append(
                Note(
                    path: nil,
                    message:
                        "git's configuration of this repository includes other files, which are not read: a file whose line "
                        + "ends they let git convert counts as changed once it was written anew"))
        }
        if case .files = request.head { notes += Self.notes(onNamed: local, read.tree, history.root) }
        for change in local {
            let before = merged[change.path].map(\.base) ?? read.tree.entry(change.path)
            merged[change.path] = TreeChange(path: change.path, base: before, head: change.head)
        }
        if request.hasGitFolder, history.hasGitFolder {
            let isStaged =
                status?.changes.contains { $0.index != $0.head }
                ?? (local.isEmpty ? false : { if case .staged = request.head { true } else { false } }())
            for change in Self.gitFolderChanges(baseCommit, headCommit, isStaged: isStaged) {
                merged[change.path] = change
            }
        }
        let all = merged.values.sorted { $0.path.lexicographicallyPrecedes($1.path) }
        let absent = Self.absentSubmodules(read.submodules, all, history)
        changes = all.filter { change in
            if change.base?.kind == .submodule, change.head?.kind == .submodule,
                absent.contains(ContextPath(bytes: change.path))
            {
                return false
            }
            return change.base != change.head || change.head.map { $0.id == nil } ?? false
        }
        // Symlinks lead COPY sources to other files: what they say is needed on both sides.
        var linked = read.symlinks.map { (ContextPath(bytes: $0.path), $0.id) }
        for change in all {
            for entry in [change.base, change.head] {
                if entry?.kind == .symlink, let id = entry?.id {
                    linked.append((ContextPath(bytes: change.path), id))
                }
            }
        }
        let blobs = BlobStore(history, known: read.contents)
        self.blobs = blobs
        let (concerning, ids) = Self.concerning(read.noted, all, isLookedInto)
        self.concerning = concerning
        try await blobs.fetch(linked.map(\.1) + ids)
        var targets: [ContextPath: [ObjectID: [UInt8]]] = [:]
        for link in linked { targets[link.0, default: [:]][link.1] = blobs.bytes(link.1) ?? [] }
        var baseLinks: [ContextPath: [UInt8]] = [:]
        var headLinks: [ContextPath: [UInt8]] = [:]
        let overridden = Dictionary(all.map { (ContextPath(bytes: $0.path), $0) }, uniquingKeysWith: { $1 })
        for (path, byID) in targets {
            let listed = read.tree.entry(path.bytes)
            let before = overridden[path].map(\.base) ?? listed
            let after = overridden[path].map(\.head) ?? listed
            if before?.kind == .symlink, let id = before?.id { baseLinks[path] = byID[id] }
            if after?.kind == .symlink, let id = after?.id { headLinks[path] = byID[id] }
        }
        for change in all where change.head?.kind == .symlink && change.head?.id == nil {
            headLinks[ContextPath(bytes: change.path)] = files.linkText(change.path) ?? []
        }
        var commitLinks: [ContextPath: [UInt8]] = [:]
        for file in read.symlinks {
            let path = ContextPath(bytes: file.path)
            commitLinks[path] = targets[path]?[file.id]
        }
        let submodules = read.submodules.map { ContextPath(bytes: $0.path) }
        let isHeadOnDisk = needsWorkTree
        func snapshot(
            _ linkTexts: [ContextPath: [UInt8]], isOnDisk: Bool = false, _ side: ((TreeChange) -> TreeEntry?)?
        ) -> Snapshot {
            var changes: [ContextPath: TreeEntry?] = [:]
            for change in side == nil ? [] : all {
                let entry = side?(change)
                if entry != read.tree.entry(change.path) {
                    changes[ContextPath(bytes: change.path)] = .some(entry)
                }
            }
            return Snapshot(
                root: history.root, commit: read.tree, blobs: isOnDisk ? nil : blobs, submodules: submodules,
                changes: changes, linkTexts: linkTexts,
                absentSubmodules: absent)
        }
        reference = snapshot(commitLinks, nil)
        base = snapshot(baseLinks, \.base)
        head = snapshot(headLinks, isOnDisk: isHeadOnDisk, \.head)
        links = Set(base.symlinks + head.symlinks)
        for path in status?.unmerged ?? [] {
            notes.append(
                Note(
                    path: String(decoding: path, as: UTF8.self),
                    message:
                        "is in a merge conflict; its file in the work tree counts, with the conflict in it"))
        }
    }

    /// A submodule without its files is an empty folder to a build. Without a work tree, they are taken to be there.
    static func absentSubmodules(
        _ submodules: [ReadCommits.File], _ changes: [TreeChange], _ history: GitHistory
    ) -> Set<ContextPath> {
        if history.isBare { return [] }
        let changed = changes.filter { $0.base?.kind == .submodule || $0.head?.kind == .submodule }
        return WorkTreeFiles(root: history.root).absent(submodules.map(\.path) + changed.map(\.path))
    }

    /// What a commit changes in `.git`.
    static func gitFolderChanges(_ base: ObjectID, _ head: ObjectID, isStaged: Bool = false)
        -> [TreeChange]
    {
        [".git/HEAD", ".git/index", ".git/logs/HEAD", ".git/objects/00/0", ".git/refs/heads/x"].map { path in
            let isIndex = isStaged && path == ".git/index"
            return TreeChange(
                path: Array(path.utf8), base: TreeEntry(kind: .file, id: base),
                head: TreeEntry(kind: .file, id: isIndex ? nil : head))
        }
    }

    /// What there is to say of files that were named and are no files of the commit.
    static func notes(onNamed changes: [TreeChange], _ tree: CommitTree, _ root: String) -> [Note] {
        changes.compactMap { change in
            guard tree.entry(change.path) == nil else { return nil }
            let message: String
            if tree.isFolder(change.path)
                || Snapshot(onDisk: root).isFolder(String(decoding: change.path, as: UTF8.self))
            {
                message = "is a folder, and `--files` takes files: none of those in it counts as changed"
            } else if WorkTreeFiles(root: root).kind(change.path) == nil {
                message = "is not there: it is taken as new"
            } else {
                message = "is not in the commit: it is taken as new"
            }
            return Note(path: String(decoding: change.path, as: UTF8.self), message: message)
        }
    }

    /// Whether a path may be of a file that states builds, or of a Dockerfile; where builds are named, of theirs.
    static func isLookedInto(_ request: ImpactRequest, _ history: GitHistory) -> ReadCommits.Test {
        let named = [request.build, request.buildAtBase, request.namedBuild?.build(in: history.root)]
            .compactMap { $0?.dockerfile.utf8Array }
        if named.isEmpty { return Project.concerns }
        return { name, folder in
            named.contains {
                ReadCommits.isTrue({ $0.elementsEqual(name) && $1.elementsEqual(folder) }, of: $0)
            }
        }
    }

    /// The files that are looked into: what states builds, Dockerfiles, and what decides which files a context has.
    /// - Parameter concerns: whether a file is one of the former two.
    /// - Returns: the paths of these, and the objects of all that changed on both sides; the others came with the commit.
    static func concerning(
        _ noted: [ReadCommits.File], _ changes: [TreeChange], _ concerns: ReadCommits.Test
    ) -> (paths: [ContextPath], objects: [ObjectID]) {
        var paths: Set<ContextPath> = []
        var objects: [ObjectID?] = []
        for file in noted where ReadCommits.isTrue(concerns, of: file.path) {
            paths.insert(ContextPath(bytes: file.path))
        }
        for change in changes {
            let isOne = ReadCommits.isTrue(concerns, of: change.path)
            if isOne { paths.insert(ContextPath(bytes: change.path)) }
            guard isOne || ReadCommits.isTrue(isRule, of: change.path) else { continue }
            objects += [change.base, change.head].map { $0?.kind == .submodule ? nil : $0?.id }
        }
        return (paths.sorted(), objects.compactMap { $0 })
    }

    /// A file that decides which files a context has, or how git keeps them.
    static func isRule(
        _ name: UnsafeBufferPointer<UInt8>, in folder: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        name.last == UInt8(ascii: "e") && name.suffix(12).elementsEqual("dockerignore".utf8)
            || folder.isEmpty && name.elementsEqual(attributesFile.bytes)
    }

}
