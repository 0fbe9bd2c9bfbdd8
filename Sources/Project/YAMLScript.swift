import Dockerfile
import SourceText

extension YAML {
    /// The text of a scalar as shell, with the way back to the file: each line of the file gives a piece.
    /// - Parameter source: the file that the value was read from.
    func script(in source: SourceText) -> JoinedText? {
        script(in: source, expanding: { _ in nil })?.text
    }

    /// The same with the values of expressions of GitHub, as variables of the shell.
    /// - Parameter expand: what `${{ … }}` stands for; nil where that is not known.
    func script(
        in source: SourceText, expanding expand: (String) -> String?
    ) -> (text: JoinedText, values: [String: String])? {
        guard let text = string else { return nil }
        var content = Array(text.utf8)
        let values = Self.maskExpressions(&content, expand)
        var pieces: [JoinedText.Piece] = []
        var cursor = 0
        let isBlock = text.utf8.contains(0x0A) || isBlockScalar
        var number = isBlock && isBlockScalar ? line + 1 : line
        var isFirst = !isBlockScalar
        let original = Array(text.utf8)
        while cursor < original.count, number <= source.lineCount {
            let range = source.bytes(ofLine: number)
            var start = range.lowerBound
            if isFirst {
                start = max(start, min(offset, range.upperBound))
                if style == .quoted { start = min(start + 1, range.upperBound) }
                isFirst = false
            }
            // Folding takes blanks and newlines between lines; what remains of a line is in the value as it stands.
            while cursor < original.count, original[cursor] <= 0x20 { cursor += 1 }
            while start < range.upperBound, source.bytes[start] <= 0x20 { start += 1 }
            if start < range.upperBound, cursor < original.count {
                guard source.bytes[start] == original[cursor] else { break }
                pieces.append(JoinedText.Piece(joined: cursor, source: start))
                var index = start
                while index < range.upperBound, cursor < original.count,
                    source.bytes[index] == original[cursor]
                {
                    index += 1
                    cursor += 1
                }
            }
            number += 1
        }
        if pieces.first?.joined != 0 {
            let offset = source.lineStarts[min(max(line, 1), source.lineCount) - 1]
            pieces.insert(JoinedText.Piece(joined: 0, source: pieces.first?.source ?? offset), at: 0)
        }
        return (JoinedText(bytes: content, pieces: pieces), values)
    }

    /// The value's place in its file, in bytes; of what takes several lines the first.
    func bytes(in source: SourceText) -> Range<Int> {
        let start = min(offset, source.bytes.count)
        var end = max(start, source.bytes(ofLine: source.line(at: start)).upperBound)
        if case .scalar(let text, let style) = value, style == .plain || style == .quoted {
            let written = Array(text.utf8)
            let quote = style == .quoted ? 1 : 0
            if source.bytes[min(start + quote, end)..<end].starts(with: written) {
                end = min(start + written.count + 2 * quote, end)
            }
        }
        while end > start, source.bytes[end - 1] <= 0x20 { end -= 1 }
        return start..<end
    }

    private var style: Style? {
        if case .scalar(_, let style) = value { style } else { nil }
    }

    /// `|`: each line of the text is one of the file.
    var isLiteral: Bool { style == .literal }

    private var isBlockScalar: Bool { style == .literal || style == .folded }

    /// `${{ … }}` of GitHub becomes a variable of the same length: one that nothing sets, where its value is not known.
    /// - Returns: the variables that have values.
    private static func maskExpressions(
        _ bytes: inout [UInt8], _ expand: (String) -> String?
    ) -> [String: String] {
        var values: [String: String] = [:]
        var index = 0
        while index + 4 < bytes.count {
            guard bytes[index] == UInt8(ascii: "$"), bytes[index + 1] == UInt8(ascii: "{"),
                bytes[index + 2] == UInt8(ascii: "{")
            else {
                index += 1
                continue
            }
            var end = index + 3
            while end + 1 < bytes.count,
                bytes[end] != UInt8(ascii: "}") || bytes[end + 1] != UInt8(ascii: "}")
            {
                end += 1
            }
            guard end + 1 < bytes.count else { return values }
            let value = expand(String(decoding: bytes[index..<(end + 2)], as: UTF8.self))
            for inside in (index + 2)...end { bytes[inside] = UInt8(ascii: "_") }
            if let value {
                let number = Array("\(values.count)".utf8)
                if number.count < end - index - 2 {
                    bytes.replaceSubrange((end + 1 - number.count)...end, with: number)
                    values[String(decoding: bytes[(index + 2)...end], as: UTF8.self)] = value
                }
            }
            index = end + 2
        }
        return values
    }
}
