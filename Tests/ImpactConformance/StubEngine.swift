import BuildRecords
import Foundation
import Impact
import Processes

/// A Docker Engine whose base images are stand-ins: their shell runs nothing, it only changes the files that other
/// stages read (`stub-shell.c`).
actor StubEngine {
    enum Mode: String, CaseIterable, Sendable {
        /// Each run of a step leaves the same files.
        case stable
        /// Each run of a step leaves other files.
        case changing
    }

    let client: String
    /// buildx by itself: `docker buildx` starts two processes, and half of a build's time here is starting them.
    private let buildx: String
    private let environment: [String: String]
    let mode: Mode
    private let stub: URL
    private let name: String
    /// The stand-ins that it has, by reference, and what they were made for.
    private var standIns: [String: StandInNeeds] = [:]

    private static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .appending(path: "Support/engine.sh").path

    /// One engine for each kind of output; those that run already are taken.
    /// - Parameter suite: the Debian release that they come from.
    static func both(suite: String, stub: URL) async throws -> [StubEngine] {
        var engines: [StubEngine] = []
        for mode in Mode.allCases {
            engines.append(try await StubEngine(suite: suite, mode: mode, stub: stub))
        }
        return engines
    }

    private init(suite: String, mode: Mode, stub: URL) async throws {
        name = "impact-\(mode.rawValue)-\(suite)"
        // The newest client writes the log that can be read, also of an engine that has none of its own.
        let exports = try await run(
            "bash", [Self.script, "start", name, suite],
            environment: ["CLM_DOCTOR_ENGINE_DATA": "memory", "CLM_DOCTOR_ENGINE_CLIENT": "forky"])
        let values = exports.split(separator: "\n").reduce(into: [String: String]()) { values, line in
            let parts = line.dropFirst("export ".count).split(separator: "=", maxSplits: 1)
            values[String(parts[0])] = String(parts[1])
        }
        client = values["CLM_DOCTOR_ENGINE"]!
        environment = values.filter { $0.key.hasPrefix("DOCKER_") }
        buildx = environment["DOCKER_CONFIG"]! + "/cli-plugins/docker-buildx"
        self.mode = mode
        self.stub = stub
    }

    /// The stub, made once for all engines.
    static func compileStub() async throws -> URL {
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "stub-shell.c")
        let program = FileManager.default.temporaryDirectory.appending(
            path: "impact-stub-\(UUID().uuidString)")
        try await run("clang", ["-static", "-Os", "-o", program.path, source.path])
        return program
    }

    /// Makes an image for each reference, with layers of its own, so that no two references have equal chains. What is
    /// there already with the same needs stays.
    func makeStandIns(_ needs: StandInNeeds) async throws {
        var contents = needs
        contents.images = []
        for reference in needs.images.sorted() where standIns[reference] != contents {
            try await makeStandIn(reference, contents)
            standIns[reference] = contents
        }
    }

    private func makeStandIn(_ reference: String, _ needs: StandInNeeds) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "stand-in-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ path: String, _ text: String) throws {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }
        let users = needs.users.subtracting(["root"]).sorted().enumerated().map { ($0 + 1000, $1) }
        if reference.hasPrefix("merged:") {
            // As Debian's images have it.
            try FileManager.default.createDirectory(
                at: folder.appending(path: "usr/bin"), withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(path: "bin").path, withDestinationPath: "usr/bin")
        }
        try write(
            "etc/passwd",
            "root:x:0:0::/root:/bin/sh\n"
                + users.map { "\($1):x:\($0):\($0)::/home/\($1):/bin/sh\n" }.joined())
        try write("etc/group", "root:x:0:\n" + users.map { "\($1):x:\($0):\n" }.joined())
        try write(".stand-in", reference)
        try write(".stub/paths", needs.paths.sorted().map { $0 + "\n" }.joined())
        try write(".stub/mode", mode == .stable ? "s" : "c")
        for name in ["tmp", "bin"] {
            try FileManager.default.createDirectory(
                at: folder.appending(path: name), withIntermediateDirectories: true)
        }
        let shell = folder.appending(path: "bin/sh")
        try FileManager.default.copyItem(at: stub, to: shell)
        chmod(shell.path, 0o4755)
        for program in needs.programs where program != "/bin/sh" {
            let place = folder.appending(
                path: program.hasPrefix("/") ? String(program.dropFirst()) : "bin/" + program)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try? FileManager.default.linkItem(at: shell, to: place)
        }
        for path in needs.files.sorted() {
            // In a folder the file that the stub would make, by its name for it.
            let name = "stub" + path.dropLast().replacing("/", with: "_")
            let place = path.dropFirst() + (path.hasSuffix("/") ? name : "")
            let isTaken = FileManager.default.fileExists(atPath: folder.appending(path: String(place)).path)
            if !isTaken { try? write(String(place), mode == .stable ? "the same" : reference) }
        }
        let archive = folder.path + ".tar"
        try await run("tar", ["-C", folder.path, "--owner=0", "--group=0", "-cf", archive, "."])
        defer { try? FileManager.default.removeItem(atPath: archive) }
        // Images set it, and WORKDIR is no step where it comes out empty.
        var changes = ["ENV HOME=/root"]
        // What only the image's configuration tells.
        if reference.hasPrefix("vars:") { changes += ["ENV FOLDER=conf", "WORKDIR /work"] }
        try await run(
            client, ["import"] + changes.flatMap { ["--change", $0] } + [archive, reference])
    }

    /// Those of another project would be taken for its own.
    func removeImages() async throws {
        let images = try await run(client, ["image", "ls", "--quiet"]).split(separator: "\n").map(String.init)
        if !images.isEmpty { try await run(client, ["image", "rm", "--force"] + Set(images)) }
        standIns = [:]
    }

    func stop() async throws { try await run("bash", [Self.script, "stop", name]) }

    func prune() async throws { try await run(client, ["builder", "prune", "--all", "--force"]) }

    /// Builds one side of a pair.
    func build(_ options: Pair.Options, in root: String) async throws -> BuildRecord {
        var arguments = ["build", "--progress=rawjson", "--network=host", "--provenance=false"]
        arguments += ["--output=type=cacheonly", "--file", "\(root)/\(options.dockerfile())"]
        if let target = options.target { arguments += ["--target", target] }
        for (name, value) in options.args.sorted(by: { $0.key < $1.key }) {
            arguments += ["--build-arg", "\(name)=\(value)"]
        }
        for (name, path) in options.namedContexts {
            arguments += ["--build-context", "\(name)=" + (path.contains("://") ? path : "\(root)/\(path)")]
        }
        arguments.append(options.context == "." ? root : "\(root)/\(options.context)")
        let output = try await start(buildx, arguments, environment: environment)
        let record = try? RecordReader.read(output.standardError, key: .random()).last
        guard output.succeeded, let record else {
            let text = String(decoding: output.standardError.suffix(2000), as: UTF8.self)
            throw CommandFailed(command: "build", message: record?.errors.first ?? text)
        }
        return record
    }
}

extension [StubEngine] {
    /// Lets all do the same at once.
    func together<Output: Sendable>(_ work: @escaping @Sendable (StubEngine) async throws -> Output)
        async throws -> [StubEngine.Mode: Output]
    {
        try await withThrowingTaskGroup(of: (StubEngine.Mode, Output).self) { group in
            for engine in self { group.addTask { (engine.mode, try await work(engine)) } }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }
}
