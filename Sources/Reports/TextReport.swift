import Catalogue
import Diagnostics
import Project
import SourceText

/// For people: a line for each category, the findings with their source lines, and what to do next.
package struct TextReport: ReportFormat {
    /// How many notes that say the same are listed one by one.
    private static let notesAlike = 1
    /// How many other places of a finding are listed.
    private static let placesListed = 2
    /// How many findings, of those that cost most, are shown with their source line.
    private static let framesShown = 3
    /// Of a report with more findings than this, only what costs most is told in full.
    private static let shortReport = 5
    /// These in any case, and others while the findings take fewer lines than that.
    private static let alwaysInFull = 3
    private static let linesInFull = 25
    /// How many findings are told in short, and how many different notes.
    private static let listedInShort = 5
    private static let notesListed = 5

    private let style: TextStyle

    package init(style: TextStyle) { self.style = style }

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        func write(_ lines: [String]) {
            output(withoutWorkflowCommands(lines.joined(separator: "\n") + "\n"))
        }
        write([header(report), ""])
        if report.project.dockerfiles.isEmpty, report.outcome.findings.isEmpty {
            return write(remarkLines(report) + ["Nothing to check: there is no Dockerfile here."])
        }
        write(categoryLines(report))
        let findings = report.outcome.findings
        let aside = findings.filter(\.isAside)
        let told = findings.filter { !$0.isAside }
        let isLong = told.count > Self.shortReport
        var short: [Finding] = []
        var linesInFull = 0
        for (index, finding) in told.enumerated() {
            guard !isLong || index < Self.alwaysInFull || linesInFull < Self.linesInFull else {
                short.append(finding)
                continue
            }
            let hasFrame = index < (isLong ? 1 : Self.framesShown)
            let hasCost = isLong ? index < 2 : hasFrame || finding.severity != .info
            let lines = lines(for: finding, hasFrame: hasFrame, hasCost: hasCost, in: report)
            linesInFull += lines.count + 1
            write([""] + lines)
        }
        if !short.isEmpty { write(["", style.paint("Also found", .strong)] + list(short)) }
        if !aside.isEmpty {
            write(["", style.paint("In Dockerfiles that no build here states", .strong)] + list(aside))
        }
        let remarks = remarkLines(report)
        if !remarks.isEmpty { write([""] + remarks) }
        write([""] + closingLines(report))
    }

    private func header(_ report: Report) -> String {
        let project = report.project
        return style.paint("clm-doctor \(printable(report.version))", .strong)
            + ": \(counted(project.builds.count, "build")) of "
            + "\(counted(project.dockerfiles.count, "Dockerfile")) in \(printable(project.root))"
    }

    // MARK: Categories

    private func categoryLines(_ report: Report) -> [String] {
        let states = CategoryState.all(of: report)
        let width = states.map { displayWidth(of: $0.category.title) }.max() ?? 0
        return states.map { state in
            let (mark, detail) = text(of: state)
            return "[\(mark)] \(state.category.title.padded(to: width))  \(detail)"
        }
    }

    private func text(of state: CategoryState) -> (mark: String, detail: String) {
        let detail = printable(state.detail)
        return switch state.mark {
        case .found(let worst): (mark(of: worst), detail)
        case .passed: (style.paint(style.tick, .good), detail)
        case .open: (style.paint("-", .dim), style.paint(detail, .dim))
        }
    }

    private func mark(of severity: Severity) -> String {
        switch severity {
        case .error: style.paint(style.cross, .error)
        case .warning: style.paint("!", .warning)
        case .info: style.paint("i", .info)
        }
    }

    // MARK: Findings

    private func lines(for finding: Finding, hasFrame: Bool, hasCost: Bool, in report: Report) -> [String] {
        let confidence = finding.confidence == .certain ? "" : " (\(finding.confidence.rawValue))"
        let title = finding.severity.rawValue + confidence
        let message = wrapped("\(title): \(printable(finding.message))", width: style.width - 2)
        var lines = [
            style.paint(title, role(of: finding.severity)) + String(message[0].dropFirst(title.count))
        ]
        lines += message.dropFirst().map { "  " + $0 }

        var place = finding.path == Finding.host ? "Docker host" : printable(finding.path)
        if let start = finding.range?.start { place += ":\(start.line):\(start.column)" }
        lines.append(
            "  " + style.paint(place, .place) + "  " + style.paint("[\(printable(finding.check.name))]", .dim)
        )
        if hasFrame { lines += frame(for: finding, in: report) }
        // What is further down and of little weight is told in short; the other formats have all of it.
        if hasCost { lines += field("Cost", finding.cost) }
        if let text = finding.rebuilds.map(RebuildWords.text) { lines += field("Ran", text) }
        if let fix = finding.fix { lines += field("Fix", fix.text) }
        if let others = otherPlaces(of: finding, atMost: Self.placesListed) {
            lines += field("Also", printable(others))
        }
        return lines
    }

    /// The first of some findings in short.
    private func list(_ findings: [Finding]) -> [String] {
        let rest = findings.count - Self.listedInShort
        return findings.prefix(Self.listedInShort).flatMap(shortLines)
            + (rest > 0 ? ["  and \(rest) more"] : [])
    }

    /// Place and message alone.
    private func shortLines(for finding: Finding) -> [String] {
        let start = finding.range.map { ":\($0.start.line)" } ?? ""
        let severity = finding.severity == .info ? "" : "\(finding.severity.rawValue): "
        let path = finding.path == Finding.host ? "Docker host" : printable(finding.path)
        var text = "\(path)\(start): \(severity)\(printable(finding.message))"
        let others = finding.members.count - 1
        if others > 0 { text += " Also in \(counted(others, "other place"))." }
        text += " [\(printable(finding.check.name))]"
        let lines = wrapped(text, width: style.width - 4)
        return ["  " + lines[0]] + lines.dropFirst().map { "    " + $0 }
    }

    private func frame(for finding: Finding, in report: Report) -> [String] {
        guard let range = finding.range, let source = report.sources[finding.path] else { return [] }
        let number = String(range.start.line)
        let frame = CodeFrame(width: style.width - number.count - 6, ellipsis: style.ellipsis)
        guard let (_, text, marks) = frame.lines(for: range, in: source) else { return [] }
        let margin = String(repeating: " ", count: number.count)
        return [
            style.paint("    \(number) \(style.bar) ", .dim) + text,
            style.paint("    \(margin) \(style.bar) ", .dim) + style.paint(marks, role(of: finding.severity)),
        ]
    }

    /// A labelled text of one or more lines. Indented lines are code and stay as they are.
    private func field(_ label: String, _ text: String) -> [String] {
        let margin = "        "
        var lines: [String] = []
        for line in printableLines(text) where !(lines.isEmpty && line.isEmpty) {
            let isCode = line.first == " "
            lines += isCode ? continued(line) : wrapped(line, width: style.width - margin.count)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        guard !lines.isEmpty else { return [] }
        let head = "  \(label):" + String(repeating: " ", count: margin.count - label.count - 3)
        return lines.enumerated().map { index, line in
            let start = index == 0 ? head : line.isEmpty ? "" : margin
            return start + line
        }
    }

    /// A line of code; an instruction of a Dockerfile that is too long goes on in a next line, as Docker takes it.
    private func continued(_ line: String) -> [String] {
        let width = style.width - 8
        let code = line.drop { $0 == " " }
        guard displayWidth(of: line) > width, let keyword = code.split(separator: " ").first,
            keyword.allSatisfy({ $0.isASCII && $0.isUppercase }), !code.contains("\\"), !code.contains("#")
        else { return [line] }
        let margin = String(repeating: " ", count: line.count - code.count)
        let lines = wrapped(String(code), width: width - margin.count - 6)
        return lines.enumerated().map { index, part in
            margin + (index == 0 ? "" : "    ") + part + (index == lines.count - 1 ? "" : " \\")
        }
    }

    private func role(of severity: Severity) -> TextStyle.Role {
        switch severity {
        case .error: .error
        case .warning: .warning
        case .info: .info
        }
    }

    // MARK: What was not done, and what is next

    private func remarkLines(_ report: Report) -> [String] {
        var lines = report.exceptions.flatMap { remark("exception", printable($0.text)) }
        var reasons: [(reason: String, checks: [String])] = []
        for skipped in report.outcome.skipped {
            if let index = reasons.firstIndex(where: { $0.reason == skipped.reason }) {
                reasons[index].checks.append(skipped.check.name)
            } else {
                reasons.append((skipped.reason, [skipped.check.name]))
            }
        }
        for (reason, checks) in reasons {
            lines += remark("skipped", "\(printable(checks.joined(separator: ", "))): \(printable(reason))")
        }
        // A hundred files that are all too large are one thing to know.
        let notes = report.notes(withSilence: false)
        let alike = Dictionary(grouping: notes, by: \.message)
        var listed = 0
        // What was not examined comes first.
        let ordered = notes.filter(\.isUnexamined) + notes.filter { !$0.isUnexamined }
        for note in ordered where alike[note.message]?.count == 1 || alike[note.message]?.first == note {
            listed += 1
            guard listed <= Self.notesListed else { continue }
            guard let notes = alike[note.message], notes.count > Self.notesAlike else {
                lines += remark("note", place(of: note) + printable(note.message))
                continue
            }
            let others = " (\(notes.count - 1) more say the same)"
            lines += remark("note", place(of: note) + printable(note.message) + others)
        }
        if listed > Self.notesListed {
            lines.append("and \(counted(listed - Self.notesListed, "more note"))")
        }
        return lines
    }

    private func remark(_ label: String, _ text: String) -> [String] {
        let lines = wrapped("\(label): \(text)", width: style.width - 2)
        return [style.paint(label, .dim) + String(lines[0].dropFirst(label.count))]
            + lines.dropFirst().map { "  " + $0 }
    }

    private func closingLines(_ report: Report) -> [String] {
        let findings = report.outcome.findings
        let hidden = report.outcome.ignored.count
        var more = hidden > 0 ? ["\(hidden) more hidden by ignore comments"] : []
        if !report.outcome.known.isEmpty { more.append("\(report.outcome.known.count) known before") }
        let hiddenText = more.isEmpty ? "" : " (\(more.joined(separator: "; ")))"
        guard let first = findings.first else {
            let off = report.exceptions.first { $0.kind == .checksOff }?.count ?? 0
            let hasExceptions = report.outcome.exceptions.mayHideFindings
            return [
                style.paint("No problems found", hasExceptions ? .strong : .good)
                    + (off > 0
                        ? " by the checks that are on; \(off) \(off == 1 ? "is" : "are") switched off" : "")
                    + "\(hiddenText).",
                hasExceptions
                    ? "Next: `\(style.program) --strict` shows what is found without the exceptions above."
                    : "Next: nothing to do; `\(style.program) builds` lists what was examined.",
            ]
        }
        let counts = Severity.allCases.reversed().compactMap { severity in
            let number = report.count(severity)
            return number > 0 ? counted(number, of: severity) : nil
        }
        let files = Set(report.places.map(\.path)).subtracting([Finding.host])
        var places = files.isEmpty ? [] : ["in \(counted(files.count, "file"))"]
        if findings.contains(where: { $0.path == Finding.host }) { places.append("on the Docker host") }
        return [
            "Found \(counts.joined(separator: ", ")) \(places.joined(separator: " and "))\(hiddenText)."
                + (isShortened(report) ? " --format concise lists every place." : "")
        ] + fixableLines(report) + [
            "Next: " + style.paint("\(style.program) explain \(printable(first.check.name))", .strong)
                + " tells more about the first of them"
                + (first.rebuilds == nil ? "." : ", the one that costs most here.")
        ]
    }

    /// Not all that was found stands in it.
    private func isShortened(_ report: Report) -> Bool {
        let findings = report.outcome.findings
        return findings.count > Self.shortReport
            || findings.contains { $0.members.count > Self.placesListed + 1 }
    }

    /// Whether a repair holds is proved only when it is asked for, by running all checks again.
    private func fixableLines(_ report: Report) -> [String] {
        let (safe, unsafe) = (report.fixable(.safe), report.fixable(.unsafe))
        if safe == 0 {
            return unsafe == 0
                ? [] : ["Repairs that --fix --unsafe-fixes tries: \(unsafe); --diff shows those that hold."]
        }
        let more = unsafe == 0 ? "" : " (\(unsafe) more with --unsafe-fixes)"
        return ["Repairs that --fix tries: \(safe)\(more); --diff shows those that hold."]
    }
}

