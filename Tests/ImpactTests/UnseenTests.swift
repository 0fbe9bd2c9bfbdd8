import Foundation
import Impact
import TestSupport
import Testing

/// What one build makes and another stands on, in one repository.
@Suite struct MadeByAnotherBuildTests {
    private func compose(_ app: String) -> String {
        """
        services:
          ground:
            image: shop/ground:dev
            build: ./ground
          app:
            build:
              context: ./app
        \(app)

        """
    }
    private let ground = [
        "ground/Dockerfile": "FROM alpine:3.20\nCOPY tool.sh /usr/local/bin/\n", "ground/tool.sh": "1",
        "app/main": "1",
    ]
    private let appFromContext = "      additional_contexts:\n        common: service:ground"

    @Test(arguments: [
        ("FROM common\nRUN make\n", true), ("FROM alpine:3.20\nCOPY --from=common /usr/local/bin /x\n", true),
        ("FROM shop/ground:dev\nRUN make\n", false),
        ("FROM alpine:3.20\nCOPY --from=shop/ground:dev /usr/local/bin /x\n", false),
        ("FROM alpine:3.20\nRUN --mount=type=bind,from=common,target=/m make\n", true),
    ])
    func whatItMakesChanges(_ dockerfile: String, _ isContext: Bool) async throws {
        let files = [
            "compose.yaml": compose(isContext ? appFromContext : ""), "app/Dockerfile": dockerfile,
        ]
        let repository = try await TestRepository(ground.merging(files) { $1 })
        try await repository.commit(["app/other": "1"])
        let same = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"), allSteps: false)
        #expect(same.build("app")?.isAffected == false)
        try await repository.commit(["ground/tool.sh": "2"])
        let changed = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(changed.states("app").last?.hasSuffix("rebuild") == true)
        #expect(changed.build("app")?.steps.contains { $0.cause == .build("ground") } == true)
    }

    @Test func aFileThatIsNotRead() async throws {
        let files = [
            "compose.yaml": compose(appFromContext),
            "app/Dockerfile": "FROM alpine:3.20\nCOPY --from=common /usr/local/bin /x\n",
            "ground/Dockerfile": "FROM alpine:3.20\nCOPY tool.sh /usr/local/bin/\nCOPY doc /doc\n",
            "ground/doc": "1",
        ]
        let repository = try await TestRepository(ground.merging(files) { $1 })
        try await repository.commit(["ground/doc": "2"])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(report.states("app").last?.hasSuffix("cached") == true)
    }

    @Test func aVariableThatItSets() async throws {
        let files = [
            "compose.yaml": compose(appFromContext), "app/Dockerfile": "FROM common\nRUN make\nCOPY main /\n",
        ]
        let repository = try await TestRepository(ground.merging(files) { $1 })
        try await repository.commit([
            "ground/Dockerfile": "FROM alpine:3.20\nCOPY tool.sh /usr/local/bin/\nENV MODE=fast\n"
        ])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(report.states("app").contains { $0.hasSuffix("rebuild") })
    }

    /// What the triggers take of the context is not followed, so that nothing is called cached.
    @Test(arguments: ["FROM common\nRUN make\n", "FROM shop/ground:dev\n"])
    func aTriggerThatItBrings(_ dockerfile: String) async throws {
        let files = [
            "compose.yaml": compose(appFromContext), "app/Dockerfile": dockerfile,
            "ground/Dockerfile": "FROM alpine:3.20\nCOPY tool.sh /usr/local/bin/\nONBUILD COPY . /src\n",
        ]
        let repository = try await TestRepository(ground.merging(files) { $1 })
        try await repository.commit(["app/main": "2"])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"), allSteps: false)
        let app = try #require(report.build("app"))
        #expect(app.isAffected)
        #expect(app.steps.last?.state == .maybe)
        guard case .unseen(let what)? = app.steps.last(where: { $0.state == .maybe })?.cause else {
            Issue.record("no cause: \(app.steps)")
            return
        }
        #expect(what.contains("ONBUILD"))
        // The build that brings them is what it was.
        #expect(report.build("ground")?.isAffected == false)
    }

