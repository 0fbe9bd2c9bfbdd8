internal import Diagnostics

/// A time of day at the start of some bytes, as builders and CI systems write it.
struct Timestamp {
    /// Since 1970; without a date, since midnight.
    let microseconds: Int
    /// Where the bytes after it begin.
    let end: Int

    /// `2026-11-29T07:26:24.244Z`, also with a blank in place of the T, without a fraction, and with a zone.
    /// - Returns: nil for another form.
    init?(_ bytes: Span<UInt8>, at start: Int = 0) {
        guard bytes.count >= start + 19,
            let year = Self.number(bytes, start, 4, ends: UInt8(ascii: "-")),
            let month = Self.number(bytes, start + 5, 2, ends: UInt8(ascii: "-")),
            let day = Self.number(bytes, start + 8, 2, ends: nil),
            bytes[start + 10] == UInt8(ascii: "T") || bytes[start + 10] == UInt8(ascii: " "),
            (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day),
            let clock = Self.clock(bytes, at: start + 11)
        else { return nil }
        let days = Day(year: year, month: month, day: day).daysSince1970
        var end = clock.end
        var offset = 0
        if end < bytes.count, bytes[end] == UInt8(ascii: "Z") {
            end += 1
        } else if end + 6 <= bytes.count, bytes[end] == UInt8(ascii: "+") || bytes[end] == UInt8(ascii: "-"),
            let hours = Self.number(bytes, end + 1, 2, ends: UInt8(ascii: ":")),
            let minutes = Self.number(bytes, end + 4, 2, ends: nil)
        {
            offset = (hours * 60 + minutes) * (bytes[end] == UInt8(ascii: "+") ? 60 : -60)
            end += 6
        }
        microseconds = (days * 86_400 - offset) * 1_000_000 + clock.microseconds
        self.end = end
    }

    /// `12:00:07`, of no day that is told.
    init?(clock bytes: Span<UInt8>, at start: Int = 0) {
        guard let clock = Self.clock(bytes, at: start) else { return nil }
        (microseconds, end) = clock
    }

    /// - Parameter text: a whole time, and nothing else.
    /// - Returns: nil also for Go's zero time.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let time = Timestamp(bytes.span), time.end == bytes.count else { return nil }
        self = time
    }

    private static func clock(_ bytes: Span<UInt8>, at start: Int) -> (microseconds: Int, end: Int)? {
        guard bytes.count >= start + 8, let hours = number(bytes, start, 2, ends: UInt8(ascii: ":")),
            let minutes = number(bytes, start + 3, 2, ends: UInt8(ascii: ":")),
            let seconds = number(bytes, start + 6, 2, ends: nil), hours < 24, minutes < 60, seconds <= 60
        else { return nil }
        var end = start + 8
        var fraction = 0
        if end + 1 < bytes.count, bytes[end] == UInt8(ascii: ".") || bytes[end] == UInt8(ascii: ","),
            isDigit(bytes[end + 1])
        {
            end += 1
            var unit = 100_000
            while end < bytes.count, isDigit(bytes[end]) {
                fraction += Int(bytes[end] - 0x30) * unit
                unit /= 10
                end += 1
            }
        }
        return ((hours * 3600 + minutes * 60 + seconds) * 1_000_000 + fraction, end)
    }

    /// - Parameter ends: the byte that must follow.
    private static func number(_ bytes: Span<UInt8>, _ start: Int, _ digits: Int, ends: UInt8?) -> Int? {
        guard start + digits + (ends == nil ? 0 : 1) <= bytes.count else { return nil }
        var value = 0
        for index in start..<start + digits {
            guard isDigit(bytes[index]) else { return nil }
            value = value * 10 + Int(bytes[index] - 0x30)
        }
        return ends == nil || bytes[start + digits] == ends ? value : nil
    }
}

func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
