internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Facts
package import Git
package import Project
internal import SourceText

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

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
                var path = path
                if let real = realpath(path, nil) {
                    path = String(cString: real)
                    free(real)
                }
                path = ContainerPath.clean(path)
                if path == root { return "." }
                return path.hasPrefix(root + "/") ? String(path.dropFirst(root.utf8.count + 1)) : nil
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
    private let request: ImpactRequest
    let history: GitHistory
    private let baseCommit: ObjectID
    /// The head, or what the work tree stands on.
    let headCommit: ObjectID
    /// In the order of the paths' bytes.
    private var changes: [TreeChange]
    private let status: WorkTreeStatus?
    /// The files of `headCommit`, which both sides stand on.
    private let reference: Snapshot
    private var base: Snapshot
    private var head: Snapshot
    /// Where Dockerfiles and ignore files are read for both sides, in a replay: there they are today's.
    private var texts: Snapshot?
    /// Of Dockerfiles, of files that state builds and of ignore files.
    private let blobs: BlobStore
    /// Paths that either side may have and that `Project.concerns`; where builds are named, their Dockerfiles.
    private let concerning: [ContextPath]
    private var notes: [Note] = []
    /// Where the head's files were read for what they state.
    private var headProject: Project?
    private let headReads = ReadPaths()

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
        if let status { local += try await Self.workTreeChanges(status, history) }
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
        var links = read.symlinks.map { (ContextPath(bytes: $0.path), $0.id) }
        for change in all {
            for entry in [change.base, change.head] {
                if entry?.kind == .symlink, let id = entry?.id {
                    links.append((ContextPath(bytes: change.path), id))
                }
            }
        }
        let blobs = BlobStore(history, known: read.contents)
        self.blobs = blobs
        let (concerning, ids) = Self.concerning(read.noted, all, isLookedInto)
        self.concerning = concerning
        try await blobs.fetch(links.map(\.1) + ids)
        var targets: [ContextPath: [ObjectID: [UInt8]]] = [:]
        for link in links { targets[link.0, default: [:]][link.1] = blobs.bytes(link.1) ?? [] }
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
            headLinks[ContextPath(bytes: change.path)] = Self.linkText(history.root, change.path) ?? []
        }
        var commitLinks: [ContextPath: [UInt8]] = [:]
        for file in read.symlinks {
            let path = ContextPath(bytes: file.path)
            commitLinks[path] = targets[path]?[file.id]
        }
        let submodules = read.submodules.map { ContextPath(bytes: $0.path) }
        func snapshot(_ linkTexts: [ContextPath: [UInt8]], _ side: ((TreeChange) -> TreeEntry?)?) -> Snapshot
        {
            var changes: [ContextPath: TreeEntry?] = [:]
            for change in side == nil ? [] : all {
                let entry = side?(change)
                if entry != read.tree.entry(change.path) {
                    changes[ContextPath(bytes: change.path)] = .some(entry)
                }
            }
            return Snapshot(
                commit: read.tree, submodules: submodules, changes: changes, linkTexts: linkTexts,
                absentSubmodules: absent)
        }
        reference = snapshot(commitLinks, nil)
        base = snapshot(baseLinks, \.base)
        head = snapshot(headLinks, \.head)
        for path in status?.unmerged ?? [] {
            notes.append(
                Note(
                    path: String(decoding: path, as: UTF8.self),
                    message:
                        "is in a merge conflict; its file in the work tree counts, with the conflict in it"))
        }
    }

    /// What a commit changes in `.git`.
    private static func gitFolderChanges(_ base: ObjectID, _ head: ObjectID, isStaged: Bool = false)
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
    private static func notes(onNamed changes: [TreeChange], _ tree: CommitTree, _ root: String) -> [Note] {
        changes.compactMap { change in
            guard tree.entry(change.path) == nil else { return nil }
            let message: String
            if tree.isFolder(change.path)
                || ProjectFiles(root: root).isFolder(
                    String(decoding: change.path, as: UTF8.self))
            {
                message = "is a folder, and `--files` takes files: none of those in it counts as changed"
            } else if kind(root, change.path) == nil {
                message = "is not there: it is taken as new"
            } else {
                message = "is not in the commit: it is taken as new"
            }
            return Note(path: String(decoding: change.path, as: UTF8.self), message: message)
        }
    }

    /// Whether a path may be of a file that states builds, or of a Dockerfile; where builds are named, of theirs.
    private static func isLookedInto(_ request: ImpactRequest, _ history: GitHistory) -> ReadCommits.Test {
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
    private static func concerning(
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
    private static func isRule(
        _ name: UnsafeBufferPointer<UInt8>, in folder: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        name.last == UInt8(ascii: "e") && name.suffix(12).elementsEqual("dockerignore".utf8)
            || folder.isEmpty && name.elementsEqual(attributesFile.bytes)
    }

    // MARK: - The work tree

    /// What differs from HEAD, with object names where a file could after all be what the base has.
    private static func workTreeChanges(_ status: WorkTreeStatus, _ history: GitHistory)
        async throws(GitError)
        -> [TreeChange]
    {
        var changes: [TreeChange] = []
        var unread: [(path: [UInt8], base: TreeEntry?, kind: TreeEntry.Kind)] = []
        for change in status.changes {
            if let entry = change.workTree, entry.id == nil, entry.kind == .file || entry.kind == .executable
            {
                unread.append((change.path, change.head, entry.kind))
            } else {
                changes.append(TreeChange(path: change.path, base: change.head, head: change.workTree))
            }
        }
        for path in status.untracked where path.last != UInt8(ascii: "/") {
            guard let kind = kind(history.root, path) else { continue }
            if kind == .symlink {
                changes.append(TreeChange(path: path, base: nil, head: TreeEntry(kind: kind, id: nil)))
            } else {
                unread.append((path, nil, kind))
            }
        }
        // A repository of its own in the tree: what a submodule is, before anybody has made it one.
        for path in status.untracked where path.last == UInt8(ascii: "/") {
            changes.append(
                TreeChange(
                    path: Array(path.dropLast()), base: nil, head: TreeEntry(kind: .submodule, id: nil)))
        }
        // Reading a large file takes longer than it is worth: it counts as one that nobody has.
        let firstSmall = unread.partition { isSmall(history.root, $0.path) }
        for file in unread[..<firstSmall] {
            changes.append(
                TreeChange(path: file.path, base: file.base, head: TreeEntry(kind: file.kind, id: nil)))
        }
        let small = unread[firstSmall...]
        for (file, id) in zip(small, try await history.objectIDs(of: small.map(\.path))) {
            let entry = TreeEntry(kind: file.kind, id: id)
            // git was told not to look, and it is the same.
            if id != nil, file.base == entry { continue }
            changes.append(TreeChange(path: file.path, base: file.base, head: entry))
        }
        return changes
    }

    private static func absolute(_ root: String, _ path: [UInt8]) -> [CChar] {
        (Array(root.utf8) + [UInt8(ascii: "/")] + path + [0]).map { CChar(bitPattern: $0) }
    }

    private static func kind(_ root: String, _ path: [UInt8]) -> TreeEntry.Kind? {
        var status = stat()
        guard lstat(absolute(root, path), &status) == 0 else { return nil }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: status.st_mode & 0o100 == 0 ? .file : .executable
        case S_IFLNK: .symlink
        default: nil
        }
    }

    private static func isSmall(_ root: String, _ path: [UInt8]) -> Bool {
        var status = stat()
        return lstat(absolute(root, path), &status) == 0 && status.st_size <= Limits.hashedFileBytes
    }

    private static func linkText(_ root: String, _ path: [UInt8]) -> [UInt8]? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(absolute(root, path), &buffer, buffer.count)
        return count < 0 ? nil : buffer[..<count].map { UInt8(bitPattern: $0) }
    }

    /// A submodule without its files is an empty folder to a build. Without a work tree, they are taken to be there.
    private static func absentSubmodules(
        _ submodules: [ReadCommits.File], _ changes: [TreeChange], _ history: GitHistory
    ) -> Set<ContextPath> {
        if history.isBare { return [] }
        var paths = submodules.map(\.path)
        paths += changes.filter { $0.base?.kind == .submodule || $0.head?.kind == .submodule }.map(\.path)
        return Set(
            paths.filter { path in
                var status = stat()
                return lstat(absolute(history.root, path + Array("/.git".utf8)), &status) != 0
            }.map { ContextPath(bytes: $0) })
    }

    // MARK: - Projects

    /// What a build is made of on one side, with its Dockerfile.
    private struct SideBuilds {
        var builds: [Build]
        /// Paths of the Dockerfiles that a snapshot or the work tree has.
        var dockerfiles: [String: SourceText]
        var makers = BuildMakers()
    }

    mutating func report() async throws(ImpactError) -> ImpactReport {
        let headBuilds: SideBuilds
        let baseBuilds: SideBuilds?
        if let named = request.namedBuild {
            guard let build = named.build(in: history.root) else { throw .outside(named.dockerfile) }
            for case .directory(let folder) in [build.context] + Array(build.namedContexts.values)
            where !isFolder(folder) {
                throw .noFolder(folder)
            }
            headBuilds = SideBuilds(builds: [build], dockerfiles: [:])
            baseBuilds = headBuilds
        } else if let build = request.build {
            headBuilds = SideBuilds(builds: [build], dockerfiles: [:])
            baseBuilds = SideBuilds(builds: [request.buildAtBase ?? build], dockerfiles: [:])
        } else {
            headBuilds = try await builds(of: .head)
            // The same files state the builds on both sides, unless the change touches one of them.
            let linked = linkedStatements()
            let isTouched =
                changes.contains { change in
                    (ReadCommits.isTrue(Project.concerns, of: change.path) || linked.contains(change.path))
                        && !Self.isDockerfile(change.path, headBuilds)
                } || readsDiffer(besides: headBuilds)
            baseBuilds = isTouched ? try await builds(of: .base) : headBuilds
        }
        let chosen = try await select(headBuilds.builds)
        let pairing = BuildPairing(head: headBuilds.builds, base: baseBuilds?.builds ?? [])
        let pairs = chosen.map { build -> (build: Build, before: Build?) in
            if request.build != nil { return (build, baseBuilds?.builds.first) }
            return (build, pairing.before(build))
        }
        let makers = (base: baseBuilds?.makers ?? BuildMakers(), head: headBuilds.makers)
        var impacts: [BuildImpact]
        // Again where files had names that nobody foresaw: a Dockerfile that the command line names, one behind a link.
        var rounds = Limits.fetchingRounds
        repeat {
            let largeFiles = bytes(Self.attributesFile.description, .head).flatMap(
                LargeFiles.init(attributes:))
            let attributes = AttributeChanges(changes) { bytes($0, $1) }
            impacts = await self.impacts(of: pairs, makers, (largeFiles, attributes))
            rounds -= 1
            do { if try await !blobs.fetchMissed() { break } } catch { throw .git(error) }
        } while rounds > 0
        if blobs.hasMissed { notes.append(Self.unreadNote(.head)) }
        if request.names.isEmpty, let gone = baseBuilds?.builds {
            let now = Set(headBuilds.builds.map(\.dockerfile))
            for path in Set(gone.map(\.dockerfile)).subtracting(now).sorted() {
                notes.append(Note(path: path, message: "was built before, and is not any more"))
            }
        }
        let headName: ImpactReport.Head =
            switch request.head {
            case .workTree: .workTree
            case .staged: .staged
            case .commit: .commit(headCommit.description)
            case .files: .files
            }
        let unread = Set(notes.lazy.filter(\.isUnexamined).compactMap(\.path))
        let unreadChanges =
            unread.isEmpty
            ? [] : changes.map { String(decoding: $0.path, as: UTF8.self) }.filter(unread.contains)
        return ImpactReport(
            base: baseCommit.description, head: headName, builds: impacts, notes: notes,
            unreadChanges: unreadChanges)
    }

    /// Either side has it, or git does not know of it.
    private func isFolder(_ path: String) -> Bool {
        let place = path == "." ? ContextPath.root : ContextPath(path)
        if base.isFolder(place) || head.isFolder(place) { return true }
        return isHeadOnDisk && ProjectFiles(root: history.root).isFolder(path)
    }

    /// What links lead to whose names are those of files that state builds.
    private func linkedStatements() -> Set<[UInt8]> {
        Set(
            head.symlinks.compactMap { link in
                ReadCommits.isTrue(Project.concerns, of: link.bytes)
                    ? Self.target(of: link, in: head)?.bytes : nil
            })
    }

    /// Whether a file that was read for what the head states is another at the base: one that a statement names, or one
    /// behind links.
    private func readsDiffer(besides builds: SideBuilds) -> Bool {
        guard !changes.isEmpty else { return false }
        return headReads.all.contains { path in
            if builds.dockerfiles[path] != nil { return false }
            let (old, new) = (resolvedEntry(path, base), resolvedEntry(path, head))
            return old?.kind != new?.kind || old?.id != new?.id || old != nil && old?.id == nil
        }
    }

    private static func isDockerfile(_ path: [UInt8], _ builds: SideBuilds) -> Bool {
        builds.dockerfiles[String(decoding: path, as: UTF8.self)] != nil
    }

    private func select(_ builds: [Build]) async throws(ImpactError) -> [Build] {
        if request.names.isEmpty { return builds }
        var chosen: [Build] = []
        for name in request.names {
            let found = places(named: name).lazy.map { place in
                builds.filter { build in
                    build.name == name || place.isEmpty || build.dockerfile == place
                        || build.dockerfile.hasPrefix(place + "/")
                }
            }.first { !$0.isEmpty }
            guard let found else {
                throw .unknownBuild(name, known: builds.map(\.name), meant: await optionsMeant(by: name))
            }
            chosen += found.filter { build in !chosen.contains { $0.name == build.name } }
        }
        return chosen
    }

    /// What a path may stand for, relative to the root: it is relative to the folder that the command was started in, or
    /// to the root.
    private func places(named name: String) -> [String] {
        let inside = request.folder.hasPrefix(history.root + "/")
        let here = inside ? String(request.folder.dropFirst(history.root.utf8.count)) : ""
        return [here + "/" + name, "/" + name].map { String(ContainerPath.clean($0).dropFirst()) }
    }

    private func isThere(_ path: String) -> Bool { head.entry(ContextPath(path)) != nil }

    /// The options for a revision, or one more file, that stands where a build is to.
    /// - Returns: nil where it is neither.
    private func optionsMeant(by name: String) async -> String? {
        if case .files = request.head, places(named: name).contains(where: isThere) {
            return "--files …,\(name)"
        }
        if let range = RevisionRange(name) { return "--base \(range.base) --head \(range.head)" }
        return (try? await history.commit(name)).map { _ in "--base \(name)" }
    }

    /// The builds that one side states.
    private mutating func builds(of side: ContextComparison.SideName) async throws(ImpactError) -> SideBuilds
    {
        let project = try await project(side)
        if side == .head {
            notes += project.notes
            headProject = project
        }
        return SideBuilds(
            builds: project.builds, dockerfiles: project.dockerfiles,
            makers: BuildMakers(project.builds, project.buildStatements))
    }

    /// What one side holds of builds. git has told which files there are, so that no folder is searched.
    private mutating func project(_ side: ContextComparison.SideName) async throws(ImpactError) -> Project {
        let tree = tree(side)
        let listed = concerning.compactMap { path -> ListedFile? in
            guard let kind = tree.entry(path)?.kind, kind != .submodule else { return nil }
            return ListedFile(path: path.bytes, isLink: kind == .symlink)
        }
        let reads = side == .head ? headReads : nil
        var files = ProjectFiles(root: history.root, noting: reads)
        if side == .base || !isHeadOnDisk {
            let blobs = blobs
            files = ProjectFiles(
                root: history.root,
                state: RepositoryState(tree: ContextTree(snapshot: tree, root: .root)) { path in
                    tree.entry(path)?.id.flatMap { blobs.bytes($0) }
                }, noting: reads)
        }
        var options = request.options
        options.keepsParsed = side == .head
        // A file of an unforeseen name may name another one.
        var rounds = Limits.fetchingRounds
        while true {
            rounds -= 1
            let loaded: Result<Project, LoadError>
            do {
                loaded = .success(try await Project.load(listed, of: files, options: options))
            } catch {
                loaded = .failure(error)
            }
            do {
                if rounds > 0, try await blobs.fetchMissed() { continue }
            } catch { throw .git(error) }
            if blobs.hasMissed { notes.append(Self.unreadNote(side)) }
            do { return try loaded.get() } catch { throw .project(error) }
        }
    }

    private static func unreadNote(_ side: ContextComparison.SideName) -> Note {
        Note(
            path: nil,
            message: "too many files name each other in \(side == .base ? "the base" : "the head"): "
                + "what the last of them say of builds is not read")
    }

    /// The head is what the work tree has, with files that git ignores.
    private var isHeadOnDisk: Bool {
        switch request.head {
        case .workTree, .staged, .files: true
        case .commit: false
        }
    }

    // MARK: - Replay

    /// The builds of the head, once with each of these changes and nothing else: today's Dockerfiles and ignore files, over
    /// what each commit changed.
    /// - Parameter tally: takes in what becomes of the builds with one commit's changes.
    mutating func replay<Tally: Sendable>(
        _ commits: [HistoryCommit], into start: Tally,
        _ tally: @escaping @Sendable (inout Tally, [BuildImpact]) -> Void
    ) async throws(ImpactError) -> (parts: [Tally], notes: [Note]) {
        let builds = try await builds(of: .head)
        let pairs = try await select(builds.builds).map { (build: $0, before: Optional($0)) }
        let makers = (base: builds.makers, head: builds.makers)
        let attributes = (
            largeFiles: bytes(Self.attributesFile.description, .head).flatMap(LargeFiles.init(attributes:)),
            changes: AttributeChanges([]) { _, _ in nil }
        )
        let size = max(1, (commits.count + Self.partsOfHistory - 1) / Self.partsOfHistory)
        let comparison = self
        let parts = await commits.concurrentMap(inPartsOf: size) { part -> [Tally] in
            var sum = start
            for commit in part {
                let replayed = comparison.with(commit)
                var shared = Shared(replayed.changes)
                tally(
                    &sum,
                    pairs.map {
                        replayed.impact(of: $0.build, before: $0.before, makers, &shared, attributes)
                    })
            }
            return [sum]
        }
        return (parts, notes)
    }

    private static let partsOfHistory = 16

    /// The head, in which only the files that a commit changed differ between the two sides.
    private func with(_ commit: HistoryCommit) -> RepositoryComparison {
        var copy = self
        var changes = commit.changes.map { change in
            // What is there today was there on both sides: a commit that made or took away such a file is one to which
            // today's Dockerfile cannot apply, were the file to be missing.
            guard let today = head.entry(ContextPath(bytes: change.path)) else { return change }
            let (base, now) = (change.base?.id ?? .null, change.head?.id ?? .null)
            return TreeChange(
                path: change.path, base: TreeEntry(kind: today.kind, id: base),
                head: TreeEntry(kind: today.kind, id: base == now ? today.id : now))
        }
        if request.hasGitFolder, history.hasGitFolder {
            changes += Self.gitFolderChanges(.null, commit.id)
        }
        copy.changes = changes.sorted { $0.path.lexicographicallyPrecedes($1.path) }
        copy.texts = head
        func changed(_ side: (TreeChange) -> TreeEntry?) -> Snapshot {
            head.with(
                Dictionary(changes.map { (ContextPath(bytes: $0.path), side($0)) }, uniquingKeysWith: { $1 }))
        }
        (copy.base, copy.head) = (changed(\.base), changed(\.head))
        return copy
    }

    // MARK: - Files of builds

    private func tree(_ side: ContextComparison.SideName) -> Snapshot { side == .base ? base : head }

    /// What has the Dockerfiles and ignore files of a side.
    private func textTree(_ side: ContextComparison.SideName) -> Snapshot { texts ?? tree(side) }

    private static let attributesFile = ContextPath(".gitattributes")

    /// What stands at a path, symlinks of the last name followed once.
    private func resolvedEntry(_ path: String, _ tree: Snapshot) -> TreeEntry? {
        let place = ContextPath(path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
        let entry = tree.entry(place)
        let whole = ContextTree(snapshot: tree, root: .root)
        guard entry == nil || entry?.kind == .symlink, whole.mayHoldSymlinks else { return entry }
        guard case .success(let target) = resolve(place, in: whole) else { return nil }
        return tree.entry(target)
    }

    /// Where a link leads; nil for what is none.
    private static func target(of link: ContextPath, in tree: Snapshot) -> ContextPath? {
        guard let target = tree.linkText(link), let parent = link.parent else { return nil }
        let joined = ContainerPath.clean(
            "/" + parent.description + "/" + String(decoding: target, as: UTF8.self))
        return ContextPath(String(joined.dropFirst()))
    }

    /// - Returns: nil where the side has no such file.
    private func bytes(_ path: String, _ side: ContextComparison.SideName) -> [UInt8]? {
        guard let entry = resolvedEntry(path, textTree(side)) else { return nil }
        if let id = entry.id, let bytes = blobs.bytes(id) { return bytes }
        guard side == .head, isHeadOnDisk else { return nil }
        return try? ProjectFiles(root: history.root).read(path, limit: Limits.dockerfileBytes)
    }

    /// What several builds have in common.
    private struct Shared {
        var contexts: [String: ContextComparison] = [:]
        var parsed: [Text: ParsedDockerfile] = [:]
        var ignoreFiles: [Text: DockerIgnoreFile] = [:]
        /// Builds that others stand on, by their names on both sides.
        var made: [String: Sides] = [:]
        var making: Set<String> = []
        var depth = 0
        /// All paths that differ.
        private(set) lazy var changedPaths = Set(changes.map { String(decoding: $0.path, as: UTF8.self) })
        private let changes: [TreeChange]
        /// What a file that states builds may take values from and differs, by its path.
        var deciders: [String: String?] = [:]

        init(_ changes: [TreeChange]) { self.changes = changes }

        /// A file that git has.
        struct Text: Hashable {
            let path: String
            let id: ObjectID
        }
    }

    private func ignoreFile(
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
    private func context(
        _ folder: String, dockerfile: String?, before: (folder: String, dockerfile: String?)?,
        _ shared: inout Shared
    ) -> ContextComparison {
        let headIgnore = ignoreFile(folder, dockerfile: dockerfile, .head, &shared)
        let baseIgnore = before.flatMap { ignoreFile($0.folder, dockerfile: $0.dockerfile, .base, &shared) }
        let name = [
            folder, headIgnore?.path ?? "", before?.folder ?? "\u{0}", baseIgnore?.path ?? "",
        ].joined(separator: "\u{1}")
        if let known = shared.contexts[name] { return known }
        let links = Set(base.symlinks + head.symlinks)
        func keys(
            _ snapshot: Snapshot, _ folder: String, _ ignoreFile: DockerIgnoreFile?,
            _ side: ContextComparison.SideName
        ) -> ContextKeys {
            ContextKeys(
                snapshot, root: folder == "." ? .root : ContextPath(folder), ignoreFile: ignoreFile,
                name: name, mark: side.mark, links: links)
        }
        var before = before.map { keys(base, $0.folder, baseIgnore, .base) }
        var now = keys(head, folder, headIgnore, .head)
        if before?.hasRules(of: now) ?? true {
            let common = keys(reference, folder, headIgnore, .head)
            before = before?.standing(on: common)
            now = now.standing(on: common)
        }
        let made = ContextComparison(base: before, head: now, changes: changes, links: links)
        shared.contexts[name] = made
        return made
    }

    // MARK: - One build

    /// Side by side where there are many; what comes out does not depend on that.
    private func impacts(
        of pairs: [(build: Build, before: Build?)], _ makers: Makers, _ attributes: Attributes
    ) async -> [BuildImpact] {
        let size = max(Self.buildsOfAPart, (pairs.count + Self.partCount - 1) / Self.partCount)
        return await pairs.concurrentMap(inPartsOf: size) { part in
            var shared = Shared(changes)
            return part.map { impact(of: $0.build, before: $0.before, makers, &shared, attributes) }
        }
    }

    /// Each part finds out about contexts anew, so that a few builds are not worth one.
    private static let buildsOfAPart = 40
    private static let partCount = 8

    /// What `.gitattributes` say.
    private typealias Attributes = (largeFiles: LargeFiles?, changes: AttributeChanges)
    private typealias Makers = (base: BuildMakers, head: BuildMakers)

    /// Both sides of one build.
    private struct Sides {
        let build: Build
        let head: BuildSide
        let keys: KeyBuilder
        let base: (side: BuildSide, keys: KeyBuilder)?
        let pins: [String: String]
    }

    /// An argument that may have another value than before.
    private struct ArgumentDoubt {
        let name: String
        /// Where the Dockerfile takes it first.
        let line: Int
        /// As the end of a sentence.
        let reason: String
    }

    /// What is known of both sides before any key is computed.
    private struct Outline {
        let build: Build
        let before: Build?
        let head: EvaluatedDockerfile
        let base: EvaluatedDockerfile?
        /// The same Dockerfile, asked for in the same way.
        let isSame: Bool
        let context: ContextComparison?
        let namedContexts: [String: ContextComparison]
        let pins: [String: String]
        let volatile: Set<String>
        /// Arguments that may have got another value.
        let doubts: [ArgumentDoubt]
        /// What would end the build unless somebody passed arguments that nothing gives a value.
        let open: [BuildObstacles.Open]
    }

    private struct NotPredicted: Error {
        let problem: String
        /// The build may well be right; what runs again cannot be told.
        var isUnknown = false
    }

    private func outline(of build: Build, before: Build?, _ shared: inout Shared) throws(NotPredicted)
        -> Outline
    {
        ExaminedFile.begin(build.dockerfile)
        func parse(_ path: String, _ side: ContextComparison.SideName) -> ParsedDockerfile? {
            let text = resolvedEntry(path, textTree(side))?.id.map { Shared.Text(path: path, id: $0) }
            if let text, let known = shared.parsed[text] { return known }
            let kept = side == .head || texts != nil ? headProject?.parsedDockerfile(path) : nil
            guard
                let made = kept
                    ?? bytes(path, side).map({ ParsedDockerfile(parsing: SourceText(path: path, bytes: $0)) })
            else { return nil }
            if let text { shared.parsed[text] = made }
            return made
        }
        guard let dockerfile = parse(build.dockerfile, .head) else {
            throw NotPredicted(
                problem: resolvedEntry(build.dockerfile, textTree(.head)) == nil
                    ? "\(build.dockerfile) does not exist on this side: nothing is built"
                    : "\(build.dockerfile) is not read: it is larger than \(Limits.dockerfileBytes >> 20) MiB, or not in this clone",
                isUnknown: resolvedEntry(build.dockerfile, textTree(.head)) != nil
            )
        }
        let obstacles = BuildObstacles(of: build, dockerfile)
        if let obstacle = Self.obstacle(obstacles, dockerfile, build) { throw obstacle }
        var open = obstacles.open
        let volatile = volatileArguments(of: build, dockerfile)
        var baseEvaluated: EvaluatedDockerfile?
        var beforeDockerfile: ParsedDockerfile?
        var beforePlain: EvaluatedDockerfile?
        var isSame = false
        if let before, let old = parse(before.dockerfile, .base) {
            isSame =
                volatile.isEmpty && before.isAskedLike(build) && old.source.bytes == dockerfile.source.bytes
            if isSame {
                beforeDockerfile = old
            } else {
                let obstacles = BuildObstacles(of: before, old)
                if let obstacle = Self.obstacle(obstacles, old, before), obstacle.isUnknown {
                    throw NotPredicted(
                        problem: "what the base built cannot be told: \(obstacle.problem)", isUnknown: true)
                }
                if obstacles.failures.isEmpty {
                    beforeDockerfile = old
                    beforePlain = obstacles.plain
                    open += obstacles.open
                }
            }
        }
        // What one side needs is passed to both.
        let unset = Set(open.flatMap(\.arguments))
        let evaluated =
            unset.isEmpty ? obstacles.plain : Self.evaluated(dockerfile, build, unset)
        if evaluated.target == nil {
            throw NotPredicted(
                problem: "\(build.dockerfile):1: there is no stage to build; the build fails here")
        }
        if isSame {
            baseEvaluated = evaluated
        } else if let before, let beforeDockerfile {
            baseEvaluated = unset.isEmpty ? beforePlain : Self.evaluated(beforeDockerfile, before, unset)
            if baseEvaluated?.target == nil { baseEvaluated = nil }
        }
        if let before, let base = baseEvaluated, case .directory(let folder) = before.context,
            let ignoreFile = ignoreFile(folder, dockerfile: before.dockerfile, .base, &shared),
            ignoreFile.problems.contains(where: { !$0.isLimit }),
            KeyBuilder.sources(base).contains(where: { $0.origin == .context })
        {
            baseEvaluated = nil
            isSame = false
        }
        // A build that failed at the base has left nothing in the cache.
        let hasBase = baseEvaluated != nil
        func contextComparison(_ source: BuildSource, _ old: BuildSource?, isMain: Bool) -> ContextComparison?
        {
            guard case .directory(let folder) = source else { return nil }
            var previous: (folder: String, dockerfile: String?)?
            if hasBase, case .directory(let folder)? = old {
                previous = (folder, isMain ? before?.dockerfile : nil)
            }
            return context(
                folder, dockerfile: isMain ? build.dockerfile : nil, before: previous, &shared)
        }
        let main = contextComparison(build.context, before?.context, isMain: true)
        var named: [String: ContextComparison] = [:]
        for (name, source) in build.namedContexts {
            named[name] = contextComparison(source, before?.namedContexts[name], isMain: false)
        }
        return Outline(
            build: build, before: before, head: evaluated, base: baseEvaluated, isSame: isSame, context: main,
            namedContexts: named, pins: baseEvaluated.map { KeyBuilder.pins($0, evaluated) } ?? [:],
            volatile: volatile,
            doubts: doubts(of: build, before: before, dockerfile, &shared).filter {
                !volatile.contains($0.name)
            },
            open: open)
    }

    /// Arguments that the Dockerfile takes, and that may have got another value by what changed, although nothing here
    /// tells which.
    private func doubts(
        of build: Build, before: Build?, _ dockerfile: ParsedDockerfile, _ shared: inout Shared
    ) -> [ArgumentDoubt] {
        let passed = Set(build.args.keys).union(build.otherValues.keys).union(
            before?.otherValues.keys ?? [:].keys)
        // What states it leaves room for more: `docker build "${options[@]}"`.
        let isOpen =
            build.otherArguments == .any
            && build.statedBy.contains { $0.kind != .config && $0.kind != .commandLine }
        if passed.isEmpty && !isOpen || changes.isEmpty { return [] }
        var lines: [String: Int] = [:]
        for instruction in dockerfile.instructions {
            guard case .arg(let declarations) = instruction.body else { continue }
            for name in declarations.map(\.name.text)
            where (isOpen || passed.contains(name)) && lines[name] == nil {
                lines[name] = instruction.lines.lowerBound
            }
        }
        if lines.isEmpty { return [] }
        let changed = shared.changedPaths
        let file = build.argumentFiles.filter(changed.contains).min() ?? ""
        var unknown: String?
        if isOpen || lines.keys.contains(where: { build.args[$0] == .some(nil) }) {
            for statement in build.statedBy where unknown == nil { unknown = decider(in: statement, &shared) }
        }
        return lines.sorted { $0.value < $1.value }.compactMap { name, line in
            let others = (before?.otherValues[name] ?? [], build.otherValues[name] ?? [])
            if before != nil, others.0 != others.1 {
                return ArgumentDoubt(name: name, line: line, reason: "a command passes it another value")
            }
            if !file.isEmpty { return ArgumentDoubt(name: name, line: line, reason: "\(file) changes") }
            guard build.args[name] == .some(nil) || isOpen && build.args[name] == nil, let unknown else {
                return nil
            }
            // Of a compose file nothing but its environment decides a text that stays.
            if let text = build.environmentValues[name], before?.environmentValues[name] == text,
                build.statedBy.allSatisfy({ $0.kind == .compose }), !unknown.hasSuffix(".env")
            {
                return nil
            }
            return ArgumentDoubt(name: name, line: line, reason: "\(unknown) changes")
        }
    }

    /// A changed file that may decide what a statement passes: its own, or one that it names.
    private func decider(in statement: Statement, _ shared: inout Shared) -> String? {
        if let known = shared.deciders[statement.path] { return known }
        let found = decider(in: statement, among: shared.changedPaths)
        shared.deciders[statement.path] = .some(found)
        return found
    }

    private func decider(in statement: Statement, among changed: Set<String>) -> String? {
        let folder = statement.path.lastIndex(of: "/").map { statement.path[...$0] } ?? ""
        if statement.kind == .compose, changed.contains(folder + ".env") { return folder + ".env" }
        if changed.contains(statement.path) { return statement.path }
        guard changed.count <= Limits.decidingFiles, let text = bytes(statement.path, .head) else {
            return nil
        }
        return changed.sorted().first { path in
            let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
            return Self.names(text, Array(name.utf8))
        }
    }

    /// Whether a text holds a word that is no part of another.
    private static func names(_ text: [UInt8], _ word: [UInt8]) -> Bool {
        func isPart(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
        var rest = text[...]
        while let found = rest.firstRange(of: word) {
            let isWhole =
                (found.lowerBound == text.startIndex || !isPart(text[found.lowerBound - 1]))
                && (found.upperBound == text.endIndex || !isPart(text[found.upperBound]))
            if isWhole { return true }
            rest = rest[found.upperBound...]
        }
        return false
    }

    /// As a plain build of it does.
    /// - Parameter unset: arguments that nothing gives a value and without which it fails: they must come from somewhere.
    private static func evaluated(_ dockerfile: ParsedDockerfile, _ build: Build, _ unset: Set<String>)
        -> EvaluatedDockerfile
    {
        var options = build.evaluationOptions(passesNothingElse: true)
        for name in unset where options.buildArgs[name] == nil { options.buildArgs[name] = .some(nil) }
        return dockerfile.evaluated(options)
    }

    /// What ends a build, or keeps it from being told; nil where nothing does.
    private static func obstacle(
        _ obstacles: BuildObstacles, _ dockerfile: ParsedDockerfile, _ build: Build
    ) -> NotPredicted? {
        func place(_ problem: SyntaxProblem) -> String {
            "\(build.dockerfile):\(dockerfile.source.line(at: problem.range.lowerBound))"
        }
        if let failure = obstacles.failures.first {
            let names = obstacles.unpassed.first { $0.problem.range == failure.range }?.arguments.joined(
                separator: ", ")
            return NotPredicted(
                problem: "\(place(failure)): \(failure.message)"
                    + (names.map { ", as nothing passes \($0)" } ?? "") + "; the build fails here")
        }
        if let problem = obstacles.placeholder {
            let text = dockerfile.source.string(problem.range).prefix(60)
            return NotPredicted(
                problem:
                    "\(place(problem)): this file is a template, in which a tool replaces `\(text)` before a build "
                    + "reads it; what runs again cannot be told", isUnknown: true)
        }
        return obstacles.limit.map { problem in
            NotPredicted(
                problem: "\(place(problem)): \(problem.message); what runs again cannot be told",
                isUnknown: true)
        }
    }

    /// Arguments that the build passes, the Dockerfile takes, and that have another value in each commit or build.
    private func volatileArguments(of build: Build, _ dockerfile: ParsedDockerfile) -> Set<String> {
        if build.changes.isEmpty { return [] }
        let changing = build.changes.filter { name, change in
            guard let passed = build.args[name], passed == nil else { return false }
            return change == .everyBuild || baseCommit != headCommit || texts != nil
        }
        if changing.isEmpty { return [] }
        let declared = dockerfile.instructions.flatMap { instruction -> [String] in
            if case .arg(let declarations) = instruction.body { declarations.map(\.name.text) } else { [] }
        }
        return Set(changing.keys).intersection(declared)
    }

    /// The builds that make what this one stands on or copies from, by the name of the context or the image.
    private func madeBy(_ build: Build, _ dockerfile: EvaluatedDockerfile, _ makers: BuildMakers)
        -> [String: Build]
    {
        if makers.isEmpty { return [:] }
        var made: [String: Build] = [:]
        for (name, source) in build.namedContexts {
            if case .elsewhere(let text) = source { made[name] = makers.maker(ofContext: text, for: build) }
        }
        guard makers.makesImages else { return made }
        for stage in dockerfile.stages where stage.isReachable {
            var images: [String] = []
            if case .image(let image) = stage.base, image.isCertain { images.append(image.text) }
            for step in stage.steps {
                for origin in [step.copy?.origin].compactMap({ $0 }) + step.mounts.map(\.origin) {
                    if case .image(let image) = origin { images.append(image) }
                }
            }
            for image in images {
                let name = ImageReference.normalized(image)
                if let maker = makers.maker(ofImage: name), !maker.isAskedLike(build) { made[name] = maker }
            }
        }
        return made
    }

    private func sides(of outline: Outline, _ makers: Makers, _ shared: inout Shared) -> Sides {
        let build = outline.build
        var made: (base: [String: KeyBuilder], head: [String: KeyBuilder]) = ([:], [:])
        shared.depth += 1
        defer { shared.depth -= 1 }
        if shared.depth <= Self.buildsOnBuilds {
            let ofHead = madeBy(build, outline.head, makers.head)
            let ofBase =
                outline.base.flatMap { base in outline.before.map { madeBy($0, base, makers.base) } } ?? [:]
            for name in Set(ofHead.keys).union(ofBase.keys).sorted() {
                let platform = build.platforms.first
                let (now, then) = (ofHead[name]?.forPlatform(platform), ofBase[name]?.forPlatform(platform))
                guard let now, let sides = madeSides(of: now, before: then, makers, &shared) else { continue }
                made.head[name] = sides.keys
                made.base[name] = sides.base?.keys
            }
        }
        func side(
            _ name: ContextComparison.SideName, _ build: Build, _ dockerfile: EvaluatedDockerfile,
            _ made: [String: KeyBuilder], _ runs: RunFacts
        ) -> BuildSide {
            var others: [String: String] = [:]
            for (name, source) in build.namedContexts where outline.namedContexts[name] == nil {
                if case .elsewhere(let text) = source { others[name] = text } else { others[name] = "" }
            }
            func keys(_ context: ContextComparison) -> ContextKeys? {
                name == .base ? context.base : context.head
            }
            return BuildSide(
                name: build.name, dockerfile: dockerfile, context: outline.context.flatMap(keys),
                namedContexts: outline.namedContexts.compactMapValues(keys), otherContexts: others,
                buildArgs: build.args, platform: build.platforms[0], runOptions: build.runOptions, runs: runs,
                mark: name.mark, volatile: outline.volatile, made: made)
        }
        let root = history.root
        func runs(_ build: Build, _ dockerfile: EvaluatedDockerfile) -> RunFacts {
            RunFacts {
                BuildFacts(
                    build: build, evaluated: dockerfile, context: ContextFacts(root: root, build: build))
            }
        }
        var common = KeyBuilder.sourceIdentities(outline.head)
        if let base = outline.base { common.formIntersection(KeyBuilder.sourceIdentities(base)) }
        let headRuns = runs(build, outline.head)
        let headSide = side(.head, build, outline.head, made.head, headRuns)
        let headKeys = KeyBuilder(headSide, shared: common, pins: outline.pins)
        var baseKeys: (side: BuildSide, keys: KeyBuilder)?
        if let base = outline.base, let before = outline.before {
            let baseSide = side(
                .base, before, base, made.base, outline.isSame ? headRuns : runs(before, base))
            baseKeys = (
                baseSide, KeyBuilder(baseSide, shared: common, pins: outline.pins)
            )
        }
        return Sides(build: build, head: headSide, keys: headKeys, base: baseKeys, pins: outline.pins)
    }

    /// How many builds may stand on each other.
    private static let buildsOnBuilds = 8

    /// Of a build that another one stands on; computed once.
    private func madeSides(of build: Build, before: Build?, _ makers: Makers, _ shared: inout Shared)
        -> Sides?
    {
        let name = "\(build.name)\u{0}\(before?.name ?? "")\u{0}\(build.platforms.joined())"
        if let known = shared.made[name] { return known }
        guard shared.making.insert(name).inserted,
            let outline = try? outline(of: build, before: before, &shared)
        else { return nil }
        let sides = sides(of: outline, makers, &shared)
        shared.making.remove(name)
        shared.made[name] = sides
        return sides
    }

    /// Of a build for several platforms, what becomes of the one for which most runs again.
    private func impact(
        of build: Build, before: Build?, _ makers: Makers, _ shared: inout Shared, _ attributes: Attributes
    ) -> BuildImpact {
        func platforms(of build: Build) -> [String] {
            build.platforms.isEmpty ? [KeyBuilder.builderPlatform] : build.platforms
        }
        let now = platforms(of: build)
        let then = before.map(platforms) ?? []
        var impacts: [(platform: String, impact: BuildImpact)] = []
        for platform in now.prefix(Limits.platforms) {
            let before = before?.forPlatform(then.contains(platform) ? platform : then[0])
            let impact = impact(
                ofOnePlatform: build.forPlatform(platform), before: before, makers, &shared, attributes)
            impacts.append((platform, impact))
        }
        // The first of those that are equal.
        var worst = impacts[0]
        for next in impacts.dropFirst() where next.impact.isWorse(than: worst.impact) { worst = next }
        var (platform, impact) = worst
        if impacts.contains(where: { !$0.impact.isLike(impact) }) || now.count > impacts.count {
            impact.blind.append(
                BlindSpot(
                    .platform, platform,
                    "Told is \(platform), for which most runs again, of the \(now.count) platforms of this build"
                        + (now.count > impacts.count ? " (of which \(impacts.count) are compared)." : ".")))
        }
        return impact
    }

    private func impact(
        ofOnePlatform build: Build, before: Build?, _ makers: Makers, _ shared: inout Shared,
        _ attributes: Attributes
    ) -> BuildImpact {
        func failed(_ problem: String, isUnknown: Bool = false) -> BuildImpact {
            BuildImpact(
                name: build.name, dockerfile: build.dockerfile, context: build.contextDescription,
                target: build.target, verdict: .slow, bestCase: .none, stages: [], steps: [], blind: [],
                problem: problem, isUnknown: isUnknown)
        }
        let outline: Outline
        do {
            outline = try self.outline(of: build, before: before, &shared)
        } catch {
            return failed(error.problem, isUnknown: error.isUnknown)
        }
        let evaluated = outline.head
        let sources = KeyBuilder.sources(evaluated)
        if let ignoreFile = outline.context?.head.context.ignoreFile, let problem = ignoreFile.problems.first,
            sources.contains(where: { $0.origin == .context })
        {
            return failed(
                "\(ignoreFile.path):\(problem.line): \(problem.message.dropLast())"
                    + (problem.isLimit ? "; what runs again cannot be told" : ""), isUnknown: problem.isLimit)
        }
        for (origin, source, step, isCertain) in sources where origin == .context && isCertain {
            guard let (path, line) = outline.context?.leavesOut(source) else { continue }
            return failed(
                "\(build.dockerfile):\(step.instruction.lines.lowerBound): \(path):\(line) leaves \(source.path) out of the context; the build fails here"
            )
        }
        let made = Set(madeBy(build, evaluated, makers.head).keys)
        func blind() -> [BlindSpot] {
            BlindSpots(
                build: build, dockerfile: evaluated, context: outline.context, head: head,
                ignored: status?.ignored ?? [], hasGitFolder: request.hasGitFolder && history.hasGitFolder,
                largeFiles: attributes.largeFiles, attributeChanges: attributes.changes, pins: outline.pins,
                made: made, volatile: outline.volatile,
                open: outline.open
            ).all()
        }
        let isSeen = sources.allSatisfy { origin, source, _, isCertain in
            switch origin {
            case .context: isCertain && outline.context.map { !$0.head.isMissing(source) } ?? false
            case .namedContext(let name):
                isCertain && (outline.namedContexts[name] != nil || build.isImage(context: name))
            default: isCertain
            }
        }
        let isBaseSeen = evaluated.stages.allSatisfy { stage in
            guard stage.isReachable, case .namedContext(let name) = stage.base else { return true }
            return outline.namedContexts[name] != nil || build.isImage(context: name)
        }
        let spots = blind()
        let isRewritten = spots.contains { $0.kind == .attributes }
        if !request.allSteps, outline.isSame, !isRewritten, outline.doubts.isEmpty, !build.ignoresCache,
            made.isEmpty, isSeen,
            isBaseSeen,
            outline.namedContexts.values.allSatisfy(\.isUnchanged),
            sources.allSatisfy({ origin, source, _, _ in
                origin != .context || outline.context?.isUnchanged(source) ?? true
            })
        {
            // Every part of every key is the same.
            return BuildImpact(
                name: build.name, dockerfile: build.dockerfile, context: build.contextDescription,
                target: build.target, verdict: .none, bestCase: .none, stages: [], steps: [], blind: spots)
        }
        let sides = self.sides(of: outline, makers, &shared)
        var comparison = BuildComparison(
            base: sides.base, head: sides.head, keys: sides.keys,
            contexts: [outline.context].compactMap { $0 } + outline.namedContexts.values,
            facts: sides.head.runs.facts)
        if texts != nil { comparison.shownFiles = Limits.replayedFiles }
        let steps = Self.steps(comparison.steps(), build, outline, isRewritten: isRewritten)
        return BuildImpact(
            name: build.name, dockerfile: build.dockerfile, context: build.contextDescription,
            target: build.target, verdict: Verdict(of: steps.filter { $0.state != .cached }),
            bestCase: Verdict(of: steps.filter { $0.state == .rebuild }), stages: comparison.stages(),
            steps: steps, blind: spots + Self.limitSpots(sides, outline.context))
    }

    /// The steps with what keeps a build from its cache although their keys are equal.
    private static func steps(
        _ steps: [StepImpact], _ build: Build, _ outline: Outline, isRewritten: Bool
    ) -> [StepImpact] {
        let state: CacheState
        let cause: Cause
        if build.noCache {
            (state, cause) = (.rebuild, .noCache)
        } else if !build.noCacheStages.isEmpty {
            // Other stages may find what these leave to be the same.
            (state, cause) = (.maybe, .noCache)
        } else if isRewritten {
            (state, cause) = (.maybe, .unseen(".gitattributes changes how git writes files that it takes"))
        } else if let before = outline.before, let base = outline.base,
            frontend(of: build, outline.head) != frontend(of: before, base)
        {
            let name = frontend(of: build, outline.head) ?? "docker/dockerfile"
            (state, cause) = (.maybe, .unseen("another frontend reads the Dockerfile: \(name)"))
        } else {
            return steps.map { step in
                // What an ARG decides stands below it.
                guard step.state == .cached, step.kind != .base,
                    let doubt = outline.doubts.first(where: { $0.line < step.line })
                else { return step }
                return step.with(.maybe, .unseen("\(doubt.name) may have another value: \(doubt.reason)"))
            }
        }
        return steps.map { step in
            // An image that was pulled stays.
            guard step.state != .rebuild, step.kind != .base else { return step }
            return step.with(state, cause)
        }
    }

    /// The image that reads the Dockerfile, where it is none of Docker's own releases.
    private static func frontend(of build: Build, _ dockerfile: EvaluatedDockerfile) -> String? {
        let directive = dockerfile.parsed.directives.first { $0.name == .syntax }?.value
        guard let written = (build.args["BUILDKIT_SYNTAX"] ?? directive) ?? nil else { return nil }
        let image = written.prefix { $0 != " " && $0 != "\t" }
        let name = ImageReference.normalized(String(image.prefix { $0 != "@" }))
        return name.hasPrefix("docker.io/docker/dockerfile:") ? nil : String(image)
    }

    /// Told where stages take too much from each other to follow all of it.
    private static func limitSpots(_ sides: Sides, _ context: ContextComparison?) -> [BlindSpot] {
        if context?.isCutShort ?? false {
            return [
                BlindSpot(
                    .limit, sides.build.dockerfile,
                    "The patterns of COPY and of ignore files take too long: what is not compared counts as changed."
                )
            ]
        }
        guard sides.keys.isCutShort || sides.base?.keys.isCutShort ?? false else { return [] }
        return [
            BlindSpot(
                .limit, sides.build.dockerfile,
                "The stages copy too much from each other to follow all of it: what is not followed counts as unknown."
            )
        ]
    }
}

extension Build {
    /// The same build for one platform. One that names none is built for the machine that it runs on, and that is taken
    /// to be one like this.
    func forPlatform(_ platform: String?) -> Build {
        var build = self
        build.platforms = [platform ?? KeyBuilder.builderPlatform]
        return build
    }

    /// The same is asked of the builder.
    func isAskedLike(_ other: Build) -> Bool {
        dockerfile == other.dockerfile && context == other.context && target == other.target
            && args == other.args && platforms == other.platforms && namedContexts == other.namedContexts
            && runOptions == other.runOptions
    }

    /// An image stands in for the name of a context.
    func isImage(context name: String) -> Bool {
        if case .elsewhere(let text)? = namedContexts[name] {
            text.hasPrefix("docker-image://")
        } else {
            false
        }
    }

    var contextDescription: String {
        switch context {
        case .directory(let folder): folder
        case .elsewhere(let text): text
        case .unknown: "unknown"
        }
    }
}
