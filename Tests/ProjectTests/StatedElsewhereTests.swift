import Diagnostics
import Repository
import Testing

@testable import Project

/// Statements of public repositories that stand in files of other names, in other places or in other words than most.
@Suite struct StatedElsewhereTests {
    private func stated(_ files: [String: String]) async throws -> [String] {
        var all = [
            "Dockerfile": "ARG A\nFROM a\n", "api/Dockerfile": "FROM a\n", "web/Dockerfile": "FROM a\n",
        ]
        all.merge(files) { $1 }
        let project = try await Project.load(
            from: Snapshot(holding: all.mapValues { Array($0.utf8) }), options: LoadOptions())
        return project.builds.filter { !$0.statedBy.isEmpty }.map { summary($0) }
            + (project.notes + project.untold).map { "note " + summary($0) }
    }

    private func expect(
        _ files: [String: String], _ lines: [String], at place: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await stated(files)
        #expect(found == lines, sourceLocation: place)
    }

    @Test func kamal() async throws {
        try await expect(
            [
                "config/deploy.yml": """
                service: s
                image: me/s
                servers: [a]
                builder: {arch: amd64, dockerfile: web/Dockerfile, args: {A: 1}}
                """,
                "config/deploy.staging.yml": "servers: [b]\n",
            ], ["me/s: web/Dockerfile @. A=1 linux/amd64 <- script config/deploy.yml:4"])
    }

    @Test func gitpod() async throws {
        try await expect(
            [".gitpod.yml": "image:\n  file: api/Dockerfile\n"],
            ["api/Dockerfile: api/Dockerfile @api <- script .gitpod.yml:2"])
    }

    @Test func whatIsIncludedFromElsewhereIsTold() async throws {
        try await expect(
            [
                ".goreleaser.yml": "includes:\n  - from_url: {url: a/b/x.yaml}\n",
                ".github/workflows/a.yml": """
                on: push
                jobs:
                  image:
                    uses: o/r/.github/workflows/docker.yml@v1
                  test:
                    uses: o/r/.github/workflows/test.yml@v1
                """,
            ],
            [
                "note .github/workflows/a.yml:4: calls o/r/.github/workflows/docker.yml@v1 of another repository, which is "
                    + "not read; it may build images",
                "note .goreleaser.yml:2: includes a/b/x.yaml, which is not read; it may state builds",
            ])
    }

    @Test func tiltfileOfAnotherFolder() async throws {
        try await expect(
            ["Tiltfile": "docker_build('x', '../api', dockerfile='../api/Dockerfile.dev')\n"],
            ["note Tiltfile:1: builds ../api/Dockerfile.dev, which is not a file of this repository"])
    }

    @Test func namesAndFoldersOfPipelines() async throws {
        try await expect(
            [
                "azure-pipelines/api.yml": "steps:\n- script: docker build api\n",
                "buildspecs/image.yml": "version: 0.2\nphases: {build: {commands: [docker build web]}}\n",
                ".github/workflows/dockerfile.yaml": """
                on: push
                jobs: {a: {runs-on: x, steps: [{run: docker build .}]}}
                """,
            ],
            [
                "Dockerfile: Dockerfile @. <- workflow .github/workflows/dockerfile.yaml:2",
                "api/Dockerfile: api/Dockerfile @api <- script azure-pipelines/api.yml:2",
                "web/Dockerfile: web/Dockerfile @web <- script buildspecs/image.yml:2",
            ])
    }

    @Test func cloudBuildOfAFolder() async throws {
        try await expect(
            [
                "svc/own.Dockerfile": "FROM a\n",
                "svc/cloudbuild.yaml": """
                steps:
                - name: gcr.io/cloud-builders/docker
                  args: [build, -f, own.Dockerfile, .]
                """,
            ], ["svc/own.Dockerfile: svc/own.Dockerfile @svc <- script svc/cloudbuild.yaml:3"])
    }

