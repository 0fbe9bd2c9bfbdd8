import Catalogue
import Diagnostics
import Dockerfile
import JSON
import Project
import Repository
import SourceText
import Testing

@testable import Reports

struct ReportTests {
    static let dockerfile = "FROM debian\nRUN apt-get install -y curl\n"

    /// One build with one finding, or what the caller makes of it.
    func report(
        path: String = "api/Dockerfile", text: String = dockerfile, findings: [Finding]? = nil,
        skipped: [SkippedCheck] = [], notes: [Note] = [], ignored: [Finding] = []
    ) throws -> Report {
        let source = SourceText(path: path, text: text)
        let finding = Finding(
            check: "parse-error", severity: .error, path: path, range: source.range(of: 12..<19),
            message: "This line does not parse.", cost: "The build fails.",
            fix: Fix("Write it so:\n    RUN true\nand try again."), subject: "RUN")
        let build = Build(
            name: "api", dockerfile: path, context: .directory("api"),
            statedBy: [Statement(kind: .compose, path: "compose.yaml", line: 3)])
        let project = Project(
            snapshot: Snapshot(onDisk: "/src"), configuration: Configuration(), builds: [build],
            dockerfiles: [path: source],
            statements: [], notes: notes, leftOut: [], buildStatements: [], commands: [], pipelines: [])
        let outcome = Outcome(
            findings: findings ?? [finding], ignored: ignored, skipped: skipped, ran: ["parse-error"])
        return Report(
            version: "1.2.3", project: project, outcome: outcome, catalogue: try Catalogue.builtin(),
            sources: [path: source])
    }

    // MARK: Text

