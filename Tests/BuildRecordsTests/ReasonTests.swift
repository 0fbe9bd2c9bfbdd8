import BuildRecords
import Foundation
import Impact
import TestSupport
import Testing

/// What `why` says of builds whose steps ran for a reason that is known and is no content of a file: a real engine runs both
/// builds, and their records are all that is told.
@Suite(.serialized) struct ReasonTests {
    private static let suites = (ProcessInfo.processInfo.environment["CLM_DOCTOR_RECORD_ENGINES"] ?? "")
        .split(separator: ",").map(String.init)
    private typealias Scenario = ReasonScenario

    // MARK: On a builder that has the earlier build

    private static let warm = [
        Scenario(
            name: "argument", reason: .argumentValue, certainty: .certain, root: "RUN first NAME ${VER}",
            dockerfile: "FROM stub:1\nARG VER=1\nRUN first NAME $VER\n", before: ["--build-arg=NOBODY=1"],
            after: ["--build-arg=VER=2", "--build-arg=NOBODY=2"]),
        Scenario(
            name: "argument-unnamed", reason: .argumentValue, certainty: .certain,
            dockerfile: "FROM stub:1\nARG HIDDEN\nRUN first NAME\n", before: ["--build-arg=HIDDEN=a"],
            after: ["--build-arg=HIDDEN=b"]),
        Scenario(
            name: "argument-in-env", reason: .argumentValue, certainty: .certain,
            dockerfile: "FROM stub:1\nARG V\nENV W=$V\nRUN first NAME\n", before: ["--build-arg=V=long-a"],
            after: ["--build-arg=V=long-b"]),
        Scenario(
            name: "argument-in-from", reason: .argumentValue, certainty: .certain,
            dockerfile: "ARG BASE=stub:1\nFROM $BASE\nRUN first NAME\n", before: ["--build-arg=BASE=stub:1"],
            after: ["--build-arg=BASE=stub:2"]),
        Scenario(
            name: "environment", reason: .environmentValue,
            dockerfile: "FROM stub:1\nENV MODE=a\nRUN first NAME\n",
            next: "FROM stub:1\nENV MODE=b\nRUN first NAME\n"),
        Scenario(
            name: "environment-new", reason: .environmentValue, dockerfile: "FROM stub:1\nRUN first NAME\n",
            next: "FROM stub:1\nENV MODE=b\nRUN first NAME\n"),
        Scenario(
            name: "environment-user", reason: .environmentValue,
            dockerfile: "FROM stub:1\nUSER 1000\nRUN first NAME\n",
            next: "FROM stub:1\nUSER 1001\nRUN first NAME\n"),
        Scenario(
            name: "environment-shell", reason: .environmentValue,
            dockerfile: "FROM stub:1\nSHELL [\"/bin/sh\", \"-c\"]\nRUN first NAME\n",
            next: "FROM stub:1\nSHELL [\"/bin/sh\", \"-e\"]\nRUN first NAME\n"),
        Scenario(
            name: "platform", reason: .platformDiffers, certainty: .certain,
            dockerfile: "ARG TARGETARCH\nFROM stub:$TARGETARCH\nRUN first NAME\n",
            before: ["--platform=linux/amd64"], after: ["--platform=linux/386"]),
        Scenario(
            name: "platform-more", reason: .platformDiffers,
            dockerfile: "ARG TARGETARCH\nFROM stub:$TARGETARCH\nRUN first NAME\n",
            before: ["--platform=linux/amd64"], after: ["--platform=linux/amd64,linux/386"]),
        Scenario(
            name: "platform-other-two", reason: .platformDiffers, certainty: .certain,
            dockerfile: "ARG TARGETARCH\nFROM stub:$TARGETARCH\nRUN first NAME\n",
            before: ["--platform=linux/amd64"], after: ["--platform=linux/386,linux/arm64"]),
        Scenario(
            name: "no-cache", reason: .noCache, certainty: .certain, root: "COPY a.txt /a",
            after: ["--no-cache"]),
        Scenario(
            name: "no-cache-alone", reason: .noCache, certainty: .certain, root: "COPY a.txt /a",
            after: ["--no-cache"],
            isAlone: true),
        Scenario(
            name: "no-cache-and-a-file", reason: .noCache, certainty: .certain, root: "COPY a.txt /a",
            after: ["--no-cache"], edit: ["a.txt": "another a"]),
        Scenario(
            name: "filter", reason: .noCacheFilter, certainty: .certain,
            root: "RUN first NAME write=/first", dockerfile: Scenario.stages,
            after: ["--no-cache-filter=deps"]),
        Scenario(
            name: "filter-last", reason: .noCacheFilter, certainty: .certain, root: "COPY b.txt /b",
            dockerfile: Scenario.stages, after: ["--no-cache-filter=final"]),
        Scenario(
            name: "filter-alone", reason: .noCacheFilter, certainty: .certain,
            root: "RUN first NAME write=/first", dockerfile: Scenario.stages,
            after: ["--no-cache-filter=deps,final"], isAlone: true),
        Scenario(
            name: "unfinished", reason: .neverBuilt, root: "COPY new.txt /new",
            dockerfile: "FROM stub:1\nCOPY new.txt /new\nRUN first NAME\n", edit: ["new.txt": "unfinished"]),
        Scenario(
            name: "unfinished-below", reason: .neverBuilt, root: "COPY new.txt /new",
            dockerfile:
                "FROM stub:1 AS a\nCOPY new.txt /new\nFROM stub:1\nCOPY --from=a /new /new\nRUN first NAME\n",
            edit: ["new.txt": "unfinished-below"]),
        Scenario(
            name: "edited", reason: .instructionChanged, certainty: .certain, root: "RUN second NAME",
            dockerfile: "FROM stub:1\nRUN first NAME\nRUN second NAME x\n",
            next: "FROM stub:1\nRUN first NAME\nRUN second NAME\n"),
        Scenario(
            name: "other-target", reason: .neverBuilt, root: "COPY b.txt /b",
            dockerfile: Scenario.stages,
            before: ["--target=deps"]),
    ]

