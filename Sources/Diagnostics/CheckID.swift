/// A check's name: the problem that it finds, in kebab case, such as `apt-docker-clean`. Final once released.
package struct CheckID: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let name: String

    package init(_ name: String) { self.name = name }

    /// - Returns: nil for what is not kebab case, or longer than 64 letters.
    package init?(validating name: String) {
        let isKebab = name.utf8.allSatisfy {
            $0 == UInt8(ascii: "-") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        guard isKebab, let first = name.utf8.first, first >= UInt8(ascii: "a"), name.utf8.count <= 64 else {
            return nil
        }
        self.name = name
    }

    package init(stringLiteral name: String) { self.name = name }

    package var description: String { name }
    package static func < (left: Self, right: Self) -> Bool { left.name < right.name }
}
