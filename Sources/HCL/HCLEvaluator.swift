package import Diagnostics

/// A function that a file defines.
package struct HCLFunction: Sendable {
    package let parameters: [String]
    /// Takes what is left, as a list.
    package let variadic: String?
    package let result: HCLExpression

    package init(parameters: [String], variadic: String?, result: HCLExpression) {
        self.parameters = parameters
        self.variadic = variadic
        self.result = result
    }
}

/// Works out expressions, with all that they refer to known beforehand.
///
/// A value has one of three outcomes: it is known, it is not (`HCLValue.unknown`, with the reason), or the file is wrong
/// (`HCLError`). What is made of an unknown value is unknown, unless it does not matter.
/// Source: hashicorp/hcl, `hclsyntax/spec.md`, "Expressions".
package struct HCLEvaluator {
    private let values: [String: HCLValue]
    private let functions: [String: HCLFunction]
    /// Names of loops and parameters.
    private var locals: [String: HCLValue]
    /// What a splat is at.
    private var item: HCLValue?
    private var depth = 0

    /// - Parameters:
    ///   - values: by name.
    ///   - functions: those of the file.
    ///   - locals: values that come before `values`, and that functions do not see.
    package init(
        values: [String: HCLValue], functions: [String: HCLFunction], locals: [String: HCLValue] = [:]
    ) {
        self.values = values
        self.functions = functions
        self.locals = locals
    }

    /// - Throws: where bake would end with a message.
    package func value(
        of expression: HCLExpression, work: inout WorkBudget
    ) throws(HCLError) -> HCLValue {
        guard depth < Limits.hclEvaluation, work.spend() else {
            return .unknown(HCLUnknown(WorkBudget.note))
        }
        var inner = self
        inner.depth += 1
        return try inner.evaluate(expression, &work)
    }

    private func evaluate(
        _ expression: HCLExpression, _ work: inout WorkBudget
    ) throws(HCLError) -> HCLValue {
        switch expression.kind {
        case .literal(let value): return value
        case .template(let parts): return try template(parts, &work)
        case .variable(let name):
            guard let value = locals[name] ?? values[name] else {
                throw HCLError("there is no variable `\(name)`", at: expression.range)
            }
            return copied(value, &work)
        case .attribute(let base, let name):
            return try member(.string(name), of: try value(of: base, work: &work), expression)
        case .index(let base, let key):
            let base = try value(of: base, work: &work)
            return try member(try value(of: key, work: &work), of: base, expression)
        case .splat(let base, let each): return try splat(base, each, &work)
        case .item: return item ?? .null
        case .call(let name, let arguments, let expandsLast):
            return try call(name, arguments, expandsLast, expression, &work)
        case .unary(let sign, let operand):
            let value = try value(of: operand, work: &work)
            return try told(expression) { () throws(HCLMismatch) in
                try HCLFunctions.operation(sign, value, value)
            }
        case .binary(let sign, let left, let right):
            let left = try value(of: left, work: &work)
            let right = try value(of: right, work: &work)
            return try told(expression) { () throws(HCLMismatch) in
                try HCLFunctions.operation(sign, left, right)
            }
        case .conditional(let condition, let first, let second):
            return try conditional(condition, first, second, &work)
        case .tuple(let elements):
            var result: [HCLValue] = []
            for element in elements { result.append(try value(of: element, work: &work)) }
            return .list(result)
        case .object(let items): return try object(items, &work)
        case .loop(let loop): return try self.loop(loop, expression, &work)
        case .joined(let inner):
            let texts = try value(of: inner, work: &work)
            return try told(expression) { () throws(HCLMismatch) in
                try HCLFunctions.join("", texts.elements ?? [texts])
            }
        case .parentheses(let inner): return try value(of: inner, work: &work)
        }
    }

    /// A value that is made once more.
    private func copied(_ value: HCLValue, _ work: inout WorkBudget) -> HCLValue {
        work.spend(value.size) ? value : .unknown(HCLUnknown(WorkBudget.note))
    }

    private func told(
        _ expression: HCLExpression, _ make: () throws(HCLMismatch) -> HCLValue
    ) throws(HCLError) -> HCLValue {
        do throws(HCLMismatch) { return try make() } catch {
            throw HCLError("a value is \(error.message)", at: expression.range)
        }
    }

    private func converted(
        _ value: HCLValue, to type: HCLType, _ expression: HCLExpression
    ) throws(HCLError) -> HCLValue {
        if value.isNull { throw HCLError("a value is null", at: expression.range) }
        return try told(expression) { () throws(HCLMismatch) in try type.convert(value) }
    }

    // MARK: - Kinds of expressions

    private func template(_ parts: [HCLExpression], _ work: inout WorkBudget) throws(HCLError) -> HCLValue {
        var result = ""
        var unknown: HCLUnknown?
        for part in parts {
            switch try converted(try value(of: part, work: &work), to: .string, part) {
            case .string(let text):
                guard work.spend(text.utf8.count), result.utf8.count + text.utf8.count <= Limits.hclTextBytes
                else { return .unknown(HCLUnknown(WorkBudget.note)) }
                result += text
            case .unknown(let reason):
                if unknown == nil || reason.changesEachTime { unknown = reason }
            case .null, .bool, .number, .list, .set, .object: break
            }
        }
        return unknown.map(HCLValue.unknown) ?? .string(result)
    }

    private func member(
        _ key: HCLValue, of base: HCLValue, _ expression: HCLExpression
    ) throws(HCLError) -> HCLValue {
        switch (base, key) {
        case (.unknown, _): return base
        case (_, .unknown): return key
        case (.list(let elements), _):
            guard case .number(let number) = try converted(key, to: .number, expression),
                let index = number.integer, elements.indices.contains(index)
            else { throw HCLError("the list has no such element", at: expression.range) }
            return elements[index]
        case (.object(let members), _):
            guard case .string(let name) = try converted(key, to: .string, expression),
                let member = members[name]
            else { throw HCLError("there is no such attribute", at: expression.range) }
            return member
        case (.null, _), (.bool, _), (.number, _), (.string, _), (.set, _):
            throw HCLError("\(base.kind) has no attributes", at: expression.range)
        }
    }

    private func splat(
        _ base: HCLExpression, _ each: HCLExpression, _ work: inout WorkBudget
    ) throws(HCLError) -> HCLValue {
        let base = try value(of: base, work: &work)
        if base.isNull { return .list([]) }
        if base.unknown != nil { return base }
        var result: [HCLValue] = []
        var inner = self
        for element in base.elements ?? [base] {
            inner.item = element
            result.append(try inner.value(of: each, work: &work))
        }
        return .list(result)
    }

    private func conditional(
        _ condition: HCLExpression, _ first: HCLExpression, _ second: HCLExpression,
        _ work: inout WorkBudget
    ) throws(HCLError) -> HCLValue {
        let decided = try converted(try value(of: condition, work: &work), to: .bool, condition)
        guard case .bool(let isFirst) = decided else { return decided }
        let chosen = try value(of: isFirst ? first : second, work: &work)
        // The other one only decides of which type the result is.
        let other = (try? value(of: isFirst ? second : first, work: &work)) ?? .null
        switch (chosen, other) {
        case (.number, .string), (.bool, .string): return try converted(chosen, to: .string, condition)
        default: return chosen
        }
    }

    private func object(
        _ items: [HCLExpression.Item], _ work: inout WorkBudget
    ) throws(HCLError) -> HCLValue {
        var result: [String: HCLValue] = [:]
        for item in items {
            let key = try converted(try value(of: item.key, work: &work), to: .string, item.key)
            guard let name = key.text else { return key }
            result[name] = try value(of: item.value, work: &work)
        }
        return .object(result)
    }

    private func loop(
        _ loop: HCLExpression.Loop, _ expression: HCLExpression, _ work: inout WorkBudget
    ) throws(HCLError) -> HCLValue {
        let pairs: [(key: HCLValue, value: HCLValue)]
        switch try value(of: loop.collection, work: &work) {
        case .unknown(let reason): return .unknown(reason)
        case .list(let elements):
            pairs = elements.enumerated().map { (.number(HCLNumber($0)), $1) }
        case .set(let elements): pairs = elements.map { ($0, $0) }
        case .object(let members):
            pairs = members.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value) }
        case let value: throw HCLError("\(value.kind) has no elements", at: loop.collection.range)
        }
        var list: [HCLValue] = []
        var object: [String: HCLValue] = [:]
        var inner = self
        for pair in pairs {
            guard work.spend(pair.value.size) else { return .unknown(HCLUnknown(WorkBudget.note)) }
            if let name = loop.keyName { inner.locals[name] = pair.key }
            inner.locals[loop.valueName] = pair.value
            if let condition = loop.condition {
                let decided = try converted(
                    try inner.value(of: condition, work: &work), to: .bool, condition)
                if decided.unknown != nil { return decided }
                if decided == .bool(false) { continue }
            }
            guard let key = loop.key else {
                list.append(try inner.value(of: loop.value, work: &work))
                continue
            }
            let name = try converted(try inner.value(of: key, work: &work), to: .string, key)
            guard let name = name.text else { return name }
            let value = try inner.value(of: loop.value, work: &work)
            if loop.groups {
                object[name] = .list((object[name]?.elements ?? []) + [value])
            } else if object.updateValue(value, forKey: name) != nil {
                throw HCLError("two elements have the key `\(name)`", at: expression.range)
            }
        }
        return loop.key == nil ? .list(list) : .object(object)
    }

    // MARK: - Calls

    private func call(
        _ name: String, _ arguments: [HCLExpression], _ expandsLast: Bool, _ expression: HCLExpression,
        _ work: inout WorkBudget
    ) throws(HCLError) -> HCLValue {
        switch name {
        case "try" where functions[name] == nil:
            for argument in arguments {
                if let value = try? value(of: argument, work: &work) { return value }
            }
            throw HCLError("no argument of `try` has a value", at: expression.range)
        case "can" where functions[name] == nil && arguments.count == 1:
            return .bool((try? value(of: arguments[0], work: &work)) != nil)
        case "convert" where functions[name] == nil && arguments.count == 2:
            guard let type = HCLType(arguments[1]) else {
                throw HCLError("`convert` takes a type", at: arguments[1].range)
            }
            let converted = try value(of: arguments[0], work: &work)
            return try told(expression) { () throws(HCLMismatch) in try type.convert(converted) }
        default: break
        }
        var values: [HCLValue] = []
        for argument in arguments { values.append(try value(of: argument, work: &work)) }
        if expandsLast, let last = values.popLast() {
            if last.unknown != nil { return last }
            guard let elements = last.elements else {
                throw HCLError("`...` follows \(last.kind)", at: expression.range)
            }
            values += elements
        }
        if let function = functions[name] {
            return try call(function, name, values, expression, &work)
        }
        guard HCLFunctions.exists(name) else {
            throw HCLError("there is no function `\(name)`", at: expression.range)
        }
        let result: HCLValue
        do throws(HCLMismatch) { result = try HCLFunctions.call(name, values, work: &work) } catch {
            throw HCLError("`\(name)` is given \(error.message)", at: expression.range)
        }
        return copied(result, &work)
    }

    private func call(
        _ function: HCLFunction, _ name: String, _ values: [HCLValue], _ expression: HCLExpression,
        _ work: inout WorkBudget
    ) throws(HCLError) -> HCLValue {
        let count = function.parameters.count
        guard values.count == count || values.count > count && function.variadic != nil else {
            throw HCLError("`\(name)` takes \(count) arguments", at: expression.range)
        }
        var inner = HCLEvaluator(values: self.values, functions: functions)
        inner.depth = depth
        for (parameter, value) in zip(function.parameters, values) { inner.locals[parameter] = value }
        if let variadic = function.variadic { inner.locals[variadic] = .list(Array(values[count...])) }
        do throws(HCLError) { return try inner.value(of: function.result, work: &work) } catch {
            throw HCLError("in `\(name)`: \(error.message)", at: expression.range)
        }
    }
}
