import Foundation
import TestSupport
import Testing

@testable import Project

/// The options of the builds of a tree, one line each: `path name=value [the bytes that are marked] how it changes`.
private func options(_ files: KeyValuePairs<String, String>) async throws -> [String] {
    let folder = try tree(files)
    let project = try await Project.load([folder.path])
    return project.buildStatements.flatMap { statement in
        statement.options.map { option in
            let bytes = files.first { $0.key == option.path }.map { Array($0.value.utf8) } ?? []
            let place = String(decoding: bytes[option.bytes], as: UTF8.self)
            return "\(option.path) \(option.name)=\(option.value ?? "?") [\(place)]"
                + (option.change.map { " \($0)" } ?? "")
        }
    }
}

@Suite struct BuildStatementTests {
    @Test func workflow() async throws {
        let text = """
            on: push
            jobs:
              a:
                runs-on: ubuntu-24.04
                strategy:
                  matrix:
                    scope: [é, b]
                steps:
                  - uses: docker/build-push-action@v6
                    with:
                      cache-to: "type=gha,scope=${{ matrix.scope }}"
                      build-args: |
                        A=1

                        # none
                        SHA=${{ github.sha }}
            """
        let expected = ["é", "b"].flatMap { leg in
            [
                ".github/workflows/w.yml cache-to=type=gha,scope=\(leg) [cache-to: \"type=gha,scope=${{ matrix.scope }}\"]",
                ".github/workflows/w.yml build-arg=A=1 [A=1]",
                ".github/workflows/w.yml build-arg=? [SHA=${{ github.sha }}] everyCommit",
            ]
        }
        #expect(try await options([".github/workflows/w.yml": text, "Dockerfile": "FROM a\n"]) == expected)
    }

    @Test func scripts() async throws {
        let script =
            "now=$(date +%s)\ndocker build --no-cache --build-arg=NOW=$now --cache-to type=inline -t a .\n"
        let makefile =
            "REV := $(shell git rev-parse HEAD)\nimage:\n\tdocker build --build-arg \"REV=$(REV)\" .\n"
        #expect(
            try await options(["Makefile": makefile, "b.sh": script, "Dockerfile": "FROM a\n"]) == [
                "Makefile build-arg=? [--build-arg \"REV=$(REV)\"] everyCommit",
                "b.sh no-cache=true [--no-cache]", "b.sh build-arg=? [--build-arg=NOW=$now] everyBuild",
                "b.sh cache-to=type=inline [--cache-to type=inline]", "b.sh tag=a [-t a]",
            ])
    }

    @Test func composeFilesThatExtendEachOther() async throws {
        let base = "services:\n  base:\n    build:\n      context: .\n      no_cache: true\n"
        let compose =
            "services:\n  a:\n    extends: {file: base.yaml, service: base}\n    build:\n      cache_from: [x]\n"
        #expect(
            try await options(["base.yaml": base, "compose.yaml": compose, "Dockerfile": "FROM a\n"]) == [
                "compose.yaml cache-from=x [cache_from]", "base.yaml no-cache=true [no_cache]",
            ])
    }

    @Test func whatMayBeHidden() async throws {
        let folder = try tree([
            "b.sh": "docker build $OPTIONS .\ndocker build $FOLDER\n", "Dockerfile": "FROM a\n",
        ])
        let project = try await Project.load([folder.path])
        #expect(project.buildStatements.map(\.mayHaveMore) == [true, false])
    }

    @Test func commandsByRecipe() async throws {
        let folder = try tree([
            "Makefile": "a:\n\tdocker build .\n\tdocker builder prune -f\nb:\n\tdocker system prune $(X)\n",
            "Dockerfile": "FROM a\n",
        ])
        let project = try await Project.load([folder.path])
        #expect(
            project.commands.map(\.words) == [
                ["docker", "builder", "prune", "-f"], ["docker", "system", "prune", nil],
            ])
        #expect(project.commands[0].unit == project.buildStatements[0].unit)
        #expect(project.commands[1].unit != project.buildStatements[0].unit)
    }

    /// Services, files and folders decide whom the arguments of a command reach.
    @Test func argumentsForCompose() async throws {
        let found = try await options([
            "Dockerfile": "FROM a\n",
            "compose.yaml": "services:\n  a:\n    build: .\n  b:\n    build: {context: ., args: [B=1]}\n",
            "ci/compose.yaml": "services:\n  a:\n    build: ..\n",
            "up.sh": """
            docker compose build --build-arg ALL=$(date)
            docker compose -p x build --pull --build-arg=A=1 --build-arg T=$(date) a
            docker-compose -f ci/compose.yaml build --build-arg CI=$UNKNOWN
            docker compose build --build-arg LOST=1 $SERVICE
            docker compose --project-directory ci build --build-arg LOST=2
            docker compose up --build
            """,
        ])
        #expect(
            found == [
                "up.sh build-arg=? [--build-arg ALL=$(date)] everyBuild",
                "up.sh build-arg=A=1 [--build-arg=A=1]",
                "up.sh build-arg=? [--build-arg T=$(date)] everyBuild",
                "compose.yaml build-arg=B=1 [args]", "up.sh build-arg=? [--build-arg ALL=$(date)] everyBuild",
                "up.sh build-arg=? [--build-arg CI=$UNKNOWN]",
            ])
    }

    /// Commands times services: what is passed has a limit.
    @Test func hugeArgumentsForCompose() async throws {
        let services = (0..<300).map { "  s\($0):\n    build: {context: ., target: t\($0)}\n" }.joined()
        let folder = try tree([
            "Dockerfile": "FROM a\n", "compose.yaml": "services:\n" + services,
            "up.sh": (0..<900).map { "docker compose build --build-arg A\($0)=1\n" }.joined(),
            "z.sh": (0..<900).map { "docker compose build --build-arg A\($0)=1 s0\n" }.joined(),
        ])
        let project = try await Project.load([folder.path])
        let passed = project.buildStatements.map { $0.options.count }.reduce(0, +)
        let whole = 50_000 / 300 * 300
        #expect(passed == whole)
        #expect(project.notes.contains { $0.message.hasPrefix("passes more arguments") })
    }

    /// Matrices multiply: what is kept of a workflow has a limit, and beyond it nothing is taken for known.
    @Test func optionsOfHugeMatrices() async throws {
        let axis = (0..<16).map(String.init).joined(separator: ", ")
        let lines = (0..<400).map { "            A\($0)=${{ matrix.x }}-${{ matrix.y }}\n" }.joined()
        let text =
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    strategy:\n      matrix:\n        x: [\(axis)]\n"
            + "        y: [\(axis)]\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n"
            + "          build-args: |\n" + lines
        let folder = try tree([".github/workflows/w.yml": text, "Dockerfile": "FROM a\n"])
        let project = try await Project.load([folder.path])
        #expect(project.buildStatements.count == 256)
        #expect(project.buildStatements.filter(\.mayHaveMore).count == 256 - 50_000 / 400)
        #expect(project.buildStatements.allSatisfy { $0.mayHaveMore == $0.options.isEmpty })
    }
}

