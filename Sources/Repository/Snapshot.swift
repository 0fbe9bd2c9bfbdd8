package import BuildContext
internal import Diagnostics
package import Git
internal import SourceText

/// The files of a repository in one state: those on disk, those of a commit, or either with some of them replaced or taken
/// away.
///
/// Folders that a change does not reach are those of the commit or of the disk, so that snapshots which stand on the same
/// are told apart by work that is proportional to the change. What is asked of a snapshot is read then: folders from disk,
/// contents from disk or from git.
package struct Snapshot: Sendable {
    /// Absolute path of the repository's root, without links.
    package let root: String
    /// The root folder.
    package let top: Folder
    /// The texts of symlinks, but for those that are only on disk.
    package let linkTexts: [ContextPath: [UInt8]]
    package let submodulePaths: Set<ContextPath>
    /// Submodules whose files are not checked out: empty folders to a build.
    private var absentSubmodules: Set<ContextPath>
    /// Some folders are those on disk.
    let isPartlyOnDisk: Bool
    let commit: CommitTree
    let disk: DiskFiles
    let source: Source
    /// What files hold in place of what `source` has.
    let replaced: [ContextPath: [UInt8]]
    /// Where files that are read are noted.
    private(set) var reads: ReadPaths?

    /// Where contents come from.
    enum Source: Sendable {
        /// Files are read as they are on disk, those that git does not know included.
        case disk
        case git(BlobStore)
        /// All are `replaced`.
        case memory
    }

    /// A folder. Equal ones hold the same; ones that hold the same need not be equal.
    package enum Folder: Hashable, Sendable {
        case committed(CommitTree.Folder)
        case edited(EditedFolder)
        /// As it is on disk, by its path.
        case onDisk(ContextPath)
    }

    /// A folder in which something differs from the commit's or the disk's.
    package final class EditedFolder: Hashable, Sendable {
        /// In the order of the names' bytes.
        let children: [Child]

        fileprivate init(_ children: [Child]) { self.children = children }

        package static func == (left: EditedFolder, right: EditedFolder) -> Bool { left === right }
        package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

        func node(named name: ArraySlice<UInt8>) -> Node? {
            let index = children.partitioningIndex { !$0.name[...].precedes(name) }
            return index < children.count && children[index].name.elementsEqual(name)
                ? children[index].node : nil
        }
    }

    package struct Child: Sendable {
        package let name: [UInt8]
        package let node: Node
    }

    package enum Node: Sendable {
        case file(TreeEntry)
        /// A file, link or device as it is on disk.
        case onDisk(FileTreeEntry)
        case folder(Folder)

        /// nil for a folder. Of what is on disk git's name is not known: it is `null`, the same in all snapshots.
        package var entry: TreeEntry? {
            switch self {
            case .file(let entry): entry
            case .onDisk(let entry): TreeEntry(entry)
            case .folder: nil
            }
        }
    }

    /// What stands at a path in place of what was there.
    package enum Edit: Sendable {
        case removed
        case node(Node)
    }

    // MARK: - Making

    /// The files on disk.
    /// - Parameter root: absolute, without links.
    package init(onDisk root: String) {
        self.init(
            root: root, commit: .empty, disk: DiskFiles(root: root), source: .disk, top: .onDisk(.root),
            linkTexts: [:], submodules: [], absentSubmodules: [], isPartlyOnDisk: true, replaced: [:])
    }

    /// Files in memory, for tests.
    /// - Parameter files: what they hold, by path relative to the root.
    package init(holding files: [String: [UInt8]]) {
        let empty = Snapshot(
            root: "/nonexistent", commit: .empty, disk: DiskFiles(root: "/nonexistent"), source: .memory,
            top: .committed(CommitTree.empty.root), linkTexts: [:], submodules: [], absentSubmodules: [],
            isPartlyOnDisk: false, replaced: [:])
        self = empty.replacing(files)
    }

    /// The files of a commit, with changes.
    /// - Parameters:
    ///   - root: of the work tree.
    ///   - commit: all files of a commit.
    ///   - blobs: has what files hold; nil to read files from the work tree, which is in the state of the snapshot.
    ///   - submodules: those of the commit.
    ///   - changes: what this state has otherwise; nil for a file that is not there.
    ///   - linkTexts: of every symlink that this state has.
    ///   - absentSubmodules: those whose files are not checked out.
    package init(
        root: String, commit: CommitTree, blobs: BlobStore?, submodules: some Sequence<ContextPath> = [],
        changes: [ContextPath: TreeEntry?] = [:], linkTexts: [ContextPath: [UInt8]] = [:],
        absentSubmodules: Set<ContextPath> = []
    ) {
        let unchanged = Snapshot(
            root: root, commit: commit, disk: DiskFiles(root: root),
            source: blobs.map { .git($0) } ?? .disk, top: .committed(commit.root), linkTexts: linkTexts,
            submodules: Set(submodules),
            absentSubmodules: absentSubmodules, isPartlyOnDisk: false, replaced: [:])
        self = unchanged.with(changes, linkTexts: linkTexts)
    }

    private init(
        root: String, commit: CommitTree, disk: DiskFiles, source: Source, top: Folder,
        linkTexts: [ContextPath: [UInt8]], submodules: Set<ContextPath>,
        absentSubmodules: Set<ContextPath>, isPartlyOnDisk: Bool, replaced: [ContextPath: [UInt8]]
    ) {
        self.root = root
        self.commit = commit
        self.disk = disk
        self.source = source
        self.top = top
        self.linkTexts = linkTexts
        submodulePaths = submodules
        self.absentSubmodules = absentSubmodules
        self.isPartlyOnDisk = isPartlyOnDisk
        self.replaced = replaced
    }

    /// The same files but for those of changes.
    /// - Parameters:
    ///   - changes: nil for a file that is not there any more.
    ///   - linkTexts: of symlinks that the changes bring.
    package func with(_ changes: [ContextPath: TreeEntry?], linkTexts: [ContextPath: [UInt8]] = [:])
        -> Snapshot
    {
        with(changes.mapValues { $0.map { .node(.file($0)) } ?? .removed }, linkTexts: linkTexts)
    }

    /// The same files, with other contents of some of them: a file that was not there is made. What git keeps of a file
    /// besides its content stays.
    /// - Parameter contents: by path relative to the root; no name of a path is a link.
    package func replacing(_ contents: [String: [UInt8]]) -> Snapshot {
        let contents = Dictionary(
            contents.map { (ContextPath($0.key), $0.value) }, uniquingKeysWith: { $1 })
        let edits = contents.map { path, bytes in
            let id = ObjectID(bytes: SHA256.digest(of: bytes))
            return (path, Edit.node(.file(TreeEntry(kind: entry(path)?.kind ?? .file, id: id))))
        }
        return with(
            Dictionary(edits, uniquingKeysWith: { $1 }),
            replacing: contents.filter { $0.key.bytes.count <= Limits.pathBytes })
    }

    func with(
        _ edits: [ContextPath: Edit], linkTexts: [ContextPath: [UInt8]] = [:],
        replacing contents: [ContextPath: [UInt8]] = [:]
    ) -> Snapshot {
        guard !edits.isEmpty else { return self }
        var (texts, submodules, replaced) = (self.linkTexts, submodulePaths, self.replaced)
        for (path, edit) in edits {
            var kind: TreeEntry.Kind?
            if case .node(let node) = edit { kind = node.entry?.kind }
            if let text = linkTexts[path] {
                texts[path] = text
            } else if kind != .symlink {
                texts[path] = nil
            }
            if kind == .submodule { submodules.insert(path) } else { submodules.remove(path) }
            replaced[path] = contents[path]
        }
        // No checkout can hold a longer path, and so no build context.
        let placed = edits.filter { $0.key.bytes.count <= Limits.pathBytes && !$0.key.isRoot }
            .map { PlacedEdit(names: $0.key.components, edit: $0.value) }
            .sorted { $0.names.lexicographicallyPrecedes($1.names) { $0.precedes($1) } }
        let isPartlyOnDisk =
            isPartlyOnDisk
            || edits.values.contains { if case .node(.folder(.onDisk)) = $0 { true } else { false } }
        var made = Snapshot(
            root: root, commit: commit, disk: disk, source: source,
            top: editing(top, placed[...]) ?? .edited(EditedFolder([])), linkTexts: texts,
            submodules: submodules, absentSubmodules: absentSubmodules, isPartlyOnDisk: isPartlyOnDisk,
            replaced: replaced)
        made.reads = reads
        return made
    }

    /// The same, where more submodules are not checked out.
    package func lacking(_ submodules: Set<ContextPath>) -> Snapshot {
        var copy = self
        copy.absentSubmodules.formUnion(submodules)
        return copy
    }

    /// The same, where the files that are read are noted.
    package func noting(_ reads: ReadPaths) -> Snapshot {
        var copy = self
        copy.reads = reads
        return copy
    }

    package func isSubmodulePresent(_ path: ContextPath) -> Bool {
        submodulePaths.contains(path) && !absentSubmodules.contains(path)
    }

    // MARK: - Edits

    private struct PlacedEdit {
        let names: [ArraySlice<UInt8>]
        let edit: Edit
    }

    /// A file that an edit names stands in place of a folder, and what an edit puts below a file in place of that file.
    /// - Parameters:
    ///   - edits: of what lies in the folder, in the order of their names.
    ///   - depth: which of the names is one of the folder's children.
    /// - Returns: nil for a folder that holds nothing any more.
    private func editing(_ folder: Folder?, _ edits: ArraySlice<PlacedEdit>, depth: Int = 0) -> Folder? {
        guard !edits.isEmpty else { return folder }
        let children = folder.map(children(of:)) ?? []
        var edited: [Child] = []
        edited.reserveCapacity(children.count + 1)
        var next = 0
        var rest = edits
        while let name = rest.first?.names[depth] {
            let group = rest.prefix { $0.names[depth] == name }
            rest = rest[group.endIndex...]
            while next < children.count, children[next].name[...].precedes(name) {
                edited.append(children[next])
                next += 1
            }
            var node: Node?
            if next < children.count, children[next].name[...] == name {
                node = children[next].node
                next += 1
            }
            // The edit of the name itself stands before those of what lies below.
            let own = group.last { $0.names.count == depth + 1 }
            let below = group.drop { $0.names.count == depth + 1 }
            var inside: Folder?
            if case .folder(let folder)? = node { inside = folder }
            inside = editing(inside, below, depth: depth + 1)
            if case .node(let made)? = own?.edit {
                node = made
            } else if let inside {
                node = .folder(inside)
            } else if own != nil || node?.entry == nil {
                node = nil
            }
            if let node { edited.append(Child(name: Array(name), node: node)) }
        }
        edited += children[next...]
        return edited.isEmpty ? nil : .edited(EditedFolder(edited))
    }
}

extension ArraySlice<UInt8> {
    /// In the order of their bytes.
    package func precedes(_ other: Self) -> Bool {
        withUnsafeBufferPointer { left in
            other.withUnsafeBufferPointer { right in
                let count = Swift.min(left.count, right.count)
                var index = 0
                while index < count, left[index] == right[index] { index += 1 }
                return index < count ? left[index] < right[index] : left.count < right.count
            }
        }
    }
}

extension TreeEntry {
    /// What is on disk, of which git's name is not known.
    fileprivate init(_ entry: FileTreeEntry) {
        switch entry.kind {
        case .symlink: self.init(kind: .symlink, id: .null)
        case .file where entry.mode & 0o100 != 0: self.init(kind: .executable, id: .null)
        case .file, .directory, .other: self.init(kind: .file, id: .null)
        }
    }
}
