/// One pattern of an ignore file, as BuildKit reads the line.
package struct IgnorePattern: Sendable, Hashable {
    /// From 1.
    package let line: Int
    /// Where the pattern stands in the file, without blanks around it, with its `!`.
    package let range: Range<Int>
    /// The cleaned pattern, without `!` and without a leading `/`.
    package let text: String
    /// It begins with `!`: what it matches is brought back.
    package let isNegated: Bool

    package init(line: Int, range: Range<Int>, text: String, isNegated: Bool) {
        self.line = line
        self.range = range
        self.text = text
        self.isNegated = isNegated
    }
}

/// A line of an ignore file that cannot be used: nearly always one that ends the build.
package struct IgnoreProblem: Sendable, Hashable {
    /// From 1.
    package let line: Int
    package let range: Range<Int>
    /// What is wrong, as one sentence.
    package let message: String
    /// What to write instead, as one sentence.
    package let remedy: String
    /// This program reads no further; BuildKit may take the file.
    package let isLimit: Bool

    package init(line: Int, range: Range<Int>, message: String, remedy: String, isLimit: Bool = false) {
        self.line = line
        self.range = range
        self.message = message
        self.remedy = remedy
        self.isLimit = isLimit
    }
}
