import DoctorCommands
import Impact
import JSON
import TestSupport
import Testing

/// `clm-doctor why`: a log, and what git tells of the build that it is of.
@Suite struct WhyCommandTests {
    private static let log = """
        #4 [internal] load build context
        #4 transferring context: 2B done
        #4 DONE 0.0s

        #5 [1/4] FROM docker.io/library/node:20
        #5 CACHED

        #6 [2/4] COPY package.json .
        #6 CACHED

        #7 [3/4] RUN npm ci
        #7 CACHED

        #8 [4/4] COPY . .
        #8 DONE 1.5s

        """

    private func repository() async throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try folder.write("FROM node:20\nCOPY package.json .\nRUN npm ci\nCOPY . .\n", to: "Dockerfile")
        try folder.write("{}", to: "package.json")
        try folder.write(Self.log, to: ".git-ignored/build.log")
        try folder.write(".git\n.git-ignored\n", to: ".dockerignore")
        try await folder.git(["init", "-q", "-b", "main"])
        for number in 1...2 {
            try folder.write("\(number)", to: "README.md")
            try await folder.git(["add", "-A"])
            try await folder.git(["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "x"])
        }
        return folder
    }

    @Test func gitNamesTheFile() async throws {
        let folder = try await repository()
        let session = await Session.run(
            "why", "--format", "json", ".git-ignored/build.log", "--base", "HEAD~1", "--head", "HEAD",
            in: folder)
        let misses = try session.json()["misses"]?.array ?? []
        #expect(misses.count == 1)
        #expect(misses.first?["reason"]?.string == "context-file")
        #expect(misses.first?["certainty"]?.string == "certain")
        #expect(misses.first?["evidence"]?.string?.hasPrefix("README.md differs between HEAD~1") == true)
        // Between two states that are the same, nothing explains it.
        let same = await Session.run(
            "why", "--format", "json", ".git-ignored/build.log", "--base", "HEAD", "--head", "HEAD",
            in: folder)
        #expect(try same.json()["misses"]?[0]?["reason"]?.string == "unknown")
    }

    /// The values of variables stand in the record alone, and what a heredoc holds in the Dockerfile.
    @Test func theRecordsTextNamesTheFile() async throws {
        func why(_ dockerfile: (Int) -> String, _ step: String) async throws -> String {
            let folder = try ScratchFolder()
            try await folder.git(["init", "-q", "-b", "main"])
            for number in 1...2 {
                try folder.write(dockerfile(number), to: "app/Dockerfile")
                for path in ["app/conf/a", "app/other", "b"] { try folder.write("\(number)", to: path) }
                try await folder.git(["add", "-A"])
                try await folder.git([
                    "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "x",
                ])
            }
            try folder.write(
                "#5 [1/2] FROM docker.io/library/node:20\n#5 CACHED\n\n#6 [2/2] \(step)\n#6 DONE 1.5s\n",
                to: "build.log")
            try folder.write(
                "#5 [1/2] FROM docker.io/library/node:20\n#5 CACHED\n\n#6 [2/2] \(step)\n#6 CACHED\n",
                to: "old.log")
            let miss = try await Session.run(
                "why", "--format", "json", "build.log", "--against", "old.log", "--base", "HEAD~1",
                "--head", "HEAD", in: folder
            ).json()["misses"]?[0]
            return ["certainty", "reason", "evidence"].compactMap { miss?[$0]?.string }.joined(separator: " ")
        }
        let variable = "FROM node:20\nARG WHAT\nCOPY $WHAT /x\n"
        #expect(
            try await why({ _ in variable }, "COPY ./conf/ /x").hasPrefix(
                "likely context-file app/conf/a differs between"))
        #expect(
            try await why({ _ in variable }, "COPY /x").hasPrefix(
                "likely context-file app/conf/a, app/other differ between"))
        #expect(try await why({ _ in variable }, "COPY nothing /x").hasPrefix("open unknown"))
        #expect(
            try await why({ "FROM node:20\nCOPY <<F /x\n\($0)\nF\n" }, "COPY <<F /x").hasPrefix(
                "likely instruction-changed its heredoc"))
    }

    @Test func gitTellsModesFromContents() async throws {
        let folder = try await repository()
        try folder.write("2", to: "README.md", mode: 0o755)
        let session = await Session.run(
            "why", "--format", "json", ".git-ignored/build.log", "--base", "HEAD", in: folder)
        let miss = try session.json()["misses"]?[0]
        #expect(miss?["reason"]?.string == "context-mode")
        #expect(miss?["certainty"]?.string == "certain")
        #expect(miss?["evidence"]?.string?.hasPrefix("README.md: the permission bits differ between") == true)
    }

    @Test func gates() async throws {
        let folder = try await repository()
        let ran = await Session.run("why", "--expect-cached", ".git-ignored/build.log", in: folder)
        #expect(ran.status == .findings)
        #expect(ran.output.contains("Nothing to compare with"))
        try folder.write(Self.log.replacing("#8 DONE 1.5s", with: "#8 CACHED"), to: ".git-ignored/build.log")
        let cached = await Session.run("why", "--expect-cached", ".git-ignored/build.log", in: folder)
        #expect(cached.status == .clean)
        #expect(cached.output.contains("No step ran: 3 steps came from the cache."))
        // A log that ends while a step runs tells nothing of it.
        try folder.write(Self.log.replacing("#8 DONE 1.5s", with: "#8 0.3 x"), to: ".git-ignored/build.log")
        let cut = await Session.run("why", "--expect-cached", ".git-ignored/build.log", in: folder)
        #expect(cut.status == .findings)
        #expect(
            cut.output.contains("2 of 3 steps came from the cache, and the build, or its log, ends before"))
    }

    @Test(arguments: [
        (["why", "nothing.log"], "nothing.log: the file cannot be read"),
        (["why", "README.md"], "README.md: no build is in it"),
        (["why", ".git-ignored/build.log", "--head", "HEAD"], "--head needs --base"),
        (["why", ".git-ignored/build.log", "--base", "nothing"], "nothing"),
        (["why", ".git-ignored/build.log", "--against", "README.md"], "README.md: no build is in it"),
    ])
    func saysWhatIsWrong(_ call: [String], _ text: String) async throws {
        let session = await Session.run(call, in: try await repository())
        #expect(session.status == .usage)
        #expect(session.errors.contains(text), "\(session.errors)")
    }

    /// What the record tells is shown, and the exit code says that git was not asked.
    @Test func anotherRepositoryIsNotAsked() async throws {
        let folder = try await repository()
        try await folder.git(["remote", "add", "origin", "https://example.com/here.git"])
        func why(_ attributes: JSON, _ options: [String] = []) async throws -> Session {
            let archive = RecordArchiveFile(
                record: ["Ref": "id", "FrontendAttrs": attributes],
                vertices: [("[1/2] FROM node", nil), ("[2/2] RUN x", nil)])
            try folder.write(archive.bytes, to: ".git-ignored/build.dockerbuild")
            return await Session.run(["why", ".git-ignored/build.dockerbuild"] + options, in: folder)
        }
        let revision = JSON.string(String(repeating: "a", count: 40))
        let other = try await why(["vcs:revision": revision, "vcs:source": "https://example.com/there"])
        #expect(other.status == .usage)
        #expect(other.output.contains("The build is of another repository, https://example.com/there"))
        #expect(other.output.contains("[2/2] RUN x"))
        let lacking = try await why(["vcs:revision": revision])
        #expect(lacking.status == .usage)
        #expect(lacking.output.contains("there is no commit `aaaa"))
        // Beside an earlier build it matters where that leaves a reason open.
        for earlier in ["RUN x", "RUN y"] {
            let archive = RecordArchiveFile(
                record: [
                    "Ref": "old",
                    "FrontendAttrs": ["vcs:revision": .string(String(repeating: "b", count: 40))],
                ],
                vertices: [("[1/2] FROM node", nil), ("[2/2] \(earlier)", nil)])
            try folder.write(archive.bytes, to: ".git-ignored/old.dockerbuild")
            let both = try await why(
                ["vcs:revision": revision], ["--against", ".git-ignored/old.dockerbuild"])
            #expect(both.status == .usage, "\(both.output)")
            #expect(both.output.contains("there is no commit `aaaa"))
        }
        let unlike = try await why([:], ["--base", "HEAD~1"])
        #expect(unlike.status == .usage)
        #expect(unlike.output.contains("No build of this repository has the steps of this record"))
        #expect(try await why([:]).status == .clean)
    }

    /// The commit before the one of the record is named so that it can be told from it.
    @Test func commitsAreNamedApart() async throws {
        let folder = try await repository()
        let head = try await folder.git(["rev-parse", "HEAD"]).filter(\.isHexDigit)
        let archive = RecordArchiveFile(
            record: ["Ref": "id", "FrontendAttrs": ["vcs:revision": .string(head)]],
            vertices: [("[1/4] FROM node:20", nil), ("[4/4] COPY . .", nil)])
        try folder.write(archive.bytes, to: ".git-ignored/build.dockerbuild")
        let session = await Session.run(
            "why", "--format", "json", ".git-ignored/build.dockerbuild", in: folder)
        #expect(
            try session.json()["misses"]?[0]?["evidence"]?.string
                == "README.md differs between \(head.prefix(12))~1 and \(head.prefix(12))")
    }

    @Test(arguments: MissReason.allCases) func eachReasonHasAPage(_ reason: MissReason) async throws {
        let session = await Session.run("explain", reason.rawValue, in: try ScratchFolder())
        #expect(session.status == .clean)
        #expect(session.output.hasPrefix("# \(reason.rawValue): "))
        #expect(session.output.contains("To do: "))
    }
}
