internal import Diagnostics
internal import Git

/// The configuration's `ignore:` and `include:`: each pattern stands for the path and all that lies below it; the
/// last one that matches decides, and `!` turns it round.
struct PathPatterns: Sendable {
    private var patterns: [(glob: PathGlob, isNegated: Bool)] = []

    init(_ patterns: [String]) {
        for pattern in patterns {
            var text = pattern[...]
            let isNegated = text.first == "!"
            if isNegated { text.removeFirst() }
            self.patterns.append((PathGlob(text.utf8), isNegated))
        }
        hasExceptions = self.patterns.contains { $0.isNegated }
    }

    var isEmpty: Bool { patterns.isEmpty }

    /// - Parameter work: what comparing may take; where it is spent, nothing matches.
    func matches(_ path: String, work: inout WorkBudget) -> Bool {
        guard !patterns.isEmpty else { return false }
        let names = PathGlob.names(of: path.utf8)
        for pattern in patterns.reversed()
        where pattern.glob.matchesPathOrParent(names, work: &work) { return !pattern.isNegated }
        return false
    }

    /// Nothing in a folder that matches can be taken out again.
    let hasExceptions: Bool

    /// Something below the folder may match.
    func mayMatchBelow(_ folder: String, work: inout WorkBudget) -> Bool {
        guard !patterns.isEmpty else { return false }
        let names = PathGlob.names(of: folder.utf8)
        return patterns.contains { !$0.isNegated && $0.glob.mayMatchBelow(names, work: &work) }
    }
}
