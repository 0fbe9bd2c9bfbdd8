internal import BuildContext
internal import Diagnostics
package import Git

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

extension Snapshot {
    /// The work tree as a commit would have it, for checks: without a checkout, so that nothing of git's is written and no
    /// filter runs.
    ///
    /// Checks ask a build context for names and sizes, and for the contents of small files: these are read at once, with
    /// those of files that state builds. What git ignores in the work tree (`node_modules`), and `.git`, belong to no
    /// commit: they are there as on disk.
    /// - Parameter isRead: of the commit's files, which are read whatever their size.
    package static func commit(
        _ commit: ObjectID, of history: GitHistory, reading isRead: @escaping ReadCommits.Test
    ) async throws(GitError) -> Snapshot {
        let read = try await history.read([commit.description])
        var files: [(id: ObjectID, isRead: Bool)] = []
        read.tree.visitFiles { path, entry in
            if entry.kind == .file || entry.kind == .executable, let id = entry.id {
                files.append((id, ReadCommits.isTrue(isRead, of: path)))
            }
            return true
        }
        let sizes = try await history.sizes(of: files.map(\.id))
        var known: [ObjectID: Int] = [:]
        var room = Limits.readAheadBytes
        var wanted = read.symlinks.map(\.id)
        for (file, size) in zip(files, sizes) {
            let size = size ?? 0
            guard known.updateValue(size, forKey: file.id) == nil else { continue }
            let isSmall = size <= Limits.readAheadFileBytes && size <= room
            if isSmall { room -= size }
            if isSmall || file.isRead && size <= Limits.dockerfileBytes { wanted.append(file.id) }
        }
        let blobs = BlobStore(history, known: [:], sizes: known)
        try await blobs.fetch(wanted)
        let submodules = read.submodules.map { ContextPath(bytes: $0.path) }
        let snapshot = Snapshot(
            root: history.root, commit: read.tree, blobs: blobs, submodules: submodules,
            linkTexts: Dictionary(
                read.symlinks.map { (ContextPath(bytes: $0.path), blobs.bytes($0.id) ?? []) },
                uniquingKeysWith: { $1 }),
            absentSubmodules: Set(submodules))
        if history.isBare { return snapshot }
        let ignored = try await history.status().ignored
        return snapshot.adding(
            fromDisk: [ContextPath(".git")]
                + ignored.map { path in
                    ContextPath(bytes: path.last == UInt8(ascii: "/") ? Array(path.dropLast()) : path)
                })
    }

    /// The same with files and folders as they are on disk.
    /// - Parameter paths: no name of them is a link; one at which nothing stands is passed over.
    private func adding(fromDisk paths: [ContextPath]) -> Snapshot {
        var edits: [ContextPath: Edit] = [:]
        for path in paths where !path.isRoot {
            guard let entry = disk.fileTreeEntry(path) else { continue }
            edits[path] = .node(entry.kind == .directory ? .folder(.onDisk(path)) : .onDisk(entry))
        }
        return with(edits)
    }
}
