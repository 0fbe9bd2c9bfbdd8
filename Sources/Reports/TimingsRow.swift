import BuildRecords
import Diagnostics

/// A line of the chart of one build: a step, or work of the builder beside steps.
struct TimingsRow {
    /// The line of the Dockerfile, or the number in the stage.
    let place: String
    let text: String
    /// nil for what is no step.
    let outcome: StepOutcome?
    let category: TimeCategory
    /// The stage of a step; with the platform where there are several.
    let stage: String?
    let milliseconds: Int?
    /// In milliseconds from the build's start.
    let intervals: [Range<Int>]
    let isCritical: Bool
    let error: String?

    /// All of a build: in the order of time where the record tells it.
    static func all(of timings: BuildTimings) -> [TimingsRow] {
        let record = timings.record
        let critical = Set(timings.criticalPath)
        var rows: [TimingsRow] = []
        for (index, vertex) in record.vertices.enumerated() {
            guard let step = vertex.step else { continue }
            let place = vertex.lines.map { "\($0.lowerBound)" } ?? "\(step.number)/\(step.of)"
            let stage = [step.platform, step.stage].compactMap { $0 }.joined(separator: " ")
            rows.append(
                TimingsRow(
                    place: place, text: step.text, outcome: vertex.outcome, category: .step,
                    stage: stage.isEmpty ? nil : stage, milliseconds: vertex.milliseconds,
                    intervals: vertex.intervals, isCritical: critical.contains(index), error: vertex.error))
        }
        // A part of a step is told by the step's own bar.
        for activity in record.activities where record.vertices[activity.vertex].step == nil {
            let name =
                activity.category == .other ? activity.name : TimingsWords.name(of: activity.category)
            let bytes = activity.bytes.map { ", \(formatted(bytes: $0))" } ?? ""
            rows.append(
                TimingsRow(
                    place: "", text: name + bytes, outcome: nil,
                    category: activity.category, stage: nil, milliseconds: activity.milliseconds,
                    intervals: activity.intervals, isCritical: critical.contains(activity.vertex), error: nil)
            )
        }
        guard record.source.tellsTimes else { return rows }
        return rows.enumerated().sorted { left, right in
            let (a, b) = (left.element.intervals.first?.lowerBound, right.element.intervals.first?.lowerBound)
            return (a ?? .max, left.offset) < (b ?? .max, right.offset)
        }.map(\.element)
    }
}
