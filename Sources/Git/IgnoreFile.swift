/// A `.gitignore` (gitignore(5)), or `.git/info/exclude`.
package struct IgnoreFile: Sendable {
    private struct Rule: Sendable {
        let glob: PathGlob
        /// A `/` at the start or inside: the pattern counts from the file's folder, else for names at any depth.
        let isAnchored: Bool
        let isFolderOnly: Bool
        let isNegated: Bool
    }

    private let rules: [Rule]

    package init(parsing bytes: [UInt8]) {
        rules = bytes.split(separator: UInt8(ascii: "\n")).compactMap(Self.rule)
    }

    package var isEmpty: Bool { rules.isEmpty }

    /// - Parameter path: relative to the folder that holds the file.
    /// - Returns: whether the path itself is ignored (what lies in an ignored folder is as well); nil where no rule
    ///   speaks of it.
    package func ignores(_ path: some Collection<UInt8>, isFolder: Bool) -> Bool? {
        let name = path.suffix(while: { $0 != UInt8(ascii: "/") })
        for rule in rules.reversed() where isFolder || !rule.isFolderOnly {
            if rule.isAnchored ? rule.glob.matches(path) : rule.glob.matches(name) { return !rule.isNegated }
        }
        return nil
    }

    private static func rule(_ line: ArraySlice<UInt8>) -> Rule? {
        var text = line
        if text.last == UInt8(ascii: "\r") { text.removeLast() }
        while text.last == UInt8(ascii: " "), text.dropLast().last != UInt8(ascii: "\\") { text.removeLast() }
        guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
        let isNegated = first == UInt8(ascii: "!")
        if isNegated { text.removeFirst() }
        let isFolderOnly = text.last == UInt8(ascii: "/")
        if isFolderOnly { text.removeLast() }
        let isAnchored = text.contains(UInt8(ascii: "/"))
        let glob = PathGlob(text)
        guard !glob.isEmpty else { return nil }
        return Rule(glob: glob, isAnchored: isAnchored, isFolderOnly: isFolderOnly, isNegated: isNegated)
    }
}

extension Collection<UInt8> {
    fileprivate func suffix(while predicate: (UInt8) -> Bool) -> [UInt8] {
        var result: [UInt8] = []
        for byte in self { if predicate(byte) { result.append(byte) } else { result.removeAll() } }
        return result
    }
}
