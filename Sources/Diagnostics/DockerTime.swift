/// Reads a time as docker and BuildKit write it.
/// - Parameter text: `2026-11-24 02:44:06.95 +0000 UTC` or `2026-11-24T02:44:06.95Z`.
/// - Returns: milliseconds since 1970; nil for another form (`3 minutes ago`).
package func milliseconds(ofTime text: String) -> Int? {
    let numbers = text.prefix(19).split { "-: T".contains($0) }.map { Int($0) }
    guard numbers.count == 6, !numbers.contains(nil), text.hasSuffix("Z") || text.contains("+0000") else {
        return nil
    }
    let (year, month, day) = (numbers[0]!, numbers[1]!, numbers[2]!)
    guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
    let days = Day(year: year, month: month, day: day).daysSince1970
    let seconds = days * 86_400 + numbers[3]! * 3600 + numbers[4]! * 60 + numbers[5]!
    let fraction =
        text.dropFirst(19).first == "." ? text.dropFirst(20).prefix { $0.isASCII && $0.isNumber } : ""
    return seconds * 1000 + Int("\(fraction)000".prefix(3))!
}
