/// Why nothing could be read.
package struct RecordError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One sentence without its final dot, which says what to do where that is known.
    package let description: String

    package init(_ description: String) { self.description = description }
}
