/// An expression of HCL.
package struct HCLExpression: Sendable {
    package let kind: Kind
    /// In bytes of the file.
    package let range: Range<Int>
    /// The text of JSON that it was read from, where it is one.
    package let jsonText: String?
    /// How many expressions stand in each other.
    let depth: Int

    package indirect enum Kind: Sendable {
        case literal(HCLValue)
        /// A text of several parts.
        case template([HCLExpression])
        case variable(String)
        case attribute(HCLExpression, String)
        case index(HCLExpression, HCLExpression)
        /// `x[*].y`: what follows is done with each element, which is `.item`.
        case splat(HCLExpression, each: HCLExpression)
        case item
        /// The last argument may be a list of them (`f(x...)`).
        case call(String, [HCLExpression], expandsLast: Bool)
        case unary(Operator, HCLExpression)
        case binary(Operator, HCLExpression, HCLExpression)
        case conditional(HCLExpression, HCLExpression, HCLExpression)
        case tuple([HCLExpression])
        case object([Item])
        case loop(Loop)
        /// `%{for}` of a template: the texts that a loop makes, as one.
        case joined(HCLExpression)
        case parentheses(HCLExpression)
    }

    package struct Item: Sendable {
        package let key: HCLExpression
        package let value: HCLExpression
    }

    package struct Loop: Sendable {
        let keyName: String?
        let valueName: String
        let collection: HCLExpression
        /// Of an object.
        let key: HCLExpression?
        let value: HCLExpression
        let condition: HCLExpression?
        /// Values of one key become a list (`...`).
        let groups: Bool
    }

    package enum Operator: Sendable {
        case or, and, equal, notEqual, less, greater, lessOrEqual, greaterOrEqual
        case plus, minus, times, over, modulo, not, negate
    }

    init(_ kind: Kind, at range: Range<Int>, jsonText: String? = nil) {
        self.kind = kind
        self.range = range
        self.jsonText = jsonText
        depth = 1 + kind.children.reduce(0) { max($0, $1.depth) }
    }

    /// The name, where it is nothing but one: a parameter of a function, a key of an object.
    package var keyword: String? {
        switch kind {
        case .variable(let name): name
        case .literal(.string(let text)): text
        default: nil
        }
    }

    /// The items of an object that is written out; nil for another expression.
    package var items: [Item]? {
        if case .object(let items) = kind { items } else { nil }
    }

    /// The elements of a list that is written out; nil for another expression.
    package var elements: [HCLExpression]? {
        if case .tuple(let elements) = kind { elements } else { nil }
    }

    /// A name that it refers to, with the names after dots that follow it.
    package struct Reference: Sendable, Hashable {
        package let root: String
        package let path: [String]
    }

    /// What it refers to besides what it defines itself, and the functions that it calls.
    package func references() -> (values: Set<Reference>, functions: Set<String>) {
        var collector = Collector()
        collector.visit(self)
        return (collector.values, collector.functions)
    }

    private struct Collector {
        var values: Set<Reference> = []
        var functions: Set<String> = []
        private var local: [String] = []

        mutating func visit(_ expression: HCLExpression, path: [String] = []) {
            switch expression.kind {
            case .variable(let name):
                if !local.contains(name) { values.insert(Reference(root: name, path: path)) }
            case .attribute(let base, let name): visit(base, path: [name] + path)
            case .index(let base, let key):
                // `target["name"]` is no way to name a block.
                visit(base)
                visit(key)
            case .loop(let loop):
                visit(loop.collection)
                let count = local.count
                local += [loop.keyName, loop.valueName].compactMap { $0 }
                for inner in [loop.key, loop.value, loop.condition].compactMap({ $0 }) { visit(inner) }
                local.removeLast(local.count - count)
            case .call(let name, let arguments, _):
                functions.insert(name)
                for argument in arguments { visit(argument) }
            case .literal, .item, .template, .splat, .unary, .binary, .conditional, .tuple, .object, .joined,
                .parentheses:
                for child in expression.kind.children { visit(child) }
            }
        }
    }
}

extension HCLExpression.Kind {
    /// The expressions in it.
    fileprivate var children: [HCLExpression] {
        switch self {
        case .literal, .variable, .item: []
        case .template(let parts), .tuple(let parts), .call(_, let parts, _): parts
        case .attribute(let base, _), .unary(_, let base), .joined(let base), .parentheses(let base): [base]
        case .index(let left, let right), .splat(let left, let right), .binary(_, let left, let right):
            [left, right]
        case .conditional(let condition, let first, let second): [condition, first, second]
        case .object(let items): items.flatMap { [$0.key, $0.value] }
        case .loop(let loop):
            [loop.collection, loop.key, loop.value, loop.condition].compactMap { $0 }
        }
    }
}
