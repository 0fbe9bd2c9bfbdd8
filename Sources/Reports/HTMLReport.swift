import Catalogue
import Diagnostics
import Project
import SourceText

/// One page that needs nothing else: no script, no address, no font of its own. It begins with an overview by category
/// and a table of the checks that found something, with a link to each finding; then the findings by file, each with its
/// source line, cost and fix; and what each check's page says, folded away.
package struct HTMLReport: ReportFormat {
    package init() {}

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        func write(_ html: String) { output(withoutWorkflowCommands(html)) }
        // The file with what costs most first, as in the text.
        var byFile: [(path: String, findings: [(number: Int, finding: Finding)])] = []
        var places: [String: Int] = [:]
        for (number, finding) in report.outcome.findings.enumerated() {
            if let place = places[finding.path] {
                byFile[place].findings.append((number, finding))
            } else {
                places[finding.path] = byFile.count
                byFile.append((finding.path, [(number, finding)]))
            }
        }
        write(head(report))
        for (path, findings) in byFile {
            let name = path == Finding.host ? hostPlace : path
            write("<section>\n<h2>\(escapedMarkup(name))</h2>\n")
            for (number, finding) in findings { write(article(finding, number: number, in: report)) }
            write("</section>\n")
        }
        write(explanations(report) + remarks(report) + "</body>\n</html>\n")
    }

    private func head(_ report: Report) -> String {
        let project = report.project
        return pageHead(title: "clm-doctor: \(report.tally)", style: Self.style) + """
            <h1>clm-doctor: \(escapedMarkup(report.tally))</h1>
            <p class="dim">\(counted(project.builds.count, "build")) of \(counted(project.dockerfiles.count, "Dockerfile")) in \(escapedMarkup(project.root)); clm-doctor \(escapedMarkup(report.version))</p>
            \(overview(report))
            \(counts(report))
            """
    }

    private static let style = """
        :root { color-scheme: light dark; --text: #1b1b1f; --page: #fff; --line: #d4d4db; --dim: #5c5c66; --card: #f7f7f9;
          --error: #b3261e; --warning: #8a5300; --info: #00639b; --good: #2e7d32; }
        @media screen and (prefers-color-scheme: dark) { :root { --text: #e8e8ec; --page: #16161a; --line: #44444c; --dim: #a5a5b0;
          --card: #202026; --error: #ffb4ab; --warning: #ffb95c; --info: #90cdff; --good: #8fd694; } }
        body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 60rem;
          margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
        h3, h4 { font-size: 1rem; margin: 0; } h4 { margin: 1rem 0 .3rem; } p { margin: .4rem 0; } .dim { color: var(--dim); }
        h1, h2, h3, h4, p, li, summary, td { overflow-wrap: anywhere; }
        article { background: var(--card); border: 1px solid var(--line); border-left: 5px solid; border-radius: 6px;
          padding: .7rem 1rem; margin: .8rem 0; }
        article.error { border-left-color: var(--error); } article.warning { border-left-color: var(--warning); }
        article.info { border-left-color: var(--info); } article:target { outline: 2px solid var(--info); }
        .severity { font-weight: 700; } .error .severity { color: var(--error); } .warning .severity { color: var(--warning); }
        .info .severity { color: var(--info); } .passed .severity { color: var(--good); }
        code { font: .9em ui-monospace, monospace; } pre { font: 13px/1.45 ui-monospace, monospace; background: var(--page); border: 1px solid var(--line); border-radius: 4px;
          padding: .5rem .7rem; margin: .5rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
        pre.source { white-space: pre; overflow-x: auto; }
        table { border-collapse: collapse; margin: 1rem 0; } td, th { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0;
          border-bottom: 1px solid var(--line); } td:last-child, th:last-child { padding-right: 0; } .name { white-space: nowrap; }
        a { color: inherit; } details { margin: .5rem 0; } summary { cursor: pointer; }
        @media (max-width: 40rem) { .checks tr { display: block; border-bottom: 1px solid var(--line); padding: .3rem 0; }
          .checks td { display: block; border: 0; padding: 0; } .checks th { display: none; } .name { white-space: normal; font-weight: 700; } }
        @media print { body { max-width: none; margin: 0; } article, tr { break-inside: avoid; } h2 { break-after: avoid; }
          pre.source { white-space: pre-wrap; } * { print-color-adjust: exact; } }
        """

    /// What was found, or not, in each category.
    private func overview(_ report: Report) -> String {
        var html = "<table>\n"
        for state in CategoryState.all(of: report) {
            let (kind, mark) =
                switch state.mark {
                case .found(.error): ("error", "✗")
                case .found(.warning): ("warning", "!")
                case .found(.info): ("info", "i")
                case .passed: ("passed", "✓")
                case .open: ("dim", "–")
                }
            html += "<tr class=\"\(kind)\"><td class=\"severity\">\(mark)</td>"
            html += "<td class=\"name\">\(escapedMarkup(state.category.title))</td>"
            html += "<td>\(escapedMarkup(state.detail))</td></tr>\n"
        }
        return html + "</table>"
    }

    /// How many findings of one check are linked.
    private static let linked = 12

    /// Where each check found something.
    private func counts(_ report: Report) -> String {
        let findings = report.outcome.findings
        guard !findings.isEmpty else { return "" }
        let byCheck = Dictionary(grouping: findings.indices, by: { findings[$0].check })
        var html = "<table class=\"checks\">\n<tr><th>Check</th><th>What it finds</th><th>Where</th></tr>\n"
        // The worst first, then the most frequent.
        let rows = byCheck.map { check, numbers in
            (check: check, numbers: numbers, worst: numbers.lazy.map { findings[$0].severity }.max() ?? .info)
        }.sorted {
            ($1.worst, $1.numbers.count, $0.check) < ($0.worst, $0.numbers.count, $1.check)
        }
        for (check, numbers, _) in rows {
            let title = report.catalogue.entry(for: check)?.description.title ?? ""
            let links = numbers.prefix(Self.linked).map { number in
                let finding = findings[number]
                let line = finding.range.map { ":\($0.start.line)" } ?? ""
                let place = finding.path == Finding.host ? hostPlace : finding.path + line
                return "<a href=\"#f\(number + 1)\">\(escapedMarkup(place))</a>"
            }
            let rest = numbers.count - links.count
            html +=
                "<tr><td class=\"name\">\(escapedMarkup(check.name))</td><td>\(PageMarkup.inline(title))</td>"
            html +=
                "<td>\(links.joined(separator: "<br>"))\(rest > 0 ? "<br>and \(rest) more" : "")</td></tr>\n"
        }
        return html + "</table>\n"
    }

    private func article(_ finding: Finding, number: Int, in report: Report) -> String {
        let confidence = finding.confidence == .certain ? "" : " (\(finding.confidence.rawValue))"
        var html = "<article class=\"\(finding.severity.rawValue)\" id=\"f\(number + 1)\">\n"
        html += "<h3><span class=\"severity\">\(finding.severity.rawValue)\(confidence)</span>: "
        html += "\(PageMarkup.inline(finding.message))</h3>\n"
        let place = finding.range.map { "line \($0.start.line), column \($0.start.column) · " } ?? ""
        html += "<p class=\"dim\">\(place)\(escapedMarkup(finding.check.name))</p>\n"
        if let range = finding.range, let source = report.sources[finding.path],
            let (_, text, marks) = CodeFrame(width: 110, ellipsis: "…").lines(for: range, in: source)
        {
            html += "<pre class=\"source\">\(escapedMarkup(text))\n\(escapedMarkup(marks))</pre>\n"
        }
        if !finding.cost.isEmpty { html += "<p><b>Cost:</b> \(PageMarkup.inline(finding.cost))</p>\n" }
        if let fix = finding.fix {
            html += "<p><b>Fix:</b></p>\n<pre>\(escapedMarkupLines(fix.trimmedText))</pre>\n"
        }
        if let others = otherPlaces(of: finding) {
            html += "<p><b>Also at:</b> \(escapedMarkup(others))</p>\n"
        }
        return html + "</article>\n"
    }

    /// The page of each check that found something.
    private func explanations(_ report: Report) -> String {
        let found = Set(report.outcome.findings.map(\.check))
        let entries = report.catalogue.entries.filter { found.contains($0.id) && !$0.page.isEmpty }
        guard !entries.isEmpty else { return "" }
        return "<section>\n<h2>About these checks</h2>\n"
            + entries.map { entry in
                "<details><summary>\(escapedMarkup(entry.id.name)): \(PageMarkup.inline(entry.description.title))"
                    + "</summary>\n\(PageMarkup(entry.page).html)</details>\n"
            }.joined() + "</section>\n"
    }

    private func remarks(_ report: Report) -> String {
        let skipped = report.outcome.skipped.map { "Skipped: \($0.check.name): \($0.reason)" }
        let notes = report.notes().map { "Note: \(Reports.place(of: $0))\($0.message)" }
        let hidden = report.outcome.ignored.count
        let ignored = hidden > 0 ? ["\(counted(hidden, "finding")) hidden by ignore comments."] : []
        let exceptions = report.exceptions.map { "Exception: \($0.text)" }
        let all = exceptions + ignored + skipped + notes
        guard !all.isEmpty else { return "" }
        return "<section>\n<h2>About this run</h2>\n"
            + all.map { "<p class=\"dim\">\(escapedMarkup($0))</p>\n" }.joined() + "</section>\n"
    }
}
