import Diagnostics
import Dockerfile
import SourceText
import Testing

/// What evaluation makes of a Dockerfile: scopes, expansion, stages, labels (rebuild-model 2, 3 and 10.2).
struct EvaluationTests {
    private func evaluated(
        _ text: String, _ options: EvaluationOptions = EvaluationOptions()
    ) -> EvaluatedDockerfile {
        ParsedDockerfile(parsing: SourceText(path: "Dockerfile", text: text)).evaluated(options)
    }

    /// The value of a variable at the end of the last stage.
    private func value(_ name: String, _ text: String, _ options: EvaluationOptions = EvaluationOptions())
        -> Fact<String?>
    {
        evaluated(text, options).stages.last?.final.environment.value(of: name) ?? .unknown
    }

    // MARK: - Forms

    static let forms: [(String, String?)] = [
        ("$V", "value"), ("${V}", "value"), ("x${V}y", "xvaluey"), ("$Vx", ""), ("$V.x", "value.x"),
        ("$UNSET", ""), ("${UNSET}", ""), ("$1", ""), ("$12x", "x"), ("$@", ""), ("$$", ""), ("$", "$"),
        ("$.", "$."),
        ("${UNSET:-w}", "w"), ("${UNSET-w}", "w"), ("${EMPTY:-w}", "w"), ("${EMPTY-w}", ""),
        ("${V:-w}", "value"),
        ("${V:+w}", "w"), ("${V+w}", "w"), ("${EMPTY:+w}", ""), ("${EMPTY+w}", "w"), ("${UNSET+w}", ""),
        ("${V:?w}", "value"), ("${V?w}", "value"), ("${EMPTY?w}", ""),
        ("${UNSET:-${V}}", "value"), ("${UNSET:-$V$V}", "valuevalue"), ("${UNSET:-${EMPTY:-deep}}", "deep"),
        ("${P#*/}", "b/c.tar.gz"), ("${P##*/}", "c.tar.gz"), ("${P%.*}", "a/b/c.tar"), ("${P%%.*}", "a/b/c"),
        ("${P#?/}", "b/c.tar.gz"), ("${P#x}", "a/b/c.tar.gz"), ("${P%gz}", "a/b/c.tar."),
        ("${S#\\*}", "x*"), ("${P/b/X}", "a/X/c.tar.gz"), ("${V//u/U}", "valUe"), ("${R//a/b}", "bbb"),
        ("${R/a/b}", "baa"), ("${P/*b/X}", "X/c.tar.gz"), ("${P//\\//-}", "a-b-c.tar.gz"),
        ("${UNSET/a/b}", ""),
        ("'$V'", "$V"), ("\"$V\"", "value"), ("\\$V", "$V"), ("a\\bc", "abc"), ("\"a\\bc\"", "a\\bc"),
        ("\"a\\\"c\"", "a\"c"), ("'a\\bc'", "a\\bc"), ("\"\\$V\"", "$V"), ("\"${UNSET:-a b}\"", "a b"),
        ("é$V", "évalue"),
        // Those that BuildKit refuses.
        ("${V:=w}", nil), ("${V^^}", nil), ("${V:0:3}", nil), ("${}", nil), ("${{x}}", nil), ("${V/x}", nil),
        ("${V", nil), ("${UNSET:?}", nil), ("${UNSET?gone}", nil), ("${EMPTY:?gone}", nil), ("\"$V", nil),
    ]

    @Test(arguments: forms) func expandsEveryForm(form: String, expected: String?) {
        let text = """
            FROM scratch
            ENV V=value EMPTY= P=a/b/c.tar.gz S="*x*" R=aaa
            ENV RESULT=\(form)
            """
        let file = evaluated(text)
        if let expected {
            #expect(file.problems.map(\.message) == [])
            #expect(file.stages[0].final.environment.value(of: "RESULT") == .known(expected))
        } else {
            #expect(file.problems.map(\.kind) == [.expansion])
            #expect(file.stages[0].final.environment.value(of: "RESULT") == .unknown)
        }
    }

    @Test func theBacktickTakesTheRoleOfTheEscape() {
        let text = "# escape=`\nFROM scratch\nENV V=value\nENV A=`$V B=\\$V C=a`b"
        #expect(value("A", text) == .known("$V"))
        #expect(value("B", text) == .known("\\value"))
        #expect(value("C", text) == .known("ab"))
    }

    // MARK: - Scopes

