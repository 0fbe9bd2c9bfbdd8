import BuildRecords
import Diagnostics
import Foundation
import Impact
import Project
import TestSupport
import Testing

/// What `replay` counts is what `impact` says of each pair of commits, where their Dockerfiles are today's.
@Suite struct ReplayTests {
    private static let dockerfile = """
        FROM alpine:3.20 AS base
        COPY package.json package-lock.json ./
        RUN npm ci
        FROM base AS build
        COPY src src
        RUN --mount=type=bind,source=tools,target=/tools npm run build
        FROM alpine:3.20
        COPY *.md /docs/
        COPY --from=build /src /app
        COPY --exclude=*.log assets /assets/
        """

    /// Numbers that are the same in each run.
    private struct Numbers {
        var state: UInt64
        mutating func next(below limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
    }

    @Test(arguments: [1, 2, 3]) func isWhatImpactSaysOfEachPair(_ seed: UInt64) async throws {
        var numbers = Numbers(state: seed)
        let repository = try await TestRepository([
            "Dockerfile": Self.dockerfile, ".dockerignore": "*.tmp\n.git\nsrc/generated\n",
            "package.json": "{}", "package-lock.json": "{}", "src/a.js": "0", "tools/t": "0",
            "README.md": "0",
            "assets/logo": "0", "assets/x.log": "0",
            "all/Dockerfile": "FROM alpine:3.20\nRUN apk add git\nCOPY . .\nRUN make\n", "all/x": "0",
        ])
        let paths = [
            "package.json", "package-lock.json", "src/a.js", "tools/t", "README.md", "assets/logo",
            "assets/x.log",
            "unused/file", "src/generated/g.js", "x.tmp", "all/x", "all/y", "src/deep/new.js", "CHANGES.md",
        ]
        // Made, and gone again later: today's repository need not have them.
        let passing = ["src/old.js", "OLD.md", "tools/old", "all/gone/z", "assets/old"]
        for number in 1...20 {
            var files: [String: String] = [:]
            for _ in 0...numbers.next(below: 3) {
                files[paths[numbers.next(below: paths.count)]] = "\(number)"
            }
            let other = passing[numbers.next(below: passing.count)]
            if numbers.next(below: 2) == 0 {
                files[other] = "\(number)"
            } else if FileManager.default.fileExists(atPath: repository.folder.path(of: other)) {
                try FileManager.default.removeItem(atPath: repository.folder.path(of: other))
            }
            try await repository.commit(files)
        }

        let replay = try await repository.replay(last: 100)
        #expect(replay.commits == 20)
        var counts: [String: Replay.Runs] = [:]
        for number in 0..<20 {
            let report = try await repository.impact(
                base: "HEAD~\(number + 1)", head: .commit("HEAD~\(number)"), allSteps: false)
            for build in report.builds {
                for step in build.steps where step.state != .cached {
                    let name = "\(build.name) \(step.label)"
                    let known = counts[name] ?? Replay.Runs(certain: 0, possible: 0)
                    counts[name] = Replay.Runs(
                        certain: known.certain + (step.state == .rebuild ? 1 : 0),
                        possible: known.possible + 1)
                }
            }
        }
        var replayed: [String: Replay.Runs] = [:]
        for build in replay.builds {
            for step in build.steps { replayed["\(build.name) \(step.impact.label)"] = step.runs }
        }
        #expect(replayed == counts)
        #expect(counts.count > 6)
    }

