import Diagnostics
import Dockerfile

/// Replacing marked pieces of a text that keeps its way back to the file.
enum TemplateText {
    /// - Parameter value: of what stands between the marks; nil becomes `${_}`, which no shell sets to anything known.
    ///   So does everything where the budget is spent.
    static func replacing(
        _ text: JoinedText, open: String, close: String, work: inout WorkBudget,
        value: (String) -> String?
    ) -> JoinedText {
        let open = Array(open.utf8)
        let close = Array(close.utf8)
        let source = text.bytes
        let sourcePieces = text.pieces
        var bytes: [UInt8] = []
        var pieces: [JoinedText.Piece] = []
        var index = 0
        // Where the pieces of the text begin, they begin in the result.
        var next = 0
        // Up to here there is no closing mark.
        var openUntil = 0
        func addPiece(_ offset: Int) {
            let piece = JoinedText.Piece(joined: bytes.count, source: text.sourceOffset(offset))
            if pieces.last?.joined == piece.joined { pieces.removeLast() }
            pieces.append(piece)
        }
        while index < source.count {
            while next < sourcePieces.count, sourcePieces[next].joined <= index {
                addPiece(index)
                next += 1
            }
            var end: Int?
            if index >= openUntil, source[index] == open[0], source[index...].starts(with: open) {
                (end, openUntil) = firstOffset(of: close, in: source, from: index + open.count)
            }
            if let end {
                let inside = String(decoding: source[(index + open.count)..<end], as: UTF8.self)
                let value = work.isSpent ? nil : value(inside)
                bytes += Array((value.flatMap { work.spend($0.utf8.count + 1) ? $0 : nil } ?? "${_}").utf8)
                index = end + close.count
                while next < sourcePieces.count, sourcePieces[next].joined <= index { next += 1 }
                if index < source.count { addPiece(index) }
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return JoinedText(bytes: bytes, pieces: pieces)
    }

    /// - Returns: where a mark stands in the rest of a line, and where the search has ended.
    private static func firstOffset(
        of needle: [UInt8], in bytes: [UInt8], from start: Int
    ) -> (found: Int?, end: Int) {
        var index = start
        while index + needle.count <= bytes.count {
            if bytes[index] == needle[0], bytes[index...].starts(with: needle) { return (index, index) }
            if bytes[index] == 0x0A { return (nil, index) }
            index += 1
        }
        return (nil, bytes.count)
    }
}
