internal import Dockerfile
internal import Facts
package import Impact

/// The rebuild that a fix triggers.
package struct Rebuild: Sendable, Hashable, CustomStringConvertible {
    /// As BuildKit shows the first step that runs again; nil where none does.
    package let firstStep: String?
    /// How many others run again.
    package let others: Int
    package let verdict: Verdict

    /// The slowest rebuild among those of some builds; nil where none can be told.
    init?(slowestOf builds: EditedBuilds) {
        var slowest: Rebuild?
        for (before, after) in builds.pairs
        where after.dockerfile.problems.isEmpty && after.dockerfile.parsed.problems.isEmpty {
            let triggered = Rebuild(
                of: BuildImpact(
                    of: before, in: builds.base, editedTo: after, in: builds.head, paths: builds.paths))
            if slowest.map({ ($0.verdict, $0.others) < (triggered.verdict, triggered.others) }) ?? true {
                slowest = triggered
            }
        }
        guard let slowest else { return nil }
        self = slowest
    }

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
