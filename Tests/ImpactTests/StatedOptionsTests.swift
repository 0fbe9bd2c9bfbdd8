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

    // MARK: What the files do not tell

    /// Arguments come out of words that cannot be told, and the file that they stand in changes.
    @Test(arguments: [
        "o=(--build-arg V=1)\ndocker build \"${o[@]}\" -t x .\n", "docker build $(cat V=1) -t x .\n",
        "f() { docker build \"$@\" -t x .; }\nf --build-arg V=1\n",
    ])
    func argumentsOutOfVariables(_ script: String) async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nRUN true\nARG V\nRUN make $V\n", "b.sh": script,
        ])
        try repository.write(["b.sh": script.replacing("V=1", with: "V=2")])
        let states = try await repository.impact(base: "HEAD").states("Dockerfile")
        #expect(states.isEmpty || states == ["[1/3] cached", "[2/3] cached", "[3/3] maybe"])
        let byName = try await repository.impact(base: "HEAD").states("x")
        #expect((states + byName).contains { $0.hasSuffix("maybe") }, "\(states) \(byName)")
    }

    @Test(arguments: [
        ("b.sh", "docker build --platform $P -t x .\n", BlindSpot.Kind.platform),
        ("b.sh", "docker build --target $T -t x .\n", .unknownArgument),
        ("compose.yaml", "services: {x: {build: {context: ., target: '${T}'}}}\n", .unknownArgument),
        ("compose.yaml", "services: {x: {build: {context: ., platforms: ['${P}']}}}\n", .platform),
        ("compose.yaml", "services: {x: {platform: '${P}', build: .}}\n", .platform),
    ])
    func optionsThatAreNotTold(_ path: String, _ text: String, _ kind: BlindSpot.Kind) async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile, "a": "1", path: text])
        try repository.write(["a": "2"])
        let report = try await repository.impact(base: "HEAD")
        #expect(report.build("x")?.blind.contains { $0.kind == kind } == true)
    }

    /// A value that the environment gives stays where the text and `.env` do.
    @Test func composeFilesThatChangeElsewhere() async throws {
        func compose(_ argument: String, _ more: String = "") -> String {
            "services: {x: {platform: '${P:-}', build: {context: ., args: {V: '\(argument)'}}\(more)}}\n"
        }
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nARG V\nRUN make $V\n", "compose.yaml": compose("${V}"),
        ])
        func states() async throws -> [String] { try await repository.impact(base: "HEAD").states("x") }
        try repository.write(["compose.yaml": compose("${V}", ", restart: always")])
        #expect(try await states() == ["[1/2] cached", "[2/2] cached"])
        let report = try await repository.impact(base: "HEAD")
        #expect(report.build("x")?.blind.contains { $0.kind == .platform } == false)
        try repository.write(["compose.yaml": compose("a${V}")])
        #expect(try await states() == ["[1/2] cached", "[2/2] maybe"])
        try repository.write(["compose.yaml": compose("${V}"), ".env": "W=${X}\n"])
        #expect(try await states() == ["[1/2] cached", "[2/2] maybe"])
    }

    /// What states a build stands in a file that another one names, or behind links.
    @Test(arguments: [
        ["compose.yaml": "services: {x: {extends: {file: o, service: x}}}\n"],
        ["compose.yaml": "include: [o]\n"],
        [".env": "COMPOSE_FILE=o\n"],
        [".env": "COMPOSE_FILE=compose.yaml:o\n", "compose.yaml": "services: {x: {build: {context: .}}}\n"],
    ])
    func filesThatStatementsName(_ statements: [String: String]) async throws {
        let named = "services: {x: {build: {context: ., args: {V: '1'}}}}\n"
        let repository = try await TestRepository(
            ["Dockerfile": "FROM alpine:3.20\nARG V\nRUN make $V\n", "o": named].merging(statements) { $1 })
        try repository.write(["o": named.replacing("'1'", with: "'2'")])
        let states = try await repository.impact(base: "HEAD").states("x")
        #expect(states == ["[1/2] cached", "[2/2] rebuild"])
    }

    @Test(arguments: [
        ("Dockerfile", "FROM alpine:3.20\nRUN make 1\n"),
        ("compose.yaml", "services: {x: {build: {context: ., args: {V: '1'}}}}\n"),
        ("b.sh", "docker build --build-arg V=1 -t x .\n"),
    ])
    func filesBehindLinks(_ path: String, _ text: String) async throws {
        let repository = try await TestRepository(
            ["real": text].merging(
                path == "Dockerfile" ? [:] : ["Dockerfile": "FROM alpine:3.20\nARG V\nRUN make $V\n"]
            ) { $1 })
        try repository.folder.symlink("between", to: "real")
        try repository.folder.symlink(path, to: "between")
        try await repository.commit()
        try repository.write(["real": text.replacing("1", with: "2")])
        let report = try await repository.impact(base: "HEAD")
        let states = report.states(path == "Dockerfile" ? path : "x")
        #expect(states == ["[1/2] cached", "[2/2] rebuild"])
    }

    /// `docker compose -f compose.yaml build` may build without the file that replaces a value.
    @Test func valuesThatAnotherFileReplaces() async throws {
        func compose(_ value: String) -> String {
            "services: {x: {build: {context: ., args: {V: '\(value)'}}}}\n"
        }
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nARG V\nRUN make $V\n", "compose.yaml": compose("1"),
            "compose.override.yaml": compose("3"),
        ])
        try repository.write(["compose.yaml": compose("2")])
        let states = try await repository.impact(base: "HEAD").states("x")
        #expect(states == ["[1/2] cached", "[2/2] maybe"])
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