    @Test(.enabled(if: suites.contains("forky"))) func reasonsThatAnEngineMakes() async throws {
        let collection = (0..<Self.lost.count).map { number in
            #"{"all": true, "filter": ["description=\"mount / from exec /bin/sh -c first collected-\#(number)\""]}"#
        }
        let configuration = """
            {"features": {"containerd-snapshotter": true},
             "builder": {"gc": {"enabled": true, "policy": [\(collection.joined(separator: ", "))]}}}
            """
        let engine = try await RecordingEngine(
            name: "reasons", suite: "forky", configuration: configuration)
        do {
            for (tag, platform) in [
                ("2", "linux/amd64"), ("amd64", "linux/amd64"), ("386", "linux/386"),
                ("arm64", "linux/arm64"),
            ] {
                try await engine.importBase(as: "stub:\(tag)", platform: platform)
            }
            let collected = try await buildsToCollect(engine)
            for scenario in Self.warm {
                let first = try await run(scenario, on: engine)
                let second = try await run(scenario, isSecond: true, on: engine)
                check(scenario, second, earlier: first)
            }
            try await movedBases(engine)
            try await otherFrontends(engine)
            try await stepsAbove(engine)
            try await buildsBeside(engine)
            try await prunedSteps(engine)
            try await collectedSteps(engine, collected)
            try await coldBuilds(engine)
            let other = try await RecordingEngine(
                name: "reasons-other", suite: "forky", configuration: configuration)
            do { try await otherBuilders(engine, other) } catch { Issue.record("\(error)") }
            try await other.stop()
        } catch {
            Issue.record("\(error)")
        }
        try await engine.stop()
    }

    private func movedBases(_ engine: RecordingEngine) async throws {
        let dockerfiles = [
            "FROM moved:1\nRUN first NAME\n",
            "FROM stub:1 AS a\nRUN other NAME\nFROM moved:1\nRUN first NAME\n",
            "FROM moved:1 AS a\nFROM a\nRUN first NAME\n",
        ]
        for (number, dockerfile) in dockerfiles.enumerated() {
            let scenario = Scenario(
                name: "moved-\(number)", reason: .baseMoved, certainty: .certain, dockerfile: dockerfile)
            try await engine.importBase(as: "moved:1", environment: "A=\(number)")
            let first = try await run(scenario, on: engine)
            try await engine.importBase(as: "moved:1", environment: "B=\(number)")
            check(scenario, try await run(scenario, isSecond: true, on: engine), earlier: first)
        }
    }

