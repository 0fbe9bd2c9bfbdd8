package import BuildRecords
internal import Diagnostics
internal import Dockerfile
internal import Git
package import Project
internal import Repository
internal import SourceText

/// What the commits of the past made run again, or would have, had the Dockerfiles and ignore files been today's: how often
/// each step loses its cache, and to which files.
package struct Replay: Sendable {
    /// What past commits do to one build.
    package struct Build: Sendable {
        package let name: String
        package let dockerfile: String
        package let context: String
        package let target: String?
        /// Why nothing can be told of it; nil where something can.
        package let problem: String?
        /// How many commits make any step run again, and how many may.
        package let affected: Runs
        /// How many commits make a rebuild of each verdict, at worst.
        package let verdicts: [Verdict: Int]
        /// How many commits cannot build it: it is not there, or a file that it takes.
        package let leftOut: Int
        /// Those that run again at all, in the order of the file.
        package fileprivate(set) var steps: [Step]
    }

    /// How many commits make it run again: for certain, and with those that may.
    package struct Runs: Sendable, Hashable {
        package fileprivate(set) var certain = 0
        package fileprivate(set) var possible = 0

        package init(certain: Int = 0, possible: Int = 0) {
            self.certain = certain
            self.possible = possible
        }

        fileprivate mutating func add(_ state: CacheState) {
            if state == .rebuild { certain += 1 }
            if state != .cached { possible += 1 }
        }
    }

    package struct Step: Sendable {
        package let impact: StepImpact
        package fileprivate(set) var runs = Runs()
        /// What made it run again although the step before it stayed; most frequent first.
        package fileprivate(set) var causes: [Cause] = []
        /// How long it takes, in milliseconds: the median of the records; nil without one.
        package fileprivate(set) var milliseconds: Int?
    }

    package struct Cause: Sendable, Hashable {
        /// A path from the repository's root (a folder's ends with a slash), or what else it was, in words.
        package let name: String
        package let isPath: Bool
        /// How many commits it was a cause in.
        package let commits: Int
        /// In how many of these it was the only one.
        package let alone: Int
        /// Of a manifest: how many commits changed nothing in it but the project's own version; nil for other files, and
        /// where that was not looked at.
        package fileprivate(set) var onlyVersion: Int?

        package init(name: String, isPath: Bool, commits: Int, alone: Int) {
            self.name = name
            self.isPath = isPath
            self.commits = commits
            self.alone = alone
        }
    }

    /// The commit that is today's, as a full object name.
    package let head: String
    /// How many commits were replayed, and when the oldest and the newest of them were made, in seconds since 1970.
    package let commits: Int
    package let first: Int
    package let last: Int
    package let dockerfile: Dockerfile
    package let cache: Cache
    package let builds: [Build]
    /// The same commits with other files, in the order of `Request.whatIf`.
    package fileprivate(set) var whatIf: [WhatIf] = []
    package let notes: [Note]

    /// What the builds would have been with other Dockerfiles, ignore files or files that state builds.
    package struct WhatIf: Sendable {
        package let name: String
        /// Those of `builds` that may differ, by the same names.
        package let builds: [Build]

        package init(name: String, builds: [Build]) {
            self.name = name
            self.builds = builds
        }
    }

    /// How many weeks the commits lie in; nil for less than one.
    package var weeks: Double? {
        let days = (Double(last) - Double(first)) / 86_400
        guard days >= 7, commits > 1 else { return nil }
        // Between n commits lie n - 1 intervals.
        return days / 7 * Double(commits) / Double(commits - 1)
    }

    // MARK: - Making it

    /// Which Dockerfiles, ignore files and statements of builds.
    package enum Dockerfile: String, Sendable, CaseIterable {
        /// Those of the head: what the next months will cost.
        case asIs = "as-is"
        /// Those of each commit: what the past has cost.
        case asWas = "as-was"
    }

    /// What a commit finds in the cache.
    package enum Cache: String, Sendable, CaseIterable {
        /// What the commit before it left: a builder that keeps the last build.
        case previous
        /// What all commits before it left: a builder that never loses anything.
        case persistent
        /// Nothing: a new builder for each.
        case cold
    }

    package struct Request: Sendable {
        /// An absolute path in the repository.
        package var folder: String
        /// Names, Dockerfiles or folders of builds; empty for all.
        package var names: [String] = []
        /// Only builds of these, and no more than `Limits.weighedBuilds`; nil for all.
        package var dockerfiles: Set<String>?
        /// How many commits at most.
        package var last: Int
        /// As of `git log --since`; nil for all.
        package var since: String?
        package var dockerfile = Dockerfile.asIs
        package var cache = Cache.previous
        /// Files in place of those of the head, by name and by path; with `Dockerfile.asIs` only.
        package var whatIf: [(name: String, files: [String: [UInt8]])] = []
        package var options: LoadOptions

        package init(folder: String, last: Int, options: LoadOptions) {
            self.folder = folder
            self.last = last
            self.options = options
        }
    }

    /// - Parameter records: of builds, for what steps take.
    /// - Throws: `ImpactError`.
    package static func make(_ request: Request, records: [BuildRecord] = [])
        async throws(ImpactError) -> Replay
    {
        var impact = ImpactRequest(
            folder: request.folder, base: "HEAD", head: .commit("HEAD"), options: request.options)
        impact.names = request.names
        let commits: [HistoryCommit]
        var comparison: RepositoryComparison
        do {
            comparison = try await RepositoryComparison(impact)
            commits = try await comparison.history.firstParents(
                of: comparison.headCommit.description, last: request.last, since: request.since)
        } catch {
            throw .git(error)
        }
        func builds(
            _ replayed: ReplayedCommits, _ whole: [BuildImpact], of comparison: RepositoryComparison
        ) -> [Build] {
            let tally =
                request.cache == .cold
                ? Tally(replayed, whole, commits.count)
                : Tally(replayed, builds: whole.count, request.cache, commits.count)
            let isToday = request.dockerfile == .asIs
            let texts = whole.map { isToday ? comparison.bytes($0.dockerfile, .head) : nil }
            return tally.builds(whole, replayed, records, texts)
        }
        do { try await comparison.prepare(commits, request.dockerfile) } catch { throw .git(error) }
        let unchanged = comparison
        let (replayed, whole) = try await comparison.replay(commits, request)
        var made = builds(replayed, whole, of: comparison)
        do {
            try await made.tellVersions(of: commits, in: comparison.history)
        } catch { throw .git(error) }
        var whatIf: [WhatIf] = []
        for (name, files) in request.whatIf {
            var other = unchanged
            let (replayed, whole) = try await other.replay(commits, request, with: files)
            whatIf.append(WhatIf(name: name, builds: builds(replayed, whole, of: other)))
        }
        var replay = Replay(
            head: comparison.headCommit.description, commits: commits.count,
            first: commits.map(\.time).min() ?? 0,
            last: commits.map(\.time).max() ?? 0, dockerfile: request.dockerfile, cache: request.cache,
            builds: commits.isEmpty ? [] : made,
            notes: comparison.notes)
        if !commits.isEmpty { replay.whatIf = whatIf }
        return replay
    }

    /// What all commits do, by build.
    private struct Tally {
        private struct Build {
            var affected = Runs()
            var verdicts: [Verdict: Int] = [:]
            var steps: [StepName: Step] = [:]
        }

        private struct Step {
            var impact: StepImpact
            var runs = Runs()
            var causes = ReplayCauses()
        }

        /// Steps come and go, and move, as Dockerfiles change.
        private struct StepName: Hashable {
            let label: StepLabel
            let instruction: String

            init(_ step: StepImpact) {
                label = step.label
                instruction = step.instruction
            }
        }

        private var sums: [Build]

        /// - Parameters:
        ///   - count: of builds.
        ///   - commits: how many.
        init(_ replayed: ReplayedCommits, builds count: Int, _ cache: Cache, _ commits: Int) {
            sums = Array(repeating: Build(), count: count)
            // From the oldest on, as they were built.
            var known = [ReplayedKeys](repeating: ReplayedKeys(), count: count)
            for build in replayed.builds.reversed() {
                add(
                    cache == .persistent ? known[build.build].seen(build.impact) : build.impact, build.build)
            }
            for index in sums.indices {
                let rest = commits - replayed.leftOut[index].count - sums[index].verdicts.values.reduce(0, +)
                if rest > 0 { sums[index].verdicts[.none, default: 0] += rest }
            }
        }

        /// With nothing in the cache of any commit.
        init(_ replayed: ReplayedCommits, _ whole: [BuildImpact], _ commits: Int) {
            sums = whole.indices.map { index in
                let count = commits - replayed.leftOut[index].count
                var sum = Build()
                guard count > 0, whole[index].problem == nil else { return sum }
                sum.affected = Runs(certain: count, possible: count)
                sum.verdicts = [whole[index].verdict: count]
                for step in whole[index].steps {
                    sum.steps[StepName(step)] = Step(impact: step, runs: sum.affected)
                }
                return sum
            }
        }

        private mutating func add(_ impact: BuildImpact, _ index: Int) {
            sums[index].verdicts[impact.verdict, default: 0] += 1
            let states = impact.steps.map(\.state)
            sums[index].affected.add(
                states.contains(.rebuild) ? .rebuild : states.contains(.maybe) ? .maybe : .cached)
            for step in impact.steps where step.state != .cached {
                var sum = sums[index].steps[StepName(step)] ?? Step(impact: step)
                sum.runs.add(step.state)
                sum.causes.add(step.cause)
                sums[index].steps[StepName(step)] = sum
            }
        }

        /// - Parameters:
        ///   - records: of builds, for what steps take.
        ///   - dockerfiles: the texts that the steps' lines are of, for each build; nil where they are of several.
        func builds(
            _ whole: [BuildImpact], _ replayed: ReplayedCommits, _ records: [BuildRecord],
            _ dockerfiles: [[UInt8]?]
        ) -> [Replay.Build] {
            let times = times(records, dockerfiles)
            return zip(whole.indices, whole).map { index, build in
                let sum = sums[index]
                var steps = sum.steps.values.map { step in
                    Replay.Step(
                        impact: step.impact, runs: step.runs,
                        causes: step.causes.named,
                        milliseconds: times[index][step.impact.label].flatMap(BuildSeries.median))
                }
                // Several Dockerfiles of the past may have a step in the same line.
                steps.sort {
                    ($0.impact.line, $0.impact.instruction) < ($1.impact.line, $1.impact.instruction)
                }
                return Replay.Build(
                    name: build.name, dockerfile: build.dockerfile, context: build.context,
                    target: build.target, problem: replayed.problems[index], affected: sum.affected,
                    verdicts: sum.verdicts, leftOut: replayed.leftOut[index].count, steps: steps)
            }
        }

        /// What steps took when they ran, in milliseconds, by build: a record is one of the build that has most of its steps.
        private func times(_ records: [BuildRecord], _ dockerfiles: [[UInt8]?]) -> [[StepLabel: [Int]]] {
            var times = [[StepLabel: [Int]]](repeating: [:], count: sums.count)
            // Most builds are of one text.
            var known: [[UInt8]: [[Int?]?]] = [:]
            for record in records where record.source != .classic {
                let seen = RecordedOutcomes(record, isOfAnotherState: true)
                var byBuild = [RecordedOutcomes](repeating: seen, count: sums.count)
                if let recorded = record.dockerfile?.text {
                    let places =
                        known[recorded]
                        ?? dockerfiles.map { $0.map { LineDifference(from: recorded, to: $0).places } }
                    known[recorded] = places
                    for (index, places) in places.enumerated() {
                        if let places { byBuild[index] = seen.joined(places, record) }
                    }
                }
                let common = zip(sums, byBuild).map { sum, seen in
                    sum.steps.values.count { seen.outcome(of: $0.impact) != nil }
                }
                guard let most = common.max(), most > 0, let index = common.firstIndex(of: most) else {
                    continue
                }
                for step in sums[index].steps.values {
                    guard let time = byBuild[index].milliseconds(of: step.impact) else { continue }
                    times[index][step.impact.label, default: []].append(time)
                }
            }
            return times
        }
    }
}

