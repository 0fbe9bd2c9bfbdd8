internal import Diagnostics
internal import Git
internal import Synchronization

/// The files that a `.gitattributes` gives to Git LFS. Its patterns are those of `.gitignore` (gitattributes(5)).
final class LargeFiles: Sendable {
    private let patterns: IgnoreFile
    /// For all builds of a run.
    private let work = Mutex(WorkBudget(Limits.attributesWork))

    /// nil where there are none.
    init?(attributes: [UInt8]) {
        let patterns = attributes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            return words.dropFirst().contains { $0.elementsEqual("filter=lfs".utf8) } ? words.first : nil
        }
        if patterns.isEmpty { return nil }
        self.patterns = IgnoreFile(parsing: Array(patterns.joined(separator: "\n".utf8)))
    }

    /// - Parameter path: relative to the folder of the `.gitattributes`.
    /// - Returns: false where the patterns have taken too long.
    func contain(_ path: [UInt8]) -> Bool {
        work.withLock { work in
            patterns.ignores(PathGlob.names(of: path), isFolder: false, work: &work) == true
        }
    }

    /// Not all files were held against the patterns.
    var isCutShort: Bool { work.withLock(\.isSpent) }
}
