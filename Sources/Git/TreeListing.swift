internal import SourceText

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// All files of one commit, as `git ls-tree -r -z` lists them; kept as git wrote them.
package struct TreeListing: Sendable {
    private let bytes: [UInt8]
    /// Where each record's path begins and ends, in the order of the paths' bytes.
    private let paths: [Range<UInt32>]
    /// Indices of symlinks and submodules.
    package let symlinks: [Int]
    package let submodules: [Int]
    /// Indices of the paths for which who asked for the list wanted it.
    package let noted: [Int]

    package typealias Test = @Sendable (UnsafeBufferPointer<UInt8>) -> Bool

    package static let empty = TreeListing(output: [])

    /// - Parameter output: records `<mode> SP <type> SP <object> TAB <path> NUL`; what is none ends the list.
    package init(output: [UInt8]) {
        var reader = Reader { _ in false }
        output.withUnsafeBufferPointer { reader.read($0) }
        self = reader.listing(output)
    }

    private init(_ bytes: [UInt8], _ reader: Reader) {
        self.bytes = bytes
        paths = reader.paths
        symlinks = reader.symlinks
        submodules = reader.submodules
        noted = reader.noted
    }

    /// Reads a listing as it comes.
    struct Reader {
        fileprivate var paths: [Range<UInt32>] = []
        fileprivate var symlinks: [Int] = []
        fileprivate var submodules: [Int] = []
        fileprivate var noted: [Int] = []
        private let isNoted: Test
        private var start = 0
        private var isEnded = false

        init(_ isNoted: @escaping Test) { self.isNoted = isNoted }

        /// - Parameter buffer: all that has come so far.
        mutating func read(_ buffer: UnsafeBufferPointer<UInt8>) {
            guard let base = buffer.baseAddress else { return }
            func index(of byte: UInt8, from start: Int) -> Int? {
                memchr(base + start, Int32(byte), buffer.count - start).map {
                    UnsafeRawPointer($0) - UnsafeRawPointer(base)
                }
            }
            while start < buffer.count, !isEnded {
                guard let tab = index(of: UInt8(ascii: "\t"), from: start), let end = index(of: 0, from: tab)
                else { return }
                guard tab - start > 7 else {
                    isEnded = true
                    return
                }
                if buffer[start + 1] == UInt8(ascii: "2") { symlinks.append(paths.count) }
                if buffer[start + 1] == UInt8(ascii: "6") { submodules.append(paths.count) }
                if isNoted(UnsafeBufferPointer(rebasing: buffer[(tab + 1)..<end])) {
                    noted.append(paths.count)
                }
                paths.append(UInt32(tab + 1)..<UInt32(end))
                start = end + 1
            }
        }

        /// - Parameter output: all that has come.
        func listing(_ output: [UInt8]) -> TreeListing { TreeListing(output, self) }
    }

    package var count: Int { paths.count }

    package func path(at index: Int) -> ArraySlice<UInt8> {
        bytes[Int(paths[index].lowerBound)..<Int(paths[index].upperBound)]
    }

    package func entry(at index: Int) -> TreeEntry? {
        let tab = Int(paths[index].lowerBound) - 1
        let start = index == 0 ? 0 : Int(paths[index - 1].upperBound) + 1
        guard let blank = bytes[start..<tab].lastIndex(of: UInt8(ascii: " ")) else { return nil }
        return TreeEntry(
            mode: bytes[start..<min(start + 6, tab)], id: ObjectID(hex: bytes[(blank + 1)..<tab]))
    }

    /// - Returns: nil where the commit has no such file.
    package func entry(_ path: [UInt8]) -> TreeEntry? {
        let index = lowerBound(path)
        guard index < count, order(of: index, to: path) == 0 else { return nil }
        return entry(at: index)
    }

    /// The first index whose path is not before the given one.
    package func lowerBound(_ path: [UInt8]) -> Int {
        paths.indices.partitioningIndex { order(of: $0, to: path) >= 0 }
    }

    /// Below 0 where the path at an index is before the given one, as `memcmp`; a path is before those that it begins.
    private func order(of index: Int, to path: [UInt8]) -> Int {
        let range = paths[index]
        let common = min(range.count, path.count)
        let order = bytes.withUnsafeBytes { all in
            path.withUnsafeBytes { wanted in
                common == 0
                    ? 0 : Int(memcmp(all.baseAddress! + Int(range.lowerBound), wanted.baseAddress!, common))
            }
        }
        return order != 0 ? order : range.count - path.count
    }
}
