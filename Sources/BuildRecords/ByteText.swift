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

    /// Whether an ASCII text stands somewhere in the bytes.
    func contains(_ text: StaticString) -> Bool { lastPlace(of: text) != nil }

    /// Where an ASCII text begins that has no later one.
    func lastPlace(of text: StaticString, from start: Int = 0) -> Int? {
        var index = count - text.utf8CodeUnitCount
        while index >= start {
            if hasPrefix(text, at: index) { return index }
            index -= 1
        }
        return nil
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
