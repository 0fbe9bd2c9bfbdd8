import Diagnostics
import Git
import Repository
import TestSupport
import Testing

@testable import Project

/// Small files that stand for very much. Each ends, says so at its place, and takes nothing from the others.
@Suite struct WorkTests {
    /// Loads files together with a build that has to be there whatever becomes of them.
    private func load(_ files: KeyValuePairs<String, String>) async throws -> Project {
        let folder = try tree(files)
        try folder.write("FROM a\n", to: "Dockerfile")
        try folder.write("FROM b\n", to: "zz/Dockerfile")
        try folder.write("services: {other: {build: .}}\n", to: "zz/compose.yaml")
        let project = try await Project.load([folder.path])
        #expect(project.builds.contains { $0.name == "other" })
        return project
    }

    @Test func targetsThatInheritEachOther() async throws {
        let names = (0..<40).map { "\"t\($0)\"" }.joined(separator: ",")
        let targets = (0..<40).map { "\"t\($0)\": {\"inherits\": [\(names)]}" }.joined(separator: ",")
        let project = try await load(["docker-bake.json": "{\"target\": {\(targets), \"fine\": {}}}"])
        #expect(
            project.notes.contains { $0.message == note || $0.message.hasSuffix("through too many others") })
    }

    /// Values that double, functions that call each other twice, and a matrix of matrices.
    @Test(arguments: [
        "variable \"v0\" { default = \"xxxxxxxxxx\" }\n"
            + (1...40).map { "variable \"v\($0)\" { default = \"${v\($0 - 1)}${v\($0 - 1)}\" }\n" }.joined()
            + "target \"a\" { context = v40 }",
        (1...30).map {
            "function \"f\($0)\" {\n params = [x]\n result = \"${f\($0 - 1)(x)}${f\($0 - 1)(x)}\"\n}\n"
        }
        .joined() + "function \"f0\" {\n params = [x]\n result = x\n}\ntarget \"a\" { context = f30(\"y\") }",
        "target \"a\" {\n name = \"a-${x}-${y}-${z}\"\n matrix = { x = range(1000), y = range(1000), z = range(1000) }\n}",
        "variable \"a\" { default = b }\nvariable \"b\" { default = a }\ntarget \"a\" { context = a }",
        "function \"f\" {\n params = [x]\n result = f(x)\n}\ntarget \"a\" { context = f(\"x\") }",
        "target \"a\" { context = target.b.context }\ntarget \"b\" { context = target.a.context }",
    ]) func bakeFilesThatGrow(_ text: String) async throws {
        let project = try await load(["docker-bake.hcl": text])
        #expect(project.notes.contains { $0.path == "docker-bake.hcl" })
    }

    private func times(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    private var note: String { WorkBudget.note }

    // MARK: - References that fan out

    @Test func inheritanceOfBakeIsFollowedOnce() async throws {
        let targets = (1...16).map { level in
            let parents = Array(repeating: "\"t\(level - 1)\"", count: 4).joined(separator: ",")
            return "\"t\(level)\": {\"inherits\": [\(parents)]}"
        }
        let project = try await load([
            "docker-bake.json":
                "{\"target\": {\"t0\": {\"context\": \".\"}, \(targets.joined(separator: ","))}}"
        ])
        #expect(project.notes.isEmpty)
        #expect(project.builds.contains { $0.name == "t16" })
    }

    @Test func aTargetThatInheritsItself() async throws {
        let project = try await load([
            "docker-bake.json": """
            {"target": {"z": {"inherits": ["a"]}, "a": {"inherits": [\(times("\"a\",", 9))"a"]},
             "fine": {"target": "f"}}}
            """
        ])
        // Bake takes it (tried with buildx 0.29).
        #expect(project.notes.isEmpty)
        #expect(Set(project.builds.map(\.name)).isSuperset(of: ["z", "fine"]))
    }

    @Test func argumentsThatAreInheritedAreCounted() async throws {
        let args = (0..<500).map { "\"A\($0)\": \"\"" }.joined(separator: ",")
        let targets = (0..<3000).map { "\"t\($0)\": {\"inherits\": [\"base\"], \"target\": \"t\($0)\"}" }
        let project = try await load([
            "docker-bake.json":
                "{\"target\": {\"base\": {\"args\": {\(args)}}, \(targets.joined(separator: ","))}}"
        ])
        #expect(project.notes.map { summary($0) } == ["docker-bake.json:1: \(note)"])
        #expect(project.builds.count < 2000)
    }

    /// Nothing is made, and every expansion costs: `An` is sixty times the one before, the first is empty.
    @Test(arguments: ["Makefile", "b.sh"])
    func emptyVariablesOfVariables(_ path: String) async throws {
        let isMake = path == "Makefile"
        let lines = (1...7).map { level in
            let inner = times(isMake ? "$(A\(level - 1))" : "$A\(level - 1)", 60)
            return isMake ? "A\(level) = \(inner)\n" : "A\(level)=\"\(inner)\"\n"
        }
        let project = try await load([
            path: isMake
                ? "A0 =\n\(lines.joined())all:\n\tdocker build -t $(A7) .\n"
                : "#!/bin/sh\nA0=\n\(lines.joined())docker build -t $A7 .\ndocker build -t x .\n"
        ])
        #expect(project.notes.map { summary($0) }.contains("\(path): \(note)"))
    }

    @Test func stepsThatMayBeLeftOutDoNotDoubleTheFolders() async throws {
        let project = try await load([
            "b.sh": "#!/bin/sh\n" + (0..<40).map { "if true; then cd d\($0); fi\n" }.joined()
                + "docker build .\n"
        ])
        #expect(project.buildStatements.count == 2)
    }

    @Test func aMatrixIsCountedBeforeItIsBuilt() async throws {
        let axis = (0..<40_000).map(String.init).joined(separator: ",")
        let project = try await load([
            ".github/workflows/a.yml": """
            jobs:
              a:
                strategy: {matrix: {a: [\(axis)], b: [\(axis)]}}
                steps:
                - uses: docker/build-push-action@v6
                  with: {context: ., build-args: "A=${{ matrix.a }}"}
            """
        ])
        #expect(project.buildStatements.count { $0.kind == .workflow } == 1)
        #expect(project.notes.isEmpty)
    }

    @Test func legsTimesSteps() async throws {
        let steps = (0..<800).map {
            "    - uses: docker/build-push-action@v6\n"
                + "      with: {context: ., build-args: \"A=${{ matrix.a }}${{ matrix.b }}\($0)\"}\n"
        }
        let four = "[" + (1...16).map(String.init).joined(separator: ",") + "]"
        let project = try await load([
            ".github/workflows/a.yml":
                "jobs:\n  a:\n    strategy: {matrix: {a: \(four), b: \(four)}}\n    steps:\n"
                + steps.joined()
        ])
        #expect(project.notes.map { summary($0) }.contains(".github/workflows/a.yml: \(note)"))
        #expect(project.pipelines.first?.jobs.first?.steps.count == 800)
    }

    @Test func servicesThatExtendEachOther() async throws {
        func chain(_ count: Int) -> String {
            "services:\n  s0: {build: {context: ., args: {A: 1}}}\n"
                + (1..<count).map { "  s\($0): {extends: s\($0 - 1), build: {args: {B\($0 % 2): 1}}}\n" }
                .joined()
        }
        // In the order of the file each finds what it extends; the other way round a chain has an end.
        let project = try await load(["compose.yaml": chain(500)])
        #expect(project.notes.isEmpty)
        #expect(
            project.builds.filter { $0.statedBy.first?.path == "compose.yaml" }.allSatisfy {
                $0.args["A"] != nil
            })
    }

    // MARK: - Texts that swell

    @Test func variablesInCompose() async throws {
        let project = try await load([
            ".env": "X=\(times("x", 500_000))\nY=y\n",
            "compose.yaml": """
            services:
              a: {build: {context: "\(times("$X/", 1000))"}}
              b: {build: {context: ., args: {A: "\(times("$Y", 70_000))"}}}
              c: {build: {context: ., target: "${Y}"}}
            """,
        ])
        let builds = Dictionary(uniqueKeysWithValues: project.builds.map { ($0.name, $0) })
        #expect(builds["b"]?.args == ["A": nil])
        #expect(builds["c"]?.target == "y")
        #expect(project.notes.map(\.path) == ["compose.yaml", "compose.yaml"])
    }

    @Test func manyExpansionsOfOneVariable() async throws {
        let services = (0..<200).map {
            "  s\($0): {build: {context: ., target: \"$X\($0)\", args: {A: $X}}}\n"
        }
        let project = try await load([
            ".env": "X=\(times("x", 60_000))\n", "compose.yaml": "services:\n\(services.joined())",
        ])
        #expect(project.notes.map(\.message) == [note])
        #expect(project.notes.first?.line != nil)
    }

    @Test func variablesInBake() async throws {
        let project = try await load([
            "docker-bake.json": """
            {"variable": {"X": {"default": "\(times("x", 60_000))"}},
             "target": {"a": {"context": "${X}${X}"}, "b": {"target": "t"}, "c": {"tags": [\(times("\"${X}\",", 80))""]}}}
            """
        ])
        #expect(project.builds.contains { $0.target == "t" })
        #expect(project.notes.contains { summary($0) == "docker-bake.json:2: \(note)" })
    }

    @Test func variablesInWorkflows() async throws {
        let project = try await load([
            ".github/workflows/a.yml": """
            env: {X: "\(times("x", 60_000))", Y: .}
            jobs:
              a:
                steps:
                - uses: docker/build-push-action@v6
                  with: {context: "${{ env.X }}${{ env.X }}"}
                - uses: docker/build-push-action@v6
                  with: {context: "${{ env.Y }}"}
            """
        ])
        #expect(project.builds.contains { $0.dockerfile == "Dockerfile" && $0.context == .directory(".") })
        let unknown = project.buildStatements.filter { $0.kind == .workflow && $0.build == nil }
        #expect(unknown.count == 1)
    }

    @Test func variablesInScripts() async throws {
        let project = try await load([
            "b.sh": "#!/bin/sh\nA0=\(times("x", 60_000))\n"
                + (1...6).map { "A\($0)=\(times("$A\($0 - 1)", 50))\n" }.joined()
                + "docker build -t $A6 -f Dockerfile .\n"
        ])
        #expect(project.buildStatements.contains { $0.path == "b.sh" && $0.build != nil })
    }

    @Test func recipesWithALongVariable() async throws {
        let project = try await load([
            "Makefile": "A0 = \(times("x", 60_000))\nall:\n" + times("\tdocker build -t $(A0) .\n", 200)
        ])
        #expect(project.notes.map { summary($0) } == ["Makefile: \(note)"])
        #expect(project.buildStatements.count { $0.path == "Makefile" } > 10)
    }

    @Test func placeholdersInTaskfiles() async throws {
        let project = try await load([
            "Taskfile.yml":
                "vars: {X: \(times("x", 60_000))}\ntasks: {t: {cmds: ['docker build -t \(times("{{.X}}", 200)) .']}}\n"
        ])
        #expect(project.notes.contains { summary($0) == "Taskfile.yml: \(note)" })
    }

    // MARK: - Many of a thing

    @Test func variablesOfTheFileInEveryJob() async throws {
        let variables = (0..<5000).map { "  V\($0): x\n" }.joined()
        let jobs = (0..<3000).map { "j\($0):\n  variables: {A: a}\n  script: [docker info]\n" }.joined()
        let project = try await load([".gitlab-ci.yml": "variables:\n\(variables)\(jobs)"])
        #expect(project.notes.map { summary($0) } == [".gitlab-ci.yml: \(note)"])
        #expect(project.pipelines.first?.jobs.count ?? 0 < 3000)
        #expect(project.pipelines.first?.jobs.first?.variables.count == 5001)
    }

    @Test func buildsOfALargeDockerfile() async throws {
        let services = (0..<200).map { "  s\($0): {build: {context: ., args: {A: \($0)}}}\n" }.joined()
        let folder = try tree([
            "Dockerfile": "FROM a\n" + times("RUN pip install x\n", 5000), "b/Dockerfile": "FROM b\n",
            "compose.yaml": "services:\n\(services)  b: {build: b}\n",
        ])
        let project = try await Project.load([folder.path])
        // Short lines count as 48 bytes.
        let size = 5001 * 48 + 200
        #expect(project.builds.count == Limits.evaluatedBytes / size + 1)
        #expect(project.builds.contains { $0.name == "b" })
        let left = 201 - project.builds.count
        #expect(
            project.notes.map { summary($0) } == [
                "Dockerfile: \(left) of its builds are not examined: there are too many for its size"
            ])
        // What states them is known all the same.
        #expect(project.buildStatements.count == 201)
    }

    @Test func oneBuildStatedOften() async throws {
        let project = try await load(["b.sh": "#!/bin/sh\n" + times("docker build .\n", 3000)])
        let build = try #require(project.builds.first { $0.dockerfile == "Dockerfile" })
        #expect(build.statedBy.count == 3000)
        #expect(Set(build.statedBy).count == 3000)
    }

    @Test func buildsOfOneName() async throws {
        let lines = (0..<2000).map { "docker build -t app --build-arg X=\($0) .\n" }.joined()
        let project = try await load(["b.sh": "#!/bin/sh\n\(lines)"])
        let names = project.builds.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.contains("app (Dockerfile) #2000"))
    }

    @Test func moreTextThanIsKept() throws {
        let folder = try tree(["a.sh": "docker build .\n", "b.sh": "docker build .\n", "c.sh": "true\n"])
        let statements = StatementFiles(files: Snapshot(onDisk: folder.path), bytesLeft: 20)
        let kept = ["a.sh", "b.sh", "c.sh"].map { statements.source($0, kind: .script) != nil }
        // One that is too much takes nothing from those behind it.
        #expect(kept == [true, false, true])
        #expect(statements.bytesLeft == 0)
        #expect(statements.notes.map(\.path) == ["b.sh"])
        #expect(statements.notes.allSatisfy { $0.isUnexamined })
    }

    @Test func aNoteThatQuotesAFile() async throws {
        let project = try await load([
            "b.sh": "#!/bin/sh\ndocker build -t x \(times("$(", 50_000))\n",
            "compose.yaml": "services: {s: {build: {context: \"\(times("$é", 40_000))\"}}}\n",
        ])
        #expect(!project.notes.isEmpty)
        #expect(project.notes.allSatisfy { $0.message.utf8.count <= Limits.noteBytes + 3 })
        #expect(project.notes.contains { $0.message.contains("…") })
    }

    // MARK: - Rules and names

    /// What comparing costs for so many rules and names.
    private func units(rules: [String], names: Int) -> Int {
        let file = IgnoreFile(parsing: Array(rules.joined(separator: "\n").utf8))
        let given = 50_000_000
        var work = WorkBudget(given)
        for number in 0..<names {
            _ = file.ignores(
                PathGlob.names(of: "folder/Dockerfile.\(number)".utf8), isFolder: false, work: &work)
        }
        return given - work.left
    }

    @Test func namesWithoutWildcardsAreNotCompared() {
        let few = units(rules: (0..<100).map { "name\($0)" }, names: 100)
        #expect(units(rules: (0..<10_000).map { "name\($0)" }, names: 100) == few)
        #expect(units(rules: (0..<10_000).map { "/name\($0)/x" }, names: 100) == few)
    }

    @Test(arguments: ["a*b*c*d*e", "*.log", "D*b*c*d*e", "**/x/*y"])
    func comparingGrowsWithRulesTimesNames(_ rule: String) {
        let one = units(rules: Array(repeating: rule, count: 200), names: 50)
        let two = units(rules: Array(repeating: rule, count: 400), names: 50)
        #expect(one > 0)
        #expect(two <= one * 2 + 100)
    }

    @Test func tooManyRulesForSoManyNames() throws {
        let folder = try tree([
            ".gitignore": times("Dockerfile*b*c*d*e\n", 100), "Dockerfile": "FROM a\n",
            "Dockerfile.bcde": "FROM a\n",
        ])
        func walk(_ units: Int) -> FileWalk {
            FileWalk(
                files: Snapshot(onDisk: folder.path), ignored: PathPatterns(["none*/x"]),
                included: PathPatterns([]), isRepository: true, work: WorkBudget(units))
        }
        let whole = walk(100_000)
        #expect(whole.found.map(\.path) == ["Dockerfile"])
        #expect(whole.notes.isEmpty)
        // What could not be compared is examined, and told.
        let cut = walk(10)
        #expect(cut.found.map(\.path) == ["Dockerfile", "Dockerfile.bcde"])
        #expect(cut.notes.map(\.message).first?.hasPrefix("there are too many ignore rules") == true)
    }
}
