package import SourceText

/// A Dockerfile as written: every instruction with its exact bytes, nothing expanded.
///
/// Parsing never fails. What BuildKit would refuse is in `problems`, and the instruction that it concerns is kept
/// with an `.invalid` body, so that the rest of the file can still be examined.
package struct ParsedDockerfile: Sendable {
    package let source: SourceText
    /// The directives that take effect, in file order.
    package let directives: [ParserDirective]
    /// `\` or `` ` ``.
    package let escape: UInt8
    package let instructions: [Instruction]
    package let problems: [SyntaxProblem]

    package init(
        source: SourceText, directives: [ParserDirective], escape: UInt8, instructions: [Instruction],
        problems: [SyntaxProblem]
    ) {
        self.source = source
        self.directives = directives
        self.escape = escape
        self.instructions = instructions
        self.problems = problems
    }
}

/// `# syntax=…`, `# escape=…` or `# check=…` at the top of a Dockerfile.
package struct ParserDirective: Sendable {
    package enum Name: String, Sendable { case syntax, escape, check }

    package let name: Name
    /// The whole value as written, blanks at its ends removed.
    package let value: String
    /// The line without its terminator, in bytes.
    package let range: Range<Int>
    package let valueRange: Range<Int>

    package init(name: Name, value: String, range: Range<Int>, valueRange: Range<Int>) {
        self.name = name
        self.value = value
        self.range = range
        self.valueRange = valueRange
    }
}

/// Something that BuildKit would refuse.
package struct SyntaxProblem: Sendable {
    package let range: Range<Int>
    /// What is wrong, as BuildKit means it.
    package let message: String
    /// What to do about it.
    package let remedy: String

    package init(range: Range<Int>, message: String, remedy: String) {
        self.range = range
        self.message = message
        self.remedy = remedy
    }
}
