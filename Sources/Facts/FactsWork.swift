import Diagnostics
import Synchronization

/// What may still be done to answer questions about one build: variables that commands read, the layers and files that a
/// path may come from.
///
/// A class, as all facts of a build take from the same. One check after the other asks; each gets a budget of its own, so
/// that what one finds does not depend on which others run.
package final class FactsWork: Sendable {
    private let budget = Mutex(WorkBudget())
    private let cut = Mutex<Int?>(nil)

    /// - Returns: false where so much is not left; what is asked is then unknown.
    package func spend(_ units: Int = 1) -> Bool { budget.withLock { $0.spend(units) } }

    package var isSpent: Bool { budget.withLock(\.isSpent) }

    /// Units that are left.
    package var left: Int { budget.withLock(\.left) }

    package func renew() { budget.withLock { $0 = WorkBudget() } }

    /// The first line of the Dockerfile from which on something is not read.
    package var cutLine: Int? { cut.withLock { $0 } }

    func cutShort(at line: Int) {
        cut.withLock { $0 = min($0 ?? line, line) }
    }
}
