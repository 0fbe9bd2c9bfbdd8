internal import BuildContext
internal import Git
internal import SourceText

/// A build context on both sides of a comparison: what of it differs, and numbers for what COPY and mounts take.
///
/// What the change does not touch is never read: only changed paths are held against the ignore file and the sources.
/// Where the ignore file, the context's folder or the sources themselves differ, the files that are selected are compared.
final class ContextComparison {
    enum SideName: Hashable { case base, head }

    /// A context on one side.
    struct Side {
        let tree: ContextTree
        let context: BuildContext

        init(tree: SideTree, root: ContextPath, ignoreFile: DockerIgnoreFile?) {
            self.tree = ContextTree(tree: tree, root: root)
            context = BuildContext(tree: self.tree, ignoreFile: ignoreFile)
        }
    }

    /// A path of the context that the two sides do not have in common, and that a build can read.
    struct Difference {
        let path: ContextPath
        /// Set for a folder that is only on one side: this one.
        let folderSide: SideName?
        let base: TreeEntry?
        let head: TreeEntry?
    }

    let base: Side?
    let head: Side
    private let name: String
    private let table: KeyTable
    /// The same folder with the same ignore file, so that only changed paths can make a difference.
    private let isComparable: Bool
    private let symlinks: Set<ContextPath>
    /// Readable ones, in the order of their paths.
    private(set) lazy var differences = findDifferences()
    private let changes: ArraySlice<TreeChange>
    private var numbers: [Request: Int] = [:]
    private var selections: [Request: [SelectedEntry]] = [:]

    private var missing: [Request: Bool] = [:]
    private var absent: [SideName: Bool] = [:]

    private struct Request: Hashable {
        let side: SideName
        let source: ContextSource
        /// Numbers of sources that both sides name and of others are made in different ways.
        var isShared = false
    }

    /// - Parameters:
    ///   - name: what tells this context from others: the folder and, where it has one of its own, the Dockerfile.
    ///   - changes: of the whole repository, in the order of their paths.
    init(name: String, base: Side?, head: Side, changes: [TreeChange], table: KeyTable) {
        self.name = name
        self.base = base
        self.head = head
        self.table = table
        isComparable =
            base.map {
                $0.tree.root == head.tree.root
                    && $0.context.ignoreFile?.patterns.map(\.key) ?? []
                        == head.context.ignoreFile?.patterns.map(\.key) ?? []
                    && $0.context.problems.isEmpty && head.context.problems.isEmpty
            } ?? false
        self.changes = changes.inside(head.tree.root)
        symlinks = Set((base?.tree.tree.symlinks ?? []) + head.tree.tree.symlinks)
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
                    base.tree.tree.isFolder(base.tree.inTree(current)),
                    head.tree.tree.isFolder(head.tree.inTree(current))
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
        func add(from start: [UInt8], while belongs: (ContextPath) -> Bool) {
            let first = differences.partitioningIndex { !$0.path.bytes.lexicographicallyPrecedes(start) }
            found += differences[first...].prefix { belongs($0.path) }
        }
        let ends = path.bytes.indices.filter { path.bytes[$0] == UInt8(ascii: "/") }
        for end in [0] + ends + [path.bytes.count] {
            let leading = Array(path.bytes[..<end])
            add(from: leading) { $0.bytes == leading }
        }
        let prefix = path.bytes + [UInt8(ascii: "/")]
        add(from: prefix) { $0.bytes.starts(with: prefix) }
        return found
    }

    // MARK: - Numbers

    /// A number for what a source takes on one side. Equal numbers: the files are the same.
    /// - Parameter isShared: both sides name this very source somewhere.
    func number(_ side: SideName, _ source: ContextSource, isShared: Bool) -> Int {
        let request = Request(side: side, source: source, isShared: isShared)
        if let number = numbers[request] { return number }
        let number = computeNumber(side, source, isShared: isShared)
        numbers[request] = number
        return number
    }

    private func computeNumber(_ side: SideName, _ source: ContextSource, isShared: Bool) -> Int {
        guard isComparable, !passesSymlink(source) else { return exactNumber(side, source) }
        let plain = plainPrefix(of: source)
        // Of one file the entry itself is the cheapest answer, and an exact one.
        if !source.hasWildcards, !source.parents, source.excludes.isEmpty, entry(side, plain) != nil {
            return exactNumber(side, source)
        }
        guard isShared else { return exactNumber(side, source) }
        let touched = differences(touching: plain)
        if touched.isEmpty { return table.number(.source, .text(name), .text(source.identity)) }
        if source.hasWildcards || source.parents || !source.excludes.isEmpty {
            return exactNumber(side, source)
        }
        let parts = touched.flatMap { difference -> [KeyTable.Part] in
            if let folderSide = difference.folderSide {
                return [.bytes(difference.path.bytes), .number(folderSide == side ? 1 : 0)]
            }
            let entry = side == .base ? difference.base : difference.head
            return [.bytes(difference.path.bytes), .number(entryNumber(entry, at: difference.path, side))]
        }
        return table.number(.changedSource, [.text(name), .text(source.identity)] + parts)
    }

