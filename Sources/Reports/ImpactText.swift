import Dockerfile
package import Impact
import Project
import SourceText

/// The impact report for a terminal: a block for each build.
package struct ImpactText: Sendable {
    private let report: ImpactReport

    package init(_ report: ImpactReport) { self.report = report }

    /// - Parameters:
    ///   - style: how to set it.
    ///   - allSteps: cached steps, and builds of which nothing runs again, are listed too.
    package func text(style: TextStyle, allSteps: Bool) -> String {
        var lines: [String] = []
        for build in report.builds where allSteps || build.isAffected || build.problem != nil {
            lines += block(of: build, style, allSteps)
            lines.append("")
        }
        let untouched = report.builds.count { !$0.isAffected && $0.problem == nil }
        if untouched > 0, !allSteps {
            let what = untouched == 1 ? "1 build stays" : "\(untouched) builds stay"
            lines += [style.paint("\(style.tick) \(what) cached as a whole.", .good), ""]
        }
        for note in report.notes { lines.append("note: \(place(of: note))\(printable(note.message))") }
        if !report.notes.isEmpty { lines.append("") }
        lines.append(
            style.paint("Compared \(String(report.base.prefix(12))) with \(headText).", .dim))
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    /// One step with all that is known of it.
    /// - Parameter label: `[build 2/5]`, `build 2/5` or `2/5`.
    /// - Returns: nil where no build has such a step.
    package func explanation(of label: String, style: TextStyle) -> String? {
        let wanted = label.hasPrefix("[") ? label : "[\(label)]"
        var lines: [String] = []
        for build in report.builds {
            for step in build.steps where ImpactWords.label(step) == wanted {
                lines.append(style.paint("\(printable(build.name)): \(printable(wanted))", .strong))
                lines.append("  \(printable(build.dockerfile)):\(step.line)")
                lines.append("  instruction: \(printable(step.instruction))")
                lines.append("  state:       \(step.state.rawValue), \(meaning(of: step.state))")
                lines.append("  class:       \(step.kind.rawValue)\(cacheText(of: step))")
                if let cause = step.cause { lines.append("  because:     \(ImpactWords.text(of: cause))") }
                lines.append("")
            }
        }
        return lines.isEmpty ? nil : withoutWorkflowCommands(lines.joined(separator: "\n"))
    }

    /// What to say of a label that no step has.
    package func problem(withLabel label: String) -> String {
        let problem = "no build has a step `\(label)`"
        let labels = report.builds.flatMap {
            $0.steps.map { String(ImpactWords.label($0).dropFirst().dropLast()) }
        }
        if let meant = closestMatch(to: label, among: labels) {
            return "\(problem); did you mean '\(meant)'?"
        }
        let range = labels.first.flatMap { first in labels.last.map { "; there are '\(first)' to '\($0)'" } }
        return problem + (range ?? "") + "; `clm-doctor impact --all-steps` lists them"
    }

    private var headText: String {
        switch report.head {
        case .commit(let id): String(id.prefix(12))
        case .workTree: "the work tree"
        case .staged: "what is staged"
        case .files: "the named files, if they change"
        }
    }

    private func block(of build: BuildImpact, _ style: TextStyle, _ allSteps: Bool) -> [String] {
        let name = style.paint(printable(build.name), .strong)
        if let problem = build.problem {
            return [
                "\(name)  \(style.paint("not predicted", .warning))", "  \(printable(problem))",
            ]
        }
        let role: TextStyle.Role =
            switch build.verdict {
            case .none, .fast: .good
            case .medium: .warning
            case .slow: .error
            }
        var lines = [
            "\(name)  \(style.paint(ImpactWords.verdict(of: build), role))  \(ImpactWords.count(of: build))"
        ]
        if let usual = ImpactWords.usual(of: build) { lines.append("  \(usual)") }
        let target = build.target.map { ", target \(printable($0))" } ?? ""
        lines.append(
            style.paint("  \(printable(build.dockerfile)) in \(printable(build.context))\(target)", .dim))
        let width = build.steps.map { ImpactWords.label($0).count }.max() ?? 0
        for step in build.steps where allSteps || step.state != .cached {
            let label = ImpactWords.label(step)
            let padding = String(repeating: " ", count: width - label.count)
            let state = step.state.rawValue + String(repeating: " ", count: 7 - step.state.rawValue.count)
            let painted =
                switch step.state {
                case .cached: style.paint(state, .good)
                case .maybe: style.paint(state, .warning)
                case .rebuild: style.paint(state, .error)
                }
            let text = ImpactWords.shortened(step.instruction, to: max(20, style.width - width - 14))
            lines.append("  \(painted) \(printable(label))\(padding)  \(printable(text))")
            if let cause = step.cause, allSteps || !isFollower(cause) {
                lines.append(style.paint("          \(ImpactWords.text(of: cause))", .dim))
            }
        }
        for spot in build.blind { lines.append("  not seen: \(printable(spot.message))") }
        return lines
    }

    private func isFollower(_ cause: Cause) -> Bool {
        if case .follows = cause { true } else { false }
    }

    private func meaning(of state: CacheState) -> String {
        switch state {
        case .cached: "its cache key is the same"
        case .maybe:
            "it runs again only if something differs that cannot be told: what a step that runs again produces, or what the repository does not have"
        case .rebuild: "it runs again whatever happens"
        }
    }

    private func cacheText(of step: StepImpact) -> String {
        step.kind == .dependencies || step.kind == .build
            ? step.hasWorkingCache ? ", over cache mounts that work" : ", without a working cache mount" : ""
    }
}
