internal import BuildContext
internal import Git
internal import Repository
internal import SourceText

/// A build context on both sides of a comparison: what of it differs.
///
/// What the change does not touch is never read: only changed paths are held against the ignore file and the sources.
/// Where the ignore file, the context's folder or the sources themselves differ, the files that are selected are compared.
final class ContextComparison {
    enum SideName: Hashable { case base, head }

    /// A path of the context that the two sides do not have in common, and that a build can read.
    struct Difference {
        let path: ContextPath
        /// Set for a folder that is only on one side: this one.
        let folderSide: SideName?
        let base: TreeEntry?
        let head: TreeEntry?
    }

    /// nil where there was none.
    let base: ContextKeys?
    let head: ContextKeys
    /// The same folder with the same ignore file, so that only changed paths can make a difference.
    private let isComparable: Bool
    /// Readable ones, in the order of their paths.
    private lazy var differences = findDifferences()
    private let changes: ArraySlice<TreeChange>

    /// - Parameters:
    ///   - changes: of the whole repository, in the order of their paths.
    ///   - isComparable: the same folder with the same ignore file.
    init(
        base: ContextKeys?, head: ContextKeys, isComparable: Bool, changes: [TreeChange]
    ) {
        self.base = base
        self.head = head
        self.isComparable = isComparable
        self.changes = changes.inside(head.tree.root)
    }

    private var patterns: PathPatterns { head.context.ignoreFile?.compiled ?? PathPatterns() }

    // MARK: - Differences

    private func findDifferences() -> [Difference] {
        guard let base else { return [] }
        var found: [Difference] = []
        var folders: Set<ContextPath> = []
        for change in changes {
            let path = head.tree.relative(change.path)
            if !patterns.decide(path).isMatch {
                found.append(
                    Difference(path: path, folderSide: nil, base: change.base, head: change.head))
            }
            guard change.base == nil || change.head == nil else { continue }
            var folder = path.parent
            while let current = folder, !current.isRoot, folders.insert(current).inserted {
                let isThere = (
                    base.tree.snapshot.isFolder(base.tree.inTree(current)),
                    head.tree.snapshot.isFolder(head.tree.inTree(current))
                )
                if isThere.0 != isThere.1, !patterns.decide(current).isMatch {
                    found.append(
                        Difference(
                            path: current, folderSide: isThere.0 ? .base : .head, base: nil, head: nil))
                }
                folder = current.parent
            }
        }
        return found.sorted { $0.path < $1.path }
    }

    /// Those of a path, of the folders that it lies in, and of what lies in it.
    private func differences(touching path: ContextPath) -> ArraySlice<Difference> {
        if path.isRoot || differences.isEmpty { return differences[...] }
        var found: ArraySlice<Difference> = []
        func add(from start: ArraySlice<UInt8>, while belongs: (ContextPath) -> Bool) {
            let first = differences.partitioningIndex { !$0.path.bytes[...].precedes(start) }
            guard first < differences.count, belongs(differences[first].path) else { return }
            found += differences[first...].prefix { belongs($0.path) }
        }
        let prefix = path.bytes + [UInt8(ascii: "/")]
        for end in prefix.indices where prefix[end] == UInt8(ascii: "/") {
            let leading = prefix[..<end]
            add(from: leading) { $0.bytes[...] == leading }
        }
        add(from: prefix[...]) { $0.bytes.starts(with: prefix) }
        return found
    }

    /// What is not compared for want of work counts as changed.
    var isCutShort: Bool { head.context.isCutShort || base?.context.isCutShort ?? false }

    /// Neither what a source takes nor anything that could be found by way of it differs.
    func isUnchanged(_ source: ContextSource) -> Bool {
        guard isComparable, let base else { return false }
        let plain = source.plainPrefix
        if !differences(touching: plain).isEmpty || head.passesSymlink(source)
            || head.tree.entry(plain) != nil && patterns.decide(plain).isMatch
        {
            guard base.digest(source, isShared: true) == head.digest(source, isShared: true) else {
                return false
            }
        }
        if differences.isEmpty || head.links.isEmpty { return true }
        // Other stages may follow a link that was copied.
        return !head.links.contains { link in
            link.isInside(head.tree.root) && head.tree.relative(link.bytes).isInside(plain)
        }
    }

    /// Nothing that a build can read differs.
    var isUnchanged: Bool { isComparable && differences.isEmpty }

    /// The line of the head's ignore file that leaves out what a source names, so that the build fails.
    func leavesOut(_ source: ContextSource) -> (path: String, line: Int)? {
        guard let file = head.context.ignoreFile, !patterns.isEmpty,
            head.tree.mayHoldSymlinks || source.parents || patterns.decide(source.plainPrefix).isMatch,
            case .leftOut(let pattern) = head.context.selection(of: source).outcome
        else { return nil }
        return (file.path, pattern.line)
    }

    /// What changed of what a source takes.
    func changedPaths(_ source: ContextSource) -> [ContextPath] {
        if isComparable, source.isPlain, !head.passesSymlink(source) {
            return differences(touching: source.plainPrefix).map(\.path)
        }
        func all(_ keys: ContextKeys?) -> [ContextPath: KeyDigest] {
            guard let keys else { return [:] }
            return Dictionary(
                keys.entries(source).map { ($0.path, keys.describe($0)) }, uniquingKeysWith: { $1 })
        }
        let (before, after) = (all(base), all(head))
        return Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
    }

    /// A file of both sides with the same content, executable on one of them alone.
    func differsInModeOnly(_ path: ContextPath) -> Bool {
        guard let before = base?.tree.entry(path), let after = head.tree.entry(path), before.id != nil else {
            return false
        }
        return before.id == after.id && Set([before.kind, after.kind]) == [.file, .executable]
    }

    /// The ignore file that lets other files through than before; nil where it is the same.
    var changedIgnoreFile: String? {
        guard let base else { return nil }
        let (before, after) = (base.context.ignoreFile, head.context.ignoreFile)
        if before?.patterns.map(\.key) == after?.patterns.map(\.key) { return nil }
        return after?.path ?? before?.path
    }
}

extension ContextKeys {
    /// The same folder, of which the same files can be read.
    func hasRules(of other: ContextKeys) -> Bool {
        tree.root == other.tree.root && context.problems.isEmpty && other.context.problems.isEmpty
            && context.ignoreFile?.patterns.map(\.key) ?? [] == other.context.ignoreFile?.patterns.map(\.key)
                ?? []
    }
}

extension IgnorePattern {
    fileprivate var key: String { (isNegated ? "!" : "") + text }
}

extension [TreeChange] {
    /// Those in a folder; the list is in the order of the paths' bytes.
    func inside(_ folder: ContextPath) -> ArraySlice<TreeChange> {
        if folder.isRoot { return self[...] }
        let prefix = folder.bytes + [UInt8(ascii: "/")]
        return self[partitioningIndex { !$0.path.lexicographicallyPrecedes(prefix) }...]
            .prefix { $0.path.starts(with: prefix) }
    }
}
