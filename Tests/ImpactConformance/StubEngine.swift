import Foundation
import Impact
import Processes

/// A Docker Engine whose base images are stand-ins: their shell runs nothing, it only changes the files that other
/// stages read (`stub-shell.c`).
struct StubEngine: Sendable {
    enum Mode: String, CaseIterable, Sendable {
        /// Each run of a step leaves the same files.
        case stable
        /// Each run of a step leaves other files.
        case changing
    }

    /// What steps need of an image to be run at all.
    struct Fixtures: Sendable {
        var users: Set<String> = []
        /// All are the stub.
        var programs: Set<String> = []
    }

    let client: String
    let mode: Mode
    private let stub: URL
    private let name: String

    private static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .appending(path: "Support/engine.sh").path

    /// Starts the engine, or takes the one that runs already under this name.
    /// - Parameter suite: the Debian release that it comes from.
    init(suite: String, mode: Mode, stub: URL) async throws {
        name = "impact-\(mode.rawValue)-\(suite)"
        let exports = try await run("bash", [Self.script, "start", name, suite])
        let line = exports.split(separator: "\n").first { $0.hasPrefix("export CLM_DOCTOR_ENGINE=") }
        client = String(line!.dropFirst("export CLM_DOCTOR_ENGINE=".count))
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

    /// Makes an image with layers of its own, so that no two references have equal chains.
    /// - Parameters:
    ///   - paths: what stages that start from it are read for; folders end with `/`.
    ///   - files: what it holds from the start; its bytes depend on the reference where outputs change.
    func makeStandIn(
        _ reference: String, paths: [String], files: [String], _ fixtures: Fixtures = Fixtures()
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "stand-in-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ path: String, _ text: String) throws {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }
        let users = fixtures.users.subtracting(["root"]).filter { Int($0) == nil }.union(["app"]).sorted()
        let numbered = users.enumerated().map { ($0 + 1000, $1) }
        try write(
            "etc/passwd",
            "root:x:0:0::/root:/bin/sh\n"
                + numbered.map { "\($1):x:\($0):\($0)::/home/\($1):/bin/sh\n" }.joined())
        try write("etc/group", "root:x:0:\n" + numbered.map { "\($1):x:\($0):\n" }.joined())
        try write(".stand-in", reference)
        try write(".stub/paths", paths.map { $0 + "\n" }.joined())
        try write(".stub/mode", mode == .stable ? "s" : "c")
        for path in files {
            try write(String(path.drop { $0 == "/" }), mode == .stable ? "the same" : reference)
        }
        for name in ["tmp", "bin"] {
            try FileManager.default.createDirectory(
                at: folder.appending(path: name), withIntermediateDirectories: true)
        }
        let shell = folder.appending(path: "bin/sh")
        try FileManager.default.copyItem(at: stub, to: shell)
        chmod(shell.path, 0o4755)
        for program in fixtures.programs where program != "/bin/sh" {
            let place = folder.appending(
                path: program.hasPrefix("/") ? String(program.dropFirst()) : "bin/" + program)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try? FileManager.default.linkItem(at: shell, to: place)
        }
        let archive = folder.path + ".tar"
        try await run("tar", ["-C", folder.path, "--owner=0", "--group=0", "-cf", archive, "."])
        defer { try? FileManager.default.removeItem(atPath: archive) }
        try await run(client, ["import", archive, reference])
    }

    func stop() async throws { try await run("bash", [Self.script, "stop", name]) }

    func prune() async throws { try await run(client, ["builder", "prune", "--all", "--force"]) }

    /// Builds one side of a pair.
    func build(_ options: Pair.Options, in root: String) async throws -> BuildLog {
        var arguments = ["buildx", "build", "--progress=rawjson", "--network=host", "--provenance=false"]
        arguments += ["--output=type=cacheonly", "--file", "\(root)/\(options.dockerfile())"]
        if let target = options.target { arguments += ["--target", target] }
        for (name, value) in options.args.sorted(by: { $0.key < $1.key }) {
            arguments += ["--build-arg", "\(name)=\(value)"]
        }
        for (name, path) in options.namedContexts {
            arguments += ["--build-context", "\(name)=\(root)/\(path)"]
        }
        arguments.append(options.context == "." ? root : "\(root)/\(options.context)")
        let output = try await start(client, arguments)
        let log = BuildLog(output.standardError)
        guard output.succeeded else {
            let text = String(decoding: output.standardError.suffix(2000), as: UTF8.self)
            throw CommandFailed(command: "build", message: log.errors.first ?? text)
        }
        return log
    }
}
