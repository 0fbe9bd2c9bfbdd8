import Diagnostics
import SourceText
import Testing

@testable import Checks

/// What is told as one finding in a report.
@Suite struct FoldTests {
    private func finding(
        _ path: String, _ severity: Severity = .warning, message: String = "Line 3 runs again.",
        fix: String = "Move line 3.", fold: Fold? = nil
    ) -> Finding {
        let finding = Finding(
            check: "a-check", severity: severity, path: path, range: nil, message: message, cost: "Time.",
            fix: Fix(fix), subject: path)
        return fold.map(finding.folding) ?? finding
    }

    @Test func theSameWithOtherNumbersIsOneFindingWithItsPlaces() {
        var outcome = Outcome(findings: [
            finding("a"), finding("b", message: "Line 12 runs again.", fix: "Move line 12."),
            finding("c", fix: "Take it away."), finding("d", .info),
        ])
        let fingerprints = outcome.findings.map(\.fingerprint)
        outcome.fold()
        #expect(outcome.findings.map(\.path) == ["a", "c", "d"])
        #expect(outcome.findings[0].message == "Line 3 runs again.")
        #expect(outcome.findings[0].members.map(\.message) == ["Line 3 runs again.", "Line 12 runs again."])
        #expect(outcome.findings.flatMap(\.unfolded).map(\.fingerprint).sorted() == fingerprints.sorted())
    }

    @Test func severalRemediesAreListedOnce() {
        func fold(_ remedy: String) -> Fold { Fold("key", summary: "installs are slow.", remedy: remedy) }
        var outcome = Outcome(findings: [
            finding("a", fix: "Do:\n    x", fold: fold("x")),
            finding("b", fix: "Do:\n    y", fold: fold("y")),
            finding("c", fix: "Do:\n    x", fold: fold("x")),
        ])
        outcome.fold()
        #expect(outcome.findings.count == 1)
        #expect(outcome.findings[0].message == "3 installs are slow.")
        #expect(outcome.findings[0].fix?.text == "Do:\n    x\n    y")
    }

    @Test func whatNoBuildStatesComesLastAndFailsNoGateWhereThatIsCertain() {
        let all = Outcome(findings: [finding("tests/Dockerfile", .error), finding("Dockerfile", .info)])
        var outcome = all
        outcome.setAside(["tests/Dockerfile"], isCertain: true)
        #expect(outcome.findings.map(\.path) == ["Dockerfile", "tests/Dockerfile"])
        #expect(outcome.findings.map(\.severity) == [.info, .info])
        outcome = all
        outcome.setAside(["tests/Dockerfile"], isCertain: false)
        #expect(outcome.findings.map(\.severity) == [.info, .error])
        #expect(outcome.findings.map(\.isAside) == [false, true])
    }
}
