/// The bytes of one text file, with a line table.
///
/// Everything that points into a file does so with byte offsets into `bytes`; lines and columns are made only
/// when a person is to read them.
package struct SourceText: Sendable {
    /// The file's path relative to the project's root, as it is shown to people; `/` separates.
    package let path: String
    package let bytes: [UInt8]
    /// Offset of the first byte of each line; line 1 is at index 0. A final newline does not begin another line.
    package let lineStarts: [Int]
    /// How many bytes before each `stride` of them continue a character; empty where none does, as in most files: a column
    /// need not be counted.
    private let continuations: [Int]
    private static var stride: Int { 256 }

    /// Empty lines at the top that stand for those of the file that holds the text; 0 for a file.
    package let blankLines: Int

    package init(path: String, bytes: [UInt8], blankLines: Int = 0) {
        self.path = path
        self.blankLines = blankLines
        self.bytes = bytes
        var starts = [0]
        var all: UInt8 = 0
        for offset in bytes.indices {
            all |= bytes[offset]
            if bytes[offset] == UInt8(ascii: "\n"), offset + 1 < bytes.count { starts.append(offset + 1) }
        }
        lineStarts = starts
        continuations = all < 0x80 ? [] : Self.continuations(in: bytes)
    }

    private static func continuations(in bytes: [UInt8]) -> [Int] {
        var counts = [0]
        counts.reserveCapacity(bytes.count / stride + 1)
        for start in Swift.stride(from: 0, to: bytes.count, by: stride) {
            let part = bytes[start..<min(start + stride, bytes.count)]
            counts.append(counts[counts.count - 1] + part.count { $0 & 0xC0 == 0x80 })
        }
        return counts
    }

    /// How many of the bytes before an offset continue a character.
    private func continuations(before offset: Int) -> Int {
        if continuations.isEmpty { return 0 }
        let start = offset / Self.stride
        return continuations[start] + bytes[start * Self.stride..<offset].count { $0 & 0xC0 == 0x80 }
    }

    package init(path: String, text: String) {
        self.init(path: path, bytes: Array(text.utf8))
    }

    package var lineCount: Int { lineStarts.count }

    /// The line that holds a byte.
    /// - Parameter offset: a byte offset; past the end counts as the end.
    /// - Returns: the line's number, from 1.
    package func line(at offset: Int) -> Int {
        max(1, lineStarts.partitioningIndex { $0 > offset })
    }

    /// The bytes of one line without its `\n` or `\r\n`.
    /// - Parameter number: the line's number, from 1 to `lineCount`.
    package func bytes(ofLine number: Int) -> Range<Int> {
        let start = lineStarts[number - 1]
        var end = number < lineStarts.count ? lineStarts[number] : bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return start..<end
    }

    /// - Parameter offset: a byte offset; past the end counts as the end.
    /// - Returns: its line and column for people.
    package func position(at offset: Int) -> SourcePosition {
        let offset = min(max(offset, 0), bytes.count)
        let line = line(at: offset)
        let start = lineStarts[line - 1]
        let continued = continuations(before: offset) - continuations(before: start)
        return SourcePosition(line: line, column: offset - start - continued + 1)
    }

    package func range(of bytes: Range<Int>) -> SourceRange {
        SourceRange(start: position(at: bytes.lowerBound), end: position(at: bytes.upperBound))
    }

    /// Where a text stands at the end of a range, byte for byte. A text that was made of bytes which are not UTF-8 is
    /// longer than they are, and stands nowhere: offsets are never to be counted in it.
    package func range(of text: String, atEndOf range: Range<Int>) -> Range<Int>? {
        let wanted = Array(text.utf8)
        guard range.lowerBound >= 0, range.upperBound <= bytes.count, wanted.count <= range.count else {
            return nil
        }
        let place = range.upperBound - wanted.count..<range.upperBound
        return bytes[place].elementsEqual(wanted) ? place : nil
    }

    /// The text of a range; invalid UTF-8 becomes U+FFFD.
    package func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range.clamped(to: 0..<bytes.count)], as: UTF8.self)
    }
}
