import Diagnostics

extension HCLParser {
    /// A piece of a template before its directives are put into each other.
    private enum Part {
        case text(String, at: Range<Int>)
        case value(HCLExpression)
        case opensIf(HCLExpression, at: Range<Int>)
        case otherwise(at: Range<Int>)
        case closesIf(at: Range<Int>)
        case opensLoop(key: String?, value: String, HCLExpression, at: Range<Int>)
        case closesLoop(at: Range<Int>)
    }

    /// - Parameters:
    ///   - isFlush: the spaces that all lines begin with go (`<<-`).
    ///   - start: where the expression begins.
    mutating func readTemplate(
        until end: HCLToken.Kind, isFlush: Bool, from start: Int
    ) throws(HCLError) -> HCLExpression {
        var parts = try readParts(until: end)
        if isFlush { Self.flush(&parts) }
        var index = 0
        let expressions = try build(parts, &index, inside: nil, from: start)
        if expressions.isEmpty { return try make(.literal(.string("")), from: start) }
        if expressions.count == 1, parts.count == 1 {
            // One value alone keeps its type.
            if case .value(let value) = parts[0] { return try make(.parentheses(value), from: start) }
            return try make(expressions[0].kind, from: start)
        }
        if expressions.allSatisfy({ $0.keyword != nil && $0.isText }) {
            return try make(.literal(.string(expressions.compactMap(\.keyword).joined())), from: start)
        }
        return try make(.template(expressions), from: start)
    }

    private mutating func readParts(until end: HCLToken.Kind) throws(HCLError) -> [Part] {
        var parts: [Part] = []
        var trimsNext = false
        while true {
            let token = read()
            if token.kind == end { return parts }
            let isTrimmed = trimsNext
            trimsNext = false
            switch token.kind {
            case .quotedText, .text:
                var text =
                    token.kind == .text
                    ? Self.unescaped(bytes[token.range]) : try unquoted(token.range)
                if isTrimmed { text = String(text.drop { $0.isWhitespace }) }
                parts.append(.text(text, at: token.range))
            case .interpolation(let trims):
                if trims { Self.trimEnd(of: &parts) }
                let (value, trimsAfter) = try withNewlines(false) {
                    (parser: inout HCLParser) throws(HCLError) in
                    (try parser.readExpression(), try parser.readSequenceEnd())
                }
                trimsNext = trimsAfter
                parts.append(.value(value))
            case .control(let trims):
                if trims { Self.trimEnd(of: &parts) }
                let (part, trimsAfter) = try withNewlines(false) {
                    (parser: inout HCLParser) throws(HCLError) in
                    (try parser.readDirective(at: token.range), try parser.readSequenceEnd())
                }
                trimsNext = trimsAfter
                parts.append(part)
            default: throw HCLError("the template is not closed", at: token.range)
            }
        }
    }

    private mutating func readSequenceEnd() throws(HCLError) -> Bool {
        guard case .sequenceEnd(let trims) = next.kind else { throw unexpected("`}`") }
        read()
        return trims
    }

    private mutating func readDirective(at range: Range<Int>) throws(HCLError) -> Part {
        guard next.kind == .identifier else { throw unexpected("`if` or `for`") }
        switch text(read()) {
        case "if": return .opensIf(try readExpression(), at: range)
        case "else": return .otherwise(at: range)
        case "endif": return .closesIf(at: range)
        case "for":
            let (key, value, collection) = try readLoopHead()
            return .opensLoop(key: key, value: value, collection, at: range)
        case "endfor": return .closesLoop(at: range)
        case let word: throw HCLError("`\(word)` is no directive", at: range)
        }
    }

    private static func trimEnd(of parts: inout [Part]) {
        guard case .text(var text, let range)? = parts.last else { return }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        parts[parts.count - 1] = .text(text, at: range)
    }

    // MARK: - Directives

    private enum Directive { case ifs, loop }

