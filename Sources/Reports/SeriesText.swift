package import BuildRecords
import Diagnostics

/// What `clm-doctor timings` prints of several builds.
package struct SeriesText: Sendable {
    private let series: BuildSeries

    package init(_ series: BuildSeries) { self.series = series }

    /// How many builds, and how many steps, the text shows.
    private static let shown = 10
    /// Of fewer runs each time is told.
    private static let fewRuns = 4

    package func text(style: TextStyle, all: Bool) -> String {
        var lines = [style.paint(Self.summary(series), .strong), ""]
        let builds = series.builds
        for timings in all ? builds[...] : builds.suffix(Self.shown) {
            lines.append(line(for: timings, style))
        }
        if !all, builds.count > Self.shown {
            lines.append(
                style.paint("  the last \(Self.shown) of \(builds.count); --all-steps lists them all", .dim))
        }
        let steps = all ? series.steps[...] : series.steps.prefix(Self.shown)
        if !steps.isEmpty {
            lines += [
                "",
                style.paint("Steps that took the time", .strong) + " (how often each ran, times its median)",
            ]
            let longest = steps.map(\.cost).max() ?? 0
            for step in steps { lines += self.lines(for: step, longest: longest, style) }
        }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    /// `12 builds, 41 min 3 s in all: median 3 min 2 s, p95 5 min 1 s`
    static func summary(_ series: BuildSeries) -> String {
        let times = series.durations
        let builds = counted(series.builds.count, "build")
        guard let median = BuildSeries.median(of: times),
            let high = BuildSeries.percentile(95, of: times)
        else { return builds }
        let sum = formatted(milliseconds: times.clampedSum(\.self))
        return
            "\(builds), \(sum) in all: median \(formatted(milliseconds: median)), p95 \(formatted(milliseconds: high))"
    }

    private func line(for timings: BuildTimings, _ style: TextStyle) -> String {
        let record = timings.record
        let time = record.milliseconds.map(formatted(milliseconds:)) ?? style.ellipsis
        let when = record.started.map(formatted(time:)) ?? ""
        let state =
            record.status == .completed || record.status == .unknown ? "" : ", \(record.status.rawValue)"
        let commit = record.revision.map { " \($0.prefix(7))" } ?? ""
        return "  \(time.leftPadded(to: 12))  \("\(timings.hits)".leftPadded(to: 3)) of "
            + "\("\(timings.steps)".leftPadded(to: 3)) steps cached  \(when.padded(to: 20))  "
            + printable(TimingsWords.title(record) + commit) + state
    }

    private func lines(for step: BuildSeries.Step, longest: Int, _ style: TextStyle) -> [String] {
        let margin = String(repeating: " ", count: 26)
        var facts = ["ran \(counted(step.runs, "time")), cached \(counted(step.hits, "time"))"]
        if let median = step.median, let high = step.percentile(95) {
            let isSeries = step.milliseconds.count >= Self.fewRuns
            let times = [
                isSeries
                    ? "median \(formatted(milliseconds: median)), p95 \(formatted(milliseconds: high))"
                    : step.milliseconds.map(formatted(milliseconds:)).joined(separator: ", "),
                Self.trend(of: step.milliseconds, style),
            ]
            facts.append(times.compactMap { $0 }.joined(separator: "  "))
        }
        let cost = step.median == nil ? style.ellipsis : formatted(milliseconds: step.cost)
        return [
            "  \(cost.leftPadded(to: 12))  \(style.meter(step.cost, of: longest, width: 8))  "
                + style.cutShort(
                    printable("\(step.label) \(step.identity.text)"), to: max(20, style.width - 26))
        ]
            + wrapped(facts.joined(separator: "; "), width: style.width - margin.count).map {
                margin + style.paint($0, .dim)
            }
    }

    /// The last times as a line of bars, or how the second half compares with the first.
    /// - Returns: nil for fewer than four.
    static func trend(of times: [Int], _ style: TextStyle) -> String? {
        guard times.count >= fewRuns else { return nil }
        let last = times.suffix(16)
        guard style.unicode else {
            let half = times.count / 2
            let sides = [times.prefix(half), times.suffix(half)].map {
                BuildSeries.median(of: Array($0)) ?? 0
            }
            return "\(formatted(milliseconds: sides[0])) -> \(formatted(milliseconds: sides[1]))"
        }
        let bars = Array("▁▂▃▄▅▆▇█")
        let largest = max(1, last.max() ?? 1)
        return String(last.map { bars[Int(Double($0) / Double(largest) * Double(bars.count - 1))] })
    }
}
