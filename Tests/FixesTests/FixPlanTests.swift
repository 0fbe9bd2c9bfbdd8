import Diagnostics
import Fixes
import Project
import Repository
import SourceText
import TestSupport
import Testing

/// The planning, with findings that the tests make up.
struct FixPlanTests {
    /// Finds a text in the Dockerfile, and offers another in its place.
    private struct Rule: Sendable {
        let check: CheckID
        let text: String
        let replacement: String
        var severity = Severity.warning
        var applicability = Fix.Applicability.safe

        func findings(in source: SourceText) -> [Finding] {
            let (bytes, wanted) = (source.bytes, Array(text.utf8))
            return bytes.indices.filter { bytes[$0...].starts(with: wanted) }.map { start in
                let range = start..<start + wanted.count
                return Finding(
                    check: check, severity: severity, path: source.path, range: source.range(of: range),
                    message: text,
                    fix: Fix(
                        "…", edits: [Edit(path: source.path, bytes: range, replacement: replacement)],
                        applicability),
                    subject: text)
            }
        }
    }

    private func plan(
        _ dockerfile: String, _ rules: [Rule], _ applicabilities: Set<Fix.Applicability> = [.safe],
        checks: Set<CheckID>? = nil
    ) async throws -> (plan: FixPlan, text: String) {
        let folder = try ScratchFolder()
        try folder.write(dockerfile, to: "Dockerfile")
        let project = try await Project.load([folder.path])
        let request = FixPlan.Request(
            checks: checks ?? Set(rules.map(\.check)), applicabilities: applicabilities)
        let plan = await FixPlan(
            for: project, request, loading: { try? await Project.load(from: $0, options: LoadOptions()) }
        ) { project in
            let source = project.dockerfiles["Dockerfile"] ?? SourceText(path: "", text: "")
            let order = rules.sorted { $0.severity > $1.severity }
            return Outcome(findings: order.flatMap { $0.findings(in: source) })
        }
        let after = plan.files.first?.after ?? Array(dockerfile.utf8)
        return (plan, String(decoding: after, as: UTF8.self))
    }

    @Test func theSeverestOfTwoThatOverlapGoesFirst() async throws {
        let rules = [
            Rule(check: "a", text: "one", replacement: "1"),
            Rule(check: "b", text: "one two", replacement: "one 2", severity: .error),
        ]
        let (plan, text) = try await plan("FROM a\nRUN echo one two\n", rules)
        #expect(text == "FROM a\nRUN echo 1 2\n")
        #expect(plan.fixed.map(\.finding.check) == ["b", "a"])
        #expect(plan.refused.isEmpty)
    }

    @Test func anUnsafeOneIsLeftUnlessAskedFor() async throws {
        let rules = [Rule(check: "a", text: "one", replacement: "1", applicability: .unsafe)]
        let dockerfile = "FROM a\nRUN echo one\n"
        #expect(try await plan(dockerfile, rules).plan.files.isEmpty)
        #expect(try await plan(dockerfile, rules, [.safe, .unsafe]).text == "FROM a\nRUN echo 1\n")
        let manual = [Rule(check: "a", text: "one", replacement: "1", applicability: .manual)]
        #expect(try await plan(dockerfile, manual, [.safe, .unsafe]).plan.files.isEmpty)
    }

