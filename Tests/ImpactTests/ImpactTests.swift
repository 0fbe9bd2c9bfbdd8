import BuildRecords
import Dockerfile
import Foundation
import Impact
import Project
import TestSupport
import Testing

@Suite struct WorkTreeTests {
    let dockerfile = "FROM alpine:3.20\nCOPY a /a\nRUN make\n"

    @Test func editedFile() async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile, "a": "1"])
        try repository.write(["a": "2"])
        let report = try await repository.impact(base: "HEAD")
        #expect(report.states("Dockerfile") == ["[1/3] cached", "[2/3] rebuild", "[3/3] rebuild"])
        let steps = try #require(report.build("Dockerfile")).steps
        #expect(steps[1].cause == .files(["a"], count: 1))
        #expect(steps[2].cause == .follows("[2/3]"))
    }

    @Test func filesOfAllSourcesAreTold() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY package.json lock other ./\n", "package.json": "1",
            "lock": "1", "other": "1",
        ])
        try repository.write(["package.json": "2", "lock": "2"])
        let report = try await repository.impact(base: "HEAD")
        let step = try #require(report.build("Dockerfile")).steps[1]
        #expect(step.cause == .files(["lock", "package.json"], count: 2))
    }

    /// The same bytes with other permission bits, and a file whose bytes differ as well.
    @Test func editedModes() async throws {
        let repository = try await TestRepository([
            "Dockerfile":
                "FROM alpine:3.20 AS f\nCOPY folder /b\nFROM alpine:3.20\nCOPY a /a\nCOPY --from=f /b /b\n",
            "a": "1",
            "folder/x": "1",
            "folder/y": "1",
        ])
        try repository.folder.write("1", to: "a", mode: 0o755)
        try repository.folder.write("1", to: "folder/x", mode: 0o755)
        try await repository.commit()
        let modes = try #require(try await repository.impact(base: "HEAD~1").build("Dockerfile")).steps
        #expect(modes.map(\.state) == [.cached, .rebuild, .cached, .rebuild, .rebuild])
        #expect(modes[1].cause == .modes(["folder/x"], count: 1))
        #expect(modes[3].cause == .modes(["a"], count: 1))
        try repository.write(["folder/y": "2"])
        let both = try #require(try await repository.impact(base: "HEAD~1").build("Dockerfile")).steps
        #expect(both[1].cause == .files(["folder/x", "folder/y"], count: 2))
    }

    @Test func changedInstructionAfterAStepThatMayRunAgain() async throws {
        func dockerfile(_ command: String) -> String {
            """
            FROM alpine:3.20 AS tool
            COPY a /a
            RUN generate
            FROM alpine:3.20
            COPY --from=tool /b /b
            RUN \(command)
            RUN test

            """
        }
        let repository = try await TestRepository(["Dockerfile": dockerfile("make"), "a": "1"])
        try repository.write(["Dockerfile": dockerfile("make all"), "a": "2"])
        let report = try await repository.impact(base: "HEAD")
        let steps = try #require(report.build("Dockerfile")).steps
        #expect(steps.map(\.state) == [.cached, .rebuild, .rebuild, .cached, .maybe, .rebuild, .rebuild])
        #expect(steps[5].cause == .instruction(was: "RUN make"))
        #expect(steps[6].cause == .follows("[stage-1 3/4]"))
    }

    @Test func untrackedFile() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY src /src\n", "src/a": "1",
        ])
        try repository.write(["src/new": "1"])
        #expect(
            try await repository.impact(base: "HEAD").states("Dockerfile") == [
                "[1/2] cached", "[2/2] rebuild",
            ])
    }

    @Test func fileThatIsBackToTheBase() async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile, "a": "1"])
        let base = try await repository.git(["rev-parse", "HEAD"])
        try await repository.commit(["a": "2"])
        try repository.write(["a": "1"])
        let report = try await repository.impact(base: base)
        #expect(report.states("Dockerfile") == ["[1/3] cached", "[2/3] cached", "[3/3] cached"])
        #expect(report.build("Dockerfile")?.verdict == Verdict.none)
    }

    @Test func stagedOnly() async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile, "a": "1"])
        try repository.write(["a": "2"])
        #expect(
            try await repository.impact(base: "HEAD", head: .staged).states("Dockerfile").allSatisfy {
                $0.hasSuffix("cached")
            })
        try await repository.git(["add", "a"])
        #expect(
            try await repository.impact(base: "HEAD", head: .staged).states("Dockerfile")
                == ["[1/3] cached", "[2/3] rebuild", "[3/3] rebuild"])
    }

    @Test func whatIf() async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile, "a": "1", "b": "1"])
        #expect(
            try await repository.impact(head: .files(["b"])).states("Dockerfile").allSatisfy {
                $0.hasSuffix("cached")
            })
        #expect(
            try await repository.impact(head: .files(["a"])).states("Dockerfile")
                == ["[1/3] cached", "[2/3] rebuild", "[3/3] rebuild"])
    }

    @Test func gitFolderInTheContext() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY . /src\n", ".dockerignore": "b\n", "b": "1",
        ])
        try await repository.commit(["b": "2"])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(report.states("Dockerfile") == ["[1/2] cached", "[2/2] rebuild"])
        #expect(report.build("Dockerfile")?.steps[1].cause == .gitFolder)
        #expect(report.build("Dockerfile")?.blind.contains { $0.kind == .gitFolder } == true)
    }

    @Test func ignoredByGitButInTheContext() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY . /src\n", ".dockerignore": ".git\n", ".gitignore": "out\n",
        ])
        try repository.write(["out/x": "1"])
        let blind = try #require(try await repository.impact(base: "HEAD").build("Dockerfile")).blind
        #expect(blind.contains { $0.kind == .ignoredFiles && $0.subject.hasPrefix("out") })
    }
}

