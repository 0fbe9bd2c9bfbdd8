import Diagnostics
import Foundation
import Project
import TestSupport
import Testing

/// The builds of a tree, one line each (see `summary`), and what was noted.
private func builds(
    _ files: KeyValuePairs<String, String>, options: LoadOptions = LoadOptions()
) async throws -> [String] {
    let folder = try tree(files)
    let project = try await Project.load([folder.path], options: options)
    return project.builds.map { summary($0) } + project.notes.map { "note " + summary($0) }
}

private let from = "FROM a\n"

/// By a function, so that a failure shows both sides.
private func expectLines(_ found: [String], _ expected: [String], at place: SourceLocation = #_sourceLocation)
{
    #expect(found == expected, sourceLocation: place)
}

@Suite struct InferredContextTests {
    @Test func nearestFolderThatHoldsTheSources() async throws {
        expectLines(
            try await builds([
                "go.mod": "", "web/package.json": "",
                "web/docker/Dockerfile": "FROM a\nCOPY package.json .\n",
                "docker/api/Dockerfile": "FROM a\nCOPY go.mod missing ./\n",
                "x/Dockerfile": "FROM a\nRUN x\n",
                "y/Dockerfile":
                    "FROM a\nCOPY --from=b /q /q\nCOPY $X /\nADD https://x.y/z /\nCOPY nothing /\n",
                "z/Dockerfile": "FROM a\nRUN --mount=type=bind,source=go.mod,target=go.mod x\n",
                "only/Dockerfile": "FROM a\nCOPY . .\n", "full/Dockerfile": "FROM a\nCOPY . .\n",
                "full/main.c": "",
                "glob/deep/Dockerfile": "FROM a\nCOPY *.lock ./\n", "glob/a.lock": "",
                "far/off/deep/Dockerfile": "FROM a\nCOPY *.mod ./\n",
                "js/pnpm-lock.yaml": "", "js/member/package.json": "", "js/alone/package.json": "",
                "js/alone/yarn.lock": "", "js/member/Dockerfile": "FROM a\nCOPY . .\n",
                "js/alone/Dockerfile": "FROM a\nCOPY . .\n",
                "apps/web/package.json": "", "package.json": "",
                "apps/web/Dockerfile":
                    "FROM a AS b\nWORKDIR /app\nCOPY package.json ./\nCOPY . .\nFROM c\n"
                    + "COPY --from=b /app/apps/web/package.json /app/apps/web/build ./\n",
                "apps/api/main.c": "",
                "apps/api/Dockerfile": "FROM a\nWORKDIR /src\nCOPY . .\nWORKDIR apps/api\nRUN x\n",
            ]),
            [
                "apps/api/Dockerfile: apps/api/Dockerfile @.", "apps/web/Dockerfile: apps/web/Dockerfile @.",
                "docker/api/Dockerfile: docker/api/Dockerfile @.",
                "far/off/deep/Dockerfile: far/off/deep/Dockerfile @?",
                "full/Dockerfile: full/Dockerfile @full",
                "glob/deep/Dockerfile: glob/deep/Dockerfile @glob",
                "js/alone/Dockerfile: js/alone/Dockerfile @js/alone",
                "js/member/Dockerfile: js/member/Dockerfile @?", "only/Dockerfile: only/Dockerfile @?",
                "web/docker/Dockerfile: web/docker/Dockerfile @web", "x/Dockerfile: x/Dockerfile @x",
                "y/Dockerfile: y/Dockerfile @y", "z/Dockerfile: z/Dockerfile @.",
            ])
    }
}

@Suite struct ComposeTests {
    @Test func allFields() async throws {
        expectLines(
            try await builds([
                "api/Dockerfile": from, "api/Dockerfile.dev": from, "Dockerfile": from,
                "compose.yaml": """
                x-args: &args
                  A: "1"
                  B:
                services:
                  short:
                    build: ./api
                  long:
                    build:
                      context: api
                      dockerfile: Dockerfile.dev
                      target: dev
                      args: *args
                      platforms: [linux/amd64, linux/arm64]
                      additional_contexts:
                        shared: ./shared
                        base: docker-image://alpine
                      cache_from: [type=gha]
                      cache_to:
                        - type=gha,mode=max
                      no_cache: true
                  list:
                    platform: linux/arm64
                    build:
                      args: [C=x=y, D, "E=${E:-e}", "F=$F"]
                  image:
                    image: redis
                  gone:
                    build: gone
                  inline:
                    build:
                      dockerfile_inline: FROM x
                  remote:
                    build: https://github.com/a/b.git
                  wrong:
                    build: {context: api, dockerfile: api/Dockerfile}
                """,
            ]),
            [
                "list: Dockerfile @. C=x=y D=? E=e F=? linux/arm64 <- compose compose.yaml:23",
                "short: api/Dockerfile @api <- compose compose.yaml:6",
                "long: api/Dockerfile.dev @api target=dev A=1 B=? base@elsewhere(docker-image://alpine)"
                    + " shared@shared linux/amd64+linux/arm64 no-cache from(type=gha) to(type=gha,mode=max)"
                    + " <- compose compose.yaml:8",
                "inline: compose.yaml#inline @. <- compose compose.yaml:30",
                "note compose.yaml:28: builds gone/Dockerfile, which does not exist",
                "note compose.yaml:33: builds https://github.com/a/b.git, which is not a file of this repository",
                "note compose.yaml:35: builds api/api/Dockerfile, which does not exist: the path is relative to the"
                    + " context, api, and api/Dockerfile does exist",
            ])
    }

    @Test func interpolation() async throws {
        expectLines(
            try await builds([
                "a/Dockerfile": from, "b/Dockerfile": from, ".env": "DIR=a # c\nQ='q q'\nexport N=1\n",
                "docker-compose.yml": """
                services:
                  one: {build: {context: "${DIR}", args: {A: "${Q}-$N", B: "$$x", C: "${X:+y}", D: "${X?no}"}}}
                  two: {build: "${OTHER:-b}"}
                  three: {build: "${NOWHERE}"}
                """,
            ]),
            [
                "one: a/Dockerfile @a A=q q-1 B=$x C= D=? <- compose docker-compose.yml:2",
                "two: b/Dockerfile @b <- compose docker-compose.yml:3",
                "note docker-compose.yml:4: builds an image from a Dockerfile that the file does not tell:"
                    + " context: ${NOWHERE}",
            ])
    }

    @Test func overridesExtendsIncludesAndMergeKeys() async throws {
        expectLines(
            try await builds([
                "Dockerfile": from, "sub/Dockerfile": from, "other/Dockerfile": from,
                "docker-compose.yml": """
                include:
                  - other/stack.yaml
                  - gone.yaml
                x-base: &base
                  build: &build {context: ., args: {A: a}}
                services:
                  web:
                    <<: *base
                  child:
                    extends: {file: sub/docker-compose.yml, service: parent}
                  own:
                    extends: web
                    build:
                      target: t
                """,
                "docker-compose.override.yml": "services:\n  web:\n    build:\n      args: [A=b, C=c]\n",
                "docker-compose.prod.yml": "services:\n  web:\n    build:\n      target: prod\n",
                "sub/docker-compose.yml": "services:\n  parent:\n    build: .\n",
                "other/stack.yaml": "services:\n  stack:\n    build: .\n",
            ]),
            [
                "web (Dockerfile): Dockerfile @. A=b C=c <- compose docker-compose.yml:5",
                "web (Dockerfile) [prod]: Dockerfile @. target=prod A=b C=c <- compose docker-compose.prod.yml:3",
                "own: Dockerfile @. target=t A=a <- compose docker-compose.yml:13",
                "stack: other/Dockerfile @other <- compose other/stack.yaml:3",
                "child: sub/Dockerfile @sub <- compose docker-compose.yml:10 <- compose sub/docker-compose.yml:3",
                "note docker-compose.yml:3: includes gone.yaml, which does not exist",
            ])
    }

    /// Files of any name, where commands of compose and bake name them.
    @Test func filesThatCommandsName() async throws {
        let compose = "services:\n  web:\n    build: {context: ., target: t}\n"
        let folder = try tree([
            "Dockerfile": "FROM a AS t\n",
            "ci/build.sh": """
            docker compose -p x -f stack.yaml --file=../deploy/other build
            docker buildx bake --push -fbake.json all
            docker compose logs -f x/unrelated.yaml
            docker compose -f kept.yaml up
            """,
            "ci/stack.yaml": compose.replacing("context: .", with: "context: .."),
            "deploy/other": "services:\n  api:\n    build: {context: .., target: t}\n",
            "x/unrelated.yaml": compose, "kept.yaml": compose,
            "bake.json": #"{"target": {"all": {"context": ".", "args": {"A": "b"}}}}"#,
            ".clm-doctor.yaml": "ignore: [kept.yaml]\n",
        ])
        let project = try await Project.load([folder.path])
        #expect(
            Set(project.builds.flatMap(\.statedBy).map(\.path)) == [
                "bake.json", "ci/stack.yaml", "deploy/other",
            ])
    }

    /// `.env` may name the compose files, whose paths are all relative to the folder of the first.
    @Test func filesThatTheEnvironmentNames() async throws {
        let base = "services: {web: {build: {context: ., args: {A: a}}}}\n"
        let over = "services: {web: {build: {args: {A: b}}}}\n"
        func named(_ path: String, _ environment: String) async throws -> [String] {
            try await builds([
                "deploy/Dockerfile": from, "deploy/compose.yaml": base, "deploy/more.yaml": over,
                "deploy/compose.override.yaml": "services: {web: {build: {args: {A: c}}}}\n",
                path: environment,
            ]).filter { !$0.contains("compose.override.yaml") }
        }
        let end = " <- compose deploy/compose.yaml:1"
        let line = "web (deploy/Dockerfile): deploy/Dockerfile @deploy A="
        expectLines(try await named("x", ""), ["web: deploy/Dockerfile @deploy A=c" + end])
        expectLines(
            try await named("deploy/.env", "COMPOSE_FILE=compose.yaml:more.yaml\n"), [line + "b" + end])
        expectLines(
            try await named(
                ".env", "COMPOSE_PATH_SEPARATOR=,\nCOMPOSE_FILE=deploy/compose.yaml,deploy/more.yaml\n"),
            [line + "b" + end])
        expectLines(
            try await named(".env", "COMPOSE_FILE=deploy/compose.yaml:../x.yaml\n"),
            [line + "a" + end, "note .env: COMPOSE_FILE names ../x.yaml, which is not read"])
    }
}

