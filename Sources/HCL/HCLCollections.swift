import Diagnostics
package import JSON

extension HCLFunctions {
    /// - Returns: nil for a function of other values.
    static func ofCollections(
        _ name: String, _ given: Arguments, _ work: inout WorkBudget
    ) throws(HCLMismatch) -> HCLValue? {
        switch name {
        case "length":
            switch try given.value(0) {
            case .list(let elements), .set(let elements): return .number(HCLNumber(elements.count))
            case .object(let members): return .number(HCLNumber(members.count))
            case let value: throw HCLMismatch("\(value.kind), which has no length")
            }
        case "coalesce":
            for value in given.all where !value.isNull { return value }
            throw HCLMismatch("null alone")
        case "coalescelist":
            for index in given.all.indices {
                let elements = try given.elements(index)
                if !elements.isEmpty { return .list(elements) }
            }
            throw HCLMismatch("empty lists alone")
        case "compact": return .list(try given.texts(0).filter { !$0.isEmpty }.map(HCLValue.string))
        case "concat":
            var result: [HCLValue] = []
            for index in given.all.indices { result += try given.elements(index) }
            return .list(result)
        case "contains": return try contains(try given.elements(0), try given.value(1))
        case "distinct":
            var seen: Set<HCLValue> = []
            return .list(try given.elements(0).filter { seen.insert($0).inserted })
        case "element":
            let elements = try given.elements(0)
            let index = try given.integer(1)
            guard !elements.isEmpty else { throw HCLMismatch("an empty list") }
            let place = index % elements.count
            return elements[place < 0 ? place + elements.count : place]
        case "flatten":
            var result: [HCLValue] = []
            guard flatten(try given.value(0), into: &result, depth: 0, &work) else { return nil }
            return .list(result)
        case "hasindex", "index", "lookup": return try indexed(name, given)
        case "indexof":
            let (elements, wanted) = (try given.elements(0), try given.value(1))
            guard let index = elements.firstIndex(where: { $0.equals(wanted) == true }) else {
                throw HCLMismatch("a value that the list does not have")
            }
            return .number(HCLNumber(index))
        case "keys":
            return .list(try members(given, 0).keys.sorted().map(HCLValue.string))
        case "values":
            return .list(try members(given, 0).sorted { $0.key < $1.key }.map(\.value))
        case "merge":
            var result: [String: HCLValue] = [:]
            for index in given.all.indices where try !given.value(index).isNull {
                result.merge(try members(given, index)) { $1 }
            }
            return .object(result)
        case "zipmap":
            let (keys, values) = (try given.texts(0), try given.elements(1))
            guard keys.count == values.count else { throw HCLMismatch("lists of two lengths") }
            return .object(Dictionary(zip(keys, values)) { $1 })
        case "range": return try range(given, &work)
        case "reverselist": return .list(try given.elements(0).reversed())
        case "slice":
            let elements = try given.elements(0)
            let (start, end) = (try given.integer(1), try given.integer(2))
            guard start >= 0, start <= end, end <= elements.count else {
                throw HCLMismatch("indices that the list does not have")
            }
            return .list(Array(elements[start..<end]))
        case "chunklist":
            let (elements, size) = (try given.elements(0), try given.integer(1))
            guard size >= 0 else { throw HCLMismatch("a negative size") }
            if size == 0 || size >= elements.count { return .list([.list(elements)]) }
            return .list(
                stride(from: 0, to: elements.count, by: size).map {
                    .list(Array(elements[$0..<min($0 + size, elements.count)]))
                })
        case "sort":
            return .list(
                try given.texts(0).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map(HCLValue.string))
        case "setunion", "setintersection", "setsubtract", "setsymmetricdifference", "sethaselement":
            return try ofSets(name, given)
        case "setproduct": return try product(given, &work)
        case "jsonencode": return encoded(try given.value(0)).map { .string($0) }
        case "jsondecode":
            let text = try given.text(0)
            guard let json = try? JSON.parse(text) else { throw HCLMismatch("a text that is no JSON") }
            return HCLValue(json)
        default: return nil
        }
    }

    private static func members(
        _ given: Arguments, _ index: Int
    ) throws(HCLMismatch) -> [String: HCLValue] {
        guard let members = try given.value(index).members else {
            throw HCLMismatch("\(try given.value(index).kind), not an object")
        }
        return members
    }

    private static func contains(_ elements: [HCLValue], _ wanted: HCLValue) throws(HCLMismatch) -> HCLValue {
        var unknown = wanted.firstUnknown
        for element in elements {
            switch element.equals(wanted) {
            case true?: return .bool(true)
            case false?: break
            case nil: unknown = unknown ?? element.firstUnknown
            }
        }
        return unknown.map(HCLValue.unknown) ?? .bool(false)
    }

