package import BuildRecords
internal import Dockerfile

/// A prediction held against what the build that followed did.
package struct ImpactVerification: Sendable {
    package struct Difference: Sendable {
        package let step: String
        package let instruction: String
        package let predicted: CacheState
        package let outcome: StepOutcome
        /// How that can be, as one sentence.
        package let reason: String
    }

    /// The build whose steps the record has.
    package let build: String
    /// Steps that were compared; where it is 0, nothing is known.
    package let compared: Int
    package let differences: [Difference]

    /// Takes the build and the record that have the most steps in common; of equal records the last.
    package init(_ report: ImpactReport, records: [BuildRecord]) {
        var best: (build: BuildImpact, pairs: [(step: StepImpact, outcome: StepOutcome)])?
        // The builder before BuildKit has another cache, and other numbers.
        for record in records.reversed() where record.source != .classic {
            let seen = RecordedOutcomes(record)
            for build in report.builds {
                let pairs = seen.pairs(with: build)
                if pairs.count > best?.pairs.count ?? 0 { best = (build, pairs) }
            }
        }
        build = best?.build.name ?? ""
        compared = best?.pairs.count ?? 0
        differences = (best?.pairs ?? []).compactMap { step, outcome in
            let reason: String
            switch (step.state, outcome.isHit) {
            case (.cached, false): reason = Self.reasonForRun(best?.build)
            case (.rebuild, true): reason = Self.reasonForCached(step)
            default: return nil
            }
            return Difference(
                step: step.label.description, instruction: step.instruction, predicted: step.state,
                outcome: outcome, reason: reason)
        }
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
}
