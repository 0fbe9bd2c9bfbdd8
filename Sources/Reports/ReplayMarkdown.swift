import Dockerfile
package import Impact

/// What `clm-doctor replay --format markdown` prints.
package struct ReplayMarkdown: Sendable {
    private let replay: Replay

    package init(_ replay: Replay) { self.replay = replay }

    /// How many causes of a step are told.
    private static let causes = 3

    package func text() -> String {
        var lines = ["### " + escapedMarkdown(ReplayWords.title(replay))]
        let (affected, others) = ReplayWords.parted(replay.builds)
        for group in affected {
            let build = group.build
            lines += [
                "",
                "**\(escapedMarkdown(group.names))** "
                    + escapedMarkdown(ReplayWords.summary(of: build, replay)), "",
            ]
            lines += [
                "| Runs again | Step | Each | A week | Because of |", "| --- | --- | --- | --- | --- |",
            ]
            for step in ReplayWords.costliest(build) {
                let cells = [
                    ReplayWords.runs(step.runs, of: ReplayWords.commits(of: build, replay)),
                    "\(step.impact.label) \(ImpactWords.shortened(step.impact.instruction))",
                    step.milliseconds.map(formatted(milliseconds:)) ?? "",
                    ReplayWords.weekly(step, replay) ?? "",
                    ReplayWords.causes(step, most: Self.causes) ?? "",
                ]
                lines.append("| " + cells.map { escapedMarkdown($0) }.joined(separator: " | ") + " |")
            }
        }
        if !others.isEmpty {
            lines += [
                "",
                "No commit makes a step run again, or it cannot be told: "
                    + others.map { escapedMarkdown($0.name) }.joined(separator: ", "),
            ]
        }
        if !replay.whatIf.isEmpty {
            lines += ["", "| With | Slow | Medium | Fast | Step reruns |", "| --- | --- | --- | --- | --- |"]
            for other in replay.whatIf {
                let words = WhatIfWords(other, of: replay)
                func cell(_ counts: (before: Int, after: Int)) -> String {
                    counts.before == counts.after
                        ? "\(counts.before)" : "\(counts.before) to \(counts.after)"
                }
                let cells =
                    [other.name] + [Verdict.slow, .medium, .fast].map { cell(words.commits($0)) }
                    + [cell(words.stepRuns)]
                lines.append("| " + cells.map { escapedMarkdown($0) }.joined(separator: " | ") + " |")
            }
        }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }
}
