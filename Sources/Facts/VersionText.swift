/// A text that is a version with something around it: `3.12-slim`, `v22`.
package struct VersionText: Sendable, Hashable {
    /// Digits and dots: `3.12`.
    package let version: String
    /// `v`, or empty.
    package let prefix: String
    /// What follows: `-slim`.
    package let suffix: String

    /// - Returns: nil for a text that does not begin with a version.
    package init?(_ text: some StringProtocol) {
        prefix = text.hasPrefix("v") ? "v" : ""
        let rest = text.dropFirst(prefix.count)
        version = String(rest.prefix { ("0"..."9").contains($0) || $0 == "." })
        guard let first = version.first, first != "." else { return nil }
        suffix = String(rest.dropFirst(version.count))
    }

    /// Whether the other has the same around it, so that the versions may be compared.
    package func isAlike(_ other: VersionText) -> Bool { prefix == other.prefix && suffix == other.suffix }

    /// By numbers, so that 3.9 is older than 3.11.
    package func isOlder(than other: VersionText) -> Bool {
        numbers.lexicographicallyPrecedes(other.numbers)
    }

    private var numbers: [Int] { version.split(separator: ".").map { Int($0) ?? 0 } }
}
