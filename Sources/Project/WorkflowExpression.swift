import Diagnostics

/// One expression of a GitHub workflow, read and evaluated at once.
/// Source: docs.github.com, "Evaluate expressions in workflows and actions".
struct WorkflowExpression {
    enum Value {
        case null
        case bool(Bool)
        case number(Double)
        case text(String)
        case list([YAML])
        case object
        /// It is known only when the workflow runs.
        case unknown

        init(_ yaml: YAML) {
            switch yaml.value {
            case .scalar(let text, .plain):
                if yaml.isNull {
                    self = .null
                } else if ["true", "True", "TRUE", "false", "False", "FALSE"].contains(text) {
                    self = .bool(text.lowercased() == "true")
                } else {
                    // YAML's numbers; 3.10 is 3.1 from then on.
                    let isNumber = text.utf8.allSatisfy {
                        (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0)
                    }
                    self = isNumber ? Double(text).map { .number($0) } ?? .text(text) : .text(text)
                }
            case .scalar(let text, _): self = .text(text)
            case .sequence(let items): self = .list(items)
            case .mapping: self = .object
            }
        }

        /// nil for what is unknown, and for what has no text of its own.
        var text: String? {
            switch self {
            case .null: ""
            case .bool(let value): value ? "true" : "false"
            case .number(let value): Self.text(of: value)
            case .text(let text): text
            case .list, .object, .unknown: nil
            }
        }

        /// nil where it is unknown.
        var isTrue: Bool? {
            switch self {
            case .null: false
            case .bool(let value): value
            case .number(let value): value != 0 && !value.isNaN
            case .text(let text): !text.isEmpty
            case .list, .object: true
            case .unknown: nil
            }
        }

        private static func text(of number: Double) -> String {
            Int(exactly: number).map { "\($0)" } ?? "\(number)"
        }

        fileprivate var number: Double {
            switch self {
            case .null: 0
            case .bool(let value): value ? 1 : 0
            case .number(let value): value
            case .text(let text): text.isEmpty ? 0 : Double(text) ?? .nan
            case .list, .object, .unknown: .nan
            }
        }

        /// Loosely, and texts in any case of their letters; nil where either is unknown.
        fileprivate func equals(_ other: Value) -> Bool? {
            switch (self, other) {
            case (.unknown, _), (_, .unknown), (.list, .list), (.object, .object): nil
            case (.text(let left), .text(let right)): left.lowercased() == right.lowercased()
            case (.null, .null): true
            default: number == other.number
            }
        }
    }

    /// After `}}`; nil as long as it was not reached.
    private(set) var end: String.Index?
    private var rest: Substring.UTF8View
    private let names: WorkflowExpressions
    private let depth: Int
    private var nesting = 0

    /// - Parameter text: what follows `${{`.
    init(_ text: Substring.UTF8View, in names: WorkflowExpressions, depth: Int) {
        rest = text
        self.names = names
        self.depth = depth
    }

    mutating func value(_ work: inout WorkBudget) -> Value {
        guard let value = or(&work) else { return .unknown }
        guard take("}}") else { return .unknown }
        end = rest.startIndex
        return value
    }

    // MARK: - Operators, from the loosest; nil for what is no expression

    private mutating func or(_ work: inout WorkBudget) -> Value? {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= Limits.expansionDepth, work.spend(), var value = and(&work) else { return nil }
        while take("||") {
            guard let next = and(&work) else { return nil }
            switch value.isTrue {
            case true: break
            case false: value = next
            case nil: value = .unknown
            }
        }
        return value
    }

    private mutating func and(_ work: inout WorkBudget) -> Value? {
        guard var value = comparison(&work) else { return nil }
        while take("&&") {
            guard let next = comparison(&work) else { return nil }
            switch value.isTrue {
            case true: value = next
            case false: break
            // Of the two that are false, nobody sees which.
            case nil: value = .unknown
            }
        }
        return value
    }

    private mutating func comparison(_ work: inout WorkBudget) -> Value? {
        guard var value = unary(&work) else { return nil }
        while let sign = ["==", "!=", "<=", ">=", "<", ">"].first(where: { take($0) }) {
            guard let right = unary(&work) else { return nil }
            let result: Bool?
            switch sign {
            case "==": result = value.equals(right)
            case "!=": result = value.equals(right).map { !$0 }
            default:
                switch (value, right) {
                case (.unknown, _), (_, .unknown): result = nil
                case (.text(let left), .text(let right)):
                    let (left, right) = (left.lowercased(), right.lowercased())
                    result = Self.holds(sign, isLess: left < right, isEqual: left == right)
                default:
                    let (left, right) = (value.number, right.number)
                    result =
                        left.isNaN || right.isNaN
                        ? false : Self.holds(sign, isLess: left < right, isEqual: left == right)
                }
            }
            value = result.map { .bool($0) } ?? .unknown
        }
        return value
    }

    private static func holds(_ sign: String, isLess: Bool, isEqual: Bool) -> Bool {
        switch sign {
        case "<": isLess
        case "<=": isLess || isEqual
        case ">": !isLess && !isEqual
        default: !isLess
        }
    }