@Suite struct WorkflowTests {
    @Test func actions() async throws {
        expectLines(
            try await builds([
                "Dockerfile": from, "api/Dockerfile": from, "web/prod.Dockerfile": from,
                "svc/a/Dockerfile": from,
                "svc/b/Dockerfile": from, "act/Dockerfile": from,
                ".github/workflows/ci.yml": """
                on: push
                env: {DIR: web}
                jobs:
                  build:
                    strategy:
                      matrix:
                        svc: [a, b, c]
                        exclude: [{svc: c}]
                    steps:
                      - uses: actions/checkout@v4
                      - name: root
                        uses: docker/build-push-action@v6
                        with:
                          build-args: |
                            A=1
                            SHA=${{ github.sha }}
                          platforms: linux/amd64,linux/arm64
                          cache-from: type=gha
                          cache-to: type=gha,mode=max
                          no-cache: true
                      - uses: docker/build-push-action@v6
                        with:
                          context: "{{defaultContext}}:api"
                          tags: x/api:latest
                      - uses: docker/build-push-action@v5
                        with: {context: ., file: "./${{ env.DIR }}/prod.Dockerfile", target: t}
                      - uses: docker/build-push-action@v5
                        with: {context: "svc/${{ matrix.svc }}"}
                      - uses: docker/build-push-action@v5
                        with: {context: ., file: "${{ inputs.file }}"}
                      - run: |
                          echo x

                          docker buildx build \\
                            --build-arg V=${{ github.sha }} -f web/prod.Dockerfile web
                      - run: docker build .
                        working-directory: api
                """,
                "act/action.yml": "runs:\n  using: docker\n  image: Dockerfile\n",
            ]),
            [
                "Dockerfile: Dockerfile @. A=1 SHA=? linux/amd64+linux/arm64 no-cache from(type=gha)"
                    + " to(type=gha,mode=max) <- workflow .github/workflows/ci.yml:12",
                "act/Dockerfile: act/Dockerfile @act <- workflow act/action.yml:3",
                "x/api: api/Dockerfile @api <- workflow .github/workflows/ci.yml:21"
                    + " <- workflow .github/workflows/ci.yml:36",
                "svc/a/Dockerfile: svc/a/Dockerfile @svc/a <- workflow .github/workflows/ci.yml:27",
                "svc/b/Dockerfile: svc/b/Dockerfile @svc/b <- workflow .github/workflows/ci.yml:27",
                "web/prod.Dockerfile: web/prod.Dockerfile @. target=t <- workflow .github/workflows/ci.yml:25",
                "web/prod.Dockerfile #2: web/prod.Dockerfile @web V=? <- workflow .github/workflows/ci.yml:34",
            ])
    }
}

