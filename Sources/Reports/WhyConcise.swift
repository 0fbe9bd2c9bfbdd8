import BuildRecords
package import Impact

/// What `clm-doctor why --format concise` prints: one line for each step that ran because of itself. Columns, separated by
/// tabs: reason, certainty, step, steps that ran because it did, milliseconds of all of them, evidence.
package enum WhyConcise {
    /// - Parameter remarks: what could not be looked at, as sentences.
    package static func text(_ analysis: MissAnalysis, remarks: [String]) -> String {
        var lines = analysis.misses.map { miss in
            "\(miss.reason.rawValue)\t\(miss.certainty.rawValue)\t\(printable(miss.step.name))\t"
                + "\(miss.followers.count)\t\(miss.milliseconds)\t\(printable(miss.evidence))"
        }
        lines += remarks.map { "clm-doctor: note: \(printable($0))" }
        return withoutWorkflowCommands(lines.map { $0 + "\n" }.joined())
    }
}
