internal import BuildContext
internal import Diagnostics
internal import Git
internal import Repository

/// What COPY and mounts take of a build context in one snapshot, as parts of cache keys.
///
/// Digests of files and folders are those of what a build can read of them. Of a folder that is the same in a snapshot
/// that all compared ones stand on (`reference`), the digest is that folder's name, and what is in it is not looked at:
/// work is proportional to the change.
final class ContextKeys {
    let tree: ContextTree
    let context: BuildContext
    /// Tells it from other contexts: the folder and, where there is one, the ignore file.
    let name: String
    /// Stands in what is not known, and differs from one compared snapshot to the next.
    private let mark: String
    private let reference: ContextKeys?
    /// Links of all compared snapshots, in the repository.
    let links: Set<ContextPath>
    private let folders: FolderDigests

    /// Takes in what is asked; nil where nobody wants to know.
    var queries: ContextQueries?

    private var digests: [Request: KeyDigest] = [:]
    private var selections: [ContextSource: [SelectedEntry]] = [:]
    private var missing: [ContextSource: Bool] = [:]
    private lazy var isAbsent = !tree.snapshot.isFolder(tree.root)

    private struct Request: Hashable {
        let source: ContextSource
        let isShared: Bool
    }

    /// - Parameters:
    ///   - reference: the same folder with the same ignore file in the snapshot that all compared ones stand on; nil where
    ///     they have none in common.
    ///   - links: of all compared snapshots.
    init(
        _ context: BuildContext, _ tree: ContextTree, name: String, mark: String, reference: ContextKeys?,
        links: Set<ContextPath>
    ) {
        self.context = context
        self.tree = tree
        self.name = name
        self.mark = mark
        self.reference = reference
        self.links = links
        folders = reference?.folders ?? FolderDigests(of: context)
    }

    convenience init(
        _ snapshot: Snapshot, root: ContextPath, ignoreFile: DockerIgnoreFile?, name: String, mark: String,
        links: Set<ContextPath>
    ) {
        let tree = ContextTree(snapshot: snapshot, root: root)
        self.init(
            BuildContext(tree: tree, ignoreFile: ignoreFile), tree, name: name, mark: mark, reference: nil,
            links: links)
    }

    /// The same, where `reference` is what all compared snapshots stand on.
    func standing(on reference: ContextKeys) -> ContextKeys {
        ContextKeys(context, tree, name: name, mark: mark, reference: reference, links: links)
    }

    // MARK: - Digests

    /// Of what a source takes: equal where the files are the same.
    /// - Parameter isShared: all compared builds name this very source somewhere. Only then may what the reference holds be
    ///   told by its name, which says nothing of another source with the same files.
    func digest(_ source: ContextSource, isShared: Bool) -> KeyDigest {
        queries?.add(.digest(source, isShared: isShared))
        let request = Request(source: source, isShared: isShared && reference != nil)
        if let digest = digests[request] { return digest }
        let digest = request.isShared ? sharedDigest(source) : exactDigest(source)
        digests[request] = digest
        return digest
    }

    private func sharedDigest(_ source: ContextSource) -> KeyDigest {
        let plain = source.plainPrefix
        guard let reference, !passesSymlink(source), submodule(holding: plain) == nil else {
            return exactDigest(source)
        }
        let entry = tree.entry(plain)
        if source.isPlain, entry != nil { return exactDigest(source) }
        let unchanged = KeyDigest(.source, .text(reference.name), .text(source.identity))
        let change = folderChange(plain, reference)
        if change == .same, entry == reference.tree.entry(plain) { return unchanged }
        if source.isPlain {
            guard case .digest(let digest) = change else { return exactDigest(source) }
            return KeyDigest(
                .changedSource, .text(reference.name), .text(source.identity), .key(digest))
        }
        let exact = exactDigest(source)
        return exact == reference.digest(source, isShared: false) ? unchanged : exact
    }

    /// The submodule, in the repository, that a path of the context is in.
    private func submodule(holding path: ContextPath) -> ContextPath? {
        if tree.snapshot.submodulePaths.isEmpty { return nil }
        var folder = tree.inTree(path).parent
        while let place = folder, !tree.snapshot.submodulePaths.contains(place) { folder = place.parent }
        return folder
    }

    /// What a folder of the context has otherwise than the reference.
    private func folderChange(_ path: ContextPath, _ reference: ContextKeys) -> FolderDigests.Change {
        let own = tree.snapshot.folder(tree.inTree(path))
        if own == reference.tree.snapshot.folder(reference.tree.inTree(path)) { return .same }
        guard let decision = context.decide(path) else { return .unknown }
        return folders.change(of: path, own, tree, reference.tree, decision, mark)
    }

