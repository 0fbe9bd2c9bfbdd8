import Diagnostics

/// The functions and operators that files need not define: those of docker/buildx, `bake/hclparser/stdlib.go`.
/// Sources: docs.docker.com, "Bake standard library functions"; zclconf/go-cty, `cty/function/stdlib`.
enum HCLFunctions {
    /// The names of all, those included that are not worked out here.
    private static let names: Set<String> = [
        "absolute", "add", "and", "base64decode", "base64encode", "basename", "bcrypt", "byteslen",
        "bytesslice",
        "can", "ceil", "chomp", "chunklist", "cidrhost", "cidrnetmask", "cidrsubnet", "cidrsubnets",
        "coalesce",
        "coalescelist", "compact", "concat", "contains", "convert", "csvdecode", "dirname", "distinct",
        "divide",
        "element", "equal", "flatten", "floor", "format", "formatdate", "formatlist", "formattimestamp",
        "greaterthan", "greaterthanorequalto", "hasindex", "homedir", "indent", "index", "indexof", "int",
        "join", "jsondecode", "jsonencode", "keys", "length", "lessthan", "lessthanorequalto", "log",
        "lookup",
        "lower", "max", "md5", "merge", "min", "modulo", "multiply", "negate", "not", "notequal", "or",
        "parseint", "pow", "range", "regex", "regex_replace", "regexall", "replace", "reverse", "reverselist",
        "rsadecrypt", "sanitize", "semvercmp", "sethaselement", "setintersection", "setproduct",
        "setsubtract",
        "setsymmetricdifference", "setunion", "sha1", "sha256", "sha512", "signum", "slice", "sort", "split",
        "strlen", "substr", "subtract", "timeadd", "timestamp", "title", "trim", "trimprefix", "trimspace",
        "trimsuffix", "try", "unixtimestampparse", "upper", "urlencode", "uuidv4", "uuidv5", "values",
        "zipmap",
    ]

    static func exists(_ name: String) -> Bool { names.contains(name) }

    /// Functions that look at no element of what they are given: one may be unknown.
    private static let structural: Set<String> = [
        "chunklist", "coalescelist", "concat", "element", "flatten", "hasindex", "index", "keys", "length",
        "lookup", "merge", "reverselist", "slice", "values", "zipmap", "setproduct", "contains", "coalesce",
    ]

    /// - Throws: a message that continues "is given ".
    static func call(
        _ name: String, _ arguments: [HCLValue], work: inout WorkBudget
    ) throws(HCLMismatch) -> HCLValue {
        switch name {
        case "timestamp":
            return .unknown(HCLUnknown("`timestamp()` is another one each time", changesEachTime: true))
        case "uuidv4":
            return .unknown(HCLUnknown("`uuidv4()` is another one each time", changesEachTime: true))
        case "homedir": return .unknown(HCLUnknown("`homedir()` is that of who runs bake"))
        case "formatdate", "formattimestamp": return ofTime(arguments)
        default: break
        }
        let isStructural = structural.contains(name)
        if let unknown = arguments.lazy.compactMap({ isStructural ? $0.unknown : $0.firstUnknown }).first {
            return .unknown(unknown)
        }
        let given = Arguments(arguments)
        if let result = try ofTexts(name, given, &work) { return result }
        if let result = try ofNumbers(name, given) { return result }
        if let result = try ofCollections(name, given, &work) { return result }
        return .unknown(HCLUnknown("`\(name)` is not worked out"))
    }

    /// A format that says no more than the day makes one value of many.
    private static func ofTime(_ arguments: [HCLValue]) -> HCLValue {
        guard let format = arguments.first?.text, let unknown = arguments.last?.firstUnknown else {
            return .unknown(HCLUnknown("times are not formatted"))
        }
        let isFine = format.contains { "hHmsX".contains($0) }
        return .unknown(
            HCLUnknown(unknown.reason, changesEachTime: unknown.changesEachTime && isFine))
    }

    /// What a function is given.
    struct Arguments {
        let all: [HCLValue]

        init(_ all: [HCLValue]) { self.all = all }

        var count: Int { all.count }

        func value(_ index: Int) throws(HCLMismatch) -> HCLValue {
            guard all.indices.contains(index) else { throw HCLMismatch("too few arguments") }
            return all[index]
        }

        func text(_ index: Int) throws(HCLMismatch) -> String {
            guard case .string(let text) = try HCLType.string.convert(try value(index)) else {
                throw HCLMismatch("null")
            }
            return text
        }

        func number(_ index: Int) throws(HCLMismatch) -> HCLNumber {
            guard case .number(let number) = try HCLType.number.convert(try value(index)) else {
                throw HCLMismatch("null")
            }
            return number
        }

        func integer(_ index: Int) throws(HCLMismatch) -> Int {
            guard let integer = try number(index).integer else { throw HCLMismatch("no whole number") }
            return integer
        }

        func bool(_ index: Int) throws(HCLMismatch) -> Bool {
            guard case .bool(let bool) = try HCLType.bool.convert(try value(index)) else {
                throw HCLMismatch("null")
            }
            return bool
        }

