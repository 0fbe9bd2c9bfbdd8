import Catalogue
import Diagnostics
import Dockerfile
import Facts
import Foundation
import Project
import Repository
import SourceText
import Testing

@testable import Checks

/// What is done for many of one thing, in counts, never in time: each of these took minutes once.
@Suite struct WorkTests {
    private func facts(_ text: String) -> BuildFacts {
        let build = Build(name: "test", dockerfile: "Dockerfile", context: .unknown, args: [:])
        let parsed = ParsedDockerfile(parsing: SourceText(path: "Dockerfile", text: text))
        return BuildFacts(
            build: build, dockerfile: parsed,
            context: ContextFacts(build: build, in: ContextStore(of: Snapshot(onDisk: ""))))
    }

    /// What asking for a path of the last stage costs.
    private func cost(_ text: String, _ path: String) -> (units: Int, answer: Fact<Bool>) {
        let facts = facts(text)
        let before = facts.work.left
        let contents = LayerContents(ofStage: facts.stages.count - 1, in: facts, LayerContents.Answers())
        let answer = contents.mayHold(path)
        return (before - facts.work.left, answer)
    }

    @Test func stagesThatCopySeveralTimesFromTheOneBefore() {
        func text(copies: Int) -> String {
            "FROM scratch AS s0\n"
                + (1...40).map { stage in
                    "FROM scratch AS s\(stage)\n"
                        + String(repeating: "COPY --from=s\(stage - 1) /a/ /a/\n", count: copies)
                }.joined()
        }
        let (four, eight) = (cost(text(copies: 4), "/a/x"), cost(text(copies: 8), "/a/x"))
        #expect(four.answer == eight.answer)
        #expect(four.units < 3200 && eight.units * 10 <= four.units * 25, "\(four.units), \(eight.units)")
    }

    @Test func stagesThatCopyFromMorePlacesThanCanBeFollowed() {
        // Every way through the stages is a path of its own.
        let text =
            "FROM scratch AS s0\n"
            + (1...10).map { stage in
                "FROM scratch AS s\(stage)\n"
                    + (0..<10).map { "COPY --from=s\(stage - 1) /p\($0)/ /\n" }.joined()
            }.joined()
        let found = cost(text, "/x/y")
        #expect(found.answer != .no && found.units <= Limits.work)
    }

    @Test func aCheckThatIsCutShortSaysSo() async throws {
        let stages = (1...10).map { stage in
            "FROM scratch AS s\(stage)\n" + (0..<12).map { "COPY --from=s\(stage - 1) /p\($0)/ /\n" }.joined()
        }
        let text =
            "FROM debian:12 AS s0\nRUN --mount=type=cache,target=/x make\n\(stages.joined())FROM s10\n"
            + "COPY --from=s10 /x/y /z\nRUN --mount=type=cache,target=/x true\nCOPY --from=s10 /x/y /z\n"
            + "RUN pip install -r requirements.txt\n"
        try await withScratchFolder { folder in
            try text.write(to: folder.appending(path: "Dockerfile"), atomically: true, encoding: .utf8)
            let outcome = await (try Runner(catalogue: .builtin())).run(on: try await loadProject(at: folder))
            for skipped in outcome.skipped { #expect(skipped.reason.contains(WorkBudget.note), "\(skipped)") }
            #expect(outcome.findings.contains { $0.check == "cache-mount-missing" })
        }
    }

    @Test(arguments: [Statement.Kind.script, .workflow])
    func switchesOfBuildKit(kind: Statement.Kind) throws {
        // 36 kB took 17 s.
        let text = String(repeating: "DOCKER_BUILDKIT=0\n", count: 4000) + "docker build .\n"
        let source = SourceText(path: "build.sh", text: text)
        if kind == .script {
            #expect(try EnvironmentSwitch.all(in: source, kind: kind).count == 4000)
        } else {
            // Each looks for its own step, up to the budget.
            #expect(throws: CannotTell.self) { try EnvironmentSwitch.all(in: source, kind: kind) }
        }
    }

    private func finding(_ line: Int?, _ check: CheckID = "apt-sharing") -> Finding {
        let place = line.map { SourcePosition(line: $0, column: 1) }
        return Finding(
            check: check, severity: .info, path: "Dockerfile",
            range: place.map { SourceRange(start: $0, end: $0) },
            message: "", subject: "")
    }

    private func comments(_ text: String, isDockerfile: Bool = true) -> IgnoreComments {
        let source = SourceText(path: "Dockerfile", text: text)
        return IgnoreComments(
            in: source, dockerfile: { isDockerfile ? ParsedDockerfile(parsing: source) : nil },
            knownChecks: ["apt-sharing"], ranChecks: ["apt-sharing"])
    }

    @Test func manyCommentsAndManyFindings() {
        let mark = "# clm-doctor: ignore[apt-sharing]\n"
        let count = 2000
        for isDockerfile in [true, false] {
            let head = String(repeating: mark, count: count)
            let text = head + "FROM debian\n" + String(repeating: mark + "RUN true\n", count: count)
            var comments = comments(text, isDockerfile: isDockerfile)
            #expect(comments.comments.count == 2 * count)
            let lines = [nil, count + 1] + (1...count).map { count + 1 + 2 * $0 }
            let (shown, hidden) = comments.hide(
                lines.map { finding($0) } + [finding(count + 3, "apt-docker-clean")])
            #expect(hidden.count == count + 2 && shown.map(\.check) == ["apt-docker-clean"])
            #expect(comments.comments.allSatisfy { $0.names.allSatisfy(\.isUsed) })
        }
    }

    @Test func whereCommentsHold() {
        let mark = "# clm-doctor: ignore[apt-sharing]"
        let text = "\(mark)\n\n# x\nFROM debian\n\(mark)\nRUN a \\\n\(mark)\n  b\nRUN c\n\(mark)\n"
        for (line, isHidden) in [(nil, true), (4, true), (6, true), (8, true), (9, true)] as [(Int?, Bool)] {
            var comments = comments(text)
            #expect(comments.hide([finding(line)]).hidden.isEmpty != isHidden)
        }
        let second = text.replacing("\(mark)\n\n", with: "")
        for (line, isHidden) in [(nil, false), (2, false), (4, true), (6, true), (7, false)] as [(Int?, Bool)]
        {
            var comments = comments(second)
            #expect(comments.hide([finding(line)]).hidden.isEmpty != isHidden, "\(line ?? 0)")
        }
        #expect(comments(second).comments.last?.isBeforeNothing == true)
    }
}
