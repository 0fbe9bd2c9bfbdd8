#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A folder of its own below the system's temporary folder, removed when the value is released.
package final class Scratch: Sendable {
    /// Absolute, without links.
    package let path: String

    package init() {
        var template = Array("\(Self.temporaryFolder)/clm-doctor-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil, let real = realpath(template, nil) else {
            fatalError("no temporary folder: \(String(cString: strerror(errno)))")
        }
        defer { free(real) }
        path = String(cString: real)
    }

    /// With files: the text by the path relative to the folder. A path that ends in `/` makes a folder.
    package convenience init(_ files: KeyValuePairs<String, String>) {
        self.init()
        for (path, text) in files { write(text, to: path) }
    }

    deinit {
        Self.removeTree(path)
    }

    package func write(_ text: String, to file: String) { write(Array(text.utf8), to: file) }

    /// Makes the folders that are missing.
    package func write(_ bytes: [UInt8], to file: String) {
        var folder = path
        for part in file.split(separator: "/", omittingEmptySubsequences: false).dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o755)
        }
        if file.hasSuffix("/") { return }
        let descriptor = open("\(path)/\(file)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { writeBytes(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { fatalError("\(file): \(String(cString: strerror(errno)))") }
            written += count
        }
    }

    /// A symbolic link.
    package func link(_ file: String, to target: String) {
        symlink(target, "\(path)/\(file)")
    }

    private static func removeTree(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        chmod(path, 0o700)
        if let stream = opendir(path) {
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
                }
                if name != ".", name != ".." { removeTree("\(path)/\(name)") }
            }
            closedir(stream)
        }
        rmdir(path)
    }

    private static var temporaryFolder: String {
        getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    }
}

/// `write(2)`, by a name that the type's methods do not hide.
private func writeBytes(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, bytes, count)
}
