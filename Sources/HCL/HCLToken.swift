/// A piece of a text in HCL.
struct HCLToken {
    enum Kind: Equatable {
        case identifier, number
        /// `"`, at the begin and at the end.
        case openQuote, closeQuote
        /// `<<EOT` with its newline; the lines lose the spaces that all begin with after `<<-`.
        case openHeredoc(isFlush: Bool)
        case closeHeredoc
        /// Text between quotes, with its escapes.
        case quotedText
        /// Text of a heredoc or of a template in JSON: no more than a line.
        case text
        /// `${` and `%{`; with `~` the spaces before go.
        case interpolation(trims: Bool)
        case control(trims: Bool)
        /// `}` of those; with `~` the spaces after it go.
        case sequenceEnd(trims: Bool)
        case newline
        /// An operator or bracket, as it is written.
        case symbol(StaticSymbol)
        case end
    }

    enum StaticSymbol: String {
        case openBracket = "[", closeBracket = "]", openParenthesis = "(", closeParenthesis = ")"
        case openBrace = "{", closeBrace = "}"
        case dot = ".", comma = ",", colon = ":", question = "?", assign = "="
        case plus = "+", minus = "-", times = "*", over = "/", modulo = "%", not = "!"
        case less = "<", greater = ">", lessOrEqual = "<=", greaterOrEqual = ">="
        case equal = "==", notEqual = "!=", and = "&&", or = "||"
        case ellipsis = "...", arrow = "=>"
    }

    let kind: Kind
    /// In bytes of the text.
    let range: Range<Int>
}
