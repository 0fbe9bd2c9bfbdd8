import Diagnostics
import SourceText

/// Words.
extension ShellParser {
    /// - Returns: nil where none begins here.
    mutating func word(_ context: Context) -> RawWord? {
        let start = position
        while position < bytes.count, bytes[position].isPlain { position += 1 }
        if position == bytes.count || (bytes[position].endsWord && !isProcessSubstitution(from: start)) {
            guard position > start else { return nil }
            lastEnd = position
            return RawWord(
                word: ShellWord(
                    text: String(decoding: bytes[start..<position], as: UTF8.self),
                    range: source(start..<position)),
                range: start..<position)
        }
        return quotedWord(from: start, context)
    }

    /// `<(…)` or `>(…)` at the start of a word.
    func isProcessSubstitution(from start: Int) -> Bool {
        position == start && (bytes[position] == .less || bytes[position] == .greater)
            && peek(1) == .openingParenthesis
    }

    /// The pieces of a word while it is read.
    struct WordParts {
        var literal: [UInt8]
        var parts: [ShellWord.Part] = []
        var hasGlob = false

        mutating func add(_ part: ShellWord.Part) {
            flush()
            parts.append(part)
        }

        mutating func flush() {
            guard !literal.isEmpty else { return }
            parts.append(.literal(String(decoding: literal, as: UTF8.self)))
            literal = []
        }
    }

