import DoctorCommands
import JSON
import TestSupport
import Testing

struct CommandTests {
    private func folder(_ dockerfile: String? = nil) throws -> ScratchFolder {
        let folder = try ScratchFolder()
        if let dockerfile { try folder.write(dockerfile, to: "Dockerfile") }
        return folder
    }

    // MARK: Help and usage

    @Test func helpTeaches() async throws {
        let session = await Session.run("--help", in: try folder())
        #expect(session.status == .clean)
        #expect(session.errors.isEmpty)
        for part in ["EXAMPLES:", "EXIT CODES:", "explain", "context", "--fail-on"] {
            #expect(session.output.contains(part), "\(part) is not in the help")
        }
    }

    @Test(arguments: ["check", "explain", "checks", "builds", "context"])
    func everyCommandHasHelp(command: String) async throws {
        let session = await Session.run(command, "--help", in: try folder())
        #expect(session.status == .clean)
        #expect(session.output.contains("USAGE: clm-doctor \(command)"))
    }

    @Test func versionIsPrinted() async throws {
        let session = await Session.run("--version", in: try folder())
        #expect(session.status == .clean)
        #expect(session.output == Doctor.version + "\n")
    }

    @Test(arguments: [
        (["--onyl", "cache"], "Did you mean '--only'?"),
        (["--format", "xml"], "The value 'xml' is invalid"),
        (["--only", "mount-sintax"], "did you mean mount-syntax?"),
        (["--skip", "parse-eror"], "did you mean parse-error?"),
        (["explain", "mount-sintax"], "did you mean mount-syntax?"),
        (["chekcs"], "did you mean the command `clm-doctor checks`?"),
        (["no/such/folder"], "no/such/folder: "),
        (["context", "Dockerfil"], "did you mean Dockerfile?"),
        (["context", "--context", "."], "--context needs --file"),
        (["--config", "missing.yaml"], "missing.yaml"),
    ])
    func aMistakeIsNamedWithItsRemedy(arguments: [String], message: String) async throws {
        let folder = try folder(Sample.clean)
        let session = await run(arguments, in: folder)
        #expect(session.status == .usage)
        #expect(session.output.isEmpty)
        #expect(session.errors.contains(message), "\(session.errors)")
    }

    private func run(_ arguments: [String], in folder: ScratchFolder) async -> Session {
        switch arguments.count {
        case 1: await Session.run(arguments[0], in: folder)
        case 2: await Session.run(arguments[0], arguments[1], in: folder)
        default: await Session.run(arguments[0], arguments[1], arguments[2], in: folder)
        }
    }

    @Test func aMistakeInTheConfigurationHasItsLine() async throws {
        let folder = try folder(Sample.clean)
        try folder.write("checks:\n  mount-sintax: off\n", to: ".clm-doctor.yaml")
        let session = await Session.run(in: folder)
        #expect(session.status == .usage)
        #expect(session.errors.hasPrefix("error: .clm-doctor.yaml:2:3: "))
        #expect(session.errors.contains("did you mean mount-syntax?"))
    }

    // MARK: Exit codes

    @Test(arguments: [
        (Sample.clean, "warning", DoctorCommands.ExitStatus.clean),
        (Sample.warning, "warning", .findings),
        (Sample.warning, "error", .clean),
        (Sample.warning, "info", .findings),
        (Sample.warning, "never", .clean),
        (Sample.error, "error", .findings),
        (Sample.error, "never", .clean),
        (Sample.unparsable, "warning", .unparsable),
        (Sample.unparsable, "never", .clean),
    ])
    func exitCodesAreStable(dockerfile: String, failOn: String, status: DoctorCommands.ExitStatus)
        async throws
    {
        let session = await Session.run("--fail-on", failOn, "--no-host", in: try folder(dockerfile))
        #expect(session.status == status, "\(session.output)")
    }

    @Test func exitCodesHaveTheDocumentedNumbers() {
        let numbers = [DoctorCommands.ExitStatus.clean, .findings, .usage, .nothingToCheck, .unparsable].map(
            \.rawValue)
        #expect(numbers == [0, 1, 2, 3, 4])
    }

    @Test(arguments: ["text", "concise", "json"]) func nothingToCheckIsSaid(format: String) async throws {
        let session = await Session.run("--format", format, in: try folder())
        #expect(session.status == .nothingToCheck)
        #expect((session.output + session.errors).contains("no Dockerfile"))
    }

    @Test func oneBrokenFileDoesNotHideFindingsInOthers() async throws {
        let folder = try folder(Sample.unparsable)
        try folder.write(Sample.error, to: "other/Dockerfile")
        let session = await Session.run("--format", "json", in: folder)
        #expect(session.status == .unparsable)
        #expect(Set(try session.checks()).isSuperset(of: ["parse-error", "mount-syntax"]))
    }

    // MARK: Selection

    @Test func onlyAndSkipTakeIdsAndCategories() async throws {
        let folder = try folder(Sample.error)
        try folder.write(Sample.warning, to: "other/Dockerfile")
        func checks(_ option: String, _ value: String) async throws -> Set<String> {
            Set(try await Session.run(option, value, "--format", "json", in: folder).checks())
        }
        #expect(try await checks("--only", "mount-syntax") == ["mount-syntax"])
        #expect(try await checks("--only", "mount-syntax,syntax-dead") == ["mount-syntax", "syntax-dead"])
        #expect(try await checks("--skip", "frontend").isDisjoint(with: ["mount-syntax", "syntax-dead"]))
    }

