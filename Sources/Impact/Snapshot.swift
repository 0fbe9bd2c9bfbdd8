package import BuildContext
internal import Diagnostics
package import Git
internal import SourceText

/// The files of a repository in one state: a commit's, with what differs from them.
///
/// Folders that a change does not reach are those of the commit, so that snapshots of one commit share them and are told
/// apart by work that is proportional to the change.
package struct Snapshot: Sendable {
    private let commit: CommitTree
    /// Of the repository.
    let root: Folder
    /// The texts of symlinks.
    let linkTexts: [ContextPath: [UInt8]]
    /// Submodules whose files are not checked out: empty folders to a build.
    private var absentSubmodules: Set<ContextPath>
    let submodulePaths: Set<ContextPath>

    /// A folder. Equal ones hold the same; ones that hold the same need not be equal.
    package enum Folder: Hashable, Sendable {
        case committed(CommitTree.Folder)
        case edited(EditedFolder)
    }

    /// A folder in which something differs from the commit's.
    package final class EditedFolder: Hashable, Sendable {
        /// In the order of the names' bytes.
        let children: [Child]

        fileprivate init(_ children: [Child]) { self.children = children }

        package static func == (left: EditedFolder, right: EditedFolder) -> Bool { left === right }
        package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

        fileprivate func node(named name: ArraySlice<UInt8>) -> Node? {
            let index = children.partitioningIndex { !$0.name.lexicographicallyPrecedes(name) }
            return index < children.count && children[index].name.elementsEqual(name)
                ? children[index].node : nil
        }
    }

    struct Child: Sendable {
        let name: [UInt8]
        let node: Node
    }

    enum Node: Sendable {
        case file(TreeEntry)
        case folder(Folder)
    }

    /// - Parameters:
    ///   - commit: all files of a commit.
    ///   - submodules: those of that commit.
    ///   - changes: what this state has otherwise; nil for a file that is not there.
    ///   - linkTexts: of every symlink that this state has.
    ///   - absentSubmodules: see there.
    package init(
        commit: CommitTree, submodules: some Sequence<ContextPath> = [],
        changes: [ContextPath: TreeEntry?] = [:], linkTexts: [ContextPath: [UInt8]] = [:],
        absentSubmodules: Set<ContextPath> = []
    ) {
        self.init(
            commit, .committed(commit.root), Set(submodules), changes, linkTexts, absentSubmodules)
    }

    private init(
        _ commit: CommitTree, _ root: Folder, _ submodules: Set<ContextPath>,
        _ changes: [ContextPath: TreeEntry?], _ linkTexts: [ContextPath: [UInt8]],
        _ absentSubmodules: Set<ContextPath>
    ) {
        self.commit = commit
        self.linkTexts = linkTexts
        self.absentSubmodules = absentSubmodules
        var submodules = submodules
        for (path, entry) in changes {
            if entry?.kind == .submodule { submodules.insert(path) } else { submodules.remove(path) }
        }
        submodulePaths = submodules
        // No checkout can hold a longer path, and so no build context.
        let edits = changes.lazy.filter { $0.key.bytes.count <= Limits.pathBytes }
            .map { Edit(names: $0.key.components[...], entry: $0.value) }
        self.root = Self.editing(root, Array(edits), commit) ?? .edited(EditedFolder([]))
    }

    /// The same files but for those of changes.
    /// - Parameters:
    ///   - linkTexts: of symlinks that the changes bring.
    func with(_ changes: [ContextPath: TreeEntry?], linkTexts: [ContextPath: [UInt8]] = [:]) -> Snapshot {
        var texts = self.linkTexts
        for (path, entry) in changes {
            if let text = linkTexts[path] {
                texts[path] = text
            } else if entry?.kind != .symlink {
                texts[path] = nil
            }
        }
        return Snapshot(commit, root, submodulePaths, changes, texts, absentSubmodules)
    }

    /// The same, where more submodules are not checked out.
    func lacking(_ submodules: Set<ContextPath>) -> Snapshot {
        var copy = self
        copy.absentSubmodules.formUnion(submodules)
        return copy
    }

    // MARK: - Changes

    private struct Edit {
        let names: ArraySlice<ArraySlice<UInt8>>
        /// nil to take the file away.
        let entry: TreeEntry?
    }

    /// A file that an edit names stands in place of a folder, and what an edit puts below a file in place of that file.
    /// - Returns: nil for a folder that holds nothing any more.
    private static func editing(_ folder: Folder?, _ edits: [Edit], _ commit: CommitTree) -> Folder? {
        guard !edits.isEmpty else { return folder }
        var nodes: [ArraySlice<UInt8>: Node] = [:]
        if let folder {
            for child in children(of: folder, commit) { nodes[child.name[...]] = child.node }
        }
        for (name, edits) in Dictionary(grouping: edits, by: { $0.names.first ?? [] }) {
            let own = edits.last { $0.names.count == 1 }
            let below = edits.filter { $0.names.count > 1 }.map {
                Edit(names: $0.names.dropFirst(), entry: $0.entry)
            }
            var inside: Folder?
            if case .folder(let folder)? = nodes[name] { inside = folder }
            inside = editing(inside, below, commit)
            if let entry = own?.entry {
                nodes[name] = .file(entry)
            } else if let inside {
                nodes[name] = .folder(inside)
            } else if own != nil || !isFile(nodes[name]) {
                nodes[name] = nil
            }
        }
        if nodes.isEmpty { return nil }
        return .edited(
            EditedFolder(
                nodes.map { Child(name: Array($0.key), node: $0.value) }
                    .sorted { $0.name.lexicographicallyPrecedes($1.name) }))
    }

    private static func isFile(_ node: Node?) -> Bool { if case .file? = node { true } else { false } }

    // MARK: - Questions

    /// What a folder holds; those of a commit in git's order.
    private static func children(of folder: Folder, _ commit: CommitTree) -> [Child] {
        switch folder {
        case .committed(let folder):
            commit.children(of: folder).map { child in
                switch child.node {
                case .file(let entry): Child(name: Array(child.name), node: .file(entry))
                case .folder(let folder): Child(name: Array(child.name), node: .folder(.committed(folder)))
                }
            }
        case .edited(let folder): folder.children
        }
    }

    /// What a folder holds, in the order of the names' bytes.
    func children(of folder: Folder) -> [Child] {
        let children = Self.children(of: folder, commit)
        if case .edited = folder { return children }
        return children.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// - Returns: nil where there is no folder at the path.
    func folder(_ path: ContextPath) -> Folder? { folder(path.bytes[...]) }

    private func folder(_ path: ArraySlice<UInt8>) -> Folder? {
        var folder = root
        var rest = path
        while !rest.isEmpty {
            let name = rest.prefix { $0 != UInt8(ascii: "/") }
            guard let next = self.folder(named: name, in: folder) else { return nil }
            folder = next
            rest = rest[name.endIndex...].dropFirst()
        }
        return folder
    }

    private func folder(named name: ArraySlice<UInt8>, in folder: Folder) -> Folder? {
        switch folder {
        case .committed(let folder): commit.folder(named: name, in: folder).map { .committed($0) }
        case .edited(let folder):
            if case .folder(let found)? = folder.node(named: name) { found } else { nil }
        }
    }

    /// - Returns: nil for a folder, and where there is nothing.
    package func entry(_ path: ContextPath) -> TreeEntry? {
        let name = path.name
        guard !name.isEmpty, let folder = folder(path.bytes[..<max(0, name.startIndex - 1)]) else {
            return nil
        }
        switch folder {
        case .committed(let folder): return commit.file(named: name, in: folder)
        case .edited(let folder):
            if case .file(let entry)? = folder.node(named: name) { return entry }
            return nil
        }
    }

    package func isFolder(_ path: ContextPath) -> Bool {
        if path.isRoot || submodulePaths.contains(path) { return true }
        return folder(path).map(holdsFiles) ?? false
    }

    func holdsFiles(_ folder: Folder) -> Bool {
        switch folder {
        case .committed(let folder): commit.holdsFiles(folder)
        case .edited(let folder):
            folder.children.contains { child in
                switch child.node {
                case .file: true
                case .folder(let folder): holdsFiles(folder)
                }
            }
        }
    }

    package var symlinks: [ContextPath] { Array(linkTexts.keys) }

    func linkText(_ path: ContextPath) -> [UInt8]? {
        entry(path)?.kind == .symlink ? linkTexts[path] : nil
    }

    func isSubmodulePresent(_ path: ContextPath) -> Bool {
        submodulePaths.contains(path) && !absentSubmodules.contains(path)
    }

    /// A file below a folder of which the test is true; nil where there is none.
    func firstFile(in path: ContextPath, where test: (ContextPath) -> Bool) -> ContextPath? {
        guard let folder = folder(path) else { return nil }
        if case .committed = folder {
            var found: ContextPath?
            commit.visitFiles(below: path.bytes) { bytes, _ in
                let path = ContextPath(bytes: bytes)
                if test(path) { found = path }
                return found == nil
            }
            return found
        }
        for child in children(of: folder) {
            let inside = path.appending(child.name)
            switch child.node {
            case .file: if test(inside) { return inside }
            case .folder: if let found = firstFile(in: inside, where: test) { return found }
            }
        }
        return nil
    }

    /// What a folder holds, in the order of the names' bytes; nil where it is none.
    func entries(of path: ContextPath) -> [FileTreeEntry]? {
        if submodulePaths.contains(path) {
            return isSubmodulePresent(path)
                ? [FileTreeEntry(name: Self.submoduleFile, kind: .file, mode: 0o644)] : []
        }
        guard let folder = folder(path) else { return nil }
        let entries = children(of: folder).compactMap { fileTreeEntry($0, in: path) }
        return entries.isEmpty && !path.isRoot ? nil : entries
    }

    /// - Returns: nil for a folder without a file, which no checkout has.
    func fileTreeEntry(_ child: Child, in folder: ContextPath) -> FileTreeEntry? {
        switch child.node {
        case .file(let entry):
            fileTreeEntry(
                child.name, entry, entry.kind == .symlink ? linkTexts[folder.appending(child.name)] : nil)
        case .folder(let inside):
            holdsFiles(inside) ? FileTreeEntry(name: child.name, kind: .directory, mode: 0o755) : nil
        }
    }

    /// Stands for all files of a submodule.
    private static let submoduleFile = Array(".commit".utf8)

    /// The commit of a submodule, for the file that stands for its content.
    func submoduleCommit(_ path: ContextPath) -> TreeEntry? {
        guard path.name.elementsEqual(Self.submoduleFile), let parent = path.parent,
            isSubmodulePresent(parent)
        else { return nil }
        return entry(parent)
    }

    /// What stands at a path, without a look at what else its folder holds.
    func fileTreeEntry(_ path: ContextPath) -> FileTreeEntry? {
        if let entry = entry(path) { return fileTreeEntry(Array(path.name), entry, linkTexts[path]) }
        if submoduleCommit(path) != nil {
            return FileTreeEntry(name: Self.submoduleFile, kind: .file, mode: 0o644)
        }
        return isFolder(path)
            ? FileTreeEntry(name: Array(path.name), kind: .directory, mode: 0o755) : nil
    }

    private func fileTreeEntry(_ name: [UInt8], _ entry: TreeEntry, _ linkText: [UInt8]?) -> FileTreeEntry {
        switch entry.kind {
        case .file: FileTreeEntry(name: name, kind: .file, mode: 0o644)
        case .executable: FileTreeEntry(name: name, kind: .file, mode: 0o755)
        case .symlink:
            FileTreeEntry(name: name, kind: .symlink, mode: 0o777, linkTarget: linkText ?? [])
        case .submodule: FileTreeEntry(name: name, kind: .directory, mode: 0o755)
        }
    }
}

/// The part of a snapshot that is a build's context.
package struct ContextTree: FileTree {
    let snapshot: Snapshot
    /// In the repository.
    let root: ContextPath

    package func entries(of directory: ContextPath) -> [FileTreeEntry]? {
        snapshot.entries(of: inTree(directory))
    }
    package func entry(at path: ContextPath) -> FileTreeEntry? {
        if path.isRoot { return FileTreeEntry(name: [], kind: .directory, mode: 0o755) }
        return snapshot.fileTreeEntry(inTree(path))
    }

    package var notes: [ContextNote] { [] }
    package var mayHoldSymlinks: Bool { !snapshot.linkTexts.isEmpty }

    func inTree(_ path: ContextPath) -> ContextPath {
        root.isRoot
            ? path : path.isRoot ? root : ContextPath(bytes: root.bytes + [UInt8(ascii: "/")] + path.bytes)
    }

    /// A path of the repository as one of the context.
    func relative(_ path: [UInt8]) -> ContextPath {
        root.isRoot
            ? ContextPath(bytes: path) : ContextPath(bytes: Array(path.dropFirst(root.bytes.count + 1)))
    }

    func entry(_ path: ContextPath) -> TreeEntry? {
        snapshot.entry(inTree(path)) ?? snapshot.submoduleCommit(inTree(path))
    }
}
