import Diagnostics
import SourceText

/// Something that a build can read.
package struct ContextEntry: Sendable, Hashable {
    package let path: ContextPath
    package let kind: FileTreeEntry.Kind
    /// In bytes; 0 for anything but a file.
    package let size: Int
    /// Permission bits, such as 0o644.
    package let mode: UInt16
    /// What a symlink points to, as written.
    package let linkTarget: [UInt8]

    init(path: ContextPath, _ entry: FileTreeEntry) {
        self.path = path
        kind = entry.kind
        size = entry.size
        mode = entry.mode
        linkTarget = entry.linkTarget
    }
}

/// All that a build can read of its context, after the ignore file.
package struct ContextListing: Sendable {
    /// Folders before what they hold; names in the order of their bytes.
    package let entries: [ContextEntry]
    /// How many of the entries are regular files.
    package let fileCount: Int
    /// What those files hold, in bytes.
    package let byteCount: Int
    /// False where a limit was met or a folder could not be read; the figures are then lower bounds.
    package let isComplete: Bool
    /// What could not be read.
    package let notes: [ContextNote]

    init(entries: [ContextEntry], isComplete: Bool, notes: [ContextNote]) {
        self.entries = entries
        self.isComplete = isComplete
        self.notes = notes
        fileCount = entries.count { $0.kind == .file }
        byteCount = entries.clampedSum(\.size)
    }

    /// What stands at a path; nil where a build can read nothing there.
    package func entry(at path: ContextPath) -> ContextEntry? {
        let index = entries.partitioningIndex { !$0.path.isVisited(before: path) }
        return index < entries.count && entries[index].path == path ? entries[index] : nil
    }

    /// The entries that are one of some folders or lie in it, each once, in order.
    package func entries(inOrAt folders: [ContextPath]) -> [ContextEntry] {
        if folders.contains(where: \.isRoot) { return entries }
        let ranges = folders.map { folder in
            let start = entries.partitioningIndex { !$0.path.isVisited(before: folder) }
            let count = entries[start...].partitioningIndex { !$0.path.isInside(folder) } - start
            return start..<start + count
        }
        var found: [ContextEntry] = []
        var next = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.upperBound > next {
            found += entries[max(next, range.lowerBound)..<range.upperBound]
            next = range.upperBound
        }
        return found
    }

    /// A file or folder with all that is readable in it.
    package struct Weight: Sendable, Hashable {
        package let path: ContextPath
        package let kind: FileTreeEntry.Kind
        package let fileCount: Int
        package let byteCount: Int
    }

    /// The paths that most of the context is in: none inside of another, and each as deep as it can be without losing
    /// most of its weight, so that `a/b/model.bin` is named rather than `a`.
    /// - Parameter count: how many at most.
    /// - Returns: largest first; paths that hold nothing are left out.
    package func largest(_ count: Int) -> [Weight] {
        var totals: [ContextPath: (files: Int, bytes: Int)] = [:]
        var children: [ContextPath: [ContextEntry]] = [:]
        for entry in entries {
            guard let parent = entry.path.parent else { continue }
            children[parent, default: []].append(entry)
            guard entry.kind == .file else { continue }
            totals[entry.path] = (1, entry.size)
            var folder: ContextPath? = parent
            while let current = folder {
                let sum = totals[current] ?? (0, 0)
                totals[current] = (sum.files + 1, sum.bytes.addingClamped(entry.size))
                folder = current.parent
            }
        }
        func weights(in folder: ContextPath) -> [Weight] {
            (children[folder] ?? []).compactMap { entry in
                guard let total = totals[entry.path], total.bytes > 0 else { return nil }
                return Weight(
                    path: entry.path, kind: entry.kind, fileCount: total.files, byteCount: total.bytes)
            }
        }
        func isLarger(_ left: Weight, _ right: Weight) -> Bool {
            left.byteCount != right.byteCount ? left.byteCount > right.byteCount : left.path < right.path
        }
        var found = weights(in: .root).sorted(by: isLarger)
        var index = 0
        while index < min(count, found.count) {
            let inside = weights(in: found[index].path)
            if let heaviest = inside.map(\.byteCount).max(), heaviest > found[index].byteCount - heaviest {
                found.remove(at: index)
                found.append(contentsOf: inside)
                found.sort(by: isLarger)
            } else {
                index += 1
            }
        }
        return Array(found.prefix(count))
    }
}

/// What an ignore file keeps from a build.
package struct ContextLeftOut: Sendable {
    /// What one pattern does.
    package struct PatternUse: Sendable {
        package let pattern: IgnorePattern
        /// Files that this pattern leaves out; where several would, the first counts. 0 for a negation.
        package let fileCount: Int
        package let byteCount: Int
        /// Whether it matches any path at all, whatever the other patterns do with it.
        package let matchesAnything: Bool
    }

    package let fileCount: Int
    package let byteCount: Int
    /// Every pattern, in the order of the file.
    package let patterns: [PatternUse]
    /// False where a limit was met or a folder could not be read: figures are lower bounds, and a pattern that matched
    /// nothing may have something to match after all.
    package let isComplete: Bool

    /// Patterns that match nothing any more; empty where the tree could not be read completely.
    package var deadPatterns: [IgnorePattern] {
        isComplete ? patterns.filter { !$0.matchesAnything }.map(\.pattern) : []
    }
}
