import Dockerfile
package import Impact
import Project

/// The impact report with one line for each step, for `grep` and `cut`. Columns are separated by tabs: Dockerfile and
/// line, state, build, step, cause. A build that is not predicted has a line of its own.
package struct ImpactConcise: Sendable {
    private let report: ImpactReport

    package init(_ report: ImpactReport) { self.report = report }

    /// - Parameter allSteps: cached steps too.
    package func text(allSteps: Bool) -> String {
        var lines: [String] = []
        for build in report.builds {
            let (path, name) = (printablePath(build.dockerfile), printable(build.name))
            if let problem = build.problem {
                lines.append("\(path):1\tnot-predicted\t\(name)\t\t\(printable(problem))")
            }
            for step in build.steps where allSteps || step.state != .cached {
                let label = printable(ImpactWords.label(step))
                let cause = step.cause.map(ImpactWords.text(of:)) ?? ""
                lines.append("\(path):\(step.line)\t\(step.state.rawValue)\t\(name)\t\(label)\t\(cause)")
            }
        }
        lines += report.notes.map { "clm-doctor: note: \(place(of: $0))\(printable($0.message))" }
        return withoutWorkflowCommands(lines.map { $0 + "\n" }.joined())
    }
}
