internal import Diagnostics

/// `40 ms`, `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.
func formatted(milliseconds: Int) -> String {
    let seconds = milliseconds / 1000
    return switch milliseconds {
    case 1..<100: "\(milliseconds) ms"
    case ..<10_000: "\(seconds).\(milliseconds % 1000 / 100) s"
    case ..<120_000: "\(seconds) s"
    case ..<7_200_000: "\(seconds / 60) min \(seconds % 60) s"
    default: "\(seconds / 3600) h \(seconds / 60 % 60) min"
    }
}

/// `2026-11-28 14:02 UTC`.
/// - Parameter time: in milliseconds since 1970; what is before or after the years of four digits gives an empty text.
func formatted(time: Int) -> String {
    guard let day = day(ofMilliseconds: time) else { return "" }
    let minutes = time / 60_000
    return "\(day) \(padded(minutes / 60 % 24, 2)):\(padded(minutes % 60, 2)) UTC"
}

/// `2026-11-28T14:02:03.250Z` (RFC 3339).
/// - Parameter milliseconds: since 1970.
/// - Returns: nil before and after the years of four digits.
func timestamp(milliseconds: Int) -> String? {
    guard let day = day(ofMilliseconds: milliseconds) else { return nil }
    let seconds = milliseconds / 1000
    return
        "\(day)T\(padded(seconds / 3600 % 24, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))."
        + padded(milliseconds % 1000, 3) + "Z"
}

private func day(ofMilliseconds time: Int) -> Day? {
    guard (0..<253_402_300_800_000).contains(time) else { return nil }
    return Day(daysSince1970: time / 86_400_000)
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
