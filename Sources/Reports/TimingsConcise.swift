package import BuildRecords

/// What `clm-doctor timings --format concise` prints: one line for each step of each build, in columns that tabs separate.
package enum TimingsConcise {
    /// Columns: build, step, outcome, milliseconds or `-`, instruction.
    package static func text(_ series: BuildSeries) -> String {
        var text = ""
        for timings in series.builds {
            let build = printable(timings.record.id ?? TimingsWords.title(timings.record))
            for vertex in timings.record.vertices {
                guard let step = vertex.step else { continue }
                text += "\(build)\t\(printable(step.label))\t\(vertex.outcome.rawValue)\t"
                text += "\(number(vertex.milliseconds))\t\(printable(step.text))\n"
            }
        }
        return withoutWorkflowCommands(text)
    }

    /// Columns: change in milliseconds, milliseconds before and after or `-`, step or kind of work.
    package static func text(_ difference: BuildDifference) -> String {
        var text = ""
        for row in difference.rows {
            let subject =
                switch row.subject {
                case .step(let label, let text): printable("\(label) \(text)")
                case .category(let category): TimingsWords.name(of: category)
                }
            text += "\(row.change)\t\(number(row.before?.milliseconds))\t\(number(row.after?.milliseconds))\t"
            text += subject + "\n"
        }
        return withoutWorkflowCommands(text)
    }

    private static func number(_ milliseconds: Int?) -> String { milliseconds.map(String.init) ?? "-" }
}
