import Foundation
import Testing

/// Real history, judged by an engine with stand-in images.
///
/// `CLM_DOCTOR_IMPACT_HISTORY` lists `REPOSITORY:DOCKERFILE:CONTEXT[:TARGET]` (separated by blanks; the first a path),
/// `CLM_DOCTOR_IMPACT_HISTORY_PAIRS` how many pairs of commits of each. Prints a row for each: pairs, steps, agreement,
/// false `cached`, false `rebuild`, and what was left out and why. A step that is not as predicted fails.
@Suite(.serialized) struct HistoryTests {
    static let environment = ProcessInfo.processInfo.environment
    static let builds = (environment["CLM_DOCTOR_IMPACT_HISTORY"] ?? "").split(separator: " ").map(
        String.init)

    @Test(.enabled(if: !builds.isEmpty))
    func theEngineAgreesOnRealHistory() async throws {
        let wanted = Int(Self.environment["CLM_DOCTOR_IMPACT_HISTORY_PAIRS"] ?? "") ?? 8
        let stub = try await StubEngine.compileStub()
        defer { try? FileManager.default.removeItem(at: stub) }
        let engines = try await StubEngine.both(suite: "forky", stub: stub)
        for text in Self.builds {
            let history = try History(text)
            defer { history.remove() }
            for engine in engines { try await engine.removeImages() }
            let result = await history.judge(pairs: wanted, on: engines)
            print("HISTORY | \(history.name) | \(result.row) |")
            for line in result.misses { print("MISS \(history.name) \(line)") }
            fflush(nil)
            #expect(result.misses.isEmpty)
        }
        for engine in engines { try await engine.stop() }
    }
}
