import Catalogue
import Diagnostics
import Facts
import Foundation
import Project
import Testing

@testable import Checks

/// Checks that give up on too much say so, and find nothing wrong instead.
@Suite struct LimitTests {
    private func skipped(_ files: [String: String], _ check: CheckID) async throws -> [String] {
        try await withScratchFolder { folder in
            for (path, text) in files {
                try Data(text.utf8).write(to: folder.appending(path: path))
            }
            let runner = try Runner(configuration: Configuration(), catalogue: .builtin())
            let outcome = await runner.run(on: try await loadProject(at: folder))
            #expect(!outcome.findings.contains { $0.check == check })
            return outcome.skipped.filter { $0.check == check }.map(\.reason)
        }
    }

    /// Each of two thousand patterns is compared with each place of ten long instructions.
    @Test func patternsTimesTexts() async throws {
        let patterns = (0..<2000).map { "\"*\(String(repeating: "a", count: 240))\($0)*\"" }
        let check = """
            checks:
            - {id: ours-long, title: t, message: m, match: {text: [\(patterns.joined(separator: ","))]}}
            """
        let files = [
            "Dockerfile": "FROM a\n"
                + String(repeating: "RUN \(String(repeating: "a", count: 60_000))\n", count: 10),
            ".clm-doctor.yaml": "custom-checks: [c.yaml]\n", "c.yaml": check,
        ]
        let skipped = try await withScratchFolder { folder in
            for (path, text) in files {
                try Data(text.utf8).write(to: folder.appending(path: path))
            }
            let project = try await loadProject(at: folder)
            let runner = try Runner(configuration: project.configuration, catalogue: .builtin())
            return await runner.run(on: project).skipped
        }
        #expect(
            skipped.map { "\($0.check): \($0.reason)" } == [
                "ours-long: Dockerfile is too long for all patterns of the custom checks"
            ])
    }

    /// Conditions take their part of the work, and findings with their messages as well.
    @Test(arguments: [
        ("{any: [\((0..<200).map { "{command: \"true \($0)\"}" }.joined(separator: ", "))]}", "x"),
        ("{instruction: RUN}", String(repeating: "{text}", count: 40)),
    ])
    func manyStepsOfACustomCheck(_ match: String, _ message: String) async throws {
        let project = try await withScratchFolder { folder in
            let files = [
                "Dockerfile": "FROM debian:12\n" + String(repeating: "RUN true 199\n", count: 100),
                ".clm-doctor.yaml": "custom-checks: [c.yaml]\n",
                "c.yaml": "checks:\n - {id: ours, title: t, message: \"\(message)\", match: \(match)}\n",
            ]
            for (path, text) in files { try Data(text.utf8).write(to: folder.appending(path: path)) }
            return try await loadProject(at: folder)
        }
        let check = try #require(project.configuration.customChecks.first)
        let build = try #require(ProjectFacts(project: project).facts(of: project.builds[0]))
        func count(_ units: Int) -> (findings: Int, isSpent: Bool) {
            var work = WorkBudget(units)
            return (check.findings(in: build, severity: .warning, work: &work).count, work.isSpent)
        }
        #expect(count(Limits.customWork) == (100, false))
        let some = count(500_000)
        #expect(some.isSpent && (1..<100).contains(some.findings), "\(some)")
    }

    @Test func aRecipeWithoutItsName() async throws {
        let lines = String(repeating: "\techo x\n", count: Limits.recipeLines)
        let reasons = try await skipped(
            [
                "Dockerfile": "FROM debian:12\nRUN apt-get update && apt-get install -y git\n",
                "Makefile": "all:\n\(lines)\tdocker build --no-cache .\n",
            ], "build-no-cache")
        #expect(reasons.map { $0.hasPrefix("Makefile has a recipe of more than") } == [true])
    }

    @Test func writersOfOneCache() async throws {
        let targets = (0...Limits.writersOfOneCache).map {
            "\"t\($0)\": {\"target\": \"s\($0)\", \"cache-to\": [\"type=registry,ref=r/c\"]}"
        }
        let reasons = try await skipped(
            [
                "Dockerfile": "FROM debian:12 AS s0\n",
                "docker-bake.json": "{\"target\": {\(targets.joined(separator: ","))}}",
            ], "cache-ref-shared")
        #expect(reasons.map { $0.contains("builds write the cache") } == [true])
    }
}
