import Diagnostics

/// Cuts a text in HCL into tokens.
/// Sources: hashicorp/hcl, `hclsyntax/spec.md`, "Lexical Elements", and `scan_tokens.rl`.
struct HCLLexer {
    private let bytes: [UInt8]
    private var place: Int
    private var tokens: [HCLToken] = []
    private var modes: [Mode]

    private enum Mode {
        /// With the braces that are open in it.
        case main(braces: Int)
        case quoted
        case heredoc(marker: [UInt8], isStartOfLine: Bool)
        /// A template that ends with the text.
        case template
    }

    private init(_ bytes: [UInt8], _ mode: Mode) {
        self.bytes = bytes
        modes = [mode]
        place = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    static func tokens(of bytes: [UInt8]) throws(HCLError) -> [HCLToken] {
        var lexer = HCLLexer(bytes, .main(braces: 0))
        return try lexer.run()
    }

    /// Of a text that is a template without quotes around it.
    static func tokens(ofTemplate bytes: [UInt8]) throws(HCLError) -> [HCLToken] {
        var lexer = HCLLexer(bytes, .template)
        return try lexer.run()
    }

    private mutating func run() throws(HCLError) -> [HCLToken] {
        while place < bytes.count, let mode = modes.last {
            switch mode {
            case .main: try readCode()
            case .quoted: try readQuoted()
            case .heredoc, .template: try readText()
            }
        }
        if case .quoted? = modes.last {
            throw error("the quote that opens here is not closed", last(.openQuote))
        }
        if case .heredoc? = modes.last { throw error("the heredoc is not closed", place..<place) }
        if modes.count > 1 { throw error("a `${` or `%{` is not closed", place..<place) }
        tokens.append(HCLToken(kind: .end, range: place..<place))
        return tokens
    }

    private func last(_ kind: HCLToken.Kind) -> Range<Int> {
        tokens.last { $0.kind == kind }?.range ?? place..<place
    }

    private func error(_ message: String, _ range: Range<Int>) -> HCLError { HCLError(message, at: range) }

    private func byte(_ offset: Int) -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

    private mutating func add(_ kind: HCLToken.Kind, to end: Int) {
        tokens.append(HCLToken(kind: kind, range: place..<end))
        place = end
    }

    private mutating func enter(_ mode: Mode) throws(HCLError) {
        guard modes.count < Limits.hclDepth else {
            throw error("too much inside of each other", place..<place)
        }
        modes.append(mode)
    }

    // MARK: - Code

    private mutating func readCode() throws(HCLError) {
        let first = bytes[place]
        switch first {
        case 0x20, 0x09: place += 1
        case 0x0D where byte(place + 1) == 0x0A: add(.newline, to: place + 2)
        case 0x0A: add(.newline, to: place + 1)
        case UInt8(ascii: "#"): skipLine()
        case UInt8(ascii: "/") where byte(place + 1) == UInt8(ascii: "/"): skipLine()
        case UInt8(ascii: "/") where byte(place + 1) == UInt8(ascii: "*"):
            let start = place
            place += 2
            while place < bytes.count,
                !(bytes[place] == UInt8(ascii: "*") && byte(place + 1) == UInt8(ascii: "/"))
            {
                place += 1
            }
            guard place < bytes.count else { throw error("the comment is not closed", start..<start + 2) }
            place += 2
        case UInt8(ascii: "\""):
            add(.openQuote, to: place + 1)
            try enter(.quoted)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): readNumber()
        case _ where Self.isIdentifierStart(first): add(.identifier, to: endOfIdentifier(place))
        case UInt8(ascii: "<") where byte(place + 1) == UInt8(ascii: "<"): try readHeredocStart()
        case UInt8(ascii: "~") where byte(place + 1) == UInt8(ascii: "}"): try closeBrace(trims: true)
        case UInt8(ascii: "}"): try closeBrace(trims: false)
        default: try readSymbol()
        }
    }

    private mutating func skipLine() {
        while place < bytes.count, bytes[place] != 0x0A { place += 1 }
        // The carriage return before it is the comment's.
    }

    private mutating func readNumber() {
        var end = place
        while end < bytes.count {
            let next = bytes[end]
            if Self.isDigit(next) || next == UInt8(ascii: ".") && Self.isDigit(byte(end + 1)) {
                end += 1
            } else if next | 0x20 == UInt8(ascii: "e"),
                Self.isDigit(byte(end + 1))
                    || "+-".utf8.contains(byte(end + 1)) && Self.isDigit(byte(end + 2))
            {
                end += 2
            } else {
                break
            }
        }
        add(.number, to: end)
    }

