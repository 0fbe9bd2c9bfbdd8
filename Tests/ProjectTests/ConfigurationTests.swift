import Diagnostics
import Project
import TestSupport
import Testing

private let checks: [CheckID: [LoadOptions.KnownParameter]] = [
    "apt-sharing": [],
    "context-huge": [
        .init(name: "limit") { Int($0) == nil ? "a whole number" : nil }, .init(name: "paths") { _ in nil },
    ],
]

private func configured(_ text: String) async throws -> Project {
    let folder = try tree([".clm-doctor.yaml": text, "Dockerfile": "FROM a\n", "a/Dockerfile": "FROM a\n"])
    return try await Project.load([folder.path], options: LoadOptions(knownChecks: { checks }))
}

@Suite struct ConfigurationTests {
    @Test func everything() async throws {
        let project = try await configured(
            """
            checks:
              apt-sharing: off
              context-huge:
                enabled: true
                severity: error
                limit: 12
                paths: [a, b]
            ignore: [a, "x/**"]
            include: vendor/ours
            builds:
              - name: one
                dockerfile: Dockerfile
                context: .
                target: t
                args: {A: 1, B: }
                platforms: [linux/amd64]
                contexts: {c: ./c, d: docker-image://d}
                no-cache: true
                cache-from: type=gha
                cache-to: [x]
            """)
        let configuration = project.configuration
        #expect(configuration.path == ".clm-doctor.yaml")
        #expect(configuration.enabled == ["apt-sharing": false, "context-huge": true])
        #expect(configuration.severities == ["context-huge": .error])
        #expect(configuration.parameters == ["context-huge": ["limit": "12", "paths": "a,b"]])
        #expect(configuration.ignoredPaths == ["a", "x/**"])
        #expect(configuration.includedPaths == ["vendor/ours"])
        #expect(
            project.builds.map { summary($0) } == [
                "one: Dockerfile @. target=t A=1 B=? c@c d@elsewhere(docker-image://d) linux/amd64 no-cache"
                    + " from(type=gha) to(x) <- config .clm-doctor.yaml:11"
            ])
    }

    @Test(
        arguments: [
            ("chekcs: {}", "1:1: unknown key \"chekcs\"; did you mean checks?"),
            ("checks:\n  apt-sharin: off", "2:3: unknown check \"apt-sharin\"; did you mean apt-sharing?"),
            ("checks:\n  apt-sharing: eror", "2:16: unknown setting \"eror\"; did you mean error?"),
            (
                "checks:\n  apt-sharing: [1]",
                "2:16: apt-sharing is on, off, a severity, or a mapping, not a list"
            ),
            (
                "checks:\n  context-huge:\n    limt: 1",
                "3:5: unknown parameter of context-huge \"limt\"; did you mean limit?"
            ),
            ("checks:\n  context-huge: {limit: x}", "2:25: limit is a whole number, not \"x\""),
            (
                "checks:\n  context-huge: {severity: fatal}",
                "2:28: unknown severity \"fatal\"; there is info, warning, error"
            ),
            ("checks:\n  context-huge: {enabled: maybe}", "2:27: enabled is true or false"),
            ("ignore: {a: b}", "1:9: ignore is a list, not a mapping"),
            (
                "builds:\n  - dockerfle: x",
                "2:5: unknown key of a build \"dockerfle\"; did you mean dockerfile?"
            ),
            (
                "builds:\n  - dockerfile: ../x",
                "2:5: dockerfile is a path in the repository, relative to its root"
            ),
            ("builds: x", "1:9: builds is a list, not a single value"),
            ("- a", "1:1: the configuration is a mapping, not a list"),
            ("a: [", "2:1: while parsing a flow node: did not find expected node content"),
            ("checks: {}\nchecks: {}", "2:1: the key checks stands here twice"),
        ] as [(String, String)])
    func mistakes(text: String, message: String) async throws {
        let error = await #expect(throws: LoadError.self) { try await configured(text) }
        #expect(error?.description == ".clm-doctor.yaml:" + message)
    }

    @Test func whatIsLeftOutComesBack() async throws {
        let folder = try tree([
            ".clm-doctor.yaml":
                "include: [vendor/ours, '**/fixtures/keep']\nignore: ['skip', 'b*/Dockerfile']\n",
            "vendor/ours/Dockerfile": "FROM a\n", "vendor/theirs/Dockerfile": "FROM a\n",
            "skip/x/Dockerfile": "FROM a\n",
            "t/fixtures/keep/Dockerfile": "FROM a\n", "t/fixtures/other/Dockerfile": "FROM a\n",
            "b1/Dockerfile": "FROM a\n", "b1/c/Dockerfile": "FROM a\n",
        ])
        let project = try await Project.load([folder.path])
        #expect(
            project.dockerfiles.keys.sorted()
                == ["b1/c/Dockerfile", "t/fixtures/keep/Dockerfile", "vendor/ours/Dockerfile"])
    }

    @Test func anEmptyFileIsNoMistake() async throws {
        #expect(try await configured("").configuration.enabled == [:])
        #expect(try await configured("# nothing\n").builds.count == 2)
    }
}

@Suite struct PathTests {
    @Test func filesAndFoldersThatAreNamed() async throws {
        let folder = try tree([
            ".git/HEAD": "ref: x", "Dockerfile": "FROM a\n", "a/Dockerfile": "FROM a\n",
            "a/vendor/Dockerfile": "FROM a\n",
            "a/build.txt": "FROM a\n", "compose.yaml": "services:\n  a:\n    build: a\n  r:\n    build: .\n",
        ])
        func loaded(_ paths: String...) async throws -> [String] {
            let project = try await Project.load(paths.map { folder.path + "/" + $0 })
            #expect(project.root == folder.path)
            return project.builds.map { summary($0) }
        }
        #expect(
            try await loaded(".") == [
                "r: Dockerfile @. <- compose compose.yaml:5", "a: a/Dockerfile @a <- compose compose.yaml:3",
            ])
        #expect(try await loaded("a") == ["a: a/Dockerfile @a <- compose compose.yaml:3"])
        #expect(
            try await loaded("a/build.txt", "a/vendor/Dockerfile") == [
                "a/build.txt: a/build.txt @a", "a/vendor/Dockerfile: a/vendor/Dockerfile @a/vendor",
            ])
        await #expect(throws: LoadError.path(folder.path + "/gone", reason: "no such file or folder")) {
            try await loaded("gone")
        }
        let other = try tree(["Dockerfile": "FROM a\n"])
        await #expect(throws: LoadError.self) { try await Project.load([folder.path, other.path]) }
        let named = try await Project.load(
            [],
            options: LoadOptions(
                build: .init(dockerfile: folder.path + "/a/Dockerfile", context: folder.path)))
        #expect(
            named.builds.first.map { summary($0) }
                == "a/Dockerfile: a/Dockerfile @. <- commandLine a/Dockerfile:1")
    }
}
