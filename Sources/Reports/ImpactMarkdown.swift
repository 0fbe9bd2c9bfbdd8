import Diagnostics
import Dockerfile
package import Impact
import Project

/// The impact report as a comment on a pull request. Hosts refuse one that is too long, so what comes last in it is left out
/// then: of the steps of a build, of the builds in the table, of the notes.
package struct ImpactMarkdown: Sendable {
    private let report: ImpactReport

    package init(_ report: ImpactReport) { self.report = report }

    package func text() -> String {
        let affected = report.builds.filter { $0.isAffected || $0.problem != nil }
        var text = "### Docker builds: what runs again\n\n"
        let end =
            "\n<sub>`clm-doctor impact`: \(report.base.prefix(12)) → \(report.head.name.prefix(12))</sub>\n"
        /// Adds lines where there is room for them.
        func add(_ lines: [String]) -> Bool {
            let more = lines.joined(separator: "\n") + "\n"
            guard text.utf8.count + more.utf8.count + end.utf8.count <= Limits.commentBytes else {
                return false
            }
            text += more
            return true
        }
        if affected.isEmpty {
            let count = report.builds.count
            _ = add([count == 1 ? "The build stays cached as a whole." : "All \(count) builds stay cached."])
        } else {
            _ = add(["| Build | Rebuild | Steps | First cause |", "| --- | --- | --- | --- |"])
            let listed = affected.prefix { add([row(of: $0)]) }.count
            let rest = report.builds.count - affected.count
            if listed < affected.count {
                _ = add(["", "\(affected.count - listed) more are not listed here."])
            }
            if rest > 0 {
                _ = add(["", "\(rest) more \(rest == 1 ? "build stays" : "builds stay") cached."])
            }
            let detailed = affected.filter { $0.problem == nil }
            let shown = detailed.prefix { add(details(of: $0)) }.count
            if shown < detailed.count {
                _ = add(["", "The steps of \(counted(detailed.count - shown, "build")) are not listed here."])
            }
        }
        for note in report.notes {
            guard add(["", "Note: \(escapedMarkdown(place(of: note) + note.message))"]) else { break }
        }
        return withoutWorkflowCommands(text + end)
    }

    /// The steps that run again, folded away.
    private func details(of build: BuildImpact) -> [String] {
        var lines = ["", "<details><summary>\(escapedMarkdown(build.name))</summary>", ""]
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
        return lines + ["", "</details>"]
    }

    private func row(of build: BuildImpact) -> String {
        if let problem = build.problem {
            return "| \(escapedMarkdown(build.name)) | not predicted | | \(escapedMarkdown(problem)) |"
        }
        let cause = ImpactWords.firstCause(of: build)
        let usual = ImpactWords.usual(of: build).map { "; \(escapedMarkdown($0))" } ?? ""
        return
            "| \(escapedMarkdown(build.name)) | **\(ImpactWords.verdict(of: build))**\(usual) | \(ImpactWords.count(of: build)) "
            + "| \(escapedMarkdown(cause ?? "")) |"
    }
}