@Suite struct FaultTests {
    let dockerfile = "FROM alpine:3.20\nCOPY a /a\n"

    @Test func unknownRevision() async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile])
        let error = await #expect(throws: ImpactError.self) { try await repository.impact(base: "nowhere") }
        #expect(error?.description.contains("there is no commit `nowhere`") == true)
    }

    @Test func revisionThatLooksLikeAnOption() async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile])
        await #expect(throws: ImpactError.self) { try await repository.impact(base: "--output=x") }
        #expect(try await repository.git(["status", "--porcelain"]).isEmpty)
    }

    @Test func shallowCloneWithoutTheBase() async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile, "a": "1"])
        let base = try await repository.git(["rev-parse", "HEAD"])
        try await repository.commit(["a": "2"])
        try await repository.git(["clone", "-q", "--depth", "1", "file://\(repository.folder.path)", "clone"])
        let error = await #expect(throws: ImpactError.self) {
            try await repository.impact(base: base, in: "clone")
        }
        #expect(error?.description.contains("shallow") == true)
    }

    @Test(arguments: ["blob:none", "tree:0"]) func partialClone(_ filter: String) async throws {
        let origin = try await TestRepository(["Dockerfile": dockerfile, "a": "1"])
        try await origin.git(["config", "uploadpack.allowFilter", "true"])
        try await origin.commit(["Dockerfile": dockerfile + "RUN true\n"])
        try await origin.git([
            "clone", "-q", "--filter=\(filter)", "--no-checkout", "file://\(origin.folder.path)", "clone",
        ])
        await #expect {
            try await origin.impact(base: "HEAD~1", head: .commit("HEAD"), in: "clone")
        } throws: { error in
            "\(error)".contains("`git fetch --refetch --no-filter`")
        }
    }

    @Test func noRepository() async throws {
        let repository = try await TestRepository()
        try await repository.git(["init", "-q", "."])
        let error = await #expect(throws: ImpactError.self) {
            try await ImpactReport.make(
                ImpactRequest(folder: "/", options: .init(environment: ["PATH": "/usr/bin:/bin"])))
        }
        #expect(error?.description.contains("not in a git repository") == true)
    }

    @Test func noGit() async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile])
        let error = await #expect(throws: ImpactError.self) {
            try await ImpactReport.make(
                ImpactRequest(
                    folder: repository.folder.path, options: .init(environment: ["PATH": "/nonexistent"])))
        }
        #expect(error?.description.contains("git was not found") == true)
    }

    @Test func bareRepository() async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile, "a": "1"])
        try await repository.commit(["a": "2"])
        let outside = try ScratchFolder()
        let bare = outside.path(of: "bare.git")
        try await repository.git(["clone", "-q", "--bare", ".", bare])
        func impact(base: String?, head: ImpactRequest.Head) async throws(ImpactError) -> ImpactReport {
            var request = ImpactRequest(
                folder: bare, base: base, head: head,
                options: .init(environment: ["PATH": "/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null"]))
            request.allSteps = true
            return try await ImpactReport.make(request)
        }
        let report = try await impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(report.states("Dockerfile") == ["[1/2] cached", "[2/2] rebuild"])
        let error = await #expect(throws: ImpactError.self) { try await impact(base: nil, head: .workTree) }
        #expect(error?.description.contains("bare") == true)
    }

    @Test func linkedWorkTree() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY . /src\n", ".dockerignore": "b\n",
        ])
        try await repository.commit(["b": "2"])
        try await repository.git([
            "worktree", "add", "-q", "../\(repository.folder.path.split(separator: "/").last!)/linked",
        ])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"), in: "linked")
        // There `.git` is a file, which no commit changes.
        #expect(report.states("Dockerfile") == ["[1/2] cached", "[2/2] cached"])
    }

    @Test func sha256() async throws {
        let repository = try await TestRepository(
            ["Dockerfile": dockerfile, "a": "1"], arguments: ["--object-format=sha256"])
        try await repository.commit(["a": "2"])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(report.base.count == 64)
        #expect(report.states("Dockerfile") == ["[1/2] cached", "[2/2] rebuild"])
    }

    @Test func namesWithNewlinesAndInvalidUTF8() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY src /src\n", "src/a": "1",
        ])
        try repository.folder.write([1], toName: Array("src/line\nbreak".utf8))
        try repository.folder.write([1], toName: Array("src/".utf8) + [0xFF])
        let report = try await repository.impact(base: "HEAD")
        #expect(report.states("Dockerfile") == ["[1/2] cached", "[2/2] rebuild"])
        guard case .files(let files, let count)? = report.build("Dockerfile")?.steps[1].cause else {
            Issue.record("no files are named")
            return
        }
        #expect(count == 2)
        #expect(files.contains("src/line\nbreak"))
    }

    @Test func dockerfileAddedAndDeleted() async throws {
        let repository = try await TestRepository([
            "old/Dockerfile": dockerfile, "old/a": "1", "old/keep": "1",
        ])
        try await repository.git(["rm", "-q", "old/Dockerfile"])
        try await repository.commit(["new/Dockerfile": dockerfile, "new/a": "1"])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(report.builds.map(\.dockerfile) == ["new/Dockerfile"])
        #expect(report.builds.first?.steps.map(\.cause) == [.newBuild, .newBuild])
        #expect(report.builds.first?.verdict == .slow)
        #expect(report.notes.contains { $0.path == "old/Dockerfile" && $0.message.contains("not any more") })
    }

    @Test func dockerfileThatDoesNotParse() async throws {
        let repository = try await TestRepository([
            "bad/Dockerfile": dockerfile, "bad/a": "1", "good/Dockerfile": dockerfile, "good/a": "1",
        ])
        try repository.write(["bad/Dockerfile": "FROM alpine:3.20\nCOPY\n", "good/a": "2"])
        let report = try await repository.impact(base: "HEAD")
        #expect(report.build("bad/Dockerfile")?.problem?.contains("bad/Dockerfile:2") == true)
        #expect(report.states("good/Dockerfile") == ["[1/2] cached", "[2/2] rebuild"])
    }

    @Test func dockerfileThatDidNotParse() async throws {
        let repository = try await TestRepository(["Dockerfile": "FROM alpine:3.20\nCOPY\n", "a": "1"])
        try repository.write(["Dockerfile": dockerfile])
        // Nothing can be in the cache of a build that failed.
        #expect(
            try await repository.impact(base: "HEAD").states("Dockerfile") == [
                "[1/2] rebuild", "[2/2] rebuild",
            ])
    }

    @Test func contextOutsideOfTheRepository() async throws {
        let repository = try await TestRepository([
            "good/Dockerfile": dockerfile, "good/a": "1", "outside/Dockerfile": dockerfile,
            "compose.yaml": """
            services:
              good: { build: good }
              outside: { build: { context: .., dockerfile: FOLDER/outside/Dockerfile } }

            """,
        ])
        let folder = URL(filePath: repository.folder.path).lastPathComponent
        let compose = try String(
            contentsOfFile: repository.folder.path(of: "compose.yaml"), encoding: .utf8)
        try await repository.commit(["compose.yaml": compose.replacing("FOLDER", with: folder)])
        try repository.write(["good/a": "2"])
        let report = try await repository.impact(base: "HEAD")
        #expect(report.states("good") == ["[1/2] cached", "[2/2] rebuild"])
        #expect(
            report.notes.contains { $0.path == "compose.yaml" && $0.message.contains("not a file of this") })
        // Named by the command line, it is predicted with what can be told.
        var request = ImpactRequest(
            folder: repository.folder.path, base: "HEAD",
            options: LoadOptions(environment: ProcessInfo.processInfo.environment))
        request.namedBuild = ImpactRequest.NamedBuild(
            dockerfile: repository.folder.path(of: "outside/Dockerfile"), context: "/", target: nil,
            args: [:],
            contexts: [])
        request.allSteps = true
        let named = try await ImpactReport.make(request)
        #expect(named.states("outside/Dockerfile") == ["[1/2] cached", "[2/2] maybe"])
        #expect(named.builds.first?.blind.map(\.kind) == [.floatingTag, .outsideContext])
    }

    /// What a commit has is read from git, however it is named and by way of links.
    @Test func commitsAreReadWithoutACheckout() async throws {
        let repository = try await TestRepository([
            "compose.yaml": """
            services:
              odd: { build: { context: app, dockerfile: build.txt } }
              out: { build: { context: ., dockerfile: out/Dockerfile } }

            """,
            "app/build.txt": dockerfile, "app/a": "1", "vendor/x/Dockerfile": dockerfile,
            "guessed/docker/Dockerfile": "FROM scratch\nCOPY lib/*.c /\n", "guessed/lib/x.c": "1",
            "real/Dockerfile": dockerfile, "real/a": "1",
        ])
        let path = repository.folder.path
        try FileManager.default.createSymbolicLink(
            atPath: path + "/linked", withDestinationPath: "real")
        try FileManager.default.createSymbolicLink(
            atPath: path + "/out", withDestinationPath: "../..")
        try await repository.commit()
        try await repository.commit(["app/a": "2", "guessed/lib/x.c": "2", "real/a": "2"])
        try await repository.commit(["compose.yaml": "services: {}\n", "other/Dockerfile": dockerfile])
        let old = try await repository.git(["rev-parse", "HEAD~1"])
        // The work tree has another compose file.
        let report = try await repository.impact(base: "HEAD~2", head: .commit(old), allSteps: false)
        #expect(
            report.builds.map { "\($0.name) \($0.context) \($0.verdict)" } == [
                "odd app fast", "guessed/docker/Dockerfile guessed fast", "real/Dockerfile real fast",
            ])
        #expect(report.notes.contains { $0.message.contains("out/Dockerfile") })
        let unreached = try await repository.impact(base: old, head: .commit(old), allSteps: false)
        #expect(unreached.builds.map(\.steps.count) == [0, 0, 0])
        #expect(unreached.builds.map(\.blind.count) == report.builds.map(\.blind.count))
        #expect(unreached.builds.allSatisfy { $0.verdict == .none && !$0.isAffected })
    }

    /// Git's list of files is that of a search, which sees neither ignored files nor those of others.
    @Test func untrackedAndIgnoredDockerfiles() async throws {
        let repository = try await TestRepository([
            "Dockerfile": dockerfile, "a": "1", ".gitignore": "made/\n", "vendor/Dockerfile": dockerfile,
        ])
        try repository.write(["new/Dockerfile": dockerfile, "new/a": "1", "made/Dockerfile": dockerfile])
        try await repository.git(["rm", "-q", "--cached", "a"])
        var report = try await repository.impact(base: "HEAD")
        #expect(report.builds.map(\.name) == ["Dockerfile", "new/Dockerfile"])
        try repository.write([".clm-doctor.yaml": "include: [made]\n"])
        report = try await repository.impact(base: "HEAD")
        #expect(report.builds.map(\.name) == ["Dockerfile", "made/Dockerfile", "new/Dockerfile"])
    }

    @Test func deletedDockerfileOfAStatedBuild() async throws {
        let repository = try await TestRepository([
            "good/Dockerfile": dockerfile, "good/a": "1", "gone/Dockerfile": dockerfile, "gone/a": "1",
            "compose.yaml": "services:\n  good: { build: good }\n  gone: { build: gone }\n",
        ])
        try await repository.git(["rm", "-q", "gone/Dockerfile"])
        try await repository.commit(["good/a": "2"])
        for head in [ImpactRequest.Head.commit("HEAD"), .workTree] {
            let report = try await repository.impact(base: "HEAD~1", head: head)
            #expect(report.states("good") == ["[1/2] cached", "[2/2] rebuild"])
            let isNamed =
                report.builds.contains { $0.problem?.contains("gone/Dockerfile") == true }
                || report.notes.contains { "\($0.path ?? "") \($0.message)".contains("gone/Dockerfile") }
            #expect(isNamed, "\(report.notes)")
        }
    }

    @Test func mergeConflict() async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile, "a": "1"])
        try await repository.git(["checkout", "-q", "-b", "other"])
        try await repository.commit(["a": "2"])
        try await repository.git(["checkout", "-q", "main"])
        try await repository.commit(["a": "3"])
        _ = try? await repository.git(["merge", "other"])
        let report = try await repository.impact(base: "HEAD")
        #expect(report.states("Dockerfile") == ["[1/2] cached", "[2/2] rebuild"])
        #expect(report.notes.contains { $0.path == "a" && $0.message.contains("merge conflict") })
        let staged = try await repository.impact(base: "HEAD", head: .staged)
        #expect(staged.states("Dockerfile") == ["[1/2] cached", "[2/2] rebuild"])
        #expect(staged.notes.contains { $0.path == "a" && $0.message.contains("merge conflict") })
    }

    @Test func programsOfTheConfigurationAreNotRun() async throws {
        let repository = try await TestRepository([
            "Dockerfile": dockerfile, "a": "1", ".gitattributes": "a filter=evil\n",
        ])
        try await repository.commit(["a": "3"])
        let mark = repository.folder.path + "/ran"
        for key in [
            "filter.evil.clean", "filter.evil.process", "core.fsmonitor", "diff.external", "core.sshCommand",
        ] {
            try await repository.git(["config", key, "touch \(mark)"])
        }
        try repository.write(["a": "2"])
        _ = try await repository.impact(base: "HEAD")
        _ = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(access(mark, F_OK) != 0)
    }

    @Test func theConfigurationDoesNotChangeWhatDiffers() async throws {
        let repository = try await TestRepository(["Dockerfile": dockerfile, "a": "1", "sub/b": "1"])
        try await repository.commit(["a": "2"])
        for (key, value) in [
            ("diff.orderFile", "/there/is/none"), ("diff.relative", "true"), ("diff.renames", "copies"),
            ("diff.noPrefix", "true"), ("core.abbrev", "4"),
        ] {
            try await repository.git(["config", key, value])
        }
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"), in: "sub")
        #expect(report.states("Dockerfile") == ["[1/2] cached", "[2/2] rebuild"])
    }
}

