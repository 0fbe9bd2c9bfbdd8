package import Diagnostics

/// What `--profile` prints: how long each check took, all builds together; the slowest first.
package struct ProfileListing: Sendable {
    private let outcome: Outcome

    package init(_ outcome: Outcome) { self.outcome = outcome }

    package func text() -> String {
        let times = outcome.times.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let total = times.reduce(Duration.zero) { $0 + $1.value }
        return (times + [("all checks", total)].map { (CheckID($0.0), $0.1) })
            .map { "\(milliseconds($1)) ms  \(printable($0.name))\n" }.joined()
    }

    private func milliseconds(_ duration: Duration) -> String {
        let microseconds = duration / .microseconds(1)
        let hundredths = Int((microseconds / 10).rounded())
        let fraction = String(hundredths % 100)
        let text = "\(hundredths / 100).\(fraction.count < 2 ? "0" : "")\(fraction)"
        return String(repeating: " ", count: max(0, 9 - text.count)) + text
    }
}
