internal import Diagnostics

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A folder for one run that nobody else can read. It is deleted with the value, and when this process is told to end;
/// where it is killed before that, the next run deletes it.
package final class TemporaryFolder: Sendable {
    /// Absolute, without links.
    package let path: String
    /// Open, and locked, as long as the folder is in use.
    private let descriptor: CInt

    /// Why there is none.
    package struct Failure: Error {
        package let parent: String
        package let reason: String
    }

    /// What is called so is in use as long as it is locked.
    private static let prefix = "clm-doctor-run-"
    private static let prefixBeforeLock = "clm-doctor-new-"

    /// - Parameter parent: absolute path; nil for `parent()`.
    package init(in parent: String? = nil) throws(Failure) {
        let parent = parent ?? Self.parent()
        Self.deleteAbandoned(in: parent)
        var template = Array("\(parent)/\(Self.prefixBeforeLock)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Self.failure(parent) }
        let made = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let name = "\(parent)/\(Self.prefix)\(made.suffix(6))"
        let descriptor = open(made, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor >= 0 { flock(descriptor, LOCK_EX | LOCK_NB) }
        guard descriptor >= 0, rename(made, name) == 0, let resolved = realpath(name, nil) else {
            let failure = Self.failure(parent)
            if descriptor >= 0 { close(descriptor) }
            rmdir(made)
            throw failure
        }
        defer { free(resolved) }
        path = String(cString: resolved)
        self.descriptor = descriptor
        RunningGroups.hold(Array(path.utf8))
    }

    private static func failure(_ parent: String) -> Failure {
        Failure(parent: parent, reason: String(cString: strerror(errno)))
    }

    deinit {
        Self.delete(Array(path.utf8))
        RunningGroups.release(Array(path.utf8))
        close(descriptor)
    }

    /// `TMPDIR`, else memory's file system where it is not full, else `/tmp`. (Making files takes a disk longer than all
    /// that is done with them.)
    package static func parent() -> String {
        var space = statvfs()
        if let folder = getenv("TMPDIR"), folder.pointee == CChar(bitPattern: UInt8(ascii: "/")) {
            return String(cString: folder)
        }
        if access("/dev/shm", W_OK | X_OK) == 0, statvfs("/dev/shm", &space) == 0, space.f_bavail > 0 {
            return "/dev/shm"
        }
        return "/tmp"
    }

    /// - Parameter name: relative; its folder is there.
    /// - Returns: whether it is written.
    @discardableResult
    package func write(_ bytes: [UInt8], to name: String) -> Bool {
        let file = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { writeBytes(file, $0.baseAddress, $0.count) }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    package func makeFolder(_ name: String) { mkdir("\(path)/\(name)", 0o700) }

    /// Makes a symbolic link.
    package func link(_ name: String, to target: String) { symlink(target, "\(path)/\(name)") }

    // MARK: - Deleting

    /// Deletes the folders that a killed process of this user left behind.
    private static func deleteAbandoned(in parent: String) {
        guard let stream = opendir(parent) else { return }
        defer { closedir(stream) }
        // A temporary folder can hold any number of names of other programs.
        var left = Limits.temporaryNames
        while left > 0, let entry = readdir(stream) {
            left -= 1
            let name = nameBytes(entry)
            guard name.starts(with: prefix.utf8) else { continue }
            let place = Array(parent.utf8) + [UInt8(ascii: "/")] + name
            var status = stat()
            guard lstat(cPath(place), &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
                status.st_uid == geteuid()
            else { continue }
            let folder = open(cPath(place), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard folder >= 0 else { continue }
            if flock(folder, LOCK_EX | LOCK_NB) == 0 { delete(place) }
            close(folder)
        }
    }

    /// Deletes a folder that may still be written to.
    static func end(_ folder: [UInt8]) {
        // Under another name, it is no longer found by who writes.
        let renamed = folder + Array("-ended".utf8)
        let isRenamed = rename(cPath(folder), cPath(renamed)) == 0
        for _ in 0..<10 where !delete(isRenamed ? renamed : folder) {}
    }

    /// Deletes a folder and all that is in it; names need not be UTF-8.
    /// - Returns: whether it is gone.
    @discardableResult
    static func delete(_ folder: [UInt8]) -> Bool {
        if let stream = opendir(cPath(folder)) {
            while let entry = readdir(stream) {
                let name = nameBytes(entry)
                if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
                let place = folder + [UInt8(ascii: "/")] + name
                if entry.pointee.d_type == UInt8(DT_DIR) || unlink(cPath(place)) != 0 { delete(place) }
            }
            closedir(stream)
        }
        return rmdir(cPath(folder)) == 0 || errno == ENOENT
    }

    private static func cPath(_ path: [UInt8]) -> [CChar] { (path + [0]).map { CChar(bitPattern: $0) } }

    private static func nameBytes(_ entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
    }
}

/// `write(2)`, by a name that the type's own method does not hide.
private func writeBytes(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, buffer, count)
}