    /// `recording-frontend.c` tells what such an image does. A COPY is the same by all of them.
    private func otherFrontends(_ engine: RecordingEngine) async throws {
        for number in 1...2 {
            try await engine.importFrontend(as: "frontend:\(number)", host: "host\(number)")
        }
        let first = "# syntax=frontend:1\n" + Scenario.plain
        let scenarios = [
            Scenario(
                name: "frontend-none", reason: .frontendChanged, dockerfile: Scenario.plain, next: first
            ),
            Scenario(
                name: "frontend-directive", reason: .frontendChanged, dockerfile: first,
                next: "# syntax=frontend:2\n" + Scenario.plain),
            Scenario(
                name: "frontend-argument", reason: .frontendChanged, dockerfile: first,
                after: ["--build-arg=BUILDKIT_SYNTAX=frontend:2"]),
        ]
        for scenario in scenarios {
            let first = try await run(scenario, on: engine)
            check(scenario, try await run(scenario, isSecond: true, on: engine), earlier: first)
        }
        let moved = Scenario(name: "frontend-moved", reason: .frontendChanged, dockerfile: first)
        let record = try await run(moved, on: engine)
        try await engine.importFrontend(as: "frontend:1", host: "host3")
        check(moved, try await run(moved, isSecond: true, on: engine), earlier: record)
        // A frontend that does the same is no reason.
        let same = Scenario(
            name: "frontend-same", reason: .contextFile, certainty: .open, root: "COPY a.txt /a",
            dockerfile: first, next: "# syntax=frontend:3\n" + Scenario.plain,
            edit: ["a.txt": "another a of frontend-same"])
        let before = try await run(same, on: engine)
        try await engine.importFrontend(as: "frontend:3", host: "host3")
        check(same, try await run(same, isSecond: true, on: engine), earlier: before)
    }

    /// A build in between leaves the new step in the cache.
    private func stepsAbove(_ engine: RecordingEngine) async throws {
        for (number, between) in ["RUN between NAME\n", "RUN x NAME\nRUN between NAME\n", "COPY b.txt /b\n"]
            .enumerated()
        {
            let scenario = Scenario(
                name: "above-\(number)", reason: .stepAbove, root: "RUN last NAME",
                dockerfile: "FROM stub:1\nRUN first NAME\nRUN last NAME\n",
                next: "FROM stub:1\nRUN first NAME\n\(between)RUN last NAME\n")
            let first = try await run(scenario, on: engine)
            var filler = scenario
            filler.next = "FROM stub:1\nRUN first NAME\n\(between)"
            _ = try await run(filler, isSecond: true, on: engine)
            check(scenario, try await run(scenario, isSecond: true, on: engine), earlier: first)
        }
    }

    /// While a build that ran a step is at work still, engine 28.5 does not find what other builds have on that step
    /// (moby/buildkit#4674; 0.32 does).
    private func buildsBeside(_ engine: RecordingEngine) async throws {
        try engine.folder.write(
            """
            FROM stub:1 AS a
            RUN common beside
            FROM stub:1 AS b
            RUN other beside write=/x
            FROM stub:1 AS c
            COPY --from=b /x /x
            FROM a
            COPY --from=c /x /x
            RUN sleep=600000

            """, to: "beside/Dockerfile")
        let scenarios = [
            Scenario(
                name: "beside-run", reason: .concurrentBuilds,
                dockerfile: "FROM stub:1\nRUN common beside\nRUN first NAME\nRUN second NAME\n"),
            Scenario(
                name: "beside-copy", reason: .concurrentBuilds,
                dockerfile:
                    "FROM stub:1 AS b\nRUN other beside write=/x\nFROM stub:1\nCOPY --from=b /x /x\nRUN first NAME\n"
            ),
            Scenario(
                name: "beside-stage", reason: .concurrentBuilds,
                dockerfile: "FROM stub:1 AS a\nRUN common beside\nFROM a\nRUN first NAME\n"),
            // A file that it copies, and that changed, would explain it too.
            Scenario(
                name: "beside-file", reason: .concurrentBuilds, certainty: .open, root: "COPY b.txt /b",
                dockerfile: "FROM stub:1\nRUN common beside\nCOPY b.txt /b\nRUN first NAME\n"),
        ]
        try await engine.whileBuilding([engine.folder.path(of: "beside")], saying: "sleep=600000") {
            for scenario in scenarios {
                let first = try await run(scenario, on: engine)
                check(scenario, try await run(scenario, isSecond: true, on: engine), earlier: first)
            }
        }
        // With that build gone they are found: they were in the cache all the time.
        for scenario in scenarios {
            let third = try await run(scenario, isSecond: true, on: engine)
            #expect(MissAnalysis(third, earlier: nil, prediction: nil).misses.isEmpty, "\(scenario.name)")
        }
    }

