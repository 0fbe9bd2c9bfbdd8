import BuildContext

/// What requirements files of pip name besides packages: `-r base.txt` and `-c pins.txt`, relative to their own folder.
/// Source: pip.pypa.io, reference/requirements-file-format.
enum Requirements {
    /// - Parameters:
    ///   - paths: files that an install names, of whatever kind.
    ///   - files: those that there are.
    /// - Returns: `paths`, and behind them those of `files` that they name, directly or not.
    static func files(
        from paths: [ContextPath], among files: [ContextEntry], in context: BuildContext
    ) -> [ContextPath] {
        let known = Set(files.map(\.path))
        var found = paths
        var index = 0
        while index < found.count {
            let path = found[index]
            index += 1
            guard path.name.suffix(4).elementsEqual(".txt".utf8), let text = context.contents(of: path) else {
                continue
            }
            for name in names(in: text) {
                let named = resolved(name, in: path.parent ?? .root)
                if known.contains(named), !found.contains(named) { found.append(named) }
            }
        }
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
