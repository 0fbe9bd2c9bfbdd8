import Diagnostics
import SourceText

/// Splits one logical line into keyword, flags and arguments, and makes the instruction that they say.
struct InstructionReader {
    /// Where the instruction stands in the file.
    struct Place {
        let range: Range<Int>
        let lines: ClosedRange<Int>
    }

    /// The arguments as BuildKit's parser splits them, before the instruction itself looks at them.
    enum Arguments {
        /// None at all.
        case empty
        /// One text, as offsets in the joined line.
        case text(Range<Int>)
        case words([Word])
        /// A JSON array.
        case json([Word])
        /// Pairs of ENV and LABEL.
        case pairs([KeyValue])
    }

    let joined: JoinedText
    let escape: UInt8
    let keyword: Keyword
    /// In the file.
    let keywordRange: Range<Int>
    /// After the flags, in the joined line.
    private(set) var argumentRange: Range<Int>
    private(set) var flagTexts: [FlagText] = []
    private(set) var arguments: Arguments = .empty
    private(set) var problems: [SyntaxProblem] = []
    private var isRefused = false
    /// Those of `joined`.
    let bytes: [UInt8]

    /// - Parameter fallback: where an instruction without any text is said to stand.
    init(_ joined: JoinedText, escape: UInt8, fallback: Range<Int>) {
        self.joined = joined
        self.escape = escape
        let bytes = joined.bytes
        self.bytes = bytes
        var end = 0
        while end < bytes.count, !bytes[end].isBlank { end += 1 }
        keyword = Keyword(bytes, 0..<end)
        keywordRange = bytes.isEmpty ? fallback.lowerBound..<fallback.lowerBound : joined.sourceRange(0..<end)
        while end < bytes.count, bytes[end].isBlank { end += 1 }
        argumentRange = end..<end
        if end < bytes.count {
            (flagTexts, end) = FlagText.all(in: bytes, from: end, escape: escape)
            argumentRange = bytes.trimmed(end..<bytes.count)
        }
        do {
            arguments = try split()
        } catch {
            refuse(error)
        }
    }

    mutating func refuse(_ problem: SyntaxProblem) {
        if !isRefused { problems.append(problem) }
        isRefused = true
    }

    /// Makes the body invalid where the reason is told elsewhere.
    mutating func refuseSilently() { isRefused = true }

    /// Whether `<<` in the line opens heredocs.
    var mayHoldHeredocs: Bool {
        if isRefused { return false }
        switch keyword {
        case .run, .copy, .add:
            if case .json = arguments { return false }
            return true
        case .onbuild:
            guard let inner = trigger() else { return false }
            return inner.keyword != .onbuild && inner.mayHoldHeredocs
        default: return false
        }
    }

    // MARK: - Splitting

    func word(_ range: Range<Int>) -> Word {
        Word(text: bytes.string(range), range: joined.sourceRange(range))
    }

    /// The range in the file that stands for the arguments, or for the keyword where there are none.
    var argumentSource: Range<Int> {
        argumentRange.isEmpty ? keywordRange : joined.sourceRange(argumentRange)
    }

    private func split() throws(SyntaxProblem) -> Arguments {
        switch keyword {
        case .run, .cmd, .entrypoint, .shell:
            return try jsonOr(argumentRange) { .text($0) }
        case .healthcheck:
            guard let split = healthcheckSplit else { return .empty }
            return try jsonOr(split.command) { .text($0) }
        case .copy, .add, .volume:
            return try jsonOr(argumentRange) { .words(blankSeparated($0)) }
        case .from, .expose:
            return argumentRange.isEmpty ? .empty : .words(blankSeparated(argumentRange))
        case .env, .label:
            return try pairs()
        case .arg:
            let words = quotedWords(argumentRange)
            return words.isEmpty ? .empty : .words(words.map { word($0) })
        case .user, .workdir, .stopsignal, .maintainer:
            return argumentRange.isEmpty ? .empty : .text(argumentRange)
        case .onbuild, .unknown:
            return argumentRange.isEmpty ? .empty : .text(argumentRange)
        }
    }

    private func jsonOr(
        _ range: Range<Int>, _ otherwise: (Range<Int>) -> Arguments
    ) throws(SyntaxProblem) -> Arguments {
        guard !range.isEmpty else { return .empty }
        guard bytes[range.lowerBound] == Byte.openBracket else { return otherwise(range) }
        switch JSONText.array(bytes, in: range) {
        case nil: return otherwise(range)
        case .strings(let elements):
            return .json(elements.map { Word(text: $0.text, range: joined.sourceRange($0.range)) })
        case .mixed:
            throw SyntaxProblem(
                range: joined.sourceRange(range), message: "the JSON form takes strings only",
                remedy: "Put each argument in double quotes.")
        }
    }

    /// `HEALTHCHECK type command`: the type, and the command as its own range; nil where there is no type.
    var healthcheckSplit: (type: Range<Int>, command: Range<Int>)? {
        var end = argumentRange.lowerBound
        while end < argumentRange.upperBound, !bytes[end].isSpaceAsLatin1 { end += 1 }
        guard end > argumentRange.lowerBound else { return nil }
        var next = end
        while next < argumentRange.upperBound, bytes[next].isSpaceAsLatin1 { next += 1 }
        return (argumentRange.lowerBound..<end, next..<argumentRange.upperBound)
    }

