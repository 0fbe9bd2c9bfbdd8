import Diagnostics

/// The JSON inside a Dockerfile: the array form of an instruction, with the place of each string.
///
/// What counts is what Go's `json.Unmarshal` accepts, since BuildKit falls back to the shell form, silently, on
/// anything else (`line_parsers.go`, parseJSON).
enum JSONText {
    /// A decoded string and where its bytes stand, quotes not included.
    struct Element {
        let text: String
        let range: Range<Int>
    }

    enum Array {
        case strings([Element])
        /// Valid JSON, but not of strings only: BuildKit refuses it.
        case mixed
    }

    /// - Returns: nil where the range is not one JSON array and nothing else.
    static func array(_ bytes: [UInt8], in range: Range<Int>) -> Array? {
        let start = bytes.skippingSpace(range)
        guard start < range.upperBound, bytes[start] == Byte.openBracket else { return nil }
        var scanner = Scanner(bytes: bytes, position: start, end: range.upperBound)
        guard scanner.scanDocument() else { return nil }
        return scanner.hasOther ? .mixed : .strings(scanner.strings)
    }

    /// The string value of a member of the object that a whole range is; nil where it is not there.
    static func member(_ name: String, of bytes: [UInt8], in range: Range<Int>) -> Element? {
        let start = bytes.skippingSpace(range)
        guard start < range.upperBound, bytes[start] == Byte.openBrace else { return nil }
        var scanner = Scanner(bytes: bytes, position: start, end: range.upperBound)
        guard scanner.scanDocument() else { return nil }
        return scanner.members.last { $0.key == name }.flatMap(\.value)
    }

    /// Checks a document without recursion and keeps what stands directly in its outermost array or object.
    private struct Scanner {
        let bytes: [UInt8]
        var position: Int
        let end: Int
        var strings: [Element] = []
        var members: [(key: String, value: Element?)] = []
        var hasOther = false
        /// For each open bracket, whether it is an object.
        private var open: [Bool] = []

        init(bytes: [UInt8], position: Int, end: Int) {
            self.bytes = bytes
            self.position = position
            self.end = end
        }

        private var next: UInt8? { position < end ? bytes[position] : nil }

        private mutating func skipBlanks() {
            while position < end,
                bytes[position] == Byte.space || bytes[position] == Byte.tab
                    || bytes[position] == Byte.newline || bytes[position] == Byte.carriageReturn
            {
                position += 1
            }
        }

        mutating func scanDocument() -> Bool {
            repeat {
                guard scanValueStart() else { return false }
                // A value is complete: close what ends here, or go on behind a comma.
                closing: while !open.isEmpty {
                    skipBlanks()
                    switch next {
                    case Byte.comma:
                        position += 1
                        if open[open.count - 1] { guard scanKey() else { return false } }
                        break closing
                    case UInt8(ascii: "]") where !open[open.count - 1],
                        Byte.closeBrace where open[open.count - 1]:
                        position += 1
                        open.removeLast()
                    default: return false
                    }
                }
            } while !open.isEmpty
            skipBlanks()
            return position == end
        }

        /// Scans a value, or opens brackets down to the first value that is none (or to an empty bracket).
        private mutating func scanValueStart() -> Bool {
            while true {
                skipBlanks()
                let depth = open.count
                switch next {
                case Byte.openBracket, Byte.openBrace:
                    note(nil, depth: depth)
                    let isObject = next == Byte.openBrace
                    position += 1
                    guard depth < Limits.jsonFormDepth else { return false }
                    open.append(isObject)
                    skipBlanks()
                    if next == (isObject ? Byte.closeBrace : UInt8(ascii: "]")) { return true }
                    if isObject { guard scanKey() else { return false } }
                case Byte.doubleQuote:
                    guard let string = scanString(decode: depth == 1) else { return false }
                    note(string, depth: depth)
                    return true
                default:
                    note(nil, depth: depth)
                    return scanWord("true") || scanWord("false") || scanWord("null") || scanNumber()
                }
            }
        }

        private mutating func note(_ string: Element?, depth: Int) {
            guard depth == 1 else { return }
            if open[0] {
                if !members.isEmpty { members[members.count - 1].value = string }
            } else if let string {
                strings.append(string)
            } else {
                hasOther = true
            }
        }

        private mutating func scanKey() -> Bool {
            skipBlanks()
            guard next == Byte.doubleQuote, let key = scanString(decode: open.count == 1) else {
                return false
            }
            if open.count == 1 { members.append((key.text, nil)) }
            skipBlanks()
            guard next == UInt8(ascii: ":") else { return false }
            position += 1
            return true
        }

        private mutating func scanWord(_ word: StaticString) -> Bool {
            guard position + word.utf8CodeUnitCount <= end, bytes.matches(word, at: position) else {
                return false
            }
            position += word.utf8CodeUnitCount
            return true
        }

        private mutating func scanDigits() -> Bool {
            let start = position
            while let byte = next, byte.isASCIIDigit { position += 1 }
            return position > start
        }

        private mutating func scanNumber() -> Bool {
            if next == Byte.dash { position += 1 }
            if next == UInt8(ascii: "0") { position += 1 } else if !scanDigits() { return false }
            if next == UInt8(ascii: ".") {
                position += 1
                guard scanDigits() else { return false }
            }
            if next?.lowercased == UInt8(ascii: "e") {
                position += 1
                if next == Byte.dash || next == UInt8(ascii: "+") { position += 1 }
                return scanDigits()
            }
            return true
        }

        private mutating func scanString(decode: Bool) -> Element? {
            position += 1
            let start = position
            var decoded: [UInt8]?
            while let byte = next {
                switch byte {
                case Byte.doubleQuote:
                    let range = start..<position
                    position += 1
                    guard decode else { return Element(text: "", range: range) }
                    return Element(
                        text: decoded.map { String(decoding: $0, as: UTF8.self) } ?? bytes.string(range),
                        range: range)
                case ..<0x20: return nil
                case Byte.backslash:
                    if decoded == nil { decoded = Swift.Array(bytes[start..<position]) }
                    guard let character = scanEscape() else { return nil }
                    decoded?.append(contentsOf: String(character).utf8)
                default:
                    decoded?.append(byte)
                    position += 1
                }
            }
            return nil
        }

        private mutating func scanEscape() -> Unicode.Scalar? {
            guard position + 1 < end else { return nil }
            let letter = bytes[position + 1]
            position += 2
            switch letter {
            case Byte.doubleQuote, Byte.backslash, Byte.slash: return Unicode.Scalar(letter)
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{C}"
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "u"):
                guard let high = hexadecimal(at: position) else { return nil }
                position += 4
                if (0xD800..<0xDC00).contains(high), position + 1 < end, bytes.matches("\\u", at: position),
                    let low = hexadecimal(at: position + 2), (0xDC00..<0xE000).contains(low)
                {
                    position += 6
                    return Unicode.Scalar(0x1_0000 + (high - 0xD800) << 10 + (low - 0xDC00))
                }
                return Unicode.Scalar(high) ?? "\u{FFFD}"
            default: return nil
            }
        }

        private func hexadecimal(at offset: Int) -> UInt32? {
            guard offset + 4 <= end else { return nil }
            var value: UInt32 = 0
            for byte in bytes[offset..<offset + 4] {
                switch byte {
                case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
                case 0x41...0x46, 0x61...0x66: value = value << 4 | UInt32(byte.lowercased - 0x61 + 10)
                default: return nil
                }
            }
            return value
        }
    }
}
