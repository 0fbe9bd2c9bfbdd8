import DoctorCommands
import JSON
import Processes
import TestSupport
import Testing

struct ImpactCommandTests {
    /// A repository of one commit, of which `a` was edited.
    private func edited(_ dockerfile: String = "FROM alpine:3.20\nCOPY a /a\nRUN make\n") async throws
        -> ScratchFolder
    {
        let folder = try ScratchFolder()
        try folder.write(dockerfile, to: "Dockerfile")
        try folder.write("1", to: "a")
        for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]] {
            let output = try await Command(
                program: "/usr/bin/env",
                arguments: ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgSign=false"]
                    + arguments,
                workingDirectory: folder.path,
                environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"],
                timeLimit: .seconds(1200), outputLimit: 1 << 20
            ).run()
            try #require(output.succeeded)
        }
        try folder.write("2", to: "a")
        return folder
    }

    @Test func text() async throws {
        let session = await Session.run("impact", "--base", "HEAD", in: try await edited())
        #expect(session.status == .clean)
        #expect(
            session.output.contains("rebuild [2/3]  COPY a /a\n          changed: a\n"), "\(session.output)")
        #expect(session.output.contains("Dockerfile  fast  2 of 3 steps run again"))
    }

    @Test func json() async throws {
        let session = await Session.run(
            "impact", "--base", "HEAD", "--format", "json", in: try await edited())
        let json = try session.json()
        #expect(json["schema"]?.string == "clm-doctor/impact/1")
        #expect(json["head"]?.string == "worktree")
        let build = json["builds"]?[0]
        #expect(build?["verdict"]?.string == "fast")
        #expect(build?["steps"]?[0]?["kind"]?.string == "base")
        let step = build?["steps"]?[1]
        #expect(step?["step"]?.string == "[2/3]")
        #expect(step?["number"]?.integer == 2)
        #expect(step?["of"]?.integer == 3)
        #expect(step?["line"]?.integer == 2)
        #expect(step?["state"]?.string == "rebuild")
        #expect(step?["cause"]?["files"]?[0]?.string == "a")
        #expect(json["matrix"]?["include"]?[0]?["name"]?.string == "Dockerfile")
    }

    private static let exitCodes: [(arguments: String, status: Int32)] = [
        ("--fail-on fast", 1), ("--fail-on slow", 0), ("--expect-cached", 1),
        ("--budget Dockerfile=none", 1), ("--budget Dockerfile=fast", 0),
        ("--budget Dockerfile=quick", 2), ("--budget other=fast", 2), ("--budget =fast", 2),
        ("--budget fast", 2), ("--budget =", 2), ("--budget fast=", 2), ("--head nowhere", 2),
        ("--head HEAD --staged", 2), ("no-such-build", 2), ("--target x", 2),
        ("--explain 9/9", 2), ("--explain 2/3", 0), ("--verify nowhere", 2),
        ("--file Dockerfile --expect-cached", 1), ("--file /etc/passwd", 2),
    ]

    @Test(arguments: exitCodes)
    func exitCode(arguments: String, status: Int32) async throws {
        let folder = try await edited()
        let session = await Session.run(
            ["impact", "--base", "HEAD"] + arguments.split(separator: " ").map(String.init), in: folder)
        #expect(session.status.rawValue == status, "\(session.output)\(session.errors)")
        #expect(session.errors.isEmpty == (status != 2 && !arguments.contains("Dockerfile=none")))
    }

    @Test func filesThatAreNone() async throws {
        let folder = try await edited()
        try folder.write("1", to: "new/file")
        func notes(_ path: String) async throws -> [String] {
            let session = await Session.run(
                "impact", "--files", path, "--format", "json", in: folder)
            #expect(session.status == .clean)
            return (try session.json()["notes"]?.array ?? []).compactMap { note in
                note["message"]?.string.map { "\(note["path"]?.string ?? note["file"]?.string ?? "")\($0)" }
            }
        }
        #expect(try await notes("a") == [])
        #expect(try await notes("nosuch.txt").first?.contains("is not there: it is taken as new") == true)
        #expect(try await notes("new/file").first?.contains("is not in the commit") == true)
        #expect(try await notes("new").first?.contains("is a folder") == true)
    }

    @Test func explicitBuild() async throws {
        let session = await Session.run(
            "impact", "--base", "HEAD", "--file", "Dockerfile", "--context", ".", "--build-arg", "V=1",
            "--format",
            "json", in: try await edited("FROM alpine:3.20 AS one\nRUN x\nFROM alpine:3.20\nCOPY a /a\n"))
        #expect(try session.json()["builds"]?[0]?["steps"]?[1]?["step"]?.string == "[stage-1 2/2]")
    }

    /// A context that is not there would fail the build; nothing is predicted of it.
    @Test(arguments: [["--context", "nope"], ["--build-context", "lib=nope"]])
    func contextThatIsNotThere(arguments: [String]) async throws {
        let folder = try await edited("FROM alpine:3.20\nCOPY a /a\n")
        let session = await Session.run(
            ["impact", "--base", "HEAD", "--file", "Dockerfile"] + arguments, in: folder)
        #expect(session.status == .usage)
        #expect(session.errors.contains("nope: there is no such folder"))
    }

    /// Names and texts of a repository cannot break out of any format.
    @Test(arguments: ["text", "concise", "json", "markdown", "mermaid", "html"])
    func hostileText(format: String) async throws {
        let dockerfile = """
            FROM alpine:3.20
            COPY a /a
            RUN echo '<script>alert(1)</script>' "::set-output name=x::y" | \u{1B}[31m @team ## "]; click

            """
        let session = await Session.run(
            "impact", "--base", "HEAD", "--format", format, in: try await edited(dockerfile))
        #expect(session.status == .clean)
        #expect(!session.output.contains("\u{1B}"))
        #expect(!session.output.split(separator: "\n").contains { $0.hasPrefix("::") })
        if format == "html" || format == "markdown" || format == "mermaid" {
            #expect(!session.output.contains("<script"))
        }
        if format == "markdown" { #expect(!session.output.contains("@team")) }
    }

    @Test func conciseHasALineForEachStepThatMayRunAgain() async throws {
        let session = await Session.run(
            "impact", "--base", "HEAD", "--format", "concise", in: try await edited())
        #expect(
            session.output == """
                Dockerfile:2\trebuild\tDockerfile\t[2/3]\tchanged: a
                Dockerfile:3\trebuild\tDockerfile\t[3/3]\tfollows [2/3]

                """)
    }

    @Test func thePageBeginsWithWhatRunsAgainAndFoldsTheRest() async throws {
        let session = await Session.run(
            "impact", "--base", "HEAD", "--format", "html", in: try await edited())
        let table = try #require(session.output.firstRange(of: "<a href=\"#b1\">Dockerfile</a>"))
        let section = try #require(session.output.firstRange(of: "<h2 id=\"b1\">"))
        #expect(table.lowerBound < section.lowerBound)
        #expect(session.output.contains("<summary class=\"cached\">1 cached step</summary>"))
    }

    @Test func verify() async throws {
        let folder = try await edited()
        try folder.write("#1 [2/3] COPY a /a\n#1 DONE 0.1s\n#2 [3/3] RUN make\n#2 DONE 1s\n", to: "good.log")
        try folder.write("#1 [2/3] COPY a /a\n#1 CACHED\n", to: "bad.log")
        let good = await Session.run("impact", "--base", "HEAD", "--verify", "good.log", in: folder)
        #expect(good.status == .clean)
        #expect(good.output.contains("The build did what was predicted."))
        let bad = await Session.run("impact", "--base", "HEAD", "--verify", "bad.log", in: folder)
        #expect(bad.status == .findings)
        #expect(bad.output.contains("[2/3] was cached, predicted rebuild"))
        // The log of another build says nothing of this one.
        try folder.write("#1 [7/9] RUN other\n#1 DONE 0.1s\n", to: "other.log")
        let other = await Session.run("impact", "--base", "HEAD", "--verify", "other.log", in: folder)
        #expect(other.status == .usage)
        #expect(other.errors.contains("nothing was compared"), "\(other.errors)")
        #expect(other.output == "")
        for (text, message) in [
            ("Step 1/2 : FROM alpine\nStep 2/2 : COPY a /a\n", "the builder before BuildKit"),
            ("hello\n", "no build is in it"), ("", "the file is empty"),
            ("\u{1F}\u{8B}", "no build is in it"),
            ("#1 [2/3] COPY a /a\n", "nothing was compared"),
            (#"{"buildx.build.ref": "a/b/c"}"#, "a metadata file tells no steps"),
        ] {
            try folder.write(text, to: "other.log")
            let session = await Session.run("impact", "--base", "HEAD", "--verify", "other.log", in: folder)
            #expect(session.status == .usage)
            #expect(session.errors.contains(message), "\(session.errors)")
            #expect(session.output == "")
        }
        // Of half a record, what is there is compared.
        try folder.write("#1 0.1 x\n#2 [2/3] COPY a /a\n#2 DONE 0.1s\n", to: "half.log")
        let half = await Session.run("impact", "--base", "HEAD", "--verify", "half.log", in: folder)
        #expect(half.status == .clean)
        #expect(half.errors == "note: half.log: the log begins in the middle of a build\n")
    }
}
