import Diagnostics
import Impact
import Testing

@testable import Reports

/// Pages for a browser, and comments on changes.
struct PageTests {
    private let reports = ReportTests()

    @Test func theTableLinksToEachFinding() throws {
        let findings = (1...3).map { number in
            Finding(
                check: number == 2 ? "cache-mount-missing" : "parse-error", severity: .warning,
                path: "\(number)/Dockerfile", range: nil, message: "m", subject: "\(number)")
        }
        let html = HTMLReport().text(of: try reports.report(findings: findings))
        for number in 1...3 {
            #expect(html.contains("<a href=\"#f\(number)\">\(number)/Dockerfile</a>"))
            #expect(html.contains("<article class=\"warning\" id=\"f\(number)\">"))
        }
        #expect(html.contains("<td class=\"name\">Dockerfiles</td><td>2 warnings</td>"))
    }

    @Test func aCheckPageIsFormattedAndHoldsNoMarkupOfItsOwn() {
        let page = """
            # id

            First `a<b>` line
            and the second.

            ## What it finds

            - one
              more
            - [two](https://x.example), [x] and ](

            ```dockerfile
            RUN x  <script>

            # no heading
            ```
            <img src=x>
            """
        #expect(
            PageMarkup(page).html == """
                <p>First <code>a&lt;b&gt;</code> line and the second.</p>
                <h4>What it finds</h4>
                <ul>
                <li>one more</li>
                <li>two (https://x.example), [x] and ](</li>
                </ul>
                <pre>RUN x  &lt;script&gt;

                # no heading</pre>
                <p>&lt;img src=x&gt;</p>

                """)
        #expect(PageMarkup("```\nnot ended").html == "<pre>not ended</pre>\n")
    }

    /// GitHub takes 65,536 characters.
    @Test func aCommentFitsWhateverTheRepositoryHolds() {
        let builds = (0..<2000).map { number in
            BuildImpact(
                name: "build-\(number)", dockerfile: "Dockerfile", context: ".", target: nil, verdict: .slow,
                bestCase: .none, stages: [], steps: [], blind: [],
                problem: String(repeating: "|", count: 100))
        }
        let text = ImpactMarkdown(ImpactReport(base: "a", head: .workTree, builds: builds, notes: [])).text()
        #expect(text.utf8.count < 65_000)
        #expect(text.contains("more are not listed here."))
        #expect(text.hasSuffix("</sub>\n"))
    }
}
