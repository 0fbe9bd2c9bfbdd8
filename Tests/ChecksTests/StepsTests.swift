import BuildContext
import Dockerfile
import Facts
import Project
import Repository
import SourceText
import Testing

@testable import Checks

@Suite struct StepsTests {
    private func build(_ text: String) -> BuildFacts {
        let build = Build(name: "a", dockerfile: "Dockerfile", context: .directory("."))
        let parsed = ParsedDockerfile(parsing: SourceText(path: "Dockerfile", text: text))
        return BuildFacts(
            build: build, dockerfile: parsed,
            context: ContextFacts(build: build, in: ContextStore(of: Snapshot(holding: [:]))))
    }

    @Test func firstStepsAreInheritedByStagesThatGoOn() {
        let facts = build(
            """
            FROM debian:12 AS a
            RUN one
            RUN mark
            FROM debian:12 AS b
            RUN two
            FROM a AS c
            RUN three
            FROM b
            RUN mark
            """)
        let marks = FirstSteps(in: facts) { step in step.script.commands.contains { $0.program == "mark" } }
        let reached = facts.stages.flatMap(\.steps).filter(marks.areReached).map(\.line)
        #expect(reached == [3, 6, 7, 9])
    }

    @Test func idleInstallsEndAtTheFirstUse() throws {
        let facts = build(
            """
            FROM debian:12
            ARG A
            RUN apt-get install -y one
            ENV B=$A
            LABEL x=$B
            RUN apt-get install -y two
            RUN echo ${B}x
            RUN apt-get install -y three
            """)
        let stage = facts.stages[0]
        let idle = try #require(
            IdleInstalls(below: stage.steps[1], of: "A", in: StageInstalls(of: stage, in: facts)))
        #expect(idle.steps.map(\.line) == [3, 6])
        #expect(idle.firstUse?.line == 7)
        #expect(idle.readers == ["ENV", "LABEL"])
        #expect(idle.managers.map(\.name) == ["apt"])
    }

    @Test func aConstantWinsOverAnArgument() {
        let facts = build("FROM debian:12\nARG A\nENV A=1\nRUN apt-get install -y one\n")
        let stage = facts.stages[0]
        #expect(IdleInstalls(below: stage.steps[1], of: "A", in: StageInstalls(of: stage, in: facts)) == nil)
    }
}
