import BuildRecords
import Foundation
import Processes
import TestSupport
import Testing

/// A Docker Engine with a base image whose shell says that it was run, and one build after the other on it.
struct RecordingEngine {
    let client: String
    let folder: ScratchFolder
    private let name: String
    private let environment: [String: String]

    private static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .appending(path: "Support/engine.sh").path

    /// - Parameters:
    ///   - suite: the Debian release that the engine is of.
    ///   - clientSuite: the one of its client; nil for the engine's.
    ///   - configuration: its daemon.json.
    init(name: String, suite: String, clientSuite: String? = nil, configuration: String = "{}") async throws {
        folder = try ScratchFolder()
        self.name = name
        try folder.write(configuration, to: "daemon.json")
        let own = ProcessInfo.processInfo.environment
        let start = Command(
            program: "/bin/bash",
            arguments: [Self.script, "start", name, suite, folder.path(of: "daemon.json")],
            environment: own.merging([
                "CLM_DOCTOR_ENGINE_DATA": "memory", "CLM_DOCTOR_ENGINE_CLIENT": clientSuite ?? suite,
            ]) { $1 }, timeLimit: .seconds(600),
            outputLimit: 1 << 20)
        let exports = String(decoding: try await start.run().standardOutput, as: UTF8.self)
        var environment = own
        for line in exports.split(separator: "\n") where line.hasPrefix("export ") {
            let pair = line.dropFirst("export ".count).split(separator: "=", maxSplits: 1)
            environment[String(pair[0])] = String(pair[1])
        }
        client = try #require(environment["CLM_DOCTOR_ENGINE"])
        environment["PATH"] = own["PATH"]
        self.environment = environment
        try await makeBase()
    }

    func stop() async throws { try await run("/bin/bash", [Self.script, "stop", name]) }