    private mutating func readHeredocStart() throws(HCLError) {
        let isFlush = byte(place + 2) == UInt8(ascii: "-")
        let start = place + (isFlush ? 3 : 2)
        let end = Self.isIdentifierStart(byte(start)) ? endOfIdentifier(start) : start
        var line = end
        if byte(line) == 0x0D { line += 1 }
        guard end > start, byte(line) == 0x0A else {
            throw error("`<<` is not followed by a word and a newline", place..<place + 2)
        }
        let marker = Array(bytes[start..<end])
        add(.openHeredoc(isFlush: isFlush), to: line + 1)
        try enter(.heredoc(marker: marker, isStartOfLine: true))
    }

    private mutating func closeBrace(trims: Bool) throws(HCLError) {
        let end = place + (trims ? 2 : 1)
        guard case .main(let braces)? = modes.last else { return }
        if braces == 0, modes.count > 1 {
            add(.sequenceEnd(trims: trims), to: end)
            modes.removeLast()
        } else if trims {
            throw error("`~}` closes nothing", place..<end)
        } else {
            add(.symbol(.closeBrace), to: end)
            modes[modes.count - 1] = .main(braces: max(0, braces - 1))
        }
    }

    private mutating func readSymbol() throws(HCLError) {
        for length in [3, 2, 1] where place + length <= bytes.count {
            let text = String(decoding: bytes[place..<place + length], as: UTF8.self)
            guard let symbol = HCLToken.StaticSymbol(rawValue: text) else { continue }
            if symbol == .openBrace, case .main(let braces)? = modes.last {
                modes[modes.count - 1] = .main(braces: braces + 1)
            }
            add(.symbol(symbol), to: place + length)
            return
        }
        throw error("unexpected character", place..<place + 1)
    }

    private func endOfIdentifier(_ start: Int) -> Int {
        var end = start
        while end < bytes.count,
            Self.isIdentifierStart(bytes[end]) || Self.isDigit(bytes[end]) || bytes[end] == UInt8(ascii: "-")
        {
            end += 1
        }
        return end
    }

    /// Letters beyond ASCII are taken without looking which they are.
    private static func isIdentifierStart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            0x80...0xFF:
            true
        default: false
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    // MARK: - Templates

    /// Whether a template sequence begins at an offset.
    private func opens(_ offset: Int) -> Bool {
        (byte(offset) == UInt8(ascii: "$") || byte(offset) == UInt8(ascii: "%"))
            && byte(offset + 1) == UInt8(ascii: "{")
    }

    /// `$${` and `%%{` are text.
    private func isEscape(_ offset: Int) -> Bool {
        byte(offset) == byte(offset + 1) && opens(offset + 1)
    }

    private mutating func openSequence() throws(HCLError) {
        let trims = byte(place + 2) == UInt8(ascii: "~")
        let isControl = bytes[place] == UInt8(ascii: "%")
        add(isControl ? .control(trims: trims) : .interpolation(trims: trims), to: place + (trims ? 3 : 2))
        if case .heredoc(let marker, _)? = modes.last {
            modes[modes.count - 1] = .heredoc(marker: marker, isStartOfLine: false)
        }
        try enter(.main(braces: 0))
    }

    private mutating func readQuoted() throws(HCLError) {
        if bytes[place] == UInt8(ascii: "\"") {
            add(.closeQuote, to: place + 1)
            modes.removeLast()
            return
        }
        if opens(place) { return try openSequence() }
        var end = place
        while end < bytes.count, bytes[end] != UInt8(ascii: "\""), !opens(end) {
            if bytes[end] == 0x0A || bytes[end] == 0x0D {
                throw error("a newline inside of quotes", end..<end + 1)
            }
            if bytes[end] == UInt8(ascii: "\\"), end + 1 < bytes.count, byte(end + 1) != 0x0A {
                end += 2
            } else {
                end += isEscape(end) ? 3 : 1
            }
        }
        add(.quotedText, to: min(end, bytes.count))
    }

    private mutating func readText() throws(HCLError) {
        if opens(place) { return try openSequence() }
        var end = place
        while end < bytes.count, bytes[end] != 0x0A, !opens(end) { end += isEscape(end) ? 3 : 1 }
        end = min(end, bytes.count)
        let isLine = end < bytes.count && bytes[end] == 0x0A
        if case .heredoc(let marker, let isStartOfLine)? = modes.last {
            if isLine, isStartOfLine, Self.trimmed(bytes[place..<end]).elementsEqual(marker) {
                let isWindows = end > place && bytes[end - 1] == 0x0D
                add(.closeHeredoc, to: isWindows ? end - 1 : end)
                modes.removeLast()
                return
            }
            modes[modes.count - 1] = .heredoc(marker: marker, isStartOfLine: isLine)
        }
        add(.text, to: isLine ? end + 1 : end)
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line.drop { $0 <= 0x20 }
        while let last = line.last, last <= 0x20 { line = line.dropLast() }
        return line
    }
}
