import TestSupport
import Testing

@testable import Project

/// What commands of compose and bake say besides the files that state the builds.
@Suite struct FileCommandTests {
    private static let compose = "services: {web: {build: .}, api: {build: .}}\n"
    private static let bake = """
        {"group": {"rel": {"targets": ["inner"]}, "inner": {"targets": ["app"]}},
         "target": {"app": {}, "other": {"target": "o"}, "default": {"target": "d"}}}
        """

    private func builds(_ script: String, _ more: [String: String] = [:]) async throws -> [Build] {
        let folder = try ScratchFolder()
        try folder.write("\(script)\n", to: "b.sh")
        try folder.write("FROM a AS o\nFROM a AS d\nFROM a\n", to: "Dockerfile")
        try folder.write(Self.compose, to: "compose/compose.yaml")
        try folder.write("FROM a\n", to: "compose/Dockerfile")
        try folder.write(Self.bake, to: "docker-bake.json")
        for (path, text) in more { try folder.write(text, to: path) }
        return try await Project.load([folder.path]).builds
    }

    /// The names of those that a command builds without their cache.
    private func uncached(_ script: String) async throws -> [String] {
        try await builds(script).filter(\.ignoresCache).map(\.name).sorted()
    }

    @Test(arguments: [
        ("docker compose build --no-cache", []),
        ("cd compose && docker compose build --no-cache web", ["web (b.sh)"]),
        ("docker compose -f compose/compose.yaml build --no-cache --pull web", ["web (b.sh)"]),
        ("docker-compose -f compose/compose.yaml build --no-cache=false web", []),
        ("COMPOSE_FILE=compose/compose.yaml docker compose build web", []),
        ("docker buildx bake --no-cache app", ["app (b.sh)"]),
        ("docker buildx f --no-cache rel", ["app (b.sh)"]),
        ("docker bake --no-cache", ["default (b.sh)"]),
        ("docker --debug buildx --builder b bake -f docker-bake.json --no-cache app", ["app (b.sh)"]),
        ("docker buildx bake --set 'o*.no-cache=true' other app", ["other (b.sh)"]),
        // It has no effect (buildx 0.29).
        ("docker buildx bake --set other.no-cache-filter=o other", []),
        ("docker buildx bake app", []),
    ])
    func withoutCache(_ script: String, _ names: [String]) async throws {
        #expect(try await uncached(script) == names)
        // What the files state is there all the same.
        let all = try await builds(script).map(\.name)
        #expect(Set(all).isSuperset(of: ["app", "other", "default", "web"]) || all.contains("api"))
    }

    /// A group that no file states may be one of a file that is not read.
    @Test func unknownGroups() async throws {
        #expect(try await uncached("docker buildx bake --no-cache $T").count == 3)
        #expect(try await uncached("docker buildx bake --no-cache elsewhere").count == 3)
    }

    /// Switches of files that a text gives.
    @Test func texts() async throws {
        let some = try await builds(
            "true",
            [
                "docker-bake.json":
                    #"{"variable": {"N": {"default": "true"}}, "target": {"app": {"no-cache": "${N}"}}}"#,
                "compose/compose.yaml":
                    "services: {web: {build: {context: ., no_cache: \"${N:-true}\"}}}\n",
            ])
        #expect(some.filter(\.noCache).map(\.name).sorted() == ["app", "web"])
    }

    /// Options may be among words that cannot be told.
    @Test func openOptions() async throws {
        let some = try await builds(
            "docker buildx bake $OPTIONS app; cd compose; docker compose build $OPTIONS")
        let isOpen = some.contains { $0.openStatement?.path == "b.sh" && $0.name == "web" }
        #expect(isOpen)
        #expect(try await builds("docker compose build \"$S\"").allSatisfy { $0.openStatement == nil })
    }

    @Test func pulls() async throws {
        let some = try await builds("docker buildx bake --pull app\ndocker build --pull -t p .")
        #expect(
            Set(some.filter(\.pulls).map(\.name)) == ["app"] || some.contains { $0.name == "p" && $0.pulls })
        #expect(try await builds("docker buildx bake app").allSatisfy { !$0.pulls })
        let compose = try await builds("cd compose; docker compose build --pull")
        #expect(compose.filter(\.pulls).map(\.dockerfile) == ["compose/Dockerfile"])
    }

    @Test func platforms() async throws {
        let arm = "DOCKER_DEFAULT_PLATFORM=linux/arm64"
        let compose = try await builds("cd compose; \(arm) docker compose up -d --build web")
        #expect(compose.filter { $0.platforms == ["linux/arm64"] }.map(\.name) == ["web (b.sh)"])
        // Bake takes none of the environment.
        #expect(try await builds("\(arm) docker buildx bake app").allSatisfy(\.platforms.isEmpty))
        let set = try await builds("docker buildx bake --set app.platform=linux/386 app")
        #expect(set.filter { !$0.platforms.isEmpty }.map(\.name) == ["app (b.sh)"])
    }

    @Test func otherDockerfiles() async throws {
        let some = try await builds(
            "docker buildx bake --set app.dockerfile=Other app", ["Other": "FROM a\n"])
        #expect(some.filter { $0.dockerfile == "Other" }.map(\.name) == ["app (b.sh)"])
    }

    @Test func filesOfTheEnvironment() async throws {
        let file = ["x/stack.yml": "services: {db: {build: .}}\n", "x/Dockerfile": "FROM a\n"]
        let compose = try await builds("export COMPOSE_FILE=x/stack.yml\ndocker compose up", file)
        #expect(compose.contains { $0.name == "db" })
        let bake = try await builds(
            "BUILDX_BAKE_FILE=x/b.json docker buildx bake t",
            ["x/b.json": #"{"target": {"t": {"context": "x"}}}"#, "x/Dockerfile": "FROM a\n"])
        #expect(bake.contains { $0.name == "t" })
    }

    @Test(arguments: [
        (
            ["docker", "buildx", "bake", "-f", "a", "-fb", "--file=c", "t", "--set", "x.y=z"],
            ["a", "b", "c"], ["t"]
        ),
        (["docker", "--context", "c", "bake", "--progress", "plain", "t", nil], [], ["t", nil]),
        (["docker-buildx", "bake", "--", "--no-cache"], [], ["--no-cache"]),
    ])
    func words(_ words: [String?], _ files: [String?], _ targets: [String?]) throws {
        let bake = try #require(BakeWords(words))
        #expect(bake.files == files)
        #expect(bake.targets == targets)
        #expect(!bake.ignoresCache)
    }

    @Test(arguments: [
        ["docker", "buildx", "build", "bake"], ["docker", "run", "bake"], ["podman", "bake"], ["docker"],
        [nil, "bake"],
        ["docker", "f"],
    ])
    func isNoBake(_ words: [String?]) { #expect(BakeWords(words) == nil) }
}
