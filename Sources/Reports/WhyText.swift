import BuildRecords
import Diagnostics
package import Impact
import SourceText

/// What `clm-doctor why` prints.
package struct WhyText: Sendable {
    private let analysis: MissAnalysis
    /// What could not be looked at, as sentences.
    private let remarks: [String]

    package init(_ analysis: MissAnalysis, remarks: [String]) {
        self.analysis = analysis
        self.remarks = remarks
    }

    package func text(style: TextStyle) -> String {
        let record = analysis.record
        let time = record.milliseconds.map { "  " + formatted(milliseconds: $0) } ?? ""
        var lines = [
            style.paint(printable(TimingsWords.title(record)) + time, .strong), Self.summary(analysis),
        ]
        for group in groups { lines += [""] + self.lines(for: group, style) }
        for remark in remarks + record.problems {
            lines += [""] + wrapped(printable(remark), width: style.width).map { style.paint($0, .dim) }
        }
        if let reason = analysis.misses.first?.reason {
            lines += ["", "More: \(style.program) explain \(reason.rawValue)"]
        }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    /// `4 of 9 steps ran, for 2 reasons`
    static func summary(_ analysis: MissAnalysis) -> String {
        if analysis.steps == 0 { return "There is no step of a Dockerfile in this record." }
        let ran = analysis.misses.reduce(0) { $0 + 1 + $1.followers.count }
        guard analysis.isWhole || ran > 0 else {
            let reached = analysis.steps - analysis.unreached
            return
                "No step ran to its end: \(reached) of \(counted(analysis.steps, "step")) came from the cache, and the "
                + "build, or its log, ends before the others."
        }
        guard ran > 0 else { return "No step ran: \(counted(analysis.steps, "step")) came from the cache." }
        let roots = analysis.misses.count
        return "\(ran) of \(counted(analysis.steps, "step")) ran, "
            + (roots == 1
                ? "all because of one:" : "because of \(roots) that were not in the cache:")
    }

    /// Roots of one reason and evidence: what is true of the whole build is told once.
    private var groups: [[Miss]] {
        struct Key: Hashable {
            let reason: MissReason
            let evidence: String
            let possible: [MissReason]
        }
        var order: [Key] = []
        var groups: [Key: [Miss]] = [:]
        for miss in analysis.misses {
            let key = Key(reason: miss.reason, evidence: miss.evidence, possible: miss.possible)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(miss)
        }
        return order.compactMap { groups[$0] }
    }

    private func lines(for group: [Miss], _ style: TextStyle) -> [String] {
        let miss = group[0]
        let word = miss.certainty == .likely ? "Likely: " : ""
        let evidence = miss.evidence.isEmpty ? "" : ": " + printable(miss.evidence)
        let title = MissPages.title(miss.reason)
        let text = word + (word.isEmpty ? title.prefix(1).uppercased() + title.dropFirst() : title) + evidence
        var lines = wrapped(text, width: style.width).map { style.paint($0, .strong) }
        if !miss.possible.isEmpty {
            let possible = miss.possible.map { MissPages.title($0) }.joined(separator: "; ")
            lines += wrapped("Still possible: \(possible)", width: style.width).map { style.paint($0, .dim) }
        }
        for miss in group { lines += self.lines(forRoot: miss, style) }
        return lines
    }

    private func lines(forRoot miss: Miss, _ style: TextStyle) -> [String] {
        var lines = [line(for: miss.step, style)]
        guard !miss.followers.isEmpty else { return lines }
        let time = miss.followers.clampedSum { $0.milliseconds ?? 0 }
        let count = miss.followers.count
        lines.append(
            "               and \(counted(count, "more step")) ran because it did"
                + (time > 0 ? ", \(formatted(milliseconds: time)) in all" : "") + ":")
        let longest = miss.followers.sorted { ($0.milliseconds ?? 0) > ($1.milliseconds ?? 0) }
        lines += longest.prefix(Self.shown).map { line(for: $0, style) }
        if count > Self.shown { lines.append("               and \(count - Self.shown) more") }
        return lines
    }

    private func line(for vertex: BuildVertex, _ style: TextStyle) -> String {
        let time = vertex.milliseconds.map { $0 > 0 ? formatted(milliseconds: $0) : "" } ?? ""
        return "  " + time.leftPadded(to: 11) + "  "
            + style.cutShort(printable(vertex.name), to: max(20, style.width - 19))
    }

    /// How many of the steps that follow a root are named.
    private static let shown = 5
}
