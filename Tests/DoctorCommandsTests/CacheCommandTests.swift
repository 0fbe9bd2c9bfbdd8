import DoctorCommands
import JSON
import Synchronization
import TestSupport
import Testing

/// `clm-doctor cache` over a docker program that says what it is told to say.
struct CacheCommandTests {
    private static let dockerfile = """
        FROM debian:12
        RUN --mount=type=cache,target=/root/.cache/pip \\
            pip install -r requirements.txt
        copy . /app
        """

    /// The docker program, outside of the project: of a repository's own programs none is run.
    /// - Parameters:
    ///   - engine, buildx: their versions; an empty one is left out.
    ///   - builders: lines of `docker buildx ls --format json`.
    private func folder(
        engine: String = "28.5.2", buildx: String = "0.29.1", builders: [String] = [Self.own]
    ) throws -> ScratchFolder {
        let folder = try ScratchFolder()
        let plugins = buildx.isEmpty ? "[]" : #"[{"Name": "buildx", "Version": "\#(buildx)"}]"#
        try folder.write(
            #"""
            #!/bin/sh
            case "$*" in *history*) echo "$*" >>\#(folder.path)/asked;; esac
            case "$*" in
            version*) echo '{"Client": {"Version": "28.5.2"}, "Server": {"Version": "\#(engine)"}}';;
            info*) echo '{"ServerVersion": "\#(engine)", "OSType": "linux", "Driver": "overlay2",
              "SystemTime": "2026-01-03T03:04:05Z", "ClientInfo": {"Plugins": \#(plugins)}}';;
            context*) echo '[{"Name": "default", "Endpoints": {"docker": {"Host": "tcp://192.0.2.1:2376"}}}]';;
            "buildx ls"*) printf '%s\n' \#(builders.map { "'\($0)'" }.joined(separator: " "));;
            "buildx du --builder=far"*) echo '{"ID": "f", "Type": "regular", "Size": "7GB", "LastUsedAt": "2 days ago"}';;
            "buildx history ls --builder=default "*) cat <<'END'
            {"cached_steps":3,"completed_at":"2026-01-03T02:04:07.5Z","created_at":"2026-01-03T02:04:05Z","name":"api","ref":"default/default/two","status":"Completed","total_steps":4}
            {"cached_steps":0,"completed_at":"2026-01-03T01:07:05Z","created_at":"2026-01-03T01:04:05.9Z","name":"api","ref":"default/default/one","status":"Error","total_steps":4}
            {"cached_steps":0,"created_at":"2026-01-03T03:04:05Z","name":"\u001b[31m","ref":"default/default/zero","status":"Running","total_steps":4}
            {"name":"an option","ref":"default/default/--help"}
            END
            ;;
            "buildx history logs --builder=default --progress rawjson -- two") cat >&2 <<'END'
            {"vertexes":[{"digest":"a","name":"[2/3] RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt","started":"2026-01-03T02:04:05Z","completed":"2026-01-03T02:04:05.1Z","cached":true}]}
            {"vertexes":[{"digest":"b","name":"[stage-0 3/3] COPY . /app","started":"2026-01-03T02:04:05.25Z","completed":"2026-01-03T02:04:05.75Z"}]}
            END
            ;;
            "buildx history logs --builder=default --progress rawjson -- one") cat >&2 <<'END'
            {"vertexes":[{"digest":"a","name":"[2/3] RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt","started":"2026-01-03T01:04:05Z"}]}
            {"vertexes":[{"digest":"a","name":"[2/3] RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt","started":"2026-01-03T01:04:05Z","completed":"2026-01-03T01:07:04.5Z"}]}
            {"vertexes":[{"digest":"b","name":"[3/3] COPY . /app","started":"2026-01-03T01:07:04.5Z","error":"no space left"}]}
            END
            ;;
            *prune*) echo "$*" >>\#(folder.path)/pruned; printf "Total:\\t3GB\\n";;
            system*) cat <<'END'
            {"Images": [], "Containers": [], "Volumes": [], "BuildCache": [
             {"ID": "mount", "CacheType": "exec.cachemount", "Size": "3GB", "UsageCount": "7",
              "Description": "cached mount /root/.cache/pip from exec /bin/sh -c pip install x with id \"//root/.cache/pip\"",
              "LastUsedAt": "2026-01-02 03:04:05.6 +0000 UTC"},
             {"ID": "old", "CacheType": "exec.cachemount", "Size": "2GB", "UsageCount": "1",
              "Description": "cached mount /old from exec /bin/sh -c make\u001b[31m with id \"//old\"",
              "LastUsedAt": "2025-12-01 00:00:00 +0000 UTC"},
             {"ID": "run", "CacheType": "regular", "Size": "1GB", "UsageCount": "2",
              "Description": "mount / from exec /bin/sh -c pip install -r requirements.txt",
              "LastUsedAt": "2026-01-02 03:04:05.6 +0000 UTC"},
             {"ID": "copy", "CacheType": "regular", "Size": "1MB", "Shared": "true", "UsageCount": "2",
              "Description": "[stage-0 3/3] COPY . /app", "LastUsedAt": "2026-01-02 03:04:05.6 +0000 UTC"},
             {"ID": "context", "CacheType": "source.local", "Size": "500MB", "UsageCount": "2",
              "Description": "local source for context", "LastUsedAt": "2026-01-02 03:04:05.6 +0000 UTC"}]}
            END
            ;;
            *) exit 1;;
            esac
            """#, to: "bin/docker", mode: 0o755)
        return folder
    }

    private static let own =
        #"{"Name": "default", "Current": true, "Driver": "docker", "Nodes": [{"Name": "default", "Status": "running"}]}"#
    private static let far =
        #"{"Name": "far", "Current": false, "Driver": "remote", "Nodes": [{"Name": "far0", "Status": "running"}]}"#

    private func run(
        _ arguments: String..., in folder: ScratchFolder, ask: (@Sendable (String) -> String?)? = nil
    ) async throws -> Session {
        let project = try ScratchFolder()
        try project.write(Self.dockerfile, to: "api/Dockerfile")
        return await Session.run(
            ["cache", "--host-timeout", "600"] + arguments, in: project,
            environment: [
                "LANG": "C.UTF-8", "PATH": "\(folder.path)/bin:/usr/bin:/bin",
                "DOCKER_HOST": "tcp://192.0.2.1:2376",
            ], ask: ask)
    }

    @Test func stepsOfPastBuildsHaveTheTimeThatTheyTook() async throws {
        let session = try await run("--history", "--format", "json", in: folder(engine: "29.4.0"))
        #expect(session.errors.isEmpty)
        let builder = try session.json()["builders"]?[0]
        let builds = builder?["builds"]?.array ?? []
        #expect(builds.compactMap { $0["id"]?.string } == ["zero", "two", "one"])
        #expect(builds.map { $0["milliseconds"]?.integer } == [nil, 2500, 179_100])
        // Of the Dockerfile's, not of the vertices that the builder counts; nothing where there is no log.
        #expect(builds.map { $0["steps"]?.integer } == [nil, 2, 2])
        #expect(builds.map { $0["cached"]?.integer } == [nil, 1, 0])
        let steps = builder?["steps"]?.array ?? []
        #expect(
            steps.map { $0["declaredBy"]?.array?.compactMap(\.string) } == [
                ["api/Dockerfile:2"], ["api/Dockerfile:4"],
            ])
        #expect(
            steps.map { $0["milliseconds"]?.array?.compactMap(\.integer) } == [[179_500], [500]])
        #expect(steps.map { $0["cached"]?.integer } == [1, 0])
    }

    @Test func theTextOfPastBuildsTellsWhatTookLong() async throws {
        let session = try await run("--history", in: folder(engine: "29.4.0"))
        #expect(session.status == .clean)
        #expect(session.output.contains("2.5 s    1 of   2 steps cached  60 minutes ago   api\n"))
        #expect(session.output.contains("2 min 59 s    0 of   2 steps cached  2 hours ago      api, error\n"))
        #expect(session.output.contains("ran 1 time, cached 1 time; api/Dockerfile:2\n"))
        #expect(!session.output.contains("\u{1B}"))
    }

    @Test func pastBuildsNeedABuildxThatTellsOfThem() async throws {
        let session = try await run("--history", in: folder(buildx: "0.19.3"))
        #expect(session.status == .usage)
        #expect(session.errors.contains("buildx 0.19.3 tells of no past builds"))
    }

    @Test(arguments: [
        ("28.0.0", Self.own, "listing past builds can stop Docker Engine 28.0 to 29.3, and this is 28.0.0"),
        ("29.3.1", Self.own, "this is 29.3.1; 29.4 is safe"),
        ("v0.0.0+unknown", Self.own, "node default does not tell its version"),
        ("29.4.0", Self.stopping("v0.28.1"), "listing past builds can stop BuildKit 0.20 to 0.28"),
        ("29.4.0", Self.stopping("v0.0.0+unknown"), "node far0 does not tell its version"),
        ("29.4.0", Self.stopping("v0.29.0", other: "stopped"), "not all of its nodes run"),
    ])
    func pastBuildsAreNotAskedForWhereThatDoesHarm(engine: String, builder: String, reason: String)
        async throws
    {
        let folder = try folder(engine: engine, builders: [builder])
        let session = try await run("--history", in: folder)
        #expect(session.errors.contains(reason), "\(session.errors)")
        #expect(!folder.exists("asked"))
        let name = builder == Self.own ? "default" : "far"
        let named = try await run("--history", "--builder", name, in: folder)
        #expect(named.status == .usage)
        #expect(named.errors.contains(reason), "\(named.errors)")
        #expect(!folder.exists("asked"))
    }

    private static func stopping(_ version: String, other: String = "running") -> String {
        #"{"Name": "far", "Driver": "docker-container", "Nodes": [{"Name": "far0", "Status": "running", "Version": "\#(version)"}, {"Name": "far1", "Status": "\#(other)", "Version": "v0.29.0"}]}"#
    }

    private func pruned(_ folder: ScratchFolder) -> String? {
        guard folder.exists("pruned"), let bytes = try? folder.read("pruned") else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func recordsAreJoinedToTheStepsThatTheyBelongTo() async throws {
        let session = try await run("--format", "json", in: folder())
        let records = try session.json()["builders"]?[0]?["records"]?.array ?? []
        func member(_ name: String, of id: String) -> [String] {
            records.first { $0["id"]?.string == id }?[name]?.array?.compactMap(\.string) ?? []
        }
        #expect(member("declaredBy", of: "mount") == ["api/Dockerfile:2"])
        #expect(member("declaredBy", of: "run") == ["api/Dockerfile:2"])
        #expect(member("declaredBy", of: "copy") == ["api/Dockerfile:4"])
        #expect(member("declaredBy", of: "old").isEmpty)
        #expect(member("images", of: "mount") == ["api/Dockerfile"])
    }

    @Test func theTextTellsWhatNoDockerfileDeclares() async throws {
        let session = try await run(in: folder(builders: [Self.own, Self.far]))
        #expect(session.status == .clean)
        #expect(session.output.contains("no Dockerfile here declares it; made by:\n               make"))
        #expect(!session.output.contains("\u{1B}"))
        #expect(session.output.contains("used 7 times, last 24 hours ago"))
        #expect(session.output.contains("Builder far (remote)"))
        #expect(session.output.contains("  api/Dockerfile:2\n"))
        #expect(session.output.contains("can be freed       6.5 GB  and 1.0 MB that images hold too"))
    }

    @Test func onlyTheBuilderThatIsNamed() async throws {
        let folder = try folder(builders: [Self.own, Self.far])
        let session = try await run("--builder", "far", "--format", "concise", in: folder)
        #expect(session.output == "far\tf\tregular\t7000000000\t0\t\t\n")
        let other = try await run("--builder", "near", in: folder)
        #expect(other.status == .usage)
        #expect(other.errors.contains("no builder near"))
    }

    // MARK: Advice

    @Test(arguments: [
        ("28.5.2", "0.29.1", "docker buildx prune --max-used-space 1000000000"),
        // The engine passes over the upper limit, and would delete everything.
        ("26.1.5", "0.29.1", "docker buildx prune --reserved-space 1000000000"),
        ("26.1.5", "0.13.1", "docker buildx prune --keep-storage 1000000000"),
        ("20.10.24", "", "docker builder prune --keep-storage 1000000000"),
    ])
    func theCommandIsOneOfTheInstalledVersions(engine: String, buildx: String, command: String) async throws {
        let folder = try folder(engine: engine, buildx: buildx)
        let session = try await run("--advise", "--to", "1GB", "--format", "concise", in: folder)
        #expect(session.output == command + "\n")
        #expect(pruned(folder) == nil)
    }

    @Test func theLeastHarmfulComesFirst() async throws {
        let session = try await run("--advise", "--to", "6GB", "--format", "concise", in: folder())
        #expect(session.output == "docker buildx prune --filter type=source.local\n")
        let none = try await run("--advise", "--to", "7GB", "--format", "concise", in: folder())
        #expect(none.output.isEmpty)
    }

    @Test func anotherBuilderIsNamed() async throws {
        let session = try await run(
            "--advise", "--older-than", "47h", "--format", "concise",
            in: folder(builders: [
                Self.own.replacing("true", with: "false"), Self.far.replacing("false", with: "true"),
            ]))
        #expect(
            session.output == """
                docker buildx prune --builder=default --filter until=47h
                docker buildx prune --filter until=47h

                """)
    }

    /// `2 days ago` may be nearly three.
    @Test func aRoundedAgeIsALowerBound() async throws {
        let folder = try folder(builders: [Self.own, Self.far])
        let perhaps = try await run("--builder", "far", "--advise", "--older-than", "60h", in: folder)
        #expect(
            perhaps.output.contains("--filter until=60h\n  frees what is that old\n"), "\(perhaps.output)")
        let surely = try await run("--builder", "far", "--advise", "--older-than", "40h", in: folder)
        #expect(surely.output.contains("frees about 7.0 GB"), "\(surely.output)")
        for age in ["100h", "7d"] {
            let not = try await run("--builder", "far", "--advise", "--older-than", age, in: folder)
            #expect(not.output.contains("Nothing in the cache is that old."), "\(not.output)")
        }
    }

    @Test func nothingIsDeletedWithoutAnAnswer() async throws {
        let folder = try folder()
        for answer in ["n", "", nil] {
            let session = try await run("--advise", "--to", "1GB", "--apply", in: folder) { _ in answer }
            #expect(session.status == .clean)
            #expect(session.errors.contains("Nothing was deleted"))
        }
        let silent = try await run("--advise", "--to", "1GB", "--apply", in: folder)
        #expect(silent.status == .usage)
        #expect(pruned(folder) == nil)
    }

    @Test func itIsAppliedAfterAQuestion() async throws {
        let folder = try folder()
        let questions = Mutex<[String]>([])
        let session = try await run("--advise", "--to", "1GB", "--apply", in: folder) { question in
            questions.withLock { $0.append(question) }
            return "y"
        }
        #expect(questions.withLock { $0 } == ["Run this for builder default? [y/N] "])
        #expect(session.errors.contains("Deleted from builder default: Total: 3GB"))
        #expect(pruned(folder) == "buildx prune --max-used-space 1000000000 --force\n")
        _ = try await run("--advise", "--to", "1GB", "--apply", "--yes", in: folder)
        #expect(pruned(folder)?.split(separator: "\n").count == 2)
    }

    @Test(arguments: [
        ["--apply"], ["--advise", "--to", "1GB", "--yes"], ["--advise", "--gc-config", "--to", "1GB"],
        ["--history", "--gc-config"],
        ["--advise", "--to", "1GB", "--older-than", "1h"], ["--to", "1XB"],
        ["--advise", "--older-than", "9223372036854775807h"], ["--advise", "--older-than", "-1h"],
        ["--advise", "--older-than", "7x"], ["--older-than", "36501d"], ["--advise", "--to", "much"],
    ])
    func whatIsNoUsefulRequest(arguments: [String]) async throws {
        let folder = try folder()
        let session = await Session.run(
            ["cache"] + arguments, in: try ScratchFolder(),
            environment: ["PATH": "\(folder.path)/bin:/usr/bin:/bin"])
        #expect(session.status == .usage)
        #expect(pruned(folder) == nil)
    }

    // MARK: Policy

    @Test func aPolicyInTheWordsOfTheRelease() async throws {
        let new = try await run("--gc-config", "--format", "concise", in: folder())
        // 3 GB of mounts, 6.5 GB in all.
        for part in ["\"reservedSpace\": \"6GB\"", "\"maxUsedSpace\": \"20GB\"", "unused-for=336h"] {
            #expect(new.output.contains(part), "\(new.output)")
        }
        #expect(!new.output.contains("keepStorage"))
        let old = try await run("--gc-config", "--format", "concise", in: folder(engine: "26.1.5"))
        #expect(old.output.contains("\"keepStorage\": \"6GB\""))
        #expect(!old.output.contains("Space"))
    }

    @Test func whatIsNotKnownIsSaid() async throws {
        let session = try await run("--gc-config", in: folder(builders: [Self.own, Self.far]))
        #expect(session.output.contains("The present one is not known: the engine is"))
        #expect(session.output.contains("[[worker.oci.gcpolicy]]"))
        #expect(session.output.contains("keepBytes = 20000000000"))
    }
}
