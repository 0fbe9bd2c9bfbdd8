import Diagnostics
import Testing

struct WorkBudgetTests {
    @Test func spending() {
        var work = WorkBudget(3)
        // What does not fit ends all that follows, so that no later part is read without an earlier one.
        let answers = [2, 2, 1].map { work.spend($0) }
        #expect(answers == [true, false, false])
        #expect(work.left == 1)
        #expect(work.isSpent)
        var refund = WorkBudget(1)
        let answer = refund.spend(-5)
        #expect(answer)
        #expect(refund.left == 1)
    }

    @Test func lending() {
        var work = WorkBudget(100)
        func lend(_ limit: Int, least: Int = 0, spending units: Int) -> String {
            let answer = work.lend(limit, least: least) { $0.spend(units) }
            return "\(answer) \(work.left)"
        }
        #expect(lend(10, spending: 4) == "true 96")
        // A part that asks for more than it has spends what it has; the others go on.
        #expect(lend(10, spending: 11) == "false 86")
        #expect(lend(1000, spending: 87) == "false 0")
        // Where others have taken all, what is ordinary is still read.
        #expect(lend(1000, spending: 1) == "false 0")
        #expect(lend(1000, least: 5, spending: 5) == "true 0")
        #expect(!work.isSpent)
    }
}
