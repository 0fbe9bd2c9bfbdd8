import Diagnostics

/// A regular expression as Go reads it, as far as bake files use it: it takes time in proportion to the text.
/// Source: github.com/google/re2, "Syntax"; of several matches the first alternative wins.
struct HCLPattern {
    private var program: [Step] = []
    /// Parts that were put into it, empty ones among them.
    private var parts = 0
    /// By their numbers, from 1; nil for one without a name.
    private(set) var groups: [String?] = []

    private enum Step {
        case one(Set<Unicode.Scalar>, ranges: [ClosedRange<Unicode.Scalar>], isNegated: Bool)
        case any
        case start, end, wordEdge
        /// The first is tried first.
        case split(Int, Int)
        case jump(Int)
        case save(Int)
        case match
    }

    private indirect enum Node {
        case step(Step)
        case sequence([Node])
        case choice([Node])
        case group(Node, Int)
        case repeated(Node, least: Int, most: Int?, isLazy: Bool)
    }

    /// - Returns: nil for what is not understood, and for too large a pattern.
    init?(_ text: String) {
        var reader = Reader(rest: Array(text.unicodeScalars)[...])
        guard let node = reader.readChoice(), reader.rest.isEmpty else { return nil }
        groups = reader.groups
        emit(.group(node, 0))
        program.append(.match)
        guard parts <= Limits.hclPattern else { return nil }
    }

    private struct Reader {
        var rest: ArraySlice<Unicode.Scalar>
        var groups: [String?] = []
        private var depth = 0

        init(rest: ArraySlice<Unicode.Scalar>) { self.rest = rest }

        mutating func readChoice() -> Node? {
            guard depth < Limits.hclDepth else { return nil }
            depth += 1
            defer { depth -= 1 }
            var choices: [Node] = []
            while true {
                var parts: [Node] = []
                while let next = rest.first, next != "|", next != ")" {
                    guard let part = readRepeated() else { return nil }
                    parts.append(part)
                }
                choices.append(.sequence(parts))
                guard rest.first == "|" else { break }
                rest = rest.dropFirst()
            }
            return choices.count == 1 ? choices[0] : .choice(choices)
        }

        private mutating func readRepeated() -> Node? {
            guard var node = readAtom() else { return nil }
            while let next = rest.first {
                let bounds: (Int, Int?)
                switch next {
                case "*": bounds = (0, nil)
                case "+": bounds = (1, nil)
                case "?": bounds = (0, 1)
                case "{":
                    guard let read = readBounds() else { return nil }
                    bounds = read
                default: return node
                }
                if next != "{" { rest = rest.dropFirst() }
                let isLazy = rest.first == "?"
                if isLazy { rest = rest.dropFirst() }
                node = .repeated(node, least: bounds.0, most: bounds.1, isLazy: isLazy)
            }
            return node
        }

        private mutating func readBounds() -> (Int, Int?)? {
            guard let end = rest.firstIndex(of: "}") else { return nil }
            let text = String(String.UnicodeScalarView(rest[rest.index(after: rest.startIndex)..<end]))
            rest = rest[(end + 1)...]
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            guard let least = parts.first.flatMap({ Int($0) }), (0...100).contains(least) else { return nil }
            if parts.count == 1 { return (least, least) }
            if parts[1].isEmpty { return (least, nil) }
            guard parts.count == 2, let most = Int(parts[1]), (least...100).contains(most) else { return nil }
            return (least, most)
        }

        private mutating func readAtom() -> Node? {
            guard let scalar = rest.popFirst() else { return nil }
            switch scalar {
            case ".": return .step(.any)
            case "^": return .step(.start)
            case "$": return .step(.end)
            case "[": return readClass()
            case "(": return readGroup()
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                if escaped == "b" { return .step(.wordEdge) }
                guard let (ranges, isNegated) = Self.class(of: escaped) else { return nil }
                return .step(.one([], ranges: ranges, isNegated: isNegated))
            case "*", "+", "?", "{", ")": return nil
            default: return .step(.one([scalar], ranges: [], isNegated: false))
            }
        }

        private mutating func readGroup() -> Node? {
            var number: Int?
            if rest.first == "?" {
                rest = rest.dropFirst()
                if rest.first == "P" { rest = rest.dropFirst() }
                if rest.first == "<", let end = rest.firstIndex(of: ">") {
                    groups.append(String(String.UnicodeScalarView(rest[(rest.startIndex + 1)..<end])))
                    number = groups.count
                    rest = rest[(end + 1)...]
                } else if rest.popFirst() != ":" {
                    return nil
                }
            } else {
                groups.append(nil)
                number = groups.count
            }
            guard let node = readChoice(), rest.popFirst() == ")" else { return nil }
            return number.map { .group(node, $0) } ?? node
        }

