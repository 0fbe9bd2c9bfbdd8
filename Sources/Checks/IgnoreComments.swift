package import Diagnostics
import Dockerfile
package import SourceText

/// The comments of one file that hide findings.
///
/// `# clm-doctor: ignore[id, id] reason="…"` hides findings of these checks in the next instruction (in other files
/// than Dockerfiles: the next line that is neither empty nor a comment), or, inside an instruction, in that one. Before
/// the first instruction it also hides what concerns the file as a whole; with a blank line after it, or written as
/// `ignore-file[…]`, it holds for the whole file. With `until=2027-01-31` it hides nothing after that day.
package struct IgnoreComments: Sendable {
    package let source: SourceText
    /// In the file's order.
    package private(set) var comments: [IgnoreComment]
    /// The ids that can be written.
    package let knownChecks: [CheckID]
    /// The checks that ran; of others nobody knows whether there is something to hide.
    package let ranChecks: Set<CheckID>
    private let today: Day?
    private let foreign: ForeignIgnores?

    /// - Parameters:
    ///   - dockerfile: gives the file's instructions, nil for files of another kind; asked only where there is a comment.
    ///   - today: nil where no comment is to expire.
    ///   - rules: the rules of other tools, whose comments are to be heeded.
    init(
        in source: SourceText, dockerfile: () -> ParsedDockerfile?, knownChecks: [CheckID],
        ranChecks: Set<CheckID>, today: Day? = nil, rules: ForeignIgnores.Rules? = nil
    ) {
        self.source = source
        self.today = today
        foreign =
            if let rules, rules.mayConcern(source), let dockerfile = dockerfile() {
                ForeignIgnores(in: dockerfile, rules: rules)
            } else { nil }
        self.knownChecks = knownChecks
        self.ranChecks = ranChecks
        comments = []
        var scopes: Scopes?
        var line = 0
        while let next = Self.nextMention(in: source, afterLine: line) {
            line = next
            let range = source.bytes(ofLine: line)
            guard var comment = IgnoreComment(readingLine: range, of: source) else { continue }
            var made = scopes ?? Scopes(of: source, dockerfile()?.instructions)
            comment.scope = made.scope(of: comment, line: line)
            scopes = made
            comments.append(comment)
        }
    }

    /// Whether nothing in the file can hide a finding.
    var isEmpty: Bool { comments.isEmpty && foreign == nil }

    /// Whether its day is past; it then hides nothing.
    package func isExpired(_ comment: IgnoreComment) -> Bool {
        guard let until = comment.until, let today else { return false }
        return until < today
    }

    /// Takes out what the comments hide.
    /// - Parameter findings: of this file.
    /// - Returns: those that stay, and those that are hidden.
    mutating func hide(_ findings: [Finding]) -> (shown: [Finding], hidden: [Finding]) {
        /// For each check the findings in the order of their lines; without a line they come first.
        let byCheck = Dictionary(grouping: findings.indices, by: { findings[$0].check.name }).mapValues {
            indices in
            indices.map { (line: findings[$0].range?.start.line ?? 0, index: $0) }.sorted { $0 < $1 }
        }
        /// How many more comments hold from a finding on than before it.
        var holding = byCheck.mapValues { [Int](repeating: 0, count: $0.count + 1) }
        for comment in comments.indices where !isExpired(comments[comment]) {
            guard let lines = comments[comment].scope.lines else { continue }
            for name in comments[comment].names.indices {
                let check = comments[comment].names[name].text
                guard let found = byCheck[check] else { continue }
                let first = found.partitioningIndex { $0.line >= lines.lowerBound }
                let end = found.partitioningIndex { $0.line > lines.upperBound }
                guard first < end else { continue }
                comments[comment].names[name].isUsed = true
                holding[check]?[first] += 1
                holding[check]?[end] -= 1
            }
        }
        var isHidden = findings.map { foreign?.hides($0) ?? false }
        for (check, found) in byCheck {
            var count = 0
            for (place, finding) in found.enumerated() {
                count += holding[check]?[place] ?? 0
                if count > 0 { isHidden[finding.index] = true }
            }
        }
        return (
            findings.indices.filter { !isHidden[$0] }.map { findings[$0] },
            findings.indices.filter { isHidden[$0] }.map { findings[$0] }
        )
    }

    private static func nextMention(in source: SourceText, afterLine last: Int) -> Int? {
        guard last < source.lineCount else { return nil }
        let start = source.lineStarts[last]
        let mark = IgnoreComment.mark
        return source.bytes.withUnsafeBufferPointer { bytes -> Int? in
            var at = start
            while at + mark.count <= bytes.count {
                if bytes[at] == mark[0], bytes[at..<at + mark.count].elementsEqual(mark) {
                    return source.line(at: at)
                }
                at += 1
            }
            return nil
        }
    }
}

/// Tells where comments hold, one after the other from the top of a file: what stands between two of them is looked at
/// once, whatever their number.
private struct Scopes {
    private let source: SourceText
    /// nil for files other than Dockerfiles.
    private let instructions: [Instruction]?
    /// The first line that is neither blank nor a comment.
    private let firstLine: Int?
    /// The first such line behind the last comment that was asked for, and the last blank one above it.
    private var next: Int?
    private var lastBlank = 0
    private var position = 0

    init(of source: SourceText, _ instructions: [Instruction]?) {
        self.source = source
        self.instructions = instructions
        if let first = instructions?.first {
            firstLine = first.lines.lowerBound
            lastBlank = (1..<first.lines.lowerBound).last { isBlank($0, in: source) } ?? 0
        } else {
            firstLine =
                instructions == nil
                ? (1...source.lineCount).first { !isBlank($0, in: source) && !isComment($0, in: source) }
                : nil
        }
    }

