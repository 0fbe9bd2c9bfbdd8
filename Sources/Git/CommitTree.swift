#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// All files of one commit: its tree objects, each kept once however many folders are equal to it.
package struct CommitTree: Sendable {
    /// What git wrote. Names, and names of objects, are parts of it.
    private let bytes: [UInt8]
    private let entries: [Entry]
    /// What each folder holds; the root is the first.
    private let folders: [Range<Int>]
    private let idLength: Int

    package static let empty = CommitTree(bytes: [], entries: [], folders: [0..<0], idLength: 20)

    init(bytes: [UInt8], entries: [Entry], folders: [Range<Int>], idLength: Int) {
        self.bytes = bytes
        self.entries = entries
        self.folders = folders
        self.idLength = idLength
    }

    /// A name in a tree object.
    struct Entry {
        let nameStart: UInt32
        let nameEnd: UInt32
        /// nil for a folder.
        let kind: TreeEntry.Kind?
        /// The index of the folder that it is.
        let folder: Int32

        var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        /// - Parameter length: of names of objects, in bytes.
        func id(_ length: Int) -> Range<Int> { Int(nameEnd + 1)..<(Int(nameEnd) + 1 + length) }
    }

    /// A folder, by what it holds: those that hold the same are one.
    package struct Folder: Hashable, Sendable {
        fileprivate let index: Int
    }

    /// What a folder holds.
    package struct Child {
        package let name: ArraySlice<UInt8>
        package let node: Node
    }

    package enum Node {
        case file(TreeEntry)
        case folder(Folder)
    }

    package var root: Folder { Folder(index: 0) }

    /// - Returns: nil where the commit has no such file.
    package func entry(_ path: [UInt8]) -> TreeEntry? {
        let name = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        guard let folder = folder(path[..<max(0, name - 1)]),
            let index = index(of: path[name...], in: folder, isFolder: false)
        else { return nil }
        return treeEntry(entries[index])
    }

    /// Whether there is a folder of that path with a file in it; the root is one.
    package func isFolder(_ path: [UInt8]) -> Bool {
        guard let folder = folder(path[...]) else { return false }
        return folder == 0 || holdsFiles(Folder(index: folder))
    }

    package func holdsFiles(_ folder: Folder) -> Bool {
        var isOne = false
        visitFiles(of: folder.index, at: []) { _, _ in
            isOne = true
            return false
        }
        return isOne
    }

    /// In the order of the names' bytes, where `/` ends that of a folder.
    package func children(of folder: Folder) -> [Child] {
        entries[folders[folder.index]].map { entry in
            Child(
                name: bytes[entry.name],
                node: treeEntry(entry).map { .file($0) } ?? .folder(Folder(index: Int(entry.folder))))
        }
    }

    /// - Returns: nil where the folder holds no other folder of that name.
    package func folder(named name: ArraySlice<UInt8>, in folder: Folder) -> Folder? {
        index(of: name, in: folder.index, isFolder: true).map { Folder(index: Int(entries[$0].folder)) }
    }

    /// - Returns: nil where the folder holds no file of that name.
    package func file(named name: ArraySlice<UInt8>, in folder: Folder) -> TreeEntry? {
        index(of: name, in: folder.index, isFolder: false).flatMap { treeEntry(entries[$0]) }
    }

    /// The files below a folder, in the order of their paths' bytes.
    /// - Parameter body: is given each path and what it is, until it returns false.
    package func visitFiles(below path: [UInt8] = [], _ body: ([UInt8], TreeEntry) throws -> Bool) rethrows {
        guard let folder = folder(path[...]) else { return }
        try visitFiles(of: folder, at: path, body)
    }

    private func visitFiles(
        of folder: Int, at path: [UInt8], _ body: ([UInt8], TreeEntry) throws -> Bool
    ) rethrows {
        var open = [(rest: folders[folder], path: path)]
        while let (rest, path) = open.popLast() {
            guard let index = rest.first else { continue }
            open.append((rest.dropFirst(), path))
            let entry = entries[index]
            let inside = Self.path(of: bytes[entry.name], in: path)
            if let file = treeEntry(entry) {
                guard try body(inside, file) else { return }
            } else {
                open.append((folders[Int(entry.folder)], inside))
            }
        }
    }

    private func treeEntry(_ entry: Entry) -> TreeEntry? {
        entry.kind.map { TreeEntry(kind: $0, id: ObjectID(bytes: bytes[entry.id(idLength)])) }
    }

    static func path(of name: some Collection<UInt8>, in folder: [UInt8]) -> [UInt8] {
        var path = folder
        path.reserveCapacity(folder.count + 1 + name.count)
        if !folder.isEmpty { path.append(UInt8(ascii: "/")) }
        path += name
        return path
    }

    /// The index of a folder by its path; nil where there is none.
    private func folder(_ path: ArraySlice<UInt8>) -> Int? {
        var folder = 0
        var rest = path
        while !rest.isEmpty {
            let name = rest.prefix { $0 != UInt8(ascii: "/") }
            guard let index = index(of: name, in: folder, isFolder: true) else { return nil }
            folder = Int(entries[index].folder)
            rest = rest[name.endIndex...].dropFirst()
        }
        return folder
    }

    private func index(of name: ArraySlice<UInt8>, in folder: Int, isFolder: Bool) -> Int? {
        bytes.withUnsafeBytes { bytes in
            name.withUnsafeBytes { name in
                var range = folders[folder]
                while !range.isEmpty {
                    let middle = (range.lowerBound + range.upperBound) / 2
                    let entry = entries[middle]
                    let order = Self.order(
                        UnsafeRawBufferPointer(rebasing: bytes[entry.name]), entry.kind == nil, name,
                        isFolder)
                    if order == 0 { return middle }
                    range = order < 0 ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
                }
                return nil
            }
        }
    }

    /// Below 0 where the left name is before the right one. Source: git, `base_name_compare` in `read-cache.c`.
    private static func order(
        _ left: UnsafeRawBufferPointer, _ isLeftFolder: Bool, _ right: UnsafeRawBufferPointer,
        _ isRightFolder: Bool
    ) -> Int {
        let common = min(left.count, right.count)
        if common > 0 {
            let order = memcmp(left.baseAddress!, right.baseAddress!, common)
            if order != 0 { return Int(order) }
        }
        func next(_ name: UnsafeRawBufferPointer, _ isFolder: Bool) -> UInt8 {
            name.count > common ? name[common] : isFolder ? UInt8(ascii: "/") : 0
        }
        return Int(next(left, isLeftFolder)) - Int(next(right, isRightFolder))
    }
}
