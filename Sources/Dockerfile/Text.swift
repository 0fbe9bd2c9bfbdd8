/// Bytes and blanks as BuildKit's parser (written in Go) sees them.
enum Byte {
    static let tab: UInt8 = 0x09
    static let newline: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let hash = UInt8(ascii: "#")
    static let backslash = UInt8(ascii: "\\")
    static let backtick = UInt8(ascii: "`")
    static let doubleQuote = UInt8(ascii: "\"")
    static let singleQuote = UInt8(ascii: "'")
    static let dollar = UInt8(ascii: "$")
    static let less = UInt8(ascii: "<")
    static let equals = UInt8(ascii: "=")
    static let dash = UInt8(ascii: "-")
    static let slash = UInt8(ascii: "/")
    static let comma = UInt8(ascii: ",")
    static let openBracket = UInt8(ascii: "[")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")
}

extension UInt8 {
    /// What separates words: `[\t\v\f\r ]` (`parser.go`, reWhitespace).
    var isBlank: Bool {
        self == Byte.space || self == Byte.tab || (self >= 0x0B && self <= 0x0D)
    }

    /// A single byte that Go's `unicode.IsSpace(rune(byte))` takes for a blank; BuildKit asks that of bytes that are
    /// part of a longer character too.
    var isSpaceAsLatin1: Bool {
        self == Byte.space || (self >= 0x09 && self <= 0x0D) || self == 0x85 || self == 0xA0
    }

    var lowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }

    var isASCIILetter: Bool { lowercased >= 0x61 && lowercased <= 0x7A }
    var isASCIIDigit: Bool { self >= 0x30 && self <= 0x39 }
}

extension [UInt8] {
    /// The length of the white space (Unicode) that begins at an offset; 0 where none does.
    func spaceLength(at offset: Int, end: Int) -> Int {
        let byte = self[offset]
        if byte < 0x80 { return byte == Byte.space || (byte >= 0x09 && byte <= 0x0D) ? 1 : 0 }
        if byte == 0xC2, offset + 1 < end {
            return self[offset + 1] == 0x85 || self[offset + 1] == 0xA0 ? 2 : 0
        }
        guard byte == 0xE1 || byte == 0xE2 || byte == 0xE3, offset + 2 < end else { return 0 }
        return isLongSpace(byte, self[offset + 1], self[offset + 2]) ? 3 : 0
    }

    /// The length of the white space (Unicode) that ends before an offset; 0 where none does.
    private func spaceLength(before offset: Int, start: Int) -> Int {
        let byte = self[offset - 1]
        if byte < 0x80 { return byte == Byte.space || (byte >= 0x09 && byte <= 0x0D) ? 1 : 0 }
        if offset - 2 >= start, self[offset - 2] == 0xC2 { return byte == 0x85 || byte == 0xA0 ? 2 : 0 }
        guard offset - 3 >= start else { return 0 }
        return isLongSpace(self[offset - 3], self[offset - 2], byte) ? 3 : 0
    }

    /// U+1680, U+2000–200A, U+2028, U+2029, U+202F, U+205F, U+3000.
    private func isLongSpace(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
        switch (first, second) {
        case (0xE1, 0x9A): third == 0x80
        case (0xE2, 0x80): (third >= 0x80 && third <= 0x8A) || third == 0xA8 || third == 0xA9 || third == 0xAF
        case (0xE2, 0x81): third == 0x9F
        case (0xE3, 0x80): third == 0x80
        default: false
        }
    }

    /// The first offset from `range`'s start that is no white space.
    func skippingSpace(_ range: Range<Int>) -> Int {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let length = spaceLength(at: offset, end: range.upperBound)
            if length == 0 { break }
            offset += length
        }
        return offset
    }

    /// A range without the white space at its ends, as Go's `strings.TrimSpace`.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        let start = skippingSpace(range)
        var end = range.upperBound
        while end > start {
            let length = spaceLength(before: end, start: start)
            if length == 0 { break }
            end -= length
        }
        return start..<end
    }

    func contains(_ byte: UInt8, in range: Range<Int>) -> Bool {
        firstOffset(of: byte, in: range) != nil
    }

    func firstOffset(of byte: UInt8, in range: Range<Int>) -> Int? {
        var offset = range.lowerBound
        while offset < range.upperBound {
            if self[offset] == byte { return offset }
            offset += 1
        }
        return nil
    }

    func contains(_ text: StaticString, in range: Range<Int>) -> Bool {
        let count = text.utf8CodeUnitCount
        guard range.count >= count else { return false }
        return (range.lowerBound...range.upperBound - count).contains { matches(text, at: $0) }
    }

    /// Whether a text stands at an offset.
    func matches(_ text: StaticString, at offset: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard offset + count <= self.count else { return false }
        return text.withUTF8Buffer { wanted in
            for index in 0..<count where wanted[index] != self[offset + index] { return false }
            return true
        }
    }

    func string(_ range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }

    /// The character at an offset and its length in bytes; U+FFFD and 1 where the bytes are not valid UTF-8.
    func scalar(at offset: Int, end: Int) -> (scalar: Unicode.Scalar, length: Int) {
        let first = self[offset]
        if first < 0x80 { return (Unicode.Scalar(first), 1) }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard first >= 0xC2, first <= 0xF4, offset + length <= end else { return ("\u{FFFD}", 1) }
        var value = UInt32(first) & (0x7F >> UInt32(length))
        for byte in self[offset + 1..<offset + length] {
            guard byte & 0xC0 == 0x80 else { return ("\u{FFFD}", 1) }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        guard value >= (length == 4 ? 0x1_0000 : length == 3 ? 0x800 : 0x80),
            let scalar = Unicode.Scalar(value)
        else { return ("\u{FFFD}", 1) }
        return (scalar, length)
    }
}
