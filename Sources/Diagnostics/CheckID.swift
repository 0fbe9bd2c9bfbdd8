/// A check's name: the problem that it finds, in kebab case, such as `apt-docker-clean`. Final once released.
package struct CheckID: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let name: String

    package init(_ name: String) { self.name = name }
    package init(stringLiteral name: String) { self.name = name }

    package var description: String { name }
    package static func < (left: Self, right: Self) -> Bool { left.name < right.name }
}
