internal import BuildContext
internal import Diagnostics
internal import Git
internal import Repository

/// Digests of what a build can read of folders of one context, under one ignore file, in any number of snapshots: a folder
/// that several snapshots share is looked at once.
final class FolderDigests {
    /// How a folder stands to the one of another snapshot at the same path.
    enum Change: Equatable {
        case same
        /// Tells it from all other changes.
        case digest(KeyDigest)
        /// The patterns of the ignore file take too long, or folders lie too deep.
        case unknown
    }

    /// Decides what can be read; its own tree is not looked at.
    private let context: BuildContext
    private var whole: [Place: Digest] = [:]
    private var changes: [Place: Change] = [:]
    /// What folders held in the snapshot that others are held against.
    private var listed: [ContextPath: [Snapshot.Child]] = [:]

    private struct Place: Hashable {
        let path: ContextPath
        let folder: Snapshot.Folder
    }

    private struct Digest {
        let key: KeyDigest
        let isEmpty: Bool
    }

    /// A name in a folder, and what can be read of it.
    private struct Item {
        let name: [UInt8]
        let key: KeyDigest

        /// - Parameter before: what there was in place of these.
        static func digest(_ items: [Item], before: [Item] = []) -> KeyDigest {
            var message = KeyDigest.Message(.folder)
            for items in [items, before] {
                message.add(.number(items.count))
                for item in items {
                    message.add(.bytes(item.name))
                    message.add(.key(item.key))
                }
            }
            return message.digest
        }
    }

    private struct Unknown: Error {}

    init(of context: BuildContext) { self.context = context }

    /// Of all that can be read in a folder.
    /// - Parameters:
    ///   - path: in the context.
    ///   - folder: what is there; nil for nothing.
    ///   - decision: of the ignore file.
    ///   - mark: stands for content that is not known.
    /// - Returns: nil where it cannot be told.
    func digest(
        of path: ContextPath, _ folder: Snapshot.Folder?, _ tree: ContextTree,
        _ decision: PathPatterns.Decision, _ mark: String
    ) -> KeyDigest? {
        try? digest(path, folder, Walk(tree: tree, mark: mark), decision, depth: 0).key
    }

    /// - Parameter before: what the folder is held against.
    func change(
        of path: ContextPath, _ folder: Snapshot.Folder?, _ tree: ContextTree, _ before: ContextTree,
        _ decision: PathPatterns.Decision, _ mark: String
    ) -> Change {
        if context.leavesOutWhole(path, decision) { return .same }
        let walk = Walk(tree: tree, mark: mark)
        return (try? change(path, folder, walk, before, decision, depth: 0)) ?? .unknown
    }

    /// One question, in one snapshot.
    private final class Walk {
        let tree: ContextTree
        let mark: String
        /// It met content that is not known, which is that of this snapshot alone.
        var isOfSnapshot = false

        init(tree: ContextTree, mark: String) {
            self.tree = tree
            self.mark = mark
        }
    }

    private func digest(
        _ path: ContextPath, _ folder: Snapshot.Folder?, _ walk: Walk, _ decision: PathPatterns.Decision,
        depth: Int
    ) throws -> Digest {
        let place = folder.map { Place(path: path, folder: $0) }
        if let place, let known = whole[place] { return known }
        let wasOfSnapshot = walk.isOfSnapshot
        walk.isOfSnapshot = false
        let children = folder.map(walk.tree.snapshot.children) ?? []
        let items = try self.items(path, children, walk, decision, depth: depth) { path, folder, decision in
            try self.digest(path, folder, walk, decision, depth: depth + 1)
        }
        let found = Digest(key: Item.digest(items), isEmpty: items.isEmpty)
        if let place, !walk.isOfSnapshot { whole[place] = found }
        walk.isOfSnapshot = walk.isOfSnapshot || wasOfSnapshot
        return found
    }

    private func change(
        _ path: ContextPath, _ folder: Snapshot.Folder?, _ walk: Walk, _ before: ContextTree,
        _ decision: PathPatterns.Decision, depth: Int
    ) throws -> Change {
        let old = before.snapshot.folder(before.inTree(path))
        if folder == old { return .same }
        let place = folder.map { Place(path: path, folder: $0) }
        if let place, let known = changes[place] { return known }
        let wasOfSnapshot = walk.isOfSnapshot
        walk.isOfSnapshot = false
        // Only what is not the same in both is looked at.
        let (now, then) = differing(
            folder.map(walk.tree.snapshot.children) ?? [],
            old.map { children(of: path, $0, before) } ?? [], name: \.name, isSame: Self.isSame)
        let new = try items(path, now, walk, decision, depth: depth) { path, folder, decision in
            if decision.isMatch { return try digest(path, folder, walk, decision, depth: depth + 1) }
            let inner = try change(path, folder, walk, before, decision, depth: depth + 1)
            guard case .digest(let key) = inner else { return Self.unchanged }
            return Digest(key: key, isEmpty: false)
        }
        let past = Walk(tree: before, mark: "")
        let known = try items(path, then, past, decision, depth: depth) { path, folder, decision in
            decision.isMatch ? try digest(path, folder, past, decision, depth: depth + 1) : Self.unchanged
        }
        let (own, others) = differing(new, known, name: \.name) { $0.key == $1.key }
        let found: Change =
            if old != nil, folder != nil, own.isEmpty, others.isEmpty {
                .same
            } else {
                .digest(folder == nil ? KeyDigest(.nothing) : Item.digest(own, before: others))
            }
        if let place, !walk.isOfSnapshot { changes[place] = found }
        walk.isOfSnapshot = walk.isOfSnapshot || wasOfSnapshot
        return found
    }

