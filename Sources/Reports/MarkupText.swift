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

/// The beginning of a page that needs nothing else and may load and run nothing, up to `<body>`.
/// - Parameters:
///   - title: escaped here.
///   - style: the page's rules, as they are.
func pageHead(title: String, style: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <title>\(escapedMarkup(title))</title>
    <style>
    \(style)
    </style>
    </head>
    <body>

    """
}
