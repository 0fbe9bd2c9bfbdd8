/// Text that is nothing but text in GitHub's Markdown, also in a table: no markup, mention, link or HTML of its own.
///
/// GitHub also links what it finds in the text once the Markdown is read (`#1`, `GH-1`, names of commits), whatever was
/// escaped. An empty comment takes such a text apart, and copying it gives what it was. Source: docs.github.com,
/// "Autolinked references and URLs"; github.github.com/gfm, 6.9, for `www.`.
/// - Returns: one line.
func escapedMarkdown(_ text: some StringProtocol) -> String {
    var result = ""
    // Hexadecimal digits, of which seven or more may name a commit, and letters of `GH-`.
    var digits = 0
    var word = ""
    for character in printable(text).unicodeScalars {
        let isWordCharacter =
            character.isASCII
            && (character.properties.isAlphabetic || character.value < 0x3A && character.value > 0x2F)
        digits = isWordCharacter && character.properties.isASCIIHexDigit ? digits + 1 : 0
        if digits == 7 {
            result += emptyComment
            digits = 1
        }
        if character == "-", word.lowercased() == "gh" {
            result += "-" + emptyComment
            word = ""
            continue
        }
        if character == ".", word.lowercased() == "www" {
            result += "&#46;"
            word = ""
            continue
        }
        word = isWordCharacter ? String((word + String(character)).suffix(4)) : ""
        switch character {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "@": result += "@\u{200B}"
        case "#": result += "\\#" + emptyComment
        case "\\", "`", "*", "_", "[", "]", "|", "~", "!", "$": result += "\\" + String(character)
        case ":": result += "&#58;"
        default: result.unicodeScalars.append(character)
        }
    }
    return result
}

private let emptyComment = "<!-- -->"

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