    private func makeBase() async throws {
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "recording-shell.c")
            .path
        try folder.write("root:x:0:0::/root:/bin/sh\n", to: "base/etc/passwd")
        for place in ["bin", "tmp"] { try folder.write("", to: "base/\(place)/.keep") }
        try await run("clang", ["-static", "-Os", "-o", folder.path(of: "base/bin/sh"), source])
        try await run(
            "tar",
            [
                "-C", folder.path(of: "base"), "--owner=0", "--group=0", "-cf", folder.path(of: "base.tar"),
                ".",
            ])
        try await run(
            client, ["import", "--change", "ENV HOME=/root", folder.path(of: "base.tar"), "stub:1"])
        try await run(client, ["save", "-o", folder.path(of: "stub.tar"), "stub:1"])
    }

    /// Forgets all builds and their layers, but not the base image.
    func forget() async throws {
        let images = try await run(client, ["image", "ls", "--quiet"]).split(separator: "\n").map(String.init)
        if !images.isEmpty { try await run(client, ["image", "rm", "--force"] + Set(images)) }
        try await run(client, ["builder", "prune", "--all", "--force"])
        try await run(client, ["load", "--input", folder.path(of: "stub.tar")])
    }

    /// - Returns: standard output.
    @discardableResult func run(_ program: String, _ arguments: [String]) async throws -> String {
        let output = try await Self.output(program, arguments, environment)
        guard output.succeeded else {
            let text = String(decoding: output.standardError.suffix(2000), as: UTF8.self)
            throw EngineFailure(text: "\(program) \(arguments): \(text)")
        }
        return String(decoding: output.standardOutput, as: UTF8.self)
    }

    private static func output(
        _ program: String, _ arguments: [String], _ environment: [String: String],
        limit: Duration = .seconds(1200)
    ) async throws -> Command.Output {
        // `env` finds it on PATH.
        let isPath = program.hasPrefix("/")
        return try await Command(
            program: isPath ? program : "/usr/bin/env", arguments: isPath ? arguments : [program] + arguments,
            environment: environment, timeLimit: limit,
            outputLimit: 64 << 20
        ).run()
    }

    struct EngineFailure: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }

    // MARK: Builds

    /// All that tells of one build.
    struct Telling {
        /// The id of the build.
        var reference: String
        var rawJSON: BuildRecord
        var historyRawJSON: BuildRecord
        var plain: BuildRecord
        var archive: BuildRecord
        /// Digests of the vertices that the builder's trace has as executed; nil where the record had none yet.
        var trace: RecordedTrace?
        /// The scripts of which the shell said that it was run with them.
        var ran: Set<String>
        /// The live log of rawjson and the plain one, as they are.
        var logs: [[UInt8]]
    }

    /// Builds, and asks the engine in every way what it did.
    /// - Parameter interrupt: the command at which the build is interrupted, once the client has told that it runs; nil to
    ///   let the build end.
    func tell(_ arguments: [String], interrupt: String? = nil) async throws -> Telling {
        let build = [client, "buildx", "build", "--network=host", "--progress=rawjson"] + arguments
        let before = try references()
        let log: [UInt8]
        if let interrupt {
            log = try await interrupted(build, at: interrupt)
        } else {
            log = try await Self.output(build[0], Array(build.dropFirst()), environment).standardError
        }
        let reference = try #require(try references().subtracting(before).first, "the build left no record")
        func history(_ arguments: [String]) async throws -> [UInt8] {
            try await Self.output(client, ["buildx", "history"] + arguments, environment).standardError
        }
        let file = folder.path(of: "record.dockerbuild")
        try await run(client, ["buildx", "history", "export", "--finalize", "--output", file, reference])
        let bytes = Array(try Data(contentsOf: URL(filePath: file)))
        let plain = try await history(["logs", "--progress=plain", reference])
        return Telling(
            reference: reference,
            rawJSON: try only(log),
            historyRawJSON: try only(try await history(["logs", "--progress=rawjson", reference])),
            plain: try only(plain), archive: try only(bytes), trace: try await trace(file),
            ran: Self.ran(plain), logs: [log, plain])
    }

    /// What a build prints that is interrupted once a command runs: its plugin may end after docker itself has.
    private func interrupted(_ build: [String], at command: String) async throws -> [UInt8] {
        let file = folder.path(of: "interrupted.log")
        // With job control, as bash has what it starts in the background ignore SIGINT otherwise.
        let script = """
            set -m
            log=$1 command=$2; shift 2
            "$@" 2>"$log" & build=$!
            told() { grep -o '"data":"[^"]*' "$log" | while read -r data; do base64 -d <<<"${data##*:?}"; done; }
            until told | grep -q "stub ran: $command"; do kill -0 $build || break; sleep 0.1; done
            kill -INT $build
            wait $build
            """
        _ = try await Self.output("bash", ["-c", script, "bash", file, command] + build, environment)
        for _ in 0..<50 {
            if try String(contentsOfFile: file, encoding: .utf8).contains("\nERROR: ") { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        return Array(try Data(contentsOf: URL(filePath: file)))
    }

    /// Builds without a result, and exports the record.
    func record(_ arguments: [String]) async throws -> BuildRecord {
        let records = try await records {
            // It may fail, as scenarios want it.
            _ = try await Self.output(
                client, ["buildx", "build", "--network=host", "--output=type=cacheonly"] + arguments,
                environment)
        }
        return try #require(records.first, "the build left no record: \(arguments)")
    }

    /// The docker program of another release, for this engine: prints where it is, and where its plugins are.
    func otherClient(_ suite: String) async throws -> (program: String, configuration: String) {
        let line = try await run("/bin/bash", [Self.script, "client", suite])
        let folder = try #require(line.firstMatch(of: /PATH=(.*)\/bin:/)).output.1
        return ("\(folder)/bin/docker", "\(folder)/config")
    }

    /// The host of the engine and where buildx keeps its files, as words for `env`.
    var address: [String] {
        [
            "DOCKER_HOST=\(environment["DOCKER_HOST"] ?? "")",
            "BUILDX_CONFIG=\(environment["DOCKER_CONFIG"] ?? "")/buildx",
        ]
    }

    /// Exports the records of all that was built meanwhile.
    func records(_ build: () async throws -> Void) async throws -> [BuildRecord] {
        let before = try references()
        try await build()
        var records: [BuildRecord] = []
        for reference in try references().subtracting(before).sorted() {
            let file = folder.path(of: "record.dockerbuild")
            try await run(client, ["buildx", "history", "export", "--output", file, reference])
            records.append(try only(Array(try Data(contentsOf: URL(filePath: file)))))
        }
        return records
    }

    /// Does something while a build is at work, which is ended then.
    /// - Parameter words: what the shell says when that build has come to the step that takes long.
    func whileBuilding(_ arguments: [String], saying words: String, _ work: () async throws -> Void)
        async throws
    {
        let (log, id) = (folder.path(of: "beside.log"), folder.path(of: "beside.pid"))
        let build = [
            "-c", "\"$0\" \"$@\" 2>'\(log)' & echo $! >'\(id)'; wait", client, "buildx", "build",
            "--network=host", "--progress=plain", "--output=type=cacheonly",
        ]
        async let end = Self.output("/bin/sh", build + arguments, environment)
        for _ in 0..<300 {
            let said = try? String(contentsOfFile: log, encoding: .utf8)
            if said?.contains("stub ran: \(words)") == true { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        do { try await work() } catch { Issue.record("\(error)") }
        try await run("/bin/sh", ["-c", "kill $(cat '\(id)')"])
        _ = try await end
    }

    /// Builds on an engine that has no history, and reads what it prints.
    func plainRecord(_ arguments: [String]) async throws -> BuildRecord {
        let output = try await Self.output(
            client, ["build", "--network=host", "--progress=plain"] + arguments, environment)
        return try only(output.standardError)
    }

    /// Gives the engine its base image once more, as another one.
    func importBase(as reference: String, platform: String? = nil, environment: String = "HOME=/root")
        async throws
    {
        var arguments = ["import", "--change", "ENV HOME=/root", "--change", "ENV \(environment)"]
        if let platform { arguments += ["--platform", platform] }
        try await run(client, arguments + [folder.path(of: "base.tar"), reference])
    }

    /// Gives the engine an image with a frontend.
    /// - Parameter host: what it puts into each RUN, so that another host makes another frontend.
    func importFrontend(as reference: String, host: String) async throws {
        let archive = folder.path(of: "frontend.tar")
        if !FileManager.default.fileExists(atPath: archive) {
            let source = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "recording-frontend.c").path
            try folder.write("", to: "frontend/.keep")
            try await run("clang", ["-static", "-Os", "-o", folder.path(of: "frontend/frontend"), source])
            try await run("tar", ["-C", folder.path(of: "frontend"), "-cf", archive, "frontend"])
        }
        let changes = [
            "ENTRYPOINT [\"/frontend\"]", "ENV FRONTEND_HOST=\(host)=10.0.0.1",
            "LABEL moby.buildkit.frontend.network.none=true",
        ]
        try await run(client, ["import"] + changes.flatMap { ["--change", $0] } + [archive, reference])
    }

    /// Takes one step out of the cache.
    /// - Parameter step: a part of what the builder calls it.
    func prune(step: String) async throws {
        let usage = try await run(client, ["buildx", "du", "--verbose"])
        let record = usage.split(separator: "\n\n").first { $0.contains(step) }
        let id = record?.split(separator: "\n").first { $0.hasPrefix("ID:") }?
            .split(whereSeparator: \.isWhitespace).last
        let name = try #require(id, "\(step) is not in the cache: \(usage)")
        try await run(client, ["buildx", "prune", "--force", "--all", "--filter", "id=\(name)"])
    }

    /// Waits for garbage collection.
    /// - Parameter step: a part of what the builder calls the steps.
    func waitUntilLost(_ step: String) async throws {
        for _ in 0..<300 {
            if try await !run(client, ["buildx", "du", "--verbose"]).contains(step) { return }
            try await Task.sleep(for: .milliseconds(500))
        }
        throw EngineFailure(text: "\(step) is in the cache still")
    }

    private func only(_ bytes: [UInt8]) throws -> BuildRecord {
        let records = try RecordReader.read(bytes, key: HashKey([1]))
        try #require(records.count == 1)
        return records[0]
    }

    /// buildx keeps a file for each build that it began.
    private func references() throws -> Set<String> {
        let folder = (environment["DOCKER_CONFIG"] ?? "") + "/buildx/refs/default/default"
        return Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    }

    /// - Returns: nil where the record has none.
    func trace(ofBuild reference: String) async throws -> RecordedTrace? {
        let file = folder.path(of: "record.dockerbuild")
        try await run(client, ["buildx", "history", "export", "--output", file, reference])
        return try await trace(file)
    }

    /// Unpacked by tar, and not by the reader that is tested.
    private func trace(_ file: String) async throws -> RecordedTrace? {
        let index =
            try JSONSerialization.jsonObject(with: try await member("index.json", file)) as? [String: Any]
        func blob(_ descriptor: [String: Any]?) async throws -> Data {
            let digest = try #require(descriptor?["digest"] as? String)
            return try await member("blobs/sha256/" + digest.dropFirst("sha256:".count), file)
        }
        let manifest =
            try JSONSerialization.jsonObject(
                with: try await blob((index?["manifests"] as? [[String: Any]])?.first)) as? [String: Any]
        let layers = manifest?["layers"] as? [[String: Any]] ?? []
        let layer = layers.first { $0["mediaType"] as? String == "application/vnd.buildkit.otlp.json.v0" }
        return layer == nil ? nil : RecordedTrace(Array(try await blob(layer))[...])
    }

    private func member(_ name: String, _ file: String) async throws -> Data {
        Data(try await Self.output("tar", ["-xzOf", file, name], environment).standardOutput)
    }

    /// What the shell said, found without the reader that is tested.
    static func ran(_ log: [UInt8]) -> Set<String> {
        var ran: Set<String> = []
        for line in String(decoding: log, as: UTF8.self).split(separator: "\n") {
            guard line.hasPrefix("#"), let words = line.firstRange(of: " stub ran: ") else { continue }
            ran.insert(String(line[words.upperBound...]))
        }
        return ran
    }
}
