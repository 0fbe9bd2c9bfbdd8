internal import Diagnostics
internal import Dockerfile
internal import SourceText

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Files of a commit, laid out in a scratch folder for what reads the disk.
package struct ProjectSnapshot: ~Copyable {
    /// Absolute path.
    package let root: String
    /// Its files that git tracks and that `Project.concerns`.
    package var tracked: [[UInt8]] = []
    /// Those that were made, absolute.
    private var folders: Set<[UInt8]> = []

    /// Makes an empty one: in memory where that is to be had, as making many small files takes a disk longer than all
    /// that is done with them.
    /// - Parameter bytes: how much will be written.
    package init(holding bytes: Int) throws(LoadError) {
        var parent = "/tmp"
        var space = statvfs()
        if let folder = getenv("TMPDIR") {
            parent = String(cString: folder)
        } else if access("/dev/shm", W_OK | X_OK) == 0, statvfs("/dev/shm", &space) == 0,
            UInt64(space.f_bavail) * UInt64(space.f_frsize) > UInt64(Limits.spareSharedMemory + 2 * bytes)
        {
            parent = "/dev/shm"
        }
        var template = Array((parent + "/clm-doctor-XXXXXX").utf8CString)
        guard let made = mkdtemp(&template), let real = realPath(String(cString: made)) else {
            throw .path(parent, reason: ProjectFiles.problemText())
        }
        root = real
    }

    deinit { Self.remove(root) }

    /// - Parameter path: relative; must not lead out.
    package mutating func write(_ bytes: [UInt8], to path: [UInt8]) {
        guard let file = makeFile(path) else { return }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { writeBytes(file, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Makes a file of a size that holds nothing and takes no room.
    mutating func reserve(_ size: Int, at path: [UInt8]) {
        guard let file = makeFile(path) else { return }
        defer { close(file) }
        ftruncate(file, off_t(size))
    }

    /// Makes the folders in which a path lies, and the folder itself where it is one.
    /// - Returns: its place; nil for a path that leads out.
    @discardableResult
    mutating func makeFolders(of path: [UInt8], isFolder: Bool = false) -> [CChar]? {
        let parts = path.split(separator: UInt8(ascii: "/"))
        guard !parts.isEmpty,
            !parts.contains(where: { $0.elementsEqual("..".utf8) || $0.elementsEqual(".".utf8) })
        else { return nil }
        var place = Array(root.utf8)
        for part in isFolder ? parts[...] : parts.dropLast() {
            place += [UInt8(ascii: "/")] + part
            if folders.insert(place).inserted {
                mkdir((place + [0]).map { CChar(bitPattern: $0) }, 0o700)
            }
        }
        if !isFolder { place += [UInt8(ascii: "/")] + parts[parts.count - 1] }
        return (place + [0]).map { CChar(bitPattern: $0) }
    }

    private mutating func makeFile(_ path: [UInt8]) -> Int32? {
        guard let place = makeFolders(of: path) else { return nil }
        let file = open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        return file >= 0 ? file : nil
    }

    private static func remove(_ folder: String) {
        guard let stream = opendir(folder) else { return }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            let path = folder + "/" + name
            if entry.pointee.d_type == UInt8(DT_DIR) || unlink(path) != 0 { remove(path) }
        }
        closedir(stream)
        rmdir(folder)
    }
}

/// `write(2)`, by a name that the type's own method does not hide.
private func writeBytes(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, buffer, count)
}
