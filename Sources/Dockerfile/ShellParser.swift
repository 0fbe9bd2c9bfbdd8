import Diagnostics
import SourceText

extension ShellScript {
    /// Reads a text as a POSIX shell (or bash) would split it into commands.
    ///
    /// Never fails: what is not understood makes `isComplete` false. Time is linear in the text, depth is bounded by
    /// `Limits.shellDepth`.
    /// - Parameters:
    ///   - text: the command of a RUN in shell form, or the body of a heredoc script.
    ///   - heredocs: the bodies of `cmd <<EOF` where they are not in the text, in order.
    package init(parsing text: JoinedText, heredocs: [Heredoc] = []) {
        var parser = ShellParser(text: text, heredocs: heredocs)
        parser.parseAll(ShellParser.Context())
        self = parser.script
    }

    /// Reads the exec form: one command whose words are literal (`["sh", "-c", "…"]` is looked into).
    /// - Parameter words: the decoded elements of the array.
    package init(exec words: [Word]) {
        var parser = ShellParser(text: JoinedText(bytes: [], pieces: []))
        parser.addExec(words)
        self = parser.script
    }
}

/// Recursive descent over the bytes of one text. Reference: POSIX.1-2024, XCU 2 "Shell Command Language"; bash(1) for
/// `[[`, `((`, `$'…'`, `&>`, `<<<`, `<(…)` and `function`.
struct ShellParser {
    /// What the surrounding text says of a command.
    struct Context {
        var isConditional = false
        /// What it depends on whether the command runs.
        var branches: [ShellCommand.Branch] = []
        var isWrapped = false
        var user = ShellCommand.User.step
        var depth = 0
        /// `set -a` is on: every assignment is exported.
        var exportsAll = false
        /// As of `ShellCommand`.
        var placeholder: String?

        var deeper: Self {
            var inner = self
            inner.depth += 1
            return inner
        }

        var inBranch: Self { inBranches([.unknown]) }

        func inBranches(_ more: [ShellCommand.Branch]) -> Self {
            var inner = deeper
            inner.enter(more)
            return inner
        }

        mutating func enter(_ more: [ShellCommand.Branch]) {
            isConditional = true
            branches = branches.count + more.count > Limits.shellBranches ? [.unknown] : branches + more
        }
    }

    /// A word with its place in `bytes`.
    struct RawWord {
        let word: ShellWord
        let range: Range<Int>
    }

    struct PendingHeredoc {
        let delimiter: [UInt8]
        let chomps: Bool
        /// Set where a shell reads it as its commands.
        var script: Context?
    }

    let bytes: [UInt8]
    let pieces: [JoinedText.Piece]
    /// The piece that was used last: offsets mostly rise.
    var piece = 0
    var position = 0
    /// Where the last token ended.
    var lastEnd = 0
    var script = ShellScript()
    /// Bodies that stand outside of the text.
    var bodies: ArraySlice<Heredoc>
    var pending: [PendingHeredoc] = []
    /// Where every range points, for a text whose bytes cannot be mapped one by one.
    var fixedRange: Range<Int>?
    /// For texts in the text, in bytes: each level of `sh -c "$(…)"` is read as a part of its word, and again as the text
    /// that the shell gets.
    var budget: WorkBudget

    init(text: JoinedText, heredocs: [Heredoc] = []) {
        bytes = text.bytes
        pieces = text.pieces
        bodies = heredocs[...]
        let outside = heredocs.reduce(0) { $0 + $1.content.utf8.count }
        budget = WorkBudget((text.bytes.count + outside) * Limits.shellReadings)
    }

    // MARK: Lists

    /// Parses the whole text; what closes nothing is skipped.
    mutating func parseAll(_ context: Context) {
        let first = script.assignments.count
        while position < bytes.count {
            list(context)
            guard position < bytes.count else { break }
            script.isComplete = false
            if !skipCloser() { position += 1 }
        }
        closeScope(from: first)
    }

    /// One element of a list.
    struct Element {
        /// Index in `script.commands` where it is one simple command.
        var command: Int?
        /// It only tells true from false, so that what `&&` ties to it may be skipped.
        var isTest = false
    }

