import Dockerfile
package import Impact
import Project

/// The impact report as one page that needs nothing else: each build with a drawing of its stages and then all of its
/// steps, coloured by state, with the cause on each.
package struct ImpactHTML: Sendable {
    private let report: ImpactReport

    package init(_ report: ImpactReport) { self.report = report }

    package func text() -> String {
        var html =
            pageHead(title: "Docker builds: what runs again", style: Self.style) + """
                <h1>Docker builds: what runs again</h1>
                <p class="dim">\(escapedMarkup(report.base)) → \(escapedMarkup(report.head.name))</p>
                <p class="dim">Colours: <span class="verdict fast">cached</span> <span class="verdict medium">maybe</span>
                <span class="verdict slow">rebuild</span>. A line leads from a stage to the one that continues it; a dashed one to
                the step that takes files from it.</p>

                """
        for build in report.builds { html += section(of: build) }
        for note in report.notes { html += "<p>Note: \(escapedMarkup(place(of: note) + note.message))</p>\n" }
        return withoutWorkflowCommands(html + "</body>\n</html>\n")
    }

    private static let style = """
        :root { color-scheme: light dark; --text: #1b1b1f; --page: #fff; --line: #c9c9d0; --dim: #5c5c66;
          --cached: #d7f0d7; --maybe: #fff1cc; --rebuild: #fbd9d5; --step: #1b1b1f; }
        @media (prefers-color-scheme: dark) { :root { --text: #e8e8ec; --page: #16161a; --line: #44444c; --dim: #a5a5b0; } }
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
        .verdict.slow { background: var(--rebuild); }
        """

    private func section(of build: BuildImpact) -> String {
        let place = "\(build.dockerfile) in \(build.context)" + (build.target.map { ", target \($0)" } ?? "")
        if let problem = build.problem {
            return "<h2>\(escapedMarkup(build.name))</h2>\n<p class=\"dim\">\(escapedMarkup(place))</p>\n"
                + "<p>Not predicted: \(escapedMarkup(problem))</p>\n"
        }
        var html = "<h2>\(escapedMarkup(build.name)) "
        html +=
            "<span class=\"verdict \(build.verdict.rawValue)\">\(escapedMarkup(ImpactWords.verdict(of: build)))</span></h2>\n"
        html +=
            "<p class=\"dim\">\(escapedMarkup(place)); \(ImpactWords.count(of: build))</p>\n"
        html +=
            "<div class=\"wide\">\n\(ImpactGraph(build, escaped: { escapedMarkup($0) }).svg())</div>\n<div class=\"stages\">\n"
        for stage in build.stages {
            html += "<div class=\"stage\"><h3>\(escapedMarkup(stage.name))</h3><ol>\n"
            for step in build.steps where step.stage == stage.name {
                html +=
                    "<li class=\"\(step.state.rawValue)\"><b>\(escapedMarkup(ImpactWords.label(step)))</b> "
                html += "\(step.state.rawValue) <span>· \(step.kind.rawValue) · line \(step.line)</span><br>"
                html += "<code>\(escapedMarkup(ImpactWords.shortened(step.instruction, to: 300)))</code>"
                if let cause = step.cause {
                    html += "<span class=\"cause\">\(escapedMarkup(ImpactWords.text(of: cause)))</span>"
                }
                html += "</li>\n"
            }
            html += "</ol></div>\n"
        }
        html += "</div>\n"
        if !build.blind.isEmpty {
            html += "<p class=\"dim\">Not seen by a comparison of files:<br>\n"
            html += build.blind.map { escapedMarkup($0.message) }.joined(separator: "<br>\n")
            html += "</p>\n"
        }
        return html
    }
}