    @Test func dockerfilesInAComposeFile() async throws {
        let compose = """
            services:
              web: &web
                build:
                  dockerfile_inline: |
                    FROM a
                    RUN echo one
                    RUN echo one
              api:
                build:
                  dockerfile_inline: |
                    FROM b
                    RUN echo one

            """
        let folder = try ScratchFolder()
        try folder.write(compose, to: "compose.yaml")
        let project = try await Project.load([folder.path])
        let rule = Rule(check: "a", text: "echo one", replacement: "echo 1 &&\\\n  echo 2")
        let plan = await FixPlan(
            for: project, FixPlan.Request(checks: ["a"], applicabilities: [.safe]),
            loading: { try? await Project.load(from: $0, options: LoadOptions()) }
        ) { project in
            let sources = project.dockerfiles.sorted { $0.key < $1.key }.map(\.value)
            return Outcome(findings: sources.flatMap(rule.findings))
        }
        #expect(plan.files.map(\.path) == ["compose.yaml"])
        #expect(
            plan.files.map { String(decoding: $0.after, as: UTF8.self) } == [
                compose.replacing("echo one", with: "echo 1 &&\\\n          echo 2")
            ])
    }

    @Test func onlyTheChecksThatAreAsked() async throws {
        let rules = [
            Rule(check: "a", text: "one", replacement: "1"), Rule(check: "b", text: "two", replacement: "2"),
        ]
        #expect(
            try await plan("FROM a\nRUN echo one two\n", rules, checks: ["b"]).text
                == "FROM a\nRUN echo one 2\n")
    }

    @Test func oneThatBringsAnotherFindingIsRefused() async throws {
        let rules = [
            Rule(check: "a", text: "one", replacement: "two"),
            Rule(check: "b", text: "two", replacement: "", applicability: .manual),
            Rule(check: "c", text: "zero", replacement: "0"),
        ]
        let (plan, text) = try await plan("FROM a\nRUN echo one zero\n", rules)
        #expect(text == "FROM a\nRUN echo one 0\n", "the other one is made")
        #expect(plan.refused.map(\.reason) == ["b would find something new in Dockerfile"])
    }

    @Test func whatItBringsToLightIsFixedInTurn() async throws {
        let rules = [
            Rule(check: "a", text: "one", replacement: "two"),
            Rule(check: "b", text: "two", replacement: "three"),
        ]
        let (plan, text) = try await plan("FROM a\nRUN echo one\n", rules, checks: ["a"])
        #expect(text == "FROM a\nRUN echo three\n")
        #expect(plan.fixed.map(\.finding.check) == ["a"])
    }

    @Test func oneThatDoesNotHelpIsRefused() async throws {
        let (plan, text) = try await plan(
            "FROM a\nRUN echo one\n", [Rule(check: "a", text: "one", replacement: "a-one")])
        #expect(text == "FROM a\nRUN echo one\n")
        #expect(plan.refused.map(\.reason) == ["a would still find it"])
    }

    /// Of each, what it would do besides what it says.
    @Test(arguments: [
        ("one", "1\nRUN rm -rf /", "would be new"), ("one\nRUN", "1 && echo", "would go away"),
        ("RUN echo one\n", "", "would go away"), ("FROM a", "FROM b", "line 1 would go away"),
        ("one\n", "one \\\n", "would go away"), ("one", "'one", "could not be read"),
        ("FROM a\n", "", "would not parse"), ("USER root\n", "", "would go away"),
    ])
    func whatChangesAnythingElseIsRefused(text: String, replacement: String, reason: String) async throws {
        let dockerfile = "FROM a\nUSER root\nRUN echo one\nRUN echo two\n"
        let (plan, result) = try await plan(
            dockerfile, [Rule(check: "a", text: text, replacement: replacement)])
        #expect(result == dockerfile)
        #expect(plan.fixed.isEmpty)
        #expect(plan.refused.contains { $0.reason.contains(reason) }, "\(plan.refused.map(\.reason))")
    }

    @Test func aFileThatDoesNotParseIsLeftAlone() async throws {
        let (plan, _) = try await plan(
            "FROM a\nRUNN\nRUN echo one\n", [Rule(check: "a", text: "one", replacement: "1")])
        #expect(plan.files.isEmpty)
        #expect(plan.refused.first?.reason.contains("does not parse") == true)
    }

    /// Work is counted, not timed: builds that are read with edits, and runs of all checks.
    @Test func workDoesNotGrowWithTheNumberOfFixes() async throws {
        var work: [[Int]] = []
        for count in [20, 40, 80, 160] {
            let dockerfile = "FROM a\n" + (0..<count).map { "RUN echo one \($0)\n" }.joined()
            let (plan, text) = try await plan(
                dockerfile, [Rule(check: "a", text: "one", replacement: "1")])
            #expect(plan.fixed.count == count)
            #expect(!text.contains("one"))
            #expect(plan.fixed.first?.rebuild != nil)
            work.append([plan.judgements, plan.proofs])
        }
        #expect(Set(work).count == 1, "\(work)")
    }

    /// One that is not to be made is found by halving.
    @Test func oneRefusalCostsTheLogarithm() async throws {
        var lines = (0..<256).map { "RUN echo one \($0)\n" }
        let rules = [
            Rule(check: "a", text: " one", replacement: " 1"),
            Rule(check: "b", text: "'one", replacement: "'1\nFROM b"),
        ]
        lines[100] = "RUN echo 'one'\n"
        let (plan, text) = try await plan("FROM a\n" + lines.joined(), rules)
        #expect(plan.fixed.count == 255)
        #expect(plan.refused.count == 1)
        #expect(text.contains("echo 'one'"))
        // In each of two passes: once for all, and twice for each halving.
        #expect(plan.judgements <= 2 * (1 + 2 * 8))
    }

    @Test func passesAreBounded() async throws {
        let count = Limits.fixPasses + 2
        let word = String(repeating: "a", count: count)
        // Each of the findings rewrites the whole word: one a pass.
        let folder = try ScratchFolder()
        try folder.write("FROM a\nRUN echo \(word)\n", to: "Dockerfile")
        let project = try await Project.load([folder.path])
        let plan = await FixPlan(
            for: project, FixPlan.Request(checks: ["a"], applicabilities: [.safe]),
            loading: { try? await Project.load(from: $0, options: LoadOptions()) }
        ) { project in
            guard let source = project.dockerfiles["Dockerfile"] else { return Outcome() }
            let start = source.bytes.count - 1 - count
            let left = source.bytes[start...].count { $0 == UInt8(ascii: "a") }
            let next =
                String(repeating: "a", count: max(0, left - 1))
                + String(repeating: "b", count: count - left + 1)
            return Outcome(
                findings: (0..<left).map { number in
                    Finding(
                        check: "a", severity: .info, path: "Dockerfile", range: nil, message: "\(number)",
                        fix: Fix(
                            "…",
                            edits: [
                                Edit(path: "Dockerfile", bytes: start..<start + count, replacement: next)
                            ], .safe), subject: "a")
                })
        }
        #expect(plan.isBounded)
        #expect(plan.fixed.count == Limits.fixPasses)
    }

    @Test func theRebuildIsTold() async throws {
        let dockerfile = "FROM a AS build\nRUN true\nRUN echo one\nRUN echo two\n"
        let (plan, _) = try await plan(dockerfile, [Rule(check: "a", text: "one", replacement: "1")])
        #expect(
            plan.fixed.first?.rebuild?.description == "rebuilds [3/4] and 1 step after it: fast")
    }
}
