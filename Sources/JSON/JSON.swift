internal import Diagnostics

/// A JSON value. Objects keep the order in which their members were written or added.
package enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSON])
    case object(Object)

    /// The members of a JSON object, in order, each key once.
    package struct Object: Sendable, Hashable {
        package private(set) var keys: [String] = []
        private var values: [JSON] = []
        /// Where each key is; empty as long as looking at all of them is as fast.
        private var indices: [String: Int] = [:]

        private static let fewKeys = 16

        package init() {}

        /// The value of a key. Setting a new one adds it at the end; setting nil removes the member.
        package subscript(key: String) -> JSON? {
            get { index(of: key).map { values[$0] } }
            set {
                switch (index(of: key), newValue) {
                case (nil, let value?):
                    keys.append(key)
                    values.append(value)
                    if keys.count > Self.fewKeys, indices.isEmpty {
                        makeIndices()
                    } else if !indices.isEmpty {
                        indices[key] = keys.count - 1
                    }
                case (let index?, let value?): values[index] = value
                case (let index?, nil):
                    keys.remove(at: index)
                    values.remove(at: index)
                    if !indices.isEmpty { makeIndices() }
                case (nil, nil): break
                }
            }
        }

        package var count: Int { keys.count }
        package var isEmpty: Bool { keys.isEmpty }

        /// The members in order.
        package var members: some Sequence<(key: String, value: JSON)> {
            zip(keys, values).lazy.map { (key: $0, value: $1) }
        }

        package static func == (left: Self, right: Self) -> Bool {
            left.keys == right.keys && left.values == right.values
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(keys)
            hasher.combine(values)
        }

        private func index(of key: String) -> Int? {
            indices.isEmpty ? keys.firstIndex(of: key) : indices[key]
        }

        private mutating func makeIndices() {
            indices = Dictionary(uniqueKeysWithValues: zip(keys, keys.indices))
        }
    }

    /// How much a text may ask of its reader.
    package struct Limits: Sendable {
        /// How many arrays and objects may stand in each other.
        package var depth: Int
        /// Size of the whole text.
        package var bytes: Int

        package init(
            depth: Int = Diagnostics.Limits.jsonDepth, bytes: Int = Diagnostics.Limits.jsonBytes
        ) {
            self.depth = depth
            self.bytes = bytes
        }
    }

    /// An object of members in the order given; of two with one key the later wins.
    package static func object(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        var object = Object()
        for (key, value) in members { object[key] = value }
        return .object(object)
    }
}

// MARK: - Reading

extension JSON {
    package var isNull: Bool { self == .null }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// A whole number; nil for one that was written with a fraction or an exponent.
    package var integer: Int? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// Any number.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .null, .bool, .string, .array, .object: nil
        }
    }

    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    package var array: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    package var object: Object? {
        if case .object(let value) = self { value } else { nil }
    }

    /// A member of an object; nil where there is none or this is no object. Setting a member of what is no object
    /// makes it one.
    package subscript(key: String) -> JSON? {
        get { object?[key] }
        set {
            var object = object ?? Object()
            object[key] = newValue
            self = .object(object)
        }
    }

    /// An element of an array; nil where there is none or this is no array.
    package subscript(index: Int) -> JSON? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }
}

// MARK: - Literals

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) {
        var object = Object()
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}