        func elements(_ index: Int) throws(HCLMismatch) -> [HCLValue] {
            guard let elements = try value(index).elements else {
                throw HCLMismatch("\(try value(index).kind), not a list")
            }
            return elements
        }

        func texts(_ index: Int) throws(HCLMismatch) -> [String] {
            var result: [String] = []
            for element in try elements(index) {
                guard case .string(let text) = try HCLType.string.convert(element) else {
                    throw HCLMismatch("a list with null in it")
                }
                result.append(text)
            }
            return result
        }
    }

    // MARK: - Operators

    /// - Throws: a message that continues "a value is ".
    static func operation(
        _ sign: HCLExpression.Operator, _ left: HCLValue, _ right: HCLValue
    ) throws(HCLMismatch) -> HCLValue {
        let given = Arguments([left, right])
        func unknown() -> HCLValue? {
            (left.unknown ?? right.unknown).map(HCLValue.unknown)
        }
        func number(_ result: HCLNumber?) -> HCLValue {
            result.map(HCLValue.number) ?? .unknown(HCLUnknown("a number has too many digits"))
        }
        switch sign {
        case .equal, .notEqual:
            guard let isEqual = left.equals(right) else {
                return .unknown(left.firstUnknown ?? right.firstUnknown ?? HCLUnknown("a part is not known"))
            }
            return .bool(isEqual == (sign == .equal))
        case .and, .or:
            let decisive = sign == .or
            // What one side decides does not need the other.
            for index in [0, 1] where try given.value(index).unknown == nil {
                if try given.bool(index) == decisive { return .bool(decisive) }
            }
            return unknown() ?? .bool(!decisive)
        case .not: return left.unknown == nil ? .bool(!(try given.bool(0))) : left
        case .negate: return left.unknown == nil ? number(try given.number(0).negated) : left
        case .plus, .minus, .times, .over, .modulo, .less, .greater, .lessOrEqual, .greaterOrEqual: break
        }
        if let unknown = unknown() { return unknown }
        let (first, second) = (try given.number(0), try given.number(1))
        func compared(_ isTrue: Bool?) -> HCLValue {
            isTrue.map(HCLValue.bool) ?? .unknown(HCLUnknown("a number has too many digits"))
        }
        switch sign {
        case .plus: return number(first.adding(second))
        case .minus: return number(first.subtracting(second))
        case .times: return number(first.multiplied(by: second))
        case .over:
            if second.isZero { throw HCLMismatch("0, which nothing is divided by") }
            return number(first.divided(by: second))
        case .modulo:
            if second.isZero { throw HCLMismatch("0, which nothing is divided by") }
            return number(first.remainder(dividingBy: second))
        case .less: return compared(first.isLess(than: second))
        case .greater: return compared(second.isLess(than: first))
        case .lessOrEqual: return compared(second.isLess(than: first).map { !$0 })
        case .greaterOrEqual: return compared(first.isLess(than: second).map { !$0 })
        case .or, .and, .equal, .notEqual, .not, .negate: return .null
        }
    }

    // MARK: - Numbers and logic

    private static func ofNumbers(_ name: String, _ given: Arguments) throws(HCLMismatch) -> HCLValue? {
        if let sign = operators[name] { return try operation(sign, try given.value(0), try given.value(1)) }
        switch name {
        case "not": return .bool(!(try given.bool(0)))
        case "negate": return try operation(.negate, try given.value(0), .null)
        case "absolute":
            let number = try given.number(0)
            return (number.isNegative ? number.negated : number).map(HCLValue.number)
        case "ceil": return try given.number(0).ceiling.map(HCLValue.number)
        case "floor": return try given.number(0).floor.map(HCLValue.number)
        case "int":
            let number = try given.number(0)
            return (number.isNegative ? number.ceiling : number.floor).map(HCLValue.number)
        case "signum":
            let number = try given.number(0)
            return .number(HCLNumber(number.isZero ? 0 : number.isNegative ? -1 : 1))
        case "max", "min":
            var result = try given.number(0)
            for index in 1..<max(1, given.count) {
                let next = try given.number(index)
                guard let isLess = next.isLess(than: result) else { return nil }
                if isLess == (name == "min") { result = next }
            }
            return .number(result)
        case "pow":
            let (base, exponent) = (try given.number(0), try given.integer(1))
            guard (0...127).contains(exponent) else { return nil }
            var result: HCLNumber? = HCLNumber(1)
            for _ in 0..<exponent { result = result?.multiplied(by: base) }
            return result.map(HCLValue.number)
        case "parseint":
            let (text, radix) = (try given.text(0), try given.integer(1))
            guard (2...36).contains(radix), let number = Int(text, radix: radix) else {
                throw HCLMismatch("\"\(text)\", which is no whole number of that base")
            }
            return .number(HCLNumber(number))
        default: return nil
        }
    }

    private static let operators: [String: HCLExpression.Operator] = [
        "add": .plus, "subtract": .minus, "multiply": .times, "divide": .over, "modulo": .modulo, "and": .and,
        "or": .or, "equal": .equal, "notequal": .notEqual, "lessthan": .less, "greaterthan": .greater,
        "lessthanorequalto": .lessOrEqual, "greaterthanorequalto": .greaterOrEqual,
    ]
}
