internal import SourceText

/// A change of one file as `git apply` takes it.
///
/// Source: git's documentation, diff-format ("Generating patch text with -p") and git-apply; unquoted names and the
/// C-style quoting of others are told in diff-generate-patch.
package struct Patch: Sendable {
    package let bytes: [UInt8]

    private static let contextLines = 3

    package init(of file: FixPlan.FixedFile) {
        let (old, new) = (Self.quoted("a/" + file.path), Self.quoted("b/" + file.path))
        var bytes = Array("diff --git \(old) \(new)\n".utf8)
        if file.before == nil { bytes += Array("new file mode 100644\n".utf8) }
        bytes += Array("--- \(file.before == nil ? "/dev/null" : old)\n+++ \(new)\n".utf8)
        let lines = LineDifference(from: file.before ?? [], to: file.after).lines
        // Between two hunks all lines are the same.
        var (above, end) = ((old: 0, new: 0), 0)
        for hunk in Self.hunks(lines) {
            let between = hunk.lowerBound - end
            above = (above.old + between, above.new + between)
            bytes += Self.text(of: hunk, in: lines, above: &above)
            end = hunk.upperBound
        }
        self.bytes = bytes
    }

    /// Ranges of lines with a change in them and what is around it.
    private static func hunks(_ lines: [LineDifference.Line]) -> [Range<Int>] {
        var hunks: [Range<Int>] = []
        for index in lines.indices {
            if case .same = lines[index] { continue }
            let range = max(0, index - contextLines)..<min(lines.count, index + contextLines + 1)
            if let last = hunks.last, last.upperBound >= range.lowerBound {
                hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
            } else {
                hunks.append(range)
            }
        }
        return hunks
    }

    /// - Parameter above: how many lines are above the hunk in either file; those of the hunk are added.
    private static func text(
        of hunk: Range<Int>, in lines: [LineDifference.Line], above: inout (old: Int, new: Int)
    ) -> [UInt8] {
        var inside = (old: 0, new: 0)
        for line in lines[hunk] {
            switch line {
            case .same: inside = (inside.old + 1, inside.new + 1)
            case .gone: inside.old += 1
            case .new: inside.new += 1
            }
        }
        defer { above = (above.old + inside.old, above.new + inside.new) }
        // Of no lines, the line before them is named.
        func place(_ start: Int, _ count: Int) -> String { "\(count == 0 ? start : start + 1),\(count)" }
        var bytes = Array(
            "@@ -\(place(above.old, inside.old)) +\(place(above.new, inside.new)) @@\n".utf8)
        for line in lines[hunk] {
            let (mark, text): (String, ArraySlice<UInt8>) =
                switch line {
                case .same(let text): (" ", text)
                case .gone(let text): ("-", text)
                case .new(let text): ("+", text)
                }
            bytes += Array(mark.utf8) + text
            if text.last != UInt8(ascii: "\n") { bytes += Array("\n\\ No newline at end of file\n".utf8) }
        }
        return bytes
    }

    /// A name that holds a quote, a backslash or a control character is quoted as in C; so is one beyond ASCII.
    private static func quoted(_ path: String) -> String {
        let isPlain = path.utf8.allSatisfy {
            $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        if isPlain { return path }
        var text = "\""
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "\""): text += "\\\""
            case UInt8(ascii: "\\"): text += "\\\\"
            case 0x20..<0x7F: text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 8)
                text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            }
        }
        return text + "\""
    }
}
