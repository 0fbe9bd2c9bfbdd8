package import BuildContext
internal import Diagnostics
package import Git

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Reads what files hold. Paths are relative to the root; links are followed as far as they stay inside of it.
extension Snapshot {
    /// Why a file was not read; the text continues the file's name in a sentence.
    package enum Problem: Error, Hashable {
        case missing
        case because(String)

        package var text: String {
            switch self {
            case .missing: "does not exist"
            case .because(let text): text
            }
        }
    }

    package enum Entry: Sendable { case file, folder, other }

    package enum NameKind: Sendable { case file, folder, link, other }

    /// Files are read as they are on disk.
    package var readsDisk: Bool { if case .disk = source { true } else { false } }

    /// - Parameters:
    ///   - limit: in bytes.
    ///   - isPlain: the path is known to be that of a regular file in folders that are no links.
    package func read(_ path: String, limit: Int, isPlain: Bool = false) throws(Problem) -> [UInt8] {
        ExaminedFile.begin(path)
        reads?.add(path)
        guard readsDisk else { return try readCommitted(path, limit: limit) }
        if !replaced.isEmpty, let bytes = replaced[replacedPlace(path, isPlain: isPlain)] {
            return try Self.limited(bytes, limit)
        }
        return try disk.read(path, limit: limit, isPlain: isPlain)
    }

    private func replacedPlace(_ path: String, isPlain: Bool) -> ContextPath {
        Self.place(isPlain ? path : disk.target(of: path) ?? path)
    }

    private func readCommitted(_ path: String, limit: Int) throws(Problem) -> [UInt8] {
        let place = try resolved(path)
        switch fileTreeEntry(place)?.kind {
        case .file: break
        case .directory: throw .because("is a folder, not a file")
        case .symlink, .other: throw .because("is not a regular file")
        case nil: throw .missing
        }
        guard let bytes = contents(of: place, limit: limit) else {
            let isLarge = fileTreeEntry(place).map { $0.size > limit } ?? false
            throw .because(isLarge ? Self.isLarger(limit) : "cannot be read: git does not have it")
        }
        return try Self.limited(bytes, limit)
    }

    private static func limited(_ bytes: [UInt8], _ limit: Int) throws(Problem) -> [UInt8] {
        guard bytes.count <= limit else { throw .because(isLarger(limit)) }
        return bytes
    }

    private static func isLarger(_ limit: Int) -> String { "is larger than \(limit) bytes" }

    /// What a question about files gives once all that it asks for is fetched (`BlobStore.whole`).
    package func whole<Answer: Sendable>(_ question: () async -> Answer) async throws(GitError) -> Answer {
        if case .git(let blobs) = source { return try await blobs.whole(question) }
        return await question()
    }

    /// Something was asked for and is not fetched, for it would have taken too many rounds.
    package var hasMissed: Bool { if case .git(let blobs) = source { blobs.hasMissed } else { false } }

    /// What a regular file holds.
    /// - Parameters:
    ///   - path: no name of it is a link.
    ///   - limit: in bytes.
    /// - Returns: nil where there is no such file, or it is larger.
    package func contents(of path: ContextPath, limit: Int) -> [UInt8]? {
        if let bytes = replaced[path] { return bytes.count <= limit ? bytes : nil }
        let isOnDisk: Bool
        if let entry = entry(path), let id = entry.id, !id.isNull {
            if case .git(let blobs) = source {
                return blobs.bytes(id).flatMap { $0.count <= limit ? $0 : nil }
            }
            isOnDisk = true
        } else {
            isOnDisk = readsDisk || isPartlyOnDisk
        }
        return isOnDisk ? try? disk.read(path.description, limit: limit, isPlain: true) : nil
    }

    /// What a file holds in place of what git or the disk has; nil where it is not replaced.
    package func replacement(of path: String) -> [UInt8]? { replaced[Self.place(path)] }

    /// Whether a file begins with `#!`; true where that is not known.
    package func mayBeScript(_ path: String, isPlain: Bool) -> Bool {
        readsDisk && replaced.isEmpty ? disk.mayBeScript(path, isPlain: isPlain) : true
    }

    /// What stands at a path; nil where there is nothing, and for a link that leads out.
    package func kind(of path: String) -> Entry? {
        if readsDisk { return disk.entry(path) ?? made(path) }
        guard let place = try? resolved(path) else { return nil }
        return switch fileTreeEntry(place)?.kind {
        case nil: nil
        case .file: .file
        case .directory: .folder
        case .symlink, .other: .other
        }
    }

    /// What is at a path only because a file is replaced: that file, or a folder on the way to it.
    private func made(_ path: String) -> Entry? {
        if replaced.isEmpty { return nil }
        let place = Self.place(path)
        if replaced[place] != nil { return .file }
        return replaced.keys.contains { $0.isInside(place) } ? .folder : nil
    }

    /// Whether a folder stands at a path.
    package func isFolder(_ path: String) -> Bool { kind(of: path) == .folder }

    /// Whether anything stands at a path, a link included; wildcards of `fnmatch` are allowed in it.
    package func exists(_ path: String) -> Bool {
        guard path.utf8.contains(where: isWildcard) else {
            if readsDisk { return disk.exists(path) || made(path) != nil }
            let place = Self.place(path)
            guard let parent = place.parent else { return true }
            if fileTreeEntry(place) != nil { return true }
            guard mayHoldSymlinks, case .success(let folder) = resolve(parent, in: whole), folder != parent
            else { return false }
            return fileTreeEntry(folder.appending(place.name)) != nil
        }
        let parts = path.split(separator: "/")
        let wild = parts.firstIndex { $0.utf8.contains(where: isWildcard) } ?? 0
        // The first folder with a match is enough: what follows below it is not searched.
        let folder = wild == 0 ? "." : parts[..<wild].joined(separator: "/")
        let pattern = String(parts[wild])
        return names(in: folder)?.contains { fnmatch(pattern, $0, 0) == 0 } ?? false
    }

