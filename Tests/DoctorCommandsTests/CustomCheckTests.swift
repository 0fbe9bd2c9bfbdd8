import DoctorCommands
import Foundation
import JSON
import Processes
import TestSupport
import Testing

struct CustomCheckTests {
    /// Code scanning shows a rule's page as Markdown; that of a check of the repository's own is its words.
    @Test func thePageOfACustomCheckIsNoMarkdown() async throws {
        let folder = try ScratchFolder()
        try folder.write(Sample.clean, to: "Dockerfile")
        try folder.write("custom-checks: [rules.yaml]\n", to: ".clm-doctor.yaml")
        try folder.write(
            """
            checks:
              - id: own
                title: t
                message: m
                page: "[click](https://evil.example) ![x](https://evil.example/x.png)"
                match: { instruction: RUN }

            """, to: "rules.yaml")
        let session = await Session.run(
            "check", "--no-host", "--format", "sarif", "--only", "own", in: folder)
        let rule = try session.json()["runs"]?[0]?["tool"]?["driver"]?["rules"]?[0]
        let markdown = try #require(rule?["help"]?["markdown"]?.string, "\(session.errors) \(session.output)")
        #expect(markdown.contains("evil.example"))
        #expect(markdown.hasPrefix("```") && markdown.hasSuffix("```"))
    }

    /// The code blocks of `docs/custom-checks.md` in a language.
    private static func example(_ language: String, beginning start: String = "") throws -> String {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/custom-checks.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let blocks = text.split(separator: "```\(language)\n").dropFirst().map {
            $0.prefix(upTo: $0.firstRange(of: "```")!.lowerBound)
        }
        return String(try #require(blocks.first { $0.hasPrefix(start) }))
    }

    private static func project(_ dockerfile: String) throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try folder.write(dockerfile, to: "Dockerfile")
        return folder
    }

    /// A project with one rule: the text below `match:`, by lines.
    private static func project(_ dockerfile: String, match: String, more: String = "") throws
        -> ScratchFolder
    {
        let folder = try project(dockerfile)
        try folder.write("custom-checks: [rules.yaml]\n", to: ".clm-doctor.yaml")
        let conditions = match.split(separator: "\n").map { "      \($0)\n" }.joined()
        try folder.write(
            """
            checks:
              - id: own
                title: t
                message: "{instruction}|{stage}|{match}"
            \(more)    match:
            \(conditions)
            """, to: "rules.yaml")
        return folder
    }

    private static func lines(_ folder: ScratchFolder, _ arguments: String...) async throws -> [Int] {
        let session = await Session.run(
            ["--no-host", "--only", "own", "--format", "json"] + arguments, in: folder)
        #expect(session.errors == "")
        return (try session.json()["findings"]?.array ?? []).compactMap {
            $0["range"]?["start"]?["line"]?.integer
        }
    }

    // MARK: Rules

