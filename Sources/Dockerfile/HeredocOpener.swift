/// `<<EOF` in an instruction.
struct HeredocOpener {
    /// The delimiter without quotes.
    let name: [UInt8]
    let fileDescriptor: Int
    let expands: Bool
    let chomps: Bool
    /// What to show for it in the file.
    let range: Range<Int>

    /// The heredocs that a logical line opens (`parser.go`, heredocsFromLine). Where the line has unbalanced quotes or
    /// an unknown `${…}`, there are none.
    static func all(in line: [UInt8], _ range: Range<Int>) throws(SyntaxProblem) -> [HeredocOpener] {
        guard let sign = line.firstOffset(of: Byte.less, in: 0..<line.count),
            line.contains("<<", in: sign..<line.count)
        else { return [] }
        var lexer = WordLexer(
            line, escape: Byte.backslash,
            options: WordLexer.Options(keepsQuotes: true, keepsEscapes: true, keepsUnset: true), splits: true)
        guard let words = try? lexer.split() else { return [] }
        var openers: [HeredocOpener] = []
        for word in words {
            if let opener = try HeredocOpener(word, range) { openers.append(opener) }
        }
        return openers
    }

    /// A word that opens a heredoc: `^(\d*)<<(-?)\s*([^<]*)$`, with exactly one word behind it.
    init?(_ word: [UInt8], _ range: Range<Int>) throws(SyntaxProblem) {
        var offset = 0
        while offset < word.count, word[offset].isASCIIDigit { offset += 1 }
        guard word.matches("<<", at: offset) else { return nil }
        fileDescriptor = Int(String(decoding: word[..<offset], as: UTF8.self)) ?? (offset == 0 ? 0 : Int.max)
        offset += 2
        chomps = word.matches("-", at: offset)
        if chomps { offset += 1 }
        while offset < word.count,
            word[offset].isBlank && word[offset] != 0x0B || word.matches("\n", at: offset)
        {
            offset += 1
        }
        let rest = Array(word[offset...])
        guard !rest.isEmpty, !rest.contains(Byte.less) else { return nil }
        var plain = WordLexer(
            rest, escape: Byte.backslash, options: WordLexer.Options(keepsUnset: true), splits: true)
        var quoted = WordLexer(
            rest, escape: Byte.backslash, options: WordLexer.Options(keepsQuotes: true, keepsUnset: true),
            splits: true)
        do {
            let words = try plain.split()
            guard words.count == 1 else { return nil }
            name = words[0]
            let raw = try quoted.split()
            expands = Self.quotes(name) == raw.reduce(0) { $0 + Self.quotes($1) }
        } catch {
            throw SyntaxProblem(
                range: range,
                message:
                    "the heredoc delimiter `\(String(decoding: rest, as: UTF8.self))` is wrong: \(error.message)",
                remedy: "Use a plain word such as EOF.")
        }
        self.range = range
    }

    private static func quotes(_ text: [UInt8]) -> Int {
        text.count { $0 == Byte.singleQuote || $0 == Byte.doubleQuote }
    }

    func heredoc(body: Range<Int>, of file: [UInt8]) -> Heredoc {
        Heredoc(
            name: String(decoding: name, as: UTF8.self), fileDescriptor: fileDescriptor, expands: expands,
            chomps: chomps,
            content: chomps ? Self.joined(body, of: file, chomps: true).text : file.string(body),
            contentRange: body)
    }

    /// A heredoc's body; for `<<-` without the tabs that begin its lines.
    static func joined(_ body: Range<Int>, of file: [UInt8], chomps: Bool) -> JoinedText {
        var joined = JoinedText()
        guard chomps else {
            joined.append(body, of: file)
            return joined
        }
        var start = body.lowerBound
        while start < body.upperBound {
            while start < body.upperBound, file[start] == Byte.tab { start += 1 }
            let end =
                file.firstOffset(of: Byte.newline, in: start..<body.upperBound).map { $0 + 1 }
                ?? body.upperBound
            joined.append(start..<end, of: file)
            start = end
        }
        return joined
    }
}