        /// `\d` and the like, or an escaped sign.
        private static func `class`(
            of scalar: Unicode.Scalar
        ) -> (ranges: [ClosedRange<Unicode.Scalar>], isNegated: Bool)? {
            switch scalar {
            case "d": (["0"..."9"], false)
            case "D": (["0"..."9"], true)
            case "w": (["0"..."9", "A"..."Z", "a"..."z", "_"..."_"], false)
            case "W": (["0"..."9", "A"..."Z", "a"..."z", "_"..."_"], true)
            case "s": (["\t"..."\n", "\u{C}"..."\r", " "..." "], false)
            case "S": (["\t"..."\n", "\u{C}"..."\r", " "..." "], true)
            case "n": (["\n"..."\n"], false)
            case "t": (["\t"..."\t"], false)
            case "r": (["\r"..."\r"], false)
            case "a"..."z", "A"..."Z", "0"..."9": nil
            default: ([scalar...scalar], false)
            }
        }

        private mutating func readClass() -> Node? {
            var ranges: [ClosedRange<Unicode.Scalar>] = []
            let isNegated = rest.first == "^"
            if isNegated { rest = rest.dropFirst() }
            var isFirst = true
            while let scalar = rest.popFirst() {
                if scalar == "]", !isFirst { return .step(.one([], ranges: ranges, isNegated: isNegated)) }
                isFirst = false
                if scalar == "[", rest.first == ":" { return nil }
                var low = scalar
                if scalar == "\\" {
                    guard let escaped = rest.popFirst(), let read = Self.class(of: escaped), !read.isNegated
                    else { return nil }
                    guard read.ranges.count == 1, read.ranges[0].lowerBound == read.ranges[0].upperBound
                    else {
                        ranges += read.ranges
                        continue
                    }
                    low = read.ranges[0].lowerBound
                }
                guard rest.first == "-", let high = rest.dropFirst().first, high != "]", high != "\\" else {
                    ranges.append(low...low)
                    continue
                }
                guard low <= high else { return nil }
                ranges.append(low...high)
                rest = rest.dropFirst(2)
            }
            return nil
        }
    }

    private mutating func emit(_ node: Node) {
        parts += 1
        guard parts <= Limits.hclPattern else { return }
        switch node {
        case .step(let step): program.append(step)
        case .sequence(let parts): for part in parts { emit(part) }
        case .group(let inner, let number):
            program.append(.save(2 * number))
            emit(inner)
            program.append(.save(2 * number + 1))
        case .choice(let choices):
            var jumps: [Int] = []
            for choice in choices.dropLast() {
                let split = program.count
                program.append(.match)
                emit(choice)
                jumps.append(program.count)
                program.append(.match)
                program[split] = .split(split + 1, program.count)
            }
            emit(choices[choices.count - 1])
            for jump in jumps { program[jump] = .jump(program.count) }
        case .repeated(let inner, let least, let most, let isLazy):
            for _ in 0..<least { emit(inner) }
            guard let most else {
                let split = program.count
                program.append(.match)
                emit(inner)
                program.append(.jump(split))
                program[split] =
                    isLazy ? .split(program.count, split + 1) : .split(split + 1, program.count)
                return
            }
            var splits: [Int] = []
            for _ in least..<max(least, most) {
                splits.append(program.count)
                program.append(.match)
                emit(inner)
            }
            for split in splits {
                program[split] =
                    isLazy ? .split(program.count, split + 1) : .split(split + 1, program.count)
            }
        }
    }

    // MARK: - Matching

    /// The first match at or after an offset.
    /// - Returns: the places of the match and of its groups, by number; nil for none.
    func match(
        in text: [Unicode.Scalar], from start: Int, _ work: inout WorkBudget
    ) -> [Range<Int>?]? {
        var best: [Int]?
        var threads: [(step: Int, saved: [Int])] = []
        var offset = start
        while true {
            guard work.spend(1 + program.count / 4 + threads.count * (1 + groups.count)) else { return nil }
            var seen: Set<Int> = []
            var now: [(step: Int, saved: [Int])] = []
            for thread in threads { follow(thread.step, thread.saved, offset, text, &seen, &now) }
            if best == nil {
                follow(
                    0, Array(repeating: -1, count: 2 * groups.count + 2), offset, text, &seen, &now)
            }
            if now.isEmpty, best != nil { break }
            threads = []
            for thread in now {
                switch program[thread.step] {
                case .match:
                    best = thread.saved
                case .one(let set, let ranges, let isNegated):
                    guard offset < text.count else { continue }
                    let scalar = text[offset]
                    if (set.contains(scalar) || ranges.contains { $0.contains(scalar) }) != isNegated {
                        threads.append((thread.step + 1, thread.saved))
                    }
                    continue
                case .any:
                    if offset < text.count, text[offset] != "\n" {
                        threads.append((thread.step + 1, thread.saved))
                    }
                    continue
                case .start, .end, .wordEdge, .split, .jump, .save: continue
                }
                // What comes later is worth less than a match.
                break
            }
            offset += 1
            if offset > text.count { break }
            if threads.isEmpty, best != nil { break }
        }
        guard let best else { return nil }
        return stride(from: 0, to: best.count, by: 2).map { index in
            best[index] >= 0 && best[index + 1] >= best[index] ? best[index]..<best[index + 1] : nil
        }
    }

