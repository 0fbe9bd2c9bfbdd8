package import BuildContext
package import Git
internal import SourceText

/// The files of one side of a comparison: a commit's listing with what differs from it.
package final class SideTree: Sendable {
    private let listing: TreeListing
    /// What stands in place of the listing's entry; nil for a file that is not there.
    private let overrides: [ContextPath: TreeEntry?]
    /// The paths of `overrides`, in the order of their bytes.
    private let overridden: [ContextPath]
    /// The texts of symlinks.
    let targets: [ContextPath: [UInt8]]
    /// Submodules whose files are not checked out: empty folders to a build.
    private let absentSubmodules: Set<ContextPath>
    let submodulePaths: Set<ContextPath>

    /// - Parameters:
    ///   - listing: all files of a commit.
    ///   - changes: what this side has otherwise.
    ///   - linkTargets: of every symlink that this side has.
    ///   - absentSubmodules: see there.
    package init(
        listing: TreeListing, changes: [ContextPath: TreeEntry?], linkTargets: [ContextPath: [UInt8]] = [:],
        absentSubmodules: Set<ContextPath> = []
    ) {
        self.listing = listing
        overrides = changes
        overridden = changes.keys.sorted()
        targets = linkTargets
        self.absentSubmodules = absentSubmodules
        var submodules = Set(listing.submodules.map { ContextPath(bytes: Array(listing.path(at: $0))) })
        for (path, entry) in changes {
            if entry?.kind == .submodule { submodules.insert(path) } else { submodules.remove(path) }
        }
        submodulePaths = submodules
    }

    /// - Returns: nil for a folder, and where there is nothing.
    package func entry(_ path: ContextPath) -> TreeEntry? {
        if let entry = overrides[path] { return entry }
        return listing.entry(path.bytes)
    }

    package func isFolder(_ path: ContextPath) -> Bool {
        if path.isRoot { return true }
        if submodulePaths.contains(path) { return true }
        return holdsFiles(path.bytes + [UInt8(ascii: "/")])
    }

    package var symlinks: [ContextPath] { Array(targets.keys) }
    func isSubmodulePresent(_ path: ContextPath) -> Bool {
        submodulePaths.contains(path) && !absentSubmodules.contains(path)
    }

    /// Whether any file's path begins with these bytes.
    private func holdsFiles(_ prefix: [UInt8]) -> Bool {
        for path in overridden(below: prefix) {
            if let entry = overrides[path], entry != nil { return true }
        }
        var index = listing.lowerBound(prefix)
        while index < listing.count {
            let path = listing.path(at: index)
            guard path.starts(with: prefix) else { return false }
            if overrides.isEmpty || overrides[ContextPath(bytes: Array(path))] == nil { return true }
            index += 1
        }
        return false
    }

    /// A file below a folder of which the test is true; nil where there is none.
    func firstFile(in folder: ContextPath, where test: (ContextPath) -> Bool) -> ContextPath? {
        let prefix = folder.isRoot ? [] : folder.bytes + [UInt8(ascii: "/")]
        for path in overridden(below: prefix) {
            if let entry = overrides[path], entry != nil, test(path) { return path }
        }
        for index in listing.lowerBound(prefix)..<listing.count {
            let bytes = listing.path(at: index)
            guard bytes.starts(with: prefix) else { break }
            let path = ContextPath(bytes: Array(bytes))
            if overrides[path] == nil, test(path) { return path }
        }
        return nil
    }

    private func overridden(below prefix: [UInt8]) -> ArraySlice<ContextPath> {
        overridden[overridden.partitioningIndex { !$0.bytes.lexicographicallyPrecedes(prefix) }...]
            .prefix { $0.bytes.starts(with: prefix) }
    }

    /// What a folder holds, in the order of the names' bytes; nil where it is none.
    func entries(of folder: ContextPath) -> [FileTreeEntry]? {
        if submodulePaths.contains(folder) {
            return isSubmodulePresent(folder)
                ? [FileTreeEntry(name: Self.submoduleFile, kind: .file, mode: 0o644)] : []
        }
        let prefix = folder.isRoot ? [] : folder.bytes + [UInt8(ascii: "/")]
        var names: [[UInt8]: FileTreeEntry] = [:]
        var index = listing.lowerBound(prefix)
        while index < listing.count {
            let path = listing.path(at: index)
            guard path.starts(with: prefix) else { break }
            let rest = path.dropFirst(prefix.count)
            if let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
                let name = Array(rest[..<slash])
                let inside = prefix + name + [UInt8(ascii: "/")]
                if holdsFiles(inside) {
                    names[name] = FileTreeEntry(name: name, kind: .directory, mode: 0o755)
                }
                index = listing.lowerBound(prefix + name + [UInt8(ascii: "/") + 1])
            } else {
                let path = ContextPath(bytes: Array(path))
                if overrides[path] == nil, let entry = listing.entry(at: index) {
                    names[Array(rest)] = fileTreeEntry(Array(rest), entry, at: path)
                }
                index += 1
            }
        }
        for path in overridden(below: prefix) {
            guard case .some(.some(let entry)) = overrides[path] else { continue }
            let rest = path.bytes.dropFirst(prefix.count)
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

    func inTree(_ path: ContextPath) -> ContextPath {
        root.isRoot
            ? path : path.isRoot ? root : ContextPath(bytes: root.bytes + [UInt8(ascii: "/")] + path.bytes)
    }

    func entry(_ path: ContextPath) -> TreeEntry? {
        tree.entry(inTree(path)) ?? tree.submoduleCommit(inTree(path))
    }
}
