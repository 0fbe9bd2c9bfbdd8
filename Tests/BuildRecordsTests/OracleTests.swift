import BuildRecords
import Foundation
import TestSupport
import Testing

/// One build, read from all that tells of it: the outcomes are the same, and the shell's own word and BuildKit's trace are
/// the judges of what ran.
///
/// `CLM_DOCTOR_RECORD_ENGINES=forky,trixie,bookworm` names the Debian releases to take engines from; with `forky` once with each
/// image store.
@Suite(.serialized) struct OracleTests {
    private static let suites = (ProcessInfo.processInfo.environment["CLM_DOCTOR_RECORD_ENGINES"] ?? "")
        .split(separator: ",").map(String.init)

    private static let files = [
        "Dockerfile": """
        FROM stub:1 AS deps
        WORKDIR /src
        COPY a.txt ./
        RUN deps write=/src/deps
        ARG VER=1
        RUN version $VER trick write=/src/ver
        FROM stub:1 AS unused
        RUN never
        FROM stub:1 AS final
        COPY --from=deps /src /src
        COPY --link b.txt /b
        ADD b.txt /c
        RUN <<EOF
        heredoc write=/h
        EOF
        RUN last halfline
        """,
        "failing.Dockerfile": """
        FROM stub:1 AS a
        RUN one
        FROM stub:1
        COPY --from=a /etc/passwd /p
        RUN halfline fail
        RUN never
        """,
        "slow.Dockerfile": "FROM stub:1\nRUN first\nRUN sleep=30000\nRUN after\n",
        "platforms.Dockerfile": """
        FROM --platform=$BUILDPLATFORM stub:1 AS host
        ARG TARGETARCH
        RUN tool $TARGETARCH write=/tool
        FROM scratch
        COPY --from=host /tool /tool
        COPY a.txt /
        """,
        "a.txt": "a\n", "b.txt": "b\n",
    ]

    @Test(.enabled(if: suites.contains("forky")), arguments: [false, true])
    func buildx(_ hasContainerdStore: Bool) async throws {
        try await tellAll("forky", hasContainerdStore: hasContainerdStore)
    }

    /// Engine 26.1, by the client of 28.5: its own cannot export records.
    @Test(.enabled(if: suites.contains("trixie"))) func newerClient() async throws {
        try await tellAll("trixie", hasContainerdStore: false)
    }

