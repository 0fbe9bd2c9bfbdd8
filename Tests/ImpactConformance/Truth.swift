import BuildRecords
import Foundation
import Impact

extension Pair {
    /// Builds both trees on each engine, which begins with an empty cache.
    func built(in repository: ScratchRepository, on engines: [StubEngine]) async throws
        -> [StubEngine.Mode: (base: BuildRecord, head: BuildRecord)]
    {
        try await engines.together { engine in
            try await engine.prune()
            let base = try await engine.build(baseOptions, in: repository.context("base"))
            return (base, try await engine.build(headOptions, in: repository.context("head")))
        }
    }
}

/// What an engine did with the second tree of a pair, once with outputs that stay the same and once with outputs that
/// change: the state of each step by its label.
struct Truth {
    let states: [String: String]

    /// - Parameter logs: of the builds of the second tree.
    init(_ logs: [StubEngine.Mode: BuildRecord]) {
        guard let stable = logs[.stable], let changing = logs[.changing] else {
            fatalError("a truth takes an engine of each kind")
        }
        func steps(_ record: BuildRecord) -> [(name: StepName, isHit: Bool?)] {
            record.steps.compactMap { vertex in
                vertex.step.map { ($0, vertex.outcome.isHit ? true : vertex.outcome == .ran ? false : nil) }
            }
        }
        var states: [String: String] = [:]
        let changed = steps(changing)
        let other = Dictionary(
            changed.map { ("\($0.name.label) \($0.name.text)", $0.isHit) },
            uniquingKeysWith: { first, _ in first })
        let labels = Set(stable.steps.compactMap(\.step?.label))
        for (step, isHit) in steps(stable) where !step.isBase {
            // Of steps that are one to BuildKit, either may give it the label.
            let otherIsHit =
                other["\(step.label) \(step.text)"]
                ?? changed.first { $0.name.text == step.text && !labels.contains($0.name.label) }?.isHit
            states[step.label] =
                switch (isHit, otherIsHit) {
                case (true, true): "cached"
                case (false, false): "rebuild"
                case (true, false): "maybe"
                default: "unclear"
                }
        }
        self.states = states
    }

    /// What was seen on an engine: a line a pair, `name: label=state …`.
    static func recorded(_ suite: String) throws -> [String: Truth] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "truth-\(suite).txt")
        var truths: [String: Truth] = [:]
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            guard let colon = line.range(of: ": ") else { continue }
            truths[String(line[..<colon.lowerBound])] = Truth(recorded: line[colon.upperBound...])
        }
        return truths
    }

    /// `[build 2/3]=cached [3/3]=maybe`
    private init(recorded text: Substring) {
        var states: [String: String] = [:]
        for part in text.split(separator: "[") {
            let sides = part.split(separator: "=")
            states["[" + sides[0]] = sides[1].trimmingCharacters(in: .whitespaces)
        }
        self.states = states
    }

    var text: String {
        states.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}
