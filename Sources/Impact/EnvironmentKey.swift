internal import Dockerfile

/// What tells the ordered variables of one RUN from those of another, brought forward from step to step: an assignment
/// costs the logarithm of how many there were, and a copy nothing.
///
/// The list is told by its length and two polynomials over its variables, with bases that are drawn anew in each run of
/// the program, so that no text can be made to look like another.
struct EnvironmentKey {
    private(set) var environment: Environment
    /// Variables by when they were set, and the times by the numbers of names.
    private var sequence = PersistentTree()
    private var times = PersistentTree()
    private var now = 0

    /// Numbers for names; one for all stages of a Dockerfile.
    final class Names {
        private var numbers: [String: Int] = [:]

        func number(_ name: String) -> Int {
            if let number = numbers[name] { return number }
            numbers[name] = numbers.count
            return numbers.count - 1
        }
    }

    init(_ environment: Environment, _ names: Names) {
        self.environment = environment
        for variable in environment.variables { set(variable, names) }
    }

    /// Goes on to a later state of the same stage, or of one that continues it.
    mutating func advance(to later: Environment, _ names: Names) {
        guard let assigned = later.assignments(since: environment) else {
            self = EnvironmentKey(later, names)
            return
        }
        for variable in assigned { set(variable, names) }
        environment = later
    }

    private mutating func set(_ variable: Environment.Variable, _ names: Names) {
        let name = names.number(variable.name)
        if let before = times.root?.value(at: name, times.height) {
            sequence.set(before, nil)
            times.set(name, nil)
        }
        // What the base image sets is part of the image.
        if variable.origin == .baseImage { return }
        sequence.set(now, PersistentTree.Node(value: 0, of: variable))
        times.set(name, PersistentTree.Node(value: now))
        now += 1
    }

    /// For a key: equal for equal lists.
    var parts: [KeyDigest.Part] {
        guard let root = sequence.root else { return [] }
        return [.number(root.count), .number(Int(root.sums.0)), .number(Int(root.sums.1))]
    }
}

extension Environment {
    /// Those that count for a RUN's key, with what marks a value that is not known.
    var keyVariables: [(name: String, value: String)] {
        variables.compactMap { variable in
            if variable.origin == .baseImage { return nil }
            let value = variable.value
            return (variable.name, value.isCertain ? value.text : value.text + "\u{0}?")
        }
    }
}

/// A tree over the numbers from 0, of which changed copies share what is not changed.
private struct PersistentTree {
    private(set) var root: Node?
    private(set) var height = 0

    final class Node: Sendable {
        let left: Node?
        let right: Node?
        let value: Int
        let count: Int
        /// The polynomials of the leaves from left to right, and their bases to the power of `count`.
        let sums: (UInt64, UInt64)
        private let powers: (UInt64, UInt64)

        init(value: Int, of variable: Environment.Variable? = nil) {
            (left, right, count) = (nil, nil, 1)
            self.value = value
            powers = Self.bases
            guard let variable else {
                sums = (0, 0)
                return
            }
            func hash(_ seed: Int) -> UInt64 {
                var hasher = Hasher()
                hasher.combine(seed)
                hasher.combine(variable.name)
                hasher.combine(variable.value)
                return UInt64(bitPattern: Int64(hasher.finalize())) % Self.prime
            }
            sums = (hash(0), hash(1))
        }

        init?(_ left: Node?, _ right: Node?) {
            if left == nil, right == nil { return nil }
            (self.left, self.right, value) = (left, right, 0)
            count = (left?.count ?? 0) + (right?.count ?? 0)
            let one: (UInt64, UInt64) = (1, 1)
            let (a, b) = (left?.powers ?? one, right?.powers ?? one)
            powers = (Self.product(a.0, b.0), Self.product(a.1, b.1))
            let (s, t) = (left?.sums ?? (0, 0), right?.sums ?? (0, 0))
            sums = (
                (Self.product(s.0, b.0) + t.0) % Self.prime, (Self.product(s.1, b.1) + t.1) % Self.prime
            )
        }

        private static let prime: UInt64 = (1 << 61) - 1
        private static let bases = (UInt64.random(in: 1 << 32..<prime), UInt64.random(in: 1 << 32..<prime))

        private static func product(_ a: UInt64, _ b: UInt64) -> UInt64 {
            let full = a.multipliedFullWidth(by: b)
            return prime.dividingFullWidth((full.high, full.low)).remainder
        }

        func value(at index: Int, _ height: Int) -> Int? {
            guard index >> height == 0 else { return nil }
            if height == 0 { return value }
            let half = 1 << (height - 1)
            return index < half
                ? left?.value(at: index, height - 1) : right?.value(at: index - half, height - 1)
        }
    }

    /// - Parameter leaf: nil to take it out.
    mutating func set(_ index: Int, _ leaf: Node?) {
        while index >> height != 0 {
            root = Node(root, nil)
            height += 1
        }
        root = Self.setting(root, index, height, leaf)
    }

    private static func setting(_ node: Node?, _ index: Int, _ height: Int, _ leaf: Node?) -> Node? {
        if height == 0 { return leaf }
        let half = 1 << (height - 1)
        return index < half
            ? Node(setting(node?.left, index, height - 1, leaf), node?.right)
            : Node(node?.left, setting(node?.right, index - half, height - 1, leaf))
    }
}
