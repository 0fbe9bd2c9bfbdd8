internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Git
internal import Project
internal import Repository

/// What becomes of the builds of a repository with each of its commits.
struct ReplayedCommits: Sendable {
    /// Of one build that a commit reaches.
    struct Build: Sendable {
        /// Index of the commit, from the newest, and of the build.
        let commit: Int
        let build: Int
        let impact: BuildImpact
    }

    /// Of builds that have a step that runs again, or may; newest commits first.
    var builds: [Build] = []
    /// For each build the commits to which its Dockerfile cannot apply: a file that it takes is not there.
    var leftOut: [Set<Int>]
    /// Why nothing can be told of a build, by its index.
    var problems: [Int: String] = [:]

    static func + (left: Self, right: Self) -> Self {
        Self(
            builds: left.builds + right.builds,
            leftOut: zip(left.leftOut, right.leftOut).map { $0.union($1) },
            problems: left.problems.merging(right.problems) { one, _ in one })
    }
}

extension RepositoryComparison {
    /// The builds of the head over the history of a branch: each commit is held against the one before it.
    /// `prepare` comes before it.
    /// - Parameters:
    ///   - commits: newest first.
    ///   - files: stand in place of the head's where Dockerfiles, ignore files and what states builds are read.
    /// - Returns: what becomes of each build, and each by itself: for `cold` as a builder makes it that has nothing.
    mutating func replay(
        _ commits: [HistoryCommit], _ request: Replay.Request, with files: [String: [UInt8]] = [:]
    ) async throws(ImpactError) -> (replayed: ReplayedCommits, whole: [BuildImpact]) {
        let dockerfile = request.dockerfile
        let today = head
        head = head.replacing(files)
        let texts = head
        concerning = Set(concerning).union(
            files.keys.lazy.map { ContextPath($0) }.filter {
                ReadCommits.isTrue(Project.concerns, of: $0.bytes)
            }
        ).sorted()
        let stated = try await builds(of: .head)
        head = today
        var builds = try await select(stated.builds)
        if let dockerfiles = request.dockerfiles {
            builds = Array(
                builds.lazy.filter { dockerfiles.contains($0.dockerfile) }.prefix(Limits.weighedBuilds))
        }
        let size = max(Self.commitsOfAPart, (commits.count + Self.partsOfHistory - 1) / Self.partsOfHistory)
        var parts: [ReplayPart] = []
        var newest = head
        for start in stride(from: 0, to: commits.count, by: size) {
            let part = commits[start..<min(start + size, commits.count)]
            parts.append(
                ReplayPart(
                    commits: part, newest: newest, builds: builds, makers: (stated.makers, stated.makers)))
            if part.endIndex < commits.count {
                for commit in part { newest = before(commit, newest) }
            }
        }
        if dockerfile == .asIs { self.texts = texts }
        // Commits are held against more than the one before them.
        needsKeys = request.cache == .persistent
        let comparison = self
        let done = await parts.concurrentMap { part in
            switch dockerfile {
            case .asIs: part.replayed(in: comparison)
            case .asWas: await part.replayedAsWas(in: comparison)
            }
        }
        var shared = Shared([])
        let whole = builds.map { build in
            request.cache == .cold
                ? impact(
                    of: build, before: nil, (stated.makers, stated.makers), &shared, Self.noAttributes)
                : BuildImpact(unchanged: build, blind: [])
        }
        return (done.reduce(ReplayedCommits(leftOut: builds.map { _ in [] }), +), whole)
    }

    /// What `.gitattributes` say is not looked at.
    fileprivate static let noAttributes: Attributes = (nil, AttributeChanges([]) { _, _ in nil })

    private static let partsOfHistory = 16
    /// Each part reads Dockerfiles and contexts anew.
    private static let commitsOfAPart = 25

    /// Fetches what symlinks said that commits changed, and Dockerfiles and what states builds where those of each commit
    /// are read.
    mutating func prepare(_ commits: [HistoryCommit], _ dockerfile: Replay.Dockerfile)
        async throws(GitError)
    {
        var ids: Set<ObjectID> = []
        var read = Set(concerning)
        for change in commits.lazy.flatMap(\.changes) {
            if dockerfile == .asWas {
                let isOne = ReadCommits.isTrue(Project.concerns, of: change.path)
                if isOne { read.insert(ContextPath(bytes: change.path)) }
                if isOne || ReadCommits.isTrue(Self.isRule, of: change.path), ids.count < Limits.replayedTexts
                {
                    ids.formUnion(
                        [change.base, change.head].compactMap { $0?.kind == .submodule ? nil : $0?.id })
                }
            }
            for entry in [change.base, change.head] where entry?.kind == .symlink {
                links.insert(ContextPath(bytes: change.path))
                if let id = entry?.id, ids.count < Limits.replayedLinks { ids.insert(id) }
            }
        }
        concerning = read.sorted()
        let absent = Self.absentSubmodules([], commits.flatMap(\.changes), history)
        (head, reference) = (head.lacking(absent), reference.lacking(absent))
        try await blobs.fetch(ids)
    }

