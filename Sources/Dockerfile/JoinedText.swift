import SourceText

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

    /// The file itself where the text is one unchanged part of it, so that it takes no memory of its own.
    private var storage: [UInt8]
    /// The text, as offsets in `storage`.
    private var bounds: Range<Int>
    /// Where the bytes of `storage` came from, in rising order of both offsets; nil where it is the file.
    private var origins: [Piece]?

    /// - Parameter pieces: in rising order of both offsets; the first has `joined` 0 unless `bytes` is empty.
    package init(bytes: [UInt8] = [], pieces: [Piece] = []) {
        storage = bytes
        bounds = 0..<bytes.count
        origins = pieces
    }

    package var count: Int { bounds.count }
    package var isEmpty: Bool { bounds.isEmpty }

    /// A copy of the text; worth keeping where it is read often.
    package var bytes: [UInt8] {
        bounds == 0..<storage.count ? storage : Array(storage[bounds])
    }

    /// In rising order of both offsets; the first has `joined` 0 unless the text is empty.
    package var pieces: [Piece] {
        guard !isEmpty else { return [] }
        let start = bounds.lowerBound
        guard let origins else { return [Piece(joined: 0, source: start)] }
        if bounds == 0..<storage.count { return origins }
        return [Piece(joined: 0, source: sourceOffset(0))]
            + origins.lazy.filter { $0.joined > start && $0.joined < bounds.upperBound }
            .map { Piece(joined: $0.joined - start, source: $0.source) }
    }

    /// The byte at an offset of the text.
    subscript(offset: Int) -> UInt8 { storage[bounds.lowerBound + offset] }

    /// Adds bytes of the file at the end.
    mutating func append(_ range: Range<Int>, of source: [UInt8]) {
        guard !range.isEmpty else { return }
        if isEmpty {
            (storage, bounds, origins) = (source, range, nil)
            return
        }
        let goesOn = sourceOffset(count) == range.lowerBound
        if goesOn, origins == nil {
            bounds = bounds.lowerBound..<range.upperBound
            return
        }
        if origins == nil || bounds != 0..<storage.count { (storage, origins) = (bytes, pieces) }
        if !goesOn { origins?.append(Piece(joined: storage.count, source: range.lowerBound)) }
        storage.append(contentsOf: source[range])
        bounds = 0..<storage.count
    }

    /// - Parameter offset: an offset in `bytes`.
    /// - Returns: the offset in the file of the byte that stands there (for the end: one past the last byte's).
    package func sourceOffset(_ offset: Int) -> Int {
        let offset = bounds.lowerBound + offset
        guard let origins else { return offset }
        if origins.isEmpty { return 0 }
        let origin = origins[max(0, origins.partitioningIndex { $0.joined > offset } - 1)]
        return origin.source + (offset - origin.joined)
    }

    /// - Parameter range: a range of `bytes`.
    /// - Returns: the range in the file from its first to its last byte; for an empty one, the place behind the byte
    ///   before it.
    package func sourceRange(_ range: Range<Int>) -> Range<Int> {
        if range.isEmpty {
            let place = range.lowerBound > 0 ? sourceOffset(range.lowerBound - 1) + 1 : sourceOffset(0)
            return place..<place
        }
        return sourceOffset(range.lowerBound)..<sourceOffset(range.upperBound - 1) + 1
    }

    /// - Parameter range: a range of `bytes`.
    /// - Returns: that part alone.
    package func slice(_ range: Range<Int>) -> JoinedText {
        guard !range.isEmpty else { return JoinedText() }
        var slice = self
        slice.bounds = bounds.lowerBound + range.lowerBound..<bounds.lowerBound + range.upperBound
        return slice
    }

    package var text: String { String(decoding: storage[bounds], as: UTF8.self) }
}
