internal import Diagnostics

extension ParsedDockerfile {
    /// Expands a word as the evaluation does, for the few that it leaves as written (`--chmod`, mount options).
    /// - Returns: nil where BuildKit refuses the word.
    package func expanded(_ word: String, in environment: Environment) -> Expanded? {
        expanded(Array(word.utf8), escape: escape, WordLexer.Options(), environment)
    }

    /// The body of a COPY or ADD heredoc with its variables; `\` escapes whatever the file's escape character is.
    /// - Returns: nil where BuildKit refuses it.
    package func expanded(_ heredoc: Heredoc, in environment: Environment) -> Expanded? {
        guard heredoc.expands else { return Expanded(heredoc.content) }
        return expanded(
            Array(heredoc.content.utf8), escape: Byte.backslash, WordLexer.Options(ignoresQuotes: true),
            environment)
    }

    private func expanded(
        _ bytes: [UInt8], escape: UInt8, _ options: WordLexer.Options, _ environment: Environment
    ) -> Expanded? {
        var lexer = WordLexer(
            bytes, escape: escape, options: options, environment: environment, budget: Limits.expansionWork)
        guard let text = try? lexer.expand() else { return nil }
        return Expanded(String(decoding: text, as: UTF8.self), isCertain: lexer.isCertain)
    }

    /// The names behind `$` and `${`.
    package static func variableNames(_ text: String) -> [String] {
        var names: [String] = []
        var rest = text.utf8[...]
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
            rest = rest[rest.index(after: dollar)...]
            if rest.first == UInt8(ascii: "{") { rest = rest.dropFirst() }
            let name = rest.prefix {
                $0 == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
            }
            if !name.isEmpty { names.append(String(Substring(name))) }
        }
        return names
    }
}
