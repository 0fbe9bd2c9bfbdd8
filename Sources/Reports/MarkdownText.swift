/// Text that is nothing but text in GitHub's Markdown, also in a table: no markup, mention, link or HTML of its own.
/// - Returns: one line.
func escapedMarkdown(_ text: some StringProtocol) -> String {
    var result = ""
    for character in printable(text).unicodeScalars {
        switch character {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "@": result += "@\u{200B}"
        case "\\", "`", "*", "_", "[", "]", "|", "#", "~", "!", "$": result += "\\" + String(character)
        case ":": result += "&#58;"
        default: result.unicodeScalars.append(character)
        }
    }
    return result
}

/// Lines as a code block that nothing in them can end.
func markdownCodeBlock(_ text: String) -> [String] {
    let lines = printableLines(text)
    var longest = 0
    for line in lines {
        var run = 0
        for byte in line.utf8 {
            run = byte == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
    }
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return [fence + "text"] + lines + [fence]
}
