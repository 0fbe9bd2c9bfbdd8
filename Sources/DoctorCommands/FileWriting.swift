#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads and writes the files that the command line names.
enum FileWriting {
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let problem: String

        var description: String { "\(path) \(problem)" }
    }

    /// - Returns: nil where there is no such file.
    static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw Failure(path: path, problem: "cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = readBytes(file, &buffer, buffer.count)
            guard count >= 0 else {
                throw Failure(path: path, problem: "cannot be read: \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= limit else {
                throw Failure(path: path, problem: "is larger than \(limit >> 20) MiB and is not read")
            }
        }
    }

    /// Puts a text in place of a file, or makes it: readers see the old text or the new one, never a part.
    ///
    /// A link is replaced, not followed: a repository may have put it there. Devices and pipes (`/dev/stderr`, what a
    /// shell makes of `>(…)`) are written to as they are; a pipe that nobody reads is an error.
    static func replace(_ path: String, with text: String) throws(Failure) {
        var status = stat()
        let exists = lstat(path, &status) == 0
        let type = status.st_mode & S_IFMT
        let isDescriptor = type == S_IFLNK && (path.hasPrefix("/dev/") || path.hasPrefix("/proc/"))
        if exists, isDescriptor || type != S_IFREG && type != S_IFLNK { return try append(text, to: path) }
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { path[..<$0].isEmpty ? "/" : String(path[..<$0]) } ?? "."
        let name = String(slash.map { path[path.index(after: $0)...] } ?? path[...])
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        _ = Leftovers.find(in: folder, isCleared: true)
        do throws(WholeFile.Failure) {
            try WholeFile.replace(
                name, in: descriptor, with: text.utf8, like: nil,
                mode: exists && type == S_IFREG ? status.st_mode & 0o7777 : nil, places: [descriptor])
        } catch {
            throw Failure(path: path, problem: "cannot be written: \(error.reason)")
        }
    }

    /// Adds a text to a file's end, or writes it to a pipe or a device.
    static func append(_ text: String, to path: String) throws(Failure) {
        // O_NONBLOCK: opening a FIFO waits for its reader.
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0o666)
        guard file >= 0 else {
            if errno == ENXIO {
                throw Failure(path: path, problem: "cannot be written: nobody reads this pipe")
            }
            throw failure(path)
        }
        defer { close(file) }
        // A reader may be slow.
        _ = fcntl(file, F_SETFL, fcntl(file, F_GETFL) & ~O_NONBLOCK)
        guard WholeFile.writeAll(text.utf8, to: file) else { throw failure(path) }
    }

    private static func failure(_ path: String) -> Failure {
        Failure(path: path, problem: "cannot be written: \(String(cString: strerror(errno)))")
    }
}

/// `read(2)`, by a name that the type's own method does not hide.
private func readBytes(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(file, buffer, count)
}
