import Impact
import TestSupport
import Testing

/// What states a build, and what git is told, decides what runs again although no file of the context differs.
@Suite struct StatedOptionsTests {
    private let dockerfile = "FROM alpine:3.20\nCOPY a /a\nRUN make\n"

    /// Which of three steps are not cached where a script builds with other options.
    private func states(_ before: String, _ after: String) async throws -> [String] {
        let files = ["Dockerfile": dockerfile, "a": "1", "b.sh": "docker build -t x \(before) .\n"]
        let repository = try await TestRepository(files)
        try repository.write(["b.sh": "docker build -t x \(after) .\n"])
        return try await repository.impact(base: "HEAD").states("x").map { String($0.dropFirst(6)) }
    }

    /// An engine (28.5) said so of each.
    @Test(arguments: [
        "--network host", "--network=none", "--add-host x:1.2.3.4", "--ulimit nofile=100:100",
        "--shm-size 100m", "--cgroup-parent x",
    ])
    func whatRUNDependsOn(_ option: String) async throws {
        let expected = ["cached", "cached", "rebuild"]
        #expect(try await states("", option) == expected)
        #expect(try await states(option, "") == expected)
        #expect(try await states(option, option + " --pull") == ["cached", "cached", "cached"])
    }

    @Test func theAddressOfAHostIsInNoKey() async throws {
        #expect(
            try await states("--add-host x:1.1.1.1", "--add-host x:2.2.2.2") == [
                "cached", "cached", "cached",
            ])
        #expect(
            try await states("--network host", "--network=default")
                == ["cached", "cached", "rebuild"])
    }

    /// A build that an ignore file ended has left nothing in the cache.
    @Test func anIgnoreFileThatEndedTheBuildAtTheBase() async throws {
        let repository = try await TestRepository([
            "Dockerfile": dockerfile, "a": "1", ".dockerignore": "!\n",
        ])
        try repository.write([".dockerignore": "b\n"])
        let states = try await repository.impact(base: "HEAD").states("Dockerfile")
        #expect(states.allSatisfy { $0.hasSuffix("rebuild") } && states.count == 3, "\(states)")
    }

    @Test func withoutCache() async throws {
        #expect(try await states("", "--no-cache") == ["cached", "rebuild", "rebuild"])
        #expect(try await states("--no-cache", "--no-cache") == ["cached", "rebuild", "rebuild"])
        #expect(try await states("", "--no-cache=false") == ["cached", "cached", "cached"])
        #expect(try await states("", "--no-cache-filter stage-0") == ["cached", "maybe", "maybe"])
    }

    @Test func optionsOfComposeFiles() async throws {
        for option in [
            "network: host", "extra_hosts: ['x:1.2.3.4']", "extra_hosts: {x: 1.2.3.4}",
            "ulimits: {nofile: 100}", "ulimits: {nofile: {soft: 1, hard: 2}}", "shm_size: 100m",
        ] {
            func compose(_ more: String) -> String { "services: {x: {build: {context: ., \(more)}}}\n" }
            let repository = try await TestRepository([
                "Dockerfile": dockerfile, "a": "1", "compose.yaml": compose("pull: false"),
            ])
            try repository.write(["compose.yaml": compose(option)])
            let states = try await repository.impact(base: "HEAD").states("x")
            #expect(states == ["[1/3] cached", "[2/3] cached", "[3/3] rebuild"], "\(option)")
        }
    }

    @Test func anotherFrontend() async throws {
        let one = "--build-arg BUILDKIT_SYNTAX=docker/dockerfile:1.9"
        #expect(
            try await states(one, "--build-arg BUILDKIT_SYNTAX=docker.io/docker/dockerfile").last == "cached")
        #expect(try await states("", "--build-arg BUILDKIT_SYNTAX=a/b") == ["cached", "maybe", "maybe"])
    }

    @Test func severalPlatforms() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nARG TARGETARCH\nCOPY f-$TARGETARCH /x/\n", "f-amd64": "1",
            "f-arm64": "1", "b.sh": "docker buildx build --platform linux/amd64,linux/arm64 -t x .\n",
        ])
        try repository.write(["f-arm64": "2"])
        let report = try await repository.impact(base: "HEAD")
        #expect(report.states("x") == ["[1/2] cached", "[2/2] rebuild"])
        let spot = try #require(report.build("x")?.blind.first { $0.kind == .platform })
        #expect(spot.subject == "linux/arm64")

        try await repository.commit()
        try repository.write(["b.sh": "docker buildx build --platform linux/amd64,linux/s390x -t x .\n"])
        let added = try await repository.impact(base: "HEAD")
        let steps = try #require(added.build("x")).steps
        #expect(steps.map(\.state) == [.rebuild, .rebuild])
        #expect(steps[0].cause == .setting(name: "platform", from: "linux/amd64", to: "linux/s390x"))
    }

    // MARK: What git is told

    @Test(arguments: [
        "a eol=crlf", "* text=auto", "/a ident", "a working-tree-encoding=latin1", "[attr]x eol=crlf",
    ])
    func attributesThatChangeACheckout(_ line: String) async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile, "a": "1\n"])
        try await repository.commit([".gitattributes": line + "\n"])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(report.states("Dockerfile") == ["[1/3] cached", "[2/3] maybe", "[3/3] maybe"])
    }

    @Test(arguments: ["a diff=x", "b eol=crlf", "# a eol=crlf", "c/* text"])
    func attributesThatDoNot(_ line: String) async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile, "a": "1\n"])
        try await repository.commit([".gitattributes": line + "\n"])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(report.states("Dockerfile").allSatisfy { $0.hasSuffix("cached") })
    }

    @Test(arguments: ["--assume-unchanged", "--skip-worktree"])
    func filesThatGitDoesNotLookAt(_ flag: String) async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile, "a": "1", "b": "1"])
        try await repository.git(["update-index", flag, "a", "b"])
        let same = try await repository.impact(base: "HEAD").states("Dockerfile")
        #expect(same == ["[1/3] cached", "[2/3] cached", "[3/3] cached"])
        try repository.write(["a": "2"])
        let changed = try await repository.impact(base: "HEAD").states("Dockerfile")
        #expect(changed == ["[1/3] cached", "[2/3] rebuild", "[3/3] rebuild"])
    }
}
