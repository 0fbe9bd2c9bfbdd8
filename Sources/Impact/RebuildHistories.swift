package import Diagnostics
package import Dockerfile
internal import SourceText

/// How often the steps of a project's builds ran again over the last commits, for what findings are about.
package struct RebuildHistories: Sendable {
    private struct Step {
        let stage: String
        let line: Int
        let instruction: String
        let kind: StepKind
        let history: RebuildHistory
    }

    private struct Build {
        let build: Replay.Build
        let steps: [Step]
        let whole: RebuildHistory
    }

    private let builds: [String: [Build]]
    /// Builds by the ignore file of their context.
    private let ofIgnoreFile: [String: [Build]]

    /// Nothing is known of any build.
    package var isEmpty: Bool { builds.isEmpty }

    /// - Parameter replay: of today's Dockerfiles.
    package init(_ replay: Replay) {
        var builds: [String: [Build]] = [:]
        var ofIgnoreFile: [String: [Build]] = [:]
        for build in replay.builds where build.problem == nil {
            let commits = replay.commits - build.leftOut
            guard commits >= UsualRebuild.fewCommits else { continue }
            func history(_ runs: Replay.Runs, _ basis: RebuildHistory.Basis, _ each: Int? = nil)
                -> RebuildHistory
            {
                let perWeek = replay.weeks.flatMap { weeks in
                    each.map { Int(min(Double($0.multipliedClamped(by: runs.possible)) / weeks, 1e15)) }
                }
                return RebuildHistory(
                    commits: commits, certain: runs.certain, possible: runs.possible, basis: basis,
                    millisecondsEach: each, millisecondsPerWeek: perWeek)
            }
            let known = Build(
                build: build,
                steps: build.steps.map { step in
                    Step(
                        stage: step.impact.stage, line: step.impact.line,
                        instruction: step.impact.instruction, kind: step.impact.kind,
                        history: history(step.runs, .step, step.milliseconds))
                }, whole: history(build.affected, .build))
            builds[build.dockerfile, default: []].append(known)
            let folder = build.context == "." ? "" : build.context + "/"
            ofIgnoreFile[folder + ".dockerignore", default: []].append(known)
            ofIgnoreFile[build.dockerfile + ".dockerignore", default: []].append(known)
        }
        self.builds = builds
        self.ofIgnoreFile = ofIgnoreFile
    }

    /// What a finding's place has cost, and how much of a rebuild that is.
    package struct Weight: Sendable {
        package let history: RebuildHistory
        /// How much runs again with it: 1 for what takes seconds, up to 10 for what downloads or installs everything.
        package let kind: Int
    }

    /// - Parameter instructions: of the Dockerfile that it is in; empty for another file.
    /// - Returns: nil where no history tells.
    package func weight(of finding: Finding, _ instructions: [Instruction]) -> Weight? {
        guard let range = finding.range, let builds = builds[finding.path] else {
            let all = builds[finding.path] ?? ofIgnoreFile[finding.path] ?? []
            return Self.heaviest(all.map { Weight(history: $0.whole, kind: Self.kind($0.build)) })
        }
        guard let index = instructions.firstIndex(where: { $0.lines.contains(range.start.line) }),
            let step = Self.step(at: index, in: instructions)
        else { return nil }
        return Self.heaviest(builds.map { Self.weight(at: step, $0) })
    }

    /// What is no step of its own decides the next one of its stage; nil where there is none.
    private static func step(at index: Int, in instructions: [Instruction]) -> Instruction? {
        let rest = instructions[index...]
        let end = rest.dropFirst().firstIndex { $0.keyword == .from } ?? rest.endIndex
        return rest[..<end].first { instruction in
            switch instruction.body {
            case .run, .copy: true
            default: instruction.keyword == .workdir
            }
        }
    }

    private static func weight(at instruction: Instruction, _ build: Build) -> Weight {
        let line = instruction.lines.lowerBound
        // Lines may have moved since the commit.
        let own = build.steps.filter { $0.instruction == instruction.text }
        guard let first = own.min(by: { abs($0.line - line) < abs($1.line - line) }) else {
            return Weight(
                history: RebuildHistory(
                    commits: build.whole.commits, certain: 0, possible: 0, basis: .step), kind: 1)
        }
        let follows = build.steps.filter { $0.stage == first.stage && $0.line >= first.line }
        let heaviest = follows.map { kind($0.kind) }.max() ?? 1
        guard first.kind == .code || first.kind == .other else {
            return Weight(history: first.history, kind: heaviest)
        }
        // Of a COPY, what it makes run again takes the time.
        let slowest = follows.max {
            ($0.history.millisecondsPerWeek ?? 0) < ($1.history.millisecondsPerWeek ?? 0)
        }
        let history = RebuildHistory(
            commits: first.history.commits, certain: first.history.certain,
            possible: first.history.possible, basis: .step,
            millisecondsEach: slowest?.history.millisecondsEach,
            millisecondsPerWeek: slowest?.history.millisecondsPerWeek)
        return Weight(history: history, kind: heaviest)
    }

    private static func heaviest(_ weights: [Weight]) -> Weight? {
        weights.max { left, right in
            (left.history.millisecondsPerWeek ?? 0, left.history.possible * left.kind)
                < (right.history.millisecondsPerWeek ?? 0, right.history.possible * right.kind)
        }
    }

    private static func kind(_ build: Replay.Build) -> Int {
        if build.verdicts[.slow] != nil { return 10 }
        return build.verdicts[.medium] != nil ? 4 : 1
    }

    private static func kind(_ step: StepKind) -> Int {
        switch step {
        case .base, .system, .dependencies: 10
        case .build: 6
        case .code, .other: 1
        }
    }
}
