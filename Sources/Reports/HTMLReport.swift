import Catalogue
import Diagnostics
import Project
import SourceText

/// One page that needs nothing else: no script, no address, no font of its own. Findings by file, each with its
/// source line, cost and fix, and what the check's page says, folded away.
package struct HTMLReport: ReportFormat {
    package init() {}

    package func write(_ report: Report, to output: @escaping (String) -> Void) {
        func write(_ html: String) { output(withoutWorkflowCommands(html)) }
        write(head(report))
        let byFile = Dictionary(grouping: report.outcome.findings, by: \.path)
        // The file with what costs most first, as in the text.
        var told: Set<String> = []
        for path in report.outcome.findings.map(\.path) where told.insert(path).inserted {
            let name = path == Finding.host ? hostPlace : path
            write("<section>\n<h2>\(escapedMarkup(name))</h2>\n")
            for finding in byFile[path] ?? [] { write(article(finding, in: report)) }
            write("</section>\n")
        }
        write(explanations(report) + remarks(report) + "</body>\n</html>\n")
    }

    private func head(_ report: Report) -> String {
        let project = report.project
        return pageHead(title: "clm-doctor: \(report.tally)", style: Self.style) + """
            <h1>clm-doctor: \(escapedMarkup(report.tally))</h1>
            <p class="dim">\(counted(project.builds.count, "build")) of \(counted(project.dockerfiles.count, "Dockerfile")) in \(escapedMarkup(project.root)); clm-doctor \(escapedMarkup(report.version))</p>
            \(counts(report))
            """
    }

    private static let style = """
        :root { color-scheme: light dark; --text: #1b1b1f; --page: #fff; --line: #d4d4db; --dim: #5c5c66; --card: #f7f7f9;
          --error: #b3261e; --warning: #8a5300; --info: #00639b; }
        @media (prefers-color-scheme: dark) { :root { --text: #e8e8ec; --page: #16161a; --line: #44444c; --dim: #a5a5b0;
          --card: #202026; --error: #ffb4ab; --warning: #ffb95c; --info: #90cdff; } }
        body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 60rem;
          margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; overflow-wrap: anywhere; }
        h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; } p { margin: .4rem 0; overflow-wrap: anywhere; } .dim { color: var(--dim); }
        article { background: var(--card); border: 1px solid var(--line); border-left: 5px solid; border-radius: 6px;
          padding: .7rem 1rem; margin: .8rem 0; }
        article.error { border-left-color: var(--error); } article.warning { border-left-color: var(--warning); }
        article.info { border-left-color: var(--info); }
        .severity { font-weight: 700; } .error .severity { color: var(--error); } .warning .severity { color: var(--warning); }
        .info .severity { color: var(--info); }
        code { font: .9em ui-monospace, monospace; } pre { font: 13px/1.45 ui-monospace, monospace; background: var(--page); border: 1px solid var(--line); border-radius: 4px;
          padding: .5rem .7rem; margin: .5rem 0; overflow-x: auto; }
        table { border-collapse: collapse; margin: 1rem 0; } td, th { text-align: left; padding: .2rem 1rem .2rem 0;
          border-bottom: 1px solid var(--line); } td:last-child, th:last-child { text-align: right; padding-right: 0; }
        a { color: inherit; } details { margin: .5rem 0; } summary { cursor: pointer; overflow-wrap: anywhere; }
        details pre { white-space: pre-wrap; overflow-wrap: anywhere; }
        """

    /// How often each check found something.
    private func counts(_ report: Report) -> String {
        guard !report.outcome.findings.isEmpty else { return "" }
        let counts = Dictionary(grouping: report.outcome.findings, by: \.check).mapValues(\.count)
        var html = "<table>\n<tr><th>Check</th><th>What it finds</th><th>Findings</th></tr>\n"
        for (check, number) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            let title = report.catalogue.entry(for: check)?.description.title ?? ""
            html +=
                "<tr><td>\(escapedMarkup(check.name))</td><td>\(prose(title))</td><td>\(number)</td></tr>\n"
        }
        return html + "</table>\n"
    }

    private func article(_ finding: Finding, in report: Report) -> String {
        let confidence = finding.confidence == .certain ? "" : " (\(finding.confidence.rawValue))"
        var html = "<article class=\"\(finding.severity.rawValue)\">\n"
        html += "<h3><span class=\"severity\">\(finding.severity.rawValue)\(confidence)</span>: "
        html += "\(prose(finding.message))</h3>\n"
        let place = finding.range.map { "line \($0.start.line), column \($0.start.column) · " } ?? ""
        html += "<p class=\"dim\">\(place)\(escapedMarkup(finding.check.name))</p>\n"
        if let range = finding.range, let source = report.sources[finding.path],
            let (_, text, marks) = CodeFrame(width: 110, ellipsis: "…").lines(for: range, in: source)
        {
            html += "<pre>\(escapedMarkup(text))\n\(escapedMarkup(marks))</pre>\n"
        }
        if !finding.cost.isEmpty { html += "<p><b>Cost:</b> \(prose(finding.cost))</p>\n" }
        if let fix = finding.fix {
            html += "<p><b>Fix:</b></p>\n<pre>\(escapedMarkupLines(fix.trimmedText))</pre>\n"
        }
        if let others = otherPlaces(of: finding) {
            html += "<p><b>Also at:</b> \(escapedMarkup(others))</p>\n"
        }
        return html + "</article>\n"
    }

    /// A sentence with what stands between backticks as code.
    private func prose(_ text: String) -> String {
        let pieces = text.split(separator: "`", omittingEmptySubsequences: false)
        // A last backtick without another is only a character.
        guard pieces.count % 2 == 1 else { return escapedMarkup(text) }
        return pieces.enumerated().map { index, piece in
            index % 2 == 0 ? escapedMarkup(piece) : "<code>\(escapedMarkup(piece))</code>"
        }.joined()
    }

    /// The page of each check that found something.
    private func explanations(_ report: Report) -> String {
        let found = Set(report.outcome.findings.map(\.check))
        let entries = report.catalogue.entries.filter { found.contains($0.id) && !$0.page.isEmpty }
        guard !entries.isEmpty else { return "" }
        return "<section>\n<h2>About these checks</h2>\n"
            + entries.map { entry in
                "<details><summary>\(escapedMarkup(entry.id.name)): \(prose(entry.description.title))"
                    + "</summary>\n<pre>\(escapedMarkupLines(entry.page))</pre></details>\n"
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