    private func tellAll(_ suite: String, hasContainerdStore: Bool) async throws {
        let engine = try await RecordingEngine(
            name: "records-\(suite)-\(hasContainerdStore ? "containerd" : "graph")", suite: suite,
            clientSuite: "forky",
            configuration: #"{"features": {"containerd-snapshotter": \#(hasContainerdStore)}}"#)
        do {
            try await tellAll(engine, suite, hasContainerdStore: hasContainerdStore)
        } catch {
            Issue.record("\(error)")
        }
        try await engine.stop()
    }

    private func tellAll(_ engine: RecordingEngine, _ suite: String, hasContainerdStore: Bool) async throws {
        let folder = engine.folder
        for (name, text) in Self.files { try folder.write(text, to: "app/\(name)") }
        let app = folder.path(of: "app")
        // Engine 26.1 has no trace right after a build.
        var untraced: [(telling: RecordingEngine.Telling, what: String)] = []
        func build(
            _ what: String, _ arguments: [String] = [], file: String = "Dockerfile", interrupt: String? = nil,
            masked: (step: String, as: String)? = nil
        ) async throws
            -> RecordingEngine.Telling
        {
            let telling = try await engine.tell(
                arguments + ["--file", "\(app)/\(file)", app], interrupt: interrupt)
            let what = "\(what), \(suite), containerd's store: \(hasContainerdStore)"
            check(telling, what, masked: masked)
            if let trace = telling.trace {
                check(trace, telling.archive, what)
            } else {
                #expect(suite != "forky", "\(what)")
                untraced.append((telling, what))
            }
            return telling
        }
        let cold = try await build("cold")
        wrapped(cold, "cold")
        #expect(cold.ran.count == 4)
        #expect(!cold.archive.steps.contains { $0.outcome.isHit })
        let warm = try await build("warm")
        #expect(warm.ran.isEmpty)
        #expect(warm.archive.steps.allSatisfy { $0.outcome.isHit || $0.step?.isBase == true })
        try folder.write("another b\n", to: "app/b.txt")
        let edited = try await build("one file changed")
        #expect(edited.archive.steps.contains { $0.outcome == .skipped })
        #expect(edited.ran.contains("last halfline"))
        let argument = try await build(
            "argument changed", ["--build-arg", "VER=2"],
            masked: ("RUN version 2 trick write=/src/ver", "RUN version ${VER} trick write=/src/ver"))
        #expect(
            argument.ran == ["version $VER trick write=/src/ver"] || argument.ran.contains("last halfline"))
        let server = try Self.serve(folder)
        defer { try? server.close() }
        let fetched = try await build("download", file: "download.Dockerfile")
        #expect(fetched.ran == ["downloaded"])
        #expect(fetched.archive.activities.contains { $0.category == .download })
        #expect(try await build("download once more", file: "download.Dockerfile").ran.isEmpty)
        _ = try await build("no cache", ["--no-cache"])
        _ = try await build("no cache of a stage", ["--no-cache-filter", "final"])
        let failed = try await build("failed", file: "failing.Dockerfile")
        #expect(
            failed.archive.status == .failed && failed.rawJSON.status == .failed
                && failed.plain.status == .failed)
        wrapped(failed, "failed")
        let cancelled = try await build("cancelled", file: "slow.Dockerfile", interrupt: "sleep=30000")
        wrapped(cancelled, "cancelled")
        #expect(cancelled.archive.status == .cancelled && cancelled.rawJSON.status == .cancelled)
        #expect(cancelled.archive.steps.contains { $0.outcome == .cancelled })
        let badImport = try await build(
            "no cache to import", ["--cache-from", "type=local,src=\(app)/nowhere"])
        #expect(badImport.archive.status == .completed)
        try await quiet(engine)
        try await bake(engine)
        try await compose(engine, suite)
        for (telling, what) in untraced {
            let trace = try await engine.trace(ofBuild: telling.reference)
            check(try #require(trace, "\(what)"), telling.archive, what)
        }
        // The other store has neither images of several platforms nor a cache that is exported.
        guard hasContainerdStore else { return }
        let several = try await build(
            "platforms", ["--platform=linux/amd64,linux/arm64", "--output=type=cacheonly"],
            file: "platforms.Dockerfile")
        #expect(several.ran.count == 1)
        let cache = folder.path(of: "cache")
        let export = try await build(
            "cache exported", ["--no-cache", "--cache-to", "type=local,mode=max,dest=\(cache)"])
        #expect(export.plain.cacheExports.map(\.type) == ["local"])
        #expect(export.archive.activities.contains { $0.category == .cacheExport })
        try await engine.forget()
        try folder.write("yet another b\n", to: "app/b.txt")
        let imported = try await build("cache imported", ["--cache-from", "type=local,src=\(cache)"])
        #expect(imported.archive.steps.contains { $0.outcome == .pulled })
        #expect(imported.plain.activities.contains { $0.category == .cachePull })
        wrapped(imported, "cache imported")
    }

    /// Behind what CI services put before its lines, a log tells the same.
    private func wrapped(_ telling: RecordingEngine.Telling, _ what: String) {
        for (log, bare) in zip(telling.logs, [telling.rawJSON, telling.plain]) {
            let text = String(decoding: log, as: UTF8.self)
            for ci in LogPrefixTests.CI.allCases {
                let records = try? RecordReader.read(Array(ci.wrap(text).utf8), key: HashKey([1]))
                #expect(records?.count == 1, "\(what), \(ci)")
                guard let record = records?.first else { continue }
                #expect(Self.outcomes(record) == Self.outcomes(bare), "\(what), \(ci)")
                #expect(record.status == bare.status, "\(what), \(ci)")
            }
        }
    }

    /// Serves the folder, and writes the Dockerfile that fetches from there.
    /// - Returns: what ends the server when it is closed.
    private static func serve(_ folder: ScratchFolder) throws -> FileHandle {
        let script = """
            import functools, http.server, sys, threading
            handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
            server = http.server.HTTPServer(("127.0.0.1", 0), handler)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            print(server.server_port, flush=True)
            sys.stdin.read()
            """
        let server = Process()
        let (input, output) = (Pipe(), Pipe())
        server.executableURL = URL(filePath: "/usr/bin/env")
        server.arguments = ["python3", "-c", script, folder.path(of: "app")]
        server.standardInput = input
        server.standardError = FileHandle.nullDevice
        server.standardOutput = output
        try server.run()
        let port = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            .trimmingCharacters(in: .newlines)
        try #require(Int(port) != nil)
        try folder.write(
            "FROM stub:1\nADD http://127.0.0.1:\(port)/b.txt /d\nRUN downloaded\n",
            to: "app/download.Dockerfile")
        return input.fileHandleForWriting
    }