    /// - Parameter inside: what the pieces stand in; it ends where that does, its closing directive not read.
    private func build(
        _ parts: [Part], _ index: inout Int, inside: Directive?, from start: Int, depth: Int = 0
    ) throws(HCLError) -> [HCLExpression] {
        guard depth < Limits.hclDepth else {
            throw HCLError("too much inside of each other", at: start..<start)
        }
        var result: [HCLExpression] = []
        func text(_ parts: [HCLExpression]) throws(HCLError) -> HCLExpression {
            try make(.template(parts), from: start)
        }
        while index < parts.count {
            switch parts[index] {
            case .text(let text, let range):
                result.append(HCLExpression(.literal(.string(text)), at: range))
                index += 1
            case .value(let value):
                result.append(value)
                index += 1
            case .opensIf(let condition, let range):
                index += 1
                let first = try build(parts, &index, inside: .ifs, from: start, depth: depth + 1)
                var second: [HCLExpression] = []
                if index < parts.count, case .otherwise = parts[index] {
                    index += 1
                    second = try build(parts, &index, inside: .ifs, from: start, depth: depth + 1)
                }
                guard index < parts.count, case .closesIf = parts[index] else {
                    throw HCLError("`%{if}` has no `%{endif}`", at: range)
                }
                index += 1
                result.append(
                    HCLExpression(.conditional(condition, try text(first), try text(second)), at: range))
            case .opensLoop(let key, let value, let collection, let range):
                index += 1
                let inner = try build(parts, &index, inside: .loop, from: start, depth: depth + 1)
                guard index < parts.count, case .closesLoop = parts[index] else {
                    throw HCLError("`%{for}` has no `%{endfor}`", at: range)
                }
                index += 1
                let loop = HCLExpression.Loop(
                    keyName: key, valueName: value, collection: collection, key: nil,
                    value: try text(inner), condition: nil, groups: false)
                result.append(HCLExpression(.joined(HCLExpression(.loop(loop), at: range)), at: range))
            case .otherwise(let range), .closesIf(let range):
                if inside == .ifs { return result }
                throw HCLError("there is no `%{if}` before", at: range)
            case .closesLoop(let range):
                if inside == .loop { return result }
                throw HCLError("there is no `%{for}` before", at: range)
            }
        }
        return result
    }

    // MARK: - Text

    /// Takes the spaces away that all lines begin with; lines of spaces alone do not count.
    private static func flush(_ parts: inout [Part]) {
        var least = Int.max
        var lines: [(index: Int, count: Int)] = []
        var isStart = true
        for (index, part) in parts.enumerated() {
            guard case .text(let text, _) = part else {
                if isStart { least = 0 }
                isStart = false
                continue
            }
            if isStart {
                let spaces = text.prefix { $0.isWhitespace && !$0.isNewline }
                if spaces.endIndex == text.endIndex || !text[spaces.endIndex].isNewline {
                    lines.append((index, spaces.count))
                    least = min(least, spaces.count)
                }
            }
            isStart = text.last?.isNewline ?? false
        }
        for (index, _) in lines {
            guard case .text(let text, let range) = parts[index] else { continue }
            parts[index] = .text(String(text.dropFirst(least)), at: range)
        }
    }

    /// A text outside of quotes, where only `$${` and `%%{` mean something else.
    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
        var result: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            result.append(byte)
            let isEscape =
                (byte == UInt8(ascii: "$") || byte == UInt8(ascii: "%")) && index + 2 < bytes.endIndex
                && bytes[index + 1] == byte && bytes[index + 2] == UInt8(ascii: "{")
            index += isEscape ? 2 : 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// A text of quotes.
    private func unquoted(_ range: Range<Int>) throws(HCLError) -> String {
        var result = ""
        var start = range.lowerBound
        var index = start
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            result += Self.unescaped(bytes[start..<index])
            let place = index..<min(index + 2, range.upperBound)
            guard index + 1 < range.upperBound else {
                throw HCLError("a backslash with nothing behind it", at: place)
            }
            index += 2
            switch bytes[index - 1] {
            case UInt8(ascii: "n"): result += "\n"
            case UInt8(ascii: "r"): result += "\r"
            case UInt8(ascii: "t"): result += "\t"
            case UInt8(ascii: "\""): result += "\""
            case UInt8(ascii: "\\"): result += "\\"
            case UInt8(ascii: "u"), UInt8(ascii: "U"):
                let end = index + (bytes[index - 1] == UInt8(ascii: "u") ? 4 : 8)
                guard end <= range.upperBound,
                    let code = UInt32(String(decoding: bytes[index..<end], as: UTF8.self), radix: 16),
                    let scalar = Unicode.Scalar(code)
                else { throw HCLError("not a character's number", at: place) }
                result.unicodeScalars.append(scalar)
                index = end
            default: throw HCLError("an unknown escape", at: place)
            }
            start = index
        }
        return result + Self.unescaped(bytes[start..<range.upperBound])
    }
}

extension HCLExpression {
    fileprivate var isText: Bool {
        if case .literal(.string) = kind { true } else { false }
    }
}
