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

    package static let empty = TreeListing(output: [])

    /// - Parameter output: records `<mode> SP <type> SP <object> TAB <path> NUL`; what is none ends the list.
    package init(output: [UInt8]) {
        var paths: [Range<UInt32>] = []
        var symlinks: [Int] = []
        var submodules: [Int] = []
        output.withUnsafeBufferPointer { buffer in
            func index(of byte: UInt8, from start: Int) -> Int? {
                guard let base = buffer.baseAddress,
                    let found = memchr(base + start, Int32(byte), buffer.count - start)
                else { return nil }
                return UnsafeRawPointer(found) - UnsafeRawPointer(base)
            }
            // A record with a short path has about this many bytes.
            paths.reserveCapacity(buffer.count / 72)
            var start = 0
            while start < buffer.count {
                guard let tab = index(of: UInt8(ascii: "\t"), from: start),
                    let end = index(of: 0, from: tab), tab - start > 7
                else { return }
                if buffer[start + 1] == UInt8(ascii: "2") { symlinks.append(paths.count) }
                if buffer[start + 1] == UInt8(ascii: "6") { submodules.append(paths.count) }
                paths.append(UInt32(tab + 1)..<UInt32(end))
                start = end + 1
            }
        }
        bytes = output
        self.paths = paths
        self.symlinks = symlinks
        self.submodules = submodules
    }

    package var count: Int { paths.count }

    package func path(at index: Int) -> ArraySlice<UInt8> {
        bytes[Int(paths[index].lowerBound)..<Int(paths[index].upperBound)]
    }

    /// The indices of the paths of which a test is true.
    package func indices(where test: (UnsafeBufferPointer<UInt8>) -> Bool) -> [Int] {
        bytes.withUnsafeBufferPointer { buffer in
            paths.indices.filter { index in
                test(
                    UnsafeBufferPointer(
                        rebasing: buffer[Int(paths[index].lowerBound)..<Int(paths[index].upperBound)]))
            }
        }
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
        guard index < count, self.path(at: index).elementsEqual(path) else { return nil }
        return entry(at: index)
    }

    /// The first index whose path is not before the given one.
    package func lowerBound(_ path: [UInt8]) -> Int {
        bytes.withUnsafeBytes { all in
            path.withUnsafeBytes { wanted in
                var low = 0
                var high = count
                while low < high {
                    let middle = (low + high) / 2
                    let range = paths[middle]
                    let found = UnsafeRawBufferPointer(
                        rebasing: all[Int(range.lowerBound)..<Int(range.upperBound)])
                    let order = Self.compare(found, wanted)
                    if order < 0 { low = middle + 1 } else { high = middle }
                }
                return low
            }
        }
    }

    /// As `memcmp`, a path before those that it begins.
    private static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        let common = min(left.count, right.count)
        if common > 0 {
            let order = memcmp(left.baseAddress!, right.baseAddress!, common)
            if order != 0 { return Int(order) }
        }
        return left.count - right.count
    }
}
