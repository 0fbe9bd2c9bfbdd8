import Catalogue
import Diagnostics
import Dockerfile
import Impact
import Project

/// The order in which findings are told: what costs most here comes first.
///
/// Errors first; then by seconds a week where records tell them; else by how often what it is about ran again, times what
/// that takes, times what the check is about. Where no history tells, the check's own cost stands in.
struct FindingOrder {
    private let project: Project
    private let catalogue: Catalogue
    private let histories: RebuildHistories

    /// - Parameter replay: of the last commits.
    init(_ project: Project, _ catalogue: Catalogue, _ replay: Replay) {
        self.project = project
        self.catalogue = catalogue
        histories = RebuildHistories(replay)
    }

    private struct Rank: Comparable {
        let isError: Bool
        let perWeek: Int
        let weight: Int
        let severity: Severity
        let cost: Cost

        static func < (left: Self, right: Self) -> Bool {
            if left.isError != right.isError { return right.isError }
            if left.perWeek != right.perWeek { return left.perWeek < right.perWeek }
            if left.weight != right.weight { return left.weight < right.weight }
            if left.severity != right.severity { return left.severity < right.severity }
            return left.cost < right.cost
        }
    }

    /// - Parameter findings: in the order in which they are read, which stays where they cost the same.
    func ordered(_ findings: [Finding]) -> [Finding] {
        if histories.isEmpty { return findings }
        var ranks: [Rank] = []
        var told = findings
        var instructions: [String: [Instruction]] = [:]
        for (index, finding) in findings.enumerated() {
            let ofFile =
                instructions[finding.path] ?? project.parsedDockerfile(finding.path)?.instructions ?? []
            instructions[finding.path] = ofFile
            let cost = catalogue.entry(for: finding.check)?.description.cost ?? .none
            let found = histories.weight(of: finding, ofFile)
            told[index].rebuilds = found?.history
            // Of a hundred commits, times 1 to 10.
            let rebuilds =
                found.map { 100 * $0.history.possible * $0.kind / max(1, $0.history.commits) } ?? Self.unknown
            ranks.append(
                Rank(
                    isError: finding.severity == .error,
                    perWeek: cost == .none ? 0 : found?.history.millisecondsPerWeek ?? 0,
                    weight: rebuilds * Self.share(of: cost), severity: finding.severity, cost: cost))
        }
        return told.indices.sorted { ranks[$0] != ranks[$1] ? ranks[$0] > ranks[$1] : $0 < $1 }.map {
            told[$0]
        }
    }

    /// As of a step that runs again in half of the commits and takes tens of seconds.
    private static let unknown = 250

    private static func share(of cost: Cost) -> Int {
        switch cost {
        case .none: 0
        case .low: 1
        case .medium: 3
        case .high: 9
        }
    }
}
