import Diagnostics
import JSON

extension HCLFunctions {
    /// The verbs that public files use: `%s`, `%d`, `%v`, `%q`, `%t`, `%x`, `%%`, with widths, zeros and `[n]`.
    /// Source: zclconf/go-cty, `cty/function/stdlib/format.go`.
    /// - Returns: nil for another verb.
    static func formatted(
        _ given: Arguments, _ work: inout WorkBudget
    ) throws(HCLMismatch) -> HCLValue? {
        var result = ""
        var rest = Array(try given.text(0).unicodeScalars)[...]
        var argument = 1
        var used = 0
        while let scalar = rest.popFirst() {
            guard scalar == "%" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            var flags: Set<Unicode.Scalar> = []
            while let flag = rest.first, "-+ 0#".unicodeScalars.contains(flag) {
                flags.insert(flag)
                rest = rest.dropFirst()
            }
            let width = number(&rest)
            var precision: Int?
            if rest.first == "." {
                rest = rest.dropFirst()
                precision = number(&rest) ?? 0
            }
            if rest.first == "[" {
                rest = rest.dropFirst()
                guard let index = number(&rest), rest.popFirst() == "]" else { return nil }
                argument = index
            }
            guard let verb = rest.popFirst() else { throw HCLMismatch("a format that ends with `%`") }
            if verb == "%" {
                result += "%"
                continue
            }
            guard given.all.indices.contains(argument), argument > 0 else {
                throw HCLMismatch("too few values for its format")
            }
            guard let text = try text(verb, flags, precision, given, argument) else { return nil }
            used = max(used, argument)
            argument += 1
            let missing = max(0, min(width ?? 0, Limits.hclWidth) - text.count)
            if flags.contains("-") {
                result += text + String(repeating: " ", count: missing)
            } else if flags.contains("0"), verb == "d" || verb == "x" || verb == "X" {
                let sign = text.hasPrefix("-") || text.hasPrefix("+") ? String(text.prefix(1)) : ""
                result += sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
            } else {
                result += String(repeating: " ", count: missing) + text
            }
            guard result.utf8.count <= Limits.hclTextBytes, work.spend(text.utf8.count) else { return nil }
        }
        if used < given.count - 1 { throw HCLMismatch("more values than its format has") }
        return .string(result)
    }

    private static func number(_ rest: inout ArraySlice<Unicode.Scalar>) -> Int? {
        var digits = ""
        while let digit = rest.first, ("0"..."9").contains(digit), digits.utf8.count < 9 {
            digits.unicodeScalars.append(digit)
            rest = rest.dropFirst()
        }
        return Int(digits)
    }

    private static func text(
        _ verb: Unicode.Scalar, _ flags: Set<Unicode.Scalar>, _ precision: Int?, _ given: Arguments,
        _ index: Int
    ) throws(HCLMismatch) -> String? {
        switch verb {
        case "s":
            let text = try given.text(index)
            return precision.map { String(text.prefix($0)) } ?? text
        case "d":
            let number = try given.number(index)
            guard let integer = number.integer else { return nil }
            return (flags.contains("+") && integer >= 0 ? "+" : "") + "\(integer)"
        case "x", "X":
            guard let integer = try given.number(index).integer else { return nil }
            return String(integer, radix: 16, uppercase: verb == "X")
        case "t": return try given.bool(index) ? "true" : "false"
        case "v":
            switch try given.value(index) {
            case .string(let text): return text
            case .number(let number): return number.text
            case .bool(let bool): return bool ? "true" : "false"
            case .null: return "null"
            case let value: return value.json?.text()
            }
        case "q": return JSON.string(try given.text(index)).text()
        default: return nil
        }
    }

    static func formattedList(
        _ given: Arguments, _ work: inout WorkBudget
    ) throws(HCLMismatch) -> HCLValue? {
        var count: Int?
        for value in given.all.dropFirst() {
            guard let elements = value.elements else { continue }
            if let count, count != elements.count { throw HCLMismatch("lists of two lengths") }
            count = elements.count
        }
        var result: [HCLValue] = []
        for index in 0..<(count ?? 1) {
            let row = given.all.map { $0.elements?[index] ?? $0 }
            guard let text = try formatted(Arguments(row), &work) else { return nil }
            result.append(text)
        }
        return .list(result)
    }
}
