internal import BuildContext
internal import Diagnostics
internal import Git
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What is on disk below a root: files are read when they are asked for; folders of build contexts and git's index are read
/// once. Nothing outside of the root is read, and nothing that could make the reader wait.
final class DiskFiles: Sendable {
    private struct State {
        var trees: [String: DiskTree] = [:]
        var gitIndex: IndexFile??
    }

    /// Absolute, without links.
    let root: String
    private let state = Mutex(State())

    /// - Parameter root: absolute, without links.
    init(root: String) { self.root = root }

    // MARK: - Folders

    /// - Parameter directory: relative to the root; `.` for itself.
    func tree(of directory: String) throws(ContextError) -> DiskTree {
        if let known = state.withLock({ $0.trees[directory] }) { return known }
        let tree = try DiskTree(inside: root, directory: directory)
        return state.withLock { state in
            if let known = state.trees[directory] { return known }
            state.trees[directory] = tree
            return tree
        }
    }

    /// What stands at a path of which no name is a link.
    func fileTreeEntry(_ path: ContextPath) -> FileTreeEntry? { (try? tree(of: "."))?.entry(at: path) }

    /// What a folder holds, in the order of the names' bytes; no name of its path is a link.
    /// - Returns: nil where it cannot be read.
    func entries(of folder: ContextPath) -> [FileTreeEntry]? { (try? tree(of: "."))?.entries(of: folder) }

    /// What git's index has of the repository; nil where that cannot be told: there is no repository, or its `.git` is a
    /// file that leads elsewhere.
    var gitIndex: IndexFile? {
        state.withLock { state in
            if let known = state.gitIndex { return known }
            let bytes = try? read(".git/index", limit: Limits.gitIndexBytes)
            let index = bytes.flatMap { IndexFile(parsing: $0, pathBytes: Limits.gitIndexBytes) }
            state.gitIndex = .some(index)
            return index
        }
    }

    /// Gives each name in a folder to `body`, in no order, until that says no. No name of the folder's path is a link.
    /// - Returns: why the folder cannot be read; nil where it can.
    func visitNames(
        in folder: String, _ body: (UnsafeBufferPointer<UInt8>, Snapshot.NameKind) -> Bool
    ) -> String? {
        let descriptor = open(
            absolute(folder), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0, let stream = fdopendir(descriptor) else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            return reason
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let length = Int(strlen(entry.name))
            let name = UnsafeBufferPointer(start: entry.bytes, count: length)
            if name[0] == UInt8(ascii: "."), length == 1 || length == 2 && name[1] == UInt8(ascii: ".") {
                continue
            }
            let kind: Snapshot.NameKind =
                switch Int32(entry.pointee.d_type) {
                case Int32(DT_DIR): .folder
                case Int32(DT_REG): .file
                case Int32(DT_LNK): .link
                case Int32(DT_UNKNOWN): unlistedKind(of: folder, name)
                default: .other
                }
            guard body(name, kind) else { return nil }
        }
        return nil
    }

    /// Some file systems do not list what a name stands for.
    private func unlistedKind(of folder: String, _ name: UnsafeBufferPointer<UInt8>) -> Snapshot.NameKind {
        var status = stat()
        let path = Array(absolute(folder).utf8) + [UInt8(ascii: "/")] + name + [0]
        guard lstat(path.map { CChar(bitPattern: $0) }, &status) == 0 else { return .other }
        return switch status.st_mode & S_IFMT {
        case S_IFDIR: .folder
        case S_IFREG: .file
        case S_IFLNK: .link
        default: .other
        }
    }

    // MARK: - Files

    /// - Parameters:
    ///   - path: relative to the root.
    ///   - limit: in bytes.
    ///   - isPlain: the path is known to be that of a regular file in folders that are no links.
    func read(_ path: String, limit: Int, isPlain: Bool = false) throws(Snapshot.Problem) -> [UInt8] {
        let place = isPlain ? absolute(path) : try resolved(path)
        // O_NONBLOCK: opening a FIFO waits for its writer.
        let file = open(place, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY)
        guard file >= 0 else { throw Self.problem(errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Self.problem(errno) }
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
        if failure != 0 { throw Self.problem(failure) }
        return bytes
    }

    /// Whether a file begins with `#!`; true where it cannot be read.
    func mayBeScript(_ path: String, isPlain: Bool) -> Bool {
        guard let place = isPlain ? absolute(path) : try? resolved(path) else { return true }
        let file = open(place, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY)
        guard file >= 0 else { return true }
        defer { close(file) }
        let start = [UInt8](unsafeUninitializedCapacity: 2) { buffer, count in
            count = max(0, readBytes(file, buffer.baseAddress!, 2))
        }
        return start == Array("#!".utf8)
    }

    /// What stands at a path, links followed; nil where there is nothing or it lies outside of the root.
    func entry(_ path: String) -> Snapshot.Entry? {
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

    /// Whether anything stands at a path, a link included.
    func exists(_ path: String) -> Bool {
        var status = stat()
        guard lstat(absolute(path), &status) == 0 else { return false }
        // A folder on the way may be a link that leads out.
        return (try? resolved(Paths.folder(of: path))) != nil
    }

    /// The names in a folder, links followed; nil where it cannot be read or has more than the limit.
    func names(in folder: String, limit: Int) -> [String]? {
        guard let place = try? resolved(folder), let stream = opendir(place) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = String(cString: entry.name)
            if name == "." || name == ".." { continue }
            if names.count == limit { return nil }
            names.append(name)
        }
        return names
    }

    /// The path of what stands at a path once links are followed; nil where there is nothing or it lies outside of the
    /// root.
    func target(of path: String) -> String? {
        realPath(absolute(path)).flatMap { Paths.relative($0, to: root) }
    }

    func absolute(_ path: String) -> String {
        path == "." ? root : root == "/" ? "/\(path)" : "\(root)/\(path)"
    }

    /// The absolute path without links, where it is below the root; nothing outside of it is looked at.
    private func resolved(_ path: String) throws(Snapshot.Problem) -> String {
        do throws(InsidePath.Failure) { return try InsidePath.resolve(path, below: root) } catch {
            switch error {
            case .outside: throw .because("is a link that leads out of the repository")
            case .dangling: throw .because("is a link to a file that does not exist")
            case .system(let code): throw Self.problem(code)
            }
        }
    }

    private static func problem(_ code: Int32) -> Snapshot.Problem {
        switch code {
        case ENOENT, ENOTDIR: .missing
        case ELOOP: .because("is a link that leads back to itself")
        case EACCES, EPERM: .because("may not be read")
        default: .because("cannot be read: \(String(cString: strerror(code)))")
        }
    }
}

/// `read(2)`, by a name that the type's own method does not hide.
private func readBytes(_ file: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(file, buffer, count)
}

extension UnsafeMutablePointer<dirent> {
    /// The name in place: `d_name` as a tuple would be copied.
    fileprivate var bytes: UnsafePointer<UInt8> {
        let offset = MemoryLayout<dirent>.offset(of: \.d_name)!
        return UnsafePointer((UnsafeRawPointer(self) + offset).assumingMemoryBound(to: UInt8.self))
    }

    fileprivate var name: UnsafePointer<CChar> {
        UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self)
    }
}