    private func exactNumber(_ side: SideName, _ source: ContextSource) -> Int {
        guard let (context, tree) = sides(side) else { return table.number(.noContext) }
        let number = exactNumber(side, source, context, tree)
        guard context.isCutShort else { return number }
        // Nothing is equal to what was not looked at.
        return table.number(.unread, .text(source.identity), .number(side == .base ? 0 : 1))
    }

    /// What is not compared for want of work counts as changed.
    var isCutShort: Bool { head.context.isCutShort || base?.context.isCutShort ?? false }

    private func exactNumber(
        _ side: SideName, _ source: ContextSource, _ context: BuildContext, _ tree: ContextTree
    ) -> Int {
        let selection = context.selection(of: source)
        guard selection.outcome == .found else {
            return selection.outcome == .nothing
                ? table.number(.nothing) : table.number(.missing, .text(source.identity))
        }
        if !source.hasWildcards, !source.parents, source.excludes.isEmpty, let root = selection.roots.first,
            root.kind != .directory
        {
            return table.number(.file, .number(entryNumber(tree.entry(root.target), at: root.target, side)))
        }
        let parts = entries(side, source).flatMap { entry -> [KeyTable.Part] in
            [.bytes(entry.destination.bytes), .number(describe(entry, tree, side))]
        }
        return table.number(.selectedFiles, parts)
    }

    private func describe(_ entry: SelectedEntry, _ tree: ContextTree, _ side: SideName) -> Int {
        switch entry.kind {
        case .directory: table.number(.folder)
        default: entryNumber(tree.entry(entry.path), at: entry.path, side)
        }
    }

    private func entryNumber(_ entry: TreeEntry?, at path: ContextPath, _ side: SideName) -> Int {
        guard let entry else { return table.number(.absent) }
        let kind: KeyTable.Part =
            switch entry.kind {
            case .file: .text("file")
            case .executable: .text("executable")
            case .symlink: .text("symlink")
            case .submodule: .text("submodule")
            }
        guard let id = entry.id else {
            return table.number(.unread, kind, .bytes(path.bytes), .number(side == .base ? 0 : 1))
        }
        return table.number(.entry, kind, .object(id))
    }

    private func entries(_ side: SideName, _ source: ContextSource) -> [SelectedEntry] {
        let request = Request(side: side, source: source)
        if let known = selections[request] { return known }
        guard let (context, _) = sides(side) else { return [] }
        let found = context.entries(of: source, context.selection(of: source))
        selections[request] = found
        return found
    }

    private func sides(_ side: SideName) -> (BuildContext, ContextTree)? {
        side == .base ? base.map { ($0.context, $0.tree) } : (head.context, head.tree)
    }

    private func entry(_ side: SideName, _ path: ContextPath) -> TreeEntry? {
        side == .base ? base?.tree.entry(path) : head.tree.entry(path)
    }

    /// The path up to the first name with a wildcard, as it stands in the context.
    private func plainPrefix(of source: ContextSource) -> ContextPath {
        var kept: [ArraySlice<UInt8>] = []
        for name in source.path.utf8Array.split(separator: UInt8(ascii: "/")) {
            if name.elementsEqual(".".utf8) { continue }
            if name.elementsEqual("..".utf8) {
                _ = kept.popLast()
                continue
            }
            if (source.hasWildcards || source.parents) && name.contains(where: isWildcard) { break }
            kept.append(name)
        }
        return ContextPath(bytes: Array(kept.joined(separator: [UInt8(ascii: "/")])))
    }

    /// A symlink may lead a source somewhere else: it is on its way, or among what its wildcards could match.
    private func passesSymlink(_ source: ContextSource) -> Bool {
        if symlinks.isEmpty { return false }
        let plain = plainPrefix(of: source)
        return symlinks.contains { link in
            guard link.isInside(head.tree.root) else { return false }
            let link = head.tree.relative(link.bytes)
            return plain.isInside(link) || source.hasWildcards && link.isInside(plain)
        }
    }