    /// Neither of two that stand on each other is called cached, and the search ends.
    @Test func buildsThatStandOnEachOther() async throws {
        let repository = try await TestRepository([
            "compose.yaml": """
            services:
              one:
                build: {context: ./one, additional_contexts: {other: "service:two"}}
              two:
                build: {context: ./two, additional_contexts: {other: "service:one"}}

            """,
            "one/Dockerfile": "FROM other\nCOPY a /a\n", "two/Dockerfile": "FROM other\nCOPY a /a\n",
            "one/a": "1", "two/a": "1",
        ])
        try await repository.commit(["one/a": "2"])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"), allSteps: false)
        #expect(report.builds.allSatisfy { $0.isAffected })
    }
}

/// A build of which an input cannot be seen is not among those that stay cached.
@Suite struct UnseenInputTests {
    @Test(arguments: [
        "FROM alpine:3.20\nCOPY --from=lib / /lib\n", "FROM lib\nRUN make\n",
        "FROM alpine:3.20\nRUN --mount=type=bind,from=lib,target=/m make\n",
    ])
    func namedContextElsewhere(_ dockerfile: String) async throws {
        let repository = try await TestRepository([
            "compose.yaml": """
            services:
              app:
                build:
                  context: .
                  additional_contexts:
                    lib: https://example.com/lib.git

            """, "Dockerfile": dockerfile, "other": "1",
        ])
        try await repository.commit(["other": "2"])
        let report = try await repository.impact(
            base: "HEAD~1", head: .commit("HEAD"), allSteps: false)
        let build = try #require(report.build("app"))
        #expect(build.isAffected)
        #expect(build.steps.last?.state == .maybe)
        #expect(
            build.steps.contains { step in
                if case .unseen(let what)? = step.cause { what.contains("lib") } else { false }
            })
    }

    @Test func aFileThatSomethingElseMustMake() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY dist/app /app\n", "other": "1",
        ])
        try await repository.commit(["other": "2"])
        let report = try await repository.impact(
            base: "HEAD~1", head: .commit("HEAD"), allSteps: false)
        #expect(report.states("Dockerfile") == ["[1/2] cached", "[2/2] maybe"])
        guard case .unseen(let what)? = report.build("Dockerfile")?.steps[1].cause else {
            Issue.record("no cause")
            return
        }
        #expect(what.contains("dist/app is not in the repository"))
    }

    @Test(arguments: [
        "COPY secret /x", "ADD ./secret /x", "RUN --mount=type=bind,source=secret,target=/x true",
    ])
    func aFileThatTheIgnoreFileLeavesOut(_ line: String) async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\n\(line)\n", ".dockerignore": "# all of these\nsecret\n",
            "secret": "1", "other": "1",
        ])
        try await repository.commit(["other": "2"])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        let problem = try #require(report.build("Dockerfile")?.problem)
        #expect(problem.contains(".dockerignore:2 leaves "))
        #expect(problem.contains("secret out of the context; the build fails here"))
    }

    @Test func anImageThatAnArgumentNames() async throws {
        let dockerfile = "ARG BASE\nFROM ${BASE}\nCOPY a /a\nRUN make\n"
        let repository = try await TestRepository(["Dockerfile": dockerfile, "a": "1"])
        try await repository.commit(["a": "2"])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(report.states("Dockerfile").suffix(2) == ["[2/3] rebuild", "[3/3] rebuild"])
        let blind = try #require(report.build("Dockerfile")).blind
        #expect(blind.contains { $0.kind == .unknownArgument && $0.subject == "BASE" })
    }
}

/// Arguments whose values differ between any two commits, or builds.
@Suite struct VolatileArgumentTests {
    private func workflow(_ value: String) -> String {
        """
        on: push
        jobs:
          image:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@v4
              - uses: docker/build-push-action@v6
                with:
                  context: .
                  build-args: |
                    REVISION=\(value)

        """
    }

