import Diagnostics

/// Why a word cannot be expanded.
struct ExpansionError: Error {
    let message: String
    /// One of `Limits` was reached; the word itself may be right.
    var isLimit = false
}

/// Expands variables and quotes in a word, or splits a line into words, as BuildKit's `lex.go` does.
struct WordLexer {
    struct Options {
        /// Quotes stay in the result.
        var keepsQuotes = false
        /// Escape characters stay in the result.
        var keepsEscapes = false
        /// Quotes are ordinary characters.
        var ignoresQuotes = false
        /// `$name` stays as it is where the variable is not set.
        var keepsUnset = false
    }

    private let bytes: [UInt8]
    private let escape: UInt8
    private let options: Options
    /// nil: no variable is set.
    private let environment: Environment?
    private var keepsEscapes: Bool
    private var position = 0
    private var depth = 0
    /// False once a variable of unknown value has decided something.
    private(set) var isCertain = true
    /// What may still be made and compared.
    private(set) var budget: Int

    private var words: [[UInt8]] = []
    private var word: [UInt8] = []
    private var isInWord = false
    private let splits: Bool

    init(
        _ bytes: [UInt8], escape: UInt8, options: Options = Options(), environment: Environment? = nil,
        splits: Bool = false, budget: Int = Limits.expansionWork
    ) {
        self.bytes = bytes
        self.escape = escape
        self.options = options
        self.environment = environment
        self.splits = splits
        self.budget = budget
        keepsEscapes = options.keepsEscapes
        // The scanner that BuildKit uses (text/scanner) drops a byte-order mark at the start.
        if bytes.matches("\u{FEFF}", at: 0) { position = 3 }
    }

    /// - Returns: the whole text, expanded.
    mutating func expand() throws(ExpansionError) -> [UInt8] {
        budget -= bytes.count
        return try process(until: nil, keepsEscapes: keepsEscapes)
    }

    /// - Returns: the text's words, split after expansion at white space outside of quotes.
    mutating func split() throws(ExpansionError) -> [[UInt8]] {
        _ = try expand()
        endWord()
        return words
    }

    // MARK: - Words

    private mutating func endWord() {
        guard !word.isEmpty else { return }
        words.append(word)
        word = []
        isInWord = false
    }

    /// Adds text that blanks split.
    private mutating func addSplitting(_ text: [UInt8]) {
        var offset = 0
        while offset < text.count {
            let length = text.scalar(at: offset, end: text.count).length
            if text.spaceLength(at: offset, end: text.count) > 0 {
                if isInWord { endWord() }
            } else {
                addWhole(text[offset..<offset + length])
            }
            offset += length
        }
    }

    private mutating func addWhole(_ text: ArraySlice<UInt8>) {
        word.append(contentsOf: text)
        isInWord = true
    }

    // MARK: - Characters

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Takes one character.
    private mutating func take() -> Range<Int> {
        let start = position
        position += bytes[start] < 0x80 ? 1 : bytes.scalar(at: start, end: bytes.count).length
        return start..<position
    }

    private mutating func process(until stop: UInt8?, keepsEscapes raw: Bool) throws(ExpansionError)
        -> [UInt8]
    {
        let outer = keepsEscapes
        keepsEscapes = raw
        defer { keepsEscapes = outer }
        let isOutermost = depth == 0
        depth += 1
        defer { depth -= 1 }
        guard depth <= Limits.expansionDepth else {
            throw ExpansionError(message: "substitutions are nested too deeply", isLimit: true)
        }
        // BuildKit's word buffer is shared with inner substitutions, which drop what an outer word had so far.
        if !isOutermost { word = [] }
        let splits = splits && isOutermost
        var result: [UInt8] = []
        while let byte = next {
            if byte == stop {
                position += 1
                return result
            }
            if byte == Byte.dollar {
                let value = try dollar()
                try append(value, to: &result)
                if splits { addSplitting(value) }
            } else if byte == Byte.less {
                let sign = heredocSign()
                result += sign
                if splits { addWhole(sign[...]) }
            } else if !options.ignoresQuotes, byte == Byte.singleQuote || byte == Byte.doubleQuote {
                let text = byte == Byte.singleQuote ? try singleQuoted() : try doubleQuoted()
                try append(text, to: &result)
                if splits { addWhole(text[...]) }
            } else if byte == escape {
                position += 1
                if keepsEscapes {
                    result.append(byte)
                    if splits { addWhole([byte]) }
                }
                guard next != nil else { break }
                let character = take()
                result += bytes[character]
                if splits { addWhole(bytes[character]) }
            } else {
                let character = take()
                result += bytes[character]
                if splits { addSplitting(Array(bytes[character])) }
            }
        }
        guard let stop else { return result }
        throw ExpansionError(
            message: "unexpected end of statement while looking for matching \(Unicode.Scalar(stop))")
    }

