import Diagnostics
import Synchronization

/// What may still be done to hold paths against the patterns of ignore files, in all contexts of a run together: each of
/// forty contexts may be as slow as is just allowed.
///
/// A class, because builds that are examined side by side take from the same.
package final class ContextWork: Sendable {
    private let budget: Mutex<WorkBudget>

    package init(_ units: Int = Limits.contextWork) { budget = Mutex(WorkBudget(units)) }

    /// Whether more was asked for than there was.
    package var isSpent: Bool { budget.withLock(\.isSpent) }

    /// Answers one question out of what is left. Others go on side by side: the lock is not held meanwhile.
    /// - Returns: nil where it was not enough.
    func answer<Answer>(_ question: (inout WorkBudget) -> Answer) -> Answer? {
        let taken = budget.withLock { $0 }
        var rest = taken
        let answer = question(&rest)
        let isEnough = budget.withLock { budget in
            if !rest.isSpent, budget.spend(taken.left - rest.left) { return true }
            budget.spendAll()
            return false
        }
        return isEnough ? answer : nil
    }
}
