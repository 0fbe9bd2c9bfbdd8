/// A type constraint, and how values are converted to it.
/// Sources: hashicorp/hcl, `ext/typeexpr`; zclconf/go-cty, `docs/convert.md`.
package indirect enum HCLType: Sendable, Hashable {
    case any, string, number, bool
    case list(HCLType)
    case set(HCLType)
    case map(HCLType)
    case tuple([HCLType])
    /// With the attributes that may be missing.
    case object([String: HCLType], optional: Set<String>)

    /// - Parameter expression: as in `type = list(string)`.
    /// - Returns: nil for what is no type.
    package init?(_ expression: HCLExpression) {
        switch expression.kind {
        case .variable("any"): self = .any
        case .variable("string"): self = .string
        case .variable("number"): self = .number
        case .variable("bool"): self = .bool
        case .variable("list"): self = .list(.any)
        case .variable("set"): self = .set(.any)
        case .variable("map"): self = .map(.any)
        case .call(let name, let arguments, _) where arguments.count == 1:
            switch (name, arguments[0].kind) {
            case ("list", _), ("set", _), ("map", _):
                guard let inner = HCLType(arguments[0]) else { return nil }
                self = name == "list" ? .list(inner) : name == "set" ? .set(inner) : .map(inner)
            case ("tuple", .tuple(let items)):
                let types = items.compactMap { HCLType($0) }
                guard types.count == items.count else { return nil }
                self = .tuple(types)
            case ("object", .object(let items)):
                var types: [String: HCLType] = [:]
                var optional: Set<String> = []
                for item in items {
                    guard let name = item.key.keyword else { return nil }
                    var value = item.value
                    if case .call("optional", let inner, _) = value.kind, let first = inner.first {
                        optional.insert(name)
                        value = first
                    }
                    guard let type = HCLType(value) else { return nil }
                    types[name] = type
                }
                self = .object(types, optional: optional)
            default: return nil
            }
        default: return nil
        }
    }

    /// - Throws: a message that continues "is ".
    package func convert(_ value: HCLValue) throws(HCLMismatch) -> HCLValue {
        if value.isNull || value.unknown != nil { return value }
        switch self {
        case .any: return value
        case .string: return try Self.string(value)
        case .number:
            switch value {
            case .number: return value
            case .string(let text):
                if let number = HCLNumber(text) { return .number(number) }
                throw HCLMismatch("\"\(text)\", which is no number")
            default: throw HCLMismatch("\(value.kind), not a number")
            }
        case .bool:
            switch value {
            case .bool: return value
            case .string("true"), .string("1"): return .bool(true)
            case .string("false"), .string("0"): return .bool(false)
            default: throw HCLMismatch("\(value.kind), not a bool")
            }
        case .list(let type):
            guard let elements = value.elements else { throw HCLMismatch("\(value.kind), not a list") }
            return .list(try Self.convert(elements, to: type))
        case .set(let type):
            guard let elements = value.elements else { throw HCLMismatch("\(value.kind), not a set") }
            return HCLValue.set(of: try Self.convert(elements, to: type))
        case .map(let type):
            guard let members = value.members else { throw HCLMismatch("\(value.kind), not a map") }
            var result: [String: HCLValue] = [:]
            for (key, value) in members { result[key] = try type.convert(value) }
            return .object(result)
        case .tuple(let types):
            guard let elements = value.elements, elements.count == types.count else {
                throw HCLMismatch("\(value.kind), not a tuple of \(types.count)")
            }
            var result: [HCLValue] = []
            for (element, type) in zip(elements, types) { result.append(try type.convert(element)) }
            return .list(result)
        case .object(let types, let optional):
            guard let members = value.members else { throw HCLMismatch("\(value.kind), not an object") }
            var result: [String: HCLValue] = [:]
            for (name, type) in types {
                if let member = members[name] {
                    result[name] = try type.convert(member)
                } else if optional.contains(name) {
                    result[name] = .null
                } else {
                    throw HCLMismatch("an object without `\(name)`")
                }
            }
            return .object(result)
        }
    }

    private static func convert(
        _ elements: [HCLValue], to type: HCLType
    ) throws(HCLMismatch) -> [HCLValue] {
        var result: [HCLValue] = []
        for element in elements { result.append(try type.convert(element)) }
        return result
    }

    private static func string(_ value: HCLValue) throws(HCLMismatch) -> HCLValue {
        switch value {
        case .string: return value
        case .number(let number): return .string(number.text)
        case .bool(let bool): return .string(bool ? "true" : "false")
        case .null, .list, .set, .object, .unknown: throw HCLMismatch("\(value.kind), not a string")
        }
    }
}

/// Why a value is not of a type.
package struct HCLMismatch: Error, Sendable, Hashable {
    /// Continues "is ".
    package let message: String

    package init(_ message: String) { self.message = message }
}

extension HCLValue {
    /// - Returns: unknown where an element is: two may be the same.
    package static func set(of elements: [HCLValue]) -> HCLValue {
        if let unknown = elements.lazy.compactMap(\.firstUnknown).first { return .unknown(unknown) }
        var seen: Set<HCLValue> = []
        return .set(elements.filter { seen.insert($0).inserted }.sorted(by: precedes))
    }

    /// The order of sets: texts by their bytes, numbers by their size.
    private static func precedes(_ left: HCLValue, _ right: HCLValue) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)):
            left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.number(let left), .number(let right)): left.isLess(than: right) ?? false
        case (.bool(let left), .bool(let right)): !left && right
        default: false
        }
    }
}
