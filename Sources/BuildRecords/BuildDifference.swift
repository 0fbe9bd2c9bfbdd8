internal import Diagnostics

/// Two builds, and what one did more or longer than the other.
package struct BuildDifference: Sendable {
    /// A step or a category in both.
    package struct Row: Sendable {
        package enum Subject: Sendable {
            case step(label: String, text: String)
            case category(TimeCategory)
        }

        package let subject: Subject
        package let before: Side?
        package let after: Side?

        /// In milliseconds; what is not there took none.
        package var change: Int { (after?.milliseconds ?? 0) - (before?.milliseconds ?? 0) }
        package var isSame: Bool { before?.outcome == after?.outcome && change == 0 }
    }

    /// What one build did of it.
    package struct Side: Sendable {
        /// nil for a category.
        package let outcome: StepOutcome?
        package let milliseconds: Int?
    }

    package let before: BuildTimings
    package let after: BuildTimings
    /// The largest change first; what neither build spent time on is left out.
    package let rows: [Row]

    package init(_ before: BuildRecord, _ after: BuildRecord) {
        self.before = BuildTimings(before)
        self.after = BuildTimings(after)
        let (old, new) = (Self.steps(of: before), Self.steps(of: after))
        let (known, now) = (Self.sides(of: old), Self.sides(of: new))
        var rows = new.map { step in
            Row(
                subject: step.subject, before: step.identities.lazy.compactMap { known[$0] }.first,
                after: now[step.identities[0]])
        }
        rows += old.filter { $0.identities.allSatisfy { now[$0] == nil } }.map {
            Row(subject: $0.subject, before: $0.side, after: nil)
        }
        for category in TimeCategory.allCases where category != .step {
            let sides = [self.before, self.after].map { timings in
                timings.share(of: category).map { Side(outcome: nil, milliseconds: $0.milliseconds) }
            }
            rows.append(Row(subject: .category(category), before: sides[0], after: sides[1]))
        }
        self.rows = rows.filter { row in
            max(row.before?.milliseconds ?? 0, row.after?.milliseconds ?? 0) > 0
                || row.before?.outcome != row.after?.outcome
        }.enumerated().sorted {
            (-abs($0.element.change), $0.offset) < (-abs($1.element.change), $1.offset)
        }.map(\.element)
    }

    private struct Step {
        let identities: [StepIdentity]
        let subject: Row.Subject
        let side: Side
    }

    private static func steps(of record: BuildRecord) -> [Step] {
        record.identifiedSteps.map { vertex, name, identities in
            Step(
                identities: identities, subject: .step(label: name.label, text: name.text),
                side: Side(outcome: vertex.outcome, milliseconds: vertex.milliseconds))
        }
    }

    private static func sides(of steps: [Step]) -> [StepIdentity: Side] {
        Dictionary(
            steps.flatMap { step in step.identities.map { ($0, step.side) } },
            uniquingKeysWith: { first, _ in first })
    }
}
