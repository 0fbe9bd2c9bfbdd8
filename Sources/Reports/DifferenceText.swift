package import BuildRecords
import Diagnostics

/// What `clm-doctor timings --compare` prints.
package struct DifferenceText: Sendable {
    private let difference: BuildDifference

    package init(_ difference: BuildDifference) { self.difference = difference }

    /// How many rows the text shows.
    private static let shown = 15

    package func text(style: TextStyle, all: Bool) -> String {
        var lines = [style.paint(Self.summary(difference), .strong)]
        for (word, timings) in [("before", difference.before), ("after", difference.after)] {
            let facts = [TimingsWords.title(timings.record)] + TimingsWords.circumstances(timings.record)
            lines += wrapped(
                "  \(word): \(printable(facts.joined(separator: ", "))); \(TimingsWords.summary(timings))",
                width: style.width)
        }
        let rows =
            all
            ? difference.rows
            : difference.rows.filter { !$0.isSame && abs($0.change) >= 100 || changesOutcome($0) }
        lines.append("")
        if rows.isEmpty { lines.append("No step and no other work of the builder differs by 0.1 s or more.") }
        for row in all ? rows[...] : rows.prefix(Self.shown) { lines.append(line(for: row, style)) }
        if !all, rows.count > Self.shown {
            lines.append(style.paint("  \(rows.count - Self.shown) more; --all-steps lists them all", .dim))
        }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    /// `4 min 12 s before, 1 min 3 s after: 3 min 9 s less`
    static func summary(_ difference: BuildDifference) -> String {
        guard let before = difference.before.record.milliseconds,
            let after = difference.after.record.milliseconds
        else { return "Two builds, of which one does not tell how long it took" }
        let change = after - before
        let word =
            change == 0
            ? "no difference" : "\(formatted(milliseconds: abs(change))) \(change < 0 ? "less" : "more")"
        return "\(formatted(milliseconds: before)) before, \(formatted(milliseconds: after)) after: \(word)"
    }

    private func changesOutcome(_ row: BuildDifference.Row) -> Bool {
        row.before?.outcome?.isHit != row.after?.outcome?.isHit
    }

    private func line(for row: BuildDifference.Row, _ style: TextStyle) -> String {
        let sign = row.change < 0 ? "-" : "+"
        let change = row.change == 0 ? "" : sign + formatted(milliseconds: abs(row.change))
        let role: TextStyle.Role = row.change > 0 ? .warning : row.change < 0 ? .good : .dim
        let sides = "\(side(row.before)) \(style.unicode ? "→" : "->") \(side(row.after))"
        let text =
            switch row.subject {
            case .step(let label, let text): printable("\(label) \(text)")
            case .category(let category): TimingsWords.name(of: category)
            }
        return "  " + style.paint(change.leftPadded(to: 12), role) + "  " + sides.padded(to: 30) + "  "
            + style.cutShort(text, to: max(20, style.width - 48))
    }

    private func side(_ side: BuildDifference.Side?) -> String {
        guard let side else { return "not there" }
        let time = side.milliseconds.map { $0 > 0 ? formatted(milliseconds: $0) : "" } ?? ""
        guard let outcome = side.outcome, outcome != .ran || time.isEmpty else { return time }
        return TimingsWords.word(for: outcome) + (time.isEmpty ? "" : " \(time)")
    }
}
