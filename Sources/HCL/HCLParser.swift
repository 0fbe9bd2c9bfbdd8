import Diagnostics

/// Reads HCL's native syntax.
/// Source: hashicorp/hcl, `hclsyntax/spec.md`, and for what that leaves open `parser.go`.
package struct HCLParser {
    let bytes: [UInt8]
    private let tokens: [HCLToken]
    private var index = 0
    /// Newlines are blank inside of parentheses and brackets, and in templates' sequences.
    private var heedsNewlines = true
    private var depth = 0

    /// - Throws: for the first mistake.
    package static func parse(_ bytes: [UInt8]) throws(HCLError) -> HCLBody {
        var parser = HCLParser(bytes, try HCLLexer.tokens(of: bytes))
        let body = try parser.readBody()
        if parser.next.kind != .end { throw parser.unexpected("an attribute or a block") }
        return body
    }

    /// A text that is a template, as those of JSON are.
    package static func parse(template bytes: [UInt8]) throws(HCLError) -> HCLExpression {
        var parser = HCLParser(bytes, try HCLLexer.tokens(ofTemplate: bytes))
        return try parser.readTemplate(until: .end, isFlush: false, from: 0)
    }

    private init(_ bytes: [UInt8], _ tokens: [HCLToken]) {
        self.bytes = bytes
        self.tokens = tokens
    }

    // MARK: - Tokens

    /// The end comes again and again.
    var next: HCLToken {
        mutating get {
            while !heedsNewlines, tokens[index].kind == .newline { index += 1 }
            return tokens[index]
        }
    }

    @discardableResult
    mutating func read() -> HCLToken {
        let token = next
        if token.kind != .end { index += 1 }
        return token
    }

    mutating func skip(_ symbol: HCLToken.StaticSymbol) -> Bool {
        guard next.kind == .symbol(symbol) else { return false }
        read()
        return true
    }

    mutating func expect(_ symbol: HCLToken.StaticSymbol) throws(HCLError) {
        if !skip(symbol) { throw unexpected("`\(symbol.rawValue)`") }
    }

    mutating func isWord(_ word: String) -> Bool {
        let token = next
        return token.kind == .identifier && text(token) == word
    }

    func text(_ token: HCLToken) -> String { String(decoding: bytes[token.range], as: UTF8.self) }

    mutating func unexpected(_ expected: String) -> HCLError {
        let token = next
        let found =
            switch token.kind {
            case .end: "the end"
            case .newline: "a newline"
            default: "`\(text(token))`"
            }
        return HCLError("expected \(expected), found \(found)", at: token.range)
    }

    /// Reads something in which newlines count, or do not.
    mutating func withNewlines<Result>(
        _ heeded: Bool, _ read: (inout HCLParser) throws(HCLError) -> Result
    ) throws(HCLError) -> Result {
        let before = heedsNewlines
        heedsNewlines = heeded
        let result = try read(&self)
        heedsNewlines = before
        return result
    }

    private mutating func deeper<Result>(
        _ read: (inout HCLParser) throws(HCLError) -> Result
    ) throws(HCLError) -> Result {
        guard depth < Limits.hclDepth else {
            throw HCLError("too much inside of each other", at: next.range)
        }
        depth += 1
        let result = try read(&self)
        depth -= 1
        return result
    }

    func make(_ kind: HCLExpression.Kind, from start: Int) throws(HCLError) -> HCLExpression {
        let expression = HCLExpression(
            kind, at: start..<max(start, tokens[max(0, index - 1)].range.upperBound))
        guard expression.depth <= Limits.hclDepth else {
            throw HCLError("too much inside of each other", at: expression.range)
        }
        return expression
    }

    // MARK: - Bodies

    private mutating func readBody() throws(HCLError) -> HCLBody {
        var body = HCLBody()
        var names: Set<String> = []
        while true {
            while next.kind == .newline { read() }
            guard next.kind == .identifier else { return body }
            let token = read()
            let name = text(token)
            if skip(.assign) {
                guard names.insert(name).inserted else {
                    throw HCLError("`\(name)` is set twice", at: token.range)
                }
                body.attributes.append(
                    HCLAttribute(name: name, range: token.range, value: try readExpression()))
            } else {
                body.blocks.append(try readBlock(name, token))
            }
            guard next.kind == .newline || next.kind == .end || next.kind == .symbol(.closeBrace) else {
                throw unexpected("a newline")
            }
        }
    }

    private mutating func readBlock(_ type: String, _ first: HCLToken) throws(HCLError) -> HCLBlock {
        var labels: [String] = []
        while next.kind != .symbol(.openBrace) {
            switch next.kind {
            case .identifier: labels.append(text(read()))
            case .openQuote:
                let start = read().range.lowerBound
                guard
                    case .literal(.string(let label)) = try readTemplate(
                        until: .closeQuote, isFlush: false, from: start
                    ).kind
                else { throw HCLError("a label holds no templates", at: start..<start + 1) }
                labels.append(label)
            default: throw unexpected("`=` or a block")
            }
        }
        let end = read().range.upperBound
        let body = try deeper { (parser: inout HCLParser) throws(HCLError) in
            try parser.withNewlines(true) { (parser: inout HCLParser) throws(HCLError) in
                let body = try parser.readBody()
                try parser.expect(.closeBrace)
                return body
            }
        }
        return HCLBlock(
            type: type, labels: labels, range: first.range.lowerBound..<end, body: body)
    }

    // MARK: - Expressions

    mutating func readExpression() throws(HCLError) -> HCLExpression {
        try deeper { (parser: inout HCLParser) throws(HCLError) in
            let start = parser.next.range.lowerBound
            let condition = try parser.readBinary(0)
            guard parser.skip(.question) else { return condition }
            let first = try parser.readExpression()
            try parser.expect(.colon)
            let second = try parser.readExpression()
            return try parser.make(.conditional(condition, first, second), from: start)
        }
    }

    private static func binary(_ symbol: HCLToken.StaticSymbol) -> (HCLExpression.Operator, rank: Int)? {
        switch symbol {
        case .or: (.or, 0)
        case .and: (.and, 1)
        case .equal: (.equal, 2)
        case .notEqual: (.notEqual, 2)
        case .greater: (.greater, 3)
        case .greaterOrEqual: (.greaterOrEqual, 3)
        case .less: (.less, 3)
        case .lessOrEqual: (.lessOrEqual, 3)
        case .plus: (.plus, 4)
        case .minus: (.minus, 4)
        case .times: (.times, 5)
        case .over: (.over, 5)
        case .modulo: (.modulo, 5)
        case .openBracket, .closeBracket, .openParenthesis, .closeParenthesis, .openBrace, .closeBrace, .dot,
            .comma, .colon, .question, .assign, .not, .ellipsis, .arrow:
            nil
        }
    }

    private mutating func readBinary(_ rank: Int) throws(HCLError) -> HCLExpression {
        let start = next.range.lowerBound
        var left = try readWithTraversals()
        while case .symbol(let symbol) = next.kind, let (name, own) = Self.binary(symbol), own >= rank {
            read()
            left = try make(.binary(name, left, try readBinary(own + 1)), from: start)
        }
        return left
    }

    private mutating func readWithTraversals() throws(HCLError) -> HCLExpression {
        let start = next.range.lowerBound
        return try readTraversals(of: try readTerm(), from: start)
    }

    private mutating func readTraversals(
        of base: HCLExpression, from start: Int
    ) throws(HCLError) -> HCLExpression {
        var result = base
        while true {
            if skip(.dot) {
                if skip(.times) {
                    var each = try make(.item, from: start)
                    while skip(.dot) { each = try readName(of: each, from: start) }
                    result = try make(.splat(result, each: each), from: start)
                } else {
                    result = try readName(of: result, from: start)
                }
            } else if skip(.openBracket) {
                if skip(.times) {
                    try expect(.closeBracket)
                    let each = try deeper { (parser: inout HCLParser) throws(HCLError) in
                        try parser.readTraversals(of: try parser.make(.item, from: start), from: start)
                    }
                    return try make(.splat(result, each: each), from: start)
                }
                let key = try withNewlines(false) { (parser: inout HCLParser) throws(HCLError) in
                    let key = try parser.readExpression()
                    try parser.expect(.closeBracket)
                    return key
                }
                result = try make(.index(result, key), from: start)
            } else {
                return result
            }
        }
    }

    /// What follows a dot: a name, or a number as old versions have it.
    private mutating func readName(
        of base: HCLExpression, from start: Int
    ) throws(HCLError) -> HCLExpression {
        let token = next
        switch token.kind {
        case .identifier:
            read()
            return try make(.attribute(base, text(token)), from: start)
        case .number:
            read()
            // `.0.1` is one number, and refused.
            guard let index = Int(text(token)) else {
                throw HCLError("`\(text(token))` is no index", at: token.range)
            }
            let key = try make(.literal(.number(HCLNumber(index))), from: token.range.lowerBound)
            return try make(.index(base, key), from: start)
        default: throw unexpected("a name")
        }
    }

    private mutating func readTerm() throws(HCLError) -> HCLExpression {
        let token = next
        let start = token.range.lowerBound
        switch token.kind {
        case .number:
            read()
            guard let number = HCLNumber(text(token)) else {
                return try make(
                    .literal(.unknown(HCLUnknown("the number \(text(token)) is too large"))), from: start)
            }
            return try make(.literal(.number(number)), from: start)
        case .identifier:
            read()
            if next.kind == .symbol(.openParenthesis) { return try readCall(text(token), from: start) }
            switch text(token) {
            case "true": return try make(.literal(.bool(true)), from: start)
            case "false": return try make(.literal(.bool(false)), from: start)
            case "null": return try make(.literal(.null), from: start)
            case let name: return try make(.variable(name), from: start)
            }
        case .openQuote:
            read()
            return try readTemplate(until: .closeQuote, isFlush: false, from: start)
        case .openHeredoc(let isFlush):
            read()
            return try readTemplate(until: .closeHeredoc, isFlush: isFlush, from: start)
        case .symbol(.minus), .symbol(.not):
            read()
            let operand = try deeper { (parser: inout HCLParser) throws(HCLError) in
                try parser.readWithTraversals()
            }
            return try make(
                .unary(token.kind == .symbol(.minus) ? .negate : .not, operand), from: start)
        case .symbol(.openParenthesis):
            read()
            let inner = try withNewlines(false) { (parser: inout HCLParser) throws(HCLError) in
                let inner = try parser.readExpression()
                try parser.expect(.closeParenthesis)
                return inner
            }
            return try make(.parentheses(inner), from: start)
        case .symbol(.openBracket):
            read()
            return try withNewlines(false) { (parser: inout HCLParser) throws(HCLError) in
                try parser.readTuple(from: start)
            }
        case .symbol(.openBrace):
            read()
            return try readObject(from: start)
        default: throw unexpected("an expression")
        }
    }

    private mutating func readCall(_ name: String, from start: Int) throws(HCLError) -> HCLExpression {
        read()
        return try withNewlines(false) { (parser: inout HCLParser) throws(HCLError) in
            var arguments: [HCLExpression] = []
            var expandsLast = false
            while !parser.skip(.closeParenthesis) {
                arguments.append(try parser.readExpression())
                if parser.skip(.ellipsis) {
                    expandsLast = true
                    try parser.expect(.closeParenthesis)
                    break
                }
                if !parser.skip(.comma) {
                    try parser.expect(.closeParenthesis)
                    break
                }
            }
            return try parser.make(.call(name, arguments, expandsLast: expandsLast), from: start)
        }
    }

    private mutating func readTuple(from start: Int) throws(HCLError) -> HCLExpression {
        if isWord("for") { return try readLoop(from: start, closing: .closeBracket) }
        var elements: [HCLExpression] = []
        while !skip(.closeBracket) {
            elements.append(try readExpression())
            if !skip(.comma) {
                try expect(.closeBracket)
                break
            }
        }
        return try make(.tuple(elements), from: start)
    }

    private mutating func readObject(from start: Int) throws(HCLError) -> HCLExpression {
        let isLoop = try withNewlines(false) { (parser: inout HCLParser) throws(HCLError) in
            parser.isWord("for")
        }
        if isLoop {
            return try withNewlines(false) { (parser: inout HCLParser) throws(HCLError) in
                try parser.readLoop(from: start, closing: .closeBrace)
            }
        }
        return try withNewlines(true) { (parser: inout HCLParser) throws(HCLError) in
            var items: [HCLExpression.Item] = []
            while true {
                while parser.next.kind == .newline { parser.read() }
                if parser.skip(.closeBrace) { break }
                let keyStart = parser.next.range.lowerBound
                var key = try parser.readExpression()
                if case .variable(let name) = key.kind {
                    key = try parser.make(.literal(.string(name)), from: keyStart)
                }
                guard parser.skip(.assign) || parser.skip(.colon) else {
                    throw parser.unexpected("`=` and a value")
                }
                items.append(.init(key: key, value: try parser.readExpression()))
                guard
                    parser.skip(.comma) || parser.next.kind == .newline
                        || parser.next.kind == .symbol(.closeBrace)
                else { throw parser.unexpected("a comma or a newline") }
            }
            return try parser.make(.object(items), from: start)
        }
    }

    private mutating func readLoop(
        from start: Int, closing: HCLToken.StaticSymbol
    ) throws(HCLError) -> HCLExpression {
        read()
        let (keyName, valueName, collection) = try readLoopHead()
        try expect(.colon)
        var value = try readExpression()
        var key: HCLExpression?
        var groups = false
        if closing == .closeBrace {
            try expect(.arrow)
            key = value
            value = try readExpression()
            groups = skip(.ellipsis)
        }
        var condition: HCLExpression?
        if isWord("if") {
            read()
            condition = try readExpression()
        }
        try expect(closing)
        return try make(
            .loop(
                .init(
                    keyName: keyName, valueName: valueName, collection: collection, key: key, value: value,
                    condition: condition, groups: groups)), from: start)
    }

    /// `k, v in collection`, of loops and of `%{for}`.
    mutating func readLoopHead() throws(HCLError) -> (String?, String, HCLExpression) {
        guard next.kind == .identifier else { throw unexpected("a name") }
        var value = text(read())
        var key: String?
        if skip(.comma) {
            guard next.kind == .identifier else { throw unexpected("a name") }
            key = value
            value = text(read())
        }
        guard isWord("in") else { throw unexpected("`in`") }
        read()
        return (key, value, try readExpression())
    }
}
