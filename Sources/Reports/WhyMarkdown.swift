import BuildRecords
package import Impact

/// What `clm-doctor why --format markdown` prints: for the summary of a job.
package struct WhyMarkdown: Sendable {
    private let analysis: MissAnalysis
    private let remarks: [String]

    package init(_ analysis: MissAnalysis, remarks: [String]) {
        self.analysis = analysis
        self.remarks = remarks
    }

    package func text() -> String {
        let time = analysis.record.milliseconds.map { ", \(formatted(milliseconds: $0))" } ?? ""
        var lines = [
            "### \(escapedMarkdown(TimingsWords.title(analysis.record)))\(time)", "",
            WhyText.summary(analysis),
        ]
        if !analysis.misses.isEmpty {
            lines += ["", "| Step | Why it ran | Steps behind it | In all |", "|---|---|--:|--:|"]
            lines += analysis.misses.map { miss in
                let why = MissPages.title(miss.reason) + (miss.evidence.isEmpty ? "" : ": \(miss.evidence)")
                let word = miss.certainty == .likely ? "likely: " : ""
                let time = miss.milliseconds > 0 ? formatted(milliseconds: miss.milliseconds) : ""
                let name = escapedMarkdown(ImpactWords.shortened(miss.step.name, to: 100))
                return "| \(name) | \(word)\(escapedMarkdown(why)) | \(miss.followers.count) | \(time) |"
            }
        }
        for remark in remarks { lines += ["", escapedMarkdown(remark)] }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }
}
