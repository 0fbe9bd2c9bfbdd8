import Diagnostics

/// A list of patterns, such as an ignore file's, that decides path by path from the top of a tree down.
///
/// What a line means and how lines work together is moby/patternmatcher's, as BuildKit's client uses it:
/// `New` and `MatchesUsingParentResults` (`patternmatcher.go`). The last matching pattern wins; a pattern that matches a
/// folder covers all below it.
package struct PathPatterns: Sendable {
    /// What a list decided of one path, and what that means for the paths below it.
    package struct Decision: Sendable {
        /// The last pattern that matched was not negated.
        package fileprivate(set) var isMatch = false
        /// The pattern that decided: an index into the list; nil where none matched.
        package fileprivate(set) var pattern: Int?
        /// For every pattern whether it covers the path; empty for the root, of which nothing is known.
        fileprivate var covers: [Bool] = []

        /// Nothing is decided of the root of a tree.
        package static var root: Self { Self() }
    }

    private struct Pattern: Sendable {
        let text: [UInt8]
        let isNegated: Bool
        let matcher: Matcher
    }

    private enum Matcher: Sendable {
        case exact
        case prefix([UInt8])
        case suffix([UInt8])
        case program(PatternProgram)
    }

    private var patterns: [Pattern] = []
    package private(set) var hasNegations = false
    /// What matching one path may cost for each of its characters.
    private(set) var size = 0
    /// No negation could bring something back inside of an excluded folder but by naming a path.
    private var negationsArePlain = true

    package var isEmpty: Bool { patterns.isEmpty }
    package var count: Int { patterns.count }

    package init() {}

    /// - Parameter patterns: as in an ignore file, one each; an empty one is left out.
    /// - Throws: at the first pattern with which BuildKit ends the build.
    package init(_ patterns: [String]) throws(PatternSyntaxError) {
        for pattern in patterns { _ = try append(Array(pattern.utf8)) }
    }

    /// - Returns: the cleaned pattern without its `!`; nil where it was blank, which is no pattern.
    mutating func append(_ written: [UInt8]) throws(PatternSyntaxError) -> (text: [UInt8], isNegated: Bool)? {
        let trimmed = written[trimmingUnicodeSpace(written)]
        if trimmed.isEmpty { return nil }
        var text = cleanedPath(trimmed)
        let isNegated = text.first == .exclamation
        if isNegated {
            guard text.count > 1 else {
                throw PatternSyntaxError(reason: "has nothing behind its `!`")
            }
            text.removeFirst()
        }
        _ = try GoPathMatch.matches(text, [.dot])
        let matcher = try Self.compile(text)
        if case .program(let program) = matcher { size += program.size }
        patterns.append(Pattern(text: text, isNegated: isNegated, matcher: matcher))
        if isNegated {
            hasNegations = true
            if Self.withoutTrailingGlob(text).contains(where: Self.isWildcardByte) {
                negationsArePlain = false
            }
        }
        return (text, isNegated)
    }

    /// The text of a pattern, cleaned, without its `!`.
    func text(of pattern: Int) -> [UInt8] { patterns[pattern].text }
    func isNegated(_ pattern: Int) -> Bool { patterns[pattern].isNegated }

    /// - Parameters:
    ///   - path: relative to the folder that the patterns are relative to.
    ///   - parent: the decision of the folder that holds it.
    package func decide(_ path: ContextPath, below parent: Decision) -> Decision {
        var budget = WorkBudget(.max)
        return decide(path, below: parent, &budget)
    }

    /// - Parameter budget: where it does not suffice, the decision is without meaning.
    func decide(_ path: ContextPath, below parent: Decision, _ budget: inout WorkBudget) -> Decision {
        var decision = Decision()
        guard !patterns.isEmpty, budget.spend(1 + patterns.count / 8) else { return decision }
        decision.covers = [Bool](repeating: false, count: patterns.count)
        let isBelowRoot = parent.covers.isEmpty
        for index in patterns.indices {
            let pattern = patterns[index]
            if isBelowRoot || !parent.covers[index] {
                if pattern.isNegated != decision.isMatch { continue }
                if !matches(pattern, path.bytes, &budget) { continue }
            }
            decision.covers[index] = true
            decision.isMatch = !pattern.isNegated
            decision.pattern = index
        }
        return decision
    }

    /// - Parameter path: relative to the folder that the patterns are relative to; the decisions of the folders above it
    ///   are made on the way.
    package func decide(_ path: ContextPath) -> Decision {
        var budget = WorkBudget(.max)
        return decide(path, &budget)
    }

    /// - Parameter budget: where it does not suffice, the decision is without meaning.
    func decide(_ path: ContextPath, _ budget: inout WorkBudget) -> Decision {
        guard let parent = path.parent else { return .root }
        let above = decide(parent, &budget)
        if leavesOutWhole(parent, above) { return above }
        return decide(path, below: above, &budget)
    }

    /// Whether one pattern matches a path itself, whatever the others say.
    func matches(pattern index: Int, _ path: ContextPath, _ budget: inout WorkBudget) -> Bool {
        matches(patterns[index], path.bytes, &budget)
    }

    /// Whether a negation could bring something back below a folder that is left out. If not, BuildKit's client does not
    /// look into it (fsutil `filter.go`, `Walk`).
    package func couldBringBack(below folder: ContextPath) -> Bool {
        guard hasNegations else { return false }
        guard negationsArePlain else { return true }
        let prefix = folder.bytes + [.slash]
        return patterns.contains { pattern in
            pattern.isNegated && (Self.withoutTrailingGlob(pattern.text) + [.slash]).starts(with: prefix)
        }
    }

    /// Whether BuildKit's client does not look into a folder, so that no pattern can bring back what is in it, one that
    /// matches by an unescaped `|` included.
    /// - Parameter decision: the folder's own.
    func leavesOutWhole(_ folder: ContextPath, _ decision: Decision) -> Bool {
        decision.isMatch && !couldBringBack(below: folder)
    }

    private func matches(_ pattern: Pattern, _ path: [UInt8], _ budget: inout WorkBudget) -> Bool {
        switch pattern.matcher {
        case .exact: return path == pattern.text
        case .prefix(let prefix): return path.starts(with: prefix)
        case .suffix(let suffix):
            if path.count >= suffix.count { return path.suffix(suffix.count).elementsEqual(suffix) }
            return suffix.first == .slash && path.elementsEqual(suffix.dropFirst())
        case .program(let program): return program.matches(path, &budget)
        }
    }

    private static func isWildcardByte(_ byte: UInt8) -> Bool {
        byte == .star || byte == .openBracket || byte == .closeBracket || byte == .question || byte == .caret
            || byte == .backslash
    }

    private static func withoutTrailingGlob(_ text: [UInt8]) -> ArraySlice<UInt8> {
        var text = text[...]
        if text.suffix(3).elementsEqual([.slash, .star, .star]) { text = text.dropLast(3) }
        if text.suffix(2).elementsEqual([.slash, .star]) { text = text.dropLast(2) }
        return text
    }

    /// What kind of comparison a pattern is, and the regular expression where it is one (`compile`).
    private static func compile(_ text: [UInt8]) throws(PatternSyntaxError) -> Matcher {
        enum Kind { case exact, prefix, suffix, expression }
        let runes = Self.runes(text)
        var expression: [UInt32] = [UInt32(UInt8.caret)]
        var kind = Kind.exact
        let notSlash = "[^/]".unicodeScalars.map(\.value)
        var index = 0
        var tokens = 0
        while index < runes.count {
            let rune = runes[index]
            index += 1
            switch Unicode.Scalar(rune) {
            case "*" where index < runes.count && runes[index] == rune:
                index += 1
                if index < runes.count, runes[index] == UInt32(UInt8.slash) { index += 1 }
                if index == runes.count {
                    if kind == .exact {
                        kind = .prefix
                    } else {
                        expression += ".*".unicodeScalars.map(\.value)
                        kind = .expression
                    }
                } else {
                    expression += ExpressionReader.foldersGroup
                    kind = .expression
                }
                if tokens == 0 { kind = .suffix }
            case "*":
                expression += notSlash + [rune]
                kind = .expression
            case "?":
                expression += notSlash
                kind = .expression
            // Not `|`, `{` and `}`, which were meant: see `ExpressionReader`.
            case ".", "+", "(", ")", "$":
                expression += [UInt32(UInt8.backslash), rune]
            case "\\":
                expression.append(rune)
                if index < runes.count {
                    expression.append(runes[index])
                    index += 1
                    kind = .expression
                }
            case "[", "]":
                expression.append(rune)
                kind = .expression
            default: expression.append(rune)
            }
            tokens += 1
        }
        switch kind {
        case .exact: return .exact
        case .prefix: return .prefix(Array(text.dropLast(2)))
        case .suffix: return .suffix(Array(text.dropFirst(2)))
        case .expression:
            return .program(try PatternProgram(expression: expression + [UInt32(UInt8(ascii: "$"))]))
        }
    }

    /// Go's `text/scanner` drops a byte order mark at the beginning of what it reads.
    private static func runes(_ text: [UInt8]) -> [UInt32] {
        var runes: [UInt32] = []
        var rest = text[...]
        while !rest.isEmpty {
            let (rune, length) = decodedRune(rest)
            runes.append(rune)
            rest = rest.dropFirst(length)
        }
        if runes.first == 0xFEFF { runes.removeFirst() }
        return runes
    }
}

/// What Go's `strings.TrimSpace` leaves.
func trimmingUnicodeSpace(_ bytes: [UInt8]) -> Range<Int> {
    var start = 0
    while start < bytes.count {
        let (rune, length) = decodedRune(bytes[start...])
        guard isUnicodeSpace(rune) else { break }
        start += length
    }
    var end = bytes.count
    while end > start {
        var runeStart = end - 1
        while runeStart > start, end - runeStart < 4, bytes[runeStart] & 0xC0 == 0x80 { runeStart -= 1 }
        let (rune, length) = decodedRune(bytes[runeStart..<end])
        guard runeStart + length == end, isUnicodeSpace(rune) else { break }
        end = runeStart
    }
    return start..<end
}

private func isUnicodeSpace(_ rune: UInt32) -> Bool {
    switch rune {
    case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
}
