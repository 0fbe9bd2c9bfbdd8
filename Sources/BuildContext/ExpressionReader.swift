import Diagnostics

/// Reads the regular expression that BuildKit makes of a pattern, with the rules of Go's `regexp/syntax` (Perl flags).
///
/// Only what such an expression can hold: no `+` and no bare `?`, and the only group is `(.*/)?`. `|`, `{` and `}` do have
/// their meaning as soon as a pattern has a wildcard: the table of characters to escape (`escapeBytes`) loses those from
/// `@` on, because it shifts them out of a byte.
struct ExpressionReader {
    private let text: [UInt32]
    private var offset = 0
    private var program: [PatternProgram.Instruction] = []
    /// Complete alternatives.
    private var alternatives: [[PatternProgram.Instruction]] = []
    /// What was read last is a repetition, which cannot be repeated again.
    private var hasRepeated = false

    init(text: [UInt32]) { self.text = text }

    /// - Returns: the sides of `|`, each as a program of its own.
    mutating func read() throws(PatternSyntaxError) -> [[PatternProgram.Instruction]] {
        while let rune = peek() {
            let hadRepeated = hasRepeated
            hasRepeated = false
            switch rune {
            case "^":
                offset += 1
                program.append(.start)
            case "$":
                offset += 1
                program.append(.end)
            case "(":
                offset += Self.foldersGroup.count
                program += [.folders, .foldersGoOn]
                hasRepeated = true
            case "|":
                offset += 1
                alternatives.append(program + [.accept])
                program = []
            case "{":
                if let bounds = try readBounds() {
                    if hadRepeated { throw PatternSyntaxError(reason: "repeats a repetition with `{…}`") }
                    try repeatLast(bounds)
                    hasRepeated = true
                } else {
                    offset += 1
                    append(.rune(rune.value))
                }
            case ".":
                offset += 1
                append(.notNewline)
            case "[": append(try readClass())
            case "\\": try readEscape()
            default:
                offset += 1
                append(.rune(rune.value))
            }
            if program.count > Limits.ignorePatternSize {
                throw PatternSyntaxError(
                    reason: "stands for more than \(Limits.ignorePatternSize) characters", isLimit: true)
            }
        }
        return alternatives + [program + [.accept]]
    }

    /// `{2}`, `{2,}` or `{2,5}`; anything else that begins with `{` is literal.
    private mutating func readBounds() throws(PatternSyntaxError) -> (least: Int, most: Int?)? {
        var index = offset + 1
        func number() -> Int? {
            let start = index
            var value = 0
            while index < text.count, (0x30...0x39).contains(text[index]) {
                value = min(value * 10 + Int(text[index] - 0x30), 1_000_000)
                index += 1
            }
            let hasLeadingZero = index - start > 1 && text[start] == 0x30
            return index == start || hasLeadingZero ? nil : value
        }
        guard let least = number() else { return nil }
        var most: Int? = least
        if index < text.count, text[index] == 0x2C {
            index += 1
            if index < text.count, text[index] == 0x7D {
                most = nil
            } else {
                guard let number = number() else { return nil }
                most = number
            }
        }
        guard index < text.count, text[index] == 0x7D else { return nil }
        guard max(least, most ?? 0) <= 1000, least <= most ?? least else {
            throw PatternSyntaxError(reason: "has a repetition in `{…}` that is no range up to 1000")
        }
        offset = index + 1
        return (least, most)
    }

    private mutating func repeatLast(_ bounds: (least: Int, most: Int?)) throws(PatternSyntaxError) {
        guard let last = program.popLast() else {
            throw PatternSyntaxError(reason: "has a repetition in `{…}` of nothing")
        }
        guard case .one(let set) = last else {
            // A position: it holds as often as one likes.
            if bounds.least > 0 { program.append(last) }
            return
        }
        program += Array(repeating: .one(set), count: bounds.least)
        if let most = bounds.most {
            program += Array(repeating: .oneOrNone(set), count: most - bounds.least)
        } else {
            program.append(.many(set))
        }
    }

