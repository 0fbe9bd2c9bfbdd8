#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A folder for one test under the system's temporary folder; removed with the value.
package final class ScratchFolder: Sendable {
    /// Absolute, without symlinks.
    package let path: String

    package init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/clm-doctor-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil, let resolved = realpath(template, nil) else {
            throw ScratchError(what: "mkdtemp in \(base)", code: errno)
        }
        defer { free(resolved) }
        path = String(cString: resolved)
    }

    deinit { Self.removeTree(Array(path.utf8)) }

    private static func removeTree(_ path: [UInt8]) {
        let systemPath = (path + [0]).map { CChar(bitPattern: $0) }
        var status = stat()
        guard lstat(systemPath, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(systemPath)
            return
        }
        chmod(systemPath, 0o700)
        if let stream = opendir(systemPath) {
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
                if name != Array(".".utf8), name != Array("..".utf8) {
                    removeTree(path + [UInt8(ascii: "/")] + name)
                }
            }
            closedir(stream)
        }
        rmdir(systemPath)
    }

    /// The absolute path of something in the folder.
    package func path(of relative: String) -> String { relative.isEmpty ? path : "\(path)/\(relative)" }

    /// Writes a file, and makes the folders above it.
    package func write(_ text: String, to relative: String, mode: UInt16 = 0o644) throws {
        try write(Array(text.utf8), to: relative, mode: mode)
    }

    package func write(_ bytes: [UInt8], to relative: String, mode: UInt16 = 0o644) throws {
        try write(bytes, toName: Array(relative.utf8), mode: mode)
    }

    /// Writes a file whose name need not be UTF-8.
    package func write(_ bytes: [UInt8], toName relative: [UInt8], mode: UInt16 = 0o644) throws {
        if let slash = relative.lastIndex(of: UInt8(ascii: "/")) {
            try makeFolder(named: Array(relative[..<slash]))
        }
        let descriptor = open(
            systemPath(relative), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode_t(mode))
        guard descriptor >= 0 else { throw failure("write", relative) }
        defer { close(descriptor) }
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Self.writeBytes(descriptor, $0) }
            guard count > 0 else { throw failure("write", relative) }
            offset += count
        }
        guard fchmod(descriptor, mode_t(mode)) == 0 else { throw failure("chmod", relative) }
    }

    /// Makes a folder, and those above it.
    package func makeFolder(_ relative: String) throws { try makeFolder(named: Array(relative.utf8)) }

    private func makeFolder(named relative: [UInt8]) throws {
        var end = relative.startIndex
        while end < relative.endIndex {
            end = relative[end...].dropFirst().firstIndex(of: UInt8(ascii: "/")) ?? relative.endIndex
            if mkdir(systemPath(Array(relative[..<end])), 0o755) != 0, errno != EEXIST {
                throw failure("mkdir", relative)
            }
        }
    }

    /// - Parameter target: as the symlink says it; need not exist.
    package func symlink(_ relative: String, to target: String) throws {
        try makeParent(of: relative)
        guard Self.makeSymlink(target, path(of: relative)) == 0 else {
            throw failure("symlink", Array(relative.utf8))
        }
    }

    package func makeFIFO(_ relative: String) throws {
        try makeParent(of: relative)
        guard mkfifo(path(of: relative), 0o644) == 0 else { throw failure("mkfifo", Array(relative.utf8)) }
    }

    /// - Parameter mode: permission bits, such as 0o644.
    package func setMode(_ mode: UInt16, of relative: String) throws {
        guard chmod(path(of: relative), mode_t(mode)) == 0 else {
            throw failure("chmod", Array(relative.utf8))
        }
    }

    private func makeParent(of relative: String) throws {
        if let slash = relative.utf8.lastIndex(of: UInt8(ascii: "/")) {
            try makeFolder(String(relative[..<slash]))
        }
    }

    private func systemPath(_ relative: [UInt8]) -> [CChar] {
        (Array(path.utf8) + [UInt8(ascii: "/")] + relative + [0]).map { CChar(bitPattern: $0) }
    }

    private func failure(_ call: String, _ relative: [UInt8]) -> ScratchError {
        ScratchError(what: "\(call) \(String(decoding: relative, as: UTF8.self))", code: errno)
    }

    // These functions have the names of the methods that call them.
    private static func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
        Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    private static func makeSymlink(_ target: String, _ path: String) -> Int32 {
        #if canImport(Glibc)
        Glibc.symlink(target, path)
        #elseif canImport(Musl)
        Musl.symlink(target, path)
        #else
        Darwin.symlink(target, path)
        #endif
    }
}

/// A scratch file could not be made.
package struct ScratchError: Error, CustomStringConvertible {
    let what: String
    let code: Int32

    package var description: String { "\(what): \(String(cString: strerror(code)))" }
}
