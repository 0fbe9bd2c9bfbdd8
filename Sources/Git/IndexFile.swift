/// The regular files that a git index tracks (`.git/index`, gitformat-index(5)), each with its executable bit.
package struct IndexFile: Sendable {
    private let files: [[UInt8]: Bool]

    /// - Parameters:
    ///   - bytes: of an index of version 2, 3 or 4, with SHA-1 or SHA-256.
    ///   - pathBytes: how long all paths together may be; version 4 can say much in few bytes.
    /// - Returns: nil for one that is damaged, split (the other half is in another file) or of another version.
    package init?(parsing bytes: [UInt8], pathBytes: Int) {
        let files = Self.all(in: bytes, pathBytes: pathBytes) { ($0, $1.isExecutable) }
        guard let files else { return nil }
        self.files = Dictionary(files, uniquingKeysWith: { $1 })
    }

    /// Whether git keeps a file as executable (mode 100755).
    /// - Parameter path: relative to the work tree.
    /// - Returns: nil for what it does not track, for a link, and for a file with conflicts.
    package func isExecutable(_ path: [UInt8]) -> Bool? { files[path] }

    /// The paths of regular files in an index, of those that a test is true of; `init` has the parameters.
    package static func paths(
        in bytes: [UInt8], pathBytes: Int, where isWanted: (UnsafeBufferPointer<UInt8>) -> Bool
    ) -> [[UInt8]]? {
        all(in: bytes, pathBytes: pathBytes) { path, _ in
            path.withUnsafeBufferPointer(isWanted) ? path : nil
        }
    }

    /// Regular files that git does not look at in the work tree, whatever they hold there (`git update-index
    /// --assume-unchanged`, `--skip-worktree`), with what the index has of them; `init` has the parameters.
    package static func unwatched(in bytes: [UInt8], pathBytes: Int) -> [(path: [UInt8], entry: TreeEntry)] {
        let files = all(in: bytes, pathBytes: pathBytes) { path, file -> (path: [UInt8], entry: TreeEntry)? in
            guard !file.isWatched else { return nil }
            let id = ObjectID(bytes: bytes[file.id])
            return (path, TreeEntry(kind: file.isExecutable ? .executable : .file, id: id))
        }
        return files ?? []
    }

    /// What is made of the files of an index; nil for one that cannot be read.
    private static func all<Value>(
        in bytes: [UInt8], pathBytes: Int, _ value: ([UInt8], File) -> Value?
    ) -> [Value]? {
        // Which hash it is stands in the repository's configuration; only the right one leads to the end of the file.
        for hashSize in [20, 32] {
            var values: [Value] = []
            let isWhole = visit(bytes, hashSize: hashSize, pathBytes: pathBytes) { path, file in
                if let value = value(path, file) { values.append(value) }
            }
            if isWhole { return values }
        }
        return nil
    }

    private struct File {
        let isExecutable: Bool
        let isWatched: Bool
        /// The object's name, in bytes of the index.
        let id: Range<Int>
    }

    /// Visits regular files without conflicts.
    /// - Returns: whether the index could be read to its end with a hash of this size.
    private static func visit(
        _ bytes: [UInt8], hashSize: Int, pathBytes: Int, _ body: ([UInt8], File) -> Void
    ) -> Bool {
        var reader = Reader(bytes: bytes, end: bytes.count - hashSize)
        guard reader.text(4) == Array("DIRC".utf8), let version = reader.number(4), (2...4).contains(version),
            let count = reader.number(4), count <= bytes.count / (42 + hashSize)
        else { return false }
        var path: [UInt8] = []
        var left = pathBytes
        for _ in 0..<count {
            let start = reader.position
            // What stat(2) told of the file stands around its mode.
            guard reader.skip(24), let mode = reader.number(4), reader.skip(12 + hashSize),
                let flags = reader.number(2)
            else { return false }
            let id = reader.position - 2 - hashSize..<reader.position - 2
            var more = 0
            if flags & 0x4000 != 0 {
                guard version > 2, let extended = reader.number(2) else { return false }
                more = extended
            }
            if version == 4 {
                guard let removed = reader.offset(), removed <= path.count else { return false }
                path.removeLast(removed)
            } else {
                path.removeAll(keepingCapacity: true)
            }
            guard let rest = reader.textUpToNull() else { return false }
            path += rest
            left -= path.count
            if left < 0 { return false }
            // The null that ends the path is the first of one to eight.
            if version < 4, !reader.skip(7 - (reader.position - start + 7) % 8) { return false }
            let isMerged = flags & 0x3000 == 0
            if isMerged, mode & 0o170000 == 0o100000 {
                body(
                    path,
                    File(
                        isExecutable: mode & 0o100 != 0, isWatched: flags & 0x8000 == 0 && more & 0x4000 == 0,
                        id: id))
            }
        }
        return reader.skipsExtensions()
    }

    private struct Reader {
        let bytes: [UInt8]
        let end: Int
        var position = 0

        init(bytes: [UInt8], end: Int) {
            self.bytes = bytes
            self.end = end
        }

        mutating func skip(_ count: Int) -> Bool {
            guard count <= end - position else { return false }
            position += count
            return true
        }

        mutating func text(_ count: Int) -> [UInt8]? {
            let start = position
            return skip(count) ? Array(bytes[start..<position]) : nil
        }

        mutating func number(_ size: Int) -> Int? {
            let start = position
            return skip(size) ? bytes[start..<position].reduce(0) { $0 << 8 | Int($1) } : nil
        }

        mutating func textUpToNull() -> ArraySlice<UInt8>? {
            guard position < end, let null = bytes[position..<end].firstIndex(of: 0) else { return nil }
            defer { position = null + 1 }
            return bytes[position..<null]
        }

        /// A number of variable width, as gitformat-pack(5) has it for OFS_DELTA.
        mutating func offset() -> Int? {
            guard var byte = number(1) else { return nil }
            var value = byte & 0x7F
            while byte & 0x80 != 0 {
                guard value < 1 << 32, let next = number(1) else { return nil }
                byte = next
                value = (value + 1) << 7 | byte & 0x7F
            }
            return value
        }

        /// - Returns: whether they end where the file's hash begins, and all can be done without: their names begin with a
        ///   capital letter. `link` (a split index) and `sdir` (folders in place of files) do not.
        mutating func skipsExtensions() -> Bool {
            while position < end {
                guard let name = text(4), (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(name[0]),
                    let size = number(4), skip(size)
                else { return false }
            }
            return position == end
        }
    }
}
