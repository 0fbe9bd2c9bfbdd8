/// Go's `path.Match`, which BuildKit uses for the wildcards of COPY and ADD, and to verify ignore patterns.
///
/// `*` and `?` stop at `/`; brackets do not. Source: Go, `src/path/match.go`.
package enum GoPathMatch {
    /// - Returns: whether the whole of `name` matches.
    /// - Throws: where the pattern is malformed and Go gets far enough to notice.
    package static func matches(_ pattern: [UInt8], _ name: [UInt8]) throws(PatternSyntaxError) -> Bool {
        var pattern = pattern[...]
        var name = name[...]
        scanning: while !pattern.isEmpty {
            let (star, chunk) = nextChunk(&pattern)
            if star, chunk.isEmpty { return !name.contains(.slash) }
            if let rest = try match(chunk, name), rest.isEmpty || !pattern.isEmpty {
                name = rest
                continue
            }
            if star {
                var skipped = name
                while let first = skipped.first, first != .slash {
                    skipped = skipped.dropFirst()
                    guard let rest = try match(chunk, skipped) else { continue }
                    if pattern.isEmpty, !rest.isEmpty { continue }
                    name = rest
                    continue scanning
                }
            }
            while !pattern.isEmpty { _ = try match(nextChunk(&pattern).chunk, []) }
            return false
        }
        return name.isEmpty
    }

    /// Whether `COPY` and `ADD` see a wildcard in a name; one behind a backslash is none.
    static func hasWildcard(_ name: some Collection<UInt8>) -> Bool {
        var isEscaped = false
        for byte in name {
            if isEscaped {
                isEscaped = false
            } else if byte == .backslash {
                isEscaped = true
            } else if byte == .star || byte == .question || byte == .openBracket {
                return true
            }
        }
        return false
    }

    /// Takes stars, and all up to the next star.
    private static func nextChunk(_ pattern: inout ArraySlice<UInt8>) -> (
        star: Bool, chunk: ArraySlice<UInt8>
    ) {
        var star = false
        while pattern.first == .star {
            pattern = pattern.dropFirst()
            star = true
        }
        var isInBrackets = false
        var index = pattern.startIndex
        scanning: while index < pattern.endIndex {
            switch pattern[index] {
            case .backslash: if index + 1 < pattern.endIndex { index += 1 }
            case .openBracket: isInBrackets = true
            case .closeBracket: isInBrackets = false
            case .star: if !isInBrackets { break scanning }
            default: break
            }
            index += 1
        }
        defer { pattern = pattern[index...] }
        return (star, pattern[..<index])
    }

    /// - Returns: what is left of `name` behind the match; nil where there is none.
    private static func match(_ chunk: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>)
        throws(PatternSyntaxError)
        -> ArraySlice<UInt8>?
    {
        var chunk = chunk
        var name = name
        // After a failure the rest of the chunk is still read, to see whether it is well formed.
        var hasFailed = false
        while let first = chunk.first {
            hasFailed = hasFailed || name.isEmpty
            switch first {
            case .openBracket:
                var rune: UInt32 = 0
                if !hasFailed { rune = takeRune(&name) }
                chunk = chunk.dropFirst()
                let isNegated = chunk.first == .caret
                if isNegated { chunk = chunk.dropFirst() }
                var isMatch = false
                var ranges = 0
                while !(chunk.first == .closeBracket && ranges > 0) {
                    let low = try takeBracketRune(&chunk)
                    var high = low
                    if chunk.first == .hyphen {
                        chunk = chunk.dropFirst()
                        high = try takeBracketRune(&chunk)
                    }
                    isMatch = isMatch || low <= rune && rune <= high
                    ranges += 1
                }
                chunk = chunk.dropFirst()
                hasFailed = hasFailed || isMatch == isNegated
            case .question:
                if !hasFailed {
                    hasFailed = name.first == .slash
                    _ = takeRune(&name)
                }
                chunk = chunk.dropFirst()
            case .backslash where chunk.count == 1:
                throw PatternSyntaxError(reason: "ends with a lone `\\`")
            default:
                if first == .backslash { chunk = chunk.dropFirst() }
                if !hasFailed {
                    hasFailed = chunk.first != name.first
                    name = name.dropFirst()
                }
                chunk = chunk.dropFirst()
            }
        }
        return hasFailed ? nil : name
    }

    private static func takeRune(_ bytes: inout ArraySlice<UInt8>) -> UInt32 {
        let (rune, length) = decodedRune(bytes)
        bytes = bytes.dropFirst(length)
        return rune
    }

    private static func takeBracketRune(_ chunk: inout ArraySlice<UInt8>) throws(PatternSyntaxError) -> UInt32
    {
        let unclosed = PatternSyntaxError(reason: "has a `[` without its `]`")
        guard let first = chunk.first else { throw unclosed }
        if first == .hyphen || first == .closeBracket {
            throw PatternSyntaxError(reason: "has a misplaced `-` or `]` in brackets")
        }
        if first == .backslash { chunk = chunk.dropFirst() }
        guard !chunk.isEmpty else { throw unclosed }
        let (rune, length) = decodedRune(chunk)
        if rune == 0xFFFD, length == 1 {
            throw PatternSyntaxError(reason: "has bytes in brackets that are not UTF-8")
        }
        chunk = chunk.dropFirst(length)
        guard !chunk.isEmpty else { throw unclosed }
        return rune
    }
}