    /// Stands for a folder that is the same as before.
    private static let unchanged = Digest(key: KeyDigest(.source), isEmpty: false)

    private func children(of path: ContextPath, _ folder: Snapshot.Folder, _ tree: ContextTree)
        -> [Snapshot.Child]
    {
        if let known = listed[path] { return known }
        let children = tree.snapshot.children(of: folder)
        listed[path] = children
        return children
    }

    /// Whether the same can be read of both; false where that is not known.
    private static func isSame(_ left: Snapshot.Child, _ right: Snapshot.Child) -> Bool {
        switch (left.node, right.node) {
        case (.file(let left), .file(let right)): left == right && left.id != nil
        case (.folder(let left), .folder(let right)): left == right
        case (.file, _), (.folder, _), (.onDisk, _): false
        }
    }

    /// The elements of two lists in the order of their names that are not the same in both.
    private func differing<Element>(
        _ left: [Element], _ right: [Element], name: (Element) -> [UInt8],
        isSame: (Element, Element) -> Bool
    ) -> (left: [Element], right: [Element]) {
        var found: (left: [Element], right: [Element]) = ([], [])
        var (first, second) = (0, 0)
        while first < left.count, second < right.count {
            let (own, other) = (name(left[first])[...], name(right[second])[...])
            if own.precedes(other) {
                found.left.append(left[first])
                first += 1
            } else if other.precedes(own) {
                found.right.append(right[second])
                second += 1
            } else {
                if !isSame(left[first], right[second]) {
                    found.left.append(left[first])
                    found.right.append(right[second])
                }
                first += 1
                second += 1
            }
        }
        found.left += left[first...]
        found.right += right[second...]
        return found
    }

    /// What can be read directly in a folder.
    /// - Parameters:
    ///   - children: those of the folder that are looked at.
    ///   - inner: the digest of a folder in it.
    private func items(
        _ path: ContextPath, _ children: [Snapshot.Child], _ walk: Walk, _ decision: PathPatterns.Decision,
        depth: Int,
        inner: (ContextPath, Snapshot.Folder?, PathPatterns.Decision) throws -> Digest
    ) throws -> [Item] {
        guard depth < Limits.contextDepth else { throw Unknown() }
        let snapshot = walk.tree.snapshot
        var items: [Item] = []
        func decide(_ path: ContextPath, _ above: PathPatterns.Decision) throws -> PathPatterns.Decision {
            guard let own = context.decide(path, below: above) else { throw Unknown() }
            return own
        }
        func add(_ name: [UInt8], _ entry: TreeEntry?, at path: ContextPath) {
            if entry.map({ $0.id == nil }) ?? false { walk.isOfSnapshot = true }
            items.append(Item(name: name, key: KeyDigest(entry, at: path, walk.mark)))
        }
        if snapshot.submodulePaths.contains(walk.tree.inTree(path)) {
            // A submodule's files are told by its commit.
            for entry in snapshot.entries(of: walk.tree.inTree(path)) ?? [] {
                let inside = path.appending(entry.name)
                if try decide(inside, decision).isMatch { continue }
                add(entry.name, walk.tree.entry(inside), at: inside)
            }
            return items
        }
        for child in children {
            let inside = path.appending(child.name)
            let own = try decide(inside, decision)
            var next: Snapshot.Folder?
            switch child.node {
            case .file(let entry) where entry.kind == .submodule: break
            case .file, .onDisk:
                if !own.isMatch { add(child.name, child.node.entry, at: inside) }
                continue
            case .folder(let folder):
                if !snapshot.holdsFiles(folder) { continue }
                next = folder
            }
            if context.leavesOutWhole(inside, own) { continue }
            // A submodule has no folder of the snapshot that could be the same.
            let digest =
                next == nil
                ? try self.digest(inside, nil, walk, own, depth: depth + 1) : try inner(inside, next, own)
            // A folder that is left out is there for what is brought back in it.
            if own.isMatch, digest.isEmpty { continue }
            items.append(Item(name: child.name, key: KeyDigest(.selectedFiles, .key(digest.key))))
        }
        return items
    }
}
