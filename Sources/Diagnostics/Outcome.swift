/// What a run of the checks came to.
package struct Outcome: Sendable {
    /// What is to be reported, by what it costs: severity, then the check's cost, then place.
    package var findings: [Finding]
    /// What an ignore comment hides, by place.
    package var ignored: [Finding]
    /// Checks that did not run, or not everywhere, and why.
    package var skipped: [SkippedCheck]
    /// Every check that ran, in the order of ids; those of a Docker host that does not answer only where they found
    /// something all the same.
    package var ran: [CheckID]
    /// Why the checks of the Docker host know nothing, as part of a sentence; nil where they do.
    package var hostSilence: String?
    /// What is in a baseline or in the commit that is compared with, and is not told again; by place.
    package var known: [Finding] = []
    /// What keeps findings out of this.
    package var exceptions = Exceptions()
    /// What an ignore comment would hide, were it heeded; among the findings.
    package var unheededIgnores: [Finding] = []
    /// What else is to be known of the run, one sentence without its final dot each.
    package var notes: [String] = []
    /// What was not looked at for one of `Limits`, one sentence without its final dot each.
    package var unexamined: [String] = []
    /// How long each check took, all builds together.
    package var times: [CheckID: Duration] = [:]
    /// What went wrong while the Docker host was asked, one sentence without its final dot each.
    package var hostNotes: [String]
    /// Programs with checks of their own that did not judge, one sentence without its final dot each.
    package var programFailures: [String] = []

    package init(
        findings: [Finding] = [], ignored: [Finding] = [], skipped: [SkippedCheck] = [], ran: [CheckID] = [],
        hostSilence: String? = nil, hostNotes: [String] = []
    ) {
        self.findings = findings
        self.ignored = ignored
        self.skipped = skipped
        self.ran = ran
        self.hostSilence = hostSilence
        self.hostNotes = hostNotes
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