    /// The files as they were before a commit.
    func before(_ commit: HistoryCommit, _ after: Snapshot) -> Snapshot {
        var entries: [ContextPath: TreeEntry?] = [:]
        var linkTexts: [ContextPath: [UInt8]] = [:]
        for change in commit.changes {
            let path = ContextPath(bytes: change.path)
            entries[path] = .some(change.base)
            if change.base?.kind == .symlink { linkTexts[path] = change.base?.id.flatMap(blobs.bytes) }
        }
        return after.with(entries, linkTexts: linkTexts)
    }

    /// The files with and without a commit, held against each other.
    func over(_ commit: HistoryCommit, base: Snapshot, head: Snapshot) -> RepositoryComparison {
        var copy = self
        // Of a submodule that is not checked out, every commit is an empty folder.
        let changes = commit.changes.filter { change in
            change.base?.kind != .submodule || change.head?.kind != .submodule
                || base.isSubmodulePresent(ContextPath(bytes: change.path))
        }
        let gitFolder =
            request.hasGitFolder && history.hasGitFolder ? Self.gitFolderChanges(.null, commit.id) : []
        copy.changes = (changes + gitFolder).sorted { $0.path.lexicographicallyPrecedes($1.path) }
        func with(_ snapshot: Snapshot, _ side: (TreeChange) -> TreeEntry?) -> Snapshot {
            snapshot.with(
                Dictionary(
                    gitFolder.map { (ContextPath(bytes: $0.path), side($0)) }, uniquingKeysWith: { $1 }))
        }
        (copy.base, copy.head) = (with(base, \.base), with(head, \.head))
        copy.marks = ("before \(commit.id)", commit.id.description)
        return copy
    }
}

/// Some commits that follow each other, newest first.
private struct ReplayPart: Sendable {
    let commits: ArraySlice<HistoryCommit>
    /// The files with the newest of them.
    let newest: Snapshot
    let builds: [Build]
    let makers: RepositoryComparison.Makers

    func replayed(in comparison: RepositoryComparison) -> ReplayedCommits {
        var done = ReplayedCommits(leftOut: builds.map { _ in [] })
        var shared = RepositoryComparison.Shared([])
        shared.kept = RepositoryComparison.Kept()
        let reach = builds.map { ReplayReach(of: $0, comparison, makers.head, &shared) }
        for (number, reach) in reach.enumerated() { done.problems[number] = reach.problem }
        var head = newest
        var applies = reach.map { $0.applies(to: head) }
        for index in commits.indices {
            let commit = commits[index]
            let base = comparison.before(commit, head)
            let applied = applies
            if commit.changes.contains(where: { ($0.base == nil) != ($0.head == nil) }) {
                applies = reach.map { $0.applies(to: base) }
            }
            let replayed = comparison.over(commit, base: base, head: head)
            shared = RepositoryComparison.Shared(replayed.changes, after: shared)
            for (number, build) in builds.enumerated() where done.problems[number] == nil {
                guard applied[number], applies[number] else {
                    done.leftOut[number].insert(index)
                    // What was made for one commit is that of the next no more.
                    for platform in build.allPlatforms {
                        shared.kept?.keys[build.forPlatform(platform).keptName] = nil
                    }
                    continue
                }
                guard reach[number].isReached(by: replayed.changes) else { continue }
                let impact = replayed.impact(
                    of: build, before: build, makers, &shared, RepositoryComparison.noAttributes)
                if let problem = impact.problem {
                    done.problems[number] = problem
                } else if impact.verdict != .none {
                    done.builds.append(ReplayedCommits.Build(commit: index, build: number, impact: impact))
                }
            }
            head = base
        }
        return done
    }
}

extension ReplayPart {
    /// With the Dockerfiles, ignore files and stated builds of each commit.
    func replayedAsWas(in comparison: RepositoryComparison) async -> ReplayedCommits {
        var done = ReplayedCommits(leftOut: builds.map { _ in Set(commits.indices) })
        var head = newest
        var loaded: RepositoryComparison.SideBuilds?
        for index in commits.indices {
            let commit = commits[index]
            let base = comparison.before(commit, head)
            var replayed = comparison.over(commit, base: base, head: head)
            replayed.headProject = nil
            replayed.loaded = loaded
            if let report = try? await replayed.report() {
                for impact in report.builds {
                    guard let number = builds.firstIndex(where: { $0.name == impact.name }),
                        impact.problem == nil
                    else { continue }
                    done.leftOut[number].remove(index)
                    if impact.verdict != .none {
                        done.builds.append(
                            ReplayedCommits.Build(commit: index, build: number, impact: impact))
                    }
                }
                loaded = replayed.loaded
            } else {
                loaded = nil
            }
            head = base
        }
        return done
    }
}
