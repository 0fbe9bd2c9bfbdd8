internal import Git

/// Numbers for cache keys: two keys have one number if, and only if, they are equal in every part.
///
/// Keys hold the numbers of their inputs' keys, so that a chain of steps is compared by one number.
final class KeyTable {
    enum Part: Hashable {
        case text(String)
        case bytes([UInt8])
        case number(Int)
        case object(ObjectID)
    }

    private var numbers: [[Part]: Int] = [:]

    func number(_ parts: [Part]) -> Int {
        if let number = numbers[parts] { return number }
        numbers[parts] = numbers.count
        return numbers.count - 1
    }

    func number(_ kind: String, _ parts: Part...) -> Int { number([.text(kind)] + parts) }
}
