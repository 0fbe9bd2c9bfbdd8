import Diagnostics
import SourceText

/// Reads the parser directives at the top of a file.
///
/// BuildKit has two readers that disagree in corners: that of the parser, from which only `escape` counts, allows
/// blanks before `#`; that for `syntax` and `check` does not, but skips a first line `#!…` (`parser.go`,
/// `directives.go`).
struct DirectiveReader {
    private let source: SourceText
    private let bytes: [UInt8]
    private(set) var directives: [ParserDirective] = []
    private(set) var problems: [SyntaxProblem] = []
    private(set) var escape = Byte.backslash
    /// How many lines at the top the parser takes for directives.
    private(set) var lineCount = 0
    /// `syntax` is given as a `//` line or as a JSON member: the file is not in the Dockerfile language at all.
    private(set) var isAnotherLanguage = false

    init(_ source: SourceText) {
        self.source = source
        bytes = source.bytes
        lineCount = min(source.blankLines, source.lineCount)
        readEscape()
        readSyntaxAndCheck()
        directives.sort { $0.range.lowerBound < $1.range.lowerBound }
    }

    private func line(_ index: Int) -> Range<Int> {
        var range = source.bytes(ofLine: index + 1)
        if index == 0, bytes.matches("\u{FEFF}", at: 0) {
            range = min(3, range.upperBound)..<max(3, range.upperBound)
        }
        return range
    }

    private mutating func readEscape() {
        var seen: Set<String> = []
        while lineCount < source.lineCount {
            let whole = line(lineCount)
            let start = bytes.skippingSpace(whole)
            guard bytes.matches("#", at: start),
                let directive = directive(in: start + 1..<whole.upperBound, line: start..<whole.upperBound)
            else { return }
            lineCount += 1
            guard seen.insert(directive.name.rawValue).inserted else {
                problems.append(
                    SyntaxProblem(
                        kind: .directive, range: directive.range,
                        message: "only one `\(directive.name.rawValue)` parser directive can be used",
                        remedy: "Remove this line or the earlier `# \(directive.name.rawValue)=` line."))
                continue
            }
            guard directive.name == .escape else { continue }
            if directive.value == "\\" || directive.value == "`" {
                escape = directive.value == "`" ? Byte.backtick : Byte.backslash
                directives.append(directive)
            } else {
                problems.append(
                    SyntaxProblem(
                        kind: .directive, range: directive.valueRange,
                        message: "the escape character must be `\\` or a backtick",
                        remedy: "Write `# escape=\\` or `# escape=` followed by a backtick."))
            }
        }
    }

    private mutating func readSyntaxAndCheck() {
        let top = source.blankLines
        guard source.lineCount > top else { return }
        let first = bytes.matches("#!", at: line(top).lowerBound) ? top + 1 : top
        for directive in block(from: first, comment: "#") where directive.name != .escape {
            directives.append(directive)
        }
        if directives.contains(where: { $0.name == .syntax }) { return }
        if let directive = block(from: first, comment: "//").first(where: { $0.name == .syntax }) {
            directives.append(directive)
            isAnotherLanguage = true
            return
        }
        let start = first < source.lineCount ? line(first).lowerBound : bytes.count
        if let value = JSONText.member("syntax", of: bytes, in: start..<bytes.count) {
            directives.append(
                ParserDirective(
                    name: .syntax, value: value.text, range: value.range, valueRange: value.range))
            isAnotherLanguage = true
        }
    }

    /// The directives of an unbroken block; a repeated one ends it.
    private func block(from first: Int, comment: StaticString) -> [ParserDirective] {
        var found: [ParserDirective] = []
        for index in first..<max(first, source.lineCount) {
            let whole = line(index)
            guard bytes.matches(comment, at: whole.lowerBound),
                let directive = directive(
                    in: whole.lowerBound + comment.utf8CodeUnitCount..<whole.upperBound, line: whole),
                !found.contains(where: { $0.name == directive.name })
            else { break }
            found.append(directive)
        }
        return found
    }

    /// `name = value` after the comment sign: `^([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$`.
    private func directive(in range: Range<Int>, line: Range<Int>) -> ParserDirective? {
        guard range.lowerBound <= range.upperBound else { return nil }
        let nameStart = bytes.skippingSpace(range)
        var offset = nameStart
        while offset < range.upperBound, bytes[offset].isASCIILetter || bytes[offset].isASCIIDigit {
            offset += 1
        }
        guard let name = ParserDirective.Name(rawValue: bytes.string(nameStart..<offset).lowercased()) else {
            return nil
        }
        while offset < range.upperBound, isRegexSpace(bytes[offset]) { offset += 1 }
        guard offset < range.upperBound, bytes[offset] == Byte.equals else { return nil }
        var start = offset + 1
        while start < range.upperBound, isRegexSpace(bytes[start]) { start += 1 }
        var end = range.upperBound
        while end > start, isRegexSpace(bytes[end - 1]) { end -= 1 }
        if start == end {
            // The expression then takes the last blank for the value.
            guard range.upperBound > offset + 1 else { return nil }
            start = range.upperBound - 1
            end = range.upperBound
        }
        return ParserDirective(
            name: name, value: bytes.string(start..<end), range: line, valueRange: start..<end)
    }

    private func isRegexSpace(_ byte: UInt8) -> Bool { byte.isSpaceAsLatin1 && byte < 0x80 && byte != 0x0B }
}
