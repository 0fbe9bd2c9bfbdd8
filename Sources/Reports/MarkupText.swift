/// Text from anywhere as text of an XML or HTML document, in an element or in an attribute in quotes.
///
/// What steers terminals or hides is escaped as everywhere (`printable`); with it go all control characters, none of
/// which XML 1.0 allows. The two that XML forbids besides (section 2.2, Char) become U+FFFD.
/// - Returns: one line.
func escapedMarkup(_ text: some StringProtocol) -> String {
    var result = ""
    for scalar in printable(text).unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// The same for a text of several lines; line feeds stay.
func escapedMarkupLines(_ text: String) -> String {
    printableLines(text).map { escapedMarkup($0) }.joined(separator: "\n")
}
