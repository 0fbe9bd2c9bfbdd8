import Project
import TestSupport
import Testing

/// Values that nobody thinks of, in every place of files that are valid else. A reader that traps ends the tests.
@Suite struct EdgeValueTests {
    /// `§x§` is a place, with the value that the others have meanwhile.
    private static let files: [(path: String, text: String)] = [
        (
            "compose.yaml",
            """
            include: [{path: §x.yaml§, project_directory: §.§}]
            services:
              §a§:
                image: §r/i:1§
                platform: §linux/amd64§
                profiles: [§p§]
                extends: {file: §compose.yaml§, service: §b§}
                build:
                  context: §.§
                  dockerfile: §Dockerfile§
                  target: §t§
                  args: {§A§: §1§}
                  additional_contexts: [§n=.§]
                  platforms: [§linux/arm64§]
                  cache_from: [§type=gha§]
                  cache_to: §[x]§
                  no_cache: §true§
              b: §{build: .}§
            """
        ),
        (
            "docker-bake.json",
            """
            {"variable": {"V": {"default": §"x"§}}, "group": {"g": {"targets": [§"a"§]}},
             "target": {"a": {"inherits": [§"b"§], "context": §"."§, "dockerfile": §"Dockerfile"§, "target": §"t"§,
              "args": {"A": §"${V}"§}, "contexts": {"n": §"."§}, "platforms": [§"linux/amd64"§],
              "cache-from": [§{"type": "gha"}§], "cache-to": §["x"]§, "tags": [§"r/i:1"§], "no-cache": §true§},
              "b": §{}§}}
            """
        ),
        (
            ".github/workflows/ci.yml",
            """
            on: §push§
            env: {X: §1§}
            defaults: {run: {working-directory: §.§}}
            jobs:
              §j§:
                runs-on: §ubuntu-latest§
                strategy: {matrix: {§v§: [§1§], include: [§{v: 2}§], exclude: [§{v: 1}§]}}
                env: §{Y: 1}§
                steps:
                - uses: §docker/build-push-action@v6§
                  with: {context: §.§, file: §Dockerfile§, tags: §r/i:1§, build-args: §A=1§, platforms: §linux/amd64§,
                    build-contexts: §n=.§, cache-from: §type=gha§, no-cache: §true§, target: §t§}
                - uses: docker/bake-action@v6
                  with: {workdir: §.§, files: §docker-bake.json§}
                - run: §docker build .§
                  working-directory: §.§
                  shell: §bash§
            """
        ),
        (
            "action.yml",
            """
            # docker
            runs: {using: §docker§, image: §Dockerfile§, steps: §[]§}
            """
        ),
        (
            ".gitlab-ci.yml",
            """
            image: §docker:27§
            services: [§docker:dind§]
            variables: {V: §x§}
            default: {image: §a§}
            j:
              extends: §.b§
              variables: §{V: {value: y}}§
              before_script: §docker login§
              script: [§docker build -t $V .§]
            """
        ),
        (
            ".circleci/config.yml",
            """
            executors: {e: {machine: §true§, resource_class: §large§}}
            commands: {c: {steps: [§checkout§]}}
            jobs:
              j:
                executor: §e§
                resource_class: §large§
                environment: {E: §x§}
                working_directory: §~/p§
                steps:
                - setup_remote_docker: {docker_layer_caching: §true§}
                - when: §{steps: [checkout]}§
                - run: {command: §docker build -t $E .§, working_directory: §.§, environment: §{}§}
            """
        ),
        (
            "Taskfile.yml",
            """
            vars: {V: §x§}
            tasks:
              §t§:
                dir: §.§
                vars: §{W: y}§
                cmds: [{cmd: §"docker build -t {{.V}} ."§}]
            """
        ),
        ("Makefile", "§T§ §:=§ §x§\nall:\n\tdocker build -t §$(T)§ -f §Dockerfile§ §.§\n"),
        ("justfile", "t := §'x'§\na:\n  docker build -t §{{t}}§ §.§\n"),
        (
            "b.sh",
            "#!/bin/sh\nT=§x§\ncd §.§\n"
                + "docker §build§ -t §\"$T\"§ -t§x§ --tag=§x§ -f §Dockerfile§ --target §t§ --build-arg §A=1§"
                + " --platform §linux/amd64§ --build-context §n=.§ --cache-from §type=gha§ --label §l§ §.§\n"
                + "docker compose -f §compose.yaml§ build --build-arg §A=1§ §a§\n"
        ),
        ("b.ps1", "docker build -t §x§ -f §Dockerfile§ §.§ `\n  --build-arg §A=1§\n"),
    ]

    private static let values = [
        "", "\"\"", "''", "\"@\"", "@", ":", "=", "\"=\"", "\"/\"", "\":\"", "..", "-", "--", "$", "\"$\"",
        "${}", "${{ }}",
        "${{", "1180591620717411303424", "-9223372036854775808", "null", "~", "[[[]]]", "{}", "[\"\"]",
        "\"\\L\\L\\L\\L\"",
        "\"${T:-}\"", "$(", "\\", "*a", "!x", "\"\\u0000\"", "1e400",
    ]

    @Test(arguments: files.indices)
    func everyValueInEveryPlace(_ index: Int) async throws {
        let (path, text) = Self.files[index]
        let parts = text.split(separator: "§", omittingEmptySubsequences: false)
        let folder = try tree(["Dockerfile": "FROM a\n"])
        for place in stride(from: 1, to: parts.count, by: 2) {
            for value in Self.values {
                var parts = parts
                parts[place] = value[...]
                try folder.write(parts.joined(), to: path)
                let project = try await Project.load([folder.path])
                #expect(project.dockerfiles["Dockerfile"] != nil)
            }
        }
        // All of it is read where nothing is odd.
        try folder.write(parts.joined(), to: path)
        let project = try await Project.load([folder.path])
        #expect(project.builds.first?.statedBy.isEmpty == false, "\(project.notes)")
    }

    @Test(arguments: ["\"\"", "@", "\"${TAG:-}\"", "\"$TAG\"", "@sha256:0", ":", "/"])
    func aReferenceWithoutAName(_ reference: String) async throws {
        let folder = try tree([
            "Dockerfile": "FROM a\n", "a.sh": "TAG=\ndocker build -t \(reference) .\n",
            "Makefile": "TAG =\nall:\n\tdocker build -t \"$(TAG)\" .\n",
            ".gitlab-ci.yml":
                "j:\n  variables: {TAG: ''}\n  script:\n  - >-\n   docker build -t \(reference) .\n",
            ".github/workflows/a.yml":
                "jobs:\n  a:\n    steps:\n    - env: {TAG: ''}\n      run: |\n       docker build -t \(reference) .\n",
        ])
        let project = try await Project.load([folder.path])
        #expect(project.buildStatements.count == 4)
        #expect(Set(project.buildStatements.map(\.name)).isSubset(of: [nil, "/"]))
    }

    /// `\L` stands for three bytes, so that the value goes on behind the end of its file.
    @Test func aValueLongerThanItsText() async throws {
        let folder = try tree([
            "Dockerfile": "FROM a\n",
            ".github/workflows/a.yml": """
            jobs:
              a:
                steps:
                - uses: docker/build-push-action@v6
                  with:
                    context: .
                    build-args: "A=\(String(repeating: "\\L", count: 100))\\nB=1\\nC=2"
            """,
        ])
        let project = try await Project.load([folder.path])
        #expect(project.builds.first?.args.keys.sorted() == ["A", "B", "C"])
    }
}
