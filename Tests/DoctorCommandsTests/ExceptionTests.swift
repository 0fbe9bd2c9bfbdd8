import DoctorCommands
import Foundation
import JSON
import TestSupport
import Testing

/// What a change switches off is told, and `--policy` and `--strict` make it ineffective.
struct ExceptionTests {
    private static let formats = [
        "text", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit", "checkstyle", "markdown",
        "html",
    ]

    private func run(_ folder: ScratchFolder, _ arguments: String...) async -> Session {
        await Session.run(["check", "--no-host"] + arguments, in: folder)
    }

    /// A repository with an error in its one Dockerfile, committed.
    private func repository() async throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try folder.write(Sample.error, to: "Dockerfile")
        try await folder.git("init", "-q")
        try await commit(folder)
        return folder
    }

    private func commit(_ folder: ScratchFolder) async throws {
        try await folder.git("add", "-A")
        try await folder.git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "t")
    }

    private func exceptions(_ session: Session) throws -> [String] {
        (try session.json()["exceptions"]?.array ?? []).compactMap { $0["kind"]?.string }
    }

    /// One change for each way of silencing, with the words that each format has to have of it.
    private static let silencers: [(path: String, text: String, kind: String, word: String)] = [
        (".clm-doctor.yaml", "checks: {mount-syntax: off}\n", "checks-off", "mount-syntax"),
        (".clm-doctor.yaml", "checks: {mount-syntax: info}\n", "severity", "info, not error"),
        (
            ".clm-doctor.yaml", "checks: {context-huge: {megabytes: 9999}}\n", "parameters",
            "context-huge (megabytes)"
        ),
        (".clm-doctor.yaml", "ignore: [Dockerfile]\n", "ignored-paths", "ignores Dockerfile"),
        (
            "Dockerfile", "# clm-doctor: ignore-file[mount-syntax]\n" + Sample.error, "ignore-comments",
            "comments hide 1 finding in Dockerfile"
        ),
        ("testdata/Dockerfile", Sample.error, "left-out", "testdata/Dockerfile"),
        (".gitignore", "/Dockerfile\n", "git-ignored", "git tracks it"),
        (".clm-doctor.yaml", "fail-on: never\n", "fail-on", "sets fail-on to never"),
    ]

    @Test(arguments: silencers.indices) func everyFormatTellsWhatAChangeSwitchesOff(index: Int) async throws {
        let silencer = Self.silencers[index]
        let folder = try await repository()
        try folder.write(silencer.text, to: silencer.path)
        let session = await run(folder, "--format", "json")
        #expect(try exceptions(session) == [silencer.kind])
        for format in Self.formats {
            let output = await run(folder, "--format", format).output
                .replacing("\n  ", with: " ").replacing("&#39;", with: "'").replacing("\\`", with: "`")
                .replacing("&#58;", with: ":")
            #expect(output.contains(silencer.word), "\(format): \(output)")
        }
    }

    @Test func whereNothingIsSwitchedOffNothingIsSaid() async throws {
        let folder = try await repository()
        // A higher severity hides nothing, nor does what is off by default, nor what git ignores and does not track.
        try folder.write("checks: {cache-mount-missing: error}\n", to: ".clm-doctor.yaml")
        try folder.write("/build/\n", to: ".gitignore")
        try folder.write(Sample.error, to: "build/Dockerfile")
        for format in Self.formats {
            let output = await run(folder, "--format", format).output
            #expect(!output.lowercased().contains("exception:"), "\(format)")
            #expect(!output.contains("build/Dockerfile"), "\(format)")
        }
        #expect(try exceptions(await run(folder, "--format", "json")) == [])
    }

    @Test func nothingFoundIsNoPraise() async throws {
        let folder = try ScratchFolder()
        try folder.write(Sample.clean, to: "Dockerfile")
        let clean = await run(folder)
        #expect(clean.output.contains("\nNo problems found.\n"), "\(clean.output)")
        try folder.write("checks: {mount-syntax: off}\n", to: ".clm-doctor.yaml")
        let silenced = await run(folder)
        #expect(
            silenced.output.contains("No problems found by the checks that are on; 1 is switched off."),
            "\(silenced.output)")
        #expect(
            await run(folder, "--format", "markdown").output.contains("no problems found (with exceptions)"))
    }

    @Test func aTrackedFileIsExaminedWhateverGitignoreSays() async throws {
        let folder = try await repository()
        try folder.write(Sample.error, to: "api/Dockerfile")
        try await commit(folder)
        try folder.write("Dockerfile\n/api/\n", to: ".gitignore")
        let session = await run(folder, "--format", "json", "--only", "mount-syntax")
        #expect(try session.checks() == ["mount-syntax", "mount-syntax"])
        // The commit that is compared with is read the same way: its findings are known.
        try await commit(folder)
        let since = await run(folder, "--format", "json", "--new-since", "HEAD", "--only", "mount-syntax")
        #expect(try since.checks() == [])
        #expect(try since.json()["summary"]?["known"] == 2)
    }

    @Test func anIndexThatCannotBeReadIsTold() async throws {
        let folder = try await repository()
        try folder.write("/Dockerfile\n", to: ".gitignore")
        try folder.write(Sample.clean, to: "good/Dockerfile")
        try folder.write("DIRC and noise", to: ".git/index")
        let session = await run(folder, "--format", "concise")
        #expect(session.output.contains(".git/index: note: cannot be read"), "\(session.output)")
        #expect(await run(folder, "--strict").status.rawValue == 2)
        // Where nothing is ignored, nothing hangs on it.
        try folder.write("", to: ".gitignore")
        #expect(!(await run(folder, "--format", "concise").output.contains(".git/index")))
    }

    @Test(arguments: [
        ("Dockerfile", "FROM debian:12\n# \0\nRUN true\n", "is a binary file"),
        (
            ".github/workflows/ci.yml", "# \0\njobs: {a: {steps: [{run: docker build .}]}}\n",
            "is a binary file"
        ),
        ("compose.yaml", "services: [\n", "is not read as YAML"),
    ])
    func whatIsNotExaminedIsToldByEveryFormatAndTakesTheTick(path: String, text: String, reason: String)
        async throws
    {
        let folder = try ScratchFolder()
        try folder.write(Sample.clean, to: "good/Dockerfile")
        try folder.write(text, to: path)
        for format in Self.formats {
            #expect(await run(folder, "--format", format).output.contains(reason), "\(format)")
        }
        let session = await run(folder)
        #expect(session.status == .clean)
        #expect(session.output.contains("not everything was examined (\(path))"), "\(session.output)")
        #expect(await run(folder, "--strict").status.rawValue == 2)
    }

    @Test func aNameThatIsNotUTF8IsTold() async throws {
        let folder = try ScratchFolder()
        try folder.write(Sample.clean, to: "Dockerfile")
        let name = Array(folder.path.utf8CString.dropLast()) + "/x".utf8CString.dropLast() + [-1, 0]
        mkdir(name, 0o700)
        defer { rmdir(name) }
        let session = await run(folder, "--format", "concise")
        #expect(session.output.contains("has a name that is not UTF-8; nothing in this folder is examined"))
        #expect(await run(folder, "--strict").status.rawValue == 2)
    }

    @Test func whatIsBuiltFromAFolderThatIsLeftOutIsExamined() async throws {
        let folder = try await repository()
        try folder.write(Sample.clean, to: "testdata/Dockerfile")
        try folder.write("services: {a: {build: testdata}}\n", to: "compose.yaml")
        #expect(try exceptions(await run(folder, "--format", "json")) == [])
    }

    @Test func aTickIsEarned() async throws {
        let folder = try ScratchFolder()
        try folder.write(Sample.clean, to: "Dockerfile")
        let session = await run(folder)
        #expect(session.output.contains("[✓] Dockerfiles"))
        // No file here states builds.
        #expect(session.output.contains("[-] CI             nothing to check"), "\(session.output)")
    }

    // MARK: --strict

    @Test(arguments: silencers.indices) func strictHeedsNoneOfThem(index: Int) async throws {
        let silencer = Self.silencers[index]
        let folder = try await repository()
        try folder.write(silencer.text, to: silencer.path)
        let session = await run(folder, "--strict", "--format", "json", "--only", "mount-syntax")
        #expect(try session.checks().contains("mount-syntax"), "\(session.output)")
        #expect(try session.json()["findings"]?[0]?["severity"] == "error")
        #expect(session.status.rawValue == (silencer.kind == "left-out" ? 2 : 1))
    }

    @Test func strictDoesNotUseABaselineOfTheRepository() async throws {
        let folder = try await repository()
        let other = try ScratchFolder()
        _ = await run(folder, "--baseline", "known.json", "--update-baseline")
        _ = await run(folder, "--baseline", other.path + "/known.json", "--update-baseline")
        let own = await run(folder, "--baseline", "known.json", "--format", "json")
        #expect(own.status == .clean)
        #expect(try exceptions(own) == ["known"])
        #expect(own.output.contains("a file of the repository"))
        #expect(await run(folder, "--baseline", "known.json", "--strict").status == .findings)
        // One from elsewhere is the owner's word.
        #expect(await run(folder, "--baseline", other.path + "/known.json", "--strict").status == .clean)
        #expect(
            await run(folder, "--baseline", "known.json", "--update-baseline", "--strict").status == .usage)
    }

    @Test func strictGoesWithNewSince() async throws {
        let folder = try await repository()
        #expect(await run(folder, "--strict", "--new-since", "HEAD").status == .clean)
        try folder.write("checks: {mount-syntax: off}\nignore: [b]\n", to: ".clm-doctor.yaml")
        try folder.write(Sample.error, to: "b/Dockerfile")
        let loose = await run(folder, "--new-since", "HEAD", "--format", "json")
        #expect(loose.status == .clean)
        #expect(try exceptions(loose).contains("configuration-changed"))
        let strict = await run(folder, "--new-since", "HEAD", "--strict", "--format", "json")
        #expect(strict.status == .findings)
        #expect(try strict.json()["findings"]?.array?.map { $0["file"] } == ["b/Dockerfile"])
    }

    @Test func theOwnersConfigurationHoldsUnderStrict() async throws {
        let folder = try await repository()
        let other = try ScratchFolder()
        try other.write("checks: {mount-syntax: off}\n", to: "own.yaml")
        let session = await run(
            folder, "--strict", "--config", other.path + "/own.yaml", "--format", "json", "--fail-on", "error"
        )
        #expect(session.status == .clean, "\(session.output)")
        #expect(try exceptions(session) == [])
    }

    // MARK: --policy

    private static let policies: [(policy: String, silencer: Int, status: Int32)] = [
        ("checks: {mount-syntax: on}\n", 0, 1),
        ("checks: {mount-syntax: error}\n", 1, 1),
        ("checks: {mount-syntax: error}\n", 0, 1),
        ("all-checks: on\n", 0, 1), ("all-checks: on\n", 1, 1),
        ("ignored-paths: off\n", 3, 1),
        ("ignore-comments: off\n", 4, 1),
        // What it does not name stays the repository's.
        ("checks: {parse-error: on}\n", 0, 0), ("ignore-comments: off\n", 0, 0), ("all-checks: on\n", 4, 0),
    ]

    @Test(arguments: policies.indices) func aPolicyHoldsWhatItNames(index: Int) async throws {
        let (policy, silencer, status) = Self.policies[index]
        let folder = try await repository()
        let other = try ScratchFolder()
        try folder.write(Self.silencers[silencer].text, to: Self.silencers[silencer].path)
        try other.write(policy, to: "policy.yaml")
        let session = await run(
            folder, "--policy", other.path + "/policy.yaml", "--fail-on", "error", "--format", "json")
        // Where the only Dockerfile is ignored there is nothing to check.
        #expect(session.status.rawValue == status, "\(policy): \(session.output) \(session.errors)")
        #expect(try exceptions(session).contains("not-heeded") == (status == 1))
    }

    @Test func aPolicyIsNoFileOfTheRepository() async throws {
        let folder = try await repository()
        try folder.write("checks: {mount-syntax: on}\n", to: "policy.yaml")
        try await commit(folder)
        let inside = await run(folder, "--policy", "policy.yaml")
        #expect(inside.status == .usage)
        #expect(inside.errors.contains("lies in the repository"))
        // A link from outside leads to the same file.
        let other = try ScratchFolder()
        try FileManager.default.createSymbolicLink(
            atPath: other.path + "/link.yaml", withDestinationPath: folder.path + "/policy.yaml")
        #expect(await run(folder, "--policy", other.path + "/link.yaml").status == .usage)
        // A commit cannot be changed by the work tree.
        try folder.write("checks: {mount-syntax: off}\n", to: ".clm-doctor.yaml")
        try folder.write("all-checks: off\n", to: "policy.yaml")
        #expect(await run(folder, "--policy", "HEAD:policy.yaml").status == .findings)
        for name in [
            "HEAD:none.yaml", "nowhere:policy.yaml", "--output=x:y", "/nowhere", "HEAD:Dockerfile/x",
        ] {
            #expect(await run(folder, "--policy", name).status == .usage, "\(name)")
        }
    }

    @Test(arguments: [
        "checks: {mount-syntax: off}\n", "checks: {nonsense: on}\n", "check: on\n", "all-checks: maybe\n",
        "[]\n",
        "ignore: [a]\n", "checks: ]\n",
    ])
    func aMistakeInAPolicyIsAnError(text: String) async throws {
        let folder = try await repository()
        let other = try ScratchFolder()
        try other.write(text, to: "policy.yaml")
        let session = await run(folder, "--policy", other.path + "/policy.yaml")
        #expect(session.status == .usage)
        #expect(session.errors.contains("policy.yaml:1:"), "\(session.errors)")
    }

    @Test func aPolicyMayExcuseWhatIsNotExamined() async throws {
        let folder = try await repository()
        let other = try ScratchFolder()
        try folder.write(Sample.clean, to: "Dockerfile")
        try folder.write(Sample.clean, to: "testdata/Dockerfile")
        try other.write("unexamined: [testdata]\n", to: "policy.yaml")
        #expect(await run(folder, "--strict").status.rawValue == 2)
        let session = await run(folder, "--strict", "--policy", other.path + "/policy.yaml")
        #expect(session.status == .clean, "\(session.errors)")
    }

    // MARK: Input that is not there

    @Test func anEmptyPathIsNoFolder() async throws {
        let folder = try await repository()
        for command in ["check", "builds"] {
            let session = await Session.run(command, "--no-host", "", in: folder)
            #expect(session.status == .usage)
            #expect(session.errors.contains("a path is empty"), "\(session.errors)")
        }
    }

    @Test func aContextThatIsNotThereIsAnError() async throws {
        let folder = try await repository()
        let session = await Session.run(
            "context", "--no-host", "--file", "Dockerfile", "--context", "nowhere", in: folder)
        #expect(session.status == .usage)
        #expect(session.errors.contains("There is no such folder"), "\(session.errors)")
    }

    // MARK: Wrong calls

    @Test func anErrorHoldsNoEscapes() async throws {
        let folder = try await repository()
        for arguments in [["--format", "\u{1B}[2Jx"], ["--\u{1B}[2J"], ["explain", "\u{202E}x"]] {
            let session = await Session.run(arguments, in: folder)
            #expect(session.status == .usage)
            #expect(!session.errors.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E })
            #expect(session.errors.contains(#"\"#))
        }
    }

    @Test func aPatchWithControlCharactersIsRefused() async throws {
        let folder = try ScratchFolder()
        for (comment, isPrinted) in [
            ("\u{1B}[2J", false), ("\u{202E}", false), ("a\rb", false), ("ü ❤️\tx", true),
        ] {
            try folder.write(
                "FROM debian:12\n# \(comment)\nRUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir x\n",
                to: "Dockerfile")
            for environment in [["LANG": "C.UTF-8"], ["GITHUB_ACTIONS": "true"], ["GITLAB_CI": "true"]] {
                let session = await Session.run(
                    ["check", "--no-host", "--diff", "--only", "cache-disabled"], in: folder,
                    environment: environment)
                #expect(session.output.isEmpty != isPrinted, "\(session.errors)")
                #expect(session.errors.contains("its patch is not printed") != isPrinted)
            }
        }
    }
}