@Suite struct VolatileValueTests {
    @Test(arguments: [
        ("$(date)", VolatileValue.everyBuild), ("`date -u +%FT%TZ`", .everyBuild),
        ("$(date +%s)", .everyBuild),
        ("$(shell date -u)", .everyBuild), ("${{ github.run_id }}", .everyBuild),
        ("$CI_PIPELINE_ID", .everyBuild),
        ("$RANDOM", .everyBuild), ("x-${{ github.sha }}", .everyCommit),
        ("${CI_COMMIT_SHORT_SHA}", .everyCommit),
        ("$(git rev-parse --short HEAD)", .everyCommit), ("$(git describe --tags)", .everyCommit),
        ("$CIRCLE_BUILD_NUM", .everyBuild), ("${CIRCLE_SHA1}", .everyCommit),
        ("${GIT_SHA:-dev}", .everyCommit),
        ("${timestamp()}", .everyBuild), ("$(Get-Date)", .everyBuild),
        ("`git log -1 --format=%H`", .everyCommit), ("$(date +%s)-${{ github.sha }}", .everyBuild),
    ]) func changes(_ text: String, _ change: VolatileValue) {
        #expect(VolatileValue(text) == change)
    }

    @Test(arguments: [
        "", "date", "1.2", "$VERSION", "$(cat VERSION)", "${{ inputs.sha }}", "${{ github.ref_name }}",
        "$(date +%F)", "timestamp()", "${formatdate(\"YYYY-MM-DD\", timestamp())}",
        "$(Get-Date -Format yyyyMMdd)",
        "$(date -u +%Y-%m-%d)", "$(dateutil)", "$(git rev-parse --abbrev-ref HEAD)",
        "$(git rev-parse --show-toplevel)",
        "github.sha", "$(git config user.name)", String(repeating: "$RANDOM ", count: 1000),
    ]) func staysOrCannotBeTold(_ text: String) {
        #expect(VolatileValue(text) == nil)
    }
}

@Suite struct PipelineRunnerTests {
    @Test(arguments: ["ubuntu-latest", "ubuntu-24.04", "Ubuntu-22.04", "windows-2025", "macos-15"])
    func hosted(_ label: String) { #expect(Pipeline.Runner(labels: [label]) == .hosted(isARM: false)) }

    @Test(arguments: [
        ["self-hosted"], ["self-hosted", "linux"], ["ubuntu-24.04-16core"], ["depot-ubuntu-24.04"],
        ["blacksmith-4vcpu-ubuntu-2404"], ["ubuntu-"], ["ubuntu"], ["ubuntu-big"], [nil], [],
    ])
    func unknown(_ labels: [String?]) { #expect(Pipeline.Runner(labels: labels) == .unknown) }

    @Test func arm() { #expect(Pipeline.Runner(labels: ["ubuntu-24.04-arm"]) == .hosted(isARM: true)) }
}

@Suite struct FileKindTests {
    /// What git lists and what is found in folders are the same files.
    @Test(arguments: [
        ".github/workflows/ci.yml", ".circleci/config.yml", ".gitlab-ci.yml", "a/compose.yaml",
        "a/Dockerfile.dev",
        ".drone.yml", ".woodpecker/a.yml", ".buildkite/pipeline.yml", "azure-pipelines.yml", "Jenkinsfile",
        ".tekton/a.yaml",
        "Makefile", "a/build.sh", "scripts/build", "a/action.yml", "docker-bake.hcl",
    ])
    func byPathAsByName(_ path: String) {
        let parts = path.split(separator: "/")
        let folder = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/")
        let byName = Array(parts.last!.utf8).withUnsafeBufferPointer { FileKind(name: $0, in: folder) }
        #expect(byName != nil)
        #expect(Array(path.utf8).withUnsafeBufferPointer { FileKind(path: $0) } == byName)
    }
}
