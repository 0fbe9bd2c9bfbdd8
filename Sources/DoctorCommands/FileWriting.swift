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
    /// A link is replaced, not followed: a repository may have put it there. Devices and pipes (`/dev/stderr`) are
    /// written to as they are.
    static func replace(_ path: String, with text: String) throws(Failure) {
        var status = stat()
        let exists = lstat(path, &status) == 0
        let type = status.st_mode & S_IFMT
        if path.hasPrefix("/dev/") || exists && type != S_IFREG && type != S_IFLNK {
            return try append(text, to: path)
        }
        let isFile = exists && type == S_IFREG
        var template = Array((path + ".XXXXXX").utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw failure(path) }
        let scratch = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do {
            defer { close(file) }
            let mask = umask(0)
            umask(mask)
            guard write(text, to: file), fchmod(file, isFile ? status.st_mode & 0o7777 : 0o666 & ~mask) == 0,
                fsync(file) == 0
            else {
                let failure = failure(path)
                unlink(scratch)
                throw failure
            }
        }
        guard rename(scratch, path) == 0 else {
            let failure = failure(path)
            unlink(scratch)
            throw failure
        }
    }

    /// Adds a text to a file's end.
    static func append(_ text: String, to path: String) throws(Failure) {
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        guard write(text, to: file) else { throw failure(path) }
    }

    private static func failure(_ path: String) -> Failure {
        Failure(path: path, problem: "cannot be written: \(String(cString: strerror(errno)))")
    }

    private static func write(_ text: String, to file: Int32) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = writeBytes(file, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
            return true
        }
    }
}

/// `read(2)` and `write(2)`, by names that the type's own methods do not hide.
private func readBytes(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(file, buffer, count)
}

private func writeBytes(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, buffer, count)
}