@Suite struct ScriptTests {
    @Test(
        arguments: [
            // (script, its path, expected; `L` is the line)
            ("docker build .", "build.sh", ["Dockerfile @. 1"]),
            (
                "\ndocker build -t a/b:1 -f docker/x.Dockerfile . # c", "build.sh",
                ["docker/x.Dockerfile @. 2"]
            ),
            ("docker build api", "scripts/b.sh", ["api/Dockerfile @api 1"]),
            ("docker build .", "api/b.sh", ["api/Dockerfile @api 1"]),
            ("cd \"$(dirname \"$0\")/..\"\ndocker build api", "scripts/b.sh", ["api/Dockerfile @api 2"]),
            ("cd \"$(dirname \"${BASH_SOURCE[0]}\")\"\ndocker build ..", "api/sub.sh", ["Dockerfile @. 2"]),
            (
                "ROOT=$(git rev-parse --show-toplevel)\ndocker build -f $ROOT/api/Dockerfile $ROOT", "a/b.sh",
                ["api/Dockerfile @. 2"]
            ),
            (
                "D=\"$( cd \"$( dirname \"$0\" )\" >/dev/null 2>&1 && pwd )\"\npodman build \"$D/../api\"",
                "scripts/b.sh",
                ["api/Dockerfile @api 2"]
            ),
            (
                "(cd api && docker build .)\n(cd docker && docker build -f x.Dockerfile ..)", "b.sh",
                ["api/Dockerfile @api 1", "docker/x.Dockerfile @. 2"]
            ),
            (
                "pushd api\ndocker build .\npopd\ndocker build .", "b.sh",
                ["Dockerfile @. 4", "api/Dockerfile @api 2"]
            ),
            (
                "docker buildx build --load \\\n  --build-arg A=1 --build-arg=B=$B --build-arg C \\\n  --platform linux/amd64 api",
                "b.sh", ["api/Dockerfile @api A=1 B=? C=? linux/amd64 1"]
            ),
            (
                "F=api/Dockerfile\nT=dev\ndocker build --target \"$T\" -f ${F} ${CTX:-.}", "b.sh",
                ["api/Dockerfile @. target=dev 3"]
            ),
            (
                "docker build $ARGS --no-cache --cache-from x --cache-to=y api", "b.sh",
                ["api/Dockerfile @api no-cache from(x) to(y) 1"]
            ),
            (
                "DOCKER_BUILDKIT=1 sudo docker --log-level debug image build --build-context s=./api .",
                "b.sh",
                ["Dockerfile @. s@api 1"]
            ),
            ("docker compose build\ndocker run x build .\necho docker build .\n# docker build .", "b.sh", []),
            (
                "docker build -f $1 .", "b.sh",
                [
                    "note 1: how this is run decides which Dockerfile is built: -f $1; contexts that nothing else "
                        + "states are guessed"
                ]
            ),
            (
                "for m in $LIST; do docker build -f $m/D .; done\ndocker build -f \"$1\" .\ndocker build .",
                "b.sh",
                [
                    "Dockerfile @. 3",
                    "note 1: how this is run decides which Dockerfile is built (and in 1 more line): -f $m/D; "
                        + "contexts that nothing else states are guessed",
                ]
            ),
            (
                "cd scripts\ndocker build --pull $ARGS .", "b.sh",
                [
                    "note 2: how this is run decides which Dockerfile is built: $ARGS; contexts that nothing else "
                        + "states are guessed"
                ]
            ),
            (
                "Push-Location scripts\n& docker build @command @options scripts 2>&1 | Out-Null", "b.ps1",
                [
                    "note 2: how this is run decides which Dockerfile is built: @command; contexts that nothing else "
                        + "states are guessed"
                ]
            ),
            ("docker build nowhere", "b.sh", ["note 1: builds nowhere/Dockerfile, which does not exist"]),
            (
                "docker build - < Dockerfile\ncat Dockerfile | docker build -", "b.sh",
                ["Dockerfile @elsewhere(-) 1", "note 2: builds -, which is not a file of this repository"]
            ),
            ("docker build ../..", "b.sh", ["note 1: builds ../.., which is not a file of this repository"]),
            ("docker build -f api/Dockerfile $CTX", "b.sh", ["api/Dockerfile @? 1"]),
        ] as [(String, String, [String])])
    func shell(script: String, path: String, expected: [String]) async throws {
        let folder = try tree([
            "Dockerfile": from, "api/Dockerfile": from, "docker/x.Dockerfile": from, "scripts/x": "",
            "a/x": "",
        ])
        try folder.write(script, to: path)
        let project = try await Project.load([folder.path])
        var found: [String] = []
        for build in project.builds where !build.statedBy.isEmpty {
            let text = summary(build).split(separator: " ", maxSplits: 1)[1]
            found.append(String(text.replacing("<- script \(path):", with: "")))
        }
        found += project.notes.map { "note " + summary($0).replacing("\(path):", with: "") }
        #expect(found == expected)
    }

