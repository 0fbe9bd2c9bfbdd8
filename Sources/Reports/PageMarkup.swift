/// The page of a check as HTML: headings, paragraphs, lists, blocks of code between fences, and code in a line. Whatever
/// else Markdown has, HTML included, stays text.
struct PageMarkup {
    private(set) var html = ""
    /// Lines of the paragraph or the list item that is not ended yet.
    private var open: [Substring] = []
    private var isInList = false

    /// - Parameter markdown: a check's `README.md`. Its first heading, the check's id, is left out.
    init(_ markdown: String) {
        /// Lines of a block of code that is not ended yet.
        var code: [Substring]?
        for (index, line) in markdown.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let text = line.drop { $0 == " " }
            if text.hasPrefix("```") {
                end()
                if let lines = code { block(lines) }
                code = code == nil ? [] : nil
            } else if code != nil {
                code?.append(line)
            } else if text.isEmpty {
                end()
            } else if text.hasPrefix("#") {
                end()
                let title = text.drop { $0 == "#" || $0 == " " }
                if index > 0 { html += "<h4>\(Self.inline(title))</h4>\n" }
            } else if text.hasPrefix("- ") {
                endItem()
                if !isInList { html += "<ul>\n" }
                isInList = true
                open = [text.dropFirst(2)]
            } else {
                open.append(text)
            }
        }
        end()
        if let code { block(code) }
    }

    private mutating func endItem() {
        guard !open.isEmpty else { return }
        let tag = isInList ? "li" : "p"
        let text = Self.withAddresses(open.joined(separator: " "))
        html += "<\(tag)>\(Self.inline(text))</\(tag)>\n"
        open = []
    }

    private mutating func end() {
        endItem()
        if isInList { html += "</ul>\n" }
        isInList = false
    }

    private mutating func block(_ lines: [Substring]) {
        html += "<pre>\(lines.map { escapedMarkup($0) }.joined(separator: "\n"))</pre>\n"
    }

    /// `[text](address)` as `text (address)`: a page leads nowhere.
    private static func withAddresses(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "["), let middle = rest[open...].firstRange(of: "]("),
            let close = rest[middle.upperBound...].firstIndex(of: ")")
        {
            result += rest[..<open] + rest[open..<middle.lowerBound].dropFirst()
            result += " (" + rest[middle.upperBound...close]
            rest = rest[close...].dropFirst()
        }
        return result + rest
    }

    /// A sentence with what stands between backticks as code.
    static func inline(_ text: some StringProtocol) -> String {
        let pieces = text.split(separator: "`", omittingEmptySubsequences: false)
        // A last backtick without another is only a character.
        guard pieces.count % 2 == 1 else { return escapedMarkup(text) }
        return pieces.enumerated().map { index, piece in
            index % 2 == 0 ? escapedMarkup(piece) : "<code>\(escapedMarkup(piece))</code>"
        }.joined()
    }
}
