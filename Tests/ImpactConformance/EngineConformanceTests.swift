import Foundation
import Impact
import Testing

/// BuildKit as the judge: both sides of each pair are built on a real engine, and its truth is compared with the
/// prediction and with what is recorded.
///
/// `CLM_DOCTOR_IMPACT_ENGINES` names the Debian releases to take engines from (`forky,bookworm`), `CLM_DOCTOR_IMPACT_PAIRS`
/// parts of the pairs' names; the releases are asked at the same time. With `CLM_DOCTOR_IMPACT_RECORD=FOLDER` the truth is
/// written there, and what `why` had not right.
@Suite struct EngineConformanceTests {
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
        let recorded = (try? Truth.recorded(suite)) ?? [:]
        let stub = try await StubEngine.compileStub()
        defer { try? FileManager.default.removeItem(at: stub) }
        let server = try await FileServer()
        defer { server.stop() }
        let engines = try await StubEngine.both(suite: suite, stub: stub)
        for engine in engines { try await engine.makeStandIns(Self.needs) }
        var lines: [String] = []
        var reasons = RecordedReasons()
        for pair in pairs {
            let repository = try await ScratchRepository(pair)
            defer { repository.remove() }
            do {
                let builds = try await pair.built(in: repository, on: engines)
                let truth = Truth(builds.mapValues(\.head))
                lines.append("\(pair.name): \(truth.text)\n")
                let prediction = try await pair.predicted(in: repository)
                if let known = recorded[pair.name] {
                    let isLikeIt = prediction.states(truth) == prediction.states(known)
                    #expect(isLikeIt, "\(pair.name): \(truth.text), and not \(known.text)")
                }
                let differences = prediction.differences(from: truth.states)
                #expect(differences.isEmpty, "\(pair.name): \(differences)")
                reasons.add(pair, builds.values.map { ($0.base, $0.head) }, prediction)
            } catch let error as CommandFailed {
                Issue.record("\(pair.name): \(error)")
            }
        }
        for engine in engines { try await engine.stop() }
        #expect(reasons.wrong.isEmpty, "`why` is certain of what is not so: \(reasons.wrong)")
        #expect(
            reasons.missed.count * 100 <= reasons.roots,
            "`why` has not the reason for \(reasons.missed.count) of \(reasons.roots): \(reasons.missed)")
        if let folder = Self.environment["CLM_DOCTOR_IMPACT_RECORD"] {
            let why = ["\(reasons.roots) steps ran because of themselves; not right:"] + reasons.missed
            try why.map { $0 + "\n" }.joined().write(
                toFile: "\(folder)/why-\(suite).txt", atomically: true, encoding: .utf8)
            try lines.joined().write(
                toFile: "\(folder)/truth-\(suite).txt", atomically: true, encoding: .utf8)
        }
    }

    /// What the pairs' stages are made of and read for.
    private static let needs = StandInNeeds(
        images: ["base:1", "base:2", "tools:1", "tools:2", "vars:1", "merged:1"],
        paths: [
            "/out/app", "/out/tool", "/dist/app", "/out/lib/", "/out/*.whl", "/src/a", "/src/", "/got/app",
        ], files: ["/etc/conf"])
}
