import Foundation
import Impact
import Testing

@Test(.enabled(if: ProcessInfo.processInfo.environment["RECORD"] != nil))
func recordTruth() async throws {
    let suite = ProcessInfo.processInfo.environment["SUITE"] ?? "forky"
    let filter = ProcessInfo.processInfo.environment["ONLY"]
    let stub = try await StubEngine.compileStub()
    let pairs = Pair.all.filter { filter == nil || $0.name.contains(filter!) }
    let logs = try await withThrowingTaskGroup(of: (StubEngine.Mode, [String: BuildLog]).self) { group in
        for mode in StubEngine.Mode.allCases {
            group.addTask {
                let engine = try await StubEngine(suite: suite, mode: mode, stub: stub)
                for reference in ["base:1", "base:2", "tools:1", "tools:2"] {
                    try await engine.makeStandIn(
                        reference,
                        paths: ["/out/app", "/out/tool", "/dist/app", "/out/lib/", "/out/*.whl", "/src/a", "/src/", "/got/app"],
                        files: ["/etc/conf"])
                }
                var logs: [String: BuildLog] = [:]
                for pair in pairs {
                    let repository = try await ScratchRepository(pair)
                    defer { repository.remove() }
                    try await engine.prune()
                    do {
                        _ = try await engine.build(pair.baseOptions, in: repository.context("base"))
                        logs[pair.name] = try await engine.build(pair.headOptions, in: repository.context("head"))
                    } catch { print("FAILED \(mode) \(pair.name): \(error)") }
                }
                return (mode, logs)
            }
        }
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    for pair in pairs {
        guard let stable = logs[.stable]?[pair.name], let changing = logs[.changing]?[pair.name] else { continue }
        let states = Truth.states(stable: stable, changing: changing)
        print("TRUTH \(pair.name): " + stable.steps.compactMap { s in states[s.label].map { "\(s.label)=\($0)" } }.joined(separator: " "))
    }
}
