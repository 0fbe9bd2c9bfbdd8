import TestSupport
import Testing

@testable import Project

/// A build is stated by whatever runs the builder, as far as the words tell.
@Suite struct BuilderCallTests {
    private func project(_ script: String, _ more: [String: String] = [:]) async throws -> Project {
        let folder = try ScratchFolder()
        try folder.write("#!/bin/sh\n\(script)\n", to: "b.sh")
        try folder.write("FROM a\n", to: "Dockerfile")
        for (path, text) in more { try folder.write(text, to: path) }
        return try await Project.load([folder.path])
    }

    @Test(arguments: [
        "\"$DOCKER\" build -t x .", "${DOCKER:-docker} build -t x .", "$CONTAINER_ENGINE build -t x .",
        "DOCKER='sudo docker'; $DOCKER build -t x .", "CMD='docker build -t x .'; $CMD",
        "eval \"docker build $OPTIONS -t x .\"", "retry 3 docker build -t x .", "$SUDO docker build -t x .",
        "time -p docker build -t x .", "timeout 60 docker build -t x .", "nice -n 5 docker build -t x .",
        "command docker build -t x .", "sudo -E env A=1 docker build -t x .",
        "ls | xargs --replace docker build -t x .", "ls | xargs docker build -t x .",
        "parallel 'docker build -t x .' ::: a", "watch -n 9 docker build -t x .",
        "options='-t x'; docker build $options .",
    ])
    func isStated(_ script: String) async throws {
        let project = try await project(script)
        #expect(project.builds.map(\.name) == ["x"])
        #expect(project.builds.first?.statedBy.map(\.line) == [2])
    }

    @Test(arguments: [
        "echo docker build -t x .", "die 'docker build failed'", "log docker build -t x .",
        "git commit -m 'docker build -t x .'", "$GO build -t x .", "which docker build",
        "docker run x docker build .",
    ])
    func isNotStated(_ script: String) async throws {
        #expect(try await project(script).builds.flatMap(\.statedBy).isEmpty)
    }

    /// The Dockerfile comes from another program's output: nothing of the build is known, and a note says so.
    @Test(arguments: [
        "find . -name Dockerfile -exec docker build -f {} . \\;", "ls | xargs docker build -f",
        "ls | xargs -I% docker build -t x %", "ls | xargs docker build", "parallel docker build {} ::: a b",
        "find . -exec sh -c 'docker build \"$1\"' _ {} \\;", "ls | xargs -I{} sh -c 'docker build {}'",
    ])
    func isUnknown(_ script: String) async throws {
        let project = try await project(script)
        #expect(project.builds.flatMap(\.statedBy).isEmpty)
        #expect(project.notes.contains { $0.path == "b.sh" && $0.line == 2 }, "\(project.notes)")
    }

    @Test func argumentsOfTheInput() async throws {
        let build = try #require(try await project("ls | xargs docker build -t x .").builds.first)
        #expect(build.otherArguments == .any)
        #expect(build.openStatement?.line == 2)
        let switched = try #require(try await project("docker build --no-cache=$N -t x .").builds.first)
        #expect(!switched.noCache && switched.openStatement != nil)
    }

    /// It cannot be told whether the build uses its cache.
    @Test(arguments: [
        "docker build ${CI:+--no-cache} -t x .", "docker build --no-cache=$N -t x .",
        "N=\n[ \"$CI\" ] && N=--no-cache\ndocker build $N -t x .",
    ])
    func mayIgnoreTheCache(_ script: String) async throws {
        let build = try #require(try await project(script).builds.first)
        #expect(!build.noCache && build.ignoresCache)
    }

    @Test func loops() async throws {
        let folders = ["v/Dockerfile": "FROM a\n", "w/Dockerfile": "FROM a\n"]
        let some = try await project(
            "for d in v w; do\n  docker build --no-cache -t \"i-$d\" -f $d/Dockerfile $d\ndone", folders)
        #expect(some.builds.filter(\.noCache).map(\.name) == ["i-v", "i-w"])
        let untold = try await project("for d in *; do docker build -t $d $d; done", folders)
        #expect(untold.builds.flatMap(\.statedBy).isEmpty)
    }

    /// Loops multiply commands: what is told of them has a limit, and beyond it nothing is taken for known.
    @Test func hugeLoops() async throws {
        let items = (0..<32).map { "d\($0)" }.joined(separator: " ")
        let commands = (0..<200).map { "docker build --build-arg A=\($0) -t $d -f Dockerfile $d\n" }.joined()
        let some = try await project("for d in \(items); do\n\(commands)done")
        let told = some.buildStatements.filter { $0.name != nil }
        #expect(told.count == 1000 / 32 * 32)
        #expect(some.buildStatements.count == told.count + 200 - 1000 / 32)
    }

    @Test func inputAndOtherFolders() async throws {
        let script = "docker build --no-cache -t x -f - . < w/Other"
        let some = try await project(script, ["w/Other": "FROM a\n"])
        #expect(some.builds.filter(\.noCache).map(\.dockerfile) == ["w/Other"])
        let other = try await project("find w -execdir docker build -t x . \\;")
        #expect(other.builds.flatMap(\.statedBy).isEmpty)
        #expect(other.notes.contains { $0.line == 2 && $0.isUnexamined })
    }

