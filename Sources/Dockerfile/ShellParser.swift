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
    private struct RawWord {
        let word: ShellWord
        let range: Range<Int>
    }

    private struct PendingHeredoc {
        let delimiter: [UInt8]
        let chomps: Bool
        /// Set where a shell reads it as its commands.
        var script: Context?
    }

    private let bytes: [UInt8]
    private let pieces: [JoinedText.Piece]
    /// The piece that was used last: offsets mostly rise.
    private var piece = 0
    private var position = 0
    /// Where the last token ended.
    private var lastEnd = 0
    private(set) var script = ShellScript()
    /// Bodies that stand outside of the text.
    private var bodies: ArraySlice<Heredoc>
    private var pending: [PendingHeredoc] = []
    /// Where every range points, for a text whose bytes cannot be mapped one by one.
    private var fixedRange: Range<Int>?
    /// For texts in the text, in bytes: each level of `sh -c "$(…)"` is read as a part of its word, and again as the text
    /// that the shell gets.
    private var budget: WorkBudget

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
    private struct Element {
        /// Index in `script.commands` where it is one simple command.
        var command: Int?
        /// It only tells true from false, so that what `&&` ties to it may be skipped.
        var isTest = false
    }

    /// Commands up to the end, a `)`, a `;;` or a word that closes a compound command; that one is left.
    private mutating func list(_ context: Context) {
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

    private func connectorKind() -> ShellCommand.Connector.Kind? {
        switch peek(0) {
        case .ampersand: peek(1) == .ampersand ? .and : .background
        case .pipe: peek(1) == .pipe ? .or : .pipe
        case .semicolon: peek(1) == .semicolon || peek(1) == .ampersand ? nil : .semicolon
        case .newline: .newline
        default: nil
        }
    }

    /// One command, simple or compound.
    private mutating func element(_ context: inout Context) -> Element {
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
    private mutating func condition(_ context: Context) -> Int? {
        let first = script.commands.count
        skipBlank(newlines: true)
        let isNegated = position < bytes.count && startsWord("!")
        list(context)
        guard !isNegated, script.commands.count == first + 1, script.commands[first].before == nil,
            script.commands[first].after?.kind != .background
        else { return nil }
        return first
    }

    private mutating func subshell(_ context: Context) {
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

    private mutating func forLoop(_ context: Context) {
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

    private mutating func caseBranches(_ context: Context) {
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

    private mutating func functionBody(_ context: Context) {
        skipBlank(newlines: false)
        if peek(0) == .openingParenthesis, peek(1) == .closingParenthesis { position += 2 }
        skipBlank(newlines: true)
        guard position < bytes.count else { return }
        guard !isTooDeep(context) else { return giveUp() }
        var body = context.inBranch
        _ = element(&body)
    }

    /// Whether what comes is nested too deep to be read; the script says so then.
    private mutating func isTooDeep(_ context: Context) -> Bool {
        guard context.depth >= Limits.shellDepth else { return false }
        script.isComplete = false
        script.cutShort = script.cutShort ?? source(min(position, bytes.count)..<bytes.count)
        return true
    }

    /// Leaves the rest out.
    private mutating func giveUp() {
        script.isComplete = false
        position = bytes.count
    }

    // MARK: Simple commands

    /// A simple command whose wrappers are being taken off.
    private struct Draft {
        var words: ArraySlice<RawWord>
        var assignments: [ShellAssignment] = []
        var redirections: [ShellCommand.Redirection] = []
        /// Bodies of its heredocs that stand outside of the text.
        var bodies: [Heredoc] = []
        /// Indices in `pending` of those that follow in the text.
        var pending: Range<Int> = 0..<0
        var range: Range<Int>
        var context: Context
        var hasUnseenArguments = false
    }

    private mutating func simpleCommand(_ context: inout Context) -> Element {
        let start = position
        let firstPending = pending.count
        var words: [RawWord] = []
        var draft = Draft(words: [], range: 0..<0, context: context)
        while true {
            skipBlank(newlines: false)
            guard position < bytes.count else { break }
            if redirection(into: &draft) { continue }
            if bytes[position] == .openingParenthesis, peek(1) == .closingParenthesis, words.count == 1 {
                functionBody(context)
                return Element()
            }
            guard let word = word(context) else { break }
            if words.isEmpty,
                let assignment = assignment(word.word, at: word.range, isExported: true, context)
            {
                draft.assignments.append(assignment)
            } else {
                words.append(word)
            }
        }
        guard !words.isEmpty else {
            for assignment in draft.assignments {
                record(assignment, isExported: context.exportsAll)
            }
            return Element()
        }
        draft.words = words[...]
        draft.range = source(start..<max(start, lastEnd))
        draft.pending = min(firstPending, pending.count)..<pending.count
        return add(draft, &context)
    }

    /// Adds a command, its wrappers taken off.
    /// - Parameter shell: the state of the shell that runs it, which `set -a` changes.
    private mutating func add(_ draft: Draft, _ shell: inout Context) -> Element {
        var draft = draft
        var isTest = false
        var wrappers = draft.context
        wrappers.depth = 0
        unwrapping: while !isTooDeep(wrappers) {
            wrappers.depth += 1
            guard let first = draft.words.first?.word, first.isLiteral else { break }
            let program = first.text.lastPathComponent
            let arguments = draft.words.dropFirst()
            guard let inner = ShellWrapper.unwrap(program, arguments.map(\.word)) else {
                isTest = Self.tests.contains(program)
                break
            }
            switch inner.content {
            case .command(let at):
                var rest = arguments.dropFirst(at)
                var taken: [ShellAssignment] = []
                if inner.readsAssignments {
                    while let next = rest.first,
                        let assignment = assignment(next.word, at: next.range, isExported: true, shell)
                    {
                        taken.append(assignment)
                        rest = rest.dropFirst()
                    }
                }
                guard !rest.isEmpty else { break unwrapping }
                draft.words = rest
                draft.assignments += taken
                draft.hasUnseenArguments = draft.hasUnseenArguments || inner.appendsArguments
                if let placeholder = inner.placeholder { draft.context.placeholder = placeholder }
            case .text(let at):
                if let user = inner.user { draft.context.user = user }
                run(arguments[arguments.startIndex + at], of: draft)
                return Element()
            case .standardInput:
                if let user = inner.user { draft.context.user = user }
                let command = append(draft)
                runHeredocs(of: draft)
                return Element(command: command)
            }
            if let user = inner.user { draft.context.user = user }
            draft.context.isWrapped = true
        }
        changeShell(by: draft, &shell)
        return Element(command: append(draft), isTest: isTest)
    }

    /// Programs that are asked for their exit status.
    private static let tests: Set<String> = [
        "[", "test", "grep", "egrep", "fgrep", "which", "type", "hash", "command", "cmp", "diff", "false",
    ]

    private mutating func append(_ draft: Draft) -> Int {
        let order = script.commands.count
        if draft.words.first?.word.text == "cd" { script.folderChanges.append(order) }
        script.commands.append(
            ShellCommand(
                words: draft.words.map(\.word), assignments: draft.assignments,
                redirections: draft.redirections, range: draft.range, order: order,
                isConditional: draft.context.isConditional, branches: draft.context.branches, before: nil,
                after: nil, user: draft.context.user, isWrapped: draft.context.isWrapped,
                hasUnseenArguments: draft.hasUnseenArguments, placeholder: draft.context.placeholder))
        return order
    }

    /// Built-ins that change what later commands see.
    private mutating func changeShell(by draft: Draft, _ shell: inout Context) {
        guard let first = draft.words.first?.word, first.isLiteral else { return }
        let arguments = draft.words.dropFirst()
        switch first.text {
        case "export", "declare", "typeset", "readonly", "local":
            let isExported =
                first.text == "export" || shell.exportsAll
                || arguments.contains { $0.word.isOption && $0.word.text.utf8.contains(UInt8(ascii: "x")) }
            for argument in arguments {
                if let assignment = assignment(
                    argument.word, at: argument.range, isExported: isExported, draft.context)
                {
                    record(assignment, isExported: isExported)
                } else if isExported, argument.word.isLiteral, !argument.word.isOption {
                    export(argument.word.text)
                }
            }
        case "unset":
            for argument in arguments where argument.word.isLiteral && !argument.word.isOption {
                assign(argument.word.text, isUnset: true, range: argument.word.range, draft.context)
            }
        case "read", "getopts":
            for argument in arguments where argument.word.isLiteral && !argument.word.isOption {
                assign(argument.word.text, range: argument.word.range, draft.context)
            }
        case "set":
            for argument in arguments where argument.word.text.utf8.contains(UInt8(ascii: "a")) {
                if argument.word.text == "-a" || argument.word.text == "allexport" { shell.exportsAll = true }
                if argument.word.text == "+a" { shell.exportsAll = false }
            }
        default: break
        }
    }

    /// The exec form.
    mutating func addExec(_ words: [Word]) {
        guard let first = words.first, let last = words.last else { return }
        let raw = words.map { word in
            RawWord(word: ShellWord(text: word.text, range: word.range), range: 0..<0)
        }
        var context = Context()
        budget = WorkBudget(words.reduce(0) { $0 + $1.text.utf8.count } * Limits.shellReadings)
        let draft = Draft(
            words: raw[...],
            range: first.range.lowerBound..<max(first.range.lowerBound, last.range.upperBound),
            context: context)
        _ = add(draft, &context)
    }

    // MARK: Texts inside the text

    /// Parses the word that a shell gets with `-c`.
    private mutating func run(_ word: RawWord, of draft: Draft) {
        var context = draft.context.deeper
        context.isWrapped = true
        guard !isTooDeep(context) else { return }
        let length = word.range.isEmpty ? word.word.text.utf8.count : word.range.count
        guard mayRead(length, at: word.word.range) else { return }
        let inner: ShellParser
        if word.range.isEmpty {
            // An element of an exec form: its JSON escapes hide where each byte stands.
            let text = Array(word.word.text.utf8)
            let range = word.word.range
            if range.count == text.count + 2 {
                inner = ShellParser(
                    text: JoinedText(bytes: text, pieces: [.init(joined: 0, source: range.lowerBound + 1)]))
            } else {
                var fixed = ShellParser(text: JoinedText(bytes: text, pieces: [.init(joined: 0, source: 0)]))
                fixed.fixedRange = range
                inner = fixed
            }
        } else {
            inner = parser(for: unquoted(word.range))
        }
        let first = script.commands.count
        runNested(inner, context)
        for assignment in draft.assignments {
            var assignment = assignment
            assignment.scope = first..<script.commands.count
            add(assignment)
        }
    }

    private func parser(for text: JoinedText) -> ShellParser {
        var parser = ShellParser(text: text)
        parser.fixedRange = fixedRange
        return parser
    }

    /// Whether so many bytes may be read as a text of their own.
    private mutating func mayRead(_ count: Int, at range: Range<Int>) -> Bool {
        if budget.spend(count) { return true }
        script.isComplete = false
        script.cutShort = script.cutShort ?? range
        return false
    }

    private mutating func runNested(_ parser: ShellParser, _ context: Context) {
        var inner = parser
        swap(&inner.script, &script)
        swap(&inner.budget, &budget)
        inner.parseAll(context)
        swap(&inner.script, &script)
        swap(&inner.budget, &budget)
    }

    private mutating func runHeredocs(of draft: Draft) {
        var context = draft.context.deeper
        context.isWrapped = true
        for index in draft.pending where index < pending.count { pending[index].script = context }
        guard !isTooDeep(context) else { return }
        for body in draft.bodies {
            let content = Array(body.content.utf8)
            let range = body.contentRange
            guard mayRead(content.count, at: range) else { return }
            var inner = ShellParser(
                text: JoinedText(bytes: content, pieces: [.init(joined: 0, source: range.lowerBound)]))
            if content.count != range.count { inner.fixedRange = range }
            runNested(inner, context)
        }
    }

    /// Reads the bodies of the heredocs that were announced on the line that just ended.
    private mutating func readHeredocs() {
        guard !pending.isEmpty else { return }
        let announced = pending
        pending = []
        for heredoc in announced {
            let start = position
            var end = position
            var isClosed = false
            while position < bytes.count {
                end = position
                var lineEnd = position
                while lineEnd < bytes.count, bytes[lineEnd] != .newline { lineEnd += 1 }
                var line = bytes[position..<lineEnd]
                if line.last == .carriageReturn { line = line.dropLast() }
                if heredoc.chomps { line = line.drop { $0 == .tab } }
                position = min(lineEnd + 1, bytes.count)
                if line.elementsEqual(heredoc.delimiter) {
                    isClosed = true
                    break
                }
                end = position
            }
            if !isClosed { script.isComplete = false }
            if let context = heredoc.script, !isTooDeep(context), start < end,
                mayRead(end - start, at: source(start..<end))
            {
                runNested(parser(for: text(of: start..<end)), context)
            }
        }
    }

    // MARK: Assignments

    /// `NAME=value` in a word that begins so without quotes.
    private mutating func assignment(
        _ word: ShellWord, at range: Range<Int>, isExported: Bool, _ context: Context
    ) -> ShellAssignment? {
        // Of an exec form, the decoded text; of a text, the bytes as written: a quoted `=` is no assignment.
        let isExec = range.isEmpty
        var length = 0
        var appends = false
        let raw: ArraySlice<UInt8> = isExec ? Array(word.text.utf8)[...] : bytes[range]
        for byte in raw {
            if byte.isNameByte, length > 0 || !byte.isDigit {
                length += 1
            } else {
                if byte == UInt8(ascii: "="), length > 0 { break }
                guard byte == UInt8(ascii: "+"), length > 0, raw.count > length + 1,
                    raw[raw.startIndex + length + 1] == UInt8(ascii: "=")
                else { return nil }
                appends = true
                break
            }
        }
        guard length > 0, length < raw.count else { return nil }
        let name = String(decoding: raw.prefix(length), as: UTF8.self)
        let skipped = length + (appends ? 2 : 1)
        let value: ShellWord?
        if appends {
            value = nil
        } else {
            let valueRange =
                isExec ? word.range : source(range.lowerBound + skipped..<range.upperBound)
            if word.isLiteral {
                value = ShellWord(
                    text: String(word.text.utf8.dropFirst(skipped)) ?? "", hasGlob: false, range: valueRange)
            } else {
                var parts = word.parts
                if case .literal(let head)? = parts.first {
                    let rest = String(head.utf8.dropFirst(skipped)) ?? ""
                    if rest.isEmpty { parts.removeFirst() } else { parts[0] = .literal(rest) }
                }
                value = ShellWord(
                    text: String(decoding: raw.dropFirst(skipped), as: UTF8.self), parts: parts,
                    range: valueRange)
            }
        }
        return ShellAssignment(
            name: name, value: value, isUnset: false, isExported: isExported,
            isConditional: context.isConditional, scope: script.commands.count..<Int.max, range: word.range)
    }

    private mutating func record(_ assignment: ShellAssignment, isExported: Bool) {
        add(
            ShellAssignment(
                name: assignment.name, value: assignment.value, isUnset: false, isExported: isExported,
                isConditional: assignment.isConditional, scope: script.commands.count..<Int.max,
                range: assignment.range))
    }

    /// A variable whose value cannot be told, or that is unset.
    private mutating func assign(
        _ name: String, isUnset: Bool = false, items: [ShellWord] = [], range: Range<Int>, _ context: Context
    ) {
        add(
            ShellAssignment(
                name: name, value: nil, isUnset: isUnset, items: items,
                isExported: isUnset || context.exportsAll,
                isConditional: context.isConditional, scope: script.commands.count..<Int.max, range: range))
    }

    /// `export NAME` after `NAME=value`.
    private mutating func export(_ name: String) {
        guard let last = script.assignments.last(where: { $0.name == name && $0.scope.upperBound == Int.max })
        else { return }
        record(last, isExported: true)
    }

    private mutating func add(_ assignment: ShellAssignment) {
        guard script.assignments.count < Limits.shellAssignments else {
            script.isComplete = false
            return
        }
        script.assignments.append(assignment)
    }

    /// Ends the shell in which the assignments since an index were made.
    private mutating func closeScope(from first: Int) {
        let end = script.commands.count
        for index in script.assignments.indices.dropFirst(first)
        where script.assignments[index].scope.upperBound == Int.max {
            let start = script.assignments[index].scope.lowerBound
            script.assignments[index].scope = start..<max(start, end)
        }
    }

    // MARK: Redirections

    /// Those after a compound command, which no command of the script gets.
    private mutating func redirections(_ context: Context) {
        var draft = Draft(words: [], range: 0..<0, context: context)
        repeat { skipBlank(newlines: false) } while position < bytes.count && redirection(into: &draft)
    }

    /// - Returns: false where none begins here.
    private mutating func redirection(into draft: inout Draft) -> Bool {
        var at = position
        if bytes[at] == .ampersand {
            guard peek(1) == .greater else { return false }
            at += 1
        } else {
            while at < bytes.count, bytes[at].isDigit, at - position < 4 { at += 1 }
        }
        guard at < bytes.count, bytes[at] == .less || bytes[at] == .greater else { return false }
        let next = at + 1 < bytes.count ? bytes[at + 1] : 0
        if next == .openingParenthesis { return false }
        let start = bytes[position] == .ampersand ? position : at
        var end = at + 1
        if next == .less || next == .greater || next == .ampersand || next == .pipe { end += 1 }
        let isHeredoc = bytes[at] == .less && next == .less
        var chomps = false
        var isHereString = false
        if isHeredoc, end < bytes.count {
            if bytes[end] == UInt8(ascii: "-") {
                chomps = true
                end += 1
            } else if bytes[end] == .less {
                isHereString = true
                end += 1
            }
        }
        if bytes[start] == .ampersand, end < bytes.count, bytes[end] == .greater { end += 1 }
        position = end
        lastEnd = end
        let symbol = String(decoding: bytes[start..<end], as: UTF8.self)
        while position < bytes.count, bytes[position] == .space || bytes[position] == .tab { position += 1 }
        guard let target = word(draft.context) else { return true }
        if isHeredoc, !isHereString {
            if let body = bodies.popFirst() {
                draft.bodies.append(body)
            } else {
                let delimiter = bytes[target.range].filter {
                    $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: "\"") && $0 != .backslash
                }
                pending.append(PendingHeredoc(delimiter: delimiter, chomps: chomps))
            }
        } else {
            draft.redirections.append(.init(symbol: symbol, target: target.word))
        }
        return true
    }

    // MARK: Words

    /// - Returns: nil where none begins here.
    private mutating func word(_ context: Context) -> RawWord? {
        let start = position
        while position < bytes.count, bytes[position].isPlain { position += 1 }
        if position == bytes.count || (bytes[position].endsWord && !isProcessSubstitution(from: start)) {
            guard position > start else { return nil }
            lastEnd = position
            return RawWord(
                word: ShellWord(
                    text: String(decoding: bytes[start..<position], as: UTF8.self),
                    range: source(start..<position)),
                range: start..<position)
        }
        return quotedWord(from: start, context)
    }

    /// `<(…)` or `>(…)` at the start of a word.
    private func isProcessSubstitution(from start: Int) -> Bool {
        position == start && (bytes[position] == .less || bytes[position] == .greater)
            && peek(1) == .openingParenthesis
    }

    /// The pieces of a word while it is read.
    private struct WordParts {
        var literal: [UInt8]
        var parts: [ShellWord.Part] = []
        var hasGlob = false

        mutating func add(_ part: ShellWord.Part) {
            flush()
            parts.append(part)
        }

        mutating func flush() {
            guard !literal.isEmpty else { return }
            parts.append(.literal(String(decoding: literal, as: UTF8.self)))
            literal = []
        }
    }

    /// A word with quotes, escapes or expansions.
    private mutating func quotedWord(from start: Int, _ context: Context) -> RawWord? {
        var parts = WordParts(literal: Array(bytes[start..<position]))
        reading: while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case .backslash:
                if position + 1 < bytes.count, bytes[position + 1] != .newline {
                    parts.literal.append(bytes[position + 1])
                }
                position = min(position + 2, bytes.count)
            case .singleQuote:
                position += 1
                while position < bytes.count, bytes[position] != .singleQuote {
                    parts.literal.append(bytes[position])
                    position += 1
                }
                closeQuote()
            case .doubleQuote:
                position += 1
                doubleQuoted(into: &parts, context)
                closeQuote()
            case .dollar:
                dollar(into: &parts, isQuoted: false, context)
            case .backquote:
                backquoted(context)
                parts.add(.unknown)
            case UInt8(ascii: "~"):
                position += 1
                let isStart =
                    position - 1 == start
                    || (parts.parts.isEmpty && parts.literal.last == UInt8(ascii: "=")
                        && parts.literal.count == position - 1 - start
                        && parts.literal.dropLast().allSatisfy(\.isNameByte))
                if !isStart {
                    parts.literal.append(byte)
                } else if position == bytes.count || bytes[position] == UInt8(ascii: "/")
                    || bytes[position].endsWord
                {
                    parts.add(.home)
                } else {
                    parts.add(.unknown)
                    while position < bytes.count, bytes[position].isPlain,
                        bytes[position] != UInt8(ascii: "/")
                    {
                        position += 1
                    }
                }
            case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["):
                parts.hasGlob = true
                parts.literal.append(byte)
                position += 1
            case UInt8(ascii: "{"):
                if peek(1) != UInt8(ascii: "}") { parts.hasGlob = true }
                parts.literal.append(byte)
                position += 1
            default:
                if byte.endsWord {
                    guard isProcessSubstitution(from: start) else { break reading }
                    position += 1
                    subshell(context)
                    parts.add(.unknown)
                } else {
                    parts.literal.append(byte)
                    position += 1
                }
            }
        }
        guard position > start else { return nil }
        lastEnd = position
        let range = start..<position
        let word: ShellWord
        if parts.parts.isEmpty {
            word = ShellWord(
                text: String(decoding: parts.literal, as: UTF8.self), hasGlob: parts.hasGlob,
                range: source(range))
        } else {
            parts.flush()
            word = ShellWord(
                text: String(decoding: bytes[range], as: UTF8.self), parts: parts.parts,
                hasGlob: parts.hasGlob, range: source(range))
        }
        return RawWord(word: word, range: range)
    }

    /// Steps over the closing quote.
    private mutating func closeQuote() {
        if position < bytes.count { position += 1 } else { script.isComplete = false }
    }

    /// Up to the closing quote.
    private mutating func doubleQuoted(into parts: inout WordParts, _ context: Context) {
        while position < bytes.count {
            switch bytes[position] {
            case .doubleQuote: return
            case .backslash:
                let next = peek(1)
                if next == .dollar || next == .backquote || next == .doubleQuote || next == .backslash {
                    parts.literal.append(next)
                    position += 2
                } else if next == .newline {
                    position += 2
                } else {
                    parts.literal.append(.backslash)
                    position += 1
                }
            case .dollar: dollar(into: &parts, isQuoted: true, context)
            case .backquote:
                backquoted(context)
                parts.add(.unknown)
            default:
                parts.literal.append(bytes[position])
                position += 1
            }
        }
    }

    private mutating func dollar(into parts: inout WordParts, isQuoted: Bool, _ context: Context) {
        let next = peek(1)
        switch next {
        case .openingParenthesis:
            if peek(2) == .openingParenthesis {
                position += 1
                skipArithmetic()
            } else {
                position += 1
                subshell(context)
            }
            parts.add(.unknown)
        case UInt8(ascii: "{"):
            parts.add(braceExpansion())
        case .singleQuote where !isQuoted:
            position += 2
            var isPlain = true
            var text: [UInt8] = []
            while position < bytes.count, bytes[position] != .singleQuote {
                if bytes[position] == .backslash {
                    isPlain = false
                    position += 1
                }
                if position < bytes.count {
                    text.append(bytes[position])
                    position += 1
                }
            }
            closeQuote()
            if isPlain { parts.literal += text } else { parts.add(.unknown) }
        case .doubleQuote where !isQuoted:
            position += 1
        case _ where next.isNameByte && !next.isDigit:
            var end = position + 1
            while end < bytes.count, bytes[end].isNameByte { end += 1 }
            parts.add(.variable(String(decoding: bytes[position + 1..<end], as: UTF8.self)))
            position = end
        case UInt8(ascii: "@"), UInt8(ascii: "*"), UInt8(ascii: "#"), UInt8(ascii: "?"), UInt8(ascii: "-"),
            UInt8(ascii: "!"), .dollar, UInt8(ascii: "0")...UInt8(ascii: "9"):
            parts.add(.unknown)
            position += 2
        default:
            parts.literal.append(.dollar)
            position += 1
        }
    }

    /// `${…}`: a variable where it is nothing but a name.
    private mutating func braceExpansion() -> ShellWord.Part {
        let start = position + 2
        var end = start
        while end < bytes.count, bytes[end].isNameByte { end += 1 }
        if end < bytes.count, end > start, bytes[end] == UInt8(ascii: "}") {
            position = end + 1
            return .variable(String(decoding: bytes[start..<end], as: UTF8.self))
        }
        position = start
        var open = 1
        while position < bytes.count {
            switch bytes[position] {
            case .backslash: position += 1
            case UInt8(ascii: "{") where bytes[position - 1] == .dollar: open += 1
            case UInt8(ascii: "}"): open -= 1
            default: break
            }
            position += 1
            if open == 0 { return .unknown }
        }
        position = bytes.count
        script.isComplete = false
        return .unknown
    }

    private mutating func backquoted(_ context: Context) {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != .backquote {
            position += bytes[position] == .backslash ? 2 : 1
        }
        position = min(position, bytes.count)
        let range = start..<position
        closeQuote()
        let context = context.deeper
        guard !isTooDeep(context), mayRead(range.count, at: source(range)) else { return }
        let inner = text(of: range) { byte, next in
            byte == .backslash && (next == .backquote || next == .backslash || next == .dollar)
        }
        runNested(parser(for: inner), context)
    }

    /// The bytes of a range with the way back to the file.
    /// - Parameter isEscape: whether a byte, seen with the next one, is left out and the next one taken as it is.
    private mutating func text(
        of range: Range<Int>, isEscape: (UInt8, UInt8) -> Bool = { _, _ in false }
    ) -> JoinedText {
        var builder = JoinedTextBuilder()
        var offset = range.lowerBound
        while offset < range.upperBound {
            if offset + 1 < range.upperBound, isEscape(bytes[offset], bytes[offset + 1]) { offset += 1 }
            builder.append(bytes[offset], from: source(offset))
            offset += 1
        }
        return builder.text
    }

    /// The text of a word without its quotes; expansions stay as written.
    private mutating func unquoted(_ range: Range<Int>) -> JoinedText {
        var builder = JoinedTextBuilder()
        var offset = range.lowerBound
        var quote: UInt8 = 0
        while offset < range.upperBound {
            let byte = bytes[offset]
            let next = offset + 1 < range.upperBound ? bytes[offset + 1] : 0
            if quote == 0, byte == .singleQuote || byte == .doubleQuote {
                quote = byte
            } else if byte == quote {
                quote = 0
            } else if byte == .backslash,
                quote == 0
                    || (quote == .doubleQuote
                        && (next == .dollar || next == .backquote || next == .doubleQuote
                            || next == .backslash))
            {
                offset += 1
                if offset < range.upperBound { builder.append(next, from: source(offset)) }
            } else {
                builder.append(byte, from: source(offset))
            }
            offset += 1
        }
        return builder.text
    }

    // MARK: Tokens

    private func peek(_ ahead: Int) -> UInt8 {
        position + ahead < bytes.count ? bytes[position + ahead] : 0
    }

    /// Steps over blanks and comments; over newlines (and the heredocs that follow them) where asked.
    private mutating func skipBlank(newlines: Bool) {
        while position < bytes.count {
            switch bytes[position] {
            case .space, .tab, .carriageReturn: position += 1
            case .backslash where peek(1) == .newline: position += 2
            case .newline where newlines:
                position += 1
                readHeredocs()
            case UInt8(ascii: "#"):
                while position < bytes.count, bytes[position] != .newline { position += 1 }
            default: return
            }
        }
    }

    /// `((…))`, from its first parenthesis.
    private mutating func skipArithmetic() {
        var open = 0
        while position < bytes.count {
            if bytes[position] == .openingParenthesis { open += 1 }
            if bytes[position] == .closingParenthesis { open -= 1 }
            position += 1
            if open == 0 {
                lastEnd = position
                return
            }
        }
        script.isComplete = false
    }

    /// From behind `[[` to behind `]]`.
    private mutating func skipConditionalExpression(_ context: Context) {
        while position < bytes.count {
            skipBlank(newlines: true)
            guard position < bytes.count else { break }
            if startsWord("]]") {
                position += 2
                lastEnd = position
                return
            }
            let start = position
            _ = word(context)
            if position == start { position += 1 }
        }
        script.isComplete = false
    }

    private enum Opener { case bang, brace, `if`, `while`, `for`, `case`, function, test }
    private enum Closer { case then, `do`, done, fi, elif, `else`, esac, brace }

    private func opener() -> (Opener, length: Int)? {
        switch bytes[position] {
        case UInt8(ascii: "!"): startsWord("!") ? (.bang, 1) : nil
        case UInt8(ascii: "{"): startsWord("{") ? (.brace, 1) : nil
        case UInt8(ascii: "["): startsWord("[[") ? (.test, 2) : nil
        case UInt8(ascii: "i"): startsWord("if") ? (.if, 2) : nil
        case UInt8(ascii: "w"): startsWord("while") ? (.while, 5) : nil
        case UInt8(ascii: "u"): startsWord("until") ? (.while, 5) : nil
        case UInt8(ascii: "c"): startsWord("case") ? (.case, 4) : nil
        case UInt8(ascii: "s"): startsWord("select") ? (.for, 6) : nil
        case UInt8(ascii: "f"):
            startsWord("for") ? (.for, 3) : startsWord("function") ? (.function, 8) : nil
        default: nil
        }
    }

    private func closer() -> (Closer, length: Int)? {
        guard position < bytes.count else { return nil }
        switch bytes[position] {
        case UInt8(ascii: "}"): return startsWord("}") ? (.brace, 1) : nil
        case UInt8(ascii: "t"): return startsWord("then") ? (.then, 4) : nil
        case UInt8(ascii: "d"):
            return startsWord("done") ? (.done, 4) : startsWord("do") ? (.do, 2) : nil
        case UInt8(ascii: "f"): return startsWord("fi") ? (.fi, 2) : nil
        case UInt8(ascii: "e"):
            return startsWord("else")
                ? (.else, 4) : startsWord("elif") ? (.elif, 4) : startsWord("esac") ? (.esac, 4) : nil
        default: return nil
        }
    }

    private mutating func skipCloser() -> Bool {
        guard let (_, length) = closer() else { return false }
        position += length
        lastEnd = position
        return true
    }

    private mutating func expectCloser(_ expected: Closer) {
        guard let (found, _) = closer(), found == expected else {
            script.isComplete = false
            return
        }
        _ = skipCloser()
    }

    private func startsWord(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for offset in 0..<count where bytes[position + offset] != word.utf8Start[offset] { return false }
        return position + count == bytes.count || bytes[position + count].endsWord
    }

    // MARK: Places in the file

    private mutating func source(_ offset: Int) -> Int {
        if let fixedRange { return fixedRange.lowerBound }
        guard !pieces.isEmpty else { return 0 }
        if pieces[piece].joined > offset || (piece + 1 < pieces.count && pieces[piece + 1].joined <= offset) {
            piece = max(0, pieces.partitioningIndex { $0.joined > offset } - 1)
        }
        return pieces[piece].source + offset - pieces[piece].joined
    }

    /// The place behind the byte that stands before an offset.
    private mutating func sourceEnd(_ offset: Int) -> Int {
        if let fixedRange { return fixedRange.upperBound }
        return offset == 0 ? source(0) : source(offset - 1) + 1
    }

    private mutating func source(_ range: Range<Int>) -> Range<Int> {
        if let fixedRange { return fixedRange }
        let start = source(range.lowerBound)
        return range.isEmpty ? start..<start : start..<max(start, sourceEnd(range.upperBound))
    }
}

/// Puts a `JoinedText` together byte by byte.
private struct JoinedTextBuilder {
    private var bytes: [UInt8] = []
    private var pieces: [JoinedText.Piece] = []
    private var next = -1

    mutating func append(_ byte: UInt8, from source: Int) {
        if source != next { pieces.append(.init(joined: bytes.count, source: source)) }
        bytes.append(byte)
        next = source + 1
    }

    var text: JoinedText { JoinedText(bytes: bytes, pieces: pieces) }
}

extension String {
    /// What follows the last `/`.
    fileprivate var lastPathComponent: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return self }
        return String(self[utf8.index(after: slash)...])
    }
}

