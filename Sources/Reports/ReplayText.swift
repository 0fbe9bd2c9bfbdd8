import Diagnostics
import Dockerfile
package import Impact
import Project

/// What `clm-doctor replay` prints on a terminal.
package struct ReplayText: Sendable {
    private let replay: Replay

    package init(_ replay: Replay) { self.replay = replay }

    /// How many causes of a step are told.
    private static let causes = 3

    package func text(style: TextStyle) -> String {
        var lines = [style.paint(ReplayWords.title(replay), .strong)]
        let (affected, others) = ReplayWords.parted(replay.builds)
        for group in affected {
            let build = group.build
            lines += ["", style.paint(group.names, .strong) + place(of: build)]
            lines.append("  " + ReplayWords.summary(of: build, replay))
            for steps in ReplayWords.folded(build) {
                lines += self.lines(for: steps, of: ReplayWords.commits(of: build, replay), style)
            }
        }
        for build in others {
            lines += [
                "",
                style.paint(printable(build.name), .strong) + place(of: build),
                "  "
                    + (build.problem.map { "not told: \(printable($0))" }
                        ?? (build.leftOut < replay.commits
                            ? "no commit makes a step run again"
                            : "none of these commits has all files that it takes")),
            ]
        }
        if !replay.whatIf.isEmpty {
            lines += ["", style.paint("With other files, the same commits rebuild:", .strong)]
            for other in replay.whatIf {
                let name = printable(other.name)
                lines += wrapped(
                    "\(name): \(WhatIfWords(other, of: replay).difference)", width: max(30, style.width - 4)
                ).enumerated().map { ($0.offset == 0 ? "  " : "    ") + $0.element }
            }
        }
        if replay.builds.isEmpty { lines += ["", "There is no build to replay."] }
        for note in replay.notes.prefix(5) {
            let place = note.path.map { printablePath($0) + ": " } ?? ""
            lines += wrapped("note: " + place + printable(note.message), width: style.width).map {
                style.paint($0, .dim)
            }
        }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    private func place(of build: Replay.Build) -> String {
        build.name == build.dockerfile ? "" : " (\(printablePath(build.dockerfile)))"
    }

    /// - Parameters:
    ///   - steps: one, or several that follow another in the same commits.
    ///   - commits: how many there are.
    private func lines(for steps: [Replay.Step], of commits: Int, _ style: TextStyle) -> [String] {
        let step = steps[0]
        let runs = ReplayWords.runs(step.runs, of: commits)
        let facts = [
            step.milliseconds.map { "\(formatted(milliseconds: $0)) each" },
            ReplayWords.weekly(step, replay),
        ].compactMap { $0 }
        let head =
            "  " + runs.padded(to: 14) + " "
            + style.meter(step.runs.possible, of: max(1, commits), width: 8) + "  "
        let name = printable(
            steps.count == 1
                ? "\(step.impact.label) \(step.impact.instruction)"
                : "\(step.impact.label) and the next \(steps.count - 1), which follow")
        var lines = [head + style.cutShort(name, to: max(20, style.width - 27))]
        var text: [String] = []
        if !facts.isEmpty { text.append(facts.joined(separator: ", ")) }
        if let causes = ReplayWords.causes(step, most: Self.causes) { text.append(causes) }
        let margin = String(repeating: " ", count: 27)
        for part in text {
            lines += wrapped(part, width: max(30, style.width - margin.count)).map {
                margin + style.paint($0, .dim)
            }
        }
        return lines
    }
}

/// What all forms of a replay say in the same words.
enum ReplayWords {
    /// `100 commits from 2026-01-02 to 2026-04-05, with today's Dockerfiles and the cache of the commit before`
    static func title(_ replay: Replay) -> String {
        guard replay.commits > 0 else { return "There is no commit with a parent to replay." }
        func day(_ time: Int) -> Substring { formatted(time: time.multipliedClamped(by: 1000)).prefix(10) }
        return "\(counted(replay.commits, "commit")) from \(day(replay.first)) to \(day(replay.last)), "
            + "with \(replay.dockerfile == .asIs ? "today's Dockerfiles" : "their own Dockerfiles"), \(cache(replay.cache))"
    }

    private static func cache(_ cache: Replay.Cache) -> String {
        switch cache {
        case .previous: "each on the cache of the commit before"
        case .persistent: "each on the cache of all commits before"
        case .cold: "each without a cache"
        }
    }

    /// Builds of which the same is told.
    struct Group {
        let build: Replay.Build
        /// Safe to print.
        let names: String
    }

    /// Those of which a step runs again, what reruns most first; and the others.
    static func parted(_ builds: [Replay.Build]) -> (affected: [Group], others: [Replay.Build]) {
        let affected = builds.filter { !$0.steps.isEmpty }.enumerated().sorted {
            let (left, right) = (cost(of: $0.element), cost(of: $1.element))
            return left != right ? left > right : $0.offset < $1.offset
        }.map(\.element)
        var groups: [(build: Replay.Build, names: [String])] = []
        for build in affected {
            if let last = groups.indices.last, isLike(groups[last].build, build) {
                groups[last].names.append(build.name)
            } else {
                groups.append((build, [build.name]))
            }
        }
        return (
            groups.map {
                Group(build: $0.build, names: $0.names.map { printable($0) }.joined(separator: ", "))
            },
            builds.filter(\.steps.isEmpty)
        )
    }

    private static func isLike(_ one: Replay.Build, _ other: Replay.Build) -> Bool {
        one.dockerfile == other.dockerfile && one.affected == other.affected && one.verdicts == other.verdicts
            && one.steps.elementsEqual(other.steps) {
                $0.impact.label == $1.impact.label && $0.runs == $1.runs
                    && $0.milliseconds == $1.milliseconds && $0.causes == $1.causes
            }
    }

    /// The steps, those together that only follow another in the same commits and take no time worth a line.
    static func folded(_ build: Replay.Build) -> [[Replay.Step]] {
        func isFolded(_ step: Replay.Step) -> Bool {
            step.causes.isEmpty && step.milliseconds == nil
                && [.code, .other, .base].contains(step.impact.kind)
        }
        var parts: [[Replay.Step]] = []
        for step in costliest(build) {
            if let last = parts.last?.last, isFolded(last), isFolded(step), last.runs == step.runs,
                last.impact.stage == step.impact.stage
            {
                parts[parts.count - 1].append(step)
            } else {
                parts.append([step])
            }
        }
        return parts
    }

    /// Runs of slow rebuilds first, then of medium ones, then of any.
    private static func cost(of build: Replay.Build) -> (Int, Int, Int) {
        (build.verdicts[.slow] ?? 0, build.verdicts[.medium] ?? 0, build.affected.possible)
    }

    /// `rebuilt by 62 of 100 commits: 40 slow, 12 medium, 10 fast`
    static func summary(of build: Replay.Build, _ replay: Replay) -> String {
        let kinds = [Verdict.slow, .medium, .fast].compactMap { verdict in
            build.verdicts[verdict].map { "\($0) \(verdict.rawValue)" }
        }
        let leftOut = build.leftOut == 0 ? "" : "; it cannot be built at the other \(build.leftOut)"
        return "rebuilt by \(runs(build.affected, of: commits(of: build, replay))) commits: "
            + kinds.joined(separator: ", ") + leftOut
    }

    /// To how many the Dockerfile applies.
    static func commits(of build: Replay.Build, _ replay: Replay) -> Int { replay.commits - build.leftOut }

    /// `31 of 100`, or `31-40 of 100` where some may.
    static func runs(_ runs: Replay.Runs, of commits: Int) -> String {
        let range =
            runs.certain == runs.possible ? "\(runs.certain)" : "\(runs.certain)-\(runs.possible)"
        return "\(range) of \(commits)"
    }

    /// Steps that cost: what takes longest in all first where records tell, else in the order of the file.
    static func costliest(_ build: Replay.Build) -> [Replay.Step] {
        guard build.steps.contains(where: { $0.milliseconds != nil }) else { return build.steps }
        return build.steps.enumerated().sorted {
            (total($1.element), $0.offset) < (total($0.element), $1.offset)
        }.map(\.element)
    }

    private static func total(_ step: Replay.Step) -> Int {
        (step.milliseconds ?? 0).multipliedClamped(by: step.runs.possible)
    }

    /// `about 26 min a week`; nil without records, or for less than a week of commits.
    static func weekly(_ step: Replay.Step, _ replay: Replay) -> String? {
        guard let weeks = replay.weeks, let each = step.milliseconds else { return nil }
        func time(_ runs: Int) -> String {
            formatted(milliseconds: Int(min(Double(each.multipliedClamped(by: runs)) / weeks, 1e15)))
        }
        let (low, high) = (time(step.runs.certain), time(step.runs.possible))
        return low == high ? "\(low) a week" : "\(low) to \(high) a week"
    }

    /// `because of package.json (31, 24 of them alone), src/a.js (12)`; nil for a step that only follows others.
    static func causes(_ step: Replay.Step, most: Int) -> String? {
        guard !step.causes.isEmpty else { return nil }
        let named = step.causes.prefix(most).map { cause in
            let name = cause.isPath ? printablePath(cause.name) : printable(cause.name)
            let alone =
                cause.alone == 0
                ? "" : cause.alone == cause.commits ? ", always alone" : ", \(cause.alone) of them alone"
            let version = (cause.onlyVersion ?? 0) == 0 ? "" : ", \(cause.onlyVersion ?? 0) only its version"
            return "\(name) (\(cause.commits)\(alone)\(version))"
        }
        let rest = step.causes.count - named.count
        return "because of " + named.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