    private func exactDigest(_ source: ContextSource) -> KeyDigest {
        let digest = exact(source)
        guard context.isCutShort else { return digest }
        // Nothing is equal to what was not looked at.
        return KeyDigest(.unread, .text(source.identity), .text(mark))
    }

    private func exact(_ source: ContextSource) -> KeyDigest {
        let selection = context.selection(of: source)
        guard selection.outcome == .found else {
            if selection.outcome == .nothing { return KeyDigest(.nothing) }
            // What is in a submodule changes with its commit.
            let commit = submodule(holding: source.plainPrefix).map {
                KeyDigest.Part.key(KeyDigest(tree.snapshot.entry($0), at: $0, mark))
            }
            return KeyDigest(.missing, [.text(source.identity)] + (commit.map { [$0] } ?? []))
        }
        if source.isPlain, let root = selection.roots.first {
            if root.kind != .directory { return fileDigest(tree.entry(root.target), at: root.target) }
            let folder = tree.snapshot.folder(tree.inTree(root.target))
            return context.decide(root.target).flatMap {
                folders.digest(of: root.target, folder, tree, $0, mark)
            }
                ?? KeyDigest(.unread, .text(source.identity), .text(mark))
        }
        var message = KeyDigest.Message(.selectedFiles)
        for entry in entries(source) {
            message.add(.bytes(entry.destination.bytes))
            message.add(.key(describe(entry)))
        }
        return message.digest
    }

    private func fileDigest(_ entry: TreeEntry?, at path: ContextPath) -> KeyDigest {
        KeyDigest(.file, .key(KeyDigest(entry, at: path, mark)))
    }

    func describe(_ entry: SelectedEntry) -> KeyDigest {
        entry.kind == .directory
            ? KeyDigest(.folder) : KeyDigest(tree.entry(entry.path), at: entry.path, mark)
    }

    func entries(_ source: ContextSource) -> [SelectedEntry] {
        if let known = selections[source] { return known }
        let found = context.entries(of: source, context.selection(of: source))
        selections[source] = found
        return found
    }

    /// A symlink may lead a source somewhere else: it is on its way, or among what its wildcards could match.
    func passesSymlink(_ source: ContextSource) -> Bool {
        if links.isEmpty { return false }
        let plain = source.plainPrefix
        return links.contains { link in
            guard link.isInside(tree.root) else { return false }
            let link = tree.relative(link.bytes)
            return plain.isInside(link) || source.hasWildcards && link.isInside(plain)
        }
    }

    // MARK: - Where files land

    /// Where a path below what a source takes comes from.
    enum Landing {
        case file(KeyDigest)
        case folder(ContextSource)
        /// A link at a place below the destination stands on the way to the path: its digest, where it is, its text, and
        /// what of the path is behind it.
        case link(KeyDigest, path: String, target: String, rest: String)
        case nothing
        /// It cannot be told from one source alone.
        case unclear
    }

