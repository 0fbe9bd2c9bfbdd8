package import BuildRecords
import Diagnostics

/// What `clm-doctor timings --format markdown` prints: for the summary of a job, or a comment.
package struct TimingsMarkdown: Sendable {
    private let series: BuildSeries

    package init(_ series: BuildSeries) { self.series = series }

    /// How many steps each table shows.
    private static let shown = 10

    package func text() -> String {
        var lines: [String] = []
        if series.builds.count > 1 { lines += table(of: series) }
        for timings in series.builds.suffix(series.builds.count > 1 ? 0 : 1) { lines += section(of: timings) }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    private func table(of series: BuildSeries) -> [String] {
        var lines = ["### \(escapedMarkdown(SeriesText.summary(series)))", ""]
        lines += ["| Step | Ran | Cached | Median | In all |", "|---|--:|--:|--:|--:|"]
        lines += series.steps.prefix(Self.shown).map { step in
            let median = step.median.map(formatted(milliseconds:)) ?? ""
            let cost = step.median == nil ? "" : formatted(milliseconds: step.cost)
            return
                "| \(text("\(step.label) \(step.identity.text)")) | \(step.runs) | \(step.hits) | \(median) | \(cost) |"
        }
        return lines
    }

    private func section(of timings: BuildTimings) -> [String] {
        let record = timings.record
        let time = record.milliseconds.map { ": " + formatted(milliseconds: $0) } ?? ""
        var lines = [
            "### \(escapedMarkdown(TimingsWords.title(record)))\(time)", "", TimingsWords.summary(timings),
        ]
        if let best = timings.allCached {
            lines[lines.count - 1] +=
                ". With every step in the cache: about \(formatted(milliseconds: best))."
        }
        let critical = Set(timings.criticalPath)
        let worked = record.vertices.enumerated().filter {
            $1.hasWorked && ($1.milliseconds ?? 0) > 0 || $1.outcome == .failed
        }
        .sorted { ($0.element.milliseconds ?? 0) > ($1.element.milliseconds ?? 0) }
        lines += ["", "| Step | Took | |", "|---|--:|---|"]
        lines += worked.prefix(Self.shown).map { index, vertex in
            let remark =
                vertex.outcome == .ran
                ? (critical.contains(index) ? "the build waited for it" : "")
                : TimingsWords.word(for: vertex.outcome)
            return
                "| \(text(vertex.name)) | \(formatted(milliseconds: vertex.milliseconds ?? 0)) | \(remark) |"
        }
        if worked.count > Self.shown { lines.append("| … and \(worked.count - Self.shown) more | | |") }
        lines += timings.shares.filter { $0.category != .step }.prefix(Self.shown).map {
            "| \(escapedMarkdown(TimingsWords.share($0))) | \(formatted(milliseconds: $0.milliseconds)) | |"
        }
        for error in record.errors.prefix(3) { lines += ["", "failed: \(escapedMarkdown(error))"] }
        return lines
    }

    private func text(_ step: String) -> String {
        escapedMarkdown(ImpactWords.shortened(step, to: 100))
    }
}
