internal import Diagnostics
package import Processes

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Asks one `git cat-file --batch` for commits, for the tree objects of the first one, and for the files that are wanted
/// of it: each as soon as what names it has been read, so that git and this program work side by side.
package struct CommitReader {
    enum Failure {
        /// The index of a name that stands for no commit.
        case unknownCommit(Int)
        /// A file so large that git was stopped before it.
        case large(ObjectID)
        case other(String)
    }

    private(set) var failure: Failure?
    /// git does not have a file that it was asked for.
    private(set) var isFileMissing = false

    private enum Question {
        case commit
        case folder(Int)
        case blob(ObjectID)
    }

    /// Answered in this order.
    private var questions: [Question]
    private var answered = 0
    /// Where the next answer begins in what git writes.
    private var start = 0
    private let isNoted: ReadCommits.Test
    private let contentLimit: Int
    private let skipped: Set<ObjectID>

    private var commits: [ObjectID] = []
    private var entries: [CommitTree.Entry] = []
    private var folders: [Folder] = []
    private var known: [ObjectID: Int] = [:]
    private var idLength = 0
    private var symlinks: [ReadCommits.File] = []
    private var submodules: [ReadCommits.File] = []
    private var noted: [ReadCommits.File] = []
    /// Where contents are in what git writes.
    private var contents: [ObjectID: Range<Int>?] = [:]
    private var visitedEntries = 0

    private struct Folder {
        /// nil until its tree object is read.
        var entries: Range<Int>?
        /// The paths at which it was met before that.
        var paths: [[UInt8]] = []
    }

    /// - Parameters:
    ///   - count: of commits.
    ///   - contentLimit: in bytes; larger files are not kept.
    ///   - skipped: files that are not asked for.
    package init(
        commits count: Int, contentLimit: Int, skipping skipped: Set<ObjectID>,
        noting isNoted: @escaping ReadCommits.Test
    ) {
        questions = Array(repeating: .commit, count: count)
        self.contentLimit = contentLimit
        self.skipped = skipped
        self.isNoted = isNoted
    }

    /// - Parameter written: all that git has written so far.
    /// - Returns: what else to ask for; nil where that was all.
    package mutating func read(_ written: UnsafeBufferPointer<UInt8>) -> Command.Words? {
        var asked: [UInt8] = []
        let askedBefore = questions.count
        while answered < questions.count, failure == nil, start < written.count,
            let base = written.baseAddress,
            let found = memchr(base + start, 0x0A, written.count - start)
        {
            let newline = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            let header = ObjectHeader(written[start..<newline])
            if let header { refuse(header) }
            if failure != nil { return .stop }
            let body = (newline + 1)..<(newline + 1 + (header?.size ?? 0))
            guard header == nil || body.upperBound < written.count else { break }
            take(header, written, body, &asked)
            answered += 1
            start = header == nil ? newline + 1 : body.upperBound + 1
        }
        if failure != nil { return .stop }
        if answered == questions.count { return nil }
        return Command.Words(asked, isAwaited: answered == askedBefore)
    }

    /// Stops git before it writes what nobody could keep.
    private mutating func refuse(_ header: ObjectHeader) {
        switch questions[answered] {
        case .commit where header.size > Limits.gitCommitBytes:
            failure = .other("the commit \(header.id) has \(header.size) bytes")
        case .folder where header.size > Limits.gitTreeBytes:
            failure = .other("the tree object \(header.id) has \(header.size) bytes")
        case .blob(let id) where header.size > max(contentLimit, Limits.gitFileBytes): failure = .large(id)
        default: break
        }
    }

    /// - Parameter written: all that git has written.
    /// - Returns: nil where that was not all that it was asked for.
    func result(_ written: [UInt8]) -> ReadCommits? {
        guard failure == nil, answered == questions.count else { return nil }
        return ReadCommits(
            commits: commits,
            tree: CommitTree(
                bytes: written, entries: entries, folders: folders.map { $0.entries ?? 0..<0 },
                idLength: idLength),
            symlinks: symlinks, submodules: submodules, noted: noted,
            contents: contents.mapValues { range in range.map { Array(written[$0]) } })
    }

    private mutating func take(
        _ header: ObjectHeader?, _ written: UnsafeBufferPointer<UInt8>, _ body: Range<Int>,
        _ asked: inout [UInt8]
    ) {
        switch questions[answered] {
        case .commit:
            guard let header, header.type == "commit" else {
                failure = .unknownCommit(answered)
                return
            }
            if commits.isEmpty {
                // Its first line is `tree <object>`.
                guard let root = ObjectID(hex: written[body].prefix { $0 != 0x0A }.dropFirst(5)) else {
                    failure = .other("\(header.id) cannot be read as a commit")
                    return
                }
                idLength = root.byteCount
                folders.append(Folder(paths: [[]]))
                known[root] = 0
                ask(.folder(0), root, &asked)
            }
            commits.append(header.id)
        case .folder(let index):
            guard let header, header.type == "tree" else {
                let path = folders[index].paths.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
                failure = .other(
                    "the tree object of \(path.isEmpty ? "the root" : path) is missing; "
                        + "`git fetch --refetch --no-filter` makes a partial clone whole")
                return
            }
            parse(written, body, as: index, &asked)
            let paths = folders[index].paths
            folders[index].paths = []
            visit(paths.map { (index, $0) }, written, &asked)
        case .blob(let id):
            if header == nil { isFileMissing = true }
            let isKept = header.map { $0.type == "blob" && $0.size <= contentLimit } ?? false
            contents[id] = .some(isKept ? body : nil)
        }
    }

    private mutating func ask(_ question: Question, _ id: ObjectID, _ asked: inout [UInt8]) {
        questions.append(question)
        asked += id.description.utf8
        asked.append(0x0A)
    }

    // MARK: - Tree objects

    /// Reads a tree object: `<mode> SP <name> NUL <object's bytes>` for each name.
    private mutating func parse(
        _ written: UnsafeBufferPointer<UInt8>, _ body: Range<Int>, as index: Int, _ asked: inout [UInt8]
    ) {
        let first = entries.count
        var place = body.lowerBound
        func find(_ byte: UInt8, from start: Int) -> Int? {
            guard let base = written.baseAddress, start < body.upperBound else { return nil }
            return memchr(base + start, Int32(byte), body.upperBound - start).map {
                UnsafeRawPointer($0) - UnsafeRawPointer(base)
            }
        }
        while place < body.upperBound {
            guard let blank = find(UInt8(ascii: " "), from: place), let end = find(0, from: blank + 1),
                end + idLength < body.upperBound, end <= UInt32.max
            else {
                failure = .other("a tree object cannot be read")
                return
            }
            let mode = written[place..<blank]
            let isFolder = mode.elementsEqual("40000".utf8) || mode.elementsEqual("040000".utf8)
            let id = (end + 1)..<(end + 1 + idLength)
            var folder: Int32 = 0
            if isFolder {
                let object = ObjectID(bytes: written[id])
                if let index = known[object] {
                    folder = Int32(index)
                } else {
                    folder = Int32(folders.count)
                    known[object] = folders.count
                    folders.append(Folder())
                    ask(.folder(Int(folder)), object, &asked)
                }
            }
            // A mode that stands for nothing is no file.
            let kind = TreeEntry.Kind(mode: mode)
            if isFolder || kind != nil {
                entries.append(
                    CommitTree.Entry(
                        nameStart: UInt32(blank + 1), nameEnd: UInt32(end), kind: kind, folder: folder))
            }
            place = id.upperBound
        }
        folders[index].entries = first..<entries.count
    }

    /// Looks at what folders hold, at each of their paths.
    private mutating func visit(
        _ places: [(folder: Int, path: [UInt8])], _ written: UnsafeBufferPointer<UInt8>,
        _ asked: inout [UInt8]
    ) {
        var open = places
        while let (index, path) = open.popLast() {
            guard let range = folders[index].entries else {
                folders[index].paths.append(path)
                continue
            }
            visitedEntries += range.count + 1
            // A few tree objects can stand for any number of files.
            let most = min(
                Limits.gitTreeEntries, Limits.gitFreeRepetition + Limits.gitTreeRepetition * entries.count)
            guard visitedEntries <= most, path.count <= Limits.pathBytes else {
                failure = .other(
                    visitedEntries > most
                        ? "the commit has more than \(most) files and folders, most of them repeated"
                        : "the commit has a path of more than \(Limits.pathBytes) bytes")
                return
            }
            for entry in entries[range] {
                guard let kind = entry.kind else {
                    open.append((Int(entry.folder), CommitTree.path(of: written[entry.name], in: path)))
                    continue
                }
                let isNoted =
                    kind != .submodule
                    && path.withUnsafeBufferPointer {
                        self.isNoted(UnsafeBufferPointer(rebasing: written[entry.name]), $0)
                    }
                guard isNoted || kind == .symlink || kind == .submodule else { continue }
                let file = ReadCommits.File(
                    path: CommitTree.path(of: written[entry.name], in: path),
                    id: ObjectID(bytes: written[entry.id(idLength)]))
                if isNoted { noted.append(file) }
                if kind == .symlink { symlinks.append(file) }
                if kind == .submodule { submodules.append(file) } else { want(file.id, &asked) }
            }
        }
    }

    private mutating func want(_ blob: ObjectID, _ asked: inout [UInt8]) {
        guard contents.index(forKey: blob) == nil else { return }
        contents[blob] = .some(nil)
        if skipped.contains(blob) { return }
        ask(.blob(blob), blob, &asked)
    }
}
