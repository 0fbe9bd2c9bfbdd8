import Diagnostics
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A folder on disk, read folder by folder when asked and kept: several builds and checks read each folder once.
///
/// Nothing but folders is opened, and no symlink is followed except in the path of the root itself.
package final class DiskTree: FileTree {
    private struct State {
        var folders: [ContextPath: [FileTreeEntry]?] = [:]
        var notes: [ContextNote] = []
        var entryCount = 0
    }

    /// Absolute path without symlinks.
    package let root: String
    private let state = Mutex(State())

    /// - Parameters:
    ///   - boundary: a folder that the tree must not leave, such as the project's root.
    ///   - directory: the tree's root, relative to `boundary`; `.` for itself.
    /// - Throws: where it is no folder, or symlinks lead out of the boundary.
    package init(inside boundary: String, directory: String) throws(ContextError) {
        guard let limit = resolvedPath(boundary) else { throw ContextError.noFolder(boundary) }
        let root: String
        do throws(InsidePath.Failure) { root = try InsidePath.resolve(directory, below: limit) } catch {
            if case .outside = error { throw ContextError.outside(directory) }
            throw ContextError.noFolder(directory)
        }
        var status = stat()
        guard stat(root, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw ContextError.noFolder(directory)
        }
        self.root = root
    }

    package var notes: [ContextNote] { state.withLock(\.notes) }

    package func entries(of directory: ContextPath) -> [FileTreeEntry]? {
        if let known = state.withLock({ $0.folders[directory] }) { return known }
        // Only names that their folder listed as folders lead on, so that no symlink is passed through.
        if !directory.isRoot, entry(at: directory)?.kind != .directory { return nil }
        return state.withLock { state in
            if let known = state.folders[directory] { return known }
            let read = read(directory, into: &state)
            state.folders[directory] = .some(read)
            return read
        }
    }

    private func read(_ directory: ContextPath, into state: inout State) -> [FileTreeEntry]? {
        func note(_ message: String) { state.notes.append(ContextNote(path: directory, message: message)) }
        guard state.entryCount < Limits.contextEntries else {
            if state.entryCount < Int.max {
                state.entryCount = Int.max
                note(
                    "The context has more than \(Limits.contextEntries) files and folders; the rest is not examined."
                )
            }
            return nil
        }
        let descriptor = systemPath(of: directory).withUnsafeBufferPointer {
            open($0.baseAddress!, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        }
        guard descriptor >= 0 else {
            note("The folder cannot be read: \(String(cString: strerror(errno))).")
            return nil
        }
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            note("The folder cannot be read: \(String(cString: strerror(errno))).")
            return nil
        }
        defer { closedir(stream) }
        var entries: [FileTreeEntry] = []
        while let found = readdir(stream) {
            let name = withUnsafeBytes(of: &found.pointee.d_name) { bytes in
                Array(bytes.prefix { $0 != 0 })
            }
            if name == [.dot] || name == [.dot, .dot] { continue }
            if let entry = Self.entry(named: name, in: descriptor) { entries.append(entry) }
            if state.entryCount + entries.count > Limits.contextEntries { break }
        }
        state.entryCount += entries.count
        entries.sort { $0.name.lexicographicallyPrecedes($1.name) }
        return entries
    }

    /// - Returns: nil where the name has gone in the meantime.
    private static func entry(named name: [UInt8], in directory: Int32) -> FileTreeEntry? {
        var status = stat()
        let path = (name + [0]).map { CChar(bitPattern: $0) }
        guard fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        let mode = UInt16(truncatingIfNeeded: status.st_mode & 0o7777)
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            return FileTreeEntry(
                name: name, kind: .file, size: min(Int(status.st_size), Limits.contextFileBytes), mode: mode)
        case S_IFDIR: return FileTreeEntry(name: name, kind: .directory, mode: mode)
        case S_IFLNK:
            var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let length = target.withUnsafeMutableBytes { buffer in
                readlinkat(
                    directory, path, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
            }
            return FileTreeEntry(
                name: name, kind: .symlink, mode: mode, linkTarget: Array(target.prefix(max(0, length))))
        default: return FileTreeEntry(name: name, kind: .other, mode: mode)
        }
    }

    private func systemPath(of path: ContextPath) -> [CChar] {
        (Array(root.utf8) + [.slash] + path.bytes + [0]).map { CChar(bitPattern: $0) }
    }

    /// Reads a regular file of the tree.
    /// - Parameters:
    ///   - path: every name before the last is a real folder; the last is a real file.
    ///   - limit: in bytes.
    /// - Returns: nil where it is no regular file, cannot be read or is larger than `limit`.
    package func contents(of path: ContextPath, limit: Int) -> [UInt8]? {
        guard let entry = entry(at: path), entry.kind == .file, entry.size <= limit else { return nil }
        let descriptor = systemPath(of: path).withUnsafeBufferPointer {
            open($0.baseAddress!, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= limit {
            let count = buffer.withUnsafeMutableBytes { Self.readOnce(descriptor, $0) }
            if count < 0 { return nil }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
        return nil
    }

    private static func readOnce(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        var count: Int
        repeat { count = Int(readBytes(descriptor, buffer)) } while count < 0 && errno == EINTR
        return count
    }
}

/// `read(2)`, whose name a type with a method of that name hides.
private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, buffer.baseAddress, buffer.count)
}

/// - Returns: the absolute path without symlinks; nil where there is nothing.
private func resolvedPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
}

/// Why a context cannot be read at all.
package enum ContextError: Error, Sendable, Hashable {
    /// There is no such folder.
    case noFolder(String)
    /// Symlinks lead out of the project.
    case outside(String)

    /// For people, without the path.
    package var message: String {
        switch self {
        case .noFolder: "There is no such folder."
        case .outside: "It leads out of the project through a symlink, and is not read."
        }
    }
}