@Suite struct BlindSpotTests {
    func spots(_ files: [String: String]) async throws -> [BlindSpot.Kind] {
        let repository = try await TestRepository(files)
        return try await repository.impact(base: "HEAD").builds.flatMap(\.blind).map(\.kind)
    }

    @Test func largeFiles() async throws {
        let files = [
            "Dockerfile": "FROM scratch\nCOPY data /data\n", "data/model.bin": "pointer", "data/text": "1",
            ".gitattributes": "# large\n*.bin filter=lfs diff=lfs merge=lfs -text\n",
        ]
        #expect(try await spots(files) == [.largeFiles])
        let others = files.merging([".dockerignore": "**/*.bin\n"]) { $1 }
        #expect(try await spots(others).isEmpty)
        #expect(try await spots(files.merging([".gitattributes": "*.bin binary\n"]) { $1 }).isEmpty)
    }

    @Test func contextsThatAreNoFolders() async throws {
        let files = [
            "Dockerfile": "FROM scratch\nCOPY --from=other /a /a\n",
            "compose.yaml": """
            services:
              one:
                build: { context: ., additional_contexts: { other: "https://example.com/x.git" } }

            """,
        ]
        #expect(try await spots(files) == [.outsideContext])
        #expect(
            try await spots(files.merging(["Dockerfile": "FROM scratch\nCOPY a /a\n", "a": "1"]) { $1 })
                .isEmpty)
    }

    @Test func submodules() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM scratch\nCOPY . /src\n", ".dockerignore": ".git\n",
        ])
        let library = try await TestRepository(["a": "1"])
        try await repository.git([
            "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.folder.path, "lib",
        ])
        try await repository.commit()
        let added = try await repository.impact(base: "HEAD~1")
        #expect(added.states("Dockerfile") == ["[1/1] rebuild"])
        #expect(added.builds.first?.blind.map(\.kind) == [.submodule])
        // A new commit of a submodule that is checked out changes the context.
        try repository.write(["lib/a": "2"])
        try await repository.git(["-C", "lib", "commit", "-q", "-a", "-m", "x"])
        #expect(try await repository.impact(base: "HEAD").states("Dockerfile") == ["[1/1] rebuild"])
        try await repository.git(["add", "lib"])
        try await repository.git(["commit", "-q", "-m", "x"])
        let moved = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(moved.states("Dockerfile") == ["[1/1] rebuild"])
        // One that is not is an empty folder, whatever its commit.
        try await repository.git(["submodule", "--quiet", "deinit", "--force", "lib"])
        let absent = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(absent.states("Dockerfile") == ["[1/1] cached"])
        #expect(absent.builds.first?.blind.map(\.kind) == [.submodule])
    }
}