    @Test(arguments: ["${{ github.sha }}", "${{ github.run_id }}", "v1-${{ github.sha }}"])
    func differsBetweenCommits(_ value: String) async throws {
        let repository = try await TestRepository([
            ".github/workflows/ci.yaml": workflow(value), "other": "1",
            "Dockerfile": "FROM alpine:3.20\nRUN early\nARG REVISION\nRUN late\nENV R=$REVISION\nRUN later\n",
        ])
        try await repository.commit(["other": "2"])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"), allSteps: false)
        let build = try #require(report.builds.first)
        #expect(build.steps.map(\.state) == [.cached, .cached, .rebuild, .rebuild])
        #expect(build.steps[2].cause == .variables(["REVISION"]))
        #expect(!build.blind.contains { $0.subject == "REVISION" })
    }

    @Test func isTheSameForOneCommit() async throws {
        let repository = try await TestRepository([
            ".github/workflows/ci.yaml": workflow("${{ github.sha }}"), "other": "1",
            "Dockerfile": "FROM alpine:3.20\nARG REVISION\nRUN late\n",
        ])
        try repository.write(["other": "2"])
        let report = try await repository.impact(base: "HEAD", allSteps: false)
        #expect(report.builds.first?.isAffected == false)
    }

    @Test func isNotTakenByTheDockerfile() async throws {
        let repository = try await TestRepository([
            ".github/workflows/ci.yaml": workflow("${{ github.sha }}"), "other": "1",
            "Dockerfile": "FROM alpine:3.20\nRUN late\n",
        ])
        try await repository.commit(["other": "2"])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"), allSteps: false)
        #expect(report.builds.first?.isAffected == false)
    }
}

@Suite struct SeveralBuildsTests {
    /// Legs of a matrix are told apart by what they ask for, not by their place.
    @Test func legsOfAMatrix() async throws {
        func workflow(_ images: [String]) -> String {
            """
            on: push
            jobs:
              image:
                runs-on: ubuntu-latest
                strategy:
                  matrix:
                    base: [\(images.map { "'\($0)'" }.joined(separator: ", "))]
                steps:
                  - uses: docker/build-push-action@v6
                    with:
                      context: .
                      build-args: |
                        BASE=${{ matrix.base }}

            """
        }
        let repository = try await TestRepository([
            ".github/workflows/ci.yaml": workflow(["debian:11", "debian:12", "ubuntu:22.04"]),
            "Dockerfile": "ARG BASE\nFROM $BASE\nRUN make\n",
        ])
        try await repository.commit([
            ".github/workflows/ci.yaml": workflow(["alpine:3.20", "debian:11", "ubuntu:22.04"])
        ])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        let states = report.builds.map { $0.steps.map(\.state) }
        #expect(states.count == 3)
        #expect(states.count { $0 == [.cached, .cached] } == 2)
        #expect(states.count { $0 == [.rebuild, .rebuild] } == 1)
    }

    /// What one build names on one side only does not reach another build of the same context.
    @Test func oneContext() async throws {
        func first(_ folder: String) -> String { "FROM alpine:3.20\nCOPY \(folder) /x\n" }
        let repository = try await TestRepository([
            "first.Dockerfile": first("old"), "second.Dockerfile": "FROM alpine:3.20\nCOPY data /x\n",
            "old/a": "1", "data/a": "2",
            "compose.yaml": """
            services:
              first: {build: {context: ., dockerfile: first.Dockerfile}}
              second: {build: {context: ., dockerfile: second.Dockerfile}}

            """,
        ])
        try await repository.commit(["first.Dockerfile": first("data")])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(report.states("first") == ["[1/2] cached", "[2/2] rebuild"])
        #expect(report.states("second") == ["[1/2] cached", "[2/2] cached"])
    }
}