extension UInt8 {
    fileprivate static var space: UInt8 { UInt8(ascii: " ") }
    fileprivate static var tab: UInt8 { UInt8(ascii: "\t") }
    fileprivate static var newline: UInt8 { UInt8(ascii: "\n") }
    fileprivate static var carriageReturn: UInt8 { UInt8(ascii: "\r") }
    fileprivate static var semicolon: UInt8 { UInt8(ascii: ";") }
    fileprivate static var ampersand: UInt8 { UInt8(ascii: "&") }
    fileprivate static var pipe: UInt8 { UInt8(ascii: "|") }
    fileprivate static var less: UInt8 { UInt8(ascii: "<") }
    fileprivate static var greater: UInt8 { UInt8(ascii: ">") }
    fileprivate static var openingParenthesis: UInt8 { UInt8(ascii: "(") }
    fileprivate static var closingParenthesis: UInt8 { UInt8(ascii: ")") }
    fileprivate static var backslash: UInt8 { UInt8(ascii: "\\") }
    fileprivate static var singleQuote: UInt8 { UInt8(ascii: "'") }
    fileprivate static var doubleQuote: UInt8 { UInt8(ascii: "\"") }
    fileprivate static var backquote: UInt8 { UInt8(ascii: "`") }
    fileprivate static var dollar: UInt8 { UInt8(ascii: "$") }

    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    fileprivate var isNameByte: Bool {
        isDigit || self == UInt8(ascii: "_")
            || (self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "z"))
    }

    /// Ends an unquoted word.
    fileprivate var endsWord: Bool {
        switch self {
        case .space, .tab, .newline, .carriageReturn, .semicolon, .ampersand, .pipe, .less, .greater,
            .openingParenthesis, .closingParenthesis:
            true
        default: false
        }
    }

    /// Stands for itself in an unquoted word.
    fileprivate var isPlain: Bool {
        switch self {
        case .backslash, .singleQuote, .doubleQuote, .backquote, .dollar, UInt8(ascii: "~"),
            UInt8(ascii: "*"),
            UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "{"):
            false
        default: !endsWord
        }
    }
}
