import Diagnostics
import Impact

/// The difference that other files would have made to a replay.
struct WhatIfWords {
    private let replay: Replay
    /// Builds of both, each before and after.
    private let pairs: [(before: Replay.Build, after: Replay.Build)]

    init(_ other: Replay.WhatIf, of replay: Replay) {
        self.replay = replay
        let known = Dictionary(other.builds.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        pairs = replay.builds.compactMap { build in known[build.name].map { (build, $0) } }
    }

    /// How many commits make a rebuild of a verdict, over all builds, as it is and with the other files.
    func commits(_ verdict: Verdict) -> (before: Int, after: Int) {
        (
            pairs.reduce(0) { $0 + ($1.before.verdicts[verdict] ?? 0) },
            pairs.reduce(0) { $0 + ($1.after.verdicts[verdict] ?? 0) }
        )
    }

    /// What the steps that run again take less in a week, in milliseconds; nil where a step of either has no time, for then
    /// the difference is not known.
    private var savedAWeek: Int? {
        guard let weeks = replay.weeks, let before = time(pairs.map(\.before)),
            let after = time(pairs.map(\.after))
        else { return nil }
        return Int(max(-1e15, min((before - after) / weeks, 1e15)))
    }

    private func time(_ builds: [Replay.Build]) -> Double? {
        var sum = 0.0
        for step in builds.lazy.flatMap(\.steps) where step.runs.possible > 0 {
            guard let each = step.milliseconds else { return nil }
            sum += Double(each) * Double(step.runs.possible)
        }
        return sum
    }

    /// How many more reruns are of a step whose caches are kept in cache mounts: on a builder that stays, these find what
    /// they downloaded.
    private var mountedRuns: Int {
        let runs = runs(where: \.impact.hasWorkingCache)
        return runs.after - runs.before
    }

    /// `slow 62 to 12, medium 4 to 50, step reruns 310 to 200, 12 min a week less`
    var difference: String {
        let changed = [Verdict.slow, .medium, .fast].compactMap { verdict -> String? in
            let (before, after) = commits(verdict)
            return before == after ? nil : "\(verdict.rawValue) \(before) to \(after)"
        }
        let saved = savedAWeek.flatMap { milliseconds -> String? in
            milliseconds == 0
                ? nil
                : "\(formatted(milliseconds: abs(milliseconds))) a week \(milliseconds > 0 ? "less" : "more")"
        }
        let runs = stepRuns
        let steps = runs.before == runs.after ? nil : "step reruns \(runs.before) to \(runs.after)"
        let more = mountedRuns
        let mounted =
            more > 0
            ? "\(counted(more, "rerun")) with a cache mount, which keeps downloads on a builder that stays"
            : nil
        let parts = changed + [steps, saved, mounted].compactMap { $0 }
        if parts.isEmpty { return "the same steps run again as often" }
        return parts.joined(separator: ", ")
    }

    /// How often steps run again at most, over all builds.
    var stepRuns: (before: Int, after: Int) { runs { _ in true } }

    private func runs(where isCounted: (Replay.Step) -> Bool) -> (before: Int, after: Int) {
        func count(_ build: Replay.Build) -> Int {
            build.steps.reduce(0) { $0 + (isCounted($1) ? $1.runs.possible : 0) }
        }
        return (pairs.reduce(0) { $0 + count($1.before) }, pairs.reduce(0) { $0 + count($1.after) })
    }
}
