import DoctorCommands
import JSON
import TestSupport
import Testing

/// `check` and `impact` say the same of a build: that it fails, or that this cannot be told.
@Suite struct VerdictTests {
    enum Verdict { case fails, unknown, told }

    struct Example: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let files: [String: String]
        let verdict: Verdict
    }

    private static let needs = "ARG V\nFROM debian:${V:?needed}\nCOPY a /a\n"
    private static let empty = "ARG V\nFROM $V\nCOPY a /a\n"
    private static let inStage = "FROM scratch\nARG V\nCOPY a /${V:?needed}\n"
    private static let compose = "services:\n  web:\n    build: .\n"

    private static let examples: [Example] = [
        Example(testDescription: "nothing states it", files: ["Dockerfile": needs], verdict: .unknown),
        Example(testDescription: "FROM is empty, unstated", files: ["Dockerfile": empty], verdict: .unknown),
        Example(testDescription: "in a stage, unstated", files: ["Dockerfile": inStage], verdict: .unknown),
        Example(
            testDescription: "compose states it", files: ["Dockerfile": needs, "compose.yaml": compose],
            verdict: .fails),
        Example(
            testDescription: "FROM is empty, in compose",
            files: ["Dockerfile": empty, "compose.yaml": compose], verdict: .fails),
        Example(
            testDescription: "in a stage, in compose",
            files: ["Dockerfile": inStage, "compose.yaml": compose], verdict: .fails),
        Example(
            testDescription: "compose passes it",
            files: [
                "Dockerfile": needs,
                "compose.yaml": "services:\n  web:\n    build: {context: ., args: {V: \"12\"}}\n",
            ], verdict: .told),
        Example(
            testDescription: "a script states it",
            files: ["Dockerfile": needs, "build.sh": "#!/bin/sh\ndocker build -t x .\n"], verdict: .fails),
        Example(
            testDescription: "a script passes it",
            files: ["Dockerfile": needs, "build.sh": "#!/bin/sh\ndocker build --build-arg V=12 .\n"],
            verdict: .told),
        Example(
            testDescription: "a script passes what cannot be told",
            files: ["Dockerfile": needs, "build.sh": "#!/bin/sh\ndocker build \"$@\" .\n"],
            verdict: .unknown),
        Example(
            testDescription: "no ARG declares it",
            files: ["Dockerfile": "FROM $V\nCOPY a /a\n"], verdict: .fails),
        Example(
            testDescription: "an unknown instruction",
            files: ["Dockerfile": "FROM debian:12\nRUNN x\n"], verdict: .fails),
        Example(
            testDescription: "a mount without a target",
            files: ["Dockerfile": "FROM debian:12\nRUN --mount=type=cache,tagret=/x true\n"],
            verdict: .fails),
        Example(
            testDescription: "an ignore file that BuildKit refuses",
            files: ["Dockerfile": "FROM debian:12\nCOPY a /a\n", ".dockerignore": "!\n"], verdict: .fails),
        Example(
            testDescription: "an ignore file that no step reads",
            files: ["Dockerfile": "FROM debian:12\nRUN true\n", ".dockerignore": "!\n"], verdict: .told),
    ]

    @Test(arguments: examples) func isOne(_ example: Example) async throws {
        let folder = try ScratchFolder()
        for (path, text) in example.files { try folder.write(text, to: path) }
        try folder.write("1", to: "a")
        for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]] {
            try await folder.git(["-c", "user.name=t", "-c", "user.email=t@t"] + arguments)
        }
        try folder.write("2", to: "a")
        let check = await Session.run(
            "check", "--no-host", "--only", "parse-error,mount-syntax", "--format", "json", in: folder)
        #expect(try check.checks().isEmpty == (example.verdict != .fails), "\(check.output)")
        let impact = await Session.run("impact", "--base", "HEAD", "--format", "json", in: folder)
        let build = try #require(try impact.json()["builds"]?[0])
        #expect((impact.status == .unparsable) == (example.verdict == .fails), "\(impact.output)")
        let problem = build["problem"]?.string
        let blind = (build["blind"]?.array ?? []).compactMap { $0["kind"]?.string }
        #expect((problem?.hasSuffix("the build fails here") ?? false) == (example.verdict == .fails))
        #expect(blind.contains("unknown-argument") == (example.verdict == .unknown))
    }

    /// What a tool replaces, and what goes over a limit of this program, is not said to fail; a gate does not pass it.
    @Test(arguments: [
        "FROM debian:12\n{{ install }}\nRUN make\n",
        "FROM debian:12\n" + String(repeating: "RUN x\n", count: 3001),
    ])
    func cannotBeTold(_ dockerfile: String) async throws {
        let folder = try ScratchFolder()
        try folder.write(dockerfile, to: "Dockerfile")
        for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]] {
            try await folder.git(["-c", "user.name=t", "-c", "user.email=t@t"] + arguments)
        }
        let check = await Session.run("check", "--no-host", "--only", "parse-error", in: folder)
        #expect(check.status == .clean)
        let impact = await Session.run("impact", "--base", "HEAD", in: folder)
        #expect(impact.status == .clean)
        #expect(impact.output.contains("what runs again cannot be told"), "\(impact.output)")
        #expect(!impact.output.contains("fails here"))
        for gate in [["--fail-on", "slow"], ["--expect-cached"], ["--budget", "Dockerfile=medium"]] {
            let session = await Session.run(["impact", "--base", "HEAD"] + gate, in: folder)
            #expect(session.status == .findings, "\(gate)")
        }
    }
}
