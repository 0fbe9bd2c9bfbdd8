/// The version of an engine, a client or a plugin: `28.5.2+dfsg4`, `v0.13.1`, `20.10.24`.
package struct ToolVersion: Comparable, Hashable, Sendable, CustomStringConvertible {
    package let major: Int
    package let minor: Int
    package let patch: Int

    package init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// - Parameter text: what follows the third number (`-rc.1`, `+dfsg4`) has no meaning here.
    /// - Returns: nil for `v0.0.0+unknown`, which a build from sources calls itself, and for what is no version.
    package init?(_ text: String) {
        let numbers = text.drop { $0 == "v" }.prefix { $0 == "." || $0.isASCII && $0.isNumber }
            .split(separator: ".").map { Int($0) }
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        self.init(major, minor, numbers.count > 2 ? numbers[2] ?? 0 : 0)
        if self == ToolVersion(0, 0) { return nil }
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    package var description: String { "\(major).\(minor).\(patch)" }
}
