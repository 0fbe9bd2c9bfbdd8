import Diagnostics
import Dockerfile
import SourceText
import Testing

@testable import Facts

/// What is kept and done for Dockerfiles that refer to one thing many times, in counts, never in time.
@Suite struct FactsWorkTests {
    private func lines(_ count: Int, _ line: (Int) -> String) -> String {
        (0..<count).map { line($0) + "\n" }.joined()
    }

    /// What the questions about the place of a cache cost, in units.
    private func cost(_ text: String) throws -> Int {
        let facts = facts("FROM debian:12\n" + text)
        let step = try #require(facts.stages[0].steps.last)
        let command = try #require(step.script.commands.last)
        let before = facts.work.left
        for word in command.words { _ = step.path(of: word, in: command) }
        return before - facts.work.left
    }

    @Test func variablesThatAreMadeOfVariables() throws {
        // Three levels, each of which names the one below many times.
        func text(_ count: Int) -> String {
            let levels = (1...3).map { "x\($0)=" + String(repeating: "$x\($0 - 1)", count: count) }
            return
                "RUN <<EOF\nx0=a\n\(levels.joined(separator: "\n"))\npip install --cache-dir \"$x3/x\" y\nEOF\n"
        }
        let (one, two) = (try cost(text(200)), try cost(text(400)))
        #expect(one <= 400_000 && two * 10 <= one * 25, "\(one), \(two)")
    }

    @Test func aValueOfUnboundedLengthIsUnknown() throws {
        let text =
            "RUN x0=\(String(repeating: "a", count: 100)); "
            + (1...6).map { "x\($0)=\(String(repeating: "$x\($0 - 1)", count: 50)); " }.joined()
        let step = try lastRun("FROM debian:12\n\(text)echo $x6")
        let command = try #require(step.script.commands.last)
        #expect(step.text(of: command.words[1], in: command) == .unknown)
    }

    @Test func usersAreKeptOnce() throws {
        for count in [200, 400, 800] {
            let facts = facts("FROM debian:12\n" + lines(count) { "RUN useradd -u \(1000 + $0) u\($0)" })
            let steps = facts.stages[0].steps
            #expect(steps.last?.accounts.keptCount == 2 * count)
            // All states share one list.
            #expect(steps[1].accounts.keptCount == 2 * count)
            // Those that a step's own commands add are among its own.
            #expect(steps[1].accounts.user("u1") == .other(Account(name: "u1")))
            #expect(steps[2].accounts.user("u1").account?.uid == .known(1001))
        }
    }

    @Test func usersOfAChainOfStages() throws {
        let text =
            "FROM debian:12 AS s0\n"
            + lines(200) { "FROM s\($0) AS s\($0 + 1)\nRUN useradd -u \(2000 + $0) u\($0)\nUSER u\($0)" }
        let facts = facts(text)
        #expect(facts.stages.last?.steps.last?.accounts.keptCount == 400)
    }

    @Test func usermodMovesANumber() throws {
        let text = """
            FROM debian:12
            RUN useradd -u 1000 a && useradd -u 1001 b && usermod -u 1002 -d /x a
            USER 1002
            RUN true
            USER 1000
            RUN true
            """
        let steps = facts(text).stages[0].steps
        #expect(steps[3].user.account?.name == "a" && steps[3].home == .known("/x"))
        #expect(steps[5].user.account?.name == nil)
    }

    @Test func manyChangesOfTheFolder() throws {
        func text(_ count: Int) -> String {
            "RUN <<EOF\n" + lines(count) { _ in "cd x" } + lines(count) { _ in "pip install --cache-dir x y" }
                + "EOF\n"
        }
        // What all commands ask together ends at the budget.
        let facts = facts("FROM debian:12\n" + text(2000))
        #expect(facts.work.cutLine != nil)
    }

    @Test func wordsOfAllCommands() throws {
        let count = Limits.shellWords / 4
        let facts = facts(
            "FROM debian:12\nRUN pip install x\nRUN <<EOF\n" + lines(count) { "a b c d \($0)" }
                + "EOF\nRUN pip install x\n")
        let steps = facts.stages[0].steps
        #expect(steps[1].invocations.count == 1)
        #expect(!steps[2].script.isComplete && steps[2].script.commands.isEmpty)
        #expect(!steps[3].script.isComplete)
        #expect(facts.work.cutLine == 3)
    }
}