    @Test func makeForeach() async throws {
        try await expect(
            [
                "Makefile": """
                APPS = api web
                images:
                \t$(foreach a,$(APPS),docker build -t $a $a;)
                """
            ],
            [
                "api: api/Dockerfile @api <- script Makefile:3",
                "web: web/Dockerfile @web <- script Makefile:3",
            ])
    }

    @Test func rakeWords() async throws {
        try await expect(
            ["Rakefile": "sh 'docker', 'build', '-t', 'x', 'api'\nsh(*docker_build_cmd, 'web')\n"],
            [
                "x: api/Dockerfile @api <- script Rakefile:1",
                "note Rakefile:2: makes a command of a text that names a builder of images; it is not read",
            ])
    }

    @Test func gitLabTemplatesAndPatterns() async throws {
        try await expect(
            [
                ".gitlab-ci.yml": """
                include: {local: /ci/*.yml}
                .hidden: {script: [docker build .]}
                """,
                "ci/a.yml": "a: {script: [docker build api]}\n",
                "ci/deep/b.yml": "b: {script: [docker build web]}\n",
            ], ["api/Dockerfile: api/Dockerfile @api <- script ci/a.yml:1"])
    }

    @Test func tektonArguments() async throws {
        try await expect(
            [
                ".tekton/x.yaml": """
                apiVersion: tekton.dev/v1
                kind: Pipeline
                spec:
                  tasks:
                    - taskRef: {name: buildah}
                      params:
                        - {name: CONTEXT, value: api}
                        - {name: BUILD_EXTRA_ARGS, value: "--build-arg A=1 --target t"}
                """
            ], ["Dockerfile: Dockerfile @api target=t A=1 <- script .tekton/x.yaml:5"])
    }

    @Test func skaffoldFlags() async throws {
        try await expect(
            [
                "skaffold.yaml": """
                apiVersion: skaffold/v4
                build:
                  artifacts:
                    - image: x
                      docker: {buildArgs: {A: b}, cliFlags: ["--target=t", "--no-cache"]}
                """
            ], ["x: Dockerfile @. target=t A=b no-cache <- script skaffold.yaml:4"])
    }

    @Test func composeFilesOfDirenv() async throws {
        try await expect(
            [
                ".envrc": "export COMPOSE_FILE=a.yml\n", "a.yml": "services: {a: {build: api}}\n",
                "compose.yaml": "\u{FEFF}services:\n  b: {build: web}\n",
            ],
            [
                "a: api/Dockerfile @api <- compose a.yml:1",
                "b: web/Dockerfile @web <- compose compose.yaml:2",
            ])
    }

    @Test func composeFilesOfOtherNames() async throws {
        try await expect(
            [
                "api/unit_api.yaml": "version: '3'\nservices:\n  t:\n    build: .\n",
                "api/values.yaml": "services: {}\nx: {}\n",
                "local-compose.yml": "services: {w: {build: web}}\n",
            ],
            [
                "t: api/Dockerfile @api <- compose api/unit_api.yaml:4",
                "w: web/Dockerfile @web <- compose local-compose.yml:1",
            ])
    }

    @Test func aNameThatALegLacks() async throws {
        try await expect(
            [
                ".github/workflows/a.yml": """
                on: push
                jobs:
                  a:
                    strategy: {matrix: {include: [{f: web/Dockerfile}]}}
                    steps:
                      - uses: docker/build-push-action@v6
                        with: {file: "${{ matrix.f }}", context: "${{ matrix.context }}"}
                """
            ], ["web/Dockerfile: web/Dockerfile @. <- workflow .github/workflows/a.yml:6"])
    }

    @Test func whatIsNotToldIsListedWhereAllElseIs() async throws {
        try await expect(
            ["build.sh": "docker build .\ndocker build api\ndocker build web\ndocker build \"$1\"\n"],
            [
                "Dockerfile: Dockerfile @. <- script build.sh:1",
                "api/Dockerfile: api/Dockerfile @api <- script build.sh:2",
                "web/Dockerfile: web/Dockerfile @web <- script build.sh:3",
                "note build.sh:4: how this is run decides which Dockerfile is built: \"$1\"",
            ])
    }
}
