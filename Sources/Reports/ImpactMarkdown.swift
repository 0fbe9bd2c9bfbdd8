import Dockerfile
package import Impact
import Project

/// The impact report as a comment on a pull request.
package struct ImpactMarkdown: Sendable {
    private let report: ImpactReport

    package init(_ report: ImpactReport) { self.report = report }

    package func text() -> String {
        var lines = ["### Docker builds: what runs again", ""]
        let affected = report.builds.filter { $0.isAffected || $0.problem != nil }
        if affected.isEmpty {
            let count = report.builds.count
            lines.append(
                count == 1 ? "The build stays cached as a whole." : "All \(count) builds stay cached.")
        } else {
            lines += ["| Build | Rebuild | Steps | First cause |", "| --- | --- | --- | --- |"]
            lines += affected.map(row)
            let rest = report.builds.count - affected.count
            if rest > 0 {
                lines += ["", "\(rest) more \(rest == 1 ? "build stays" : "builds stay") cached."]
            }
            for build in affected where build.problem == nil {
                lines += ["", "<details><summary>\(escapedMarkdown(build.name))</summary>", ""]
                lines += ["| Step | State | Instruction | Why |", "| --- | --- | --- | --- |"]
                for step in build.steps where step.state != .cached {
                    let cause = step.cause.map(ImpactWords.text(of:)) ?? ""
                    lines.append(
                        "| \(escapedMarkdown(ImpactWords.label(step))) | \(step.state.rawValue) | "
                            + "\(escapedMarkdown(ImpactWords.shortened(step.instruction))) | \(escapedMarkdown(cause)) |"
                    )
                }
                if !build.blind.isEmpty {
                    lines += ["", "Not seen by a comparison of files:", ""]
                    lines += build.blind.map { "- \(escapedMarkdown($0.message))" }
                }
                lines += ["", "</details>"]
            }
        }
        for note in report.notes {
            lines += ["", "Note: \(escapedMarkdown(place(of: note) + note.message))"]
        }
        lines += [
            "", "<sub>`clm-doctor impact`: \(report.base.prefix(12)) → \(report.head.name.prefix(12))</sub>",
        ]
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    private func row(of build: BuildImpact) -> String {
        if let problem = build.problem {
            return "| \(escapedMarkdown(build.name)) | not predicted | | \(escapedMarkdown(problem)) |"
        }
        let first = build.steps.first { $0.state == .rebuild } ?? build.steps.first { $0.state == .maybe }
        let cause = first.flatMap { step in
            step.cause.map { "\(ImpactWords.label(step)): \(ImpactWords.text(of: $0))" }
        }
        return
            "| \(escapedMarkdown(build.name)) | **\(ImpactWords.verdict(of: build))** | \(ImpactWords.count(of: build)) "
            + "| \(escapedMarkdown(cause ?? "")) |"
    }
}