    private mutating func append(_ text: [UInt8], to result: inout [UInt8]) throws(ExpansionError) {
        budget -= text.count
        guard result.count + text.count <= max(Limits.expandedBytes, bytes.count), budget > 0 else {
            throw ExpansionError(message: "the expanded text is too long", isLimit: true)
        }
        result += text
    }

    private mutating func singleQuoted() throws(ExpansionError) -> [UInt8] {
        let start = position
        guard let end = bytes.firstOffset(of: Byte.singleQuote, in: start + 1..<bytes.count) else {
            throw ExpansionError(message: "a single quote is not closed")
        }
        position = end + 1
        return Array(options.keepsQuotes ? bytes[start...end] : bytes[start + 1..<end])
    }

    private mutating func doubleQuoted() throws(ExpansionError) -> [UInt8] {
        var result: [UInt8] = options.keepsQuotes ? [Byte.doubleQuote] : []
        position += 1
        while let byte = next {
            if byte == Byte.doubleQuote {
                position += 1
                if options.keepsQuotes { result.append(byte) }
                return result
            }
            if byte == Byte.dollar {
                try append(try dollar(), to: &result)
            } else if byte == escape {
                position += 1
                if keepsEscapes { result.append(byte) }
                guard let escaped = next else { continue }
                if escaped == Byte.doubleQuote || escaped == Byte.dollar || escaped == escape {
                    result.append(escaped)
                    position += 1
                } else {
                    result.append(byte)
                }
            } else {
                result += bytes[take()]
            }
        }
        throw ExpansionError(message: "a double quote is not closed")
    }

    /// `<`, or `<<` with the blanks behind it, which belong to the same word.
    private mutating func heredocSign() -> [UInt8] {
        let start = position
        position += 1
        guard next == Byte.less else { return [Byte.less] }
        position += 1
        while let byte = next, byte == Byte.space || byte == Byte.tab || byte == Byte.carriageReturn {
            position += 1
        }
        return Array(bytes[start..<position])
    }

    // MARK: - Variables

    /// What is known of a variable while it is looked up.
    private mutating func value(of name: String) -> [UInt8]? {
        guard let environment else { return nil }
        switch environment.lookup(name) {
        case .value(let value):
            if !value.isCertain { isCertain = false }
            return Array(value.text.utf8)
        case .unset: return nil
        case .unknown:
            isCertain = false
            return nil
        }
    }

    private mutating func name() -> String {
        let start = position
        guard let first = next else { return "" }
        if isDigit(at: position) {
            while position < bytes.count, isDigit(at: position) { _ = take() }
        } else if "@*#?-$!0".utf8.contains(first) {
            position += 1
        } else {
            while position < bytes.count,
                isLetter(at: position) || isDigit(at: position) || next == UInt8(ascii: "_")
            {
                _ = take()
            }
        }
        return bytes.string(start..<position)
    }

    private func isDigit(at offset: Int) -> Bool {
        let byte = bytes[offset]
        if byte < 0x80 { return byte.isASCIIDigit }
        return bytes.scalar(at: offset, end: bytes.count).scalar.properties.generalCategory == .decimalNumber
    }