    /// - Returns: false where it is too much.
    private static func flatten(
        _ value: HCLValue, into result: inout [HCLValue], depth: Int, _ work: inout WorkBudget
    ) -> Bool {
        guard depth < Limits.hclDepth, work.spend() else { return false }
        guard let elements = value.elements else {
            result.append(value)
            return true
        }
        return elements.allSatisfy { flatten($0, into: &result, depth: depth + 1, &work) }
    }

    private static func indexed(_ name: String, _ given: Arguments) throws(HCLMismatch) -> HCLValue {
        let found: HCLValue?
        switch try given.value(0) {
        case .list(let elements):
            let index = try given.integer(1)
            found = elements.indices.contains(index) ? elements[index] : nil
        case .object(let members): found = members[try given.text(1)]
        case let value: throw HCLMismatch("\(value.kind), which has no indices")
        }
        if name == "hasindex" { return .bool(found != nil) }
        if let found { return found }
        guard name == "lookup", given.count > 2 else {
            throw HCLMismatch("an index that is not there")
        }
        return try given.value(2)
    }

    private static func range(_ given: Arguments, _ work: inout WorkBudget) throws(HCLMismatch) -> HCLValue? {
        let start = given.count == 1 ? 0 : try given.integer(0)
        let end = try given.integer(given.count == 1 ? 0 : 1)
        let step = given.count == 3 ? try given.integer(2) : start <= end ? 1 : -1
        guard step != 0 else { throw HCLMismatch("a step of 0") }
        guard start.magnitude <= Limits.hclRange, end.magnitude <= Limits.hclRange,
            work.spend(abs(end - start))
        else { return nil }
        let numbers = stride(from: start, to: end, by: step).prefix(Limits.hclRange)
        return .list(numbers.map { .number(HCLNumber($0)) })
    }

    private static func ofSets(_ name: String, _ given: Arguments) throws(HCLMismatch) -> HCLValue {
        if name == "sethaselement" {
            return .bool(try given.elements(0).contains(try given.value(1)))
        }
        var result = Set(try given.elements(0))
        for index in 1..<max(1, given.count) {
            let other = Set(try given.elements(index))
            switch name {
            case "setunion": result.formUnion(other)
            case "setintersection": result.formIntersection(other)
            case "setsubtract": result.subtract(other)
            default: result.formSymmetricDifference(other)
            }
        }
        return HCLValue.set(of: Array(result))
    }

    private static func product(
        _ given: Arguments, _ work: inout WorkBudget
    ) throws(HCLMismatch) -> HCLValue? {
        var rows: [[HCLValue]] = [[]]
        for index in given.all.indices {
            let elements = try given.elements(index)
            let (count, isTooMany) = rows.count.multipliedReportingOverflow(by: max(1, elements.count))
            guard !isTooMany, work.spend(count * (index + 1)) else { return nil }
            rows = rows.flatMap { row in elements.map { row + [$0] } }
        }
        return .list(rows.map(HCLValue.list))
    }

    // MARK: - JSON

    /// As Go writes it, with `<`, `>` and `&` as numbers; nil for what JSON cannot tell.
    private static func encoded(_ value: HCLValue) -> String? {
        value.json.map { json in
            var text = ""
            for scalar in json.text().unicodeScalars {
                switch scalar {
                case "<": text += "\\u003c"
                case ">": text += "\\u003e"
                case "&": text += "\\u0026"
                default: text.unicodeScalars.append(scalar)
                }
            }
            return text
        }
    }
}

extension HCLValue {
    /// A value of JSON, its texts as they are.
    package init(_ json: JSON) {
        switch json {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .integer(let number): self = .number(HCLNumber(number))
        case .number(let number):
            self =
                HCLNumber("\(number)").map(HCLValue.number)
                ?? .unknown(HCLUnknown("a number has too many digits"))
        case .string(let text): self = .string(text)
        case .array(let elements): self = .list(elements.map { HCLValue($0) })
        case .object(let object):
            self = .object(Dictionary(object.members.map { ($0.key, HCLValue($0.value)) }) { $1 })
        }
    }

    /// nil where a part is unknown, or a number none of JSON's here.
    package var json: JSON? {
        switch self {
        case .null: return .null
        case .bool(let bool): return .bool(bool)
        case .number(let number):
            return number.integer.map(JSON.integer) ?? Double(number.text).map(JSON.number)
        case .string(let text): return .string(text)
        case .list(let elements), .set(let elements):
            let values = elements.compactMap(\.json)
            return values.count == elements.count ? .array(values) : nil
        case .object(let members):
            var object = JSON.Object()
            for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                guard let json = value.json else { return nil }
                object[key] = json
            }
            return .object(object)
        case .unknown: return nil
        }
    }
}
