extension Span<UInt8> {
    /// Whether the bytes from an index on begin with an ASCII text.
    func hasPrefix(_ text: StaticString, at start: Int = 0) -> Bool {
        guard start + text.utf8CodeUnitCount <= count else { return false }
        return text.withUTF8Buffer { buffer in
            for (index, byte) in buffer.enumerated() where self[start + index] != byte { return false }
            return true
        }
    }

    /// Whether the bytes from an index on are an ASCII text.
    func equals(_ text: StaticString, at start: Int = 0) -> Bool {
        count == start + text.utf8CodeUnitCount && hasPrefix(text, at: start)
    }

    /// The bytes from an index on as a text, cut to a length; what is no UTF-8 is replaced.
    func text(at start: Int = 0, limit: Int = .max) -> String {
        String(decoding: bytes(from: start, to: limit < count - start ? start + limit : count), as: UTF8.self)
    }

    func bytes(from start: Int, to end: Int) -> [UInt8] {
        guard start < end else { return [] }
        return extracting(start..<end).withUnsafeBufferPointer { Array($0) }
    }
}
