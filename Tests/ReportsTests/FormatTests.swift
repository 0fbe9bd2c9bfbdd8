import Diagnostics
import JSON
import Project
import SourceText
import Testing

@testable import Reports

/// The formats for CI systems and browsers. `Tests/Schemas` judges them by schemas and by programs that read them.
extension ReportTests {
    // MARK: GitHub

    @Test func githubMarksTheLine() throws {
        let text = GitHubReport().text(of: try report(notes: [Note(path: "x", line: 2, message: "m")]))
        #expect(
            text == """
                ::error file=api/Dockerfile,line=2,endLine=2,col=1,endColumn=8,title=clm-doctor%3A parse-error::\
                This line does not parse.%0AThe build fails.%0AFix: Write it so:%0A    RUN true%0Aand try again.
                x:2: note: m

                """)
    }

    /// Every line that GitHub's runner takes for a command is one of ours, with our properties alone.
    @Test(arguments: hostile) func githubCommandsAreOursAlone(_ hostile: Hostile) throws {
        let text = GitHubReport().text(of: try hostileReport(hostile.text))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        let commands = lines.filter { $0.drop { $0.isWhitespace }.hasPrefix("::") }
        #expect(commands.count == 1)
        for command in commands {
            // The runner ends a command at the next `::`, and splits it at commas and the first `=` of each.
            let head = command.dropFirst(2).prefix(
                upTo: try #require(command.dropFirst(2).firstRange(of: "::")).lowerBound)
            let words = head.split(separator: " ", maxSplits: 1)
            #expect(words.first == "warning")
            let names = words[1].split(separator: ",").map { $0.prefix { $0 != "=" } }
            #expect(names == ["file", "line", "endLine", "col", "endColumn", "title"])
        }
        for line in lines where !commands.contains(line) { try expectHarmless(String(line)) }
        for line in lines {
            #expect(!line.contains("##[") && !line.contains("##vso["))
            #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x1B })
        }
    }

    // MARK: JSON

    @Test func sarifHasRulesPlacesAndFixes() throws {
        let source = SourceText(path: "api/Dockerfile", text: ReportTests.dockerfile)
        let finding = Finding(
            check: "parse-error", severity: .info, path: source.path, range: source.range(of: 12..<19),
            message: "Message.",
            fix: Fix("Do.", edits: [Edit(path: source.path, bytes: 12..<15, replacement: "ENV")]),
            subject: "RUN")
        let host = Finding(
            check: "parse-error", severity: .error, path: Finding.host, range: nil, message: "Host.",
            subject: "h")
        let json = try JSON.parse(SARIFReport().text(of: try report(findings: [finding, host])))
        let run = json["runs"]?[0]
        #expect(json["version"] == "2.1.0")
        #expect(run?["tool"]?["driver"]?["rules"]?[0]?["id"] == "parse-error")
        let result = run?["results"]?[0]
        #expect(result?["level"] == "note")
        #expect(result?["ruleIndex"] == 0)
        let place = result?["locations"]?[0]?["physicalLocation"]
        #expect(place?["artifactLocation"]?["uri"] == "api/Dockerfile")
        #expect(place?["region"] == ["startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 8])
        let change = result?["fixes"]?[0]?["artifactChanges"]?[0]?["replacements"]?[0]
        #expect(change?["deletedRegion"] == ["startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 4])
        #expect(change?["insertedContent"]?["text"] == "ENV")
        #expect(run?["results"]?[1]?["locations"] == [])
    }

    @Test func noTagOfASARIFRuleStandsTwice() throws {
        let finding = Finding(
            check: "ci-no-cache", severity: .warning, path: "api/Dockerfile", range: nil, message: "m",
            subject: "")
        let json = try JSON.parse(SARIFReport().text(of: try report(findings: [finding])))
        let tags = json["runs"]?[0]?["tool"]?["driver"]?["rules"]?[0]?["properties"]?["tags"]?.array ?? []
        #expect(tags.contains("ci"))
        #expect(Set(tags.compactMap(\.string)).count == tags.count)
    }

    @Test func placesOfOneFindingAreInEveryFormat() throws {
        let findings = ["a/Dockerfile", "b/Dockerfile"].map { path in
            Finding(
                check: "parse-error", severity: .warning, path: path,
                range: SourceRange(
                    start: SourcePosition(line: 2, column: 1), end: SourcePosition(line: 2, column: 4)),
                message: "The same.", fix: Fix("Do it."), subject: path)
        }
        let report = try report(findings: [findings[0].representing(findings)])
        let results = try JSON.parse(SARIFReport().text(of: report))["runs"]?[0]?["results"]
        #expect(results?.array?.count == 1)
        #expect(results?[0]?["locations"]?.array?.count == 2)
        let json = try JSON.parse(JSONReport().text(of: report))["findings"]
        #expect(json?.array?.count == 1)
        #expect(json?[0]?["places"]?.array?.map { $0["file"]?.string } == ["a/Dockerfile", "b/Dockerfile"])
        for format in [TextReport(style: TextStyle()), GitHubReport(), MarkdownReport(), HTMLReport()]
            as [any ReportFormat]
        {
            let told = format.text(of: report)
            #expect(told.contains("b/Dockerfile"))
        }
        #expect(ConciseReport().text(of: report).split(separator: "\n").count == 2)
        #expect(try JSON.parse(GitLabReport().text(of: report)).array?.count == 2)
    }

    @Test func sarifIsWrittenPieceByPiece() throws {
        let findings = (0..<50).map { number in
            Finding(
                check: "parse-error", severity: .info, path: "Dockerfile", range: nil, message: "\(number)",
                subject: "\(number)")
        }
        var pieces: [String] = []
        SARIFReport().write(try report(findings: findings)) { pieces.append($0) }
        #expect(pieces.count > findings.count)
        let text = pieces.joined()
        #expect(try JSON.parse(text).text(.pretty) + "\n" == text)
    }

    @Test func sarifAddressesAreURIs() throws {
        let json = try JSON.parse(SARIFReport().text(of: try hostileReport("a b/ü%\n::x")))
        let place = json["runs"]?[0]?["results"]?[0]?["locations"]?[0]?["physicalLocation"]
        #expect(place?["artifactLocation"]?["uri"] == "a%20b/%C3%BC%25%0A%3A%3Ax")
    }

    @Test func gitlabHasWhatItsDocumentationAsksFor() throws {
        let json = try JSON.parse(GitLabReport().text(of: try report()))
        #expect(
            json[0]
                == [
                    "description":
                        "This line does not parse.\nThe build fails.\nFix: Write it so:\n    RUN true\nand try again.",
                    "check_name": "parse-error",
                    "fingerprint": json[0]?["fingerprint"] ?? .null, "severity": "critical",
                    "location": ["path": "api/Dockerfile", "lines": ["begin": 2]],
                ])
        #expect(json[0]?["fingerprint"]?.string?.count == 32)
    }

    @Test func jsonLinesAreObjectsOfTheirTypes() throws {
        let text = JSONLinesReport().text(
            of: try report(
                skipped: [SkippedCheck(check: "a", reason: "b")], notes: [Note(path: nil, message: "n")]))
        let lines = try text.split(separator: "\n").map { try JSON.parse(String($0)) }
        #expect(lines.map { $0["type"] } == ["report", "finding", "skipped", "note", "summary"])
        #expect(lines[1]["check"] == "parse-error")
        #expect(lines[4]["error"] == 1)
    }

    // MARK: XML

    @Test func junitCountsWhatItHolds() throws {
        let info = Finding(
            check: "syntax-missing", severity: .info, path: "f", range: nil, message: "m", subject: "")
        let text = JUnitReport().text(
            of: try report(findings: [info], skipped: [SkippedCheck(check: "a-check", reason: "<&>")]))
        #expect(text.contains("<testsuites name=\"clm-doctor\" tests=\"3\" failures=\"0\" errors=\"0\">"))
        #expect(
            text.contains(
                "<testsuite name=\"clm-doctor\" tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"1\">"))
        #expect(text.contains("<testcase classname=\"clm-doctor\" name=\"parse-error\"/>"))
        #expect(text.contains("<skipped message=\"&lt;&amp;&gt;\"/>"))
        #expect(text.contains("<testcase classname=\"f\" name=\"syntax-missing\">"))
        #expect(!text.contains("<failure"))
    }

    @Test func checkstyleGroupsByFileFromTopToBottom() throws {
        func finding(_ path: String, line: Int) -> Finding {
            let place = SourcePosition(line: line, column: 1)
            return Finding(
                check: "parse-error", severity: .warning, path: path,
                range: SourceRange(start: place, end: place), message: "m\(line)", subject: "")
        }
        let text = CheckstyleReport().text(
            of: try report(findings: [finding("b", line: 9), finding("a", line: 1), finding("b", line: 2)]))
        #expect(
            text == """
                <?xml version="1.0" encoding="UTF-8"?>
                <checkstyle version="4.3">
                  <file name="a">
                    <error line="1" column="1" severity="warning" message="m1" source="clm-doctor.parse-error"/>
                  </file>
                  <file name="b">
                    <error line="2" column="1" severity="warning" message="m2" source="clm-doctor.parse-error"/>
                    <error line="9" column="1" severity="warning" message="m9" source="clm-doctor.parse-error"/>
                  </file>
                </checkstyle>

                """)
    }

    // MARK: Markdown and HTML

    @Test func markdownTellsWhereAndHow() throws {
        let text = MarkdownReport().text(of: try report())
        #expect(text.hasPrefix("### clm-doctor: 1 error\n"))
        #expect(
            text.contains(
                "| error | api/Dockerfile&#58;2&#58;1 | parse-error | This line does not parse. |\n"))
        #expect(text.contains("```text\nWrite it so:\n    RUN true\nand try again.\n```\n"))
    }

    /// GitHub links these in the text that Markdown gives, also where Markdown's own marks are escaped.
    @Test func markdownHoldsNothingThatGitHubLinks() {
        #expect(escapedMarkdown("www.evil.example") == "www&#46;evil.example")
        #expect(escapedMarkdown("a WWW.evil.example") == "a WWW&#46;evil.example")
        #expect(escapedMarkdown("GH-1 gh-2") == "GH-<!-- -->1 gh-<!-- -->2")
        #expect(escapedMarkdown("#1") == "\\#<!-- -->1")
        #expect(escapedMarkdown("1234567") == "123456<!-- -->7")
        let commit = String(repeating: "0123456789", count: 4)
        for part in escapedMarkdown(commit).replacing("<!-- -->", with: " ").split(separator: " ") {
            #expect(part.count < 7)
        }
        #expect(escapedMarkdown("debian-12.3 high-1 abc") == "debian-12.3 high-1 abc")
    }

    @Test func aPathCannotLookLikeAnotherLine() throws {
        for path in [
            "clm-doctor: no problems found", "docker host: info x: fine",
            "safe/Dockerfile:1:1: info x: fine ",
        ] {
            let text = ConciseReport().text(of: try report(path: path))
            let line = try #require(text.split(separator: "\n").first)
            // What stands before the first colon is the path, and a number follows.
            let shown = line.prefix { $0 != ":" }
            #expect(line.dropFirst(shown.count).hasPrefix(":2:1: error parse-error: "), "\(line)")
        }
    }

    @Test func aMessageHoldsNoLinkOfSARIF() throws {
        let finding = Finding(
            check: "parse-error", severity: .error, path: "f", range: nil,
            message: "see [here](https://evil.example) now", subject: "")
        let json = try JSON.parse(SARIFReport().text(of: try report(findings: [finding])))
        #expect(
            json["runs"]?[0]?["results"]?[0]?["message"]?["text"]
                == "see \\[here\\](https://evil.example) now")
    }

    @Test func nothingEndsAMarkdownCodeBlock() throws {
        #expect(markdownCodeBlock("a\n```\n````\nb") == ["`````text", "a", "```", "````", "b", "`````"])
    }

    /// No tag but our own.
    @Test(arguments: hostile) func htmlHoldsNoForeignMarkup(_ hostile: Hostile) throws {
        let calm = HTMLReport().text(of: try hostileReport("calm"))
        let html = HTMLReport().text(of: try hostileReport(hostile.text))
        func tags(_ html: String) -> Set<Substring> {
            Set(html.split(separator: "<").dropFirst().map { $0.prefix { $0 != ">" } })
        }
        // What stands between backticks is set as code.
        #expect(tags(html).subtracting(["code", "/code"]).isSubset(of: tags(calm)))
    }
}
