import BuildContext
import Facts

/// What requirements files of pip name besides packages: `-r base.txt` and `-c pins.txt`, relative to their own folder.
/// Each file is read once, for however many installs.
/// Source: pip.pypa.io, reference/requirements-file-format.
struct Requirements {
    private let context: BuildContext
    private let work: FactsWork
    private var namedBy: [ContextPath: [ContextPath]] = [:]

    /// - Parameter work: what following files may take; once it is spent, the findings of a check do not count.
    init(in context: BuildContext, _ work: FactsWork) {
        self.context = context
        self.work = work
    }

    /// - Parameters:
    ///   - paths: files that an install names, of whatever kind.
    ///   - isThere: whether a file is there when the install runs.
    /// - Returns: `paths`, and behind them the files that they name, directly or not.
    mutating func files(
        from paths: [ContextPath], where isThere: (ContextPath) -> Bool
    ) -> [ContextPath] {
        var found = paths
        var seen = Set(paths)
        var index = 0
        while index < found.count, work.spend() {
            for named in files(namedBy: found[index]) where isThere(named) && work.spend() {
                if seen.insert(named).inserted { found.append(named) }
            }
            index += 1
        }
        return found
    }

    private mutating func files(namedBy path: ContextPath) -> [ContextPath] {
        if let known = namedBy[path] { return known }
        var found: [ContextPath] = []
        if path.name.suffix(4).elementsEqual(".txt".utf8), let text = context.contents(of: path) {
            found = Self.names(in: text).map { Self.resolved($0, in: path.parent ?? .root) }
        }
        namedBy[path] = found
        return found
    }

    private static func names(in text: [UInt8]) -> [[UInt8]] {
        let options = ["-r", "-c", "--requirement", "--constraint"].map { Array($0.utf8) }
        return text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let words = line.split { $0 <= 0x20 || $0 == UInt8(ascii: "=") }
            guard words.count > 1, options.contains(where: words[0].elementsEqual) else { return nil }
            return Array(words[1])
        }
    }

    private static func resolved(_ name: [UInt8], in folder: ContextPath) -> ContextPath {
        var path = folder
        for part in name.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            path = part.elementsEqual("..".utf8) ? path.parent ?? .root : path.appending(part)
        }
        return path
    }
}
