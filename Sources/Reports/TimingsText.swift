package import BuildRecords
import Diagnostics
import SourceText

/// What `clm-doctor timings` prints of one build.
package struct TimingsText: Sendable {
    private let timings: BuildTimings
    private let rows: [TimingsRow]

    package init(_ timings: BuildTimings) {
        self.timings = timings
        rows = TimingsRow.all(of: timings)
    }

    /// - Parameter allSteps: lists steps that took no time too.
    package func text(style: TextStyle, allSteps: Bool) -> String {
        var lines = head(style)
        lines += [""] + chart(style, allSteps: allSteps)
        lines += [""] + shares(style)
        if let best = timings.allCached {
            lines += [
                "", "With every step in the cache, this build takes about \(formatted(milliseconds: best)).",
            ]
        }
        for error in timings.record.errors.prefix(3) {
            lines +=
                [""]
                + wrapped("failed: " + printable(error), width: style.width).map { style.paint($0, .error) }
        }
        let remarks = [TimingsWords.lack(of: timings.record)].compactMap { $0 } + timings.record.problems
        for remark in remarks {
            lines += [""] + wrapped(printable(remark), width: style.width).map { style.paint($0, .dim) }
        }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    private func head(_ style: TextStyle) -> [String] {
        let record = timings.record
        let time = record.milliseconds.map { "  " + formatted(milliseconds: $0) } ?? ""
        let circumstances = TimingsWords.circumstances(record).joined(separator: ", ")
        return [style.paint(printable(TimingsWords.title(record)) + time, .strong)]
            + (circumstances.isEmpty ? [] : wrapped(printable(circumstances), width: style.width))
            + [TimingsWords.summary(timings)]
    }

    // MARK: The chart

    private static let placeWidth = 5
    private static let timeWidth = 10

    private func chart(_ style: TextStyle, allSteps: Bool) -> [String] {
        let length = timings.record.milliseconds ?? rows.compactMap(\.intervals.last?.upperBound).max() ?? 0
        let longest = rows.compactMap(\.milliseconds).max() ?? 0
        let hasAxis = timings.record.source.tellsTimes && length > 0
        let width = max(16, (style.width - Self.placeWidth - Self.timeWidth - 6) * 2 / 5)
        /// What is too short to be seen; of what failed, nothing is.
        let floor = allSteps ? -1 : (hasAxis ? length : longest) / 100
        let shown = rows.filter {
            ($0.milliseconds ?? 0) > floor || $0.outcome == .failed || $0.outcome == .cancelled
        }
        var lines = hasAxis ? axis(length, width, style) : []
        for row in shown {
            let bar =
                hasAxis
                ? timeline(row, length, width, style)
                : style.meter(row.milliseconds ?? 0, of: longest, width: width)
            lines.append(line(for: row, bar, width, style))
        }
        let rest = rows.count - shown.count
        if rest > 0 {
            lines.append(
                String(repeating: " ", count: Self.placeWidth)
                    + style.paint(
                        "\(rest) more took no time to speak of" + (allSteps ? "" : "; --all-steps"), .dim))
        }
        if shown.contains(where: \.isCritical) {
            lines += ["", style.paint("\(mark(style)) the end of the build waited for it", .dim)]
        }
        return lines
    }

    private func mark(_ style: TextStyle) -> String { style.unicode ? "◀" : "<" }

    private func line(for row: TimingsRow, _ bar: String, _ width: Int, _ style: TextStyle) -> String {
        let room = max(12, style.width - Self.placeWidth - width - Self.timeWidth - 6)
        let word =
            switch row.outcome {
            case .failed, .cancelled, .cached, .skipped, .pulled, .shared, .notReached:
                row.outcome.map { TimingsWords.word(for: $0) + ": " } ?? ""
            case .ran, nil: ""
            }
        let text = style.cutShort(printable(word + row.text), to: room)
        let time = row.milliseconds.map(formatted(milliseconds:)) ?? ""
        let line =
            row.place.leftPadded(to: Self.placeWidth - 1) + " " + bar + "  " + text.padded(to: room) + " "
            + time.leftPadded(to: Self.timeWidth) + (row.isCritical ? " " + mark(style) : "")
        return row.outcome == .failed ? style.paint(line, .error) : line
    }

    /// Where on the axis a part of the build was at work.
    private func timeline(_ row: TimingsRow, _ length: Int, _ width: Int, _ style: TextStyle) -> String {
        var cells = [Bool](repeating: false, count: width)
        for interval in row.intervals {
            let first = min(width - 1, Int(Double(interval.lowerBound) / Double(length) * Double(width)))
            let end = Int((Double(interval.upperBound) / Double(length) * Double(width)).rounded(.up))
            for cell in first..<max(first + 1, min(width, end)) { cells[cell] = true }
        }
        let isWork = row.outcome == .ran || row.outcome == .failed || row.outcome == .cancelled
        let full = style.unicode ? (isWork ? "█" : "▒") : (isWork ? "#" : "=")
        let role: TextStyle.Role =
            row.outcome == .failed ? .error : isWork ? (row.isCritical ? .warning : .info) : .dim
        var text = ""
        var start = 0
        while start < width {
            var end = start
            while end < width, cells[end] == cells[start] { end += 1 }
            let part = String(repeating: cells[start] ? full : " ", count: end - start)
            text += cells[start] ? style.paint(part, role) : part
            start = end
        }
        return text
    }

    /// `0 s      30 s      1 min` over a line with ticks.
    private func axis(_ length: Int, _ width: Int, _ style: TextStyle) -> [String] {
        var labels = [Character](repeating: " ", count: width + 8)
        var line = [Character](repeating: style.unicode ? "─" : "-", count: width)
        for tick in TimeAxis(length: length, count: width / 8).ticks {
            let column = Int(Double(tick.milliseconds) / Double(length) * Double(width))
            guard column < width else { break }
            let start: Character = style.unicode ? "├" : "|"
            line[column] = tick.milliseconds == 0 ? start : style.unicode ? "┼" : "+"
            if column + tick.label.count <= labels.count {
                labels.replaceSubrange(column..<column + tick.label.count, with: Array(tick.label))
            }
        }
        let margin = String(repeating: " ", count: Self.placeWidth)
        return [margin + String(labels), margin + String(line)].map { style.paint($0.trimmingEnd, .dim) }
    }

    // MARK: Where the time went

    private func shares(_ style: TextStyle) -> [String] {
        guard !timings.shares.isEmpty else { return [] }
        var lines = [style.paint("Where the time went", .strong)]
        let longest = timings.shares[0].milliseconds
        for share in timings.shares {
            lines.append(
                "  " + formatted(milliseconds: share.milliseconds).leftPadded(to: Self.timeWidth) + "  "
                    + style.meter(share.milliseconds, of: longest, width: 10) + "  "
                    + TimingsWords.share(share))
        }
        if let idle = timings.idle, idle >= 100 {
            lines.append(
                "  " + formatted(milliseconds: idle).leftPadded(to: Self.timeWidth) + "  "
                    + style.meter(idle, of: longest, width: 10) + "  nothing: the builder waited")
        }
        let remark = wrapped(TimingsWords.sideBySide, width: style.width - 2)
        return lines + remark.map { style.paint("  " + $0, .dim) }
    }
}

extension String {
    /// Without blanks at its end.
    fileprivate var trimmingEnd: String { String(reversed().drop { $0 == " " }.reversed()) }
}
