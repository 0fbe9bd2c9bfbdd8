internal import Dockerfile

/// A prediction held against the log of the build that followed.
package struct ImpactVerification: Sendable {
    package struct Difference: Sendable {
        package let step: String
        package let instruction: String
        package let predicted: CacheState
        package let outcome: BuildLog.Outcome
        /// How that can be, as one sentence.
        package let reason: String
    }

    /// The build whose steps the log has.
    package let build: String
    /// Steps that were compared.
    package let compared: Int
    package let differences: [Difference]

    /// Takes the build of which the log has the most steps.
    package init(_ report: ImpactReport, log: BuildLog) {
        func matches(_ build: BuildImpact) -> Int {
            build.steps.count { step in
                log.steps.contains {
                    $0.label == step.label.description
                        && Self.firstWord($0.text) == Self.firstWord(step.instruction)
                }
            }
        }
        let best = report.builds.max { matches($0) < matches($1) }
        build = best?.name ?? ""
        var compared = 0
        var differences: [Difference] = []
        for step in best?.steps ?? [] where step.kind != .base {
            // What a log says of FROM tells nothing: its lookup always counts as run.
            let label = step.label.description
            // Beside a linked COPY, a builder that merges layers has a vertex `LINK COPY` with the same label.
            let seen = log.steps.first {
                $0.label == label && Self.firstWord($0.text) == Self.firstWord(step.instruction)
            }
            guard let seen, seen.outcome != .unknown else { continue }
            compared += 1
            switch (step.state, seen.outcome) {
            case (.cached, .ran):
                differences.append(
                    Difference(
                        step: label, instruction: step.instruction, predicted: step.state,
                        outcome: seen.outcome, reason: Self.reasonForRun(best)))
            case (.rebuild, .cached):
                differences.append(
                    Difference(
                        step: label, instruction: step.instruction, predicted: step.state,
                        outcome: seen.outcome, reason: Self.reasonForCached(step)))
            default: break
            }
        }
        self.compared = compared
        self.differences = differences
    }

    private static func reasonForRun(_ build: BuildImpact?) -> String {
        let blind = build?.blind.map(\.message) ?? []
        let others =
            "The base was never built on this builder, its cache was pruned, or build arguments differ."
        return ([others] + blind).joined(separator: " ")
    }

    private static func reasonForCached(_ step: StepImpact) -> String {
        step.instruction.contains(" --link")
            ? "On a builder that merges layers, a COPY with --link does not depend on the steps before it."
            : "This builder has built the same before: another branch, an earlier try, or a shared cache."
    }

    private static func firstWord(_ text: String) -> String {
        text.prefix { !$0.isWhitespace }.uppercased()
    }
}