@Suite struct ClassTests {
    func verdict(_ dockerfile: String, change: String) async throws -> BuildImpact? {
        let repository = try await TestRepository([
            "Dockerfile": dockerfile, "src/a": "1", "requirements.txt": "x",
            ".dockerignore": ".git\nDockerfile\n",
        ])
        return try await repository.impact(head: .files([change])).build("Dockerfile")
    }

    @Test func codeOnly() async throws {
        let build = try await verdict(
            "FROM python:3.12\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY src /src\n",
            change: "src/a")
        #expect(build?.verdict == .fast)
        #expect(build?.steps.map(\.kind) == [.base, .code, .dependencies, .code])
    }

    @Test func dependenciesWithoutAMount() async throws {
        let build = try await verdict(
            "FROM python:3.12\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n",
            change: "requirements.txt")
        #expect(build?.verdict == .slow)
    }

    @Test func dependenciesOverAMount() async throws {
        let build = try await verdict(
            """
            FROM python:3.12
            COPY requirements.txt .
            RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt

            """, change: "requirements.txt")
        #expect(build?.verdict == .medium)
    }

    @Test func dependenciesOverAMountThatIsSwitchedOff() async throws {
        let build = try await verdict(
            """
            FROM python:3.12
            COPY requirements.txt .
            RUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir -r requirements.txt

            """, change: "requirements.txt")
        #expect(build?.verdict == .slow)
    }

