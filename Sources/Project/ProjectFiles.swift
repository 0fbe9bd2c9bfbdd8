internal import BuildContext
internal import Diagnostics

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Reads files below a root, and never one that lies outside of it or could make the reader wait.
package struct ProjectFiles: Sendable {
    /// Absolute, without links.
    let root: String
    /// What is read in place of the disk.
    let state: RepositoryState?
    /// Where files that are read are noted.
    private let reads: ReadPaths?

    /// - Parameter root: absolute, without links.
    package init(root: String, state: RepositoryState? = nil, noting reads: ReadPaths? = nil) {
        self.root = root
        self.state = state
        self.reads = reads
    }

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

    /// - Parameters:
    ///   - path: relative to the root.
    ///   - limit: in bytes.
    ///   - isPlain: the walk has found it as a regular file in folders that are no links.
    package func read(_ path: String, limit: Int, isPlain: Bool = false) throws(Problem) -> [UInt8] {
        ExaminedFile.begin(path)
        reads?.add(path)
        if let state { return try state.read(path, limit: limit) }
        let place = isPlain ? absolute(path) : try resolved(path)
        // O_NONBLOCK: opening a FIFO waits for its writer.
        let file = open(place, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY)
        guard file >= 0 else { throw problem(errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw problem(errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .because("is a folder, not a file")
        default: throw .because("is not a regular file")
        }
        guard status.st_size <= limit else { throw .because("is larger than \(limit) bytes") }
        // One more than the size, to meet the end; a file that grows meanwhile stays within the limit.
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size) + 1) { buffer, count in
            while count < buffer.count {
                let got = readBytes(file, buffer.baseAddress! + count, buffer.count - count)
                if got == 0 { break }
                if got < 0 {
                    if errno == EINTR { continue }
                    failure = errno
                    break
                }
                count += got
            }
        }
        if failure != 0 { throw problem(failure) }
        return bytes
    }

    /// Whether a file may begin with `#!`: a large binary file without a suffix is nothing to read, nor to tell of.
    func mayBeScript(_ path: String, isPlain: Bool) -> Bool {
        guard state == nil, let place = isPlain ? absolute(path) : try? resolved(path) else { return true }
        let file = open(place, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY)
        guard file >= 0 else { return true }
        defer { close(file) }
        let start = [UInt8](unsafeUninitializedCapacity: 2) { buffer, count in
            count = max(0, readBytes(file, buffer.baseAddress!, 2))
        }
        return start == Array("#!".utf8)
    }

    enum Entry { case file, folder, other }

    /// What stands at a path, links followed; nil where there is nothing or it lies outside of the root.
    func entry(_ path: String) -> Entry? {
        if let state { return state.entry(path) }
        var status = stat()
        guard lstat(absolute(path), &status) == 0, let place = try? resolved(path),
            lstat(place, &status) == 0
        else { return nil }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        default: .other
        }
    }

    /// Whether a folder stands at a path, links followed.
    package func isFolder(_ path: String) -> Bool { entry(path) == .folder }

    /// Whether anything stands at a path, a link included; wildcards of `fnmatch` are allowed in it.
    func exists(_ path: String) -> Bool {
        guard path.utf8.contains(where: { wildcards.contains($0) }) else {
            if let state { return state.exists(path) }
            var status = stat()
            guard lstat(absolute(path), &status) == 0 else { return false }
            // A folder on the way may be a link that leads out.
            return (try? resolved(Paths.folder(of: path))) != nil
        }
        let parts = path.split(separator: "/")
        let wild = parts.firstIndex { $0.utf8.contains { wildcards.contains($0) } } ?? 0
        // The first folder with a match is enough: what follows below it is not searched.
        let folder = wild == 0 ? "." : parts[..<wild].joined(separator: "/")
        let pattern = String(parts[wild])
        if let state {
            return state.names(in: folder)?.contains { fnmatch(pattern, $0, 0) == 0 } ?? false
        }
        guard let place = try? resolved(folder), let stream = opendir(place) else { return false }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let matches = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) {
                    strcmp($0, ".") != 0 && strcmp($0, "..") != 0 && fnmatch(pattern, $0, 0) == 0
                }
            }
            if matches { return true }
        }
        return false
    }

    /// The names in a folder; nil where it cannot be read or has more than the limit.
    func names(in folder: String, limit: Int) -> [String]? {
        if let state { return state.names(in: folder).flatMap { $0.count > limit ? nil : $0 } }
        guard let place = try? resolved(folder), let stream = opendir(place) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            if names.count == limit { return nil }
            names.append(name)
        }
        return names
    }

    /// The path of what stands at a path once links are followed; nil where there is nothing or it lies outside of the
    /// root.
    func target(of path: String) -> String? {
        if let state { return state.target(of: path)?.description }
        return realPath(absolute(path)).flatMap { relative($0) }
    }

    /// - Parameter absolute: an absolute path without links.
    /// - Returns: nil for one outside of the root.
    func relative(_ absolute: String) -> String? {
        if absolute == root { return "." }
        let prefix = root == "/" ? "/" : root + "/"
        guard absolute.utf8.starts(with: prefix.utf8) else { return nil }
        return String(decoding: absolute.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    static func isFile(_ absolute: String) -> Bool {
        var status = stat()
        return stat(absolute, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
    }

    /// The folder that holds an absolute path.
    static func parent(of absolute: String) -> String {
        let folder = absolute.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(absolute[..<$0]) } ?? ""
        return folder.isEmpty ? "/" : folder
    }

    /// Why the system call before failed.
    static func problemText() -> String {
        errno == ENOENT ? "no such file or folder" : String(cString: strerror(errno))
    }

    func absolute(_ path: String) -> String {
        path == "." ? root : root == "/" ? "/\(path)" : "\(root)/\(path)"
    }

    /// The absolute path without links, where it is below the root; nothing outside of it is looked at.
    private func resolved(_ path: String) throws(Problem) -> String {
        do throws(InsidePath.Failure) { return try InsidePath.resolve(path, below: root) } catch {
            switch error {
            case .outside: throw .because("is a link that leads out of the repository")
            case .dangling: throw .because("is a link to a file that does not exist")
            case .system(let code): throw problem(code)
            }
        }
    }

    private func problem(_ code: Int32) -> Problem {
        switch code {
        case ENOENT, ENOTDIR: .missing
        case ELOOP: .because("is a link that leads back to itself")
        case EACCES, EPERM: .because("may not be read")
        default: .because("cannot be read: \(String(cString: strerror(code)))")
        }
    }
}

private let wildcards: [UInt8] = Array("*?[".utf8)

/// `read(2)`, by a name that the type's own method does not hide.
private func readBytes(_ file: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(file, buffer, count)
}

/// - Returns: the absolute path without links; nil where there is nothing (`errno` says why).
func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
}
