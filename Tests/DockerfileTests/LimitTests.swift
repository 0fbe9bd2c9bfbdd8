import Diagnostics
import Dockerfile
import SourceText
import Testing

/// What is too much of one Dockerfile is left out, and told; nothing else of it is lost.
@Suite struct LimitTests {
    private func parsed(_ text: String) -> ParsedDockerfile {
        ParsedDockerfile(parsing: SourceText(path: "Dockerfile", text: text))
    }

    @Test func instructions() {
        let lines = String(repeating: "RUN true\n", count: Limits.instructions)
        let file = parsed("FROM debian AS a\n\(lines)FROM a\nCOPY --from=7 /x /\nRUNN x\n")
        #expect(file.isCutShort && file.instructions.count == Limits.instructions)
        #expect(file.problems.map(\.kind) == [.limit])
        // The target, and the stages that are numbered, may be among what is not read.
        let evaluated = file.evaluated(EvaluationOptions(target: "b"))
        #expect(evaluated.problems.isEmpty && evaluated.target == nil)
        #expect(evaluated.stages.allSatisfy { $0.isReachable })
    }

    @Test func problemsBeforeTheLimitStay() {
        let file = parsed(
            "FROM debian\n" + String(repeating: "RUNN true\n", count: Limits.instructions + 100))
        #expect(file.problems.count == Limits.syntaxProblems + 1)
        #expect(file.problems.last?.kind == .limit)
    }

    @Test func parts() {
        let pairs = String(repeating: " a=b", count: 1000)
        let file = parsed(
            "FROM debian\n" + String(repeating: "ENV\(pairs)\n", count: Limits.dockerfileParts / 1000 + 2))
        #expect(file.isCutShort && file.problems.map(\.kind) == [.limit])
        #expect(file.instructions.count == 1 + Limits.dockerfileParts / 1000)
    }

    @Test func mounts() {
        let mounts = (0...Limits.mounts).map { "--mount=type=cache,target=/c\($0) " }
        let file = parsed("FROM debian\nRUN \(mounts.joined())true\nRUN \(mounts.dropLast().joined())true\n")
        #expect(file.problems.map(\.kind) == [.limit])
        guard case .run(let run) = file.instructions[2].body else { return #expect(Bool(false)) }
        #expect(run.mounts.count == Limits.mounts)
    }

    @Test func workingDirectory() {
        let name = String(repeating: "a", count: 200)
        let file = parsed("FROM debian\nWORKDIR /\n" + String(repeating: "WORKDIR \(name)\n", count: 100))
            .evaluated()
        #expect(file.problems.map(\.kind) == [.limit])
        let paths = file.stages[0].steps.map(\.state.workdir)
        #expect(paths.allSatisfy { $0.text.utf8.count <= Limits.workdirBytes })
        #expect(paths.last?.isCertain == false)
    }

    @Test func triggers() {
        let file = parsed(
            "FROM debian AS a\n" + String(repeating: "ONBUILD RUN true\n", count: 400)
                + String(repeating: "FROM a\n", count: 1000))
        let evaluated = file.evaluated()
        #expect(evaluated.problems.map(\.kind) == [.limit])
        #expect(evaluated.stages.reduce(0) { $0 + $1.steps.count } <= 2 * Limits.instructions)
    }

    @Test func valuesThatEveryStateHas() {
        var log = SharedLog<Int>()
        var states: [SharedLog<Int>] = []
        for number in 0..<1000 {
            states.append(log)
            log.append("k\(number % 300)", number)
        }
        #expect(states[0]["k0"] == nil && states[1]["k0"] == 0 && states[301]["k0"] == 300)
        #expect(states[500].count == 500 && log.ownCount == 1000)
        var branch = states[10]
        branch.append("k5", -1)
        #expect(branch["k5"] == -1 && branch["k9"] == 9 && branch["k10"] == nil && log["k5"] == 905)
        #expect(branch.ownCount == 1 && branch.count == 11)
        #expect(branch.entriesFromFirst().map(\.value) == Array(0..<10) + [-1])
    }
}
