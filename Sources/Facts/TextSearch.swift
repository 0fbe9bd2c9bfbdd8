package import SourceText

extension SourceText {
    /// Whether a text stands anywhere in the file.
    package func holds(_ text: StaticString) -> Bool {
        bytes.withUnsafeBufferPointer { holdsText(text, in: $0) }
    }
}

extension String {
    /// `contains` for ASCII texts, byte by byte: the standard library's is made for grapheme clusters, and hundred times slower.
    package func holds(_ text: StaticString) -> Bool {
        utf8.withContiguousStorageIfAvailable { holdsText(text, in: $0) } ?? contains("\(text)")
    }
}

private func holdsText(_ text: StaticString, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let count = text.utf8CodeUnitCount
    guard count > 0, bytes.count >= count else { return count == 0 }
    let first = text.utf8Start[0]
    for start in 0...(bytes.count - count) where bytes[start] == first {
        var length = 1
        while length < count, bytes[start + length] == text.utf8Start[length] { length += 1 }
        if length == count { return true }
    }
    return false
}
