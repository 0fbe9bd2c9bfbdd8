internal import SourceText

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
        let (old, new) = (split(before)[...], split(after)[...])
        var lines: [Line] = []
        var (left, right) = (0, 0)
        for (oldIndex, newIndex) in anchors(in: old, new) + [(old.endIndex, new.endIndex)] {
            lines += difference(old[left..<oldIndex], new[right..<newIndex])
            if oldIndex < old.endIndex { lines.append(.same(old[oldIndex])) }
            (left, right) = (oldIndex + 1, newIndex + 1)
        }
        return lines
    }

    /// Lines that stand once in either file, as many as are in one order in both ("patience diff"): what is between two of
    /// them is compared by itself.
    private static func anchors(
        in old: ArraySlice<ArraySlice<UInt8>>, _ new: ArraySlice<ArraySlice<UInt8>>
    ) -> [(old: Int, new: Int)] {
        func places(_ lines: ArraySlice<ArraySlice<UInt8>>) -> [ArraySlice<UInt8>: Int] {
            Dictionary(zip(lines, lines.indices).map { ($0, $1) }, uniquingKeysWith: { _, _ in -1 })
        }
        let newPlaces = places(new)
        let pairs = places(old).compactMap { line, place -> (old: Int, new: Int)? in
            guard place >= 0, let other = newPlaces[line], other >= 0 else { return nil }
            return (place, other)
        }.sorted { $0.old < $1.old }
        // The longest rising sequence: the smallest end of those of each length, and what is before it.
        var ends: [Int] = []
        var before: [Int?] = []
        for (index, pair) in pairs.enumerated() {
            let length = ends.partitioningIndex { pairs[$0].new > pair.new }
            before.append(length == 0 ? nil : ends[length - 1])
            if length == ends.count { ends.append(index) } else { ends[length] = index }
        }
        var chain: [(old: Int, new: Int)] = []
        var next = ends.last
        while let index = next {
            chain.append(pairs[index])
            next = before[index]
        }
        return chain.reversed()
    }

    /// The most lines whose shortest difference is looked for, which takes the square of them; more are replaced as a whole.
    private static var comparedLines: Int { 100 }

    private static func difference(
        _ old: ArraySlice<ArraySlice<UInt8>>, _ new: ArraySlice<ArraySlice<UInt8>>
    ) -> [Line] {
        let head = zip(old, new).prefix { $0 == $1 }.count
        let (oldRest, newRest) = (old.dropFirst(head), new.dropFirst(head))
        let tail = zip(oldRest.reversed(), newRest.reversed()).prefix { $0 == $1 }.count
        let between = middle(Array(oldRest.dropLast(tail)), Array(newRest.dropLast(tail)))
        return old.prefix(head).map(Line.same) + between + oldRest.suffix(tail).map(Line.same)
    }

    private static func middle(_ old: [ArraySlice<UInt8>], _ new: [ArraySlice<UInt8>]) -> [Line] {
        guard old.count + new.count <= comparedLines, !Set(old).isDisjoint(with: new) else {
            return old.map(Line.gone) + new.map(Line.new)
        }
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

    /// - Parameter above: how many lines are above the hunk in either file; those of the hunk are added.
    private static func text(
        of hunk: Range<Int>, in lines: [Line], above: inout (old: Int, new: Int)
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