    /// Builds whose last step is deleted, and the first step that runs again if nothing of the build is found any more.
    private static let lost = [
        (root: "RUN before NAME", dockerfile: "FROM stub:1\nRUN before NAME\nRUN first NAME\n"),
        (
            root: "COPY a.txt /a",
            dockerfile: "FROM stub:1\nCOPY a.txt /a\nRUN before NAME\nRUN first NAME\n"
        ),
        (
            root: "RUN before NAME write=/x",
            dockerfile:
                "FROM stub:1 AS a\nRUN before NAME write=/x\nFROM stub:1\nCOPY --from=a /x /x\nRUN first NAME\n"
        ),
    ]

    /// Of a build whose last layer is deleted so, engine 28.5 finds nothing in its cache any more: the record is that of a
    /// new builder.
    private func prunedSteps(_ engine: RecordingEngine) async throws {
        for (number, build) in Self.lost.enumerated() {
            let scenario = Scenario(
                name: "pruned-\(number)", reason: .coldBuilder,
                certainty: build.root.hasPrefix("COPY") ? .open : .likely, root: build.root,
                dockerfile: build.dockerfile)
            let first = try await run(scenario, on: engine)
            try await engine.prune(step: "first pruned-\(number)")
            check(scenario, try await run(scenario, isSecond: true, on: engine), earlier: first)
        }
    }

    private func buildsToCollect(_ engine: RecordingEngine) async throws -> [(Scenario, BuildRecord)] {
        var builds: [(Scenario, BuildRecord)] = []
        for (number, build) in Self.lost.enumerated() {
            let scenario = Scenario(
                name: "collected-\(number)", reason: .evicted, dockerfile: build.dockerfile)
            builds.append((scenario, try await run(scenario, on: engine)))
        }
        return builds
    }

    /// Garbage collection comes a minute after a build (BuildKit's `control.go`), and which steps are found without the
    /// deleted one is up to it. Nothing tells it from a prune.
    private func collectedSteps(_ engine: RecordingEngine, _ builds: [(Scenario, BuildRecord)])
        async throws
    {
        try await engine.waitUntilLost("first collected-")
        for (scenario, earlier) in builds {
            let record = try await run(scenario, isSecond: true, on: engine)
            let misses = MissAnalysis(record, earlier: earlier, prediction: nil).misses
            #expect(!misses.isEmpty, "\(scenario.name)")
            for miss in misses {
                #expect(miss.reason == .unknown || miss.reason == .coldBuilder, "\(scenario.name): \(miss)")
                #expect(miss.certainty != .certain, "\(scenario.name): \(miss)")
                #expect(Set(miss.possible).isSuperset(of: [.evicted, .pruned]), "\(scenario.name): \(miss)")
            }
        }
    }

    // MARK: On a builder that has nothing of it

