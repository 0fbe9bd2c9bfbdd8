import Diagnostics
import SourceText

/// Assignments and redirections.
extension ShellParser {
    /// `NAME=value` in a word that begins so without quotes.
    mutating func assignment(
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

    mutating func record(_ assignment: ShellAssignment, isExported: Bool) {
        add(
            ShellAssignment(
                name: assignment.name, value: assignment.value, isUnset: false, isExported: isExported,
                isConditional: assignment.isConditional, scope: script.commands.count..<Int.max,
                range: assignment.range))
    }

    /// A variable whose value cannot be told, or that is unset.
    mutating func assign(
        _ name: String, isUnset: Bool = false, items: [ShellWord] = [], range: Range<Int>, _ context: Context
    ) {
        add(
            ShellAssignment(
                name: name, value: nil, isUnset: isUnset, items: items,
                isExported: isUnset || context.exportsAll,
                isConditional: context.isConditional, scope: script.commands.count..<Int.max, range: range))
    }

    /// `export NAME` after `NAME=value`.
    mutating func export(_ name: String) {
        guard let last = script.assignments.last(where: { $0.name == name && $0.scope.upperBound == Int.max })
        else { return }
        record(last, isExported: true)
    }

    mutating func add(_ assignment: ShellAssignment) {
        guard script.assignments.count < Limits.shellAssignments else {
            script.isComplete = false
            return
        }
        script.assignments.append(assignment)
    }

    /// Ends the shell in which the assignments since an index were made.
    mutating func closeScope(from first: Int) {
        let end = script.commands.count
        for index in script.assignments.indices.dropFirst(first)
        where script.assignments[index].scope.upperBound == Int.max {
            let start = script.assignments[index].scope.lowerBound
            script.assignments[index].scope = start..<max(start, end)
        }
    }

    // MARK: Redirections

    /// Those after a compound command, which no command of the script gets.
    mutating func redirections(_ context: Context) {
        var draft = Draft(words: [], range: 0..<0, context: context)
        repeat { skipBlank(newlines: false) } while position < bytes.count && redirection(into: &draft)
    }

    /// - Returns: false where none begins here.
    mutating func redirection(into draft: inout Draft) -> Bool {
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
}
