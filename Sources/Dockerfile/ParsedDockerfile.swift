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
    /// In file order, at most `Limits.syntaxProblems`. Empty where a foreign frontend reads the file, whose language
    /// is not known here.
    package let problems: [SyntaxProblem]
    /// The `syntax` directive names a frontend other than `docker/dockerfile`; what stands in the file may then be
    /// right although BuildKit's own frontend would refuse it.
    package let usesForeignFrontend: Bool
    /// The file has more than is read (`Limits`): instructions are missing at its end.
    package let isCutShort: Bool
    /// Of the problems that are too many to tell, where the first stands; nil where all are told.
    package let firstUntold: Range<Int>?

    package init(
        source: SourceText, directives: [ParserDirective], escape: UInt8, instructions: [Instruction],
        problems: [SyntaxProblem], usesForeignFrontend: Bool = false, isCutShort: Bool = false,
        firstUntold: Range<Int>? = nil
    ) {
        self.isCutShort = isCutShort
        self.firstUntold = firstUntold
        self.usesForeignFrontend = usesForeignFrontend
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
package struct SyntaxProblem: Error, Sendable {
    package enum Kind: Sendable {
        /// The file as a whole: empty, no instruction, no stage, a line that is too long.
        case file
        case directive
        /// The instruction itself, its flags or its arguments.
        case instruction
        /// The value of a `RUN --mount`.
        case mount
        /// A `${…}` that BuildKit cannot expand, or that fails by itself (`${V:?}`).
        case expansion
        /// A target, a `FROM` or a `--from` that names something that is not there.
        case stage
        /// More than this program evaluates (`Limits`); BuildKit itself may take it.
        case limit
    }

    /// New text for a part of the file.
    package struct Replacement: Sendable, Hashable {
        package let range: Range<Int>
        package let text: String

        package init(range: Range<Int>, text: String) {
            self.range = range
            self.text = text
        }
    }

    package let kind: Kind
    package let range: Range<Int>
    /// What is wrong, as BuildKit means it.
    package let message: String
    /// What to do about it.
    package let remedy: String
    /// The remedy as an edit, where what was meant is certain.
    package let replacement: Replacement?

    package init(
        kind: Kind = .instruction, range: Range<Int>, message: String, remedy: String,
        replacement: Replacement? = nil
    ) {
        self.kind = kind
        self.range = range
        self.message = message
        self.remedy = remedy
        self.replacement = replacement
    }
}
