/// Why a text is no JSON that we read.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, as part of a sentence, such as `duplicate key "a"`.
    package let message: String
    /// From 1.
    package let line: Int
    /// From 1, in Unicode code points.
    package let column: Int

    package init(message: String, line: Int, column: Int) {
        self.message = message
        self.line = line
        self.column = column
    }

    init(_ message: String, at offset: Int, in bytes: [UInt8]) {
        var line = 1
        var column = 1
        for byte in bytes[..<min(offset, bytes.count)] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.init(message: message, line: line, column: column)
    }

    package var description: String { "line \(line), column \(column): \(message)" }
}
