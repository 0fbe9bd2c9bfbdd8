package import Diagnostics

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
    /// Rules by the name that they begin with, where that is a literal; in order.
    private var byName: [[UInt8]: [Int]] = [:]
    /// All others.
    private var others: [Int] = []

    package init(parsing bytes: [UInt8]) {
        rules = bytes.split(separator: UInt8(ascii: "\n")).compactMap(Self.rule)
        for (index, rule) in rules.enumerated() {
            if let name = rule.glob.firstLiteral {
                byName[name, default: []].append(index)
            } else {
                others.append(index)
            }
        }
    }

    package var isEmpty: Bool { rules.isEmpty }

    /// - Parameters:
    ///   - path: relative to the folder that holds the file.
    ///   - work: what comparing may take; where it is spent, no more rules speak.
    /// - Returns: whether the path itself is ignored (what lies in an ignored folder is as well); nil where no rule
    ///   speaks of it.
    package func ignores(_ path: PathGlob.Names, isFolder: Bool, work: inout WorkBudget) -> Bool? {
        guard let first = path.first, let name = path.last else { return nil }
        let single: PathGlob.Names = [name]
        var found: Int?
        func look(_ indices: [Int]?, _ work: inout WorkBudget) {
            for index in (indices ?? []).reversed() {
                if let found, index <= found { return }
                guard work.spend() else { return }
                let rule = rules[index]
                guard isFolder || !rule.isFolderOnly else { continue }
                if rule.glob.matches(rule.isAnchored ? path : single, work: &work) {
                    found = index
                    return
                }
            }
        }
        look(byName[name], &work)
        if path.count > 1 { look(byName[first], &work) }
        look(others, &work)
        return found.map { !rules[$0].isNegated }
    }

    /// The same for one path, as a text.
    package func ignores(_ path: some Collection<UInt8>, isFolder: Bool) -> Bool? {
        var work = WorkBudget(Limits.ignoreWork)
        return ignores(PathGlob.names(of: path), isFolder: isFolder, work: &work)
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
