/// The shell commands of a RUN (or of any other text that a POSIX shell runs), found without running anything.
package struct ShellScript: Sendable {
    /// Every simple command in the order of the text, those in subshells, branches, loops, functions, command
    /// substitutions and `sh -c '…'` included.
    package let commands: [ShellCommand]
    /// `X=1`, `export X=1`, `unset X` and `cd` on their own: what later commands of the same shell see.
    package let assignments: [ShellAssignment]
    /// False where a part was not understood (an open quote, too deep nesting): commands may be missing.
    package let isComplete: Bool

    package init(commands: [ShellCommand], assignments: [ShellAssignment], isComplete: Bool) {
        self.commands = commands
        self.assignments = assignments
        self.isComplete = isComplete
    }
}

/// One simple command. Wrappers that only run another command (`sudo`, `env`, `exec`, `time`, `nice`, `sh -c` …) are
/// taken off: `words[0]` is what really runs.
package struct ShellCommand: Sendable {
    /// Program and arguments, without assignments and redirections; never empty.
    package let words: [ShellWord]
    /// `X=1 cmd` and `env X=1 cmd`: set for this command only, in order.
    package let assignments: [ShellAssignment]
    /// From the first word, assignment or wrapper to the last word or redirection, in bytes of the file.
    package let range: Range<Int>
    /// The position in the script's order; compare with `ShellAssignment.order`.
    package let order: Int
    /// Whether it may be skipped: it stands in a branch, in a loop, in a function or after `||`. A command after `&&`
    /// is not conditional, because the build fails where it is skipped.
    package let isConditional: Bool
    /// What stands between the command before and this one in the same list; nil for the first.
    package let connector: Connector?
    /// Whom `sudo` or `su` run it as.
    package let user: User
    /// It runs in a shell of its own (`sh -c`, `su -c`, heredoc of another shell), or it is an argument of a wrapper:
    /// removing it takes more than removing its bytes.
    package let isWrapped: Bool

    package enum User: Sendable, Hashable {
        /// The step's own.
        case step
        /// As written: `root`, `app`, `1000`.
        case named(String)
        case unknown
    }

    /// `&&`, `;`, `|` … between two commands.
    package struct Connector: Sendable, Hashable {
        package enum Kind: String, Sendable {
            case and = "&&"
            case or = "||"
            case semicolon = ";"
            case newline = "\n"
            case pipe = "|"
            case background = "&"
        }

        package let kind: Kind
        /// In bytes of the file.
        package let range: Range<Int>

        package init(kind: Kind, range: Range<Int>) {
            self.kind = kind
            self.range = range
        }
    }

    package init(
        words: [ShellWord], assignments: [ShellAssignment], range: Range<Int>, order: Int,
        isConditional: Bool,
        connector: Connector?, user: User, isWrapped: Bool
    ) {
        self.words = words
        self.assignments = assignments
        self.range = range
        self.order = order
        self.isConditional = isConditional
        self.connector = connector
        self.user = user
        self.isWrapped = isWrapped
    }

    /// The program without its folder: `pip3` for `/usr/bin/pip3`; nil where a variable decides it.
    package var program: String? {
        guard let first = words.first, first.isLiteral else { return nil }
        guard let slash = first.text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return first.text }
        return String(first.text[first.text.index(after: slash)...])
    }

    package var arguments: ArraySlice<ShellWord> { words.dropFirst() }
}

/// A word of a shell command.
package struct ShellWord: Sendable, Hashable {
    package enum Part: Sendable, Hashable {
        case literal(String)
        /// `$X` or `${X}`.
        case variable(String)
        /// `~` at the start of a word.
        case home
        /// A command substitution, `${X%…}`, arithmetic …
        case unknown
    }

    /// Quotes and escapes taken off, where the word is literal; as written otherwise.
    package let text: String
    /// The pieces, where a variable, `~` or a substitution is among them; empty for a literal word.
    package let parts: [Part]
    /// An unquoted `*`, `?` or `[` is in it.
    package let hasGlob: Bool
    /// Quotes included, in bytes of the file.
    package let range: Range<Int>

    package init(text: String, parts: [Part] = [], hasGlob: Bool = false, range: Range<Int>) {
        self.text = text
        self.parts = parts
        self.hasGlob = hasGlob
        self.range = range
    }

    package var isLiteral: Bool { parts.isEmpty }
}

/// A variable that a script sets.
package struct ShellAssignment: Sendable {
    package let name: String
    /// nil for `unset`, and for values that cannot be told.
    package let value: ShellWord?
    package let isUnset: Bool
    /// Programs see it: `export`, or in front of a command.
    package let isExported: Bool
    /// It may not happen: it stands in a branch or a loop.
    package let isConditional: Bool
    /// The position in the script's order.
    package let order: Int
    /// Commands with an `order` in this range see it: the rest of its shell.
    package let scope: Range<Int>
    package let range: Range<Int>

    package init(
        name: String, value: ShellWord?, isUnset: Bool, isExported: Bool, isConditional: Bool, order: Int,
        scope: Range<Int>, range: Range<Int>
    ) {
        self.name = name
        self.value = value
        self.isUnset = isUnset
        self.isExported = isExported
        self.isConditional = isConditional
        self.order = order
        self.scope = scope
        self.range = range
    }
}
