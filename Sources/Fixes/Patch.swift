/// A change of one file as `git apply` takes it.
///
/// Source: git's documentation, diff-format ("Generating patch text with -p") and git-apply; unquoted names and the
/// C-style quoting of others are told in diff-generate-patch.
package struct Patch: Sendable {
    package let bytes: [UInt8]

    private static let contextLines = 3

    /// A line of the file on both sides, or of one of them.
    private enum Line {
        case same(ArraySlice<UInt8>)
        case gone(ArraySlice<UInt8>)
        case new(ArraySlice<UInt8>)
    }

    package init(of file: FixPlan.FixedFile) {
        let (old, new) = (Self.quoted("a/" + file.path), Self.quoted("b/" + file.path))
        var bytes = Array("diff --git \(old) \(new)\n".utf8)
        if file.before == nil { bytes += Array("new file mode 100644\n".utf8) }
        bytes += Array("--- \(file.before == nil ? "/dev/null" : old)\n+++ \(new)\n".utf8)
        let lines = Self.lines(from: file.before ?? [], to: file.after)
        for hunk in Self.hunks(lines) { bytes += Self.text(of: hunk, in: lines) }
        self.bytes = bytes
    }

    /// Lines with their ends.
    private static func split(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
            lines.append(bytes[start..<end])
            start = end
        }
        return lines
    }

    private static func lines(from before: [UInt8], to after: [UInt8]) -> [Line] {
        let (old, new) = (split(before), split(after))
        let difference = new.difference(from: old)
        let gone = Set(
            difference.removals.compactMap { if case .remove(let index, _, _) = $0 { index } else { nil } })
        let added = Set(
            difference.insertions.compactMap { if case .insert(let index, _, _) = $0 { index } else { nil } })
        var lines: [Line] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if left < old.count, gone.contains(left) {
                lines.append(.gone(old[left]))
                left += 1
            } else if right < new.count, added.contains(right) {
                lines.append(.new(new[right]))
                right += 1
            } else {
                lines.append(.same(old[left]))
                left += 1
                right += 1
            }
        }
        return lines
    }

    /// Ranges of lines with a change in them and what is around it.
    private static func hunks(_ lines: [Line]) -> [Range<Int>] {
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

    private static func text(of hunk: Range<Int>, in lines: [Line]) -> [UInt8] {
        func count(_ range: Range<Int>) -> (old: Int, new: Int) {
            lines[range].reduce((0, 0)) { counts, line in
                switch line {
                case .same: (counts.0 + 1, counts.1 + 1)
                case .gone: (counts.0 + 1, counts.1)
                case .new: (counts.0, counts.1 + 1)
                }
            }
        }
        let (above, inside) = (count(0..<hunk.lowerBound), count(hunk))
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
