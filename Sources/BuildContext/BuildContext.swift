import Diagnostics
import SourceText
import Synchronization

/// The build context of one build: a tree, and the ignore file that applies to it.
///
/// Making one reads the ignore file only; the tree is read as far as questions need it, once.
package final class BuildContext: Sendable {
    package let tree: any FileTree
    /// nil where none applies; then nothing is left out.
    package let ignoreFile: IgnoreFile?
    /// A `.dockerignore` in the context's root that is not read, because the Dockerfile has an ignore file of its own:
    /// its path relative to the project's root.
    package let shadowedIgnoreFile: String?

    /// Absolute path of the context on disk; empty for a tree that is not on disk.
    package var root: String { (tree as? DiskTree)?.root ?? "" }

    let patterns: PathPatterns
    /// Shared with the other contexts of the run.
    let work: ContextWork
    private let listed = Mutex<ContextListing?>(nil)
    private let left = Mutex<ContextLeftOut?>(nil)

    package init(
        tree: any FileTree, ignoreFile: IgnoreFile?, shadowedIgnoreFile: String? = nil,
        work: ContextWork = ContextWork()
    ) {
        self.work = work
        self.tree = tree
        self.ignoreFile = ignoreFile
        self.shadowedIgnoreFile = shadowedIgnoreFile
        patterns = ignoreFile?.compiled ?? PathPatterns()
    }

    /// A context with the ignore file that applies to it.
    /// - Parameters:
    ///   - tree: the context.
    ///   - directory: its path, relative to the project's root; `.` for itself.
    ///   - dockerfile: relative to the project's root.
    ///   - folder: the tree of the folder that the Dockerfile lies in; nil where that cannot be read.
    ///   - work: that of all contexts of the run.
    ///   - ignoreFiles: those that were read for other contexts of the run.
    package convenience init(
        tree: any FileTree, directory: String, dockerfile: String, beside folder: (any FileTree)?,
        work: ContextWork = ContextWork(), ignoreFiles: IgnoreFileStore = IgnoreFileStore()
    ) {
        let own = ignoreFiles.file(dockerfile + ".dockerignore") {
            folder?.ignoreFile(
                at: ContextPath(bytes: ContextPath(dockerfile).name + Array(".dockerignore".utf8)),
                shownAs: dockerfile + ".dockerignore", .ofDockerfile)
        }
        let path = directory == "." || directory.isEmpty ? ".dockerignore" : directory + "/.dockerignore"
        let general = ignoreFiles.file(path) {
            tree.ignoreFile(at: ".dockerignore", shownAs: path, .ofContext)
        }
        self.init(
            tree: tree, ignoreFile: own ?? general,
            shadowedIgnoreFile: own == nil || own?.path == general?.path ? nil : general?.path, work: work)
    }

    /// Lines of the ignore file with which a build ends before it reads anything. Where there are any, nothing can be
    /// said of what a build reads, and the answers are those without an ignore file.
    package var problems: [IgnoreProblem] { ignoreFile?.problems ?? [] }

    /// All that the build can read; computed once.
    package var listing: ContextListing {
        listed.withLock { listed in
            if let listed { return listed }
            let computed = list()
            listed = computed
            return computed
        }
    }

    /// What the ignore file leaves out, by pattern; computed once. Reads folders that no build reads, so it takes longer
    /// than `listing`.
    package var leftOut: ContextLeftOut {
        left.withLock { left in
            if let left { return left }
            let computed = weighLeftOut()
            left = computed
            return computed
        }
    }

    /// Reads a file of the context, left out or not.
    /// - Parameters:
    ///   - path: no name of it is a symlink.
    ///   - limit: in bytes.
    /// - Returns: nil where there is no such file, or it is larger.
    package func contents(of path: ContextPath, limit: Int = Limits.textFileBytes) -> [UInt8]? {
        tree.contents(of: path, limit: limit)
    }

    /// What becomes of one path.
    package enum Status: Sendable, Hashable {
        /// A build can read it; a folder that is left out itself counts where something in it is brought back.
        case readable(FileTreeEntry)
        case leftOut(by: IgnorePattern)
        /// There is no such path (symlinks are not followed).
        case missing
    }

    /// Reads no more than the folders above the path, and for a folder with negations what is in it.
    package func status(of path: ContextPath) -> Status {
        guard let entry = tree.entry(at: path) else { return .missing }
        guard let decision = decide(path), decision.isMatch, let pattern = decision.pattern,
            let file = ignoreFile
        else { return .readable(entry) }
        if entry.kind == .directory, holdsReadable(path, decision) { return .readable(entry) }
        return .leftOut(by: file.patterns[pattern])
    }

    /// - Returns: nil where the patterns take too long.
    package func decide(_ path: ContextPath) -> PathPatterns.Decision? {
        work.answer { patterns.decide(path, &$0) }
    }

    /// - Parameter folder: the decision of the folder that holds it.
    /// - Returns: nil where the patterns take too long.
    package func decide(_ path: ContextPath, below folder: PathPatterns.Decision) -> PathPatterns.Decision? {
        patterns.isEmpty ? .root : work.answer { patterns.decide(path, below: folder, &$0) }
    }

    /// Whether a build can read nothing in a folder.
    /// - Parameter decision: the folder's own.
    package func leavesOutWhole(_ folder: ContextPath, _ decision: PathPatterns.Decision) -> Bool {
        patterns.leavesOutWhole(folder, decision)
    }

    private func holdsReadable(_ folder: ContextPath, _ decision: PathPatterns.Decision) -> Bool {
        guard patterns.couldBringBack(below: folder) else { return false }
        var isFound = false
        var walk = ContextWalk(of: self)
        walk.visit(below: folder, decision: decision) { _, _, decision in
            if decision.isMatch { return .goOn }
            isFound = true
            return .stop
        }
        // What was not looked at may be there.
        return isFound || !walk.isComplete
    }

    private func list() -> ContextListing {
        let (entries, walk) = readable(below: .root)
        return ContextListing(
            entries: entries, isComplete: walk.isComplete, notes: Array(Set(tree.notes + walk.notes)).sorted()
        )
    }

    /// What a build can read below a folder, in order, without the folder itself.
    func readable(below folder: ContextPath) -> (entries: [ContextEntry], walk: ContextWalk) {
        var entries: [ContextEntry] = []
        // Folders that are left out, until something in them is brought back.
        var pending: [ContextEntry] = []
        var walk = ContextWalk(of: self)
        walk.visit(below: folder, decision: decide(folder) ?? .root) { path, entry, decision in
            while let last = pending.last, !path.isInside(last.path) { pending.removeLast() }
            let entry = ContextEntry(path: path, entry)
            if decision.isMatch {
                if entry.kind == .directory { pending.append(entry) }
            } else {
                entries += pending
                pending.removeAll()
                entries.append(entry)
            }
            return .goOn
        }
        return (entries, walk)
    }

    private func weighLeftOut() -> ContextLeftOut {
        guard let file = ignoreFile, !patterns.isEmpty else {
            return ContextLeftOut(fileCount: 0, byteCount: 0, patterns: [], isComplete: true)
        }
        var uses = [(files: Int, bytes: Int)](repeating: (0, 0), count: patterns.count)
        var unmatched = Array(0..<patterns.count)
        var isCutShort = false
        var walk = ContextWalk(of: self, entersLeftOut: true)
        walk.visit(below: .root, decision: .root) { path, entry, decision in
            let isMatched: Void? = work.answer { budget in
                unmatched.removeAll { patterns.matches(pattern: $0, path, &budget) }
            }
            guard isMatched != nil else {
                isCutShort = true
                return .stop
            }
            if decision.isMatch, entry.kind == .file, let pattern = decision.pattern {
                uses[pattern].files += 1
                uses[pattern].bytes = uses[pattern].bytes.addingClamped(entry.size)
            }
            return .goOn
        }
        let dead = Set(unmatched)
        return ContextLeftOut(
            fileCount: uses.reduce(0) { $0 + $1.files }, byteCount: uses.clampedSum(\.bytes),
            patterns: uses.indices.map { index in
                ContextLeftOut.PatternUse(
                    pattern: file.patterns[index], fileCount: uses[index].files, byteCount: uses[index].bytes,
                    matchesAnything: !dead.contains(index))
            },
            isComplete: walk.isComplete && !isCutShort)
    }
}

extension ContextNote: Comparable {
    package static func < (left: Self, right: Self) -> Bool {
        left.path != right.path ? left.path < right.path : left.message < right.message
    }
}

extension FileTree {
    /// Reads an ignore file: through symlinks, as far as they stay in the tree, as BuildKit does.
    /// - Returns: nil where there is no such file.
    fileprivate func ignoreFile(at path: ContextPath, shownAs shown: String, _ kind: IgnoreFile.Kind)
        -> IgnoreFile?
    {
        guard case .success(let target) = resolve(path, in: self), entry(at: target)?.kind == .file else {
            return nil
        }
        guard let bytes = contents(of: target, limit: Limits.textFileBytes) else {
            return IgnoreFile(unreadable: shown, kind)
        }
        return IgnoreFile(source: SourceText(path: shown, bytes: bytes), kind: kind)
    }
}
