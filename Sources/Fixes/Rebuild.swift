internal import Dockerfile
package import Impact

/// The rebuild that a fix triggers.
package struct Rebuild: Sendable, Hashable, CustomStringConvertible {
    /// As BuildKit shows the first step that runs again; nil where none does.
    package let firstStep: String?
    /// How many others run again.
    package let others: Int
    package let verdict: Verdict

    package init(of impact: BuildImpact) {
        let steps = impact.steps.filter { $0.state != .cached }
        firstStep = steps.first?.label.description
        others = max(0, steps.count - 1)
        verdict = impact.verdict
    }

    package var description: String {
        guard let firstStep else { return "rebuilds nothing" }
        let after = others == 0 ? "" : " and \(others) step\(others == 1 ? "" : "s") after it"
        return "rebuilds \(firstStep)\(after): \(verdict.rawValue)"
    }
}
