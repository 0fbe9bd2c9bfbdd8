package import BuildContext
package import Git

/// A folder of a snapshot, as what a build reads its files from.
package struct ContextTree: FileTree {
    package let snapshot: Snapshot
    /// In the repository.
    package let root: ContextPath

    package init(snapshot: Snapshot, root: ContextPath) {
        self.snapshot = snapshot
        self.root = root
    }

    package func entries(of directory: ContextPath) -> [FileTreeEntry]? {
        snapshot.entries(of: inTree(directory))
    }

    package func entry(at path: ContextPath) -> FileTreeEntry? {
        if path.isRoot { return FileTreeEntry(name: [], kind: .directory, mode: 0o755) }
        return snapshot.fileTreeEntry(inTree(path))
    }

    package func contents(of path: ContextPath, limit: Int) -> [UInt8]? {
        let place = inTree(path)
        guard let entry = snapshot.fileTreeEntry(place), entry.kind == .file, entry.size <= limit else {
            return nil
        }
        return snapshot.contents(of: place, limit: limit)
    }

    package var notes: [ContextNote] { [] }
    package var mayHoldSymlinks: Bool { snapshot.mayHoldSymlinks }

    /// A path of the context as one of the repository.
    package func inTree(_ path: ContextPath) -> ContextPath {
        root.isRoot
            ? path : path.isRoot ? root : ContextPath(bytes: root.bytes + [UInt8(ascii: "/")] + path.bytes)
    }

    /// A path of the repository as one of the context.
    package func relative(_ path: [UInt8]) -> ContextPath {
        root.isRoot
            ? ContextPath(bytes: path) : ContextPath(bytes: Array(path.dropFirst(root.bytes.count + 1)))
    }

    package func entry(_ path: ContextPath) -> TreeEntry? {
        snapshot.entry(inTree(path)) ?? snapshot.submoduleCommit(inTree(path))
    }
}
