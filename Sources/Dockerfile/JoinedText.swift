/// A text put together from several pieces of the file, with the way back to them.
package struct JoinedText: Sendable {
    /// Where a run of unchanged bytes came from.
    package struct Piece: Sendable {
        /// Offset in `bytes`.
        package let joined: Int
        /// Offset in the file.
        package let source: Int

        package init(joined: Int, source: Int) {
            self.joined = joined
            self.source = source
        }
    }

    package private(set) var bytes: [UInt8]
    /// In rising order of both offsets; the first has `joined` 0 unless `bytes` is empty.
    package private(set) var pieces: [Piece]

    package init(bytes: [UInt8] = [], pieces: [Piece] = []) {
        self.bytes = bytes
        self.pieces = pieces
    }

    /// Adds bytes of the file at the end.
    mutating func append(_ range: Range<Int>, of source: [UInt8]) {
        guard !range.isEmpty else { return }
        if sourceOffset(bytes.count) != range.lowerBound || pieces.isEmpty {
            pieces.append(Piece(joined: bytes.count, source: range.lowerBound))
        }
        bytes.append(contentsOf: source[range])
    }

    /// - Parameter offset: an offset in `bytes`.
    /// - Returns: the offset in the file of the byte that stands there (for the end: one past the last byte's).
    package func sourceOffset(_ offset: Int) -> Int {
        var low = 0
        var high = pieces.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if pieces[middle].joined <= offset { low = middle } else { high = middle }
        }
        guard let piece = pieces.isEmpty ? nil : pieces[low] else { return 0 }
        return piece.source + (offset - piece.joined)
    }

    /// - Parameter range: a range of `bytes`.
    /// - Returns: the range in the file from its first to its last byte; for an empty one, the place behind the byte
    ///   before it.
    package func sourceRange(_ range: Range<Int>) -> Range<Int> {
        if range.isEmpty {
            let place = range.lowerBound > 0 ? sourceOffset(range.lowerBound - 1) + 1 : sourceOffset(0)
            return place..<place
        }
        let start = sourceOffset(range.lowerBound)
        if pieces.count == 1 { return start..<start + range.count }
        return start..<sourceOffset(range.upperBound - 1) + 1
    }

    /// - Parameter range: a range of `bytes`.
    /// - Returns: that part alone.
    package func slice(_ range: Range<Int>) -> JoinedText {
        if range == 0..<bytes.count { return self }
        guard !range.isEmpty else { return JoinedText() }
        var part = [Piece(joined: 0, source: sourceOffset(range.lowerBound))]
        for piece in pieces where piece.joined > range.lowerBound && piece.joined < range.upperBound {
            part.append(Piece(joined: piece.joined - range.lowerBound, source: piece.source))
        }
        return JoinedText(bytes: Array(bytes[range]), pieces: part)
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }
}