    private func isLetter(at offset: Int) -> Bool {
        let byte = bytes[offset]
        if byte < 0x80 { return byte.isASCIILetter }
        switch bytes.scalar(at: offset, end: bytes.count).scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return false
        }
    }

    private mutating func dollar() throws(ExpansionError) -> [UInt8] {
        let start = position
        position += 1
        guard next == Byte.openBrace else {
            let name = name()
            if name.isEmpty { return [Byte.dollar] }
            return value(of: name) ?? (options.keepsUnset ? Array(bytes[start..<position]) : [])
        }
        position += 1
        switch next {
        case nil: throw ExpansionError(message: "a `}` is missing")
        case Byte.openBrace, Byte.closeBrace, UInt8(ascii: ":"):
            throw ExpansionError(message: "bad substitution")
        default: break
        }
        let name = name()
        guard var modifier = next else {
            throw ExpansionError(message: "unsupported modifier in substitution")
        }
        _ = take()
        let nullIsUnset = modifier == UInt8(ascii: ":")
        if nullIsUnset {
            guard let following = next else { throw ExpansionError(message: "a `}` is missing") }
            modifier = following
            _ = take()
        }
        switch modifier {
        case Byte.closeBrace where !nullIsUnset:
            return value(of: name) ?? (options.keepsUnset ? Array(bytes[start..<position]) : [])
        case Byte.slash where !nullIsUnset:
            return try replaced(name)
        case UInt8(ascii: "+"), Byte.dash, UInt8(ascii: "?"):
            return try alternative(name, modifier, nullIsUnset: nullIsUnset)
        case Byte.hash where !nullIsUnset, UInt8(ascii: "%") where !nullIsUnset:
            return try stripped(name, modifier)
        default:
            if nullIsUnset { _ = try part(until: Byte.closeBrace, keepsEscapes: false) }
            let sign = Unicode.Scalar(modifier < 0x80 ? modifier : UInt8(ascii: "?"))
            throw ExpansionError(
                message: "unsupported modifier `\(nullIsUnset ? ":" : "")\(sign)` in substitution")
        }
    }

    /// The text up to a `}` or `/`; the end of the text is a missing one.
    private mutating func part(until stop: UInt8, keepsEscapes: Bool) throws(ExpansionError) -> [UInt8] {
        do {
            return try process(until: stop, keepsEscapes: keepsEscapes)
        } catch {
            if error.isLimit || next != nil { throw error }
            throw ExpansionError(message: "a `\(Unicode.Scalar(stop))` is missing")
        }
    }

    /// `${V-w}`, `${V+w}`, `${V?w}` and their forms with `:`.
    private mutating func alternative(
        _ name: String, _ modifier: UInt8, nullIsUnset: Bool
    ) throws(ExpansionError) -> [UInt8] {
        let before = isCertain
        let word = try part(until: Byte.closeBrace, keepsEscapes: false)
        let wordIsCertain = isCertain
        isCertain = true
        let value = value(of: name)
        let isKnown = isCertain
        isCertain = before && isKnown
        if options.keepsUnset, value == nil {
            let sign = (nullIsUnset ? ":" : "") + String(Unicode.Scalar(modifier))
            return Array("${\(name)\(sign)".utf8) + word + [Byte.closeBrace]
        }
        let counts = value.map { !nullIsUnset || !$0.isEmpty } ?? false
        switch modifier {
        case Byte.dash:
            if counts { return value ?? [] }
            isCertain = isCertain && wordIsCertain
            return word
        case UInt8(ascii: "+"):
            guard counts else { return [] }
            isCertain = isCertain && wordIsCertain
            return word
        default:
            if counts { return value ?? [] }
            guard isKnown else { return [] }
            let reason =
                word.isEmpty
                ? "is not allowed to be \(value == nil ? "unset" : "empty")"
                : String(decoding: word, as: UTF8.self)
            throw ExpansionError(message: "\(name): \(reason)")
        }
    }

    /// `${V#p}`, `${V##p}`, `${V%p}`, `${V%%p}`.
    private mutating func stripped(_ name: String, _ modifier: UInt8) throws(ExpansionError) -> [UInt8] {
        var pattern = try part(until: Byte.closeBrace, keepsEscapes: true)
        guard let value = value(of: name) else {
            if options.keepsUnset {
                return Array("${\(name)\(Unicode.Scalar(modifier))".utf8) + pattern + [Byte.closeBrace]
            }
            return []
        }
        let isLongest = pattern.first == modifier
        if isLongest { pattern.removeFirst() }
        var matcher = try ShellPattern(pattern)
        try spend(matcher.count, value.count)
        return matcher.stripped(from: value, atEnd: modifier == UInt8(ascii: "%"), longest: isLongest)
    }

    /// `${V/p/r}`, `${V//p/r}`.
    private mutating func replaced(_ name: String) throws(ExpansionError) -> [UInt8] {
        let isEvery = next == Byte.slash
        if isEvery { position += 1 }
        let pattern = try part(until: Byte.slash, keepsEscapes: true)
        let replacement = try part(until: Byte.closeBrace, keepsEscapes: true)
        guard let value = value(of: name) else {
            if options.keepsUnset {
                return Array("${\(name)/".utf8) + pattern + [Byte.slash] + replacement + [Byte.closeBrace]
            }
            return []
        }
        let matcher = try ShellPattern(pattern)
        try spend(matcher.count * value.count, value.count)
        let result = matcher.replaced(in: value, with: replacement, every: isEvery)
        try spend(1, result.count)
        return result
    }

    private mutating func spend(_ left: Int, _ right: Int) throws(ExpansionError) {
        let (work, overflow) = (left + 1).multipliedReportingOverflow(by: right + 1)
        guard !overflow, work < budget else {
            throw ExpansionError(message: "the substitution takes too long", isLimit: true)
        }
        budget -= work
    }
}

