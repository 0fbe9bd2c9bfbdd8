import Impact
import TestSupport
import Testing

/// What commands, their environment and their callers say of a build decides what runs again.
@Suite struct StatedCommandTests {
    private let dockerfile = "FROM alpine:3.20\nARG X\nCOPY a /a\nRUN make $X\n"

    /// The states of all builds of a change.
    private func states(
        _ files: [String: String], _ change: [String: String] = ["z": "1"]
    ) async throws -> [String: [String]] {
        var all = ["Dockerfile": dockerfile, "a": "1"]
        all.merge(files) { $1 }
        let repository = try await TestRepository(all)
        try repository.write(change)
        let report = try await repository.impact(base: "HEAD")
        return Dictionary(
            report.builds.map { ($0.name, $0.steps.map(\.state.rawValue)) }, uniquingKeysWith: { $1 })
    }

    private let cached = ["cached", "cached", "cached"]
    private let uncached = ["cached", "rebuild", "rebuild"]

    /// An engine (28.5, Compose 2.40, buildx 0.29) ran all steps of each anew.
    @Test func commandsWithoutCache() async throws {
        let compose = ["compose.yaml": "services: {web: {build: .}}\n"]
        let bake = ["docker-bake.json": #"{"target": {"app": {}}}"#]
        func and(_ script: String, _ files: [String: String]) -> [String: String] {
            files.merging(["b.sh": script + "\n"]) { $1 }
        }
        #expect(
            try await states(and("docker compose build --no-cache", compose)) == [
                "web": cached, "web (b.sh)": uncached,
            ])
        #expect(
            try await states(and("docker buildx bake --no-cache app", bake)) == [
                "app": cached, "app (b.sh)": uncached,
            ])
        #expect(
            try await states(and("docker buildx bake --set '*.no-cache=true' app", bake)) == [
                "app": cached, "app (b.sh)": uncached,
            ])
        #expect(try await states(and("docker compose up --build", compose)) == ["web": cached])
    }

    @Test func mayBeWithoutCache() async throws {
        #expect(
            try await states(["b.sh": "docker build ${CI:+--no-cache} -t x .\n"]) == [
                "x": ["cached", "maybe", "maybe"]
            ])
    }

    /// What runs a script may give it other options.
    @Test func callers() async throws {
        func workflow(_ value: String) -> String {
            "on: push\njobs:\n  a:\n    runs-on: x\n    env: {EXTRA: \(value)}\n    steps: [{run: ./b.sh docker}]\n"
        }
        let path = ".github/workflows/w.yml"
        let files = ["b.sh": "docker build $EXTRA -t x .\n", path: workflow("--pull")]
        #expect(try await states(files)["x"] == cached)
        #expect(
            try await states(files, [path: workflow("--build-arg X=1")])["x"] == ["cached", "maybe", "maybe"])
    }

    /// An engine (28.5) ran WORKDIR and what follows again.
    @Test func theEpochOfTheEnvironment() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY a /a\nWORKDIR /w\nRUN make\n", "a": "1",
            "b.sh": "SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) docker build -t x .\n",
        ])
        try repository.write(["z": "1"])
        try await repository.commit()
        let states = try await repository.impact(base: "HEAD~1").states("x")
        #expect(states == ["[1/4] cached", "[2/4] cached", "[3/4] rebuild", "[4/4] rebuild"])
    }

    @Test func thePlatformOfTheEnvironment() async throws {
        let files = [
            "Dockerfile": "FROM alpine:3.20\nARG TARGETARCH\nCOPY f-$TARGETARCH /f\n", "f-arm64": "1",
            "f-amd64": "1", "b.sh": "DOCKER_DEFAULT_PLATFORM=linux/arm64 docker build -t x .\n",
        ]
        #expect(try await states(files, ["f-arm64": "2"])["x"] == ["cached", "rebuild"])
        #expect(try await states(files, ["f-amd64": "2"])["x"] == ["cached", "cached"])
    }

    /// A changed file that a build may take of which there are too many is told, and one of many that were not read.
    @Test func whatWasNotExamined() async throws {
        let long = dockerfile + String(repeating: "# x\n", count: 20_000)
        let commands = (0..<20).map { "docker build --build-arg X=\($0) -t x\($0) app\n" }.joined()
        let repository = try await TestRepository([
            "app/Dockerfile": long, "app/a": "1", "b.sh": commands, "z": "1",
        ])
        try repository.write(["z": "2"])
        #expect(try await repository.impact(base: "HEAD").unreadChanges.isEmpty)
        try repository.write(["app/a": "2"])
        #expect(try await repository.impact(base: "HEAD").unreadChanges == ["app/a"])

        let binary = try await TestRepository(
            Dictionary(uniqueKeysWithValues: (0..<6).map { ("d\($0)/Dockerfile", "FROM a\n\0") }))
        try binary.write(["d4/Dockerfile": "FROM b\n\0"])
        #expect(try await binary.impact(base: "HEAD").unreadChanges == ["d4/Dockerfile"])
    }
}
