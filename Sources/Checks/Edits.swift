import Diagnostics
import Dockerfile
import Facts
import SourceText

/// Edits of text files that keep the file's own line ending.
extension SourceText {
    /// `\r\n` where the file's first line ends so.
    var newline: String {
        let first = bytes.firstIndex(of: UInt8(ascii: "\n"))
        return first.map { $0 > 0 && bytes[$0 - 1] == UInt8(ascii: "\r") } == true ? "\r\n" : "\n"
    }

    /// Where the text begins: after a byte order mark.
    var textStart: Int {
        if blankLines > 0 { return blankLines < lineCount ? lineStarts[blankLines] : bytes.count }
        return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// Its first line, without those that stand for lines of another file.
    var firstLine: Range<Int> { textStart..<bytes(ofLine: min(blankLines + 1, lineCount)).upperBound }

    /// Adds lines above line 1.
    func insertion(atTop text: String) -> Edit {
        Edit(path: path, bytes: textStart..<textStart, replacement: text + newline)
    }

    /// Removes whole lines with their line endings.
    func removal(ofLines lines: ClosedRange<Int>) -> Edit {
        let start = lineStarts[lines.lowerBound - 1]
        let end = lines.upperBound < lineCount ? lineStarts[lines.upperBound] : bytes.count
        return Edit(
            path: path, bytes: max(start, lines.lowerBound == 1 ? textStart : 0)..<end, replacement: "")
    }
}

extension String {
    /// Without blanks and tabs at its ends.
    var trimmingBlanks: String {
        let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let front = utf8.drop(while: isBlank)
        let count = front.reversed().drop(while: isBlank).count
        return String(decoding: front.prefix(count), as: UTF8.self)
    }
}

extension SyntaxProblem {
    /// The remedy as edits, where it is certain.
    func edits(in path: String) -> [Edit] {
        replacement.map { [Edit(path: path, bytes: $0.range, replacement: $0.text)] } ?? []
    }
}

extension SourceText {
    /// Adds lines at the file's end.
    func appending(_ text: String) -> Edit {
        let isOpen = bytes.last.map { $0 != UInt8(ascii: "\n") } ?? false
        return Edit(
            path: path, bytes: bytes.count..<bytes.count,
            replacement: (isOpen ? newline : "") + text + newline)
    }
}

extension BuildFacts {
    /// Puts a command in front of all others of a RUN in shell form.
    /// - Returns: nothing where the RUN does not begin with a command that is seen.
    func insertion(of command: String, before step: StepFacts) -> [Edit] {
        guard let run = step.run, case .shell(let text) = run.command,
            let first = text.bytes.firstIndex(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D })
        else { return [] }
        let start = text.sourceOffset(first)
        guard step.script.commands.first?.range.lowerBound == start else { return [] }
        return [
            Edit(
                path: path, bytes: start..<start,
                replacement: command + (run.isHeredocScript ? source.newline : " && "))
        ]
    }
}
