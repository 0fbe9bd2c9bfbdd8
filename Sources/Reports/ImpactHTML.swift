import Dockerfile
package import Impact
import Project

/// The impact report as one page that needs nothing else: a table of what runs again, then each build that does with a
/// drawing of its stages and all of its steps, coloured by state, with the cause on each. What stays cached is folded away.
package struct ImpactHTML: Sendable {
    private let report: ImpactReport

    package init(_ report: ImpactReport) { self.report = report }

    package func text() -> String {
        var html =
            pageHead(title: "Docker builds: what runs again", style: Self.style) + """
                <h1>Docker builds: what runs again</h1>
                <p class="dim">\(escapedMarkup(report.base)) → \(escapedMarkup(report.head.name))</p>
                \(table())
                <p class="dim">Colours: <span class="verdict fast">cached</span> <span class="verdict medium">maybe</span>
                <span class="verdict slow">rebuild</span>. A line leads from a stage to the one that continues it; a dashed one to
                the step that takes files from it.</p>

                """
        let (told, untouched) = (
            report.builds.indices.filter(isTold), report.builds.indices.filter { !isTold($0) }
        )
        for number in told { html += section(of: report.builds[number], number: number) }
        if !untouched.isEmpty {
            html +=
                "<details><summary>\(counted(untouched.count, "build")) that \(untouched.count == 1 ? "stays" : "stay") cached</summary>\n"
            for number in untouched { html += section(of: report.builds[number], number: number) }
            html += "</details>\n"
        }
        for note in report.notes { html += "<p>Note: \(escapedMarkup(place(of: note) + note.message))</p>\n" }
        return withoutWorkflowCommands(html + "</body>\n</html>\n")
    }

    private static let style = """
        :root { color-scheme: light dark; --text: #1b1b1f; --page: #fff; --line: #c9c9d0; --dim: #5c5c66;
          --cached: #d7f0d7; --maybe: #fff1cc; --rebuild: #fbd9d5; --step: #1b1b1f; }
        @media screen and (prefers-color-scheme: dark) { :root { --text: #e8e8ec; --page: #16161a; --line: #44444c; --dim: #a5a5b0; } }
        body { font: 15px/1.45 system-ui, sans-serif; color: var(--text); background: var(--page); margin: 2rem; }
        h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .2rem; overflow-wrap: anywhere; }
        p { overflow-wrap: anywhere; } .dim { color: var(--dim); } code { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
        .stages { display: flex; flex-wrap: wrap; gap: 1.2rem; align-items: flex-start; margin-top: .8rem; }
        .stage { flex: 1 1 20rem; max-width: 34rem; border: 1px solid var(--line); border-radius: 8px; padding: .7rem; }
        .stage h3 { margin: 0 0 .5rem; font-size: 1rem; overflow-wrap: anywhere; }
        ol { list-style: none; margin: 0; padding: 0; }
        li { border-left: 6px solid; border-radius: 4px; padding: .35rem .6rem; margin-bottom: .9rem; color: var(--step); position: relative; }
        li:not(:last-child)::after { content: ""; position: absolute; left: 1rem; bottom: -.9rem; height: .9rem; border-left: 2px solid var(--line); }
        li.cached { background: var(--cached); border-color: #2e7d32; } li.maybe { background: var(--maybe); border-color: #b26a00; }
        li.rebuild { background: var(--rebuild); border-color: #b3261e; }
        .cause { display: block; margin-top: .2rem; font-size: .9rem; overflow-wrap: anywhere; }
        .wide { overflow-x: auto; margin-top: .6rem; } .graph { display: block; max-width: none; }
        .graph .box { fill: none; stroke: var(--line); } .graph text { font: 12px ui-monospace, monospace; fill: var(--step); }
        .graph text.name { font: bold 13px system-ui, sans-serif; fill: var(--text); }
        .graph text.why { font: 11px system-ui, sans-serif; }
        .graph .cached { fill: var(--cached); } .graph .maybe { fill: var(--maybe); } .graph .rebuild { fill: var(--rebuild); }
        .graph path { fill: none; stroke: var(--dim); stroke-width: 1.5; } .graph path.reads { stroke-dasharray: 5 4; }
        .graph path.tip { fill: var(--dim); stroke: none; }
        .verdict { border-radius: 1rem; padding: .1rem .7rem; color: var(--step); font-size: .95rem; }
        .verdict.none, .verdict.fast { background: var(--cached); } .verdict.medium { background: var(--maybe); }
        .verdict.slow { background: var(--rebuild); } summary { cursor: pointer; overflow-wrap: anywhere; }
        table { border-collapse: collapse; margin: 1rem 0; } td, th { text-align: left; vertical-align: top; padding: .3rem 1rem .3rem 0;
          border-bottom: 1px solid var(--line); overflow-wrap: anywhere; } a { color: inherit; } .name { min-width: 6rem; }
        th { white-space: nowrap; } .stage details { margin-bottom: .6rem; }
        @media (max-width: 40rem) { body { margin: 1rem; } tr { display: block; border-bottom: 1px solid var(--line); padding: .3rem 0; }
          td { display: block; border: 0; padding: 0; } th { display: none; } }
        .on-paper { display: none; }
        @media print { body { margin: 0; } .wide { overflow: visible; } .wide > svg { max-width: 100%; height: auto; }
          .large > svg { display: none; } .on-paper { display: block; }
          .stage, li, tr { break-inside: avoid; } h2 { break-after: avoid; } * { print-color-adjust: exact; } }
        """

    private func isTold(_ number: Int) -> Bool {
        report.builds[number].isAffected || report.builds[number].problem != nil
    }

    /// Which images are built again, and why.
    private func table() -> String {
        let told = report.builds.indices.filter(isTold)
        guard !told.isEmpty else {
            return "<p>Nothing runs again: \(counted(report.builds.count, "build")) looked at.</p>"
        }
        var html = "<table>\n<tr><th>Build</th><th>Rebuild</th><th>Steps</th><th>First cause</th></tr>\n"
        for number in told {
            let build = report.builds[number]
            html += "<tr><td class=\"name\"><a href=\"#b\(number + 1)\">\(escapedMarkup(build.name))</a></td>"
            if let problem = build.problem {
                html += "<td>not predicted</td><td></td><td>\(escapedMarkup(problem))</td></tr>\n"
                continue
            }
            html += "<td><span class=\"verdict \(build.verdict.rawValue)\">"
            let usual = ImpactWords.usual(of: build).map { " \(escapedMarkup($0))" } ?? ""
            html += "\(escapedMarkup(ImpactWords.verdict(of: build)))</span>\(usual)</td>"
            html += "<td>\(ImpactWords.count(of: build))</td>"
            html += "<td>\(escapedMarkup(ImpactWords.firstCause(of: build) ?? ""))</td></tr>\n"
        }
        return html + "</table>"
    }

    private func section(of build: BuildImpact, number: Int) -> String {
        let place = "\(build.dockerfile) in \(build.context)" + (build.target.map { ", target \($0)" } ?? "")
        if let problem = build.problem {
            return
                "<h2 id=\"b\(number + 1)\">\(escapedMarkup(build.name))</h2>\n<p class=\"dim\">\(escapedMarkup(place))</p>\n"
                + "<p>Not predicted: \(escapedMarkup(problem))</p>\n"
        }
        var html = "<h2 id=\"b\(number + 1)\">\(escapedMarkup(build.name)) "
        html +=
            "<span class=\"verdict \(build.verdict.rawValue)\">\(escapedMarkup(ImpactWords.verdict(of: build)))</span></h2>\n"
        html +=
            "<p class=\"dim\">\(escapedMarkup(place)); \(ImpactWords.count(of: build))</p>\n"
        let graph = ImpactGraph(build, escaped: { escapedMarkup($0) })
        html +=
            graph.fitsOnPaper
            ? "<div class=\"wide\">\n\(graph.svg())</div>\n"
            : "<div class=\"wide large\">\n\(graph.svg())<p class=\"on-paper dim\">The drawing is larger than a sheet of paper; the steps are listed below.</p></div>\n"
        html += "<div class=\"stages\">\n"
        for stage in build.stages {
            html += "<div class=\"stage\"><h3>\(escapedMarkup(stage.name))</h3>\n"
            let steps = build.steps.filter { $0.stage == stage.name }
            var rest = steps[...]
            while let first = rest.first {
                let run = rest.prefix { ($0.state == .cached) == (first.state == .cached) }
                rest = rest.dropFirst(run.count)
                let list = "<ol>\n\(run.map(item).joined())</ol>\n"
                html +=
                    first.state == .cached
                    ? "<details><summary class=\"cached\">\(counted(run.count, "cached step"))</summary>\(list)</details>\n"
                    : list
            }
            html += "</div>\n"
        }
        html += "</div>\n"
        if !build.blind.isEmpty {
            html += "<p class=\"dim\">Not seen by a comparison of files:<br>\n"
            html += build.blind.map { escapedMarkup($0.message) }.joined(separator: "<br>\n")
            html += "</p>\n"
        }
        return html
    }

    private func item(_ step: StepImpact) -> String {
        var html = "<li class=\"\(step.state.rawValue)\"><b>\(escapedMarkup(ImpactWords.label(step)))</b> "
        html += "\(step.state.rawValue) <span>· \(step.kind.rawValue) · line \(step.line)</span><br>"
        html += "<code>\(escapedMarkup(ImpactWords.shortened(step.instruction, to: 300)))</code>"
        if let cause = step.cause {
            html += "<span class=\"cause\">\(escapedMarkup(ImpactWords.text(of: cause)))</span>"
        }
        return html + "</li>\n"
    }
}
