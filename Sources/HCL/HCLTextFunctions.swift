import Diagnostics

extension HCLFunctions {
    /// - Returns: nil for a function of other values.
    static func ofTexts(
        _ name: String, _ given: Arguments, _ work: inout WorkBudget
    ) throws(HCLMismatch) -> HCLValue? {
        switch name {
        case "lower": return .string(try given.text(0).lowercased())
        case "upper": return .string(try given.text(0).uppercased())
        case "title": return .string(titled(try given.text(0)))
        case "strlen": return .number(HCLNumber(try given.text(0).count))
        case "reverse": return .string(String(try given.text(0).reversed()))
        case "chomp":
            var text = try given.text(0)[...]
            while let last = text.last, last.isNewline { text = text.dropLast() }
            return .string(String(text))
        case "trim": return .string(trimmed(try given.text(0), of: Set(try given.text(1).unicodeScalars)))
        case "trimspace": return .string(trimmed(try given.text(0)) { $0.properties.isWhitespace })
        case "trimprefix":
            let (text, prefix) = (try given.text(0), try given.text(1))
            return .string(text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
        case "trimsuffix":
            let (text, suffix) = (try given.text(0), try given.text(1))
            return .string(text.hasSuffix(suffix) ? String(text.dropLast(suffix.count)) : text)
        case "substr":
            return .string(substring(try given.text(0), try given.integer(1), try given.integer(2)))
        case "replace":
            return replaced(try given.text(0), try given.text(1), by: try given.text(2), &work)
        case "split":
            let (separator, text) = (try given.text(0), try given.text(1))
            guard work.spend(searching: text, for: separator) else { return nil }
            if separator.isEmpty { return .list(text.map { .string(String($0)) }) }
            return .list(pieces(of: text, by: separator).map(HCLValue.string))
        case "join":
            guard given.count > 1 else { throw HCLMismatch("no list") }
            var elements: [HCLValue] = []
            for index in 1..<given.count { elements += try given.elements(index) }
            return try join(try given.text(0), elements)
        case "indent":
            let (count, text) = (try given.integer(0), try given.text(1))
            guard (0...100).contains(count) else { return nil }
            return replaced(text, "\n", by: "\n" + String(repeating: " ", count: count), &work)
        case "basename":
            let parts = try given.text(0).split(separator: "/")
            let isAbsolute = try given.text(0).hasPrefix("/")
            return .string(parts.last.map(String.init) ?? (isAbsolute ? "/" : "."))
        case "dirname": return .string(folder(of: try given.text(0)))
        case "sanitize":
            return .string(
                String(
                    String.UnicodeScalarView(
                        try given.text(0).unicodeScalars.map { isOfNames($0) ? $0 : "_" })))
        case "base64encode": return .string(base64(Array(try given.text(0).utf8)))
        case "urlencode": return .string(urlEncoded(try given.text(0)))
        case "sha256": return .string(digestText(try given.text(0)))
        case "md5": return .string(HCLDigests.md5(try given.text(0)))
        case "sha1": return .string(HCLDigests.sha1(try given.text(0)))
        case "byteslen": return .number(HCLNumber(try given.text(0).utf8.count))
        case "format": return try formatted(given, &work)
        case "formatlist": return try formattedList(given, &work)
        default: return try ofPatterns(name, given, &work)
        }
    }

    static func join(_ separator: String, _ elements: [HCLValue]) throws(HCLMismatch) -> HCLValue {
        var texts: [String] = []
        for element in elements {
            switch try HCLType.string.convert(element) {
            case .string(let text): texts.append(text)
            case .unknown(let unknown): return .unknown(unknown)
            case .null, .bool, .number, .list, .set, .object: throw HCLMismatch("null")
            }
        }
        return .string(texts.joined(separator: separator))
    }

    private static func isOfNames(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
        default: false
        }
    }

    /// The first letter of each word large.
    private static func titled(_ text: String) -> String {
        var isStart = true
        return String(
            text.map { character -> Character in
                defer { isStart = !(character.isLetter || character.isNumber || "_'".contains(character)) }
                return isStart ? character.uppercased().first ?? character : character
            })
    }

    private static func trimmed(_ text: String, of scalars: Set<Unicode.Scalar>) -> String {
        trimmed(text) { scalars.contains($0) }
    }

    private static func trimmed(_ text: String, where isOut: (Unicode.Scalar) -> Bool) -> String {
        var rest = text.unicodeScalars.drop(while: isOut)
        while let last = rest.last, isOut(last) { rest = rest.dropLast() }
        return String(rest)
    }

    /// - Parameters:
    ///   - start: from the end where it is negative.
    ///   - length: to the end where it is negative.
    private static func substring(_ text: String, _ start: Int, _ length: Int) -> String {
        let count = text.count
        var start = start
        if start < 0 { start = max(0, start.addingReportingOverflow(count).partialValue) }
        guard start < count else { return "" }
        let rest = text.dropFirst(start)
        return String(length < 0 ? rest : rest.prefix(length))
    }

    private static func pieces(of text: String, by separator: String) -> [String] {
        var pieces: [String] = []
        var rest = text[...]
        while let found = rest.firstRange(of: separator) {
            pieces.append(String(rest[..<found.lowerBound]))
            rest = rest[found.upperBound...]
        }
        return pieces + [String(rest)]
    }

    private static func replaced(
        _ text: String, _ searched: String, by replacement: String, _ work: inout WorkBudget
    ) -> HCLValue? {
        if searched.isEmpty { return nil }
        guard work.spend(searching: text, for: searched) else { return nil }
        let parts = pieces(of: text, by: searched)
        let (size, isTooLarge) = replacement.utf8.count.multipliedReportingOverflow(by: parts.count)
        guard !isTooLarge, size <= Limits.hclTextBytes, work.spend(size) else { return nil }
        return .string(parts.joined(separator: replacement))
    }

    /// As Go's `path.Dir` has it.
    private static func folder(of path: String) -> String {
        let isAbsolute = path.hasPrefix("/")
        var parts: [Substring] = []
        let written = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        for part in written where !part.isEmpty && part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !isAbsolute {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return isAbsolute ? "/" + joined : joined.isEmpty ? "." : joined
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = 0
            for index in 0..<3 {
                bits = bits << 8 | Int(start + index < bytes.count ? bytes[start + index] : 0)
            }
            for index in 0..<4 {
                result.append(
                    index <= group.count ? letters[bits >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func digestText(_ text: String) -> String {
        SHA256.digest(of: text.utf8).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// As Go's `url.QueryEscape` has it.
    private static func urlEncoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case 0x20: result += "+"
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.utf8.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }
}

extension WorkBudget {
    /// Takes what it may take to find a text everywhere in another one.
    fileprivate mutating func spend(searching text: String, for searched: String) -> Bool {
        let (units, isTooMuch) = text.utf8.count.multipliedReportingOverflow(by: 1 + searched.utf8.count / 8)
        return spend(isTooMuch ? .max : units)
    }
}
