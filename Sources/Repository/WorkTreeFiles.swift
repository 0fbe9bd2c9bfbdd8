package import BuildContext
internal import Diagnostics
package import Git

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The files of a work tree as they stand on disk, told by the paths that git has of them. No link is followed.
package struct WorkTreeFiles: Sendable {
    private let root: String

    /// - Parameter root: of the work tree, absolute.
    package init(root: String) { self.root = root }

    /// What differs from HEAD, with object names where a file could after all be what the base has.
    package func changes(_ status: WorkTreeStatus, _ history: GitHistory) async throws(GitError)
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
            guard let kind = kind(path) else { continue }
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
        let firstSmall = unread.partition { isSmall($0.path) }
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

    private func absolute(_ path: [UInt8]) -> [CChar] {
        (Array(root.utf8) + [UInt8(ascii: "/")] + path + [0]).map { CChar(bitPattern: $0) }
    }

    /// - Returns: nil where there is neither a regular file nor a link.
    package func kind(_ path: [UInt8]) -> TreeEntry.Kind? {
        var status = stat()
        guard lstat(absolute(path), &status) == 0 else { return nil }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: status.st_mode & 0o100 == 0 ? .file : .executable
        case S_IFLNK: .symlink
        default: nil
        }
    }

    private func isSmall(_ path: [UInt8]) -> Bool {
        var status = stat()
        return lstat(absolute(path), &status) == 0 && status.st_size <= Limits.hashedFileBytes
    }

    /// - Returns: nil where there is no link.
    package func linkText(_ path: [UInt8]) -> [UInt8]? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(absolute(path), &buffer, buffer.count)
        return count < 0 ? nil : buffer[..<count].map { UInt8(bitPattern: $0) }
    }

    /// Those of some submodules whose files are not checked out: each is an empty folder to a build.
    package func absent(_ submodules: [[UInt8]]) -> Set<ContextPath> {
        Set(
            submodules.filter { path in
                var status = stat()
                return lstat(absolute(path + Array("/.git".utf8)), &status) != 0
            }.map { ContextPath(bytes: $0) })
    }
}
