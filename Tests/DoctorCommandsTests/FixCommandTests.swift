import Fixes
import Foundation
import JSON
import Processes
import TestSupport
import CLinux
import Testing

@testable import DoctorCommands

/// `check --fix`, `--unsafe-fixes` and `--diff`.
struct FixCommandTests {
    private static let apt = """
        FROM debian:12
        # Stays where it is.
        RUN apt-get update && apt-get install -y \\
                build-essential cmake git ninja-build pkg-config \\
            && rm -rf /var/lib/apt/lists/*
        COPY requirements.txt .

        """
    private static let sharing = """
        FROM debian:12
        RUN rm -f /etc/apt/apt.conf.d/docker-clean
        RUN --mount=type=cache,target=/var/cache/apt apt-get update && apt-get install -y gcc
        CMD ["true"]

        """
    private static let sharingFixed = sharing.replacing("/apt apt", with: "/apt,sharing=locked apt")

    private func folder(_ dockerfile: String) throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try folder.write(dockerfile, to: "Dockerfile")
        return folder
    }

    private func text(_ path: String = "Dockerfile", in folder: ScratchFolder) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: folder.path(of: path))), as: UTF8.self)
    }

    private func check(_ arguments: String..., in folder: ScratchFolder) async -> Session {
        await Session.run(["check", "--no-host"] + arguments, in: folder)
    }

    // MARK: Repairs

    /// While repairs are tried, a Dockerfile of a compose file counts as a file; in the context it is none.
    @Test func anInlineDockerfileIsNotIgnored() async throws {
        let folder = try ScratchFolder()
        try folder.write(
            "services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM debian:12\n"
                + "        RUN --mount=type=cache,tagret=/x true\n        COPY . .\n        RUN make\n",
            to: "compose.yaml")
        let session = await check("--diff", "--unsafe-fixes", in: folder)
        #expect(session.output.contains("+compose.yaml\n"), "\(session.output)")
        #expect(session.output.contains("+        RUN --mount=type=cache,target=/x true\n"))
        #expect(!session.output.contains("compose.yaml#"))
    }

    @Test func aSafeFixIsWritten() async throws {
        let folder = try folder(Self.sharing)
        let before = await check(in: folder)
        #expect(before.output.contains("Repairs that --fix tries: 1; --diff shows"), "\(before.output)")
        let session = await check("--fix", "--only", "apt-sharing", in: folder)
        #expect(try text(in: folder) == Self.sharingFixed)
        #expect(session.status == .clean, "by what is left")
        #expect(
            session.errors == """
                fixed: Dockerfile:3 [apt-sharing]: rebuilds [stage-0 3/3]: slow
                Fixed 1 finding in 1 file.

                """)
        let again = await check("--fix", "--only", "apt-sharing", in: folder)
        #expect(again.errors == "Nothing to fix.\n")
    }

    @Test func cacheMountsComeWithAllThatTheyNeed() async throws {
        let folder = try folder(
            Self.apt + "RUN pip install --no-cache-dir -r requirements.txt\n")
        try folder.write("a==1\n", to: "requirements.txt")
        let safe = await check("--fix", in: folder)
        #expect(try text(in: folder).hasPrefix(Self.apt), "\(safe.errors)")
        #expect(safe.output.contains("Repairs that --fix --unsafe-fixes tries: "))
        let session = await check("--fix", "--unsafe-fixes", in: folder)
        #expect(
            try text(in: folder) == """
                FROM debian:12
                # Stays where it is.
                RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \\
                    --mount=type=cache,target=/var/lib/apt/lists,sharing=locked \\
                    rm -f /etc/apt/apt.conf.d/docker-clean && apt-get update && apt-get install -y \\
                        build-essential cmake git ninja-build pkg-config
                COPY requirements.txt .
                RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt

                """, "\(session.errors)")
        #expect(
            session.errors.contains("rebuilds [stage-0 2/4] and 2 steps after it: slow"), "\(session.errors)")
        #expect(await check("--fix", "--unsafe-fixes", in: folder).errors == "Nothing to fix.\n")
    }

    @Test func theIgnoreFileIsMade() async throws {
        let folder = try folder("FROM node:22\nCOPY . /app\nWORKDIR /app\nRUN npm ci\n")
        try folder.write("{}", to: "package.json")
        try folder.write("{}", to: "package-lock.json")
        try folder.write("ref: refs/heads/main\n", to: ".git/HEAD")
        try folder.write("x", to: ".git/objects/x")
        let session = await check("--fix", "--unsafe-fixes", "--only", "dockerignore-missing", in: folder)
        #expect(try text(".dockerignore", in: folder).hasPrefix(".git\n"), "\(session.errors)")
        #expect(session.errors.contains("rebuilds [2/4] and 2 steps after it"), "\(session.errors)")
    }

    @Test func theConfigurationLeavesACheckOut() async throws {
        let folder = try folder(Self.sharing)
        try folder.write("checks: {apt-sharing: {fix: false}}\n", to: ".clm-doctor.yaml")
        let session = await check("--fix", in: folder)
        #expect(try text(in: folder) == Self.sharing)
        #expect(session.output.contains("apt-sharing"))
    }

    @Test func onlyAndSkipChoose() async throws {
        let folder = try folder(Self.sharing)
        _ = await check("--fix", "--skip", "apt-sharing", in: folder)
        #expect(try text(in: folder) == Self.sharing)
        _ = await check("--fix", "--only", "mount-syntax", in: folder)
        #expect(try text(in: folder) == Self.sharing)
    }

    @Test func aFileThatDoesNotParseIsNotTouched() async throws {
        let folder = try folder(Self.sharing + "RUNN x\n")
        let session = await check("--fix", "--unsafe-fixes", in: folder)
        #expect(try text(in: folder) == Self.sharing + "RUNN x\n")
        #expect(session.status == .unparsable)
        #expect(session.errors.contains("does not parse"))
    }

    // MARK: What could break the build

    @Test(arguments: [
        (
            "FROM golang:1.23 AS build\nCOPY . .\nRUN go build -o /app .\n"
                + "FROM debian:12\nCOPY --from=build /go/pkg/mod /mod\n",
            "line 5 takes /go/pkg/mod"
        ),
        (
            "FROM maven:3.9\nCOPY . .\nRUN mvn dependency:go-offline\nRUN mvn -o package\n",
            "works without network on what would be on the mount"
        ),
        (
            "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y gcc make cmake git ninja-build\n",
            "has no package list on a mount that is empty"
        ),
        (
            "FROM python:3.12\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
                + "RUN ls /root/.cache/pip\n",
            "reads /root/.cache/pip, which would be empty"
        ),
        (
            "FROM python:3.12\nCOPY wheels /root/.cache/pip/wheels\nCOPY requirements.txt .\n"
                + "RUN pip install -r requirements.txt\n",
            "which the mount would hide"
        ),
    ])
    func isRefused(dockerfile: String, reason: String) async throws {
        let folder = try folder(dockerfile)
        for name in ["requirements.txt", "go.mod", "pom.xml", "wheels/x"] { try folder.write("x", to: name) }
        let session = await check(
            "--fix", "--unsafe-fixes", "--only", "cache-mount-missing", in: folder)
        #expect(try text(in: folder) == dockerfile)
        #expect(
            session.errors.contains("it could break the build") && session.errors.contains(reason),
            "\(session.errors)")
    }

    @Test func aFrontendThatKnowsNoMountsGetsNone() async throws {
        let dockerfile =
            "# syntax=docker/dockerfile:1.1\nFROM python:3.12\nCOPY r.txt .\nRUN pip install -r r.txt\n"
        let folder = try folder(dockerfile)
        try folder.write("x", to: "r.txt")
        _ = await check("--fix", "--unsafe-fixes", "--only", "cache-mount-missing", in: folder)
        #expect(try text(in: folder) == dockerfile)
    }

    // MARK: Patches

    @Test(arguments: [
        Self.sharing, Self.sharing.replacing("\n", with: "\r\n"), "\u{FEFF}" + Self.sharing,
        String(Self.sharing.dropLast(16)), String(Self.sharing.replacing("\n", with: "\r\n").dropLast()),
        "# escape=`\n" + Self.sharing,
    ])
    func gitTakesThePatch(dockerfile: String) async throws {
        let (patched, fixed) = (try folder(dockerfile), try folder(dockerfile))
        let session = await check("--diff", in: patched)
        #expect(try text(in: patched) == dockerfile, "nothing is written")
        #expect(session.output.hasPrefix("diff --git a/Dockerfile b/Dockerfile\n"), "\(session.errors)")
        for arguments in [["init", "-q"], ["apply", "--check"], ["apply", "--whitespace=nowarn"]] {
            let output = try await Command(
                program: "/usr/bin/env", arguments: ["git"] + arguments, workingDirectory: patched.path,
                environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"],
                input: Array(session.output.utf8), timeLimit: .seconds(1200), outputLimit: 1 << 20
            ).run()
            #expect(output.succeeded, "\(String(decoding: output.standardError, as: UTF8.self))")
        }
        _ = await check("--fix", in: fixed)
        #expect(try text(in: patched) == text(in: fixed))
        #expect(try text(in: fixed).replacing(",sharing=locked", with: "") == dockerfile)
    }

    @Test func aPatchSpeaksToNoCISystem() async throws {
        let folder = try folder(Self.sharing + "RUN echo \\\n::error::forged\n")
        let session = await Session.run(
            ["check", "--no-host", "--diff"], in: folder, environment: ["GITHUB_ACTIONS": "true"])
        #expect(session.output.isEmpty)
        #expect(session.errors.contains("its patch is not printed"))
    }

    // MARK: Options and reports

    @Test(arguments: [["--unsafe-fixes"], ["--fix", "--diff"]])
    func whatMakesNoSenseIsAMistake(arguments: [String]) async throws {
        let session = await Session.run(["check"] + arguments, in: try folder(Self.sharing))
        #expect(session.status == .usage)
    }

    @Test func jsonTellsWhatIsFixable() async throws {
        let session = await check("--format", "json", in: try folder(Self.sharing))
        let report = try session.json()
        #expect(report["summary"]?["fixable"] == 1)
        #expect(report["summary"]?["fixableUnsafe"] == 0)
        let edits = (report["findings"]?.array ?? []).compactMap { $0["edits"]?.array?.first }
        #expect(edits.first?["applicability"] == "safe")
    }

    // MARK: Writing

    @Test func modeStaysAndNothingIsLeftBehind() async throws {
        let folder = try folder(Self.sharing)
        try folder.setMode(0o751, of: "Dockerfile")
        _ = await check("--fix", in: folder)
        #expect(try text(in: folder) == Self.sharingFixed)
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path(of: "Dockerfile"))
        #expect(attributes[.posixPermissions] as? Int == 0o751)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["Dockerfile"])
    }

    @Test func aNameMayBeAsLongAsAnyNameIs() async throws {
        let folder = try ScratchFolder()
        let name = String(repeating: "\u{30A2}", count: 80) + ".Dockerfile"
        #expect(name.utf8.count == 251)
        try folder.write(Self.sharing, to: name)
        let session = await check("--fix", in: folder)
        #expect(try text(name, in: folder) == Self.sharingFixed, "\(session.errors)")
    }

    @Test func extendedAttributesStay() async throws {
        let folder = try folder(Self.sharing)
        let path = folder.path(of: "Dockerfile")
        try #require(setxattr(path, "user.origin", "here", 4, 0) == 0)
        _ = await check("--fix", in: folder)
        #expect(try text(in: folder) == Self.sharingFixed)
        var value = [UInt8](repeating: 0, count: 16)
        #expect(getxattr(path, "user.origin", &value, value.count) == 4)
        #expect(value.prefix(4).elementsEqual("here".utf8))
    }

    @Test(arguments: [true, false])
    func problemsBeyondTheLimitAreRepairedToo(areAlike: Bool) async throws {
        let lines = (0..<160).map { "RUN --mount=type=cache,tagret=/x\(areAlike ? 0 : $0) true\n" }
        let folder = try folder("FROM debian:12\n" + lines.joined())
        let session = await check("--fix", "--only", "mount-syntax", in: folder)
        #expect(
            try text(in: folder) == "FROM debian:12\n" + lines.joined().replacing("tagret", with: "target"))
        #expect(session.errors.contains("Fixed 160 findings in 1 file."), "\(session.errors.suffix(300))")
        #expect(!session.errors.contains("not fixed"))
    }

    // MARK: What a killed run leaves

    private static let left = ".clm-doctor-0123456789abcdef.tmp"

    @Test(arguments: [".git/", ""])
    func whatAKilledRunLeftIsToldAndCleared(place: String) async throws {
        let folder = try folder(Self.sharing)
        try folder.write("ref: refs/heads/main\n", to: ".git/HEAD")
        try folder.write("half", to: place + Self.left)
        try folder.write("mine", to: place + ".clm-doctor-mine.tmp")
        let told = await check(in: folder)
        #expect(told.output.contains("\(place)\(Self.left) is left of a run of --fix"), "\(told.output)")
        #expect(folder.exists(place + Self.left), "check changes nothing")
        let session = await check("--fix", in: folder)
        #expect(
            session.errors.hasPrefix("cleared: \(place)\(Self.left), which a run that was ended has left\n"))
        #expect(!folder.exists(place + Self.left))
        #expect(folder.exists(place + ".clm-doctor-mine.tmp"))
        #expect(try text(in: folder) == Self.sharingFixed)
    }

    @Test func whatARunningProcessHoldsIsNotLeft() throws {
        let folder = try ScratchFolder()
        try folder.write("half", to: Self.left)
        let file = open(folder.path(of: Self.left), O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        #expect(flock(file, LOCK_EX) == 0)
        #expect(Leftovers.find(in: folder.path, isCleared: true) == [])
        #expect(folder.exists(Self.left))
        // Neither is what is no file.
        try folder.makeFolder(".clm-doctor-0123456789abcdee.tmp")
        try folder.symlink(".clm-doctor-0123456789abcded.tmp", to: Self.left)
        #expect(Leftovers.find(in: folder.path, isCleared: true) == [])
    }

    /// Where the file system knows no files without a name, or no name is free, writing goes another way.
    @Test func namesForAMomentAreTriedUntilOneIsFree() throws {
        let folder = try ScratchFolder()
        let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(descriptor) }
        var tries = 0
        let made = try Leftovers.withFreeName(in: [descriptor]) { place, name in
            #expect(Leftovers.isLeftover(name))
            tries += 1
            if tries < 50 { errno = EEXIST }
            return tries < 50 ? -1 : openat(place, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        }
        defer { close(made.result) }
        #expect(tries == 50)
        #expect(folder.exists(made.name))
    }

    @Test func aReadOnlyFileIsAnError() async throws {
        let folder = try folder(Self.sharing)
        try folder.setMode(0o444, of: "Dockerfile")
        let session = await check("--fix", in: folder)
        #expect(session.status == .usage)
        #expect(session.errors.contains("error: Dockerfile is as it was: it is read-only"))
        #expect(session.errors.contains("Nothing to fix."))
        #expect(try text(in: folder) == Self.sharing)
    }

    @Test func aLinkInTheRepositoryIsWrittenThrough() async throws {
        let folder = try ScratchFolder()
        try folder.write("ref: x\n", to: ".git/HEAD")
        try folder.write(Self.sharing, to: "real/Dockerfile")
        try folder.symlink("Dockerfile", to: "real/Dockerfile")
        // git applies no patch to a link.
        #expect(await check("--diff", in: folder).output.contains("--- a/real/Dockerfile\n"))
        _ = await check("--fix", in: folder)
        #expect(try text("real/Dockerfile", in: folder) == Self.sharingFixed)
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: folder.path(of: "Dockerfile"))
        #expect(target == "real/Dockerfile")
    }

    private func failure(_ path: String, before: String?, in folder: ScratchFolder) -> String? {
        do {
            try FixWriter(root: folder.path(of: "repository")).write(
                FixPlan.FixedFile(path: path, before: before.map { Array($0.utf8) }, after: [0x41]))
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func nothingIsWrittenOutside() async throws {
        let folder = try ScratchFolder()
        try folder.write("outside", to: "outside/file")
        try folder.makeFolder("repository")
        try folder.symlink("repository/file", to: "../outside/file")
        try folder.symlink("repository/folder", to: "../outside")
        for path in ["file", "folder/file", "../outside/file"] {
            #expect(
                failure(path, before: "outside", in: folder)
                    == "it is a link that leads out of the repository")
        }
        #expect(
            failure("folder/new", before: nil, in: folder) == "it is a link that leads out of the repository")
        #expect(try text("outside/file", in: folder) == "outside")
    }

    @Test func whatHasChangedMeanwhileIsNotOverwritten() async throws {
        let folder = try ScratchFolder()
        try folder.write("now", to: "repository/file")
        #expect(
            failure("file", before: "then", in: folder)
                == "it has changed since it was read; run it again")
        #expect(failure("file", before: nil, in: folder) == "it is there meanwhile")
        #expect(try text("repository/file", in: folder) == "now")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path(of: "repository")) == ["file"])
        try folder.makeFIFO("repository/pipe")
        #expect(failure("pipe", before: "", in: folder) == "it is no regular file")
    }
}
