import Diagnostics
import SourceText

/// Simple commands, and the texts in them that a shell reads as commands in turn.
extension ShellParser {
    /// A simple command whose wrappers are being taken off.
    struct Draft {
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

    mutating func simpleCommand(_ context: inout Context) -> Element {
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
    mutating func add(_ draft: Draft, _ shell: inout Context) -> Element {
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
    static let tests: Set<String> = [
        "[", "test", "grep", "egrep", "fgrep", "which", "type", "hash", "command", "cmp", "diff", "false",
    ]

    mutating func append(_ draft: Draft) -> Int {
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
    mutating func changeShell(by draft: Draft, _ shell: inout Context) {
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
    mutating func run(_ word: RawWord, of draft: Draft) {
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

    func parser(for text: JoinedText) -> ShellParser {
        var parser = ShellParser(text: text)
        parser.fixedRange = fixedRange
        return parser
    }

    /// Whether so many bytes may be read as a text of their own.
    mutating func mayRead(_ count: Int, at range: Range<Int>) -> Bool {
        if budget.spend(count) { return true }
        script.isComplete = false
        script.cutShort = script.cutShort ?? range
        return false
    }

    mutating func runNested(_ parser: ShellParser, _ context: Context) {
        var inner = parser
        swap(&inner.script, &script)
        swap(&inner.budget, &budget)
        inner.parseAll(context)
        swap(&inner.script, &script)
        swap(&inner.budget, &budget)
    }

    mutating func runHeredocs(of draft: Draft) {
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
    mutating func readHeredocs() {
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
}