    /// The names in a folder.
    /// - Returns: nil where it cannot be read or has more than the limit.
    package func names(in folder: String, limit: Int = .max) -> [String]? {
        guard readsDisk else {
            guard let place = try? resolved(folder), let entries = entries(of: place), entries.count <= limit
            else { return nil }
            return entries.map { String(decoding: $0.name, as: UTF8.self) }
        }
        guard let names = disk.names(in: folder, limit: limit) else { return nil }
        if replaced.isEmpty { return names }
        let made = replaced.keys.filter { $0.parent == Self.place(folder) }.map {
            String(decoding: $0.name, as: UTF8.self)
        }
        return Set(names).union(made).sorted()
    }

    /// The path of what stands at a path once links are followed; nil where there is nothing or it lies outside of the
    /// root.
    package func target(of path: String) -> String? {
        if readsDisk { return disk.target(of: path) ?? (made(path) == nil ? nil : path) }
        return (try? resolved(path))?.description
    }

    /// Gives each name in a folder to `body`, in no order, until that says no. No name of the folder's path is a link.
    /// - Returns: why the folder cannot be read; nil where it can.
    package func visitNames(in folder: String, _ body: (UnsafeBufferPointer<UInt8>, NameKind) -> Bool)
        -> String?
    {
        if readsDisk {
            let isEdited = !replaced.isEmpty && replaced.keys.contains { $0.isInside(Self.place(folder)) }
            if !isEdited { return disk.visitNames(in: folder, body) }
        } else if case .onDisk(let place)? = self.folder(Self.place(folder)) {
            return disk.visitNames(in: place.isRoot ? "." : place.description, body)
        }
        for entry in entries(of: Self.place(folder)) ?? [] {
            let kind: NameKind =
                switch entry.kind {
                case .file: .file
                case .directory: .folder
                case .symlink: .link
                case .other: .other
                }
            guard entry.name.withUnsafeBufferPointer({ body($0, kind) }) else { return nil }
        }
        return nil
    }

    /// Whether git keeps a file as executable.
    /// - Parameter path: in bytes.
    /// - Returns: nil where git does not track it, and where that cannot be told.
    package func isExecutableInGit(_ path: [UInt8]) -> Bool? {
        if case .onDisk = top { return disk.gitIndex?.isExecutable(path) }
        guard let entry = entry(ContextPath(bytes: path)), let id = entry.id else { return nil }
        switch entry.kind {
        case .file where !id.isNull: return false
        case .executable where !id.isNull: return true
        case .file, .executable, .symlink, .submodule: return nil
        }
    }

    /// The files that git tracks and of which a test is true.
    /// - Returns: nil where git's index cannot be read; none where there is no index: nothing was added yet, or `.git` is
    ///   a file that leads elsewhere.
    package func tracked(where test: @escaping (UnsafeBufferPointer<UInt8>) -> Bool) -> [[UInt8]]? {
        guard case .onDisk = top else {
            var paths: [[UInt8]] = []
            commit.visitFiles { path, _ in
                if path.withUnsafeBufferPointer(test) { paths.append(path) }
                return true
            }
            return paths
        }
        do {
            let bytes = try disk.read(".git/index", limit: Limits.gitIndexBytes)
            return IndexFile.paths(in: bytes, pathBytes: Limits.gitIndexBytes, where: test)
        } catch .missing {
            return []
        } catch {
            return nil
        }
    }

    /// A folder as what a build reads its files from.
    /// - Parameter directory: relative to the root; `.` for itself.
    /// - Throws: where it is no folder, or links lead out of the root.
    package func tree(of directory: String) throws(ContextError) -> any FileTree {
        // A tree of its own reads no folder beside it.
        if case .onDisk = top { return try disk.tree(of: directory) }
        let place: ContextPath
        if readsDisk {
            place = Self.place(Paths.relative(try disk.tree(of: directory).root, to: root) ?? directory)
        } else {
            do throws(Problem) { place = try resolved(directory) } catch {
                switch error {
                case .missing: throw .noFolder(directory)
                case .because: throw .outside(directory)
                }
            }
        }
        guard isFolder(place) else { throw .noFolder(directory) }
        return ContextTree(snapshot: self, root: place)
    }

    // MARK: - Paths

    /// The path without links.
    private func resolved(_ path: String) throws(Problem) -> ContextPath {
        var leadsOut = false
        switch resolve(Self.place(path), in: whole, leadsOut: &leadsOut) {
        case .success(let place):
            if leadsOut { throw .because("is a link that leads out of the repository") }
            return place
        case .failure(.missing(let place)):
            if place == Self.place(path) { throw .missing }
            throw .because("is a link to a file that does not exist")
        case .failure: throw .because("is a link that leads back to itself")
        }
    }

    private var whole: ContextTree { ContextTree(snapshot: self, root: .root) }

    private static func place(_ path: String) -> ContextPath { path == "." ? .root : ContextPath(path) }

    /// The absolute path of a file.
    package func absolute(_ path: String) -> String { disk.absolute(path) }
}

private func isWildcard(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[")
}