    private func coldBuilds(_ engine: RecordingEngine) async throws {
        let folder = engine.folder
        func local(_ name: String) -> String { "type=local,src=\(folder.path(of: name))" }
        func writes(_ name: String) -> String {
            "--cache-to=type=local,mode=max,dest=\(folder.path(of: name))"
        }
        let fails = "--cache-to=type=registry,ref=localhost:1/x,ignore-error=true"
        let reads = "--cache-from=" + local("other-cache")
        let stagesRoot = "RUN first NAME write=/first"
        let hasBoth: Set<MissReason> = [.contextFile]
        let scenarios = [
            Scenario(
                name: "cold", reason: .coldBuilder,
                dockerfile: "FROM stub:1\nRUN first NAME\nRUN second NAME\n"),
            // A file that it copies, and that changed, would explain it too.
            Scenario(name: "cold-copy", reason: .coldBuilder, certainty: .open, root: "COPY a.txt /a"),
            Scenario(
                name: "cold-stages", reason: .coldBuilder, root: stagesRoot, dockerfile: Scenario.stages
            ),
            Scenario(
                name: "cold-alone", reason: .coldBuilder, certainty: .open, root: "COPY a.txt /a",
                isAlone: true),
            Scenario(
                name: "import-failed", reason: .importFailed, root: "COPY a.txt /a",
                after: ["--cache-from=type=registry,ref=localhost:1/x"]),
            Scenario(
                name: "import-failed-stages", reason: .importFailed, root: stagesRoot,
                dockerfile: Scenario.stages, after: ["--cache-from=localhost:1/y:cache"]),
            Scenario(
                name: "import-failed-exported", reason: .importFailed, root: "COPY a.txt /a",
                before: [writes("exported")], after: ["--cache-from=type=registry,ref=127.0.0.1:1/z"]),
            Scenario(
                name: "mode-min", reason: .importWithoutLayer, root: stagesRoot,
                dockerfile: Scenario.stages,
                before: ["--cache-to=type=local,mode=min,dest=\(folder.path(of: "min"))"],
                after: ["--cache-from=" + local("min")], edit: ["b.txt": "another b"], others: hasBoth),
            Scenario(
                name: "other-scope", reason: .importWithoutLayer, root: "COPY a.txt /a",
                before: [writes("own-cache")], after: [reads]),
            Scenario(
                name: "other-scope-stages", reason: .importWithoutLayer, root: stagesRoot,
                dockerfile: Scenario.stages, before: [writes("own-cache-2")], after: [reads]),
            Scenario(
                name: "export-failed", reason: .exportFailed, root: "COPY a.txt /a", before: [fails],
                after: [reads]),
            Scenario(
                name: "export-failed-stages", reason: .exportFailed, root: stagesRoot,
                dockerfile: Scenario.stages, before: [fails], after: [reads]),
            Scenario(
                name: "export-failed-one-of-two", reason: .exportFailed, root: "COPY a.txt /a",
                before: [fails, writes("own-cache-3")], after: [reads]),
            Scenario(
                name: "export-absent", reason: .exportAbsent, root: "COPY a.txt /a", after: [reads]),
            Scenario(
                name: "export-absent-stages", reason: .exportAbsent, root: stagesRoot,
                dockerfile: Scenario.stages, after: [reads]),
            Scenario(
                name: "export-absent-runs", reason: .exportAbsent,
                dockerfile: "FROM stub:1\nRUN first NAME\nRUN second NAME\n", after: [reads]),
        ]
        _ = try await run(
            Scenario(
                name: "other", reason: .unknown, dockerfile: "FROM stub:1\nRUN other NAME\n",
                before: [writes("other-cache")]),
            on: engine)
        var first: [String: BuildRecord] = [:]
        for scenario in scenarios { first[scenario.name] = try await run(scenario, on: engine) }
        try await engine.forget()
        for scenario in scenarios {
            check(
                scenario, try await run(scenario, isSecond: true, on: engine), earlier: first[scenario.name]!)
        }
    }

    /// The second has the same base, and one stage of the second scenario.
    private func otherBuilders(_ engine: RecordingEngine, _ other: RecordingEngine) async throws {
        try await other.run(other.client, ["load", "--input", engine.folder.path(of: "stub.tar")])
        let scenarios = [
            Scenario(name: "builder", reason: .otherBuilder, root: "COPY a.txt /a"),
            Scenario(
                name: "builder-warm", reason: .otherBuilder, root: "COPY b.txt /b",
                dockerfile: Scenario.stages),
            Scenario(
                name: "builder-run", reason: .otherBuilder, root: "RUN second NAME",
                dockerfile: "FROM stub:1 AS deps\nRUN first NAME\nFROM deps\nRUN second NAME\n"),
        ]
        for scenario in scenarios {
            var first = try await run(scenario, on: engine)
            first.builder = "reasons"
            if scenario.dockerfile.contains("AS deps") {
                var warming = scenario
                warming.before = ["--target=deps"]
                _ = try await run(warming, on: other)
            }
            var second = try await run(scenario, isSecond: true, on: other)
            second.builder = "reasons-other"
            check(scenario, second, earlier: first)
        }
    }

