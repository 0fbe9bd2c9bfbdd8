/// A release of Docker's Dockerfile frontend (`docker/dockerfile:1.7`).
package struct FrontendVersion: Comparable, Sendable, CustomStringConvertible {
    package let major: Int
    package let minor: Int

    package init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// - Parameter text: `1.7`; a patch number is allowed and has no meaning here.
    package init?(_ text: some StringProtocol) {
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard (2...3).contains(numbers.count), !numbers.contains(nil) else { return nil }
        self.init(numbers[0]!, numbers[1]!)
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
    package var description: String { "\(major).\(minor)" }

    /// The first Docker Engine that brings this frontend, for people; from the `dockerfile/*` tags that moby/moby's
    /// releases vendor.
    package var engine: String {
        let engines: [(FrontendVersion, String)] = [
            (Self(1, 2), "20.10"), (Self(1, 4), "23.0"), (Self(1, 5), "24.0"), (Self(1, 6), "25.0"),
            (Self(1, 7), "26.0"), (Self(1, 8), "27.0"), (Self(1, 9), "27.1"), (Self(1, 10), "27.3"),
            (Self(1, 11), "27.4"), (Self(1, 12), "27.5"), (Self(1, 14), "28.0"), (Self(1, 15), "28.1"),
            (Self(1, 16), "28.2"), (Self(1, 17), "28.3"), (Self(1, 18), "28.4"), (Self(1, 19), "28.5"),
            (Self(1, 20), "29.1"), (Self(1, 21), "29.2"), (Self(1, 26), "29.7"),
        ]
        return engines.first { $0.0 >= self }?.1 ?? "a newer one"
    }
}