    @Test func textShowsAFindingWithItsPlaceCostAndFix() throws {
        let text = TextReport(style: TextStyle(width: 80)).text(of: try report())
        #expect(
            text.contains(
                """
                error: This line does not parse.
                  api/Dockerfile:2:1  [parse-error]
                    2 │ RUN apt-get install -y curl
                      │ ^^^^^^^
                  Cost: The build fails.
                  Fix:  Write it so:
                            RUN true
                        and try again.

                Found 1 error in 1 file.
                Next: clm-doctor explain parse-error tells
                """))
        #expect(text.hasPrefix("clm-doctor 1.2.3: 1 build of 1 Dockerfile in /src\n\n"))
        #expect(text.contains("[✗] Dockerfiles"))
        #expect(!text.contains("\u{1B}"))
    }

    @Test func coloursMarkTheSameText() throws {
        let plain = TextReport(style: TextStyle(width: 80)).text(of: try report())
        let colored = TextReport(style: TextStyle(width: 80, color: true)).text(of: try report())
        #expect(colored != plain)
        var stripped = ""
        var inEscape = false
        for character in colored {
            if character == "\u{1B}" { inEscape = true }
            if !inEscape { stripped.append(character) }
            if character == "m" { inEscape = false }
        }
        #expect(stripped == plain)
    }

    @Test func asciiWhereTheLocaleIsNotUTF8() throws {
        let text = TextReport(style: TextStyle(width: 80, unicode: false)).text(of: try report())
        #expect(text.utf8.allSatisfy { $0 < 0x80 })
        #expect(text.contains("[x] Dockerfiles"))
    }

    @Test func textSaysWhenAllIsClear() throws {
        let text = TextReport(style: TextStyle()).text(of: try report(findings: []))
        #expect(text.contains("No problems found.\nNext: "))
        #expect(text.contains("[✓] Dockerfiles"))
    }

    @Test func textSaysWhatWasNotDone() throws {
        let report = try report(
            skipped: [
                SkippedCheck(check: "a-check", reason: "there is no Docker host"),
                SkippedCheck(check: "b-check", reason: "there is no Docker host"),
            ],
            notes: [Note(path: "bake.hcl", line: 4, message: "HCL is not read without buildx")])
        let text = TextReport(style: TextStyle()).text(of: report)
        #expect(text.contains("skipped: a-check, b-check: there is no Docker host\n"))
        #expect(text.contains("note: bake.hcl:4: HCL is not read without buildx\n"))
    }

    @Test func linesFitTheTerminal() throws {
        let long = String(repeating: "word ", count: 60)
        let finding = Finding(
            check: "parse-error", severity: .warning, confidence: .likely, path: "api/Dockerfile",
            range: SourceRange(
                start: SourcePosition(line: 2, column: 1), end: SourcePosition(line: 2, column: 400)),
            message: long, cost: long, fix: Fix(long), subject: "")
        let report = try report(text: "FROM a\nRUN " + long, findings: [finding])
        let text = TextReport(style: TextStyle(width: 60)).text(of: report)
        let tooLong = text.split(separator: "\n").filter { displayWidth(of: String($0)) > 60 }
        // What the program itself says at the beginning and the end is not broken.
        #expect(tooLong.filter { !$0.hasPrefix("clm-doctor") && !$0.hasPrefix("Next: ") } == [])
        #expect(text.contains("warning (likely): word"))
    }

    // MARK: Concise

    @Test func conciseIsOneLineAFinding() throws {
        let text = ConciseReport().text(
            of: try report(
                skipped: [SkippedCheck(check: "a-check", reason: "why")],
                notes: [Note(path: nil, message: "about the run")]))
        #expect(
            text == """
                api/Dockerfile:2:1: error parse-error: This line does not parse.
                clm-doctor: skipped a-check: why
                clm-doctor: note: about the run

                """)
    }

    // MARK: JSON

    @Test func jsonHasTheDocumentedShape() throws {
        let json = try JSON.parse(
            JSONReport().text(
                of: try report(
                    skipped: [SkippedCheck(check: "a-check", reason: "why")],
                    notes: [Note(path: "x", line: 2, message: "m")])))
        let finding = json["findings"]?[0]
        #expect(json["schema"] == "clm-doctor/report/1")
        #expect(finding?["check"] == "parse-error")
        #expect(finding?["severity"] == "error")
        #expect(finding?["confidence"] == "certain")
        #expect(finding?["file"] == "api/Dockerfile")
        #expect(
            finding?["range"] == [
                "start": ["line": 2, "column": 1], "end": ["line": 2, "column": 8],
            ])
        #expect(finding?["message"] == "This line does not parse.")
        #expect(finding?["fix"] == "Write it so:\n    RUN true\nand try again.")
        #expect(finding?["fingerprint"]?.string?.count == 32)
        #expect(json["skipped"] == [["check": "a-check", "reason": "why"]])
        #expect(json["notes"] == [["file": "x", "line": 2, "message": "m", "unexamined": true]])
        #expect(json["builds"]?[0]?["dockerfile"] == "api/Dockerfile")
        #expect(json["builds"]?[0]?["context"] == "api")
        #expect(
            json["builds"]?[0]?["statedBy"] == [["kind": "compose", "file": "compose.yaml", "line": 3]])
        #expect(json["summary"]?["error"] == 1)
        #expect(json["summary"]?["warning"] == 0)
    }

    // MARK: Hostile text

    /// A text that a repository could hold. Its description is a safe one: test runners print arguments.
    struct Hostile: Sendable, CustomTestStringConvertible {
        let text: String
        var testDescription: String { printable(withoutWorkflowCommands(text)) }
    }

    static let hostile = [
        "::error file=x::forged", "\n::error::forged", "\u{1B}]0;title\u{07}", "\r::set-env name=PATH::x",
        "##[error]forged", "a ##vso[task.complete]", "\u{202E}txt.evil", "\u{2028}::error::forged",
        "\u{85}::x::y", "</title><script>alert(1)</script>", "\" onload='x' <!--", "]]>",
        "a|b `c` [d](e) @f $g$",
        "%0A::error::forged", "x,line=1::forged", "```\n::error::forged", "\u{FFFE}\u{0}",
    ].map { Hostile(text: $0) }

    /// Everything that can come from a repository is the hostile text.
    func hostileReport(_ text: String) throws -> Report {
        let finding = Finding(
            check: CheckID(text), severity: .warning, path: text,
            range: SourceRange(
                start: SourcePosition(line: 1, column: 1), end: SourcePosition(line: 1, column: 4)),
            message: text, cost: text,
            fix: Fix(text, edits: [Edit(path: text, bytes: 0..<1, replacement: text)]),
            subject: text)
        return try report(
            path: text, text: text + "\n" + text, findings: [finding],
            skipped: [SkippedCheck(check: CheckID(text), reason: text)],
            notes: [Note(path: text, line: 1, message: text), Note(path: nil, message: text)])
    }

    @Test(arguments: hostile) func noFormatLetsARepositoryForgeOutput(_ hostile: Hostile) throws {
        let report = try hostileReport(hostile.text)
        let outputs = [
            TextReport(style: TextStyle()).text(of: report), ConciseReport().text(of: report),
            JSONReport().text(of: report), JSONLinesReport().text(of: report),
            SARIFReport().text(of: report), GitLabReport().text(of: report),
            JUnitReport().text(of: report), CheckstyleReport().text(of: report),
            MarkdownReport().text(of: report), HTMLReport().text(of: report),
            BuildsListing(report.project).text(style: TextStyle()),
            BuildsListing(report.project).conciseText(), BuildsListing(report.project).json(),
        ]
        for output in outputs { try expectHarmless(output) }
    }

    @Test(arguments: hostile) func jsonKeepsHostileTextAsItIs(_ hostile: Hostile) throws {
        let json = try JSON.parse(JSONReport().text(of: try hostileReport(hostile.text)))
        #expect(json["findings"]?[0]?["message"]?.string == hostile.text)
        #expect(json["findings"]?[0]?["file"]?.string == hostile.text)
    }

    func expectHarmless(_ output: String) throws {
        for scalar in output.unicodeScalars where scalar != "\n" && scalar != "\t" {
            #expect(scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value), "control character")
            #expect(![0x202E, 0x2028, 0x2029].contains(scalar.value), "direction or line mark")
        }
        for line in output.split(separator: "\n") {
            let text = line.drop { $0.isWhitespace }
            #expect(!text.hasPrefix("::"), "a GitHub command: \(line)")
            #expect(!line.contains("##["), "a GitHub command: \(line)")
            #expect(!line.contains("##vso["), "an Azure command: \(line)")
        }
    }
}

extension ReportFormat {
    /// All that it writes.
    func text(of report: Report) -> String {
        var text = ""
        write(report) { text += $0 }
        return text
    }
}