extension Report {
    /// Whether there is nothing in the repository that the checks of a category look at.
    func isNothingToExamine(in category: Category) -> Bool {
        switch category {
        case .frontend, .cache, .order: project.dockerfiles.isEmpty
        case .context:
            !project.builds.contains {
                if case .directory = $0.context { true } else { false }
            }
        case .ci:
            project.statements.isEmpty && !unexamined.contains { $0.isAboutStatement == true }
        case .host: false
        }
    }

    /// Why nobody can say that a category has no problem, as part of a sentence; nil where nothing is missing.
    func gap(in category: Category, skipped: [SkippedCheck]) -> String? {
        if let first = skipped.first {
            return "\(counted(skipped.count, "check")) did not run everywhere: \(first.reason)"
        }
        if category == .host {
            return outcome.hostNotes.isEmpty ? nil : "the Docker host did not answer everything"
        }
        let unread = unexamined.filter { note in
            switch category {
            case .frontend, .cache, .order: note.isAboutStatement != true
            case .context: true
            case .ci: note.isAboutStatement != false
            case .host: false
            }
        }
        guard let first = unread.first else { return nil }
        let others = unread.count > 1 ? " and \(unread.count - 1) more" : ""
        return "not everything was examined (\(first.path ?? first.message)\(others))"
    }
}

/// `1 file`, `2 files`.
package func counted(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

/// The same with a path that the first colon ends.
func concisePlace(of note: Note) -> String {
    guard let path = note.path else { return "" }
    return printablePath(path) + (note.line.map { ":\($0)" } ?? "") + ": "
}

/// `path:line: `, as far as a note has them.
func place(of note: Note) -> String {
    guard let path = note.path else { return "" }
    return printable(path) + (note.line.map { ":\($0)" } ?? "") + ": "
}
