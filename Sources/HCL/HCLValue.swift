/// A value of HCL, or that it cannot be told.
///
/// HCL has lists and tuples, maps and objects; they differ in what they may be converted to, which bake does for each
/// attribute by itself.
package indirect enum HCLValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(HCLNumber)
    case string(String)
    case list([HCLValue])
    /// In order, each once.
    case set([HCLValue])
    case object([String: HCLValue])
    case unknown(HCLUnknown)

    package var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// Of a list or set.
    package var elements: [HCLValue]? {
        switch self {
        case .list(let elements), .set(let elements): elements
        case .null, .bool, .number, .string, .object, .unknown: nil
        }
    }

    package var members: [String: HCLValue]? {
        if case .object(let members) = self { members } else { nil }
    }

    package var unknown: HCLUnknown? {
        if case .unknown(let unknown) = self { unknown } else { nil }
    }

    package var isNull: Bool { self == .null }

    /// The first thing in it that cannot be told.
    package var firstUnknown: HCLUnknown? {
        switch self {
        case .null, .bool, .number, .string: nil
        case .list(let elements), .set(let elements): elements.lazy.compactMap(\.firstUnknown).first
        case .object(let members):
            members.sorted { $0.key < $1.key }.lazy.compactMap(\.value.firstUnknown).first
        case .unknown(let unknown): unknown
        }
    }

    /// What a copy takes, in units of `WorkBudget`.
    package var size: Int {
        switch self {
        case .null, .bool, .number, .unknown: 1
        case .string(let text): 1 + text.utf8.count
        case .list(let elements), .set(let elements): elements.reduce(1) { $0 + $1.size }
        case .object(let members): members.reduce(1) { $0 + $1.key.utf8.count + $1.value.size }
        }
    }

    /// What kind of value it is, for a message.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a bool"
        case .number: "a number"
        case .string: "a string"
        case .list: "a list"
        case .set: "a set"
        case .object: "an object"
        case .unknown: "an unknown value"
        }
    }

    /// As `==` of HCL compares; nil where it cannot be told.
    package func equals(_ other: HCLValue) -> Bool? {
        switch (self, other) {
        case (.unknown, _), (_, .unknown): return nil
        case (.list(let left), .list(let right)), (.set(let left), .set(let right)):
            return left.count == right.count
                ? Self.all(zip(left, right).lazy.map { $0.equals($1) }) : false
        case (.object(let left), .object(let right)):
            guard left.count == right.count, left.keys.allSatisfy({ right[$0] != nil }) else { return false }
            return Self.all(left.lazy.map { $1.equals(right[$0] ?? .null) })
        default: return self == other
        }
    }

    private static func all(_ answers: some Sequence<Bool?>) -> Bool? {
        var isTold = true
        for answer in answers {
            if answer == false { return false }
            if answer == nil { isTold = false }
        }
        return isTold ? true : nil
    }
}

/// Why a value is not known.
package struct HCLUnknown: Sendable, Hashable {
    /// Continues "is not known: ".
    package let reason: String
    /// Each evaluation gives another value, as that of the clock.
    package let changesEachTime: Bool

    package init(_ reason: String, changesEachTime: Bool = false) {
        self.reason = reason
        self.changesEachTime = changesEachTime
    }
}

/// A mistake, with which bake ends.
package struct HCLError: Error, Sendable, Hashable {
    package let message: String
    /// In bytes of the text that was read.
    package let range: Range<Int>

    package init(_ message: String, at range: Range<Int>) {
        self.message = message
        self.range = range
    }
}
