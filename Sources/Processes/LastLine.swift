/// The last line of a process, made by a signal handler: nothing is allocated, locked or retained.
struct LastLine {
    private let bytes: UnsafeMutablePointer<UInt8>
    private var count = 0
    private static let capacity = 2048

    /// Room for the longest line, which is never freed.
    init() { bytes = .allocate(capacity: Self.capacity) }

    mutating func add(_ text: StaticString) {
        for index in 0..<text.utf8CodeUnitCount { add(byte: text.utf8Start[index]) }
    }

    /// Text of a repository or of a library: what is not printable ASCII is escaped, and what could be taken for a
    /// workflow command.
    mutating func add(outside text: UnsafeBufferPointer<UInt8>, limit: Int = 300) {
        for index in 0..<min(text.count, limit) {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "\n"): add(byte: UInt8(ascii: " "))
            case UInt8(ascii: "#"), UInt8(ascii: "`"), UInt8(ascii: "\\"), 0..<0x20, 0x7F...:
                add("\\x")
                add(byte: digit(byte >> 4))
                add(byte: digit(byte & 15))
            default: add(byte: byte)
            }
        }
    }

    mutating func add(_ number: Int) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            add(byte: UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }

    /// What has been added, and a line feed.
    mutating func ended() -> UnsafeRawBufferPointer {
        if count == Self.capacity { count -= 1 }
        add(byte: UInt8(ascii: "\n"))
        return UnsafeRawBufferPointer(start: bytes, count: count)
    }

    private mutating func add(byte: UInt8) {
        guard count < Self.capacity else { return }
        bytes[count] = byte
        count += 1
    }

    private func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