/// The pattern of `${V#p}` and its relatives: `*`, `?` and `\` before these; no `[…]` (`lex.go`,
/// convertShellPatternToRegex).
struct ShellPattern {
    private enum Token { case any, one, literal(Unicode.Scalar) }
    private var tokens: [Token] = []

    init(_ pattern: [UInt8]) throws(ExpansionError) {
        var offset = 0
        while offset < pattern.count {
            var (scalar, length) = pattern.scalar(at: offset, end: pattern.count)
            offset += length
            switch scalar {
            case "*": tokens.append(.any)
            case "?": tokens.append(.one)
            case "\\":
                if offset < pattern.count, pattern[offset] == Byte.closeBrace || pattern[offset] == Byte.slash
                {
                    continue
                }
                guard offset < pattern.count else {
                    throw ExpansionError(message: "a pattern ends with `\\`")
                }
                (scalar, length) = pattern.scalar(at: offset, end: pattern.count)
                guard scalar == "*" || scalar == "?" || scalar == "\\" else {
                    throw ExpansionError(message: "invalid escape `\\\(scalar)` in a pattern")
                }
                offset += length
                tokens.append(.literal(scalar))
            default: tokens.append(.literal(scalar))
            }
        }
    }

    var count: Int { tokens.count }

    /// The text without the part at its start (or end) that the pattern matches.
    mutating func stripped(from text: [UInt8], atEnd: Bool, longest: Bool) -> [UInt8] {
        var scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
        if atEnd {
            scalars.reverse()
            tokens.reverse()
        }
        guard let end = end(in: scalars, from: 0, longest: longest) else { return text }
        var rest = Array(scalars[end...])
        if atEnd { rest.reverse() }
        return Self.bytes(rest)
    }

    func replaced(in text: [UInt8], with replacement: [UInt8], every: Bool) -> [UInt8] {
        let scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
        var result: [UInt8] = []
        var copied = 0
        var search = 0
        while search <= scalars.count {
            var start = search
            var found: Int?
            while start <= scalars.count {
                found = end(in: scalars, from: start, longest: true)
                if found != nil { break }
                start += 1
            }
            guard let found else { break }
            result += Self.bytes(scalars[copied..<start])
            // An empty match directly behind the last one does not count, as in Go's ReplaceAll.
            if found > copied || start == 0 { result += replacement }
            copied = found
            if !every { break }
            search = found > search ? found : search + 1
        }
        return result + Self.bytes(scalars[min(copied, scalars.count)...])
    }

    /// Where a match that begins at `start` ends; `.` does not match a newline, as in Go.
    private func end(in text: [Unicode.Scalar], from start: Int, longest: Bool) -> Int? {
        // The positions that are reachable after each token.
        var reachable = [Bool](repeating: false, count: text.count - start + 1)
        reachable[0] = true
        for token in tokens {
            var after = [Bool](repeating: false, count: reachable.count)
            switch token {
            case .any:
                var isRunning = false
                for index in reachable.indices {
                    if reachable[index] { isRunning = true }
                    after[index] = isRunning
                    if start + index < text.count, text[start + index] == "\n" { isRunning = false }
                }
            case .one:
                for index in 1..<max(1, reachable.count) where reachable[index - 1] {
                    after[index] = text[start + index - 1] != "\n"
                }
            case .literal(let scalar):
                for index in 1..<max(1, reachable.count) where reachable[index - 1] {
                    after[index] = text[start + index - 1] == scalar
                }
            }
            reachable = after
        }
        let index = longest ? reachable.lastIndex(of: true) : reachable.firstIndex(of: true)
        return index.map { start + $0 }
    }

    private static func bytes(_ scalars: some Sequence<Unicode.Scalar>) -> [UInt8] {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return Array(String(view).utf8)
    }
}
