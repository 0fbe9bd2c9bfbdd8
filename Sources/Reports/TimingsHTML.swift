package import BuildRecords
import Diagnostics
import SourceText

/// What `clm-doctor timings --format html` prints: one page that needs nothing else, with the chart of each build.
package struct TimingsHTML: Sendable {
    private let series: BuildSeries

    package init(_ series: BuildSeries) { self.series = series }

    package func text() -> String {
        var html = pageHead(title: "Docker builds: where the time went", style: Self.style)
        if series.builds.count > 1 { html += overview() }
        for timings in series.builds.suffix(Limits.chartedBuilds) { html += section(of: timings) }
        if series.builds.count > Limits.chartedBuilds {
            html +=
                "<p class=\"dim\">Charts of the last \(Limits.chartedBuilds) of \(series.builds.count) builds.</p>\n"
        }
        return withoutWorkflowCommands(html + "</body>\n</html>\n")
    }

    private static let style = """
        :root { color-scheme: light dark; --text: #1b1b1f; --page: #fff; --line: #d4d4db; --dim: #5c5c66; --card: #f7f7f9;
          --ran: #2f6fbd; --critical: #b35c00; --failed: #b3261e; --pulled: #6b57b0; --other: #6d7580; --bar: #fff; }
        @media (prefers-color-scheme: dark) { :root { --text: #e8e8ec; --page: #16161a; --line: #44444c; --dim: #a5a5b0; --card: #202026;
          --ran: #7fb2f0; --critical: #ffb95c; --failed: #ffb4ab; --pulled: #c3b4ff; --other: #a3abb5; --bar: #16161a; } }
        body { font: 15px/1.45 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 90rem; margin: 1.5rem auto; padding: 0 1rem; }
        h1, h2 { font-size: 1.3rem; margin: 2rem 0 .2rem; overflow-wrap: anywhere; } h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
        p { margin: .3rem 0; overflow-wrap: anywhere; } .dim { color: var(--dim); } .failed { color: var(--failed); }
        code, pre { font: 13px/1.45 ui-monospace, monospace; }
        .lane { display: grid; grid-template-columns: 11rem 1fr; gap: .6rem; align-items: center; margin: .25rem 0; }
        .lane > span { overflow-wrap: anywhere; text-align: right; font-size: .9rem; }
        .track { position: relative; height: 1.7rem; background: var(--card); border: 1px solid var(--line); border-radius: 4px; overflow: hidden; }
        .track i { position: absolute; top: 0; bottom: 0; min-width: 2px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font: 12px/1.6rem ui-monospace, monospace;
          padding: 0; color: var(--bar); background: var(--ran); border-right: 1px solid var(--page); box-sizing: border-box; text-indent: .3rem; }
        .track i.critical { background: var(--critical); } .track i.failed { background: var(--failed); color: var(--bar); } .track i.pulled { background: var(--pulled); }
        .track i.other { background: var(--other); } .track i.pulled.critical, .track i.other.critical { border-bottom: .3rem solid var(--critical); }
        .track i:hover { outline: 2px solid var(--text); outline-offset: -2px; }
        .axis { position: relative; height: 1.4rem; font-size: .8rem; color: var(--dim); } .axis span { position: absolute; border-left: 1px solid var(--line); padding-left: .25rem; white-space: nowrap; }
        .key b { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin: 0 .3rem 0 .9rem; vertical-align: -1px; }
        .halves { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 2rem; }
        table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
        td.number, th.number { text-align: right; } td.number, th.number, td.word { white-space: nowrap; overflow-wrap: normal; } tr.dim td { color: var(--dim); }
        .code { overflow-x: auto; border: 1px solid var(--line); border-radius: 4px; background: var(--card); padding: .5rem 0; }
        .code td { border: 0; padding: 0 .6rem; font: 13px/1.45 ui-monospace, monospace; white-space: pre; overflow-wrap: normal; } .code td.number { color: var(--dim); }
        .code tr.critical td.number:first-child { color: var(--critical); font-weight: 700; }
        @media (max-width: 600px) { .optional { display: none; } }
        @media (max-width: 800px) { .halves, .lane { grid-template-columns: minmax(0, 1fr); gap: .1rem; } .lane > span { text-align: left; } .lane > span:empty { display: none; } }
        @media print { .halves { display: block; } .code { overflow: visible; } .code td { white-space: pre-wrap; } }
        """

    private func overview() -> String {
        var html = "<h1>\(escapedMarkup(SeriesText.summary(series)))</h1>\n<table>\n<tr><th>Step</th>"
        html +=
            "<th class=\"number\">Ran</th><th class=\"number optional\">Cached</th><th class=\"number\">Median</th>"
        html += "<th class=\"number optional\">p95</th><th class=\"number\">In all</th></tr>\n"
        for step in series.steps.prefix(Limits.chartedBuilds) {
            func time(_ milliseconds: Int?) -> String {
                step.median == nil ? "" : milliseconds.map(formatted(milliseconds:)) ?? ""
            }
            html += "<tr><td><code>\(escapedMarkup("\(step.label) \(step.identity.text)"))</code></td>"
            html += "<td class=\"number\">\(step.runs)</td><td class=\"number optional\">\(step.hits)</td>"
            html += "<td class=\"number\">\(time(step.median))</td>"
            html += "<td class=\"number optional\">\(time(step.percentile(95)))</td>"
            html += "<td class=\"number\">\(time(step.cost))</td></tr>\n"
        }
        return html + "</table>\n"
    }

    private func section(of timings: BuildTimings) -> String {
        let record = timings.record
        let rows = TimingsRow.all(of: timings)
        let time = record.milliseconds.map { ": " + formatted(milliseconds: $0) } ?? ""
        var html = "<section>\n<h2>\(escapedMarkup(TimingsWords.title(record) + time))</h2>\n"
        let circumstances = TimingsWords.circumstances(record).joined(separator: " · ")
        if !circumstances.isEmpty { html += "<p class=\"dim\">\(escapedMarkup(circumstances))</p>\n" }
        html += "<p>\(escapedMarkup(TimingsWords.summary(timings)))."
        if let best = timings.allCached {
            html += " With every step in the cache, it takes about \(formatted(milliseconds: best))."
        }
        html += "</p>\n"
        for error in record.errors { html += "<p class=\"failed\">failed: \(escapedMarkup(error))</p>\n" }
        html += chart(timings, rows)
        let (facts, text) = (shares(timings) + table(rows), dockerfile(timings))
        html +=
            text.isEmpty
            ? facts : "<div class=\"halves\">\n<div>\n\(facts)</div>\n<div>\n\(text)</div>\n</div>\n"
        for remark in [TimingsWords.lack(of: record)].compactMap({ $0 }) + record.problems {
            html += "<p class=\"dim\">\(escapedMarkup(remark))</p>\n"
        }
        return html + "</section>\n"
    }

    // MARK: The chart

    /// A lane for each stage, and one for each kind of other work.
    private func chart(_ timings: BuildTimings, _ rows: [TimingsRow]) -> String {
        let ends = rows.compactMap(\.intervals.last?.upperBound).max() ?? 0
        let length = max(timings.record.milliseconds ?? 0, ends)
        guard timings.record.source.tellsTimes, length > 0 else { return "" }
        var names: [String] = []
        var lanes: [String: String] = [:]
        for row in rows where (row.milliseconds ?? 0) > 0 {
            let name = row.category == .step ? row.stage ?? "steps" : TimingsWords.name(of: row.category)
            if lanes[name] == nil { names.append(name) }
            lanes[name, default: ""] += bars(row, length)
        }
        var html = "<p class=\"dim key\"><b style=\"background: var(--ran)\"></b>ran"
        html += "<b style=\"background: var(--critical)\"></b>the end of the build waited for it"
        html +=
            "<b style=\"background: var(--pulled)\"></b>pulled<b style=\"background: var(--other)\"></b>other work</p>\n"
        html += "<div class=\"lane\"><span></span><div class=\"axis\">\(axis(length))</div></div>\n"
        for name in names {
            html += "<div class=\"lane\"><span>\(escapedMarkup(name))</span>"
            html += "<div class=\"track\">\(lanes[name] ?? "")</div></div>\n"
        }
        return html
    }

    private func bars(_ row: TimingsRow, _ length: Int) -> String {
        let kind =
            switch row.outcome {
            case .failed, .cancelled: "failed"
            case .pulled: "pulled"
            case .ran: "ran"
            case .cached, .skipped, .shared, .notReached, nil: "other"
            }
        let critical = row.isCritical ? " critical" : ""
        let time = row.milliseconds.map(formatted(milliseconds:)) ?? ""
        let word = row.outcome.map { ", \(TimingsWords.word(for: $0))" } ?? ""
        let title = escapedMarkup("\(row.text), \(time)\(word)")
        return row.intervals.map { interval in
            let left = percent(interval.lowerBound, of: length)
            let width = percent(interval.upperBound - interval.lowerBound, of: length)
            return
                "<i class=\"\(kind)\(critical)\" style=\"left: \(left)%; width: \(width)%\" title=\"\(title)\">\(escapedMarkup(row.text))</i>"
        }.joined()
    }

    /// With two digits behind the point.
    private func percent(_ part: Int, of whole: Int) -> String {
        let hundredths = Int((Double(min(part, whole)) / Double(whole) * 10_000).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    private func axis(_ length: Int) -> String {
        TimeAxis(length: length, count: 8).ticks.compactMap { tick in
            let left = percent(tick.milliseconds, of: length)
            // A label at the very end would stand beyond it.
            guard tick.milliseconds < length / 100 * 95 else { return nil }
            return "<span style=\"left: \(left)%\">\(tick.label)</span>"
        }.joined()
    }

    // MARK: Below the chart

    private func shares(_ timings: BuildTimings) -> String {
        guard !timings.shares.isEmpty else { return "" }
        var html = "<h3>Where the time went</h3>\n<table>\n"
        for share in timings.shares {
            html += "<tr><td>\(escapedMarkup(TimingsWords.share(share)))</td>"
            html += "<td class=\"number\">\(formatted(milliseconds: share.milliseconds))</td></tr>\n"
        }
        if let idle = timings.idle, idle >= 100 {
            html +=
                "<tr><td>nothing: the builder waited</td><td class=\"number\">\(formatted(milliseconds: idle))</td></tr>\n"
        }
        return html + "</table>\n<p class=\"dim\">\(TimingsWords.sideBySide)</p>\n"
    }

    private func table(_ rows: [TimingsRow]) -> String {
        let steps = rows.filter { $0.category == .step }
        guard !steps.isEmpty else { return "" }
        var html = "<h3>Steps</h3>\n<table>\n"
        for row in steps {
            let isDim = row.outcome?.isHit == true || row.outcome == .shared || row.outcome == .notReached
            let time = row.milliseconds.map { $0 > 0 ? formatted(milliseconds: $0) : "" } ?? ""
            let word = row.outcome.map { TimingsWords.word(for: $0) } ?? ""
            html +=
                "<tr\(isDim ? " class=\"dim\"" : "")><td class=\"number\">\(escapedMarkup(row.place))</td>"
            html +=
                "<td><code>\(escapedMarkup(row.text))</code></td><td class=\"word\">\(word)</td><td class=\"number\">\(time)</td></tr>\n"
        }
        return html + "</table>\n"
    }

    /// The recorded Dockerfile, with the time of each step beside its first line.
    private func dockerfile(_ timings: BuildTimings) -> String {
        guard let dockerfile = timings.record.dockerfile else { return "" }
        let critical = Set(timings.criticalPath)
        var marks: [Int: (text: String, isCritical: Bool)] = [:]
        for (index, vertex) in timings.record.vertices.enumerated() {
            guard let line = vertex.lines?.lowerBound, vertex.step?.isBase == false else { continue }
            let time = vertex.milliseconds.map { $0 > 0 ? formatted(milliseconds: $0) : "" } ?? ""
            let word = vertex.outcome == .ran ? time : TimingsWords.word(for: vertex.outcome)
            let known = marks[line]
            marks[line] = (
                [known?.text, word].compactMap { $0 }.joined(separator: ", "),
                known?.isCritical == true || critical.contains(index)
            )
        }
        var html = "<h3>\(escapedMarkup(dockerfile.path))</h3>\n<div class=\"code\"><table>\n"
        let source = SourceText(path: dockerfile.path, bytes: dockerfile.text)
        for line in 1...min(source.lineCount, Limits.chartedLines) {
            let mark = marks[line]
            html +=
                "<tr\(mark?.isCritical == true ? " class=\"critical\"" : "")><td class=\"number\">\(escapedMarkup(mark?.text ?? ""))</td>"
            let text = String(decoding: source.bytes[source.bytes(ofLine: line)], as: UTF8.self)
            html += "<td class=\"number\">\(line)</td><td>\(escapedMarkup(text))</td></tr>\n"
        }
        return html + "</table></div>\n"
    }
}
