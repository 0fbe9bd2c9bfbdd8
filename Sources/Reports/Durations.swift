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
    guard (0..<253_402_300_800_000).contains(time) else { return "" }
    let minutes = time / 60_000
    // Days since 1970-01-01 to the civil calendar, years counted from March.
    let days = minutes / 1440 + 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = Day(
        year: yearOfEra + era * 400 + (month > 9 ? 1 : 0), month: month > 9 ? month - 9 : month + 3,
        day: dayOfYear - (153 * month + 2) / 5 + 1)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(day) \(two(minutes / 60 % 24)):\(two(minutes % 60)) UTC"
}
