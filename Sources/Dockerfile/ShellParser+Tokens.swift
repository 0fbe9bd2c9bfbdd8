import Diagnostics
import SourceText

/// Tokens, and where they stand in the file.
extension ShellParser {
    func peek(_ ahead: Int) -> UInt8 {
        position + ahead < bytes.count ? bytes[position + ahead] : 0
    }

    /// Steps over blanks and comments; over newlines (and the heredocs that follow them) where asked.
    mutating func skipBlank(newlines: Bool) {
        while position < bytes.count {
            switch bytes[position] {
            case .space, .tab, .carriageReturn: position += 1
            case .backslash where peek(1) == .newline: position += 2
            case .newline where newlines:
                position += 1
                readHeredocs()
            case UInt8(ascii: "#"):
                while position < bytes.count, bytes[position] != .newline { position += 1 }
            default: return
            }
        }
    }

    /// `((…))`, from its first parenthesis.
    mutating func skipArithmetic() {
        var open = 0
        while position < bytes.count {
            if bytes[position] == .openingParenthesis { open += 1 }
            if bytes[position] == .closingParenthesis { open -= 1 }
            position += 1
            if open == 0 {
                lastEnd = position
                return
            }
        }
        script.isComplete = false
    }

    /// From behind `[[` to behind `]]`.
    mutating func skipConditionalExpression(_ context: Context) {
        while position < bytes.count {
            skipBlank(newlines: true)
            guard position < bytes.count else { break }
            if startsWord("]]") {
                position += 2
                lastEnd = position
                return
            }
            let start = position
            _ = word(context)
            if position == start { position += 1 }
        }
        script.isComplete = false
    }

    enum Opener { case bang, brace, `if`, `while`, `for`, `case`, function, test }
    enum Closer { case then, `do`, done, fi, elif, `else`, esac, brace }

    func opener() -> (Opener, length: Int)? {
        switch bytes[position] {
        case UInt8(ascii: "!"): startsWord("!") ? (.bang, 1) : nil
        case UInt8(ascii: "{"): startsWord("{") ? (.brace, 1) : nil
        case UInt8(ascii: "["): startsWord("[[") ? (.test, 2) : nil
        case UInt8(ascii: "i"): startsWord("if") ? (.if, 2) : nil
        case UInt8(ascii: "w"): startsWord("while") ? (.while, 5) : nil
        case UInt8(ascii: "u"): startsWord("until") ? (.while, 5) : nil
        case UInt8(ascii: "c"): startsWord("case") ? (.case, 4) : nil
        case UInt8(ascii: "s"): startsWord("select") ? (.for, 6) : nil
        case UInt8(ascii: "f"):
            startsWord("for") ? (.for, 3) : startsWord("function") ? (.function, 8) : nil
        default: nil
        }
    }

    func closer() -> (Closer, length: Int)? {
        guard position < bytes.count else { return nil }
        switch bytes[position] {
        case UInt8(ascii: "}"): return startsWord("}") ? (.brace, 1) : nil
        case UInt8(ascii: "t"): return startsWord("then") ? (.then, 4) : nil
        case UInt8(ascii: "d"):
            return startsWord("done") ? (.done, 4) : startsWord("do") ? (.do, 2) : nil
        case UInt8(ascii: "f"): return startsWord("fi") ? (.fi, 2) : nil
        case UInt8(ascii: "e"):
            return startsWord("else")
                ? (.else, 4) : startsWord("elif") ? (.elif, 4) : startsWord("esac") ? (.esac, 4) : nil
        default: return nil
        }
    }

    mutating func skipCloser() -> Bool {
        guard let (_, length) = closer() else { return false }
        position += length
        lastEnd = position
        return true
    }

    mutating func expectCloser(_ expected: Closer) {
        guard let (found, _) = closer(), found == expected else {
            script.isComplete = false
            return
        }
        _ = skipCloser()
    }

    func startsWord(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for offset in 0..<count where bytes[position + offset] != word.utf8Start[offset] { return false }
        return position + count == bytes.count || bytes[position + count].endsWord
    }

    // MARK: Places in the file

    mutating func source(_ offset: Int) -> Int {
        if let fixedRange { return fixedRange.lowerBound }
        guard !pieces.isEmpty else { return 0 }
        if pieces[piece].joined > offset || (piece + 1 < pieces.count && pieces[piece + 1].joined <= offset) {
            piece = max(0, pieces.partitioningIndex { $0.joined > offset } - 1)
        }
        return pieces[piece].source + offset - pieces[piece].joined
    }

    /// The place behind the byte that stands before an offset.
    mutating func sourceEnd(_ offset: Int) -> Int {
        if let fixedRange { return fixedRange.upperBound }
        return offset == 0 ? source(0) : source(offset - 1) + 1
    }

    mutating func source(_ range: Range<Int>) -> Range<Int> {
        if let fixedRange { return fixedRange }
        let start = source(range.lowerBound)
        return range.isEmpty ? start..<start : start..<max(start, sourceEnd(range.upperBound))
    }
}
