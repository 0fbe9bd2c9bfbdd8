package import BuildContext
package import Git
internal import SourceText

/// The files of one side of a comparison: a commit's with what differs from them.
package final class SideTree: Sendable {
    private let commit: CommitTree
    /// What stands in place of the commit's entry; nil for a file that is not there.
    private let overrides: [ContextPath: TreeEntry?]
    /// The paths of `overrides`, in the order of their bytes.
    private let overridden: [ContextPath]
    /// The texts of symlinks.
    let targets: [ContextPath: [UInt8]]
    /// Submodules whose files are not checked out: empty folders to a build.
    private let absentSubmodules: Set<ContextPath>
    let submodulePaths: Set<ContextPath>

    /// - Parameters:
    ///   - commit: all files of a commit.
    ///   - submodules: those of that commit.
    ///   - changes: what this side has otherwise.
    ///   - linkTargets: of every symlink that this side has.
    ///   - absentSubmodules: see there.
    package init(
        commit: CommitTree, submodules: [ContextPath] = [], changes: [ContextPath: TreeEntry?],
        linkTargets: [ContextPath: [UInt8]] = [:], absentSubmodules: Set<ContextPath> = []
    ) {
        self.commit = commit
        overrides = changes
        overridden = changes.keys.sorted()
        targets = linkTargets
        self.absentSubmodules = absentSubmodules
        var submodules = Set(submodules)
        for (path, entry) in changes {
            if entry?.kind == .submodule { submodules.insert(path) } else { submodules.remove(path) }
        }
        submodulePaths = submodules
    }

    /// The same files but for those of changes.
    /// - Parameter side: which side of each change.
    func with(_ changes: [TreeChange], _ side: (TreeChange) -> TreeEntry?) -> SideTree {
        var overrides = self.overrides
        for change in changes { overrides[ContextPath(bytes: change.path)] = .some(side(change)) }
        return SideTree(
            commit: commit, submodules: Array(submodulePaths), changes: overrides, linkTargets: targets,
            absentSubmodules: absentSubmodules)
    }

    /// - Returns: nil for a folder, and where there is nothing.
    package func entry(_ path: ContextPath) -> TreeEntry? {
        if let entry = overrides[path] { return entry }
        return commit.entry(path.bytes)
    }

    package func isFolder(_ path: ContextPath) -> Bool {
        if path.isRoot { return true }
        if submodulePaths.contains(path) { return true }
        return holdsFiles(path)
    }

    package var symlinks: [ContextPath] { Array(targets.keys) }
    func isSubmodulePresent(_ path: ContextPath) -> Bool {
        submodulePaths.contains(path) && !absentSubmodules.contains(path)
    }

    private func holdsFiles(_ folder: ContextPath) -> Bool {
        if overridden.isEmpty { return commit.isFolder(folder.bytes) }
        return firstFile(in: folder) { _ in true } != nil
    }

    /// A file below a folder of which the test is true; nil where there is none.
    func firstFile(in folder: ContextPath, where test: (ContextPath) -> Bool) -> ContextPath? {
        for path in overridden(below: folder) {
            if let entry = overrides[path], entry != nil, test(path) { return path }
        }
        var found: ContextPath?
        commit.visitFiles(below: folder.bytes) { bytes, _ in
            let path = ContextPath(bytes: bytes)
            if overrides[path] == nil, test(path) { found = path }
            return found == nil
        }
        return found
    }

    private func overridden(below folder: ContextPath) -> ArraySlice<ContextPath> {
        if folder.isRoot { return overridden[...] }
        let prefix = folder.bytes + [UInt8(ascii: "/")]
        return overridden[overridden.partitioningIndex { !$0.bytes.lexicographicallyPrecedes(prefix) }...]
            .prefix { $0.bytes.starts(with: prefix) }
    }

    /// What a folder holds, in the order of the names' bytes; nil where it is none.
    func entries(of folder: ContextPath) -> [FileTreeEntry]? {
        if submodulePaths.contains(folder) {
            return isSubmodulePresent(folder)
                ? [FileTreeEntry(name: Self.submoduleFile, kind: .file, mode: 0o644)] : []
        }
        var names: [[UInt8]: FileTreeEntry] = [:]
        for child in commit.children(of: folder.bytes) ?? [] {
            let path = folder.appending(child.name)
            if let entry = child.entry {
                if overrides[path] == nil {
                    names[Array(child.name)] = fileTreeEntry(Array(child.name), entry, at: path)
                }
            } else if holdsFiles(path) {
                names[Array(child.name)] = FileTreeEntry(
                    name: Array(child.name), kind: .directory, mode: 0o755)
            }
        }
        for path in overridden(below: folder) {
            guard case .some(.some(let entry)) = overrides[path] else { continue }
            let rest = path.bytes.dropFirst(folder.isRoot ? 0 : folder.bytes.count + 1)
            if let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
                let name = Array(rest[..<slash])
                names[name] = FileTreeEntry(name: name, kind: .directory, mode: 0o755)
            } else {
                names[Array(rest)] = fileTreeEntry(Array(rest), entry, at: path)
            }
        }
        guard !names.isEmpty || folder.isRoot else { return nil }
        return names.values.sorted { $0.name.lexicographicallyPrecedes($1.name) }
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
        if let entry = entry(path) { return fileTreeEntry(Array(path.name), entry, at: path) }
        if submoduleCommit(path) != nil {
            return FileTreeEntry(name: Self.submoduleFile, kind: .file, mode: 0o644)
        }
        return isFolder(path)
            ? FileTreeEntry(name: Array(path.name), kind: .directory, mode: 0o755) : nil
    }

    private func fileTreeEntry(_ name: [UInt8], _ entry: TreeEntry, at path: ContextPath) -> FileTreeEntry {
        switch entry.kind {
        case .file: FileTreeEntry(name: name, kind: .file, mode: 0o644)
        case .executable: FileTreeEntry(name: name, kind: .file, mode: 0o755)
        case .symlink:
            FileTreeEntry(name: name, kind: .symlink, mode: 0o777, linkTarget: targets[path] ?? [])
        case .submodule: FileTreeEntry(name: name, kind: .directory, mode: 0o755)
        }
    }
}

/// The part of a side's tree that is a build's context.
package struct ContextTree: FileTree {
    let tree: SideTree
    /// In the repository.
    let root: ContextPath

    package func entries(of directory: ContextPath) -> [FileTreeEntry]? {
        tree.entries(of: inTree(directory))
    }
    package func entry(at path: ContextPath) -> FileTreeEntry? {
        if path.isRoot { return FileTreeEntry(name: [], kind: .directory, mode: 0o755) }
        return tree.fileTreeEntry(inTree(path))
    }

    package var notes: [ContextNote] { [] }
    package var mayHoldSymlinks: Bool { !tree.targets.isEmpty }

    func inTree(_ path: ContextPath) -> ContextPath {
        root.isRoot
            ? path : path.isRoot ? root : ContextPath(bytes: root.bytes + [UInt8(ascii: "/")] + path.bytes)
    }

    func entry(_ path: ContextPath) -> TreeEntry? {
        tree.entry(inTree(path)) ?? tree.submoduleCommit(inTree(path))
    }
}