    @Test func theExampleOfTheDocumentationFindsWhatItSays() async throws {
        let folder = try Self.project(
            """
            FROM python:3.12 AS build
            RUN pip install six
            RUN pip install --index-url https://pypi.example/simple six
            ENV PIP_INDEX_URL=https://pypi.example/simple
            RUN pip install seven

            """)
        try folder.write(try Self.example("yaml", beginning: "custom-checks:"), to: ".clm-doctor.yaml")
        try folder.write(try Self.example("yaml", beginning: "# ci/"), to: "ci/docker-checks.yaml")
        let session = await Session.run(
            "--no-host", "--format", "json", "--only", "our-index-only", in: folder)
        #expect(session.status == .findings)
        let findings = try #require(try session.json()["findings"]?.array)
        #expect(findings.count == 1)
        #expect(
            findings.first?["message"]
                == "`pip install six` in stage build takes packages from the public index.")
        #expect(findings.first?["severity"] == "error")
        #expect(
            findings.first?["edits"]?[0]?["replacement"]
                == "pip install --index-url https://pypi.example/simple")
        let listed = await Session.run("checks", in: folder)
        #expect(listed.output.contains("our-index-only"))
        let page = await Session.run("explain", "our-index-only", in: folder)
        #expect(page.output.contains("Ask the platform team"))
    }

    @Test func theReplacementIsARepairThatWantsALook() async throws {
        let folder = try Self.project(
            "FROM debian:12\r\n# kept\r\nRUN  fetch --fast a\r\n", match: "command: fetch --fast",
            more: "    replace: --fast\n    with: --safe\n")
        #expect(await Session.run("--no-host", "--only", "own", "--fix", in: folder).status == .findings)
        let fixed = await Session.run("--no-host", "--only", "own", "--fix", "--unsafe-fixes", in: folder)
        #expect(fixed.status == .clean)
        #expect(fixed.errors.contains("fixed: Dockerfile:3 [own]"), "\(fixed.errors)")
        let text = try String(contentsOfFile: folder.path(of: "Dockerfile"), encoding: .utf8)
        #expect(text == "FROM debian:12\r\n# kept\r\nRUN  fetch --safe a\r\n")
    }

    @Test func whatAChangeBroughtIsJudgedByTheSameRules() async throws {
        let folder = try Self.project("FROM debian:12\nRUN one\n", match: "instruction: RUN")
        for arguments in [
            ["init", "-q"], ["add", "."],
            ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "t"],
        ] {
            let git = try await Command(
                program: "/usr/bin/git", arguments: ["-C", folder.path] + arguments, environment: [:],
                timeLimit: .seconds(1200), outputLimit: 10_000
            ).run()
            #expect(git.succeeded)
        }
        try folder.write("FROM debian:12\nRUN one\nRUN two\n", to: "Dockerfile")
        let session = await Session.run(
            ["--no-host", "--only", "own", "--format", "concise", "--new-since", "HEAD"], in: folder,
            environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path])
        #expect(
            session.output == """
                Dockerfile:3:1: warning own: RUN|stage-0|RUN two
                clm-doctor: exception: 1 finding known from HEAD

                """, "\(session.errors)")
    }

    @Test(arguments: [
        ("instruction: [COPY, ADD]", [4]), ("instruction: USER", [6]),
        ("text: \"*--no-cache *\"", [3]), ("flag: --link", [4]), ("flag: \"--from=*\"", []),
        ("stage: build", [1, 2, 3, 4]), ("final-stage: true", [5, 6, 7, 8]), ("image: \"alp*\"", [1]),
        ("source: .env", [4]), ("destination: /app/*", [4]), ("user: other\ninstruction: RUN", [7, 8]),
        ("distribution: alpine\ninstruction: RUN", [3]),
        ("mount: { type: cache, target: \"/root/*\" }", [7]), ("mount: { type: cache, sharing: locked }", []),
        ("command: curl -k", [8]), ("command: curl -o", []), ("command: [wget, \"apk add\"]", [3]),
        ("manager: npm", [7]), ("cached: true", [7]), ("cached: false", [3]),
        ("variable: MODE=prod*\ninstruction: RUN", [3]), ("variable: MODE\nnot: { command: apk }", [4]),
        ("any: [ { command: curl }, { command: npm } ]\nnot: { manager: npm }", [8]),
    ])
    func eachConditionHolds(match: String, expected: [Int]) async throws {
        let folder = try Self.project(
            """
            FROM alpine:3.20 AS build
            ENV MODE=production
            RUN apk add --no-cache git
            COPY --link .env /app/x
            FROM node:22
            USER 1000
            RUN --mount=type=cache,target=/root/.npm npm --cache /root/.npm ci
            RUN curl -s -k https://example.org

            """, match: match)
        // The first stage is built for what the second takes of it.
        try folder.write(
            "FROM alpine:3.20 AS build\nENV MODE=production\nRUN apk add --no-cache git\nCOPY --link .env /app/x\n"
                + "FROM node:22\nUSER 1000\n"
                + "RUN --mount=type=cache,target=/root/.npm --mount=from=build,target=/b npm --cache /root/.npm ci\n"
                + "RUN curl -s -k https://example.org\n", to: "Dockerfile")
        #expect(try await Self.lines(folder) == expected)
    }

    @Test(arguments: [
        "user: root\ninstruction: RUN", "user: other\ninstruction: RUN",
        "not: { user: root }\ninstruction: RUN",
        "command: tool --fast", "command: tool\nnot: { command: tool --fast }",
        "variable: MODE=x\ninstruction: RUN", "not: { variable: MODE }\ninstruction: RUN",
        "image: \"base*\"", "distribution: debian\ninstruction: RUN",
    ])
    func whatCannotBeToldFindsNothing(match: String) async throws {
        let folder = try Self.project("ARG BASE\nFROM $BASE\nARG MODE\nRUN tool $FLAGS\n", match: match)
        #expect(try await Self.lines(folder) == [])
    }

    @Test(arguments: [
        ("commandd: x", "rules.yaml:6:7: unknown condition \"commandd\"; did you mean command?"),
        ("manager: pipp", "rules.yaml:6:16: unknown manager \"pipp\"; did you mean pip?"),
        ("distribution: debiann", "did you mean debian?"),
        ("instruction: RUNN", "did you mean RUN?"),
        ("mount: { typ: cache }", "did you mean type?"),
        ("user: nobody", "there is root, other"),
        ("cached: perhaps", "cached is true or false"),
    ])
    func aMistakeIsNamedWithItsLine(match: String, message: String) async throws {
        let session = await Session.run(
            "--no-host", in: try Self.project("FROM debian:12\n", match: match))
        #expect(session.status == .usage)
        #expect(session.errors.contains(message), "\(session.errors)")
    }

    @Test(arguments: [
        ("message: \"{mesage}\"", "there is no placeholder {mesage}"), ("message: \"{\"", "a brace is open"),
        ("id: apt-sharing", "there is a check apt-sharing already"), ("id: Own", "small letters"),
        ("severity: fatal", "unknown severity"), ("replace: x", "replace needs a with"),
        ("colour: red", "unknown key of a check \"colour\""),
    ])
    func soIsOneInACheck(line: String, message: String) async throws {
        let folder = try Self.project("FROM debian:12\n")
        try folder.write("custom-checks: rules.yaml\n", to: ".clm-doctor.yaml")
        let key = line.prefix { $0 != ":" }
        let lines =
            ["id: own", "title: t", "message: m", "match: { instruction: RUN }"]
            .filter { !$0.hasPrefix(key + ":") } + [line]
        try folder.write(
            "checks:\n  - " + lines.joined(separator: "\n    ") + "\n", to: "rules.yaml")
        let session = await Session.run("--no-host", in: folder)
        #expect(session.status == .usage)
        #expect(session.errors.contains("rules.yaml:"), "\(session.errors)")
        #expect(session.errors.contains(message), "\(session.errors)")
    }

    @Test func aRuleFileOutsideOfTheRepositoryIsNotRead() async throws {
        let folder = try Self.project("FROM debian:12\n")
        try folder.symlink("rules.yaml", to: "/etc/passwd")
        for name in ["/etc/passwd", "../rules.yaml", "rules.yaml"] {
            try folder.write("custom-checks: [\(name)]\n", to: ".clm-doctor.yaml")
            let session = await Session.run("--no-host", in: folder)
            #expect(session.status == .usage)
            #expect(session.errors.contains(".clm-doctor.yaml:1:"), "\(session.errors)")
            #expect(!session.errors.contains("root:"))
        }
    }

    @Test func theConfigurationAndIgnoreCommentsKnowThem() async throws {
        let folder = try Self.project(
            "FROM debian:12\nRUN one\n# clm-doctor: ignore[own] reason=\"so\"\nRUN two\n",
            match: "instruction: RUN")
        #expect(try await Self.lines(folder) == [2])
        try folder.write("custom-checks: [rules.yaml]\nchecks: { own: error }\n", to: ".clm-doctor.yaml")
        let session = await Session.run("--no-host", "--fail-on", "error", "--format", "concise", in: folder)
        #expect(session.status == .findings)
        #expect(
            session.output == """
                Dockerfile:2:1: error own: RUN|stage-0|RUN one
                clm-doctor: exception: comments hide 1 finding in Dockerfile: own

                """)
        try folder.write("custom-checks: [rules.yaml]\nchecks: { own: off }\n", to: ".clm-doctor.yaml")
        #expect(await Session.run("--no-host", "--skip", "ignore-unused", in: folder).status == .clean)
    }

    // MARK: Programs

    private static func program(_ text: String) async throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try folder.write(text, to: "text", mode: 0o755)
        // Not written by this process: another test's child, born meanwhile, would hold it open, and it could not run.
        let copy = try await Command(
            program: "/bin/cp", arguments: [folder.path(of: "text"), folder.path(of: "program")],
            environment: [:],
            timeLimit: .seconds(1200), outputLimit: 1000
        ).run()
        #expect(copy.succeeded)
        return folder
    }

    /// A shell script that has one check and answers the second question as told.
    private static func program(answering second: String) async throws -> ScratchFolder {
        try await program(
            """
            #!/bin/sh
            question=$(cat)
            case $question in
            *'"describe"'*) echo '{"schema": "clm-doctor/check-program/1", "checks": [{"id": "own", "title": "t", \
            "category": "ci", "severity": "warning", "cost": "none"}]}' ;;
            *) \(second) ;;
            esac

            """)
    }

    @Test func theProgramOfTheDocumentationFindsWhatItSays() async throws {
        let folder = try Self.project(
            "FROM debian:12 AS build\nFROM debian:12\nCOPY --from=build /etc /etc\n")
        let program = try await Self.program(try Self.example("python"))
        let path = program.path(of: "program")
        let environment = ["LANG": "C.UTF-8", "PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]
        let session = await Session.run(
            ["--no-host", "--check-program", path, "--only", "stage-names", "--format", "concise"],
            in: folder,
            environment: environment)
        #expect(session.output == "Dockerfile:2:1: info stage-names: The stage stage-1 has no name.\n")
        let listed = await Session.run(
            ["checks", "--check-program", path], in: folder, environment: environment)
        #expect(listed.output.contains("stage-names"))
        let page = await Session.run(
            ["explain", "stage-names", "--check-program", path], in: folder, environment: environment)
        #expect(page.output.contains("Every stage has a name"))
    }

    @Test func aRepositoryCannotNameAProgram() async throws {
        let folder = try Self.project("FROM debian:12\nRUN true\n")
        try folder.write("#!/bin/sh\ntouch \(folder.path)/ran\n", to: "evil", mode: 0o755)
        try folder.write("check-programs: [\(folder.path)/evil]\n", to: ".clm-doctor.yaml")
        // Nor a configuration in it that poses as the user's own.
        try folder.write("check-programs: [\(folder.path)/evil]\n", to: "clm-doctor/config.yaml")
        let refused = await Session.run("--no-host", "--format", "concise", in: folder)
        #expect(refused.output.contains(".clm-doctor.yaml:1: note: check-programs: not run"))
        #expect(refused.status == .clean)
        let posed = await Session.run(
            ["--no-host"], in: folder, environment: ["XDG_CONFIG_HOME": folder.path])
        #expect(posed.status == .usage)
        #expect(posed.errors.contains("lies in the repository"))
        #expect(!FileManager.default.fileExists(atPath: folder.path(of: "ran")))
    }

    @Test func theUsersOwnConfigurationCan() async throws {
        let folder = try Self.project("FROM debian:12\n")
        let home = try await Self.program(
            answering: #"""
                echo '{"schema": "clm-doctor/check-program/1", "findings": [{"check": "own", "file": "Dockerfile", "message": "found"}]}'
                """#)
        try home.write("check-programs: [\(home.path)/program]\n", to: ".config/clm-doctor/config.yaml")
        let session = await Session.run(
            ["--no-host", "--only", "own", "--format", "concise"], in: folder,
            environment: ["HOME": home.path, "PATH": "/usr/bin:/bin"])
        #expect(session.output == "Dockerfile:1:1: warning own: found\n")
    }

    @Test(arguments: [
        ("exit 3", "it ended with exit status 3"), ("echo words", "its answer is no JSON"),
        ("echo '{}'", "its answer has not the schema"),
        ("sleep 60", "stopped, because it took longer than 10 s"),
        ("head -c 9000000 /dev/zero", "stopped, because it wrote more than"),
        (
            #"echo '{"schema": "clm-doctor/check-program/1", "findings": [{"check": "own", "file": "/etc/passwd", "message": "m"}]}'"#,
            "is in no file that it was told of"
        ),
        (
            #"echo '{"schema": "clm-doctor/check-program/1", "findings": [{"check": "own", "file": "Dockerfile", "message": "m", "range": {"start": {"line": 9}}}]}'"#,
            "begins at no place"
        ),
    ])
    func aProgramThatDoesNotKeepToItsWordsIsNamedAndNothingIsPassed(answer: String, message: String)
        async throws
    {
        let folder = try Self.project(Sample.warning)
        let program = try await Self.program(answering: answer)
        let session = await Session.run(
            [
                "--no-host", "--format", "concise", "--check-program", program.path(of: "program"),
                // A busy machine may take a while to start a program that answers at once.
                "--check-program-timeout", answer.hasPrefix("sleep") ? "10" : "60",
            ], in: folder, environment: ["PATH": "/usr/bin:/bin"])
        #expect(session.status == .usage)
        #expect(session.errors == "")
        #expect(session.output.contains(message), "\(session.output)")
        #expect(session.output.contains("syntax-dead"), "the other checks report all the same")
    }

    @Test func whatAProgramSaysCannotForgeOutput() async throws {
        let folder = try Self.project("FROM debian:12\n")
        let program = try await Self.program(
            answering: #"""
                printf '%s' '{"schema": "clm-doctor/check-program/1", "findings": [{"check": "own", "file": "Dockerfile", "message": "\n::error::x\u001b[31m"}]}'
                """#)
        for format in ["text", "concise", "json", "github", "markdown"] {
            let session = await Session.run(
                [
                    "--no-host", "--only", "own", "--format", format, "--check-program",
                    program.path(of: "program"),
                ],
                in: folder, environment: ["PATH": "/usr/bin:/bin"])
            #expect(!session.output.contains("\u{1b}"))
            #expect(!session.output.contains("\n::error::x"))
        }
    }
}
