/// What stands in a file, or between the braces of a block.
package struct HCLBody: Sendable {
    package internal(set) var attributes: [HCLAttribute] = []
    package internal(set) var blocks: [HCLBlock] = []

    package init() {}

    package subscript(name: String) -> HCLExpression? { attributes.first { $0.name == name }?.value }
}

/// `name = value`.
package struct HCLAttribute: Sendable {
    package let name: String
    /// Where the name stands, in bytes of the file.
    package let range: Range<Int>
    package let value: HCLExpression
}

/// `type "label" { … }`.
package struct HCLBlock: Sendable {
    package let type: String
    package let labels: [String]
    /// From its type to its opening brace, in bytes of the file.
    package let range: Range<Int>
    package let body: HCLBody
}