    /// Commands up to the end, a `)`, a `;;` or a word that closes a compound command; that one is left.
    mutating func list(_ context: Context) {
        guard !isTooDeep(context) else { return giveUp() }
        var context = context
        let (isConditional, branches) = (context.isConditional, context.branches)
        /// The tests before the command that `&&` ties to it.
        var tests: [ShellCommand.Branch] = []
        var connector: ShellCommand.Connector?
        var previous: Int?
        /// A test and `&&` stand before.
        var afterTest = false
        while true {
            skipBlank(newlines: true)
            guard position < bytes.count else { return }
            let byte = bytes[position]
            if byte == .closingParenthesis || closer() != nil { return }
            if byte == .semicolon || byte == .ampersand || byte == .pipe {
                if byte == .semicolon, peek(1) == .semicolon || peek(1) == .ampersand { return }
                if connector == nil || connector?.kind != .newline { script.isComplete = false }
                position += 1
                continue
            }
            let start = position
            let firstAssignment = script.assignments.count
            connector?.rightStart = source(start)
            (context.isConditional, context.branches) = (isConditional, branches)
            if afterTest || connector?.kind == .or {
                context.enter(connector?.kind == .or ? [.unknown] : tests)
            }
            let element = element(&context)
            if position == start {
                script.isComplete = false
                position += 1
                continue
            }
            if let command = element.command { script.commands[command].before = connector }
            if let previous, let connector { script.commands[previous].after = connector }
            if connector?.kind == .pipe { closeScope(from: firstAssignment) }

            let end = lastEnd
            skipBlank(newlines: false)
            connector = nil
            previous = element.command
            guard let kind = connectorKind() else {
                afterTest = false
                continue
            }
            let at = position
            position += kind.rawValue.utf8.count
            if kind == .pipe, peek(0) == .ampersand { position += 1 }
            connector = ShellCommand.Connector(
                kind: kind, range: source(at..<position), leftEnd: sourceEnd(end), rightStart: 0)
            switch kind {
            case .and:
                if element.isTest {
                    afterTest = true
                    tests.append(ShellCommand.Branch(test: element.command, isTaken: true))
                }
            case .pipe: closeScope(from: firstAssignment)
            case .or, .semicolon, .newline, .background: afterTest = false
            }
            if !afterTest { tests = [] }
            if kind == .newline { readHeredocs() }
        }
    }

    func connectorKind() -> ShellCommand.Connector.Kind? {
        switch peek(0) {
        case .ampersand: peek(1) == .ampersand ? .and : .background
        case .pipe: peek(1) == .pipe ? .or : .pipe
        case .semicolon: peek(1) == .semicolon || peek(1) == .ampersand ? nil : .semicolon
        case .newline: .newline
        default: nil
        }
    }

    /// One command, simple or compound.
    mutating func element(_ context: inout Context) -> Element {
        if bytes[position] == .openingParenthesis {
            if peek(1) == .openingParenthesis { skipArithmetic() } else { subshell(context) }
            redirections(context)
            return Element()
        }
        guard let (word, length) = opener() else { return simpleCommand(&context) }
        position += length
        lastEnd = position
        switch word {
        case .bang:
            skipBlank(newlines: false)
            guard position < bytes.count, !isTooDeep(context) else { return Element() }
            context.depth += 1
            _ = element(&context)
            context.depth -= 1
            return Element(isTest: true)
        case .test:
            skipConditionalExpression(context)
            redirections(context)
            return Element(isTest: true)
        case .brace:
            list(context.deeper)
            expectCloser(.brace)
        case .if:
            var test = condition(context.deeper)
            expectCloser(.then)
            list(context.inBranches([ShellCommand.Branch(test: test, isTaken: true)]))
            var others: [ShellCommand.Branch] = []
            while let next = closer(), next.0 == .elif || next.0 == .else {
                _ = skipCloser()
                // A thousand of them are too many to carry along; none of them is known then.
                if others != [.unknown], others.count < Limits.shellBranches {
                    others.append(ShellCommand.Branch(test: test, isTaken: false))
                } else {
                    others = [.unknown]
                }
                if next.0 == .elif {
                    test = condition(context.inBranches(others))
                    expectCloser(.then)
                    list(context.inBranches(others + [ShellCommand.Branch(test: test, isTaken: true)]))
                } else {
                    list(context.inBranches(others))
                }
            }
            expectCloser(.fi)
        case .while:
            list(context.deeper)
            expectCloser(.do)
            list(context.inBranch)
            expectCloser(.done)
        case .for: forLoop(context)
        case .case: caseBranches(context)
        case .function:
            skipBlank(newlines: false)
            _ = self.word(context)
            functionBody(context)
            return Element()
        }
        redirections(context)
        return Element()
    }