    static let foldersGroup = Array("(.*/)?".unicodeScalars.map(\.value))

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        offset + ahead < text.count ? Unicode.Scalar(text[offset + ahead]) : nil
    }

    private mutating func append(_ set: RuneSet) {
        if peek() == "*" {
            offset += 1
            program.append(.many(set))
            hasRepeated = true
        } else {
            program.append(.one(set))
        }
    }

    private mutating func readEscape() throws(PatternSyntaxError) {
        switch peek(1) {
        case "A":
            offset += 2
            program.append(.start)
        case "z":
            offset += 2
            program.append(.end)
        case "b", "B":
            program.append(.wordBoundary(peek(1) == "b"))
            offset += 2
        case "Q":
            offset += 2
            while let rune = peek() {
                if rune == "\\", peek(1) == "E" {
                    offset += 2
                    return
                }
                offset += 1
                program.append(.one(.rune(rune.value)))
            }
        default:
            if let element = try readClassEscape() {
                append(.elements([element], isNegated: false))
            } else {
                append(.rune(try readCharacterEscape()))
            }
        }
    }

    /// `\d`, `\S`, `\pL`, …: several characters.
    private mutating func readClassEscape() throws(PatternSyntaxError) -> RuneSet.Element? {
        guard peek() == "\\", let kind = peek(1) else { return nil }
        let element: RuneSet.Element
        switch kind {
        case "d": element = .digit
        case "D": element = .not(.digit)
        case "s": element = .space
        case "S": element = .not(.space)
        case "w": element = .word
        case "W": element = .not(.word)
        case "p", "P":
            return try readCategory(kind == "P")
        default: return nil
        }
        offset += 2
        return element
    }

    /// `\pL`, `\p{Lu}`, `\p{^Lu}`.
    private mutating func readCategory(_ isNegated: Bool) throws(PatternSyntaxError) -> RuneSet.Element {
        offset += 2
        var name = ""
        var isNegated = isNegated
        if peek() == "{" {
            offset += 1
            if peek() == "^" {
                isNegated.toggle()
                offset += 1
            }
            while let rune = peek(), rune != "}" {
                name.unicodeScalars.append(rune)
                offset += 1
            }
            guard peek() == "}" else { throw PatternSyntaxError(reason: "has `\\p{` without its `}`") }
        } else if let rune = peek() {
            name.unicodeScalars.append(rune)
        }
        offset += 1
        guard
            generalCategories.contains(where: {
                $0.1 == name || $0.1.unicodeScalars.first.map(String.init) == name
            })
        else {
            throw PatternSyntaxError(
                reason: "names `\(name)`, which is no Unicode category (scripts are not examined)",
                isLimit: true)
        }
        return isNegated ? .not(.category(name)) : .category(name)
    }

    /// `\.`, `\n`, `\x41`, `\x{E9}`, `\012`: one character.
    private mutating func readCharacterEscape() throws(PatternSyntaxError) -> UInt32 {
        guard let rune = peek(1) else {
            throw PatternSyntaxError(reason: "ends with a lone `\\`")
        }
        offset += 2
        switch rune {
        case "1"..."7" where !isOctal(peek()): break
        case "0"..."7":
            var value = rune.value - 0x30
            var digits = 1
            while digits < 3, let digit = peek(), isOctal(digit) {
                value = value * 8 + digit.value - 0x30
                offset += 1
                digits += 1
            }
            return value
        case "x" where peek() == "{":
            var value: UInt32 = 0
            var digits = 0
            offset += 1
            while let digit = peek().flatMap(hexValue), value <= 0x10FFFF {
                value = value * 16 + digit
                digits += 1
                offset += 1
            }
            if peek() == "}", digits > 0, value <= 0x10FFFF {
                offset += 1
                return value
            }
        case "x":
            if let high = peek().flatMap(hexValue), let low = peek(1).flatMap(hexValue) {
                offset += 2
                return high * 16 + low
            }
        case "a": return 0x07
        case "f": return 0x0C
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "v": return 0x0B
        default:
            if rune.value < 0x80, !isASCIIAlphanumeric(rune.value) { return rune.value }
        }
        throw PatternSyntaxError(reason: "has `\\\(rune)`, which is no escape sequence")
    }

    private func isOctal(_ rune: Unicode.Scalar?) -> Bool {
        guard let rune else { return false }
        return ("0"..."7").contains(rune)
    }

    private func hexValue(_ rune: Unicode.Scalar) -> UInt32? {
        switch rune {
        case "0"..."9": rune.value - 0x30
        case "a"..."f": rune.value - 0x61 + 10
        case "A"..."F": rune.value - 0x41 + 10
        default: nil
        }
    }

    private mutating func readClass() throws(PatternSyntaxError) -> RuneSet {
        offset += 1
        var isNegated = false
        if peek() == "^" {
            isNegated = true
            offset += 1
        }
        var elements: [RuneSet.Element] = []
        var isFirst = true
        while isFirst || peek() != "]" {
            isFirst = false
            if let element = try readPOSIXClass() {
                elements.append(element)
                continue
            }
            if let element = try readClassEscape() {
                elements.append(element)
                continue
            }
            let low = try readClassCharacter()
            var high = low
            if peek() == "-", let afterHyphen = peek(1), afterHyphen != "]" {
                offset += 1
                high = try readClassCharacter()
                guard low <= high else {
                    throw PatternSyntaxError(
                        reason: "has a range in brackets whose end comes before its beginning")
                }
            }
            elements.append(.range(low, high))
        }
        offset += 1
        let isNotSlash = isNegated && elements.count == 1
        if isNotSlash, case .range(UInt32(UInt8.slash), UInt32(UInt8.slash)) = elements[0] {
            return .notSlash
        }
        return .elements(elements, isNegated: isNegated)
    }

    private mutating func readClassCharacter() throws(PatternSyntaxError) -> UInt32 {
        guard let rune = peek() else { throw PatternSyntaxError(reason: "has a `[` without its `]`") }
        if rune == "\\" { return try readCharacterEscape() }
        offset += 1
        return rune.value
    }

    /// `[:alpha:]` inside of brackets.
    private mutating func readPOSIXClass() throws(PatternSyntaxError) -> RuneSet.Element? {
        guard peek() == "[", peek(1) == ":", peek(2) != nil else { return nil }
        var end = offset + 2
        while end + 1 < text.count, !(text[end] == 0x3A && text[end + 1] == 0x5D) { end += 1 }
        guard end + 1 < text.count else { return nil }
        var name = String(String.UnicodeScalarView(text[(offset + 2)..<end].compactMap(Unicode.Scalar.init)))
        let isNegated = name.hasPrefix("^")
        if isNegated { name.removeFirst() }
        guard posixClassNames.contains(name) else {
            throw PatternSyntaxError(reason: "has `[:\(name):]`, which is no character class")
        }
        offset = end + 2
        return isNegated ? .not(.posix(name)) : .posix(name)
    }
}
