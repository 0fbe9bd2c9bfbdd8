internal import Diagnostics
package import Git

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

extension ProjectSnapshot {
    /// Lays out a commit as a whole, without a checkout: nothing of git's is written, and no filter runs.
    ///
    /// Checks ask a build context for names and sizes, and for the contents of small files. So all files of the commit
    /// are there with their sizes, and have their contents where they may state builds or are small. What git ignores
    /// in the work tree (`node_modules`), and `.git`, belong to neither state: they are there with names and sizes.
    package static func commit(_ commit: ObjectID, of history: GitHistory) async throws -> ProjectSnapshot {
        let tree = try await history.read([commit.description]).tree
        var files: [(path: [UInt8], id: ObjectID)] = []
        var links: [(path: [UInt8], id: ObjectID)] = []
        var folders: [[UInt8]] = []
        tree.visitFiles { path, entry in
            // git makes no such paths, but a tree of a stranger's may hold anything.
            if isGitFolder(path) { return true }
            switch (entry.kind, entry.id) {
            case (.file, let id?), (.executable, let id?): files.append((path, id))
            case (.symlink, let id?): links.append((path, id))
            default: folders.append(path)
            }
            return true
        }
        let sizes = try await history.sizes(of: files.map(\.id))
        var room = Limits.laidOutBytes
        var isRead: [Bool] = []
        for (file, size) in zip(files, sizes) {
            let size = size ?? 0
            let isSmall = size <= Limits.laidOutFileBytes && size <= room
            if isSmall { room -= size }
            isRead.append(
                isSmall
                    || size <= Limits.dockerfileBytes
                        && ReadCommits.isTrue(Project.concerns, of: file.path)
            )
        }
        let read = zip(files, isRead).filter(\.1).map(\.0.id)
        var contents = try await history.contents(of: read, limit: Limits.dockerfileBytes)[...]
        let targets = try await history.contents(of: links.map(\.id), limit: Int(PATH_MAX))

        var snapshot = try ProjectSnapshot(holding: contents.reduce(0) { $0 + ($1?.count ?? 0) })
        for ((file, size), isRead) in zip(zip(files, sizes), isRead) {
            if isRead, let bytes = contents.popFirst() ?? nil {
                snapshot.write(bytes, to: file.path)
            } else {
                snapshot.reserve(size ?? 0, at: file.path)
            }
        }
        snapshot.tracked = files.map(\.path).filter { ReadCommits.isTrue(Project.concerns, of: $0) }
        for folder in folders { snapshot.makeFolders(of: folder, isFolder: true) }
        if !history.isBare {
            var count = 0
            snapshot.copyExclude(from: history.root)
            snapshot.mirror(".git", of: history.root, depth: 0, &count)
            for path in try await history.status().ignored {
                let name = String(
                    decoding: path.last == UInt8(ascii: "/") ? path.dropLast() : path[...], as: UTF8.self)
                snapshot.mirror(name, of: history.root, depth: 0, &count)
            }
        }
        // All folders are there before the first link, so that no link can lead what is made out of the snapshot.
        for link in links { snapshot.makeFolders(of: link.path) }
        for (link, target) in zip(links, targets) {
            guard let place = snapshot.makeFolders(of: link.path), let target, !target.contains(0) else {
                continue
            }
            symlink((target + [0]).map { CChar(bitPattern: $0) }, place)
        }
        return snapshot
    }

    /// Paths of a project as paths of this snapshot: those that are there.
    package func paths(like paths: [String], in root: String) -> [String] {
        let files = ProjectFiles(root: root)
        return paths.compactMap { path in
            guard let real = realPath(path), let relative = files.relative(real) else { return nil }
            let place = relative == "." ? self.root : self.root + "/" + relative
            return access(place, F_OK) == 0 ? place : nil
        }
    }

    private static func isGitFolder(_ path: [UInt8]) -> Bool {
        path.split(separator: UInt8(ascii: "/")).contains { part in
            part.count == 4 && part.map { $0 | 0x20 }.elementsEqual(".git".utf8.map { $0 | 0x20 })
        }
    }

    /// What git ignores by it is passed over in the work tree, too.
    private mutating func copyExclude(from root: String) {
        let path = ".git/info/exclude"
        if let bytes = try? ProjectFiles(root: root).read(path, limit: Limits.textFileBytes, isPlain: true) {
            write(bytes, to: Array(path.utf8))
        }
    }

    /// Makes files and folders as they are on the disk, with names and sizes alone. Links are left out.
    private mutating func mirror(_ path: String, of root: String, depth: Int, _ count: inout Int) {
        var status = stat()
        guard count < Limits.laidOutIgnoredFiles, depth < Limits.folderDepth,
            lstat(root + "/" + path, &status) == 0
        else { return }
        count += 1
        guard status.st_mode & S_IFMT == S_IFDIR else {
            if status.st_mode & S_IFMT == S_IFREG { reserve(Int(status.st_size), at: Array(path.utf8)) }
            return
        }
        makeFolders(of: Array(path.utf8), isFolder: true)
        guard let stream = opendir(root + "/" + path) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { mirror(path + "/" + name, of: root, depth: depth + 1, &count) }
        }
    }
}
