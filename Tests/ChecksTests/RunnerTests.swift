import Diagnostics
import Dockerfile
import Facts
import Project
import Repository
import SourceText
import Testing

@testable import Catalogue
@testable import Checks

/// What the runner does around the checks.
@Suite struct RunnerTests {
    private static let twoProblems = """
        FROM debian:12
        RUN apt-get update
        RUN apt-get install -y curl
        RUN --mount=type=caches,target=/c true
        """

    private func project(_ files: [String: String], builds: Int = 1) -> Project {
        var dockerfiles: [String: SourceText] = [:]
        for (path, text) in files { dockerfiles[path] = SourceText(path: path, text: text) }
        let all = files.keys.sorted().flatMap { path in
            (0..<builds).map { Build(name: "\(path) \($0)", dockerfile: path, context: .unknown) }
        }
        return Project(
            snapshot: Snapshot(holding: [:]), configuration: Configuration(), builds: all,
            dockerfiles: dockerfiles,
            statements: [], notes: [], leftOut: [], buildStatements: [], commands: [], pipelines: [])
    }

    private func run(
        _ project: Project, configuration: Configuration = Configuration(),
        selection: CheckSelection = CheckSelection(only: ["apt-update-alone", "mount-syntax"])
    ) async throws -> Outcome {
        let runner = try Runner(
            configuration: configuration, selection: selection, catalogue: try Catalogue.builtin())
        return await runner.run(on: project)
    }

    @Test func ordersByWhatItCosts() async throws {
        let outcome = try await run(project(["Dockerfile": Self.twoProblems]))
        #expect(outcome.findings.map(\.check) == ["mount-syntax", "apt-update-alone"])
        #expect(outcome.findings.map(\.severity) == [.error, .warning])
    }

    @Test func reportsADockerfileOfSeveralBuildsOnce() async throws {
        let outcome = try await run(project(["Dockerfile": Self.twoProblems], builds: 3))
        #expect(outcome.findings.count == 2)
    }

    @Test func doesNotDependOnParallelism() async throws {
        let files = Dictionary(uniqueKeysWithValues: (0..<40).map { ("d\($0)/Dockerfile", Self.twoProblems) })
        let first = try await run(project(files))
        #expect(first.findings.count == 80)
        for _ in 0..<3 {
            let again = try await run(project(files))
            #expect(again.findings.map(\.fingerprint) == first.findings.map(\.fingerprint))
        }
        #expect(Set(first.findings.map(\.fingerprint)).count == 80)
    }

    @Test func fingerprintSurvivesLineMoves() async throws {
        let before = try await run(project(["Dockerfile": Self.twoProblems]))
        let after = try await run(project(["Dockerfile": "# a comment\n\n" + Self.twoProblems]))
        #expect(before.findings.map(\.fingerprint) == after.findings.map(\.fingerprint))
        #expect(before.findings.map(\.range) != after.findings.map(\.range))
    }

    @Test func configurationDecidesSeverityAndWhatRuns() async throws {
        var configuration = Configuration()
        configuration.severities["mount-syntax"] = .info
        configuration.enabled["apt-update-alone"] = false
        let outcome = try await run(
            project(["Dockerfile": Self.twoProblems]), configuration: configuration,
            selection: CheckSelection(skip: ["syntax-missing"]))
        #expect(outcome.findings.filter { $0.check == "mount-syntax" }.map(\.severity) == [.info])
        #expect(!outcome.findings.contains { $0.check == "apt-update-alone" })
        #expect(!outcome.ran.contains("apt-update-alone") && !outcome.ran.contains("syntax-missing"))
        #expect(outcome.ran.contains("parse-error"))
    }

    @Test func aNamedCheckRunsThoughItIsSwitchedOff() async throws {
        var configuration = Configuration()
        configuration.enabled["mount-syntax"] = false
        let outcome = try await run(project(["Dockerfile": Self.twoProblems]), configuration: configuration)
        #expect(outcome.ran == ["apt-update-alone", "mount-syntax"])
    }

    @Test func namesTheCheckThatWasMeant() throws {
        let catalogue = try Catalogue.builtin()
        #expect(throws: UnknownCheckError.self) {
            _ = try CheckSelection(only: ["apt-update-alon"], skip: [], catalogue: catalogue)
        }
        #expect(UnknownCheckError(name: "apt-update-alon", in: catalogue).suggestion == "apt-update-alone")
        let selection = try CheckSelection(only: ["context"], skip: ["context-huge"], catalogue: catalogue)
        #expect(selection.includes("dockerignore-git") && !selection.includes("context-huge"))
        #expect(!selection.includes("parse-error"))
    }

    @Test func refusesParametersThatACheckDoesNotHave() throws {
        let catalogue = try Catalogue.builtin()
        for parameters in [["megabites": "5"], ["megabytes": "many"]] {
            var configuration = Configuration()
            configuration.parameters["context-huge"] = parameters
            #expect(throws: CheckOptionError.self) {
                _ = try Runner(configuration: configuration, catalogue: catalogue)
            }
        }
    }

    @Test func aCheckThatCannotTellIsSkippedAndTheOthersRun() async throws {
        struct Mute: DockerfileCheck {
            static let id: CheckID = "mount-syntax"
            let options: CheckOptions
            func findings(in build: BuildFacts) throws -> [Finding] { throw CannotTell("it was told not to") }
        }
        let runner = Runner(
            types: [Mute.self, AptUpdateAlone.self], configuration: Configuration(),
            selection: CheckSelection(),
            catalogue: try Catalogue.builtin())
        let outcome = await runner.run(on: project(["Dockerfile": Self.twoProblems]))
        #expect(outcome.skipped == [SkippedCheck(check: "mount-syntax", reason: "it was told not to")])
        #expect(outcome.findings.map(\.check) == ["apt-update-alone"])
    }

    // MARK: What is not judged

    @Test func problemsThatAreTooManyToTellAreNoted() async throws {
        let mount = "RUN --mount=type=cache,tagret=/x true\n"
        func unexamined(_ count: Int) async throws -> [String] {
            try await run(project(["Dockerfile": "FROM a\n" + String(repeating: mount, count: count)]))
                .unexamined
        }
        #expect(try await unexamined(Limits.syntaxProblems) == [])
        let most = Limits.syntaxProblems
        #expect(
            try await unexamined(most + 1) == [
                "Dockerfile:\(most + 2): the file has more than \(most) problems; from here on they are not told"
            ])
    }

    @Test(arguments: ["ghcr.io/a/dockerfile:1", "$X"]) func aForeignFrontendIsNoted(_ image: String)
        async throws
    {
        let text = "# syntax=\(image)\nFROM a\nRUN --mount=type=cache,tagret=/x true\n"
        let outcome = try await run(project(["Dockerfile": text]))
        #expect(outcome.findings.isEmpty)
        #expect(outcome.unexamined.count == 1)
        #expect(outcome.unexamined[0].hasPrefix("Dockerfile: another frontend than Docker's reads it"))
        let own = text.replacing("# syntax=\(image)", with: "# syntax=docker/dockerfile:1")
        #expect(try await run(project(["Dockerfile": own])).unexamined == [])
    }

    @Test func shellThatIsNestedTooDeepIsNoted() async throws {
        let deep = String(repeating: "if a; then ", count: 40) + "b" + String(repeating: "; fi", count: 40)
        let outcome = try await run(project(["Dockerfile": "FROM debian:12\nRUN \(deep)\n"]))
        #expect(outcome.unexamined == ["Dockerfile, from line 2 on: \(WorkBudget.note)"])
    }
}
