/// What is known of something that a file may or may not tell.
///
/// Unknown never becomes a warning: a check asks `isTrue` (or `value`), so that what cannot be told stays silent.
package enum Fact<Value: Sendable>: Sendable {
    case known(Value)
    case unknown

    /// The value, where it is known.
    package var value: Value? {
        if case .known(let value) = self { value } else { nil }
    }

    package func map<Other>(_ transform: (Value) -> Other) -> Fact<Other> {
        switch self {
        case .known(let value): .known(transform(value))
        case .unknown: .unknown
        }
    }
}

extension Fact: Equatable where Value: Equatable {}
extension Fact: Hashable where Value: Hashable {}

extension Fact<Bool> {
    package static var yes: Self { .known(true) }
    package static var no: Self { .known(false) }

    /// Known to be true; false where it is false or unknown.
    package var isTrue: Bool { value == true }
    /// Known to be false; false where it is true or unknown.
    package var isFalse: Bool { value == false }
}