    @Test func bestCase() async throws {
        let build = try await verdict(
            """
            FROM python:3.12 AS lock
            COPY src /src
            RUN export > /lock
            FROM python:3.12
            COPY --from=lock /lock requirements.txt
            RUN pip install -r requirements.txt

            """, change: "src/a")
        #expect(build?.verdict == .slow)
        #expect(build?.bestCase == .fast)
    }
}

@Suite struct VerificationTests {
    @Test func differences() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY a /a\nRUN make\n", "a": "1",
        ])
        let report = try await repository.impact(head: .files(["a"]))
        let records = try RecordReader.read(
            Array("#1 [2/3] COPY a /a\n#1 CACHED\n#2 [3/3] RUN make\n#2 DONE 1s\n".utf8), key: .random())
        let verification = ImpactVerification(report, records: records)
        #expect(verification.build == "Dockerfile")
        #expect(verification.compared == 2)
        #expect(verification.differences.map(\.step) == ["[2/3]"])
    }

    /// Behind a CI system's times, with targets, and pulled from a remote cache: what the first reader of logs missed.
    @Test func logsOfCI() async throws {
        let repository = try await TestRepository([
            "Dockerfile":
                "FROM alpine:3.20 AS build\nWORKDIR /src\nCOPY a /a\nRUN make $A\nRUN <<E\nmake\nE\n",
            "a": "1",
        ])
        let report = try await repository.impact(head: .files(["a"]))
        let log = [
            "#1 [web internal] load build definition from Dockerfile", "#1 DONE 0.1s",
            "#2 [web 2/5] WORKDIR /src", "#2 sha256:aa 1B / 1B 0.1s done", "#2 DONE 0.4s",
            "#3 [api 3/5] COPY a /a", "#3 CACHED", "#4 [web 3/5] COPY a /a", "#4 DONE 0.2s",
            "#5 [web 4/5] RUN make 1", "#5 DONE 0.2s", "#6 [web 5/5] RUN <<E (make)", "#6 CACHED",
        ].map { "2026-11-29T07:26:24.2441234Z \($0)\n" }.joined()
        let records = try RecordReader.read(Array(log.utf8), key: .random())
        let verification = ImpactVerification(report, records: records)
        #expect(verification.compared == 4)
        #expect(verification.differences.map(\.step) == ["[5/5]"])
    }

    /// A step is not known by its number alone.
    @Test func otherText() async throws {
        let repository = try await TestRepository(["Dockerfile": "FROM alpine:3.20\nRUN make\n", "a": "1"])
        let report = try await repository.impact(head: .files(["a"]))
        for line in ["[2/2] RUN make install", "[2/3] RUN make", "[other 2/2] RUN make", "[2/2] COPY a /a"] {
            let records = try RecordReader.read(Array("#1 \(line)\n#1 DONE 1s\n".utf8), key: .random())
            #expect(ImpactVerification(report, records: records).compared == 0, "\(line)")
        }
        for line in ["[2/2] RUN make", "[stage-0 2/2] RUN   make", "[linux/arm64 2/2] RUN make"] {
            let records = try RecordReader.read(Array("#1 \(line)\n#1 DONE 1s\n".utf8), key: .random())
            #expect(ImpactVerification(report, records: records).compared == 1, "\(line)")
        }
    }

    @Test func linkedCopy() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM alpine:3.20\nCOPY a /a\nCOPY --link b /b\n", "a": "1", "b": "1",
        ])
        let report = try await repository.impact(head: .files(["a"]))
        let records = try RecordReader.read(
            Array(
                """
                #1 [2/3] COPY a /a
                #1 DONE 1s
                #2 [3/3] LINK COPY --link b /b
                #2 DONE 1s
                #3 [3/3] COPY --link b /b
                #3 CACHED

                """.utf8), key: .random())
        let verification = ImpactVerification(report, records: records)
        #expect(verification.differences.map(\.step) == ["[3/3]"])
        #expect(verification.differences.first?.reason.contains("--link") == true)
    }
}
