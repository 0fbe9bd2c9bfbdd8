import BuildRecords
package import Impact

/// What `clm-doctor impact --verify` prints.
package struct VerificationText: Sendable {
    private let verification: ImpactVerification

    package init(_ verification: ImpactVerification) { self.verification = verification }

    package func text() -> String {
        var lines = ["\(printable(verification.build)): \(counted(verification.compared, "step")) compared"]
        for difference in verification.differences {
            let outcome = difference.outcome.isHit ? "was cached" : "ran"
            lines.append(
                "  \(printable(difference.step)) \(outcome), predicted \(difference.predicted.rawValue): "
                    + printable(ImpactWords.shortened(difference.instruction)))
            lines.append("    \(printable(difference.reason))")
        }
        if verification.differences.isEmpty { lines.append("  The build did what was predicted.") }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }
}
