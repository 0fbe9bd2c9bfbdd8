import Diagnostics
import HCL
import JSON
import Project
import SourceText
import TestSupport
import Testing

private let from = "FROM a\n"

/// The builds of a tree, one line each (see `summary`), and what was noted.
private func builds(_ files: KeyValuePairs<String, String>) async throws -> [String] {
    let folder = try tree(files)
    let project = try await Project.load([folder.path])
    return project.builds.map { summary($0) } + project.notes.map { "note " + summary($0) }
}

/// By a function, so that a failure shows both sides.
private func expectLines(_ found: [String], _ expected: [String], at place: SourceLocation = #_sourceLocation)
{
    #expect(found == expected, sourceLocation: place)
}

@Suite struct BakeTests {
    @Test func json() async throws {
        expectLines(
            try await builds([
                "Dockerfile": from, "api/Dockerfile": from,
                "docker-bake.json": """
                {
                  "variable": {"TAG": {"default": "v1"}},
                  "group": {"default": {"targets": ["web", "api"]}},
                  "target": {
                    "_base": {"args": {"A": "1", "B": null}, "platforms": ["linux/amd64"]},
                    "web": {"inherits": ["_base"], "args": {"A": "2"}, "cache-from": ["type=gha", {"type": "registry", "ref": "x"}]},
                    "api": {
                      "context": "api", "target": "t", "no-cache": true, "args": {"T": "${TAG}", "U": "${upper(TAG)}"},
                      "contexts": {"w": "target:web", "s": "./src"}
                    },
                    "many": {"matrix": {"a": ["1", "2"]}, "name": "m${a}", "target": "${a}"}
                  }
                }
                """,
                "docker-bake.override.json": #"{"target": {"web": {"no-cache": true}}}"#,
            ]),
            [
                "web: Dockerfile @. A=2 linux/amd64 no-cache from(type=gha) from(type=registry,ref=x)"
                    + " <- bake docker-bake.json:6",
                "m1: Dockerfile @. target=1 <- bake docker-bake.json:11",
                "m2: Dockerfile @. target=2 <- bake docker-bake.json:11",
                "api: api/Dockerfile @api target=t T=v1 U=V1 s@src w@elsewhere(target:web) no-cache"
                    + " <- bake docker-bake.json:7",
            ])
    }

    @Test func hcl() async throws {
        expectLines(
            try await builds([
                "Dockerfile": from, "api/Dockerfile": from,
                "docker-bake.hcl": """
                variable "TAG" { default = "v1" }
                variable "GIVEN" {}
                function "tags" {
                  params = [name]
                  result = ["r/${name}:${TAG}"]
                }
                group "default" { targets = ["app", "all"] }
                target "_base" {
                  args = { A = TAG, B = "${GIVEN}", C = timestamp() }
                }
                target "app" {
                  inherits = ["_base"]
                  tags     = tags("app")
                  contexts = { base = "target:_linked" }
                }
                target "_linked" { context = BAKE_CMD_CONTEXT }
                target "all" {
                  matrix  = { os = ["a", "b"] }
                  name    = "all-${os}"
                  context = "api"
                  target  = os
                  no-cache = os == "b"
                }
                """,
                "docker-bake.override.hcl": "variable \"TAG\" { default = \"v2\" }\n",
            ]),
            [
                "_linked: Dockerfile @. <- bake docker-bake.hcl:16",
                "app: Dockerfile @. A=v2 B=? C=? base@elsewhere(target:_linked) <- bake docker-bake.hcl:11",
                "all-a: api/Dockerfile @api target=a <- bake docker-bake.hcl:17",
                "all-b: api/Dockerfile @api target=b no-cache <- bake docker-bake.hcl:17",
            ])
    }

    /// What cannot be told is said with its place, and the builds are there all the same.
    @Test func whatIsNotKnown() async throws {
        expectLines(
            try await builds([
                "Dockerfile": from,
                "docker-bake.hcl": """
                variable "WHERE" {}
                target "a" {
                  context = WHERE
                }
                target "b" {
                  target = nothing
                }
                target "c" {
                  matrix = { x = split(",", WHERE) }
                  name   = "c-${x}"
                  args   = { X = x }
                }
                target "d" { inherits = ["none"] }
                target "e" { tags = "e" }
                """,
            ]),
            [
                "b: Dockerfile @. <- bake docker-bake.hcl:5 <- bake docker-bake.hcl:13 <- bake docker-bake.hcl:14",
                "c: Dockerfile @. X=? <- bake docker-bake.hcl:8",
                "note docker-bake.hcl:2: builds an image from a Dockerfile that the file does not tell: context: ${WHERE}",
                "note docker-bake.hcl:6: bake does not take it: there is no variable `nothing`",
                "note docker-bake.hcl:8: target c: its matrix is not known: nothing gives the variable WHERE a value",
                "note docker-bake.hcl:13: target d inherits none, which there is not",
                "note docker-bake.hcl:14: `tags` is a string, not a list",
            ])
    }

    @Test(arguments: [
        (
            "target \"a\" {\n  context = (\n}\n",
            "note docker-bake.hcl:3: is not read: expected an expression, found `}`"
        ),
        ("target \"a/b\" {}\n", "note docker-bake.hcl:1: `a/b` is no name of a target; it is not read"),
        (
            "group \"g\" { targets = [\"x\"] }\n",
            "note docker-bake.hcl:1: group g names x, which there is not"
        ),
        (
            "target \"a\" { dockerfile-inline = \"FROM a\" }\n",
            "note docker-bake.hcl:1: target a: its Dockerfile stands in the bake file (dockerfile-inline) and is not examined"
        ),
    ]) func mistakes(_ text: String, _ note: String) async throws {
        expectLines(
            try await builds(["Dockerfile": from, "docker-bake.hcl": text]),
            ["Dockerfile: Dockerfile @.", note])
    }

    /// Bake reads the compose file of its folder first.
    @Test func targetsOverServices() async throws {
        expectLines(
            try await builds([
                "app/Dockerfile": from,
                "compose.yaml": "services:\n  app: {build: {context: app, target: t, args: {A: '1'}}}\n",
                "docker-bake.hcl": "target \"app\" {\n  args = { B = \"2\" }\n}\n",
            ]),
            [
                "app (app/Dockerfile): app/Dockerfile @app target=t A=1 <- compose compose.yaml:2",
                "app (app/Dockerfile) [t]: app/Dockerfile @app target=t A=1 B=2 <- bake docker-bake.hcl:1",
            ])
    }

    @Test func servicesAsBakeReadsThem() async throws {
        expectLines(
            try await builds([
                "Dockerfile": from, ".env": "ARCH=arm64\n",
                "compose.yaml": """
                services:
                  app:
                    build:
                      context: .
                      cache_from: [a]
                      additional_contexts: {one: ./x}
                      x-bake:
                        platforms: [linux/amd64, "linux/${ARCH}"]
                        cache-from: type=gha type=local,src=c
                        no-cache: true
                        contexts: {one: ./y, two: "docker-image://z"}
                """,
                "docker-bake.hcl": "target \"more\" {\n  inherits = [\"app\"]\n  target = \"m\"\n}\n",
            ]),
            [
                "app (Dockerfile): Dockerfile @. one@x from(a) <- compose compose.yaml:3",
                "app (Dockerfile) #2: Dockerfile @. one@x two@elsewhere(docker-image://z) linux/amd64+linux/arm64"
                    + " no-cache from(a) from(type=gha) from(type=local,src=c) <- bake compose.yaml:7",
                "more: Dockerfile @. target=m one@x two@elsewhere(docker-image://z) linux/amd64+linux/arm64"
                    + " no-cache from(a) from(type=gha) from(type=local,src=c) <- bake docker-bake.hcl:1",
            ])
    }

    /// Each command's files are read together, and what another one reads does not count.
    @Test func filesThatCommandsName() async throws {
        expectLines(
            try await builds([
                "Dockerfile": from,
                "b.sh": "docker buildx bake -f ci/a.hcl -f ci/b.hcl\ndocker buildx bake -f ci/c.hcl\n",
                "ci/a.hcl": "target \"x\" { args = { A = V } }\nvariable \"V\" { default = \"1\" }\n",
                "ci/b.hcl": "variable \"V\" { default = \"2\" }\n",
                "ci/c.hcl": "target \"x\" { target = \"c\" }\n",
            ]),
            [
                "x (Dockerfile): Dockerfile @. A=2 <- bake ci/a.hcl:1",
                "x (Dockerfile) [c]: Dockerfile @. target=c <- bake ci/c.hcl:1",
            ])
    }

    /// What buildx 0.29 prints of the generator's first files; `EngineTests` asks it itself.
    @Test(arguments: recorded) func recordedTargets(
        _ seed: Int, _ name: String, _ attribute: String, _ json: String
    ) throws {
        var generator = BakeFileGenerator(seed)
        var work = WorkBudget()
        let source = SourceText(path: "docker-bake.hcl", text: generator.file(targets: 12))
        let model = BakeModel([source], work: &work)
        #expect(model.problems.isEmpty)
        let target = try #require(model.targets.first { $0.name == name })
        let members = try #require(target.attributes[attribute]?.members).filter { !$0.value.isNull }
        #expect(HCLValue.object(members).json == (try JSON.parse(json)))
    }
}