    /// `-q` prints no log; the record is whole.
    private func quiet(_ engine: RecordingEngine) async throws {
        let log = engine.folder.path(of: "log")
        let records = try await engine.records {
            let build = [
                "-c", "\"$0\" \"$@\" >'\(log)' 2>&1", engine.client, "buildx", "build", "--quiet",
                "--network=host",
                "--file", engine.folder.path(of: "app/download.Dockerfile"), engine.folder.path(of: "app"),
            ]
            try await engine.run("/bin/sh", build)
        }
        #expect(records.map(\.summary.count) == [3])
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: log)))
        #expect(throws: RecordError.self) { try RecordReader.read(bytes, key: .random()) }
    }

    /// Two targets with stages in common; the live logs are all that has the targets' words.
    private func bake(_ engine: RecordingEngine) async throws {
        let app = engine.folder.path(of: "app")
        func target(_ name: String) -> String {
            "target \"\(name)\" {\n  context = \"\(app)\"\n  network = \"host\"\n  dockerfile-inline = "
                + "\"FROM stub:1 AS common\\nCOPY a.txt /a\\nRUN common\\nFROM common AS \(name)\\nRUN own \(name)\\n\"\n}\n"
        }
        try engine.folder.write(
            "group \"default\" {\n  targets = [\"api\", \"web\"]\n}\n" + target("api") + target("web"),
            to: "bake.hcl")
        for (progress, options) in [("plain", ["--no-cache"]), ("rawjson", ["--no-cache"]), ("rawjson", [])] {
            let arguments =
                [
                    "buildx", "bake", "--allow=network.host", "--allow=fs.read=\(app)", "--file",
                    engine.folder.path(of: "bake.hcl"),
                    "--progress=\(progress)",
                ] + options
            try await engine.run(
                "/bin/sh", ["-c", "\"$0\" \"$@\" 2>'\(engine.folder.path)/log'", engine.client] + arguments)
            let record = try #require(
                try RecordReader.read(
                    [UInt8](Data(contentsOf: URL(filePath: engine.folder.path(of: "log")))), key: .random()
                )
                .last)
            #expect(record.source == (progress == "plain" ? .plain : .rawJSON))
            let names = Set(record.steps.compactMap(\.step?.label))
            #expect(
                names == ["[common 1/3]", "[common 2/3]", "[common 3/3]", "[api 1/1]", "[web 1/1]"],
                "\(names)")
            #expect(Set(record.steps.compactMap(\.target)) == ["api", "web"])
            for text in ["RUN own api", "RUN own web"] {
                let outcomes = record.steps.filter { $0.step?.text == text }.map(\.outcome)
                #expect(outcomes == [options.isEmpty ? .cached : .ran], "\(text)")
            }
            #expect(record.steps.allSatisfy { $0.outcome != .notReached })
        }
    }

    /// Two services, built by Compose itself and through bake: each step of its one log is in one of the records of both.
    /// - Parameter suite: the engine's, whose Compose it is.
    private func compose(_ engine: RecordingEngine, _ suite: String) async throws {
        let folder = engine.folder
        var client = [engine.client]
        if suite != "forky" {
            let other = try await engine.otherClient(suite)
            client = ["env"] + engine.address + ["DOCKER_CONFIG=\(other.configuration)", other.program]
        }
        for name in ["api", "web"] {
            try folder.write(
                "FROM stub:1 AS common\nRUN composed\nFROM common AS build\nCOPY a.txt /a\nRUN \(name) write=/out\n"
                    + "FROM stub:1\nCOPY --from=build /out /out\nRUN own \(name)\n",
                to: "compose/\(name)/Dockerfile")
        }
        try folder.write(
            "services:\n"
                + ["api", "web"].map { "  \($0): {build: {context: \($0), network: host}}\n" }.joined(),
            to: "compose/compose.yaml")
        for (isBake, text) in [("true", "a"), ("false", "b")] {
            for name in ["api", "web"] { try folder.write("\(text) of \(name)", to: "compose/\(name)/a.txt") }
            let log = folder.path(of: "log")
            let records = try await engine.records {
                try await engine.run(
                    "/bin/sh",
                    [
                        "-c",
                        "export COMPOSE_BAKE=$0; \"$@\" >'\(log)' 2>&1", isBake,
                    ] + client + [
                        "compose", "--progress", "plain", "--project-directory", folder.path(of: "compose"),
                        "build",
                    ])
            }
            #expect(records.count == 2)
            let told = try RecordReader.read([UInt8](Data(contentsOf: URL(filePath: log))), key: .random())
            let record = try #require(told.last)
            #expect(Set(record.steps.compactMap(\.target)) == ["api", "web"], "bake: \(isBake)")
            // What both share is in both records, and once in the log.
            var known: [String: Set<String>] = [:]
            for vertex in records.flatMap(\.steps) where vertex.step?.isBase == false {
                known[vertex.name, default: []].insert(
                    vertex.outcome == .skipped ? "cached" : vertex.outcome.rawValue)
            }
            var said: [String: Set<String>] = [:]
            for vertex in record.steps where vertex.step?.isBase == false {
                said[vertex.name, default: []].insert(vertex.outcome.rawValue)
            }
            #expect(Set(said.keys) == Set(known.keys), "bake: \(isBake)")
            for (name, outcomes) in said {
                #expect(outcomes.isSubset(of: known[name] ?? []), "\(name), bake: \(isBake)")
            }
            let ran = Set(record.steps.filter { $0.step?.keyword == "RUN" && $0.outcome == .ran }.map(\.name))
            let shell = RecordingEngine.ran([UInt8](try Data(contentsOf: URL(filePath: log))))
            #expect(
                Set(ran.map { String($0.split(separator: "] RUN ").last ?? "") }) == shell, "bake: \(isBake)")
        }
    }

    /// All sources of one build against each other and against the judges.
    /// - Parameter masked: a step of which only the archive tells what of it is the value of a build argument, so that
    ///   its name there is another than in the logs.
    private func check(
        _ telling: RecordingEngine.Telling, _ what: String, masked: (step: String, as: String)?
    ) {
        var archive = Self.outcomes(telling.archive)
        if let masked {
            let name = archive.keys.first { $0.hasSuffix("] " + masked.as) }
            #expect(name != nil, "\(what): the archive's step of \(masked.as): \(archive.keys.sorted())")
            if let name {
                archive[name.dropLast(masked.as.count) + masked.step] = archive.removeValue(forKey: name)
            }
        }
        #expect(Self.outcomes(telling.rawJSON) == archive, "\(what): the live rawjson")
        #expect(Self.outcomes(telling.historyRawJSON) == archive, "\(what): rawjson of the history")
        // The plain log cannot tell skipped from cached, and does not know what was never reached.
        let weaker = archive.mapValues {
            $0.map { $0 == "skipped" ? "cached" : $0 }.filter { $0 != "notReached" }.sorted()
        }
        .filter { !$0.value.isEmpty }
        #expect(Self.outcomes(telling.plain) == weaker, "\(what): the plain log")

        // RUNs by what the shell said.
        for vertex in telling.archive.steps where vertex.step?.keyword == "RUN" {
            let script = Self.script(of: vertex)
            let isExecuted = !vertex.outcome.isHit && vertex.outcome != .notReached
            #expect(
                telling.ran.contains(script) == isExecuted,
                "\(what): the shell of \(vertex.name): \(vertex.outcome)")
        }
    }

    private func check(_ trace: RecordedTrace, _ archive: BuildRecord, _ what: String) {
        for vertex in archive.steps where vertex.step?.isBase == false {
            guard let digest = vertex.digest else {
                Issue.record("\(what): no digest of \(vertex.name)")
                continue
            }
            // Cancelled or failed, it was executed too.
            let isExecuted =
                vertex.outcome == .ran || vertex.outcome == .failed || vertex.outcome == .cancelled
            #expect(
                trace.executed.contains(digest) == isExecuted,
                "\(what): the trace of \(vertex.name): \(vertex.outcome)")
        }
    }

    /// The outcomes of each name, which several platforms may have.
    private static func outcomes(_ record: BuildRecord) -> [String: [String]] {
        var outcomes: [String: [String]] = [:]
        for vertex in record.steps { outcomes[vertex.name, default: []].append(vertex.outcome.rawValue) }
        return outcomes.mapValues { $0.sorted() }
    }

    /// What the shell is given for a step of `files`.
    private static func script(of vertex: BuildVertex) -> String {
        let text = vertex.step?.text.dropFirst("RUN ".count) ?? ""
        if text.hasPrefix("<<EOF") { return "heredoc write=/h" }
        if text.hasPrefix("version ") { return "version $VER trick write=/src/ver" }
        if text.hasPrefix("tool ") { return "tool $TARGETARCH write=/tool" }
        return String(text)
    }

    // MARK: Engine 20.10

    /// It has no history: its plain log against the shell, and the same by the classic builder.
    @Test(.enabled(if: suites.contains("bookworm"))) func old() async throws {
        let engine = try await RecordingEngine(name: "records-old", suite: "bookworm")
        let app = engine.folder.path(of: "app")
        do {
            for (name, text) in Self.files where !name.hasPrefix("Dockerfile") {
                try engine.folder.write(text, to: "app/\(name)")
            }
            try engine.folder.write(
                "FROM stub:1 AS build\nCOPY a.txt ./\nARG VER=1\nRUN deps $VER write=/x\nFROM stub:1\nCOPY --from=build /x /x\n"
                    + "RUN last trick halfline\n", to: "app/Dockerfile")
            let server = try Self.serve(engine.folder)
            defer { try? server.close() }
            for isBuildKit in [true, false] {
                func outcomes(
                    _ arguments: [String] = [], file: String = "Dockerfile", interrupt: Int? = nil,
                    status: BuildStatus = .completed
                ) async throws -> [StepOutcome] {
                    let arguments = arguments + ["--file", "\(app)/\(file)", app]
                    let record = try await tellOld(engine, isBuildKit, arguments, interrupt)
                    #expect(record.status == status, "\(file), BuildKit: \(isBuildKit)")
                    // The classic builder counts ARG.
                    return record.steps.filter { !["FROM", "ARG"].contains($0.step?.keyword) }.map(\.outcome)
                }
                #expect(try await outcomes() == [.ran, .ran, .ran, .ran])
                #expect(try await outcomes() == [.cached, .cached, .cached, .cached])
                try engine.folder.write("another a of \(isBuildKit)", to: "app/a.txt")
                #expect(try await outcomes().prefix(2) == [.ran, .ran])
                #expect(try await outcomes(["--build-arg", "VER=2"]).prefix(2) == [.cached, .ran])
                #expect(try await outcomes(["--no-cache"]) == [.ran, .ran, .ran, .ran])
                #expect(try await outcomes(file: "download.Dockerfile") == [.ran, .ran])
                #expect(try await outcomes(file: "download.Dockerfile") == [.cached, .cached])
                #expect(try await outcomes(file: "failing.Dockerfile", status: .failed).contains(.failed))
                // Interrupted, the classic builder's client says nothing more.
                let slow = try await outcomes(
                    file: "slow.Dockerfile", interrupt: 3, status: isBuildKit ? .cancelled : .unknown)
                #expect(slow.prefix(2) == [.ran, isBuildKit ? .cancelled : .notReached])
                let badImport = try await outcomes(["--cache-from", "localhost:1/none"])
                #expect(badImport.count == 4)
            }
        } catch {
            Issue.record("\(error)")
        }
        try await engine.stop()
    }

    /// - Parameter interrupt: after how many seconds the build is interrupted; nil to let it end.
    private func tellOld(
        _ engine: RecordingEngine, _ isBuildKit: Bool, _ arguments: [String], _ interrupt: Int?
    ) async throws -> BuildRecord {
        let log = engine.folder.path(of: "log")
        // The client's wrapper of engine.sh asks for BuildKit.
        let script =
            "sed \"s/DOCKER_BUILDKIT=1/DOCKER_BUILDKIT=\(isBuildKit ? 1 : 0)/\" \"$0\" >'\(log).sh'; "
            + "\(interrupt.map { "timeout --signal=INT \($0) " } ?? "")sh '\(log).sh' build --network=host "
            + "\(isBuildKit ? "--progress=plain " : "")\"$@\" >'\(log)' 2>&1 || :"
        try await engine.run("/bin/sh", ["-c", script, engine.client] + arguments)
        let bytes = Array(try Data(contentsOf: URL(filePath: log)))
        let records = try RecordReader.read(bytes, key: .random())
        let record = try #require(records.count == 1 ? records[0] : nil)
        #expect(record.source == (isBuildKit ? .plain : .classic))
        let said = String(decoding: bytes, as: UTF8.self)
        for step in record.steps
        where step.step?.keyword == "RUN" && (step.outcome != .notReached || record.status != .unknown) {
            let text = step.step?.text.dropFirst("RUN ".count) ?? ""
            let script = text.replacing(#/^deps [12] /#, with: "deps $VER ")
            let isExecuted = !step.outcome.isHit && step.outcome != .notReached
            #expect(said.contains("stub ran: \(script)") == isExecuted, "\(step)")
        }
        return record
    }
}