    @Test func whatIsUsual() async throws {
        let text = "FROM alpine:3.20\nCOPY package.json /\nRUN npm ci\nCOPY src /src\n"
        let repository = try await TestRepository([
            "Dockerfile": text, "package.json": "{}", "src/a": "0",
            "b/Dockerfile": text.replacing("src", with: "b"),
        ])
        for number in 1...12 { try await repository.commit(["src/a": "\(number)"]) }
        func usual(_ files: [String: String]) async throws -> [String: UsualRebuild?] {
            try await repository.commit(files)
            var report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"), allSteps: false)
            try await report.compareWithUsual(
                folder: repository.folder.path,
                options: LoadOptions(environment: ProcessInfo.processInfo.environment),
                last: 12)
            return Dictionary(
                uniqueKeysWithValues: report.builds.filter(\.isAffected).map { ($0.name, $0.usual) })
        }
        let slow = try await usual(["package.json": "{\"a\": 1}"])
        #expect(
            slow == [
                "Dockerfile": UsualRebuild(
                    commits: 12, asSlow: 0, verdict: .fast, firstChange: "package.json"),
                "b/Dockerfile": UsualRebuild(
                    commits: 12, asSlow: 0, verdict: nil, firstChange: "package.json"),
            ])
        #expect(slow.values.allSatisfy { $0?.isWorse ?? false })
        let again = try await usual(["package.json": "{\"a\": 2}"])
        #expect(
            again["Dockerfile"] == UsualRebuild(commits: 12, asSlow: 1, verdict: .fast, firstChange: nil))
        let fast = try await usual(["src/a": "new", "new/Dockerfile": "FROM alpine:3.20\nCOPY src /\n"])
        #expect(
            fast == [
                "Dockerfile": UsualRebuild(commits: 12, asSlow: 12, verdict: .fast, firstChange: nil),
                "new/Dockerfile": nil,
            ])
    }

    /// What other files would have saved is what is counted once they are committed.
    @Test func whatIfIsWhatACommitOfTheFilesMakesOfIt() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY web /app\nRUN npm ci\n", "web/package.json": "0",
            "web/notes.md": "0", "other/Dockerfile": "FROM alpine:3.20\nCOPY other/x /x\n", "other/x": "0",
        ])
        for number in 1...12 {
            let path = ["web/notes.md", "web/package.json", "web/src/a.js", "other/x"][number % 4]
            try await repository.commit([path: "\(number)"])
        }
        let files = [
            "Dockerfile": "FROM alpine:3.20\nCOPY web/package.json /app/\nRUN npm ci\nCOPY web /app\n",
            "Dockerfile.dockerignore": "**/*.md\n", "new/Dockerfile": "FROM alpine:3.20\nCOPY other /x\n",
        ]
        let whatIf = [(name: "x", files: files.mapValues { Array($0.utf8) })]
        let replay = try await repository.replay(last: 100, whatIf: whatIf)
        try await repository.commit(files)
        let committed = try await repository.replay(last: 100)
        func runs(_ builds: [Replay.Build]) -> [String: Replay.Runs] {
            Dictionary(
                uniqueKeysWithValues: builds.flatMap { build in
                    build.steps.map { ("\(build.name) \($0.impact.label)", $0.runs) }
                })
        }
        #expect(replay.whatIf.map(\.name) == ["x"])
        #expect(runs(replay.whatIf[0].builds) == runs(committed.builds))
        #expect(runs(replay.whatIf[0].builds)["Dockerfile [3/4]"]?.certain == 3)
        #expect(runs(replay.builds)["Dockerfile [3/3]"]?.certain == 9)
    }

    /// Dockerfiles, ignore files and compose files change too, and builds come and go.
    @Test(arguments: [4, 5, 6]) func ofTheirOwnDockerfilesIsWhatImpactSaysOfEachPair(_ seed: UInt64)
        async throws
    {
        var numbers = Numbers(state: seed)
        let repository = try await TestRepository([
            "Dockerfile": Self.dockerfile, "package.json": "{}", "package-lock.json": "{}", "src/a": "0",
            "tools/t": "0", "README.md": "0", "assets/logo": "0",
            "compose.yaml": "services:\n  web:\n    build: .\n",
        ])
        let contents: [String: [String]] = [
            "Dockerfile": [
                Self.dockerfile, Self.dockerfile.replacing("3.20", with: "3.21"),
                Self.dockerfile.replacing("npm ci", with: "npm install"),
                Self.dockerfile + "RUN echo more\n",
                Self.dockerfile.replacing("COPY src src", with: "COPY . ."),
            ],
            ".dockerignore": ["", "tools/x\n", "*\n!src\n!package*.json\n!tools\n!assets\n!*.md\n"],
            "compose.yaml": [
                "services:\n  web:\n    build: .\n",
                "services:\n  web:\n    build: { context: ., target: build }\n  api:\n    build: api\n",
                "services:\n  web:\n    build: { context: ., args: { X: \"1\" } }\n",
            ],
            "api/Dockerfile": [
                "FROM alpine:3.20\nCOPY . .\n", "FROM alpine:3.20\nARG X\nRUN make $X\nCOPY . .\n",
            ],
            "package.json": ["{}", "{ }", "{  }"], "src/a": ["0", "1", "2"], "README.md": ["0", "1"],
            "api/x": ["0", "1"], "tools/t": ["0", "1"], "unused/y": ["0", "1"],
        ]
        let paths = contents.keys.sorted()
        for _ in 1...20 {
            var files: [String: String] = [:]
            for _ in 0...numbers.next(below: 2) {
                let path = paths[numbers.next(below: paths.count)]
                files[path] = contents[path]?[numbers.next(below: contents[path]?.count ?? 1)]
            }
            files["unused/number"] = "\(numbers.next(below: 1 << 30))"
            try await repository.commit(files)
        }
        let replay = try await repository.replay(last: 100, dockerfile: .asWas)
        #expect(replay.commits == 20)
        let named = Set(replay.builds.map(\.name))
        var counts: [String: Replay.Runs] = [:]
        for number in 0..<20 {
            let report = try await repository.impact(
                base: "HEAD~\(number + 1)", head: .commit("HEAD~\(number)"), allSteps: false)
            for build in report.builds where build.problem == nil && named.contains(build.name) {
                for step in build.steps where step.state != .cached {
                    let name = "\(build.name) \(step.label) \(step.instruction)"
                    let known = counts[name] ?? Replay.Runs(certain: 0, possible: 0)
                    counts[name] = Replay.Runs(
                        certain: known.certain + (step.state == .rebuild ? 1 : 0),
                        possible: known.possible + 1)
                }
            }
        }
        var replayed: [String: Replay.Runs] = [:]
        for build in replay.builds {
            for step in build.steps {
                replayed["\(build.name) \(step.impact.label) \(step.impact.instruction)"] = step.runs
            }
        }
        #expect(replayed == counts)
        #expect(counts.count > 6)
    }

    @Test func whatTheCacheHolds() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY a /a\nRUN make\n", "a": "0", "b": "0",
        ])
        try await repository.commit(["a": "1"])
        try await repository.commit(["b": "1"])
        try await repository.commit(["a": "0"])
        try await repository.commit(["a": "1"])
        try await repository.commit(["a": "2"])
        func runs(_ cache: Replay.Cache) async throws -> [[Int]] {
            try await repository.replay(last: 100, cache: cache).builds.map { build in
                build.steps.map(\.runs.certain)
            }
        }
        #expect(try await runs(.previous) == [[4, 4]])
        // Only what was never built runs.
        #expect(try await runs(.persistent) == [[2, 2]])
        #expect(try await runs(.cold) == [[5, 5, 5]])
    }

    @Test(arguments: Replay.Dockerfile.allCases) func aStateBeforeTheFirstCommitIsKnown(
        _ dockerfile: Replay.Dockerfile
    ) async throws {
        let repository = try await TestRepository(["Dockerfile": "FROM alpine:3.20\nCOPY f /f\n", "f": "A"])
        for text in ["B", "A", "B", "A"] { try await repository.commit(["f": text]) }
        let replay = try await repository.replay(last: 100, dockerfile: dockerfile, cache: .persistent)
        #expect(replay.builds.first?.steps.map(\.runs.certain) == [1])
    }

    /// A submodule that is not checked out is an empty folder, whatever its commit.
    @Test func absentSubmodules() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY . /x\n", ".dockerignore": ".git\n",
        ])
        for digit in ["1", "2"] {
            let commit = String(repeating: digit, count: 40)
            try await repository.git(["update-index", "--add", "--cacheinfo", "160000,\(commit),sub"])
            try await repository.git(["commit", "-q", "-m", "x"])
        }
        try await repository.git(["rm", "-q", "--cached", "sub"])
        try await repository.git(["commit", "-q", "-m", "x"])
        var certain = 0
        for number in 0..<3 {
            let report = try await repository.impact(
                base: "HEAD~\(number + 1)", head: .commit("HEAD~\(number)"), allSteps: false)
            certain += report.builds[0].steps.count { $0.state == .rebuild && $0.kind != .base }
        }
        #expect(certain == 2)
        for dockerfile in Replay.Dockerfile.allCases {
            let replay = try await repository.replay(last: 100, dockerfile: dockerfile)
            #expect(replay.builds.first?.steps.map(\.runs.certain) == [certain])
        }
    }

    @Test func commitsThatCannotBuildTodaysDockerfileAreLeftOut() async throws {
        let repository = try await TestRepository(["a": "0", "x": "0"])
        try await repository.commit(["a": "1"])
        try await repository.commit(["b/c": "1"])
        try await repository.commit(["b/c": "2"])
        try await repository.commit(["a": "2", "b/d": "1"])
        try await repository.commit(["Dockerfile": "FROM alpine:3.20\nCOPY a /a\nCOPY b /b\n"])
        let build = try #require(try await repository.replay(last: 100).builds.first)
        #expect(build.leftOut == 2)
        #expect(build.steps.map(\.runs.certain) == [1, 2])
        #expect(build.verdicts == [.fast: 2, .none: 1])
    }

    @Test func todaysDockerfileOverYesterdaysChanges() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY . .\n", "a/b": "0", "c": "0",
        ])
        try await repository.commit(["a/b": "1"])
        try await repository.commit(["c": "1"])
        try await repository.commit(["c": "2", ".gitignore": "x"])
        try await repository.commit([
            "Dockerfile": "FROM alpine:3.20\nCOPY a /a\nRUN make\n", ".dockerignore": ".git\n",
        ])
        let replay = try await repository.replay(last: 100)
        #expect(replay.commits == 4)
        let build = try #require(replay.builds.first)
        #expect(build.steps.map(\.impact.instruction) == ["COPY a /a", "RUN make"])
        #expect(build.steps.map(\.runs) == Array(repeating: Replay.Runs(certain: 1, possible: 1), count: 2))
        #expect(build.steps[0].causes == [Replay.Cause(name: "a/b", isPath: true, commits: 1, alone: 1)])
        #expect(build.steps[1].causes.isEmpty)
        #expect(build.verdicts == [.fast: 1, .none: 3])
    }

    @Test func causesAreToldWhereTheirWaysPart() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY src /src\n", ".dockerignore": ".git\n", "src/x/a": "0",
        ])
        for number in 1...3 { try await repository.commit(["src/x/a": "\(number)"]) }
        for number in 4...5 {
            try await repository.commit(["src/y/\(number)": "", "src/y/more/\(number)": ""])
        }
        try await repository.commit(["src/x/a": "6", "src/z": "6"])
        let step = try #require(try await repository.replay(last: 100).builds.first?.steps.first)
        #expect(step.runs.certain == 6)
        #expect(
            step.causes == [
                Replay.Cause(name: "src/x/a", isPath: true, commits: 4, alone: 3),
                Replay.Cause(name: "src/y/", isPath: true, commits: 2, alone: 2),
                Replay.Cause(name: "src/z", isPath: true, commits: 1, alone: 0),
            ])
    }

    @Test func versionsAloneAreTold() async throws {
        func cargo(_ version: String, _ dependency: String) -> String {
            "[package]\nname = \"x\"\nversion = \"\(version)\"\n[dependencies.y]\nversion = \"\(dependency)\"\n"
        }
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY package.json Cargo.toml go.mod ./\n",
            ".dockerignore": ".git\n",
            "package.json": #"{"version": "0", "scripts": {"a": "b"}}"#, "Cargo.toml": cargo("0", "0"),
            "go.mod": "0",
        ])
        try await repository.commit(["package.json": #"{"scripts": {"a": "b"}, "version": "1"}"#])
        try await repository.commit(["package.json": #"{"version": "2", "scripts": {"a": "b"}}"#])
        try await repository.commit(["package.json": #"{"version": "3", "scripts": {"a": "c"}}"#])
        try await repository.commit(["Cargo.toml": cargo("1", "0"), "go.mod": "1"])
        try await repository.commit(["Cargo.toml": cargo("1", "1")])
        let causes = try #require(try await repository.replay(last: 100).builds.first?.steps.first).causes
        #expect(causes.map(\.name) == ["package.json", "Cargo.toml", "go.mod"])
        #expect(causes.map(\.commits) == [3, 2, 1])
        #expect(causes.map(\.onlyVersion) == [2, 1, nil])
    }

    @Test func secondsComeFromRecords() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY a /a\nRUN make all\n", "a": "0",
        ])
        try await repository.commit(["a": "1"])
        func log(_ seconds: String) -> String {
            """
            #1 [internal] load build definition from Dockerfile
            #1 DONE 0.0s

            #4 [1/3] FROM docker.io/library/alpine:3.20
            #4 CACHED

            #5 [2/3] COPY a /a
            #5 DONE 0.1s

            #6 [3/3] RUN make all
            #6 DONE \(seconds)s

            """
        }
        let records = try ["10.0", "30.0", "20.0"].flatMap {
            try RecordReader.read(Array(log($0).utf8), key: .random())
        }
        let replay = try await repository.replay(last: 100, records: records)
        #expect(replay.builds.first?.steps.map(\.milliseconds) == [100, 20_000])
        // A record of a Dockerfile that has one more step.
        let other = try RecordReader.read(
            Array(log("90.0").replacing("[3/3]", with: "[4/4]").replacing("/3]", with: "/4]").utf8),
            key: .random())
        let more = try await repository.replay(last: 100, records: records + other)
        #expect(more.builds.first?.steps.map(\.milliseconds) == [100, 25_000])
        #expect(try await repository.replay(last: 100).builds.first?.steps.map(\.milliseconds) == [nil, nil])
    }

    /// Where a record tells its Dockerfile, a step is the one in the line that became today's.
    @Test func aRecordedStepIsFoundByItsLine() async throws {
        let recorded = "FROM alpine:3.20 AS build\nCOPY a /a\nRUN make\nRUN make\nRUN echo $A\n"
        let today =
            "FROM alpine:3.20 AS builder\nWORKDIR /a\nCOPY a /a\nRUN make\n# Again.\nRUN make\nRUN echo $A more\n"
        let repository = try await TestRepository(["Dockerfile": today, "a": "0"])
        try await repository.commit(["a": "1"])
        var records = try RecordReader.read(
            Array(
                """
                #1 [internal] load build definition from Dockerfile
                #1 DONE 0.0s

                #4 [build 1/5] FROM docker.io/library/alpine:3.20
                #4 CACHED

                #5 [build 2/5] COPY a /a
                #5 DONE 0.1s

                #6 [build 3/5] RUN make
                #6 DONE 3.0s

                #7 [build 4/5] RUN make
                #7 DONE 7.0s

                #8 [build 5/5] RUN echo
                #8 DONE 9.0s

                """.utf8), key: .random())
        #expect(
            try await repository.replay(last: 100, records: records).builds.first?.steps.map(\.milliseconds)
                == [nil, nil, nil, nil])
        records[0].dockerfile = RecordedDockerfile(path: "Dockerfile", text: Array(recorded.utf8))
        for index in records[0].vertices.indices {
            guard let step = records[0].vertices[index].step else { continue }
            records[0].vertices[index].lines = step.number...step.number
        }
        // The last one is another step now, though its name may be that of the one here.
        #expect(
            try await repository.replay(last: 100, records: records).builds.first?.steps.map(\.milliseconds)
                == [100, 3_000, 7_000, nil])
    }

    @Test func aCommitWithoutAParentIsNoReplay() async throws {
        let repository = try await TestRepository(["Dockerfile": "FROM alpine:3.20\nCOPY a /a\n", "a": "0"])
        let replay = try await repository.replay(last: 100)
        #expect(replay.commits == 0)
        #expect(replay.builds.isEmpty)
    }
}

extension TestRepository {
    fileprivate func replay(
        last: Int, dockerfile: Replay.Dockerfile = .asIs, cache: Replay.Cache = .previous,
        records: [BuildRecord] = [], whatIf: [(name: String, files: [String: [UInt8]])] = []
    ) async throws -> Replay {
        var environment = ProcessInfo.processInfo.environment
        environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
        var request = Replay.Request(
            folder: folder.path, last: last, options: LoadOptions(environment: environment))
        request.dockerfile = dockerfile
        request.cache = cache
        request.whatIf = whatIf
        return try await Replay.make(request, records: records)
    }
}
