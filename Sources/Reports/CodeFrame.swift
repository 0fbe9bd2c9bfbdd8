import Diagnostics
import SourceText

/// The source line of a finding with a mark under the range, ready to print.
struct CodeFrame {
    /// Columns in which the source is shown.
    let width: Int
    /// Stands for what is cut off.
    let ellipsis: String

    /// - Parameters:
    ///   - range: where the finding is; a range over several lines is marked on its first.
    ///   - source: the file.
    /// - Returns: the line's number, its text as shown and the marks below it; nil where the file has no such line.
    func lines(for range: SourceRange, in source: SourceText) -> (number: Int, text: String, marks: String)? {
        guard range.start.line >= 1, range.start.line <= source.lineCount else { return nil }
        let bytes = source.bytes(ofLine: range.start.line)
        let endColumn = range.end.line == range.start.line ? range.end.column : Int.max
        let cells = cells(of: source.bytes[bytes], around: range.start.column, to: endColumn)
        guard !cells.isEmpty else { return nil }

        let first = cells.firstIndex { $0.column >= range.start.column } ?? cells.count
        let last = max(
            cells.firstIndex { $0.column >= endColumn } ?? cells.count, min(first + 1, cells.count))
        let window = visibleWindow(cells, marked: first..<last)

        var text = window.lowerBound > 0 || cells[0].column > 1 ? ellipsis : ""
        var marks = String(repeating: " ", count: text.count)
        for index in window {
            text += cells[index].text
            let mark = first..<last ~= index ? "^" : " "
            marks += String(repeating: mark, count: cells[index].width)
        }
        if first >= cells.count { marks += "^" }
        if window.upperBound < cells.count { text += ellipsis }
        while marks.last == " " { marks.removeLast() }
        return (range.start.line, text, marks)
    }

    /// One code point as it is shown.
    private struct Cell {
        let column: Int
        let text: String
        let width: Int
    }

    /// The line's code points as they are shown, as far as a frame can need them: a line may have 10 MB.
    private func cells(of line: ArraySlice<UInt8>, around start: Int, to end: Int) -> [Cell] {
        let firstColumn = max(1, start - width)
        let lastColumn = min(max(end, start), start + width) + width
        var cells: [Cell] = []
        var column = 0
        var shown = 0
        var decoder = line.makeIterator()
        var utf8 = UTF8()
        decoding: while column < lastColumn {
            let scalar: Unicode.Scalar
            switch utf8.decode(&decoder) {
            case .scalarValue(let value): scalar = value
            case .error: scalar = "\u{FFFD}"
            case .emptyInput: break decoding
            }
            column += 1
            guard column >= firstColumn else { continue }
            if scalar == "\t" {
                let tab = 4 - shown % 4
                cells.append(Cell(column: column, text: String(repeating: " ", count: tab), width: tab))
                shown += tab
            } else {
                let text = printable(String(scalar))
                let width = displayWidth(of: text)
                cells.append(Cell(column: column, text: text, width: width))
                shown += width
            }
        }
        return cells
    }

    /// Which cells fit, so that the marked ones' beginning is among them.
    private func visibleWindow(_ cells: [Cell], marked: Range<Int>) -> Range<Int> {
        let room = width - 2 * ellipsis.count
        guard cells.reduce(0, { $0 + $1.width }) > room else { return cells.indices }
        var start = min(marked.lowerBound, cells.count - 1)
        var end = start
        var used = 0
        while end < cells.count, used + cells[end].width <= room, end < marked.upperBound || used < room / 2 {
            used += cells[end].width
            end += 1
        }
        while start > 0, used + cells[start - 1].width <= room {
            start -= 1
            used += cells[start].width
        }
        while end < cells.count, used + cells[end].width <= room {
            used += cells[end].width
            end += 1
        }
        return start..<end
    }
}