    // MARK: Engine 20.10

    /// Its plain log tells little: what it does not tell is open.
    @Test(.enabled(if: suites.contains("bookworm"))) func reasonsInALog() async throws {
        let engine = try await RecordingEngine(name: "reasons-old", suite: "bookworm")
        do {
            let scenarios = [
                Scenario(
                    name: "environment", reason: .evicted, certainty: .open,
                    dockerfile: "FROM stub:1\nRUN zeroth NAME\nENV MODE=a\nRUN first NAME\n",
                    next: "FROM stub:1\nRUN zeroth NAME\nENV MODE=b\nRUN first NAME\n"),
                Scenario(
                    name: "edited", reason: .instructionChanged, root: "RUN second NAME",
                    dockerfile: "FROM stub:1\nRUN first NAME\nRUN second NAME x\n",
                    next: "FROM stub:1\nRUN first NAME\nRUN second NAME\n"),
            ]
            for scenario in scenarios {
                let first = try await run(scenario, on: engine, isOld: true)
                check(
                    scenario, try await run(scenario, isSecond: true, on: engine, isOld: true), earlier: first
                )
            }
            let cold = Scenario(
                name: "cold", reason: .coldBuilder, dockerfile: "FROM stub:1\nRUN first NAME\nRUN x NAME\n")
            let first = try await run(cold, on: engine, isOld: true)
            try await engine.run(engine.client, ["builder", "prune", "--all", "--force"])
            check(cold, try await run(cold, isSecond: true, on: engine, isOld: true), earlier: first)
        } catch {
            Issue.record("\(error)")
        }
        try await engine.stop()
    }

    // MARK: Running and judging

    private func run(
        _ scenario: Scenario, isSecond: Bool = false, on engine: RecordingEngine, isOld: Bool = false
    ) async throws -> BuildRecord {
        let place = "scenarios/\(scenario.name)"
        var files = ["a.txt": "a of \(scenario.name)", "b.txt": "b of \(scenario.name)"]
        if isSecond { files.merge(scenario.edit) { $1 } }
        let text = isSecond ? scenario.next ?? scenario.dockerfile : scenario.dockerfile
        files["Dockerfile"] = text.replacing("NAME", with: scenario.name)
        for (name, content) in files { try engine.folder.write(content, to: "\(place)/\(name)") }
        let path = engine.folder.path(of: place)
        return isOld
            ? try await engine.plainRecord([path])
            : try await engine.record((isSecond ? scenario.after : scenario.before) + [path])
    }

    private func check(_ scenario: Scenario, _ record: BuildRecord, earlier: BuildRecord) {
        let analysis = MissAnalysis(record, earlier: scenario.isAlone ? nil : earlier, prediction: nil)
        let told = analysis.misses.map {
            "\($0.step.name): \($0.certainty.rawValue) \($0.reason.rawValue) \($0.evidence)"
        }
        let root = scenario.root.replacing("NAME", with: scenario.name)
        let misses = analysis.misses.filter { $0.step.step?.text == root }
        #expect(!misses.isEmpty, "\(scenario.name): \(root) is no root: \(told)")
        for miss in misses {
            #expect(miss.certainty == scenario.certainty, "\(scenario.name): \(told)")
            let isRight =
                miss.certainty == .open
                ? miss.possible.contains(scenario.reason) : miss.reason == scenario.reason
            #expect(isRight, "\(scenario.name), \(scenario.reason.rawValue): \(told) \(miss.possible)")
            if scenario.reason == .coldBuilder {
                #expect(Set(miss.possible).isSuperset(of: [.evicted, .pruned]), "\(scenario.name): \(told)")
            }
        }
        for miss in analysis.misses where miss.certainty == .certain {
            #expect(miss.reason == scenario.reason, "\(scenario.name): certain, and not so: \(told)")
        }
        for miss in analysis.misses where miss.certainty == .likely {
            #expect(
                miss.reason == scenario.reason || scenario.others.contains(miss.reason),
                "\(scenario.name): \(told)")
        }
    }
}
