import Foundation
import Impact
import Testing

/// BuildKit as the judge: both sides of each pair are built on a real engine, and its truth is compared with the
/// prediction and with what is recorded.
///
/// `CLM_DOCTOR_IMPACT_ENGINES` names the Debian releases to take engines from (`forky,bookworm`), `CLM_DOCTOR_IMPACT_PAIRS`
/// parts of the pairs' names, and with `CLM_DOCTOR_IMPACT_RECORD=FOLDER` the truth is written there.
@Suite(.serialized) struct EngineConformanceTests {
    static let environment = ProcessInfo.processInfo.environment
    static let suites = (environment["CLM_DOCTOR_IMPACT_ENGINES"] ?? "").split(separator: ",").map(
        String.init)
    /// The Docker Engine release of a Debian release, as far as `Pair.since` tells them apart.
    static let releases = ["bookworm": 20.10, "trixie": 26.1, "forky": 28.5]

    @Test(.enabled(if: !suites.isEmpty), arguments: suites)
    func theEngineAgrees(_ suite: String) async throws {
        let part = Self.environment["CLM_DOCTOR_IMPACT_PAIRS"]
        let release = Self.releases[suite] ?? 99
        let pairs = Pair.all.filter { pair in
            // 20.10 is 20 to the rules.
            pair.since <= release
                && (part.map { $0.split(separator: ",").contains { pair.name.contains($0) } } ?? true)
                && pair.name != "copy-invalid-utf8-name"
        }
        let truths = try await Self.truths(of: pairs, on: suite)
        let recorded = (try? Truth.recorded(suite)) ?? [:]
        for pair in pairs {
            guard let truth = truths[pair.name] else {
                Issue.record("\(pair.name): the engine did not build it")
                continue
            }
            if let known = recorded[pair.name] { #expect(truth == known, "\(pair.name): \(truth.text)") }
            if recorded[pair.name] == nil || suite == "forky" {
                let differences = try await pair.predicted().differences(from: truth.states)
                #expect(differences.isEmpty, "\(pair.name): \(differences.joined(separator: "; "))")
            }
        }
        if let folder = Self.environment["CLM_DOCTOR_IMPACT_RECORD"] {
            let lines = pairs.compactMap { pair in truths[pair.name].map { "\(pair.name): \($0.text)\n" } }
            try lines.joined().write(
                toFile: "\(folder)/truth-\(suite).txt", atomically: true, encoding: .utf8)
        }
    }

    /// What the pairs' stages are read for; folders end with `/`.
    private static let readPaths = [
        "/out/app", "/out/tool", "/dist/app", "/out/lib/", "/out/*.whl", "/src/a", "/src/", "/got/app",
    ]

    /// One engine for each kind of output, side by side.
    private static func truths(of pairs: [Pair], on suite: String) async throws -> [String: Truth] {
        let stub = try await StubEngine.compileStub()
        defer { try? FileManager.default.removeItem(at: stub) }
        let logs = try await withThrowingTaskGroup(of: (StubEngine.Mode, [String: BuildLog]).self) { group in
            for mode in StubEngine.Mode.allCases {
                group.addTask {
                    let engine = try await StubEngine(suite: suite, mode: mode, stub: stub)
                    for reference in ["base:1", "base:2", "tools:1", "tools:2"] {
                        try await engine.makeStandIn(reference, paths: readPaths, files: ["/etc/conf"])
                    }
                    var logs: [String: BuildLog] = [:]
                    for pair in pairs {
                        let repository = try await ScratchRepository(pair)
                        defer { repository.remove() }
                        try await engine.prune()
                        do {
                            _ = try await engine.build(pair.baseOptions, in: repository.context("base"))
                            logs[pair.name] = try await engine.build(
                                pair.headOptions, in: repository.context("head"))
                        } catch let error as CommandFailed {
                            print("\(pair.name), \(mode.rawValue): \(error)")
                        }
                    }
                    try await engine.stop()
                    return (mode, logs)
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var truths: [String: Truth] = [:]
        for pair in pairs {
            guard let stable = logs[.stable]?[pair.name], let changing = logs[.changing]?[pair.name] else {
                continue
            }
            truths[pair.name] = Truth(stable: stable, changing: changing)
        }
        return truths
    }
}
