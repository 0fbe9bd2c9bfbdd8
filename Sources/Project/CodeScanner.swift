import Diagnostics
import Dockerfile
import SourceText

/// Words, texts and signs of a program in Groovy, Ruby or Starlark: as much as calls with literal arguments need.
/// Sources: groovy-lang.org, "Syntax" (strings, GStrings); bazelbuild/starlark, spec.md (string literals);
/// docs.ruby-lang.org, "Literals".
struct CodeScanner {
    enum Language { case groovy, ruby, starlark }

    struct Token {
        enum Kind {
            /// A name, with those behind its points: `docker.build`.
            case word(String)
            /// The text without its quotes. In place of what the program computes there is a variable that no shell sets.
            case text(JoinedText)
            case sign(UInt8)
        }

        let kind: Kind
        /// In bytes of the file, quotes included.
        let range: Range<Int>
        /// The program makes another text of it: an operator or a method follows, or an operator stands before it.
        fileprivate(set) var isChanged = false

        var word: String? { if case .word(let word) = kind { word } else { nil } }

        /// nil where it is no text, or the program computes a part of it.
        var literal: String? {
            guard case .text(let text) = kind, !isChanged else { return nil }
            let literal = String(decoding: text.bytes, as: UTF8.self)
            return literal.contains(CodeScanner.computed) ? nil : literal
        }

        func isSign(_ sign: Character) -> Bool {
            if case .sign(let byte) = kind { byte == sign.asciiValue } else { false }
        }
    }

    /// What the program computes, in a shell's terms.
    private static let computed = "${_}"

    private let bytes: [UInt8]
    private let language: Language
    private var index = 0
    private var tokens: [Token] = []

    /// - Returns: those up to where the budget ends.
    static func tokens(of source: SourceText, in language: Language, _ work: inout WorkBudget) -> [Token] {
        guard work.spend(source.bytes.count / 8 + 1) else { return [] }
        var scanner = CodeScanner(bytes: source.bytes, language: language)
        scanner.scan()
        for index in scanner.tokens.indices {
            guard case .text = scanner.tokens[index].kind else { continue }
            let next = index + 1 < scanner.tokens.count ? scanner.tokens[index + 1] : nil
            let before = index > 0 ? scanner.tokens[index - 1] : nil
            scanner.tokens[index].isChanged =
                "+.%*".contains { next?.isSign($0) ?? false } || "+%".contains { before?.isSign($0) ?? false }
        }
        return scanner.tokens
    }

    private init(bytes: [UInt8], language: Language) {
        self.bytes = bytes
        self.language = language
    }