    /// Neither what a source takes nor anything that could be found by way of it differs.
    func isUnchanged(_ source: ContextSource) -> Bool {
        guard isComparable else { return false }
        let plain = plainPrefix(of: source)
        if !differences(touching: plain).isEmpty || passesSymlink(source)
            || head.tree.entry(plain) != nil && patterns.decide(plain).isMatch
        {
            guard number(.base, source, isShared: true) == number(.head, source, isShared: true) else {
                return false
            }
        }
        if differences.isEmpty || symlinks.isEmpty { return true }
        // Other stages may follow a link that was copied.
        return !symlinks.contains { link in
            link.isInside(head.tree.root) && head.tree.relative(link.bytes).isInside(plain)
        }
    }

    /// Nothing that a build can read differs.
    var isUnchanged: Bool { isComparable && differences.isEmpty }

    // MARK: - What a source is about

    /// Where a path below what a source takes comes from.
    enum Landing {
        case file(number: Int)
        case folder(ContextSource)
        /// A link at a place below the destination stands on the way to the path: its number, where it is, its text, and
        /// what of the path is behind it.
        case link(number: Int, path: String, target: String, rest: String)
        case nothing
        /// It cannot be told from one source alone.
        case unclear
    }

    /// What one source brings to a path below its destination folder (or to the destination itself).
    /// - Parameters:
    ///   - path: relative to the destination; the root for the destination itself.
    ///   - isFolderDestination: files land in the destination under their own names.
    func landing(_ side: SideName, _ source: ContextSource, at path: ContextPath, isFolderDestination: Bool)
        -> Landing
    {
        guard let (context, tree) = sides(side) else { return .unclear }
        if source.parents || !source.excludes.isEmpty {
            let found = entries(side, source).first { $0.destination == path }
            guard let found else { return path.isRoot ? .unclear : .nothing }
            return found.kind == .directory ? .unclear : .file(number: describe(found, tree, side))
        }
        let selection = context.selection(of: source)
        guard selection.outcome == .found else { return selection.outcome == .nothing ? .nothing : .unclear }
        for root in selection.roots.reversed() {
            if root.kind == .directory {
                if let link = link(on: path, below: root.target, context, tree, side) { return link }
                let inside = path.isRoot ? root.target : root.target.appendingPath(path)
                guard let entry = tree.entry(inside) else {
                    if tree.tree.isFolder(tree.inTree(inside)) {
                        if case .leftOut = context.status(of: inside) { continue }
                        return selection.roots.count > 1
                            ? .unclear
                            : .folder(
                                ContextSource(
                                    path: "/" + String(decoding: inside.bytes, as: UTF8.self),
                                    allowsWildcards: false))
                    }
                    continue
                }
                guard case .readable = context.status(of: inside) else { continue }
                return .file(number: table.number(.file, .number(entryNumber(entry, at: inside, side))))
            }
            let isNamed = path.components.count == 1 && path.name.elementsEqual(root.path.name)
            guard isNamed || path.isRoot && !isFolderDestination else { continue }
            return .file(
                number: table.number(
                    .file, .number(entryNumber(tree.entry(root.target), at: root.target, side))))
        }
        // Files that land in a folder are part of it.
        return path.isRoot && isFolderDestination ? .unclear : .nothing
    }

    func mayHoldSymlinks(_ side: SideName) -> Bool { sides(side)?.1.mayHoldSymlinks ?? false }

    private func link(
        on path: ContextPath, below folder: ContextPath, _ context: BuildContext, _ tree: ContextTree,
        _ side: SideName
    ) -> Landing? {
        guard tree.mayHoldSymlinks, !path.isRoot else { return nil }
        var place = folder
        for (index, name) in path.components.enumerated() {
            place = place.appending(Array(name))
            guard let entry = tree.entry(place), entry.kind == .symlink,
                case .readable = context.status(of: place)
            else { continue }
            guard let target = tree.tree.linkTarget(tree.inTree(place)) else { return .unclear }
            func text(_ names: some Sequence<ArraySlice<UInt8>>) -> String {
                String(decoding: Array(names.joined(separator: [UInt8(ascii: "/")])), as: UTF8.self)
            }
            return .link(
                number: entryNumber(entry, at: place, side), path: text(path.components.prefix(index + 1)),
                target: String(decoding: target, as: UTF8.self),
                rest: text(path.components.dropFirst(index + 1)))
        }
        return nil
    }