    /// What one source brings to a path below its destination folder (or to the destination itself).
    /// - Parameters:
    ///   - path: relative to the destination; the root for the destination itself.
    ///   - isFolderDestination: files land in the destination under their own names.
    func landing(_ source: ContextSource, at path: ContextPath, isFolderDestination: Bool) -> Landing {
        queries?.add(.landing(source, at: path, isFolderDestination: isFolderDestination))
        if source.parents || !source.excludes.isEmpty {
            let found = entries(source).first { $0.destination == path }
            guard let found else { return path.isRoot ? .unclear : .nothing }
            return found.kind == .directory ? .unclear : .file(describe(found))
        }
        let selection = context.selection(of: source)
        guard selection.outcome == .found else { return selection.outcome == .nothing ? .nothing : .unclear }
        for root in selection.roots.reversed() {
            if root.kind == .directory {
                if let link = link(on: path, below: root.target) { return link }
                let inside = path.isRoot ? root.target : root.target.appendingPath(path)
                guard let entry = tree.entry(inside) else {
                    if tree.snapshot.isFolder(tree.inTree(inside)) {
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
                return .file(fileDigest(entry, at: inside))
            }
            let isNamed = path.components.count == 1 && path.name.elementsEqual(root.path.name)
            guard isNamed || path.isRoot && !isFolderDestination else { continue }
            return .file(fileDigest(tree.entry(root.target), at: root.target))
        }
        // Files that land in a folder are part of it.
        return path.isRoot && isFolderDestination ? .unclear : .nothing
    }

    /// What one source brings to the paths that a pattern selects below its destination folder.
    /// - Parameter pattern: relative to the destination.
    func landing(_ source: ContextSource, matching pattern: String) -> Landing {
        queries?.add(.matching(source, pattern))
        guard !source.parents, source.excludes.isEmpty else { return .unclear }
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

    var mayHoldSymlinks: Bool {
        queries?.add(.mayHoldSymlinks)
        return tree.mayHoldSymlinks
    }

    private func link(on path: ContextPath, below folder: ContextPath) -> Landing? {
        guard tree.mayHoldSymlinks, !path.isRoot else { return nil }
        var place = folder
        for (index, name) in path.components.enumerated() {
            place = place.appending(Array(name))
            guard let entry = tree.entry(place), entry.kind == .symlink,
                case .readable = context.status(of: place)
            else { continue }
            guard let target = tree.snapshot.linkText(tree.inTree(place)) else { return .unclear }
            func text(_ names: some Sequence<ArraySlice<UInt8>>) -> String {
                String(decoding: Array(names.joined(separator: [UInt8(ascii: "/")])), as: UTF8.self)
            }
            return .link(
                KeyDigest(entry, at: place, mark), path: text(path.components.prefix(index + 1)),
                target: String(decoding: target, as: UTF8.self),
                rest: text(path.components.dropFirst(index + 1)))
        }
        return nil
    }

    /// There is no such file; something may put one there before the build.
    func isMissing(_ source: ContextSource) -> Bool {
        queries?.add(.isMissing(source))
        if isAbsent { return true }
        if !source.hasWildcards, !source.parents, !tree.mayHoldSymlinks {
            let plain = source.plainPrefix
            return !plain.isRoot && tree.entry(at: plain) == nil
        }
        if let known = missing[source] { return known }
        let isMissing = context.selection(of: source).outcome == .missing
        missing[source] = isMissing
        return isMissing
    }

    /// A source is one folder, as a whole.
    func isFolder(_ source: ContextSource) -> Bool {
        queries?.add(.isFolder(source))
        guard !source.parents else { return false }
        let selection = context.selection(of: source)
        return selection.outcome == .found && selection.roots.count == 1
            && selection.roots[0].kind == .directory
    }
}

extension KeyDigest {
    /// Of what stands at a path; the path counts only where it is not known what a file holds.
    init(_ entry: TreeEntry?, at path: ContextPath, _ mark: String) {
        guard let entry else {
            self.init(.nothing)
            return
        }
        if let id = entry.id, !id.isNull {
            self.init(entry.kind, id)
        } else if entry.id != nil {
            // As on disk, which is the same on both sides.
            self.init(.unread, .number(Int(entry.kind.number)), .bytes(path.bytes))
        } else {
            self.init(.unread, .number(Int(entry.kind.number)), .bytes(path.bytes), .text(mark))
        }
    }
}

extension ContextSource {
    var identity: String {
        "\(path)\u{0}\(excludes.joined(separator: "\u{0}"))\u{0}\(parents)\(hasWildcards)"
    }

    /// One path, and all that is there.
    var isPlain: Bool { !hasWildcards && !parents && excludes.isEmpty }

    /// The path up to the first name with a wildcard, as it stands in the context.
    var plainPrefix: ContextPath {
        let bytes = path.utf8Array
        if !hasWildcards, !parents, Self.isClean(bytes) { return ContextPath(bytes: bytes) }
        var kept: [ArraySlice<UInt8>] = []
        for name in bytes.split(separator: UInt8(ascii: "/")) {
            if name.elementsEqual(".".utf8) { continue }
            if name.elementsEqual("..".utf8) {
                _ = kept.popLast()
                continue
            }
            if (hasWildcards || parents) && name.contains(where: isWildcard) { break }
            kept.append(name)
        }
        return ContextPath(bytes: Array(kept.joined(separator: [UInt8(ascii: "/")])))
    }

    /// As nearly all paths are: no name is empty or begins with a dot.
    private static func isClean(_ path: [UInt8]) -> Bool {
        var last = UInt8(ascii: "/")
        for byte in path {
            if last == UInt8(ascii: "/"), byte == last || byte == UInt8(ascii: ".") { return false }
            last = byte
        }
        return last != UInt8(ascii: "/")
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

private func isWildcard(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[")
        || byte == UInt8(ascii: "\\")
}
