#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

extension UnsafeBufferPointer<UInt8> {
    /// Whether the bytes stand somewhere in the buffer.
    func contains(_ needle: [UInt8]) -> Bool {
        guard let base = baseAddress, let first = needle.first else { return false }
        var start = 0
        while start + needle.count <= count,
            let found = memchr(base + start, Int32(first), count - start - needle.count + 1)
        {
            let candidate = found.assumingMemoryBound(to: UInt8.self)
            if memcmp(candidate, needle, needle.count) == 0 { return true }
            start = UnsafePointer(candidate) - base + 1
        }
        return false
    }
}

extension [UInt8] {
    /// Whether a text stands somewhere in the bytes.
    func holds(_ text: String) -> Bool {
        let needle = Array(text.utf8)
        return withUnsafeBufferPointer { $0.contains(needle) }
    }
}