extension [Replay.Build] {
    /// Looks into the manifests among the causes: how many commits changed nothing of them but a version.
    fileprivate mutating func tellVersions(of commits: [HistoryCommit], in history: GitHistory)
        async throws(GitError)
    {
        var changes: [String: [(before: ObjectID, after: ObjectID)]] = [:]
        for cause in lazy.flatMap(\.steps).flatMap(\.causes)
        where cause.isPath && ManifestChange.isManifest(cause.name) {
            changes[cause.name] = []
        }
        guard !changes.isEmpty else { return }
        var ids: Set<ObjectID> = []
        for change in commits.lazy.flatMap(\.changes) where ids.count < Limits.replayedManifests {
            let path = String(decoding: change.path, as: UTF8.self)
            guard changes[path] != nil, let before = change.base?.id, let after = change.head?.id else {
                continue
            }
            changes[path]?.append((before, after))
            ids.formUnion([before, after])
        }
        let asked = Array<ObjectID>(ids)
        let contents = try await history.contents(of: asked, limit: Limits.textFileBytes)
        let texts = Dictionary(uniqueKeysWithValues: zip(asked, contents))
        let counts = changes.map { path, pairs in
            (
                path,
                pairs.count { pair in
                    guard let before = texts[pair.before] ?? nil, let after = texts[pair.after] ?? nil else {
                        return false
                    }
                    return ManifestChange.isOnlyVersion(path, before, after)
                }
            )
        }
        let onlyVersion = Dictionary(uniqueKeysWithValues: counts)
        for build in indices {
            for step in self[build].steps.indices {
                for cause in self[build].steps[step].causes.indices {
                    let known = self[build].steps[step].causes[cause]
                    // A commit in which it was no cause may be among those of a version.
                    guard let count = onlyVersion[known.name], changes[known.name]?.count == known.commits
                    else {
                        continue
                    }
                    self[build].steps[step].causes[cause].onlyVersion = count
                }
            }
        }
    }
}
