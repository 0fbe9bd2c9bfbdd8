/// What a run of the checks came to.
package struct Outcome: Sendable {
    /// What is to be reported, by what it costs: severity, then the check's cost, then place.
    package var findings: [Finding]
    /// What an ignore comment hides, by place.
    package var ignored: [Finding]
    /// Checks that did not run, or not everywhere, and why.
    package var skipped: [SkippedCheck]
    /// Every check that ran, in the order of ids.
    package var ran: [CheckID]

    package init(
        findings: [Finding] = [], ignored: [Finding] = [], skipped: [SkippedCheck] = [], ran: [CheckID] = []
    ) {
        self.findings = findings
        self.ignored = ignored
        self.skipped = skipped
        self.ran = ran
    }
}

/// A check that could not run.
package struct SkippedCheck: Sendable, Hashable {
    package let check: CheckID
    /// As a sentence without its final dot.
    package let reason: String

    package init(check: CheckID, reason: String) {
        self.check = check
        self.reason = reason
    }
}