    /// A word with quotes, escapes or expansions.
    mutating func quotedWord(from start: Int, _ context: Context) -> RawWord? {
        var parts = WordParts(literal: Array(bytes[start..<position]))
        reading: while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case .backslash:
                if position + 1 < bytes.count, bytes[position + 1] != .newline {
                    parts.literal.append(bytes[position + 1])
                }
                position = min(position + 2, bytes.count)
            case .singleQuote:
                position += 1
                while position < bytes.count, bytes[position] != .singleQuote {
                    parts.literal.append(bytes[position])
                    position += 1
                }
                closeQuote()
            case .doubleQuote:
                position += 1
                doubleQuoted(into: &parts, context)
                closeQuote()
            case .dollar:
                dollar(into: &parts, isQuoted: false, context)
            case .backquote:
                backquoted(context)
                parts.add(.unknown)
            case UInt8(ascii: "~"):
                position += 1
                let isStart =
                    position - 1 == start
                    || (parts.parts.isEmpty && parts.literal.last == UInt8(ascii: "=")
                        && parts.literal.count == position - 1 - start
                        && parts.literal.dropLast().allSatisfy(\.isNameByte))
                if !isStart {
                    parts.literal.append(byte)
                } else if position == bytes.count || bytes[position] == UInt8(ascii: "/")
                    || bytes[position].endsWord
                {
                    parts.add(.home)
                } else {
                    parts.add(.unknown)
                    while position < bytes.count, bytes[position].isPlain,
                        bytes[position] != UInt8(ascii: "/")
                    {
                        position += 1
                    }
                }
            case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["):
                parts.hasGlob = true
                parts.literal.append(byte)
                position += 1
            case UInt8(ascii: "{"):
                if peek(1) != UInt8(ascii: "}") { parts.hasGlob = true }
                parts.literal.append(byte)
                position += 1
            default:
                if byte.endsWord {
                    guard isProcessSubstitution(from: start) else { break reading }
                    position += 1
                    subshell(context)
                    parts.add(.unknown)
                } else {
                    parts.literal.append(byte)
                    position += 1
                }
            }
        }
        guard position > start else { return nil }
        lastEnd = position
        let range = start..<position
        let word: ShellWord
        if parts.parts.isEmpty {
            word = ShellWord(
                text: String(decoding: parts.literal, as: UTF8.self), hasGlob: parts.hasGlob,
                range: source(range))
        } else {
            parts.flush()
            word = ShellWord(
                text: String(decoding: bytes[range], as: UTF8.self), parts: parts.parts,
                hasGlob: parts.hasGlob, range: source(range))
        }
        return RawWord(word: word, range: range)
    }

    /// Steps over the closing quote.
    mutating func closeQuote() {
        if position < bytes.count { position += 1 } else { script.isComplete = false }
    }

    /// Up to the closing quote.
    mutating func doubleQuoted(into parts: inout WordParts, _ context: Context) {
        while position < bytes.count {
            switch bytes[position] {
            case .doubleQuote: return
            case .backslash:
                let next = peek(1)
                if next == .dollar || next == .backquote || next == .doubleQuote || next == .backslash {
                    parts.literal.append(next)
                    position += 2
                } else if next == .newline {
                    position += 2
                } else {
                    parts.literal.append(.backslash)
                    position += 1
                }
            case .dollar: dollar(into: &parts, isQuoted: true, context)
            case .backquote:
                backquoted(context)
                parts.add(.unknown)
            default:
                parts.literal.append(bytes[position])
                position += 1
            }
        }
    }

    mutating func dollar(into parts: inout WordParts, isQuoted: Bool, _ context: Context) {
        let next = peek(1)
        switch next {
        case .openingParenthesis:
            if peek(2) == .openingParenthesis {
                position += 1
                skipArithmetic()
            } else {
                position += 1
                subshell(context)
            }
            parts.add(.unknown)
        case UInt8(ascii: "{"):
            parts.add(braceExpansion())
        case .singleQuote where !isQuoted:
            position += 2
            var isPlain = true
            var text: [UInt8] = []
            while position < bytes.count, bytes[position] != .singleQuote {
                if bytes[position] == .backslash {
                    isPlain = false
                    position += 1
                }
                if position < bytes.count {
                    text.append(bytes[position])
                    position += 1
                }
            }
            closeQuote()
            if isPlain { parts.literal += text } else { parts.add(.unknown) }
        case .doubleQuote where !isQuoted:
            position += 1
        case _ where next.isNameByte && !next.isDigit:
            var end = position + 1
            while end < bytes.count, bytes[end].isNameByte { end += 1 }
            parts.add(.variable(String(decoding: bytes[position + 1..<end], as: UTF8.self)))
            position = end
        case UInt8(ascii: "@"), UInt8(ascii: "*"), UInt8(ascii: "#"), UInt8(ascii: "?"), UInt8(ascii: "-"),
            UInt8(ascii: "!"), .dollar, UInt8(ascii: "0")...UInt8(ascii: "9"):
            parts.add(.unknown)
            position += 2
        default:
            parts.literal.append(.dollar)
            position += 1
        }
    }

    /// `${…}`: a variable where it is nothing but a name.
    mutating func braceExpansion() -> ShellWord.Part {
        let start = position + 2
        var end = start
        while end < bytes.count, bytes[end].isNameByte { end += 1 }
        if end < bytes.count, end > start, bytes[end] == UInt8(ascii: "}") {
            position = end + 1
            return .variable(String(decoding: bytes[start..<end], as: UTF8.self))
        }
        position = start
        var open = 1
        while position < bytes.count {
            switch bytes[position] {
            case .backslash: position += 1
            case UInt8(ascii: "{") where bytes[position - 1] == .dollar: open += 1
            case UInt8(ascii: "}"): open -= 1
            default: break
            }
            position += 1
            if open == 0 { return .unknown }
        }
        position = bytes.count
        script.isComplete = false
        return .unknown
    }

    mutating func backquoted(_ context: Context) {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != .backquote {
            position += bytes[position] == .backslash ? 2 : 1
        }
        position = min(position, bytes.count)
        let range = start..<position
        closeQuote()
        let context = context.deeper
        guard !isTooDeep(context), mayRead(range.count, at: source(range)) else { return }
        let inner = text(of: range) { byte, next in
            byte == .backslash && (next == .backquote || next == .backslash || next == .dollar)
        }
        runNested(parser(for: inner), context)
    }

    /// The bytes of a range with the way back to the file.
    /// - Parameter isEscape: whether a byte, seen with the next one, is left out and the next one taken as it is.
    mutating func text(
        of range: Range<Int>, isEscape: (UInt8, UInt8) -> Bool = { _, _ in false }
    ) -> JoinedText {
        var builder = JoinedTextBuilder()
        var offset = range.lowerBound
        while offset < range.upperBound {
            if offset + 1 < range.upperBound, isEscape(bytes[offset], bytes[offset + 1]) { offset += 1 }
            builder.append(bytes[offset], from: source(offset))
            offset += 1
        }
        return builder.text
    }

    /// The text of a word without its quotes; expansions stay as written.
    mutating func unquoted(_ range: Range<Int>) -> JoinedText {
        var builder = JoinedTextBuilder()
        var offset = range.lowerBound
        var quote: UInt8 = 0
        while offset < range.upperBound {
            let byte = bytes[offset]
            let next = offset + 1 < range.upperBound ? bytes[offset + 1] : 0
            if quote == 0, byte == .singleQuote || byte == .doubleQuote {
                quote = byte
            } else if byte == quote {
                quote = 0
            } else if byte == .backslash,
                quote == 0
                    || (quote == .doubleQuote
                        && (next == .dollar || next == .backquote || next == .doubleQuote
                            || next == .backslash))
            {
                offset += 1
                if offset < range.upperBound { builder.append(next, from: source(offset)) }
            } else {
                builder.append(byte, from: source(offset))
            }
            offset += 1
        }
        return builder.text
    }
}

/// Puts a `JoinedText` together byte by byte.
private struct JoinedTextBuilder {
    private var bytes: [UInt8] = []
    private var pieces: [JoinedText.Piece] = []
    private var next = -1

    mutating func append(_ byte: UInt8, from source: Int) {
        if source != next { pieces.append(.init(joined: bytes.count, source: source)) }
        bytes.append(byte)
        next = source + 1
    }

    var text: JoinedText { JoinedText(bytes: bytes, pieces: pieces) }
}