    /// Follows what takes no character.
    private func follow(
        _ step: Int, _ saved: [Int], _ offset: Int, _ text: [Unicode.Scalar], _ seen: inout Set<Int>,
        _ threads: inout [(step: Int, saved: [Int])]
    ) {
        var open = [(step, saved)]
        while let (step, saved) = open.popLast() {
            guard seen.insert(step).inserted else { continue }
            switch program[step] {
            case .jump(let target): open.append((target, saved))
            case .split(let first, let second):
                open.append((second, saved))
                open.append((first, saved))
            case .save(let slot):
                var saved = saved
                saved[slot] = offset
                open.append((step + 1, saved))
            case .start: if offset == 0 { open.append((step + 1, saved)) }
            case .end: if offset == text.count { open.append((step + 1, saved)) }
            case .wordEdge:
                let before = offset > 0 && Self.isOfWords(text[offset - 1])
                let after = offset < text.count && Self.isOfWords(text[offset])
                if before != after { open.append((step + 1, saved)) }
            case .one, .any, .match: threads.append((step, saved))
            }
        }
    }

    private static func isOfWords(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }
}

extension HCLFunctions {
    /// - Returns: nil for another function, and for a pattern that is not understood.
    static func ofPatterns(
        _ name: String, _ given: Arguments, _ work: inout WorkBudget
    ) throws(HCLMismatch) -> HCLValue? {
        switch name {
        case "regex", "regexall":
            guard let pattern = HCLPattern(try given.text(0)) else { return nil }
            let text = Array(try given.text(1).unicodeScalars)
            guard let matches = all(pattern, in: text, onlyFirst: name == "regex", &work) else { return nil }
            let values = matches.map { value(of: $0, pattern, text) }
            if name == "regexall" { return .list(values) }
            guard let first = values.first else { throw HCLMismatch("a text without a match") }
            return first
        case "regex_replace":
            guard let pattern = HCLPattern(try given.text(1)) else { return nil }
            let text = Array(try given.text(0).unicodeScalars)
            let replacement = try given.text(2)
            guard let matches = all(pattern, in: text, onlyFirst: false, &work) else { return nil }
            var result = String.UnicodeScalarView()
            var end = 0
            for match in matches {
                guard let range = match[0] else { return nil }
                result += text[end..<range.lowerBound]
                guard let made = expanded(replacement, match, pattern, text) else { return nil }
                result += made.unicodeScalars
                end = range.upperBound
                guard work.spend(made.utf8.count), result.count <= Limits.hclTextBytes else { return nil }
            }
            result += text[end...]
            return .string(String(result))
        default: return nil
        }
    }

    /// - Returns: nil where it is too much work.
    private static func all(
        _ pattern: HCLPattern, in text: [Unicode.Scalar], onlyFirst: Bool, _ work: inout WorkBudget
    ) -> [[Range<Int>?]]? {
        var matches: [[Range<Int>?]] = []
        var start = 0
        var lastEnd = -1
        while start <= text.count, let match = pattern.match(in: text, from: start, &work),
            let range = match[0]
        {
            // An empty match right behind another one does not count.
            if !(range.isEmpty && range.lowerBound == lastEnd) { matches.append(match) }
            lastEnd = range.upperBound
            start = range.isEmpty ? range.upperBound + 1 : range.upperBound
            if onlyFirst { break }
        }
        return work.isSpent ? nil : matches
    }

    private static func value(
        of match: [Range<Int>?], _ pattern: HCLPattern, _ text: [Unicode.Scalar]
    ) -> HCLValue {
        func value(_ range: Range<Int>?) -> HCLValue {
            range.map { .string(String(String.UnicodeScalarView(text[$0]))) } ?? .null
        }
        if pattern.groups.isEmpty { return value(match[0]) }
        if pattern.groups.contains(where: { $0 != nil }) {
            var members: [String: HCLValue] = [:]
            for (name, range) in zip(pattern.groups, match.dropFirst()) {
                if let name { members[name] = value(range) }
            }
            return .object(members)
        }
        return .list(match.dropFirst().map(value))
    }

    /// `$1`, `${1}`, `$name` and `$$` of a replacement.
    private static func expanded(
        _ replacement: String, _ match: [Range<Int>?], _ pattern: HCLPattern, _ text: [Unicode.Scalar]
    ) -> String? {
        var result = String.UnicodeScalarView()
        var rest = Array(replacement.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            guard scalar == "$" else {
                result.append(scalar)
                continue
            }
            if rest.first == "$" {
                rest = rest.dropFirst()
                result.append("$")
                continue
            }
            let isBraced = rest.first == "{"
            if isBraced { rest = rest.dropFirst() }
            let name = rest.prefix {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "_"
            }
            rest = rest.dropFirst(name.count)
            if isBraced, rest.popFirst() != "}" || name.isEmpty { return nil }
            guard !name.isEmpty else {
                result.append("$")
                continue
            }
            let word = String(String.UnicodeScalarView(name))
            let index = Int(word) ?? pattern.groups.firstIndex { $0 == word }.map { $0 + 1 }
            if let index, match.indices.contains(index), let range = match[index] { result += text[range] }
        }
        return String(result)
    }
}