    /// The side has no such file; something may put one there before the build.
    func isMissing(_ side: SideName, _ source: ContextSource) -> Bool {
        guard let (context, tree) = sides(side) else { return false }
        if isAbsent(side) { return true }
        if !source.hasWildcards, !source.parents, !tree.mayHoldSymlinks {
            let plain = plainPrefix(of: source)
            return !plain.isRoot && tree.entry(at: plain) == nil
        }
        let request = Request(side: side, source: source)
        if let known = missing[request] { return known }
        let isMissing = context.selection(of: source).outcome == .missing
        missing[request] = isMissing
        return isMissing
    }

    /// The side has no file in the context's folder.
    private func isAbsent(_ side: SideName) -> Bool {
        if let known = absent[side] { return known }
        let isAbsent = sides(side).map { !$0.1.tree.isFolder($0.1.root) } ?? false
        absent[side] = isAbsent
        return isAbsent
    }

    /// The line of the head's ignore file that leaves out what a source names, so that the build fails.
    func leavesOut(_ source: ContextSource) -> (path: String, line: Int)? {
        guard let file = head.context.ignoreFile, !patterns.isEmpty,
            head.tree.mayHoldSymlinks || source.parents || patterns.decide(plainPrefix(of: source)).isMatch,
            case .leftOut(let pattern) = head.context.selection(of: source).outcome
        else { return nil }
        return (file.path, pattern.line)
    }

    /// A source is one folder, as a whole.
    func isFolder(_ side: SideName, _ source: ContextSource) -> Bool {
        guard let (context, _) = sides(side), !source.parents else { return false }
        let selection = context.selection(of: source)
        return selection.outcome == .found && selection.roots.count == 1
            && selection.roots[0].kind == .directory
    }

    /// What one source brings to the paths that a pattern selects below its destination folder.
    /// - Parameter pattern: relative to the destination.
    func landing(_ side: SideName, _ source: ContextSource, matching pattern: String) -> Landing {
        guard let (context, _) = sides(side), !source.parents, source.excludes.isEmpty else {
            return .unclear
        }
        let selection = context.selection(of: source)
        guard selection.outcome == .found else { return selection.outcome == .nothing ? .nothing : .unclear }
        guard selection.roots.count == 1, let root = selection.roots.first,
            !root.target.bytes.contains(where: isWildcard)
        else { return .unclear }
        // A file can land below the destination under its own name only.
        guard root.kind == .directory else { return pattern.contains("/") ? .nothing : .unclear }
        let folder = root.target.isRoot ? "" : "/" + String(decoding: root.target.bytes, as: UTF8.self)
        let selected = ContextSource(path: folder + "/" + pattern, allowsWildcards: true)
        // A folder that the context lacks holds nothing that could be selected.
        return context.selection(of: selected).outcome == .found ? .folder(selected) : .nothing
    }

    /// What changed of what a source takes.
    func changedPaths(_ source: ContextSource) -> [ContextPath] {
        if isComparable, !passesSymlink(source), !source.hasWildcards, source.excludes.isEmpty,
            !source.parents
        {
            let plain = plainPrefix(of: source)
            return differences(touching: plain).map(\.path)
        }
        func all(_ side: SideName) -> [ContextPath: Int] {
            guard let (_, tree) = sides(side) else { return [:] }
            return Dictionary(
                entries(side, source).map { ($0.path, describe($0, tree, side)) }, uniquingKeysWith: { $1 })
        }
        let (before, after) = (all(.base), all(.head))
        return Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
    }

    /// A file of both sides with the same content, executable on one of them alone.
    func differsInModeOnly(_ path: ContextPath) -> Bool {
        guard let before = entry(.base, path), let after = entry(.head, path), before.id != nil else {
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

extension IgnorePattern {
    fileprivate var key: String { (isNegated ? "!" : "") + text }
}

extension ContextSource {
    var identity: String {
        "\(path)\u{0}\(excludes.joined(separator: "\u{0}"))\u{0}\(parents)\(hasWildcards)"
    }
}

extension ContextTree {
    /// A path of the repository as one of the context.
    func relative(_ path: [UInt8]) -> ContextPath {
        root.isRoot
            ? ContextPath(bytes: path) : ContextPath(bytes: Array(path.dropFirst(root.bytes.count + 1)))
    }
}

extension ContextPath {
    func appendingPath(_ path: ContextPath) -> ContextPath {
        path.isRoot ? self : isRoot ? path : ContextPath(bytes: bytes + [UInt8(ascii: "/")] + path.bytes)
    }
}

extension String {
    var utf8Array: [UInt8] { Array(utf8) }
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

private func isWildcard(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[")
        || byte == UInt8(ascii: "\\")
}