    @Test func batchFiles() async throws {
        let text =
            "@echo off\r\nREM docker build -t rem .\r\n@docker build ^\r\n  --build-arg A=%A% -t x .\r\n"
        let build = try #require(try await project("true", ["b.bat": text]).builds.first)
        #expect(build.name == "x" && build.args["A"] == .some(nil))
    }

    @Test func severalOptionsInAVariable() async throws {
        let build = try #require(
            try await project("o='--no-cache --build-arg A=1'; docker build $o -t x .").builds.first)
        #expect(build.noCache && build.args["A"] == "1")
    }

    @Test func whatTheEnvironmentDecides() async throws {
        func build(_ script: String) async throws -> Build {
            try #require(try await project(script).builds.first)
        }
        #expect(
            try await build("DOCKER_DEFAULT_PLATFORM=linux/arm64 docker build .").platforms == ["linux/arm64"]
        )
        #expect(
            try await build("export DOCKER_DEFAULT_PLATFORM=linux/arm64\ndocker build .").platforms
                == ["linux/arm64"])
        #expect(try await build("DOCKER_DEFAULT_PLATFORM=linux/arm64\ndocker build .").platforms.isEmpty)
        #expect(
            try await build("export DOCKER_DEFAULT_PLATFORM=a\ndocker build --platform linux/386 .").platforms
                == ["linux/386"])
        #expect(
            try await build("export DOCKER_DEFAULT_PLATFORM=$P\ndocker build .").unknownOptions == [
                "platform"
            ])
        let epoch = try await build("SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) docker build .")
        #expect(epoch.args["SOURCE_DATE_EPOCH"] == .some(nil))
        #expect(epoch.changes["SOURCE_DATE_EPOCH"] == .everyCommit)
        let compose = "services: {web: {build: .}}\n"
        let stated = try await project(
            "true", ["compose.yaml": compose, ".env": "DOCKER_DEFAULT_PLATFORM=linux/386"])
        #expect(stated.builds.map(\.platforms) == [["linux/386"]])
    }

    @Test(arguments: ["build", "bin/x", "scripts/docker-build", "deploy/x", "push-images"])
    func scriptsWithoutASuffix(_ path: String) async throws {
        let project = try await project(
            "true",
            [path: "#!/usr/bin/env bash\ncd \"$(git rev-parse --show-toplevel)\"\ndocker build -t x .\n"])
        #expect(project.builds.map(\.statedBy) == [[Statement(kind: .script, path: path, line: 3)]])
    }

    @Test func whatIsNoScript() async throws {
        let project = try await project(
            "true", ["build": "docker build -t x .\n", "BUILD": "#!/bin/sh\ndocker build -t x .\n"])
        #expect(project.builds.flatMap(\.statedBy).isEmpty)
    }
}

@Suite struct MakefileTests {
    private func project(_ makefile: String) async throws -> Project {
        let folder = try tree(["Makefile": makefile, "Dockerfile": "FROM a\n"])
        return try await Project.load([folder.path])
    }

    /// What a branch sets may be so or not.
    @Test func branches() async throws {
        let text = "ifdef CI\nF = --no-cache\nelse\nF =\nendif\nimage:\n\tdocker build $(F) -t x .\n"
        let build = try #require(try await project(text).builds.first)
        #expect(!build.noCache && build.openStatement?.line == 7)
        let tag = "ifndef T\nT = x\nendif\nimage:\n\tdocker build -t $(T) .\n"
        #expect(try await project(tag).builds.map(\.name) == ["x"])
    }

    @Test(arguments: [
        "image: ; docker build -t x .\n", "define d\ndocker build -t x .\nendef\nimage:\n\t$(d)\n",
        ".RECIPEPREFIX = >\nimage:\n>docker build -t x .\n", "image:\n\t$(DOCKER) build -t x .\n",
        "B = docker build\nimage:\n\t@$(B) -t x .\n", "image:\n\t$(SUDO) docker build -t x .\n",
    ])
    func recipes(_ text: String) async throws {
        #expect(try await project(text).builds.map(\.name) == ["x"])
    }

    @Test func exportedVariables() async throws {
        let text = "export DOCKER_DEFAULT_PLATFORM := linux/arm64\nimage:\n\tdocker build -t x .\n"
        #expect(try await project(text).builds.first?.platforms == ["linux/arm64"])
        #expect(try await project(String(text.dropFirst(7))).builds.first?.platforms == [])
        let unknown = "export DOCKER_DEFAULT_PLATFORM ?= linux/$(A)\nimage:\n\tdocker build -t x .\n"
        #expect(try await project(unknown).builds.first?.unknownOptions == ["platform"])
    }

    /// Nothing says that a recipe which is not read to its end builds nothing.
    @Test(arguments: [
        "image:\n\ttrue \(String(repeating: "a", count: 70_000)) && docker build -t x .\n",
        "A = \(String(repeating: "a", count: 70_000))\nimage:\n\techo $(A) && docker build -t x .\n",
    ])
    func longLines(_ text: String) async throws {
        let project = try await project(text)
        let notes = project.notes.filter { $0.path == "Makefile" && $0.isUnexamined }
        #expect(notes.map(\.message).contains { $0.contains("not read to its end") }, "\(project.notes)")
        #expect(project.unread == ["Makefile"])
    }
}