    @Test func aPathLimitsWhatIsExamined() async throws {
        let folder = try folder(Sample.error)
        try folder.write(Sample.clean, to: "other/Dockerfile")
        try folder.write("ref: refs/heads/main\n", to: ".git/HEAD")
        #expect(await Session.run("other", in: folder).status == .clean)
        #expect(await Session.run("other/Dockerfile", in: folder).status == .clean)
        #expect(await Session.run("check", "other", "Dockerfile", in: folder).status == .findings)
    }

    // MARK: Terminal

    @Test func colourIsForTerminalsAndForThoseWhoAskForIt() async throws {
        let folder = try folder(Sample.error)
        func isColored(
            _ choice: String, terminal: Bool, _ environment: [String: String] = [:]
        ) async -> Bool {
            await Session.run(
                "--color", choice, in: folder, environment: environment, terminalWidth: terminal ? 80 : nil
            ).output.contains("\u{1B}[")
        }
        #expect(await isColored("auto", terminal: true))
        #expect(await !isColored("auto", terminal: false))
        #expect(await !isColored("auto", terminal: true, ["NO_COLOR": "1"]))
        #expect(await isColored("auto", terminal: true, ["NO_COLOR": ""]))
        #expect(await !isColored("auto", terminal: true, ["TERM": "dumb"]))
        #expect(await isColored("auto", terminal: false, ["CLICOLOR_FORCE": "1"]))
        #expect(await !isColored("auto", terminal: false, ["CLICOLOR_FORCE": "0"]))
        #expect(await !isColored("auto", terminal: false, ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"]))
        #expect(await isColored("always", terminal: false, ["NO_COLOR": "1"]))
        #expect(await !isColored("never", terminal: true, ["CLICOLOR_FORCE": "1"]))
    }

    @Test func marksAreASCIIWithoutAUTF8Locale() async throws {
        let session = await Session.run(in: try folder(Sample.error), environment: ["LANG": "C"])
        #expect(session.output.contains("[x] Dockerfiles"))
        #expect(session.output.utf8.allSatisfy { $0 < 0x80 })
    }

    // MARK: Other commands

    @Test func explainPrintsThePage() async throws {
        let session = await Session.run("explain", "mount-syntax", in: try folder())
        #expect(session.status == .clean)
        #expect(session.output.contains("Known problems"))
    }

    @Test func checksAreListed() async throws {
        let text = await Session.run("checks", in: try folder())
        #expect(text.output.contains("mount-syntax"))
        let json = try await Session.run("checks", "--format", "json", in: try folder()).json()
        #expect(json["checks"]?.array?.contains { $0["check"] == "parse-error" } == true)
    }

    @Test func buildsAreListedWithTheirPlaces() async throws {
        let folder = try folder()
        try folder.write(Sample.clean, to: "api/Dockerfile")
        try folder.write("services:\n  api:\n    build: ./api\n", to: "compose.yaml")
        let json = try await Session.run("builds", "--format", "json", in: folder).json()
        #expect(json["builds"]?[0]?["dockerfile"] == "api/Dockerfile")
        #expect(json["builds"]?[0]?["context"] == "api")
        #expect(json["builds"]?[0]?["statedBy"]?[0]?["file"] == "compose.yaml")
        let text = await Session.run("builds", in: folder).output
        #expect(text.contains("compose.yaml:"))
    }

    @Test func contextShowsWhatABuildCanRead() async throws {
        let folder = try folder("FROM scratch\nCOPY . /\n")
        try folder.write("*.log\n*.gone\n", to: ".dockerignore")
        try folder.write("12345", to: "src/a.txt")
        try folder.write("1234567", to: "x.log")
        try folder.symlink("link", to: "src")
        let json = try await Session.run("context", "--format", "json", in: folder).json()
        let build = json["builds"]?[0]
        #expect(build?["dockerfile"] == "Dockerfile")
        #expect(build?["context"] == ".")
        #expect(build?["ignoreFile"] == ".dockerignore")
        #expect(build?["files"] == 3)
        #expect(
            build?["entries"] == [
                ["path": ".dockerignore", "type": "file", "size": 13],
                ["path": "Dockerfile", "type": "file", "size": 22],
                ["path": "link", "type": "symlink", "size": 0],
                ["path": "src", "type": "directory", "size": 0],
                ["path": "src/a.txt", "type": "file", "size": 5],
            ])
        let text = await Session.run("context", "Dockerfile", "--all", in: folder).output
        #expect(text.contains("Ignore file: .dockerignore"))
        #expect(text.contains("Left out:    1 file, 7 B"))
        #expect(text.contains("*.gone"))
        #expect(text.contains("src/a.txt"))
    }

    @Test(arguments: [false, true]) func contextTakesAFileAndAFolder(isRepository: Bool) async throws {
        let folder = try folder(Sample.clean)
        if isRepository { try folder.write("ref: refs/heads/main\n", to: ".git/HEAD") }
        try folder.write(Sample.clean, to: "deploy/Dockerfile")
        try folder.write("deploy\n", to: "deploy/Dockerfile.dockerignore")
        let json = try await Session.run(
            "context", "--file", "deploy/Dockerfile", "--context", ".", "--format", "json", in: folder
        ).json()
        #expect(json["builds"]?.array?.count == 1)
        #expect(json["builds"]?[0]?["context"] == ".")
        #expect(json["builds"]?[0]?["ignoreFile"] == "deploy/Dockerfile.dockerignore")
        // Dockerfile, and .git/HEAD where it is.
        #expect(json["builds"]?[0]?["files"] == (isRepository ? 2 : 1))
    }
}
