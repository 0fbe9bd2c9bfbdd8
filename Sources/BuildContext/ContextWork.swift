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

    /// What one question may take, which has to be given back.
    func take() -> WorkBudget { budget.withLock { $0 } }

    /// - Parameter rest: what is left of what was taken.
    /// - Returns: false where it was not enough.
    func giveBack(_ rest: WorkBudget, of taken: WorkBudget) -> Bool {
        budget.withLock { budget in
            if !rest.isSpent, budget.spend(taken.left - rest.left) { return true }
            budget.spendAll()
            return false
        }
    }
}
