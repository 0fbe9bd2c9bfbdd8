internal import BuildContext
internal import Diagnostics
internal import Git
package import Project

/// What commits before a change made of a build, for telling whether the change is out of the ordinary.
package struct UsualRebuild: Sendable, Hashable {
    /// How many commits were looked at, and in how many of these the rebuild was as slow as the change's or slower.
    package let commits: Int
    package let asSlow: Int
    /// The verdict of most of them that rebuilt anything; nil where none did.
    package let verdict: Verdict?
    /// A file that makes the change's rebuild what it is, and that none of the commits changed; nil for none.
    package let firstChange: String?

    package init(commits: Int, asSlow: Int, verdict: Verdict?, firstChange: String?) {
        self.commits = commits
        self.asSlow = asSlow
        self.verdict = verdict
        self.firstChange = firstChange
    }

    /// Fewer than a quarter of the commits were as slow.
    package var isWorse: Bool { asSlow * 4 < commits }

    /// Fewer, as in a shallow clone, tell nothing of what is usual.
    static let fewCommits = 10
}

extension ImpactReport {
    /// Tells of each build that the change reaches how that compares with the commits before the base, with the Dockerfiles
    /// of the base.
    /// - Parameters:
    ///   - folder: an absolute path in the repository.
    ///   - last: how many commits at most.
    /// - Throws: `ImpactError`, where the history cannot be read.
    package mutating func compareWithUsual(folder: String, options: LoadOptions, last: Int)
        async throws(ImpactError)
    {
        let affected = builds.filter { $0.isAffected && $0.verdict != .none }
        if affected.isEmpty { return }
        let request = ImpactRequest(folder: folder, base: base, head: .commit(base), options: options)
        var replay = Replay.Request(folder: folder, last: last, options: options)
        replay.dockerfiles = Set(affected.map(\.dockerfile))
        var comparison: RepositoryComparison
        let commits: [HistoryCommit]
        do {
            comparison = try await RepositoryComparison(request)
            commits = try await comparison.history.firstParents(of: base, last: last, since: nil)
            try await comparison.prepare(commits, replay.dockerfile)
        } catch { throw .git(error) }
        let (replayed, whole) = try await comparison.replay(commits, replay)
        let changed = Set(commits.flatMap { $0.changes.map(\.path) })
        for index in builds.indices where builds[index].isAffected {
            // A build that is new has no history.
            guard let number = whole.firstIndex(where: { $0.name == builds[index].name }),
                replayed.problems[number] == nil
            else { continue }
            let count = commits.count - replayed.leftOut[number].count
            guard count >= UsualRebuild.fewCommits else { continue }
            let verdicts = replayed.builds.filter { $0.build == number }.map(\.impact.verdict)
            let counts = Dictionary(grouping: verdicts, by: { $0 }).mapValues(\.count)
            builds[index].usual = UsualRebuild(
                commits: count, asSlow: verdicts.count { $0 >= builds[index].verdict },
                verdict: counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key,
                firstChange: builds[index].decidingFiles.first { !changed.contains(Array($0.utf8)) })
        }
    }
}

extension BuildImpact {
    /// The files that make steps of the heaviest class run again; none where a folder's files are too many to be told.
    fileprivate var decidingFiles: [String] {
        for (index, step) in steps.enumerated() where step.state != .cached {
            guard case .files(let files, let count)? = step.cause, count == files.count else { continue }
            let rest = steps[index...].filter { $0.stage == step.stage && $0.state != .cached }
            if Verdict(of: rest) == verdict { return files }
        }
        return []
    }
}