    private mutating func scan() {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
        while index < bytes.count {
            if language == .ruby, index == 0 || bytes[index - 1] == 0x0A {
                if bytes[index...].starts(with: "__END__".utf8) { return }
                if bytes[index...].starts(with: "=begin".utf8) {
                    repeat {
                        skipLine()
                        index = min(index + 1, bytes.count)
                    } while index < bytes.count && !bytes[index...].starts(with: "=end".utf8)
                    skipLine()
                    continue
                }
            }
            let start = index
            let byte = bytes[index]
            switch byte {
            case 0x00...0x20: index += 1
            case UInt8(ascii: "#") where language != .groovy: skipLine()
            case UInt8(ascii: "/") where language == .groovy && next(1) == UInt8(ascii: "/"): skipLine()
            case UInt8(ascii: "/") where language == .groovy && next(1) == UInt8(ascii: "*"):
                index += 2
                while index < bytes.count, bytes[index] != UInt8(ascii: "*") || next(1) != UInt8(ascii: "/") {
                    index += 1
                }
                index = min(index + 2, bytes.count)
            case UInt8(ascii: "'"), UInt8(ascii: "\""): scanText(quote: byte)
            case UInt8(ascii: "`") where language == .ruby: scanText(quote: byte)
            case _ where Self.isPart(byte):
                while index < bytes.count,
                    Self.isPart(bytes[index])
                        || bytes[index] == UInt8(ascii: ".") && Self.isPart(next(1))
                {
                    index += 1
                }
                let word = String(decoding: bytes[start..<index], as: UTF8.self)
                // `r'…'`: the prefix of a text without escapes.
                if language == .starlark, word == "r" || word == "b", next(0) == 0x22 || next(0) == 0x27 {
                    scanText(quote: next(0), isRaw: word == "r")
                    break
                }
                tokens.append(Token(kind: .word(word), range: start..<index))
            default:
                tokens.append(Token(kind: .sign(byte), range: start..<(start + 1)))
                index += 1
            }
        }
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    /// 0 behind the end.
    private func next(_ distance: Int) -> UInt8 {
        index + distance < bytes.count ? bytes[index + distance] : 0
    }

    private mutating func skipLine() {
        while index < bytes.count, bytes[index] != 0x0A { index += 1 }
    }

    private mutating func scanText(quote: UInt8, isRaw: Bool = false) {
        let start = index
        let isLong = language != .ruby && next(1) == quote && next(2) == quote
        let length = isLong ? 3 : 1
        index += length
        var text: [UInt8] = []
        var pieces: [JoinedText.Piece] = []
        func isEnd(_ scanner: CodeScanner) -> Bool {
            (0..<length).allSatisfy { scanner.next($0) == quote }
        }
        func follow(_ place: Int) {
            if pieces.last.map({ place - $0.source != text.count - $0.joined }) ?? true {
                pieces.append(JoinedText.Piece(joined: text.count, source: place))
            }
        }
        while index < bytes.count, !isEnd(self) {
            let byte = bytes[index]
            // A text that its line does not close is none: an apostrophe in a regular expression, or in another language.
            if byte == 0x0A, !isLong, language != .ruby { break }
            if byte == 0x0D, next(1) == 0x0A {
                index += 1
                continue
            }
            follow(index)
            if byte == UInt8(ascii: "\\"), index + 1 < bytes.count, !isRaw {
                let escaped = bytes[index + 1]
                index += 2
                switch escaped {
                case UInt8(ascii: "n"): text.append(0x0A)
                case UInt8(ascii: "t"): text.append(0x09)
                // The line goes on.
                case 0x0A: break
                case 0x0D where next(0) == 0x0A: index += 1
                default: text.append(escaped)
                }
                continue
            }
            let isComputed =
                switch language {
                case .groovy:
                    quote == UInt8(ascii: "\"") && byte == UInt8(ascii: "$")
                        && (next(1) == UInt8(ascii: "{") || Self.isPart(next(1)))
                case .ruby:
                    quote != UInt8(ascii: "'") && byte == UInt8(ascii: "#") && next(1) == UInt8(ascii: "{")
                case .starlark: false
                }
            if isComputed {
                text += Array(Self.computed.utf8)
                skipComputed()
            } else {
                text.append(byte)
                index += 1
            }
        }
        index = min(index + length, bytes.count)
        if pieces.isEmpty { pieces = [JoinedText.Piece(joined: 0, source: min(start + length, bytes.count))] }
        tokens.append(
            Token(kind: .text(JoinedText(bytes: text, pieces: pieces)), range: start..<index))
    }

    /// `${…}`, `$name.name` or `#{…}`.
    private mutating func skipComputed() {
        index += 1
        guard next(0) == UInt8(ascii: "{") else {
            while Self.isPart(next(0)) || next(0) == UInt8(ascii: ".") && Self.isPart(next(1)) { index += 1 }
            return
        }
        var depth = 0
        while index < bytes.count, bytes[index] != 0x0A {
            if bytes[index] == UInt8(ascii: "{") { depth += 1 }
            if bytes[index] == UInt8(ascii: "}") { depth -= 1 }
            index += 1
            if depth == 0 { return }
        }
    }
}

extension Note {
    /// A command that a program makes of a text that names a builder.
    static func computed(_ token: CodeScanner.Token, in source: SourceText) -> Note {
        Note(
            path: source.path, line: source.line(at: token.range.lowerBound),
            message: "makes a command of a text that names a builder of images; it is not read")
    }
}
