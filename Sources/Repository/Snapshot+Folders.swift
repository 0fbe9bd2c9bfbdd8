package import BuildContext
package import Git

/// Which files and folders there are. No name of a path is a link.
extension Snapshot {
    /// What a folder holds; that of a commit in git's order.
    func unorderedChildren(of folder: Folder) -> [Child] {
        switch folder {
        case .committed(let folder):
            commit.children(of: folder).map { child in
                switch child.node {
                case .file(let entry): Child(name: Array(child.name), node: .file(entry))
                case .folder(let folder): Child(name: Array(child.name), node: .folder(.committed(folder)))
                }
            }
        case .edited(let folder): folder.children
        case .onDisk(let path):
            (disk.entries(of: path) ?? []).map { entry in
                Child(
                    name: entry.name,
                    node: entry.kind == .directory
                        ? .folder(.onDisk(path.appending(entry.name))) : .onDisk(entry))
            }
        }
    }

    /// What a folder holds, in the order of the names' bytes.
    package func children(of folder: Folder) -> [Child] {
        let children = unorderedChildren(of: folder)
        guard case .committed = folder else { return children }
        return children.sorted { $0.name[...].precedes($1.name[...]) }
    }

    /// - Returns: nil where there is no folder at the path.
    package func folder(_ path: ContextPath) -> Folder? { folder(path.bytes[...]) }

    private func folder(_ path: ArraySlice<UInt8>) -> Folder? {
        var folder = top
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
        case .committed(let folder): return commit.folder(named: name, in: folder).map { .committed($0) }
        case .edited(let folder):
            if case .folder(let found)? = folder.node(named: name) { return found }
            return nil
        case .onDisk(let path):
            let inside = path.appending(Array(name))
            return disk.fileTreeEntry(inside)?.kind == .directory ? .onDisk(inside) : nil
        }
    }

    /// - Returns: nil where there is nothing.
    private func node(_ path: ContextPath) -> Node? {
        let name = path.name
        guard !name.isEmpty, let folder = folder(path.bytes[..<max(0, name.startIndex - 1)]) else {
            return nil
        }
        switch folder {
        case .committed(let folder):
            if let file = commit.file(named: name, in: folder) { return .file(file) }
            return commit.folder(named: name, in: folder).map { .folder(.committed($0)) }
        case .edited(let folder): return folder.node(named: name)
        case .onDisk(let folder):
            let inside = folder.appending(Array(name))
            guard let entry = disk.fileTreeEntry(inside) else { return nil }
            return entry.kind == .directory ? .folder(.onDisk(inside)) : .onDisk(entry)
        }
    }

    /// - Returns: nil for a folder, and where there is nothing.
    package func entry(_ path: ContextPath) -> TreeEntry? { node(path)?.entry }

    package func isFolder(_ path: ContextPath) -> Bool {
        if path.isRoot || submodulePaths.contains(path) { return true }
        return folder(path).map(holdsFiles) ?? false
    }

    /// A folder that git keeps holds files; on disk there are empty ones.
    package func holdsFiles(_ folder: Folder) -> Bool {
        switch folder {
        case .committed(let folder): commit.holdsFiles(folder)
        case .onDisk: true
        case .edited(let folder):
            folder.children.contains { child in
                switch child.node {
                case .file, .onDisk: true
                case .folder(let folder): holdsFiles(folder)
                }
            }
        }
    }

    /// The symlinks, but for those that are only on disk.
    package var symlinks: [ContextPath] { Array(linkTexts.keys) }

    package var mayHoldSymlinks: Bool { isPartlyOnDisk || !linkTexts.isEmpty }

    /// - Returns: nil for what is no symlink.
    package func linkText(_ path: ContextPath) -> [UInt8]? {
        switch node(path) {
        case .file(let entry)?: entry.kind == .symlink ? linkTexts[path] : nil
        case .onDisk(let entry)?: entry.kind == .symlink ? entry.linkTarget : nil
        case .folder?, nil: nil
        }
    }

    /// A file below a folder of which the test is true; nil where there is none.
    package func firstFile(in path: ContextPath, where test: (ContextPath) -> Bool) -> ContextPath? {
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
            case .file, .onDisk: if test(inside) { return inside }
            case .folder: if let found = firstFile(in: inside, where: test) { return found }
            }
        }
        return nil
    }

    // MARK: - As a build's context has it

    /// What a folder holds, in the order of the names' bytes; nil where it is none.
    package func entries(of path: ContextPath) -> [FileTreeEntry]? {
        if submodulePaths.contains(path) {
            return isSubmodulePresent(path)
                ? [FileTreeEntry(name: Self.submoduleFile, kind: .file, mode: 0o644)] : []
        }
        guard let folder = folder(path) else { return nil }
        if case .onDisk(let place) = folder { return disk.entries(of: place) }
        let entries = children(of: folder).compactMap { fileTreeEntry($0, in: path) }
        return entries.isEmpty && !path.isRoot ? nil : entries
    }

    /// - Returns: nil for a folder without a file, which no checkout has.
    private func fileTreeEntry(_ child: Child, in folder: ContextPath) -> FileTreeEntry? {
        fileTreeEntry(child.node, at: folder.appending(child.name))
    }

    private func fileTreeEntry(_ node: Node, at path: ContextPath) -> FileTreeEntry? {
        let name = Array(path.name)
        switch node {
        case .file(let entry):
            switch entry.kind {
            case .file:
                return FileTreeEntry(name: name, kind: .file, size: size(of: entry, at: path), mode: 0o644)
            case .executable:
                return FileTreeEntry(name: name, kind: .file, size: size(of: entry, at: path), mode: 0o755)
            case .symlink:
                return FileTreeEntry(
                    name: name, kind: .symlink, mode: 0o777, linkTarget: linkTexts[path] ?? [])
            case .submodule: return FileTreeEntry(name: name, kind: .directory, mode: 0o755)
            }
        case .onDisk(let entry): return entry
        case .folder(.onDisk(let place)): return disk.fileTreeEntry(place)
        case .folder(let inside):
            return holdsFiles(inside) ? FileTreeEntry(name: name, kind: .directory, mode: 0o755) : nil
        }
    }

    /// In bytes; 0 where it is not known.
    private func size(of entry: TreeEntry, at path: ContextPath) -> Int {
        if let bytes = replaced[path] { return bytes.count }
        guard case .git(let blobs) = source, let id = entry.id else { return 0 }
        return blobs.size(id) ?? 0
    }

    /// Stands for all files of a submodule.
    private static let submoduleFile = Array(".commit".utf8)

    /// The commit of a submodule, for the file that stands for its content.
    package func submoduleCommit(_ path: ContextPath) -> TreeEntry? {
        guard path.name.elementsEqual(Self.submoduleFile), let parent = path.parent,
            isSubmodulePresent(parent)
        else { return nil }
        return entry(parent)
    }

    /// What stands at a path, without a look at what else its folder holds.
    package func fileTreeEntry(_ path: ContextPath) -> FileTreeEntry? {
        if path.isRoot { return FileTreeEntry(name: [], kind: .directory, mode: 0o755) }
        if let node = node(path) { return fileTreeEntry(node, at: path) }
        return submoduleCommit(path).map { _ in
            FileTreeEntry(name: Self.submoduleFile, kind: .file, mode: 0o644)
        }
    }
}