    private func blankSeparated(_ range: Range<Int>) -> [Word] {
        var words: [Word] = []
        var offset = range.lowerBound
        while offset < range.upperBound {
            let start = offset
            while offset < range.upperBound, !bytes[offset].isBlank { offset += 1 }
            words.append(word(start..<offset))
            while offset < range.upperBound, bytes[offset].isBlank { offset += 1 }
        }
        return words
    }

    /// Words that quotes and the escape character hold together, as written (`line_parsers.go`, parseWords). An escape
    /// character at the very end is dropped.
    func quotedWords(_ range: Range<Int>) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var offset = range.lowerBound
        let end = range.upperBound
        while true {
            offset = bytes.skippingSpace(offset..<end)
            guard offset < end else { return words }
            let start = offset
            var quote: UInt8?
            var wordEnd = start
            while offset < end {
                let byte = bytes[offset]
                if quote == nil, bytes.spaceLength(at: offset, end: end) > 0 { break }
                let length = byte < 0x80 ? 1 : bytes.scalar(at: offset, end: end).length
                if byte == quote {
                    quote = nil
                } else if quote == nil, byte == Byte.singleQuote || byte == Byte.doubleQuote {
                    quote = byte
                }
                offset += length
                if byte == escape, quote != Byte.singleQuote {
                    guard offset < end else { break }
                    offset += bytes.scalar(at: offset, end: end).length
                }
                wordEnd = offset
            }
            if wordEnd > start { words.append(start..<wordEnd) }
        }
    }

    private func pairs() throws(SyntaxProblem) -> Arguments {
        let name = keyword.rawValue.uppercased()
        let words = quotedWords(argumentRange)
        guard let first = words.first else { return .empty }
        guard bytes.contains(Byte.equals, in: first) else {
            var end = argumentRange.lowerBound
            while end < argumentRange.upperBound, !bytes[end].isBlank { end += 1 }
            guard end < argumentRange.upperBound else {
                throw SyntaxProblem(
                    range: argumentSource, message: "\(name) must have two arguments",
                    remedy: "Write `\(name) \(bytes.string(first))=value`.")
            }
            var value = end
            while value < argumentRange.upperBound, bytes[value].isBlank { value += 1 }
            return .pairs([
                KeyValue(
                    key: word(argumentRange.lowerBound..<end), value: word(value..<argumentRange.upperBound))
            ])
        }
        var pairs: [KeyValue] = []
        pairs.reserveCapacity(words.count)
        for range in words {
            guard let sign = bytes.firstOffset(of: Byte.equals, in: range) else {
                throw SyntaxProblem(
                    range: joined.sourceRange(range),
                    message: "`\(bytes.string(range))` is not of the form name=value",
                    remedy: "Quote values that hold blanks: `\(name) name=\"a value\"`.")
            }
            pairs.append(
                KeyValue(key: word(range.lowerBound..<sign), value: word(sign + 1..<range.upperBound)))
        }
        return .pairs(pairs)
    }

    /// The instruction inside an ONBUILD.
    func trigger() -> InstructionReader? {
        guard !argumentRange.isEmpty else { return nil }
        return InstructionReader(joined.slice(argumentRange), escape: escape, fallback: keywordRange)
    }

    // MARK: - The instruction

    /// - Parameters:
    ///   - heredocs: those that the line opens, in order.
    ///   - file: the bytes of the file.
    mutating func instruction(
        at place: Place, heredocs: [Heredoc], comments: [Comment], file: [UInt8]
    ) -> Instruction {
        var body = Instruction.Body.invalid
        if !isRefused {
            do {
                if keyword == .onbuild {
                    body = try onbuildBody(at: place, heredocs: heredocs, file: file)
                } else {
                    body = try self.body(heredocs: heredocs, file: file)
                }
            } catch {
                refuse(error)
                body = .invalid
            }
        }
        return Instruction(
            keyword: keyword, keywordRange: keywordRange, range: place.range, lines: place.lines,
            joined: joined,
            arguments: argumentRange, flags: flagTexts.map { $0.flag(in: joined) }, heredocs: heredocs,
            comments: comments, body: body)
    }

    private mutating func onbuildBody(
        at place: Place, heredocs: [Heredoc], file: [UInt8]
    ) throws(SyntaxProblem) -> Instruction.Body {
        guard var inner = trigger() else { throw needsArguments() }
        try checkFlags(FlagRule.none)
        switch inner.keyword {
        case .onbuild, .from, .maintainer:
            throw SyntaxProblem(
                range: inner.keywordRange,
                message: "\(inner.keyword.rawValue.uppercased()) cannot be a trigger of ONBUILD",
                remedy: "Use another instruction.")
        default: break
        }
        let start = inner.keywordRange.lowerBound
        let range = min(start, place.range.upperBound)..<place.range.upperBound
        let instruction = inner.instruction(
            at: Place(range: range, lines: place.lines), heredocs: heredocs, comments: [], file: file)
        problems += inner.problems
        return .onbuild(instruction)
    }

    func needsArguments(_ text: String = "at least one argument") -> SyntaxProblem {
        let name = keyword.rawValue.uppercased()
        return SyntaxProblem(
            range: keywordRange, message: "\(name) requires \(text)",
            remedy: "Complete the instruction, or remove it.")
    }
}

extension Keyword {
    private static let all: [([UInt8], Keyword)] = allCases.filter { $0 != .unknown }.map {
        (Array($0.rawValue.utf8), $0)
    }

    /// The keyword that stands in a range, in any case.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        search: for (name, keyword) in Self.all where name.count == range.count {
            for index in name.indices where bytes[range.lowerBound + index].lowercased != name[index] {
                continue search
            }
            self = keyword
            return
        }
        self = .unknown
    }
}