    @Test func aGlobalArgCountsInAStageOnlyWhereItIsDeclaredAgain() {
        let text = "ARG V=1\nFROM scratch\n"
        #expect(value("V", text) == .known(nil))
        #expect(value("V", text + "ARG V") == .known("1"))
        #expect(value("V", text + "ARG V=2") == .known("2"))
        let passed = EvaluationOptions(buildArgs: ["V": "3"])
        #expect(value("V", text + "ARG V=2", passed) == .known("3"))
        #expect(value("V", text + "ARG V", passed) == .known("3"))
        #expect(value("V", "FROM scratch", passed) == .known(nil))
    }

    @Test func anArgWithoutValueIsUnknown() {
        #expect(value("V", "FROM scratch\nARG V") == .unknown)
        #expect(value("W", "FROM scratch\nARG V\nENV W=${V:-x}") == .unknown)
        #expect(
            value("W", "FROM scratch\nARG V=1\nENV W=$V", EvaluationOptions(buildArgs: ["V": String?.none]))
                == .unknown)
        #expect(value("V", "FROM scratch\nENV V=1\nARG V") == .known("1"))
        #expect(value("W", "ARG V\nFROM scratch\nARG V\nENV W=a$V") == .unknown)
    }

    @Test func laterArgsOfOneInstructionSeeEarlierOnesButNotInEnv() {
        #expect(value("B", "FROM scratch\nARG A=1 B=$A") == .known("1"))
        #expect(value("B", "FROM scratch\nENV A=1 B=$A") == .known(""))
        #expect(value("B", "ARG A=1\nARG B=$A\nFROM scratch\nARG B") == .known("1"))
    }

    @Test func theLaterOfEnvAndArgWinsButEnvInAChildStage() {
        let text = "FROM scratch AS a\nENV X=1\nARG X=2\n"
        #expect(value("X", text) == .known("2"))
        #expect(value("X", text + "FROM a") == .known("1"))
    }

    @Test func theOrderIsThatOfTheLastAssignment() {
        let names = { (text: String) in
            evaluated(text).stages.last?.final.environment.variables.map(\.name) ?? []
        }
        #expect(names("FROM scratch\nENV A=1 B=2\nENV A=3") == ["PATH", "B", "A"])
        #expect(names("FROM scratch AS a\nENV A=1\nARG X=1\nENV B=2 A=3\nFROM a") == ["X", "PATH", "A", "B"])
    }

    @Test func anUnknownBaseImageMakesItsVariablesUnknown() {
        let text = "FROM debian\nENV A=${B}x C=1\nENV D=${C}"
        #expect(value("A", text) == .unknown)
        #expect(value("C", text) == .known("1"))
        let known = EvaluationOptions(baseImage: { reference in
            reference == "debian"
                ? BaseImage(environment: [("B", "b")], user: "", workdir: "/srv", environmentIsComplete: true)
                : nil
        })
        #expect(value("A", text, known) == .known("bx"))
        #expect(value("D", text, known) == .known("1"))
        let state = evaluated("FROM debian\nWORKDIR app", known).stages[0].final
        #expect(state.workdir == Expanded("/srv/app"))
        #expect(state.user == Expanded(""))
        let unknown = evaluated("FROM debian\nWORKDIR app").stages[0].final
        #expect(!unknown.workdir.isCertain && !unknown.user.isCertain)
    }

    @Test func platformArgsAreKnownOnlyForAGivenPlatform() {
        let text = "FROM scratch\nARG TARGETARCH\nARG BUILDARCH\nARG TARGETVARIANT"
        #expect(value("TARGETARCH", text) == .unknown)
        let arm = EvaluationOptions(platform: "linux/arm/v7")
        #expect(value("TARGETARCH", text, arm) == .known("arm"))
        #expect(value("TARGETVARIANT", text, arm) == .known("v7"))
        #expect(value("BUILDARCH", text, arm) == .unknown)
        #expect(value("TARGETARCH", "FROM scratch", arm) == .known(nil))
        #expect(value("TARGETSTAGE", "FROM scratch AS End\nARG TARGETSTAGE") == .known("end"))
        #expect(value("TARGETSTAGE", "FROM scratch\nARG TARGETSTAGE") == .known("default"))
    }

    @Test func manyVariablesKeepTheirValuesAtEachStep() {
        var text = "FROM scratch\n"
        for index in 0..<100 { text += "ENV A=\(index) V\(index)=\(index)\nRUN x\n" }
        let steps = evaluated(text).stages[0].steps.filter { $0.instruction.keyword == .run }
        for (index, step) in steps.enumerated() {
            #expect(step.state.environment["A"]?.value.text == "\(index)")
            #expect(step.state.environment.value(of: "V\(index)") == .known("\(index)"))
            #expect(step.state.environment.value(of: "V\(index + 1)") == .known(nil))
        }
    }

    @Test func stagesThatContinueOneStageDoNotSeeEachOther() {
        let stages = evaluated(
            "FROM scratch AS a\nENV A=1\nFROM a AS b\nENV B=1\nFROM a AS c\nENV C=1\nFROM b\n"
        ).stages
        #expect(stages[1].final.environment.value(of: "B") == .known("1"))
        #expect(stages[2].final.environment.value(of: "B") == .known(nil))
        #expect(stages[2].final.environment.value(of: "A") == .known("1"))
        #expect(stages[3].final.environment.value(of: "B") == .known("1"))
        #expect(stages[3].final.environment.value(of: "C") == .known(nil))
        #expect(stages[0].final.environment.value(of: "B") == .known(nil))
    }

    // MARK: - Stages

    @Test func fromComparesStageNamesAsWritten() {
        let base = { (text: String) in evaluated(text).stages.last!.base }
        if case .stage(0) = base("FROM scratch AS Foo\nFROM foo") {} else { Issue.record("not the stage") }
        if case .image(let image) = base("FROM scratch AS Foo\nFROM Foo") {
            #expect(image == Expanded("Foo"))
        } else {
            Issue.record("not an image")
        }
        if case .stage(1) = base("FROM scratch AS a\nFROM scratch AS a\nFROM a") {
        } else {
            Issue.record("not the latest")
        }
        if case .scratch = base("FROM scratch") {} else { Issue.record("not scratch") }
        if case .image(let image) = base("ARG V=3\nFROM python:${V}-slim") {
            #expect(image == Expanded("python:3-slim"))
        } else {
            Issue.record("not an image")
        }
        if case .image(let image) = base("ARG V\nFROM python:${V}") { #expect(!image.isCertain) }
    }

    @Test func onlyWhatTheTargetNeedsIsReachable() {
        let text = """
            FROM scratch AS a
            FROM scratch AS b
            FROM a AS c
            FROM scratch AS d
            COPY --from=B /x /x
            RUN --mount=from=c,target=/c x
            FROM scratch AS e
            FROM d
            """
        #expect(evaluated(text).stages.map(\.isReachable) == [true, true, true, true, false, true])
        let toC = evaluated(text, EvaluationOptions(target: "C"))
        #expect(toC.target == 2)
        #expect(toC.stages.map(\.isReachable) == [true, false, true, false, false, false])
        let toNowhere = evaluated(text, EvaluationOptions(target: "x"))
        #expect(toNowhere.target == nil)
        #expect(toNowhere.problems.map(\.kind) == [.stage])
        let platforms = evaluated(
            "FROM scratch AS build-amd64\nFROM scratch AS test\nFROM build-${TARGETARCH}")
        #expect(platforms.stages.map(\.isReachable) == [true, false, true])
    }

    @Test func copyFromNamesStagesNumbersImagesAndContexts() {
        let text = """
            FROM scratch AS a
            FROM scratch AS b
            COPY --from=A /x /x
            COPY --from=0 /x /x
            COPY --from=alpine /x /x
            COPY --from=extra /x /x
            COPY /x /x
            """
        let steps = evaluated(text, EvaluationOptions(namedContexts: ["extra"])).stages[1].steps
        #expect(
            steps.compactMap(\.copy?.origin) == [
                .stage(0), .stage(0), .image("alpine"), .namedContext("extra"), .context,
            ])
    }

    @Test(arguments: [
        ("FROM scratch AS a\nCOPY --from=a /x /x", "reads from itself"),
        ("FROM scratch AS a\nCOPY --from=b /x /x\nFROM a AS b", "stands below"),
        ("FROM scratch\nCOPY --from=3 /x /x", "no stage 3"),
        ("ARG X=\nFROM $X", "comes out empty"),
        ("FROM scratch\nWORKDIR /\nRUN --mount=type=cache x", "comes out as `/`"),
    ]) func refusesReferencesThatCannotBe(text: String, message: String) {
        let problems = evaluated(text).problems
        #expect(problems.count == 1)
        #expect(problems.first?.message.contains(message) == true)
    }

    @Test func whatIsWrongInAnUnreachableStageDoesNotBreakTheBuild() {
        #expect(evaluated("FROM scratch AS a\nENV A=${B:?}\nFROM scratch").problems.isEmpty)
    }

    @Test func triggersOfTheParentStageComeFirst() {
        let text = """
            FROM scratch AS base
            ONBUILD ENV A=1
            ONBUILD RUN trigger
            RUN own
            FROM base AS child
            RUN child
            FROM child
            """
        let stages = evaluated(text).stages
        #expect(stages[1].steps.map(\.isTrigger) == [false, true, true, false])
        #expect(stages[1].final.environment.value(of: "A") == .known("1"))
        #expect(stages[1].steps.map { $0.label?.description } == [nil, nil, "[child 1/3]", "[child 2/3]"])
        #expect(stages[2].steps.count == 1)
    }

    // MARK: - Labels

    static let labels: [(String, [String?])] = [
        ("FROM debian\nRUN a\nENV A=1\nCOPY a b", ["[1/3]", "[2/3]", nil, "[3/3]"]),
        ("FROM scratch\nCOPY a b", [nil, "[1/1]"]),
        ("FROM debian AS x\nRUN a", ["[1/2]", "[2/2]"]),
        // Another state in the file, whatever it is, gives the stage its name.
        ("FROM debian\nCOPY --from=alpine a b", ["[stage-0 1/2]", "[stage-0 2/2]"]),
        ("FROM debian\nRUN --mount=type=cache,target=/c a", ["[stage-0 1/2]", "[stage-0 2/2]"]),
        ("FROM scratch AS a\nFROM debian\nRUN a", ["[stage-1 1/2]", "[stage-1 2/2]"]),
        // `WORKDIR /` counts but takes no number.
        ("FROM debian\nWORKDIR /\nRUN a", ["[1/3]", nil, "[2/3]"]),
        ("FROM debian\nWORKDIR /a\nWORKDIR ..\nRUN a", ["[1/4]", "[2/4]", nil, "[3/4]"]),
        ("FROM debian\nADD a b\nWORKDIR /x\nUSER a", ["[1/3]", "[2/3]", "[3/3]", nil]),
    ]

    @Test(arguments: labels) func labelsStepsAsBuildKit(text: String, expected: [String?]) {
        #expect(evaluated(text).stages.last?.steps.map { $0.label?.description } == expected)
    }

    @Test func aNamedContextCountsAsBaseButTakesNoNumber() {
        let options = EvaluationOptions(namedContexts: ["debian"])
        let steps = evaluated("FROM debian\nRUN a", options).stages[0].steps
        #expect(steps.map { $0.label?.description } == [nil, "[1/2]"])
        let replaced = evaluated("FROM scratch AS a\nRUN x\nFROM a", EvaluationOptions(namedContexts: ["a"]))
        #expect(replaced.stages[0].steps.count == 1)
    }

    // MARK: - Steps

    @Test func copyIsExpandedWithTheStateBeforeIt() {
        let text = """
            FROM scratch
            ENV D=/d
            WORKDIR /w
            COPY $D/a b sub/
            ADD a .
            COPY a /x/../y/
            COPY a $UNKNOWN
            """
        let copies = evaluated(text).stages[0].steps.compactMap(\.copy)
        #expect(copies[0].sources.map(\.text) == ["/d/a", "b"])
        #expect(copies.map(\.destination.text) == ["/w/sub/", "/w/", "/y/", "/w/"])
    }

    @Test func mountsHaveTargetsAndKeys() {
        let text = """
            FROM scratch
            ENV C=/cache
            WORKDIR /w
            RUN --mount=type=cache,target=$C/a/ --mount=type=cache,target=rel,id=k --mount=target=. \
                --mount=type=cache,target=/u,uid=1000 x
            """
        let mounts = evaluated(text).stages[0].steps.last!.mounts
        #expect(mounts.map { $0.target?.text } == ["/cache/a", "/w/rel", "/w", "/u"])
        #expect(mounts.map { $0.cacheKey?.text } == ["/cache/a", "k", nil, "/u"])
        #expect(mounts.map(\.origin) == [.image("scratch"), .image("scratch"), .context, .image("scratch")])
        #expect(mounts[3].uid == Expanded("1000"))
    }

    // MARK: - Limits

    @Test func growthThatNeverEndsIsCutOff() {
        var text = "FROM scratch\nENV A=xxxxxxxxxxxxxxxx\n"
        for _ in 0..<100 { text += "ENV A=$A$A\n" }
        let file = evaluated(text)
        #expect(file.problems.first?.kind == .limit)
        #expect(file.problems.count <= Limits.syntaxProblems)
    }

    @Test func deepNestingIsCutOff() {
        let text =
            "FROM scratch\nENV A=" + String(repeating: "${B:-", count: 10_000)
            + String(repeating: "}", count: 10_000)
        #expect(evaluated(text).problems.map(\.kind) == [.limit])
    }
}
