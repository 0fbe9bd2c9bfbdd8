internal import Diagnostics
internal import Git

/// Files that git writes in another way on the two sides of a comparison, because a `.gitattributes` differs: their blobs
/// may be equal where checkouts are not (gitattributes(5), "Checking-out and checking-in").
struct AttributeChanges {
    private static let name = Array(".gitattributes".utf8)

    private var files: [(path: String, folder: [UInt8], patterns: IgnoreFile)] = []

    /// - Parameters:
    ///   - changes: of the whole repository.
    ///   - bytes: what a side has at a path; nil for nothing.
    init(_ changes: [TreeChange], bytes: (String, ContextComparison.SideName) -> [UInt8]?) {
        for change in changes {
            let folder = change.path.dropLast(Self.name.count)
            guard change.path.suffix(Self.name.count) == Self.name[...],
                folder.last ?? UInt8(ascii: "/") == UInt8(ascii: "/")
            else { continue }
            let path = String(decoding: change.path, as: UTF8.self)
            let lines = [ContextComparison.SideName.base, .head].map { side in
                Set(bytes(path, side).map(Self.lines) ?? [])
            }
            let patterns = lines[0].symmetricDifference(lines[1]).map(\.pattern)
            if patterns.isEmpty { continue }
            files.append(
                (path, Array(folder), IgnoreFile(parsing: Array(patterns.joined(separator: "\n".utf8)))))
        }
    }

    var isEmpty: Bool { files.isEmpty }

    /// - Parameter path: relative to the repository's root.
    /// - Returns: the `.gitattributes` that may write it in another way now; nil where none does.
    func file(for path: [UInt8], work: inout WorkBudget) -> String? {
        for file in files where path.starts(with: file.folder) {
            let names = PathGlob.names(of: path.dropFirst(file.folder.count))
            if file.patterns.ignores(names, isFolder: false, work: &work) == true { return file.path }
        }
        return nil
    }

    /// A line that says how files are written.
    private struct Line: Hashable {
        let pattern: [UInt8]
        let attributes: [[UInt8]]
    }

    /// A macro may stand for any of them, in any file.
    private static func lines(_ bytes: [UInt8]) -> [Line] {
        bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == 0x0D }
            guard let pattern = words.first, pattern.first != UInt8(ascii: "#") else { return nil }
            if pattern.starts(with: "[attr]".utf8) {
                return Line(pattern: [UInt8(ascii: "*")], attributes: words.map(Array.init))
            }
            let attributes = words.dropFirst().filter { word in
                let name = word.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "!") }
                    .prefix { $0 != UInt8(ascii: "=") }
                return writing.contains(String(decoding: name, as: UTF8.self))
            }
            return attributes.isEmpty
                ? nil : Line(pattern: Array(pattern), attributes: attributes.map(Array.init))
        }
    }

    private static let writing: Set<String> = [
        "text", "eol", "crlf", "binary", "ident", "filter", "working-tree-encoding",
    ]
}
