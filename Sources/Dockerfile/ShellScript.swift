/// The shell commands of a RUN (or of any other text that a POSIX shell runs), found without running anything.
package struct ShellScript: Sendable {
    /// Every simple command in the order of the text, those in subshells, branches, loops, functions, command
    /// substitutions and `sh -c '…'` included.
    package internal(set) var commands: [ShellCommand] = []
    /// `X=1`, `export X=1`, `unset X` and loop variables: what later commands of the same shell see.
    package internal(set) var assignments: [ShellAssignment] = []
    /// False where a part was not understood (an open quote, too deep nesting): commands may be missing.
    package internal(set) var isComplete = true
    /// Where a limit ends the reading: `Limits.shellDepth`, or too many texts in texts (`sh -c "$(sh -c …)"`); in bytes
    /// of the file.
    package internal(set) var cutShort: Range<Int>?

    /// The orders of the commands that are `cd`.
    package internal(set) var folderChanges: [Int] = []

    /// A script without commands.
    package init() {}

    /// A script of which nothing is known.
    package static var unread: ShellScript {
        var script = ShellScript()
        script.isComplete = false
        return script
    }

    /// How many words its commands have, assignments and redirections counted as such.
    package var wordCount: Int {
        commands.reduce(assignments.count) {
            $0 + $1.words.count + $1.assignments.count + $1.redirections.count
        }
    }
}

/// One simple command. Wrappers that only run another command (`sudo`, `env`, `exec`, `time`, `nice`, `sh -c` …) are
/// taken off: `words[0]` is what really runs.
package struct ShellCommand: Sendable {
    /// Program and arguments, without assignments and redirections; never empty.
    package internal(set) var words: [ShellWord]
    /// `X=1 cmd` and `env X=1 cmd`: set for this command only, in order.
    package let assignments: [ShellAssignment]
    package let redirections: [Redirection]
    /// From the first word, assignment or wrapper to the last word or redirection, in bytes of the file.
    package let range: Range<Int>
    /// The index in `ShellScript.commands`; compare with `ShellAssignment.scope`.
    package internal(set) var order: Int
    /// Whether it may be skipped: it stands in a branch, a loop or a function, after `||`, or after a test and `&&`.
    /// Another command after `&&` is not conditional, because the build fails where it is skipped.
    package internal(set) var isConditional: Bool
    /// What it depends on, all of it; empty where it runs in any case.
    package let branches: [Branch]
    /// What stands before it in the same list; nil for the first.
    package internal(set) var before: Connector?
    /// What stands after it in the same list; nil for the last.
    package internal(set) var after: Connector?
    /// Whom `sudo` or `su` run it as.
    package let user: User
    /// It is the argument of a wrapper, or runs in a shell of its own (`sh -c`, a heredoc).
    package let isWrapped: Bool
    /// Words that cannot be seen follow the last one (`xargs`).
    package let hasUnseenArguments: Bool
    /// A wrapper puts something that cannot be seen in place of this, in each word (`xargs -I {}`).
    package let placeholder: String?

    /// One side of an `if`, or what stands behind `[ … ] &&`.
    package struct Branch: Sendable, Hashable {
        /// The `order` of the command that decides; nil where it is not one simple command, or not an `if`.
        package let test: Int?
        /// It is the side where the test is true.
        package let isTaken: Bool

        static let unknown = Branch(test: nil, isTaken: true)
    }

    package enum User: Sendable, Hashable {
        /// The step's own.
        case step
        /// As written: `root`, `app`, `1000`.
        case named(String)
        case unknown
    }

    /// `&&`, `;`, `|` … between two commands of one list.
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
        /// Where what stands before it ends, in the file.
        package let leftEnd: Int
        /// Where what stands after it begins, in the file.
        package internal(set) var rightStart: Int
    }

    /// `> file`, `2>> file`, `< file` …; heredocs are not among them.
    package struct Redirection: Sendable, Hashable {
        /// `>`, `>>`, `<`, `&>` …, without a descriptor.
        package let symbol: String
        package let target: ShellWord
    }

    /// The program without its folder: `pip3` for `/usr/bin/pip3` and `$VENV/bin/pip3`; nil where a variable decides it.
    package var program: String? {
        let first = words[0]
        guard first.isLiteral else {
            guard case .literal(let end)? = first.parts.last,
                let slash = end.utf8.lastIndex(of: UInt8(ascii: "/"))
            else { return nil }
            let name = end[end.utf8.index(after: slash)...]
            return name.isEmpty || first.hasGlob ? nil : String(name)
        }
        guard let slash = first.text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return first.text }
        return String(first.text[first.text.utf8.index(after: slash)...])
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
    /// An unquoted `*`, `?`, `[` or `{` is in it.
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
    /// The words that a loop gives it one after the other; empty for another variable, and where they cannot all be told.
    package var items: [ShellWord] = []
    /// Programs see it: `export`, or in front of a command. (One that the environment has already is seen in any case.)
    package let isExported: Bool
    /// It may not happen: it stands in a branch or a loop.
    package let isConditional: Bool
    /// The `order` of the commands that see it: the rest of its shell.
    package internal(set) var scope: Range<Int>
    package let range: Range<Int>
}