    /// What stands between `if` and `then`.
    /// - Returns: the order of its command where it is one.
    mutating func condition(_ context: Context) -> Int? {
        let first = script.commands.count
        skipBlank(newlines: true)
        let isNegated = position < bytes.count && startsWord("!")
        list(context)
        guard !isNegated, script.commands.count == first + 1, script.commands[first].before == nil,
            script.commands[first].after?.kind != .background
        else { return nil }
        return first
    }

    mutating func subshell(_ context: Context) {
        position += 1
        let first = script.assignments.count
        list(context.deeper)
        closeScope(from: first)
        if peek(0) == .closingParenthesis {
            position += 1
            lastEnd = position
        } else {
            script.isComplete = false
        }
    }

    mutating func forLoop(_ context: Context) {
        var mayBeSkipped = true
        skipBlank(newlines: false)
        if peek(0) == .openingParenthesis, peek(1) == .openingParenthesis {
            skipArithmetic()
        } else {
            let name = word(context)
            var items: [ShellWord] = []
            skipBlank(newlines: true)
            if startsWord("in") {
                position += 2
                skipBlank(newlines: false)
                while position < bytes.count, let item = word(context) {
                    if item.word.isLiteral, !item.word.hasGlob { mayBeSkipped = false }
                    items.append(item.word)
                    skipBlank(newlines: false)
                }
            }
            if let name = name?.word, name.isLiteral {
                let isTold =
                    items.count <= Limits.loopItems && items.allSatisfy { $0.isLiteral && !$0.hasGlob }
                assign(name.text, items: isTold ? items : [], range: name.range, context)
            }
        }
        skipBlank(newlines: true)
        if peek(0) == .semicolon { position += 1 }
        skipBlank(newlines: true)
        expectCloser(.do)
        list(mayBeSkipped ? context.inBranch : context.deeper)
        expectCloser(.done)
    }

    mutating func caseBranches(_ context: Context) {
        skipBlank(newlines: false)
        _ = word(context)
        skipBlank(newlines: true)
        if startsWord("in") { position += 2 } else { script.isComplete = false }
        while true {
            skipBlank(newlines: true)
            guard position < bytes.count else {
                script.isComplete = false
                return
            }
            if let next = closer(), next.0 == .esac {
                _ = skipCloser()
                return
            }
            let start = position
            if peek(0) == .openingParenthesis { position += 1 }
            while position < bytes.count, bytes[position] != .closingParenthesis {
                let before = position
                skipBlank(newlines: true)
                _ = word(context)
                skipBlank(newlines: true)
                if peek(0) == .pipe { position += 1 }
                if position == before { break }
            }
            if peek(0) == .closingParenthesis { position += 1 } else { script.isComplete = false }
            list(context.inBranch)
            while peek(0) == .semicolon || peek(0) == .ampersand { position += 1 }
            if position == start { position += 1 }
        }
    }

    mutating func functionBody(_ context: Context) {
        skipBlank(newlines: false)
        if peek(0) == .openingParenthesis, peek(1) == .closingParenthesis { position += 2 }
        skipBlank(newlines: true)
        guard position < bytes.count else { return }
        guard !isTooDeep(context) else { return giveUp() }
        var body = context.inBranch
        _ = element(&body)
    }

    /// Whether what comes is nested too deep to be read; the script says so then.
    mutating func isTooDeep(_ context: Context) -> Bool {
        guard context.depth >= Limits.shellDepth else { return false }
        script.isComplete = false
        script.cutShort = script.cutShort ?? source(min(position, bytes.count)..<bytes.count)
        return true
    }

    /// Leaves the rest out.
    mutating func giveUp() {
        script.isComplete = false
        position = bytes.count
    }

}
