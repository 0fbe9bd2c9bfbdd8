/// How much may still be done to follow what a file refers to: expansions of variables, inheritance, stages that copy
/// from stages. A limit of depth alone bounds nothing where each level refers to the next one several times.
///
/// A reader or analysis makes one, and passes it `inout` through every function that may call itself. The unit is a
/// reference followed or a byte made.
package struct WorkBudget: Sendable {
    /// Units that are left; never negative.
    package private(set) var left: Int

    /// What is told of a place where the work ended.
    package static let note = "too much to follow: the rest is not read"

    package init(_ units: Int = Limits.work) { left = max(0, units) }

    /// Gives a part of the work, such as one file of many, no more than it may have: where that is spent, others go on.
    /// - Parameters:
    ///   - units: the most that the part may spend.
    ///   - least: what it may spend even where others have spent all.
    package mutating func lend<Result>(
        _ units: Int = Limits.work, least: Int = Limits.leastWork, to part: (inout WorkBudget) -> Result
    ) -> Result {
        var lent = WorkBudget(min(units, max(left, least)))
        let before = lent.left
        let result = part(&lent)
        left = max(0, left - (lent.isSpent ? before : before - lent.left))
        return result
    }

    /// Whether more was asked for than there was.
    package private(set) var isSpent = false

    /// Takes units away.
    /// - Returns: false where so much is not left. From then on it is false for all that follows.
    package mutating func spend(_ units: Int = 1) -> Bool {
        guard !isSpent, units <= left else {
            isSpent = true
            return false
        }
        left -= max(0, units)
        return true
    }

    /// Leaves nothing.
    package mutating func spendAll() {
        left = 0
        isSpent = true
    }
}