    @Test func otherFiles() async throws {
        expectLines(
            try await builds([
                "Dockerfile": from, "api/Dockerfile": from, "web/Dockerfile": from, "ps/Dockerfile": from,
                "ci/Dockerfile": from, "task/Dockerfile": from, "mk/Dockerfile": from,
                "Makefile": """
                DIR ?= api
                FLAGS := --target $(T) \\
                  --build-arg A=$(A)
                T = prod
                image:
                \t@echo x
                \t@docker build \\
                \t  $(FLAGS) $(DIR)
                \t-cd $(CURDIR)/mk && docker build $$PWD
                """,
                "GNUmakefile":
                    "TAG := $(shell git branch | tr '\\#/' '-')\nhash:\n\t@docker build -t x:$(TAG) hash\n",
                "hash/Dockerfile": from,
                "justfile": "dir := 'web'\nbuild:\n  @docker build {{dir}} --build-arg V={{v}}\n",
                "build.ps1": "docker build `\n  -f .\\ps\\Dockerfile `\n  \"$PSScriptRoot/ps\"\n",
                ".gitlab-ci.yml": """
                variables: {D: ci}
                build:
                  script:
                    - cd $CI_PROJECT_DIR
                    - docker build $D
                """,
                "Taskfile.yml": "vars: {D: task}\ntasks:\n  b:\n    cmds:\n      - docker build {{.D}}\n",
            ]),
            [
                "Dockerfile: Dockerfile @.",
                "api/Dockerfile: api/Dockerfile @api target=prod A=? <- script Makefile:7",
                "ci/Dockerfile: ci/Dockerfile @ci <- script .gitlab-ci.yml:5",
                "hash/Dockerfile: hash/Dockerfile @hash <- script GNUmakefile:3",
                "mk/Dockerfile: mk/Dockerfile @mk <- script Makefile:9",
                "ps/Dockerfile: ps/Dockerfile @ps <- script build.ps1:1",
                "task/Dockerfile: task/Dockerfile @task <- script Taskfile.yml:5",
                "web/Dockerfile: web/Dockerfile @web V=? <- script justfile:3",
            ])
    }

