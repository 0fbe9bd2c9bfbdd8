import BuildContext
import Diagnostics
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

    typealias Failure = WholeFile.Failure

    /// Replaces a file that is what it was when it was read, or makes one that is not there.
    ///
    /// The content goes to a new file, which then takes the old one's name, owner, mode and extended attributes.
    func write(_ file: FixPlan.FixedFile) throws(Failure) {
        let (folder, name) = try enter(file.path, followsLink: file.before != nil)
        defer { close(folder) }
        // What a kill leaves is best in no build's context.
        let git = open(root + "/.git", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        defer { if git >= 0 { close(git) } }
        let places = git >= 0 && Self.isOneFileSystem(git, folder) ? [git, folder] : [folder]
        guard let before = file.before else {
            return try WholeFile.make(name, in: folder, with: file.after, places: places)
        }
        let old = try opened(name, holding: before, in: folder)
        defer { close(old.descriptor) }
        try WholeFile.replace(name, in: folder, with: file.after, like: old, places: places) {
            () throws(Failure) in
            // Once more, as late as can be.
            close(try opened(name, holding: before, in: folder).descriptor)
        }
    }

    /// Takes a file away; a link in its place is no file.
    /// - Parameter isExpected: whether it holds what is to go.
    /// - Returns: false where there is none.
    func remove(_ path: String, where isExpected: ([UInt8]) -> Bool) throws(Failure) -> Bool {
        var status = stat()
        if lstat(root == "/" ? "/" + path : root + "/" + path, &status) != 0,
            errno == ENOENT || errno == ENOTDIR
        {
            return false
        }
        let (folder, name) = try enter(path, followsLink: false)
        defer { close(folder) }
        let file = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY)
        guard file >= 0 else { throw .system("it cannot be read") }
        defer { close(file) }
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size <= Limits.baselineBytes
        else { throw Failure("it is not what was written") }
        let bytes = try contents(of: file, upTo: Int(status.st_size) + 1)
        guard isExpected(bytes) else { throw Failure("it has changed since it was written") }
        guard unlinkat(folder, name, 0) == 0 else { throw .system("it cannot be deleted") }
        return true
    }

    /// What runs that were killed have left in the places where this writer puts files.
    /// - Parameters:
    ///   - files: relative to the root, as is what is returned.
    ///   - isCleared: whether it is taken away.
    func leftovers(beside files: some Sequence<String>, isCleared: Bool) -> [String] {
        let folders = Set(
            files.map { path in path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? "."
            }
        ).union([".git", "."])
        return folders.sorted().flatMap { folder -> [String] in
            guard let place = try? InsidePath.resolve(folder, below: root) else { return [] }
            return Leftovers.find(in: place, isCleared: isCleared).map {
                folder == "." ? $0 : "\(folder)/\($0)"
            }
        }
    }

    private static func isOneFileSystem(_ one: Int32, _ other: Int32) -> Bool {
        var (first, second) = (stat(), stat())
        return fstat(one, &first) == 0 && fstat(other, &second) == 0 && first.st_dev == second.st_dev
    }

    /// Opens the folder that really holds the file, link by link resolved and then entered without any.
    /// - Parameter followsLink: whether the file itself may be one.
    private func enter(_ path: String, followsLink: Bool) throws(Failure) -> (folder: Int32, name: String) {
        let whole = root == "/" ? "/" + path : root + "/" + path
        let slash = whole.lastIndex(of: "/") ?? whole.startIndex
        guard let resolved = realpath(followsLink ? whole : String(whole[..<slash]), nil) else {
            throw .system("it cannot be found")
        }
        defer { free(resolved) }
        let place = String(cString: resolved) + (followsLink ? "" : String(whole[slash...]))
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

    /// - Returns: the file, open; throws where it is not what was read, or may not be written.
    private func opened(
        _ name: String, holding before: [UInt8], in folder: Int32
    ) throws(Failure) -> WholeFile.Model {
        let file = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY)
        guard file >= 0 else { throw .system("it cannot be read") }
        do throws(Failure) {
            return WholeFile.Model(
                descriptor: file, status: try status(of: file, name, holding: before, in: folder))
        } catch {
            close(file)
            throw error
        }
    }

    private func status(
        of file: Int32, _ name: String, holding before: [UInt8], in folder: Int32
    ) throws(Failure) -> stat {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .system("it cannot be read") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Failure("it is no regular file") }
        guard status.st_mode & 0o222 != 0 else { throw Failure("it is read-only") }
        guard faccessat(folder, name, W_OK, 0) == 0 else { throw .system("it may not be written") }
        guard try contents(of: file, upTo: before.count + 1) == before else {
            throw Failure("it has changed since it was read; run it again")
        }
        return status
    }

    private func contents(of file: Int32, upTo most: Int) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: most)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress! + count, $0.count - count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .system("it cannot be read") }
            if got == 0 { break }
            count += got
        }
        return Array(bytes[..<count])
    }
}
