internal import Git

/// The files that a `.gitattributes` gives to Git LFS. Its patterns are those of `.gitignore` (gitattributes(5)).
struct LargeFiles {
    private let patterns: IgnoreFile

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
    func contain(_ path: [UInt8]) -> Bool { patterns.ignores(path, isFolder: false) == true }
}
