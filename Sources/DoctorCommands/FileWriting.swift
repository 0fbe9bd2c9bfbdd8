#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Writes the files that the command line names.
enum FileWriting {
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let reason: String

        var description: String { "\(path) cannot be written: \(reason)" }
    }

    /// Puts a text in place of a file, or makes it: readers see the old text or the new one, never a part. What is no
    /// regular file (`/dev/stderr`, a pipe) is written to as it is.
    static func replace(_ path: String, with text: String) throws(Failure) {
        var status = stat()
        let exists = stat(path, &status) == 0
        if exists, status.st_mode & S_IFMT != S_IFREG { return try append(text, to: path) }
        // The file that a link leads to is replaced, and the link stays.
        let place = exists ? resolved(path) : path
        var template = Array((place + ".XXXXXX").utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw failure(path) }
        let scratch = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do {
            defer { close(file) }
            let mask = umask(0)
            umask(mask)
            guard write(text, to: file), fchmod(file, exists ? status.st_mode & 0o7777 : 0o666 & ~mask) == 0,
                fsync(file) == 0
            else {
                let failure = failure(path)
                unlink(scratch)
                throw failure
            }
        }
        guard rename(scratch, place) == 0 else {
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

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func failure(_ path: String) -> Failure {
        Failure(path: path, reason: String(cString: strerror(errno)))
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

/// `write(2)`, by a name that the type's own method does not hide.
private func writeBytes(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, buffer, count)
}