    /// - Parameter line: the comment's; none is above one that was asked for before.
    mutating func scope(of comment: IgnoreComment, line: Int) -> IgnoreComment.Scope {
        if comment.isForFile { return .file }
        guard let instructions else { return nextLine(after: line) }
        let index = instructions.partitioningIndex { $0.lines.upperBound >= line }
        guard index < instructions.count else { return .nothing }
        let lines = instructions[index].lines
        guard lines.lowerBound > line else { return .lines(lines) }
        guard index == 0 else { return .lines(line...lines.upperBound) }
        return lastBlank > line ? .file : .head(lines)
    }

    private mutating func nextLine(after line: Int) -> IgnoreComment.Scope {
        if next.map({ $0 <= line }) ?? (position <= line) {
            next = nil
            position = line + 1
            while position <= source.lineCount {
                let blank = isBlank(position, in: source)
                if blank { lastBlank = position }
                if !blank, !isComment(position, in: source) {
                    next = position
                    break
                }
                position += 1
            }
        }
        guard let next else { return .nothing }
        guard next == firstLine else { return .lines(next...next) }
        return lastBlank > line ? .file : .head(next...next)
    }
}

private func isComment(_ line: Int, in source: SourceText) -> Bool {
    source.bytes[source.bytes(ofLine: line)].first { !isBlank($0) } == UInt8(ascii: "#")
}

private func isBlank(_ line: Int, in source: SourceText) -> Bool {
    source.bytes[source.bytes(ofLine: line)].allSatisfy(isBlank)
}

private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
}

/// One `# clm-doctor: ignore[…]`, after which `until=…` and `reason="…"` may stand.
package struct IgnoreComment: Sendable {
    package struct Name: Sendable {
        package let text: String
        package let range: Range<Int>
        /// It hid a finding.
        package fileprivate(set) var isUsed = false
    }

    enum Scope: Sendable {
        case file
        /// Lines from 1.
        case lines(ClosedRange<Int>)
        /// The first instruction's lines, all that is above them, and the file as a whole.
        case head(ClosedRange<Int>)
        case nothing

        /// From 0, which stands for the file as a whole; nil where there are none.
        var lines: ClosedRange<Int>? {
            switch self {
            case .file: 0...Int.max
            case .lines(let lines): lines
            case .head(let lines): 0...lines.upperBound
            case .nothing: nil
            }
        }
    }

    static let mark = Array("clm-doctor:".utf8)

    /// From `#` to the line's end.
    package let range: Range<Int>
    package fileprivate(set) var names: [Name]
    package let isForFile: Bool
    /// The last day on which it holds.
    package private(set) var until: Day?
    /// What keeps the comment from being one, as a sentence without its final dot; nil where it is right.
    package let mistake: String?
    var scope = Scope.nothing

    /// Whether there is anything that the comment could hide something of.
    package var isBeforeNothing: Bool {
        if case .nothing = scope { true } else { false }
    }

    /// - Returns: nil where the line is no comment that begins with `clm-doctor:`.
    init?(readingLine line: Range<Int>, of source: SourceText) {
        var rest = source.bytes[
            max(line.lowerBound, source.textStart)..<max(line.upperBound, source.textStart)]
        func skipBlanks() {
            rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        }
        func take(_ word: some Collection<UInt8>) -> Bool {
            guard rest.starts(with: word) else { return false }
            rest = rest.dropFirst(word.count)
            return true
        }
        skipBlanks()
        let start = rest.startIndex
        guard take("#".utf8) else { return nil }
        skipBlanks()
        guard take(Self.mark) else { return nil }
        skipBlanks()
        range = start..<line.upperBound
        names = []
        isForFile = take("ignore-file".utf8)
        let verb = "ignore\(isForFile ? "-file" : "")"
        guard isForFile || take("ignore".utf8), take("[".utf8) else {
            mistake = "it is to read `\(verb)[check-id]`, with the ids of checks between the brackets"
            return
        }
        guard let close = rest.firstIndex(of: UInt8(ascii: "]")) else {
            mistake = "its bracket is not closed"
            return
        }
        for piece in rest[..<close].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            let left = piece.drop(while: isBlank)
            let count = left.reversed().drop(while: isBlank).count
            let word = left.startIndex..<left.startIndex + count
            names.append(Name(text: source.string(word), range: word))
        }
        guard !names.contains(where: { $0.text.isEmpty }) else {
            names = names.filter { !$0.text.isEmpty }
            mistake = "an id is missing between its brackets"
            return
        }
        rest = rest[(close + 1)...]
        skipBlanks()
        if take("until=".utf8) {
            let word = rest.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
            rest = rest[word.endIndex...]
            skipBlanks()
            until = Day(source.string(word.startIndex..<word.endIndex))
            guard until != nil else {
                mistake = "`until=` is to be followed by a day, such as `until=2027-01-31`"
                return
            }
        }
        // What stands after a reason is none of ours, except a day.
        var afterReason: ArraySlice<UInt8>?
        if rest.starts(with: "reason=\"".utf8),
            let quote = rest.dropFirst(8).firstIndex(of: UInt8(ascii: "\""))
        {
            afterReason = rest[(quote + 1)...]
        }
        if until == nil, let after = afterReason {
            rest = after
            skipBlanks()
            if take("until=".utf8) {
                let word = rest.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
                until = Day(source.string(word.startIndex..<word.endIndex))
                guard until != nil else {
                    mistake = "`until=` is to be followed by a day, such as `until=2027-01-31`"
                    return
                }
            }
        }
        mistake =
            rest.isEmpty || afterReason != nil
            ? nil : "after the bracket there is to be nothing, `until=2027-01-31` or `reason=\"…\"`"
    }
}
