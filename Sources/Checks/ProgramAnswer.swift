package import Diagnostics

/// What a program with checks of its own has found in a project.
package struct ProgramAnswer: Sendable {
    /// The checks that it judged; none where it failed.
    package var ran: [CheckID]
    package var findings: [Finding]
    /// Why it could not judge, as a sentence without its final dot; nil where it did.
    package var failure: String?

    package init(ran: [CheckID] = [], findings: [Finding] = [], failure: String? = nil) {
        self.ran = ran
        self.findings = findings
        self.failure = failure
    }
}
