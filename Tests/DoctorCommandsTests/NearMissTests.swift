import DoctorCommands
import JSON
import TestSupport
import Testing

/// Calls that are nearly right are answered with what was meant.
@Suite struct NearMissTests {
    private static let files = [
        "web/Dockerfile": "FROM node:20\nCOPY package.json .\nRUN npm ci\nCOPY . .\n",
        "web/package.json": "{}", "README.md": "# A project\n\nWhat it is.\n",
        "compose.yaml": "services: {web: {build: web}}\n",
    ]

    private func repository() async throws -> ScratchFolder {
        let folder = try ScratchFolder()
        for (path, text) in Self.files { try folder.write(text, to: path) }
        try await folder.git(["init", "-q", "-b", "main"])
        for number in 1...2 {
            try folder.write("\(number)", to: "web/x")
            try await folder.git(["add", "-A"])
            try await folder.git(["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "x"])
        }
        return folder
    }

    private func answer(to call: String) async throws -> Session {
        await Session.run(call.split(separator: " ").map(String.init), in: try await repository())
    }

    @Test(arguments: [
        ("impact HEAD~1", "no build `HEAD~1`; did you mean --base HEAD~1?"),
        ("impact main..HEAD", "did you mean --base main --head HEAD?"),
        ("impact webb", "did you mean web?"),
        ("impact --base HEAD~1...HEAD", "A..B"),
        ("impact --base HEAD~1..HEAD --staged", "A..B"),
        ("impact --files ,", "a path is empty"),
        ("impact --files web/package.json README.md", "did you mean --files …,README.md?"),
        ("impact --base HEAD~1 --explain 9/9", "there are '1/4' to '4/4'"),
        ("impact --base HEAD~1 --explain 2/5", "did you mean '2/4'?"),
        ("impact --format jsn", "Did you mean 'json'?"),
        ("check --format jsn", "Did you mean 'json'?"),
        ("README.md", "README.md: is not a Dockerfile"),
        ("compose.yaml", "name the folder"),
        ("context nothing", "no build \"nothing\""),
        ("--unsafe-fixes", "--unsafe-fixes needs --fix or --diff"),
        ("help nosuch", "there is no command `nosuch`"),
        ("help impcat", "did you mean `clm-doctor help impact`?"),
        ("impact --nonsense", "error: Unknown option"),
        ("init --from acme", "not `acme`"),
        ("init --from a/b:c", "OWNER/NAME"),
        ("--update-baseline", "`baseline:` in .clm-doctor.yaml"),
        ("cache --older-than 7x", "7d or 168h"),
    ])
    func isToldWhatWasMeant(_ call: String, _ text: String) async throws {
        let session = try await answer(to: call)
        #expect(session.status == .usage)
        #expect(session.errors.contains(text), "\(session.errors)")
    }

    @Test(arguments: [
        ("impact --base HEAD~1..HEAD", "changed: web/x"),
        ("impact --files web/package.json,README.md", "changed: web/package.json"),
        ("impact --files web/package.json --files README.md web", "changed: web/package.json"),
        ("explain DL3009", "# cache-mount-missing"),
        ("explain DL3006", "# from-floating"),
        ("--no-host --only cache-mounts", "Cache mounts"),
        ("version", "0."),
        ("fix --no-host", "Found"),
        ("help fix", "Examine a repository"),
        ("help version", "SUBCOMMANDS"),
        ("help", "clm-doctor demo"),
        ("impact --files nosuch.txt", "is taken as new"),
    ])
    func isUnderstood(_ call: String, _ text: String) async throws {
        let session = try await answer(to: call)
        #expect(session.status != .usage, "\(session.errors)")
        #expect(session.output.contains(text), "\(session.output)")
    }

    /// A check's own line holds, whichever stands first.
    @Test(arguments: [
        ("{cache: off}", []), ("{cache: off, cache-mount-missing: error}", ["error"]),
        ("{cache-mount-missing: error, cache: off}", ["error"]), ("{cache-mounts: info}", ["info"]),
        ("{cache: {enabled: false}}", nil), ("{cach: off}", nil),
    ])
    func categoriesInTheConfiguration(_ checks: String, _ severities: [String]?) async throws {
        let folder = try await repository()
        try folder.write("checks: \(checks)\n", to: ".clm-doctor.yaml")
        let session = await Session.run("--no-host", "--format", "json", "--only", "cache", in: folder)
        #expect((session.status == .usage) == (severities == nil), "\(session.errors)")
        guard let severities else { return }
        let plain = await Session.run("--no-host", "--format", "json", in: folder)
        let found = (try plain.json()["findings"]?.array ?? []).filter {
            $0["check"]?.string == "cache-mount-missing"
        }
        #expect(found.compactMap { $0["severity"]?.string } == severities)
        // A gate sees what the repository switched off.
        let strict = await Session.run("--no-host", "--strict", "--format", "json", in: folder)
        #expect(try strict.checks().contains("cache-mount-missing"))
    }

    /// A changed Dockerfile that is not read passes no gate; without one it is a note.
    @Test func aGateDoesNotPassWhatIsNotRead() async throws {
        let folder = try await repository()
        try folder.write("FROM node:20\nRUN a\u{0}\n", to: "web/Dockerfile")
        let plain = await Session.run("impact", "--base", "HEAD", in: folder)
        #expect(plain.status == .clean || plain.status == .nothingToCheck)
        for gate in [["--expect-cached"], ["--fail-on", "slow"]] {
            let session = await Session.run(["impact", "--base", "HEAD"] + gate, in: folder)
            #expect(session.status == .findings, "\(session.output)\(session.errors)")
        }
    }

    @Test func aWordThatIsAFileIsTheFile() async throws {
        let folder = try await repository()
        try folder.write("FROM a\n", to: "fix/Dockerfile")
        let session = await Session.run("fix", "--no-host", "--format", "concise", in: folder)
        #expect(!session.errors.contains("fix"), "\(session.errors)")
    }

    @Test func pathsOfImpactAreFromHere() async throws {
        let folder = try await repository()
        try folder.write("FROM node:22\n", to: "web/Dockerfile")
        let session = await Session.run(
            ["impact", "Dockerfile", "--base", "HEAD"], at: folder.path(of: "web"))
        #expect(session.output.contains("web/Dockerfile"), "\(session.output)\(session.errors)")
    }

    @Test func aShallowCloneIsToldWhatToFetch() async throws {
        let whole = try await repository()
        let folder = try ScratchFolder()
        try await folder.git("clone", "-q", "--depth", "1", "file://\(whole.path)", ".")
        let session = await Session.run(["impact", "--base", "HEAD~1"], at: folder.path)
        #expect(session.status == .usage)
        #expect(session.errors.contains("fetch-depth: 0"), "\(session.errors)")
    }

    /// What the configuration says of the run holds where the command line says nothing.
    @Test func theConfigurationSaysHowToRun() async throws {
        let folder = try await repository()
        #expect(await Session.run("--no-host", in: folder).status == .findings)
        try folder.write("fail-on: error\nformat: json\nbaseline: known.json\n", to: ".clm-doctor.yaml")
        let update = await Session.run("--no-host", "--update-baseline", in: folder)
        #expect(update.status == .clean, "\(update.errors)")
        let known = await Session.run(["--no-host", "."], at: folder.path(of: "web"))
        #expect(try known.checks().isEmpty, "\(known.output)\(known.errors)")
        #expect(
            try known.json()["exceptions"]?.array?.compactMap { $0["file"]?.string } == [
                ".clm-doctor.yaml", "known.json",
            ])
        try folder.write(#"{"schema": "clm-doctor/baseline/2", "findings": []}"#, to: "empty.json")
        let text = await Session.run(
            "--no-host", "--format", "concise", "--fail-on", "info", "--baseline", "empty.json", in: folder)
        #expect(text.status == .findings)
        #expect(text.output.contains("web/Dockerfile:4:1: warning dockerignore-missing"), "\(text.output)")
        // A gate heeds none of it.
        let strict = await Session.run("--no-host", "--strict", "--format", "concise", in: folder)
        #expect(strict.status == .findings)
        #expect(strict.output.contains("sets fail-on to error; without effect because of --strict"))
        #expect(strict.output.contains("known.json: is a baseline in the repository; without effect"))
        let shown = await Session.run("--show-config", in: folder)
        #expect(shown.output.hasSuffix("fail-on: error\nformat: json\nbaseline: \"known.json\"\n"))
    }

    @Test func whereNothingIs() async throws {
        let folder = try ScratchFolder()
        let context = await Session.run("context", in: folder)
        #expect(context.status == .usage)
        #expect(context.errors.contains("there is no Dockerfile here"))
        let impact = await Session.run("impact", in: folder)
        #expect(impact.errors.contains("run this in one"), "\(impact.errors)")
    }

    @Test(arguments: [
        (".clm-doctor.yml", "checks: {}\n", "rename it to .clm-doctor.yaml"),
        (".clm-doctor.yaml", "checks: {cache-mount-missing: of}\n", "did you mean off?"),
        (".clm-doctor.yaml", "ignore: [nothing/**]\n", "`nothing/**` matches nothing"),
        (".clm-doctor.yaml", "builds: [{dockerfile: nothing/Dockerfile}]\n", "which does not exist"),
        (".clm-doctor.yaml", "fail-on: eror\n", "did you mean error?"),
        (".clm-doctor.yaml", "format: jsn\n", "did you mean json?"),
        (".clm-doctor.yaml", "baseline: ../known.json\n", "a file in the repository"),
        (".clm-doctor.yaml", "baseline: /known.json\n", "a file in the repository"),
        (".clm-doctor.yaml", "baseline: .git/hooks/known.json\n", "a file in the repository"),
        (".clm-doctor.yaml", "baseline: known.json\n", "known.json does not exist"),
    ])
    func configuration(_ path: String, _ text: String, _ answer: String) async throws {
        let folder = try await repository()
        try folder.write(text, to: path)
        let session = await Session.run("--no-host", in: folder)
        #expect((session.output + session.errors).contains(answer), "\(session.output)")
    }
}