    @Test func scriptsThatChooseAreQuietWhereAllIsStated() async throws {
        expectLines(
            try await builds([
                "Dockerfile": from, "compose.yaml": "services:\n  app:\n    build: .\n",
                "b.sh": "docker build -f \"docker/$1/Dockerfile\" .",
            ]),
            ["app: Dockerfile @. <- compose compose.yaml:3"])
    }

    @Test func linksToDockerfilesAreExaminedOnce() async throws {
        let folder = try tree(["docker/x.Dockerfile": from])
        try folder.symlink("Dockerfile", to: "docker/x.Dockerfile")
        #expect(try await Project.load([folder.path]).builds.map(\.dockerfile) == ["docker/x.Dockerfile"])
        try folder.write("docker build .", to: "b.sh")
        try folder.write("docker build -f docker/x.Dockerfile .", to: "c.sh")
        let builds = try await Project.load([folder.path]).builds
        #expect(
            builds.map { summary($0) } == [
                "docker/x.Dockerfile: docker/x.Dockerfile @. <- script b.sh:1 <- script c.sh:1"
            ])
    }

    @Test func argumentsTooLongToLookThroughAreSaid() async throws {
        let long = String(repeating: "x", count: Limits.volatileValueBytes)
        let folder = try tree([
            "Dockerfile": from, "b.sh": "docker build --build-arg A=1 --build-arg B=$(date)\(long) .",
        ])
        let notes = try await Project.load([folder.path]).notes
        #expect(notes.map(\.path) == ["b.sh"])
        #expect(notes.first?.message.hasPrefix("a build argument of more than") == true)
    }

    @Test func jobsOfCircleCI() async throws {
        expectLines(
            try await builds([
                "Dockerfile": from, "a/Dockerfile": from, "b/Dockerfile": from,
                ".circleci/config.yml": """
                version: 2.1
                commands:
                  image:
                    steps:
                      - run: docker build b
                jobs:
                  one:
                    machine: true
                    working_directory: ~/project
                    steps:
                      - checkout
                      - run: {command: docker build ., working_directory: a}
                      - unless:
                          condition: << parameters.x >>
                          steps:
                            - run: docker build -t << parameters.name >> .
                """,
            ]),
            [
                "Dockerfile: Dockerfile @. <- script .circleci/config.yml:16",
                "a/Dockerfile: a/Dockerfile @a <- script .circleci/config.yml:12",
                "b/Dockerfile: b/Dockerfile @b <- script .circleci/config.yml:5",
            ])
    }

    @Test func notesOfManyFilesAreOne() async throws {
        let big = "docker build .\n" + String(repeating: "#", count: 2_000_000)
        let folder = try tree([
            "Dockerfile": from, "a.sh": big, "b.sh": big, "c.sh": big, "d.sh": big,
        ])
        let notes = try await Project.load([folder.path]).notes
        #expect(notes.map(\.path) == ["a.sh"])
        #expect(notes.first?.message.hasSuffix("it is not read, and neither are 3 other files") == true)
    }

    @Test func oneBuildWithSeveralStatements() async throws {
        expectLines(
            try await builds([
                "Dockerfile": from, "compose.yaml": "services:\n  app:\n    build: .\n",
                "b.sh": "docker build -t x .",
                "c.sh": "docker build --target t .",
            ]),
            [
                "app: Dockerfile @. <- compose compose.yaml:3 <- script b.sh:1",
                "Dockerfile: Dockerfile @. target=t <- script c.sh:1",
            ])
    }
}
