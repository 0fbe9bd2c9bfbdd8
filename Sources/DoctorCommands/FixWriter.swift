import Fixes

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Writes files of a repository: each one whole or not at all, in place of exactly what was read, and never outside.
struct FixWriter {
    /// Absolute path of the repository's root, without links.
    let root: String

    /// Why a file was not written; the text continues the file's name in a sentence.
    struct Failure: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }

        /// What the system call before said.
        static func system(_ what: String) -> Failure {
            Failure("\(what): \(String(cString: strerror(errno)))")
        }
    }

    /// Replaces a file that is what it was when it was read, or makes one that is not there.
    ///
    /// The content goes to a new file in the same folder, which then takes the old one's name and mode.
    func write(_ file: FixPlan.FixedFile) throws(Failure) {
        let (folder, name) = try enter(file)
        defer { close(folder) }
        var old: stat?
        if let before = file.before { old = try status(of: name, holding: before, in: folder) }
        let temporary = ".\(name.prefix(200)).clm-doctor-\(getpid())"
        try fill(temporary, with: file.after, like: old, in: folder)
        do throws(Failure) {
            if let before = file.before {
                // Once more, as late as can be.
                _ = try status(of: name, holding: before, in: folder)
                guard renameat(folder, temporary, folder, name) == 0 else {
                    throw .system("it cannot be replaced")
                }
            } else if linkat(folder, temporary, folder, name, 0) != 0 {
                throw errno == EEXIST ? Failure("it is there meanwhile") : .system("it cannot be made")
            }
        } catch {
            unlinkat(folder, temporary, 0)
            throw error
        }
        if old == nil { unlinkat(folder, temporary, 0) }
        fsync(folder)
    }

    /// Opens the folder that really holds the file, link by link resolved and then entered without any.
    private func enter(_ file: FixPlan.FixedFile) throws(Failure) -> (folder: Int32, name: String) {
        let whole = root == "/" ? "/" + file.path : root + "/" + file.path
        let slash = whole.lastIndex(of: "/") ?? whole.startIndex
        let isNew = file.before == nil
        guard let resolved = realpath(isNew ? String(whole[..<slash]) : whole, nil) else {
            throw .system("it cannot be found")
        }
        defer { free(resolved) }
        let place = String(cString: resolved) + (isNew ? String(whole[slash...]) : "")
        let prefix = root == "/" ? "/" : root + "/"
        guard place.utf8.starts(with: prefix.utf8) else {
            throw Failure("it is a link that leads out of the repository")
        }
        var names = place.utf8.dropFirst(prefix.utf8.count).split(separator: UInt8(ascii: "/")).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard let name = names.popLast() else { throw Failure("it has no name") }
        var folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for entered in names where folder >= 0 {
            let next = openat(folder, entered, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            close(folder)
            folder = next
        }
        guard folder >= 0 else { throw .system("its folder cannot be opened") }
        return (folder, name)
    }

    /// - Returns: the status of the file; throws where it is not what was read, or may not be written.
    private func status(of name: String, holding before: [UInt8], in folder: Int32) throws(Failure) -> stat {
        let file = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY)
        guard file >= 0 else { throw .system("it cannot be read") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .system("it cannot be read") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Failure("it is no regular file") }
        guard status.st_mode & 0o222 != 0 else { throw Failure("it is read-only") }
        guard faccessat(folder, name, W_OK, 0) == 0 else { throw .system("it may not be written") }
        var bytes = [UInt8](repeating: 0, count: before.count + 1)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress! + count, $0.count - count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .system("it cannot be read") }
            if got == 0 { break }
            count += got
        }
        guard bytes[..<count].elementsEqual(before) else {
            throw Failure("it has changed since it was read; run it again")
        }
        return status
    }

    private func fill(
        _ name: String, with bytes: [UInt8], like old: stat?, in folder: Int32
    ) throws(Failure) {
        // Of a new file the umask decides the mode; a copy is nobody's until it has the old one's.
        let file = openat(
            folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, old == nil ? 0o666 : 0o600)
        guard file >= 0 else { throw .system("no file can be made beside it") }
        var isOpen = true
        do throws(Failure) {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { writeBytes(file, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw .system("it cannot be written") }
                rest = rest.dropFirst(count)
            }
            if let old {
                let isOwn = old.st_uid == geteuid() && old.st_gid == getegid()
                guard isOwn || fchown(file, old.st_uid, old.st_gid) == 0 else {
                    throw Failure("it belongs to somebody else")
                }
                guard fchmod(file, old.st_mode & 0o7777) == 0 else {
                    throw .system("its mode cannot be kept")
                }
            }
            guard fsync(file) == 0 else { throw .system("it cannot be written") }
            isOpen = false
            guard close(file) == 0 else { throw .system("it cannot be written") }
        } catch {
            if isOpen { close(file) }
            unlinkat(folder, name, 0)
            throw error
        }
    }
}

/// `write(2)`, by a name that the type's own method does not hide.
private func writeBytes(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, buffer, count)
}
