internal import Diagnostics
internal import Dockerfile
internal import Processes
internal import SourceText

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Files of a commit, laid out in a scratch folder for what reads the disk.
package struct ProjectSnapshot: ~Copyable {
    /// Absolute path.
    package var root: String { scratch.path }
    private let scratch: TemporaryFolder
    /// Its files that git tracks and that `Project.concerns`.
    package var tracked: [[UInt8]] = []
    /// Those that were made, absolute.
    private var folders: Set<[UInt8]> = []

    /// Makes an empty one.
    /// - Parameter bytes: how much will be written.
    package init(holding bytes: Int) throws(LoadError) {
        do {
            scratch = try TemporaryFolder(
                in: TemporaryFolder.parent(withRoomFor: Limits.spareSharedMemory + 2 * bytes))
        } catch {
            throw .path(error.parent, reason: error.reason)
        }
    }

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
}

/// `write(2)`, by a name that the type's own method does not hide.
private func writeBytes(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, buffer, count)
}