    private mutating func unary(_ work: inout WorkBudget) -> Value? {
        var isNegated: Bool?
        while !startsWith("!="), take("!") { isNegated = !(isNegated ?? false) }
        guard let value = primary(&work) else { return nil }
        guard let isNegated else { return value }
        return value.isTrue.map { .bool($0 != isNegated) } ?? .unknown
    }

    // MARK: - Operands

    private mutating func primary(_ work: inout WorkBudget) -> Value? {
        guard work.spend() else { return nil }
        if take("(") {
            guard let value = or(&work), take(")") else { return nil }
            return value
        }
        if take("'") { return literal().map { .text($0) } }
        let word = name()
        guard !word.isEmpty else { return nil }
        if take("(") { return call(word.lowercased(), &work) }
        switch word {
        case "true", "false": return .bool(word == "true")
        case "null": return .null
        default: break
        }
        if let first = word.utf8.first, (0x30...0x39).contains(first) || first == UInt8(ascii: "-") {
            return number(word)
        }
        var path = [word]
        var isPlain = true
        while true {
            if take(".") {
                let part = take("*") ? "" : name()
                path.append(part)
                isPlain = isPlain && !part.isEmpty
            } else if take("[") {
                guard let index = or(&work), take("]") else { return nil }
                if case .text(let text) = index { path.append(text) } else { isPlain = false }
            } else {
                break
            }
        }
        return isPlain ? names.value(of: path, depth: depth, &work) : .unknown
    }

    private mutating func number(_ word: String) -> Value? {
        // A fraction reads as a name behind a point.
        if take("."), let value = Double("\(word).\(name())") { return .number(value) }
        return Double(word).map { .number($0) }
    }

    private mutating func call(_ function: String, _ work: inout WorkBudget) -> Value? {
        var arguments: [Value] = []
        if !take(")") {
            repeat {
                guard let argument = or(&work) else { return nil }
                arguments.append(argument)
            } while take(",")
            guard take(")") else { return nil }
        }
        let texts = arguments.map { $0.text }
        let size = texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) }
        guard work.spend(size) else { return nil }
        switch (function, arguments.count) {
        case ("contains", 2):
            if case .list(let items) = arguments[0] {
                guard work.spend(items.count) else { return nil }
                let matches = items.map { Value($0).equals(arguments[1]) }
                if matches.contains(true) { return .bool(true) }
                return matches.contains(nil) || texts[1] == nil ? .unknown : .bool(false)
            }
            return compare(texts) { $0.contains($1) }
        case ("startswith", 2): return compare(texts) { $0.hasPrefix($1) }
        case ("endswith", 2): return compare(texts) { $0.hasSuffix($1) }
        case ("format", 1...): return format(texts, &work).map { .text($0) } ?? .unknown
        case ("join", 1), ("join", 2):
            guard case .list(let items) = arguments[0], work.spend(items.count) else {
                return texts[0].map { .text($0) } ?? .unknown
            }
            let parts = items.compactMap { Value($0).text }
            guard parts.count == items.count, let separator = texts.count > 1 ? texts[1] : "," else {
                return .unknown
            }
            let joined = parts.joined(separator: separator)
            return work.spend(joined.utf8.count) ? .text(joined) : nil
        default: return .unknown
        }
    }

    private func compare(_ texts: [String?], _ holds: (String, String) -> Bool) -> Value {
        guard let left = texts[0]?.lowercased(), let right = texts[1]?.lowercased() else { return .unknown }
        return .bool(right.isEmpty || holds(left, right))
    }

    /// `format('a {0} {{b}}', x)`.
    private func format(_ texts: [String?], _ work: inout WorkBudget) -> String? {
        guard let pattern = texts[0] else { return nil }
        var result = ""
        var rest = Substring(pattern)
        while let character = rest.popFirst() {
            switch character {
            case "{" where rest.first != "{":
                guard let end = rest.firstIndex(of: "}"), let index = Int(rest[..<end]),
                    index >= 0, index < texts.count - 1, let text = texts[index + 1],
                    work.spend(text.utf8.count)
                else { return nil }
                result += text
                rest = rest[rest.index(after: end)...]
            case "{", "}":
                // Doubled, it stands for itself.
                if rest.first == character { rest.removeFirst() }
                result.append(character)
            default: result.append(character)
            }
        }
        return result.utf8.count <= Limits.expandedBytes ? result : nil
    }

    // MARK: - Words

    /// After its first quote; two in a row stand for one.
    private mutating func literal() -> String? {
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "'") {
                guard rest.first == byte else { return String(decoding: bytes, as: UTF8.self) }
                rest.removeFirst()
            }
            bytes.append(byte)
        }
        return nil
    }

    private mutating func name() -> String {
        skipBlanks()
        let name = rest.prefix { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
        rest = rest[name.endIndex...]
        return String(decoding: name, as: UTF8.self)
    }

    private mutating func skipBlanks() {
        rest = rest.drop { $0 <= 0x20 }
    }

    private mutating func startsWith(_ sign: String) -> Bool {
        skipBlanks()
        return rest.starts(with: sign.utf8)
    }

    private mutating func take(_ sign: String) -> Bool {
        guard startsWith(sign) else { return false }
        rest = rest.dropFirst(sign.utf8.count)
        return true
    }
}
