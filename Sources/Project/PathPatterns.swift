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
    }

    var isEmpty: Bool { patterns.isEmpty }

    func matches(_ path: String) -> Bool {
        guard !patterns.isEmpty else { return false }
        return patterns.last { $0.glob.matchesPathOrParent(path.utf8) }.map { !$0.isNegated } ?? false
    }

    /// Nothing in a folder that matches can be taken out again.
    var hasExceptions: Bool { patterns.contains { $0.isNegated } }

    /// Something below the folder may match.
    func mayMatchBelow(_ folder: String) -> Bool {
        patterns.contains { !$0.isNegated && $0.glob.mayMatchBelow(folder.utf8) }
    }
}
