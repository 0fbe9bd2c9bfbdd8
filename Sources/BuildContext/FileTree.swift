import SourceText

/// Files and folders that a build could read: a folder on disk, a commit of git, or a list made by hand.
///
/// Everything that decides what an ignore file leaves out and what a COPY selects works on this, never on the disk.
package protocol FileTree: Sendable {
    /// What a folder holds, in the order of the names' bytes.
    /// - Parameter directory: a path whose every name is a real folder; symlinks are not followed.
    /// - Returns: nil where it cannot be read; `notes` then say why.
    func entries(of directory: ContextPath) -> [FileTreeEntry]?

    /// - Parameter path: as in `entries(of:)`, but the last name may be anything.
    /// - Returns: nil where there is no such path, or a name before the last is not a folder.
    func entry(at path: ContextPath) -> FileTreeEntry?

    /// Reads a regular file.
    /// - Parameters:
    ///   - path: as in `entries(of:)`.
    ///   - limit: in bytes.
    /// - Returns: nil where there is none, it cannot be read or is larger.
    func contents(of path: ContextPath, limit: Int) -> [UInt8]?

    /// What of the tree could not be read so far.
    var notes: [ContextNote] { get }

    /// false where it is known that there is none.
    var mayHoldSymlinks: Bool { get }
}

extension FileTree {
    package var mayHoldSymlinks: Bool { true }
    package func contents(of path: ContextPath, limit: Int) -> [UInt8]? { nil }
}

/// One name in a folder.
package struct FileTreeEntry: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case file, directory, symlink
        /// A FIFO, socket or device: sent to the builder as such, never opened by us.
        case other
    }

    package let name: [UInt8]
    package let kind: Kind
    /// In bytes; 0 for anything but a file.
    package let size: Int
    /// Permission bits, such as 0o644; 0 where the tree does not tell.
    package let mode: UInt16
    /// What a symlink points to, as written; empty for anything else.
    package let linkTarget: [UInt8]

    package init(
        name: [UInt8], kind: Kind, size: Int = 0, mode: UInt16 = 0, linkTarget: [UInt8] = []
    ) {
        self.name = name
        self.kind = kind
        self.size = size
        self.mode = mode
        self.linkTarget = linkTarget
    }
}

/// Something of a context that could not be read, or was not for a limit.
package struct ContextNote: Sendable, Hashable {
    package let path: ContextPath
    package let message: String

    package init(path: ContextPath, message: String) {
        self.path = path
        self.message = message
    }
}

extension FileTree {
    /// By what the folders above hold.
    package func entry(at path: ContextPath) -> FileTreeEntry? {
        guard let parent = path.parent else {
            return FileTreeEntry(name: [], kind: .directory, mode: 0o755)
        }
        guard entry(at: parent)?.kind == .directory, let siblings = entries(of: parent) else { return nil }
        return siblings.entry(named: path.name)
    }
}

extension [FileTreeEntry] {
    /// Finds a name in a folder that is in the order of the names' bytes.
    func entry(named name: ArraySlice<UInt8>) -> FileTreeEntry? {
        let index = partitioningIndex { !$0.name.lexicographicallyPrecedes(name) }
        return index < count && self[index].name.elementsEqual(name) ? self[index] : nil
    }
}

/// A tree that is held in memory, which is what tests and fuzzers make one of.
package struct MemoryTree: FileTree {
    private var folders: [ContextPath: [FileTreeEntry]] = [.root: []]

    /// - Parameter entries: paths with what is there; folders above them are added where they are not named. Where a path
    ///   comes twice, the first counts.
    package init(_ entries: some Sequence<(path: ContextPath, entry: FileTreeEntry)>) {
        for (path, entry) in entries { add(entry, at: path) }
        for folder in folders.keys {
            folders[folder]?.sort { $0.name.lexicographicallyPrecedes($1.name) }
            folders[folder] = folders[folder].map(Self.withoutRepeats)
        }
    }

    private static func withoutRepeats(_ sorted: [FileTreeEntry]) -> [FileTreeEntry] {
        var kept: [FileTreeEntry] = []
        kept.reserveCapacity(sorted.count)
        for entry in sorted where kept.last?.name != entry.name { kept.append(entry) }
        return kept
    }

    private mutating func add(_ entry: FileTreeEntry, at path: ContextPath) {
        guard let parent = path.parent else { return }
        if folders[parent] == nil {
            add(FileTreeEntry(name: Array(parent.name), kind: .directory, mode: 0o755), at: parent)
        }
        if entry.kind == .directory {
            if folders[path] != nil { return }
            folders[path] = []
        }
        folders[parent, default: []].append(entry)
    }

    package func entries(of directory: ContextPath) -> [FileTreeEntry]? { folders[directory] }
    package var notes: [ContextNote] { [] }
}
