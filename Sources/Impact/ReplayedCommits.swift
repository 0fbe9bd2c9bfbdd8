internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Git
internal import Project

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
    /// - Parameter commits: newest first.
    /// - Returns: what becomes of each build, and each as a builder makes it that has nothing.
    mutating func replay(_ commits: [HistoryCommit], _ request: Replay.Request)
        async throws(ImpactError) -> (replayed: ReplayedCommits, whole: [BuildImpact])
    {
        let dockerfile = request.dockerfile
        do { try await prepare(commits, dockerfile) } catch { throw .git(error) }
        let stated = try await builds(of: .head)
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
                    commits: part, newest: newest, builds: builds, makers: stated.makers))
            if part.endIndex < commits.count {
                for commit in part { newest = before(commit, newest) }
            }
        }
        if dockerfile == .asIs { texts = head }
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
        let whole = builds.map {
            impact(
                of: $0, before: nil, makers: stated.makers, &shared,
                (nil, AttributeChanges([]) { _, _ in nil }))
        }
        return (done.reduce(ReplayedCommits(leftOut: builds.map { _ in [] }), +), whole)
    }

    private static let partsOfHistory = 16
    /// Each part reads Dockerfiles and contexts anew.
    private static let commitsOfAPart = 25

    /// Fetches what symlinks said that commits changed, and Dockerfiles and what states builds where those of each commit
    /// are read.
    private mutating func prepare(_ commits: [HistoryCommit], _ dockerfile: Replay.Dockerfile)
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
    /// - Parameter before: the commit below it, or any name that is not the commit's.
    func over(_ commit: HistoryCommit, base: Snapshot, head: Snapshot, before: String) -> RepositoryComparison
    {
        var copy = self
        // Of a submodule that is not checked out, every commit is an empty folder.
        var changes = commit.changes.filter { change in
            change.base?.kind != .submodule || change.head?.kind != .submodule
                || base.isSubmodulePresent(ContextPath(bytes: change.path))
        }
        if request.hasGitFolder, history.hasGitFolder {
            changes += Self.gitFolderChanges(.null, commit.id)
        }
        copy.changes = changes.sorted { $0.path.lexicographicallyPrecedes($1.path) }
        func with(_ snapshot: Snapshot, _ side: (TreeChange) -> TreeEntry?) -> Snapshot {
            let own = changes.filter { $0.path.starts(with: ".git/".utf8) }
            return own.isEmpty
                ? snapshot
                : snapshot.with(
                    Dictionary(own.map { (ContextPath(bytes: $0.path), side($0)) }, uniquingKeysWith: { $1 }))
        }
        (copy.base, copy.head) = (with(base, \.base), with(head, \.head))
        copy.marks = (before, commit.id.description)
        return copy
    }
}

/// Some commits that follow each other, newest first.
private struct ReplayPart: Sendable {
    let commits: ArraySlice<HistoryCommit>
    /// The files with the newest of them.
    let newest: Snapshot
    let builds: [Build]
    let makers: BuildMakers

    func replayed(in comparison: RepositoryComparison) -> ReplayedCommits {
        var done = ReplayedCommits(leftOut: builds.map { _ in [] })
        var shared = RepositoryComparison.Shared([])
        shared.kept = RepositoryComparison.Kept()
        let reach = builds.map { ReplayReach(of: $0, comparison, makers, &shared) }
        for (number, reach) in reach.enumerated() { done.problems[number] = reach.problem }
        let attributes: RepositoryComparison.Attributes = (nil, AttributeChanges([]) { _, _ in nil })
        var head = newest
        var applies = reach.map { $0.applies(to: head) }
        for index in commits.indices {
            let commit = commits[index]
            let base = comparison.before(commit, head)
            let applied = applies
            if commit.changes.contains(where: { ($0.base == nil) != ($0.head == nil) }) {
                applies = reach.map { $0.applies(to: base) }
            }
            let before = index + 1 < commits.endIndex ? commits[index + 1].id.description : ""
            let replayed = comparison.over(
                commit, base: base, head: head, before: before.isEmpty ? "before \(commit.id)" : before)
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
                let impact = replayed.impact(of: build, before: build, makers: makers, &shared, attributes)
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
            var replayed = comparison.over(commit, base: base, head: head, before: "before \(commit.id)")
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

extension RepositoryComparison {
    fileprivate func impact(
        of build: Build, before: Build?, makers: BuildMakers, _ shared: inout Shared, _ attributes: Attributes
    ) -> BuildImpact {
        impact(of: build, before: before, (makers, makers), &shared, attributes)
    }
}

/// Which paths a build reads, without a look at what they hold: most commits do not reach most builds.
private struct ReplayReach {
    /// In the repository; what a source takes is at or below one.
    private var places: Set<ContextPath> = []
    /// Folders that hold a place.
    private var above: Set<ContextPath> = []
    /// Files and folders that must be there.
    private var needed: [ContextPath] = []
    /// Every commit may reach it, whatever that changes.
    private var isAlwaysReached = false
    /// Why nothing can be told of the build.
    private(set) var problem: String?

    init(
        of build: Build, _ comparison: RepositoryComparison, _ makers: BuildMakers,
        _ shared: inout RepositoryComparison.Shared
    ) {
        let build = build.forPlatform(build.platforms.first)
        let definition: RepositoryComparison.Definition
        do {
            definition = try comparison.definition(of: build, before: build, &shared)
        } catch {
            problem = error.problem
            return
        }
        let mayBePassedAnything =
            build.args.values.contains { $0 == nil } || !build.argumentFiles.isEmpty
            || build.otherArguments == .any && !build.statedBy.isEmpty
        isAlwaysReached =
            !definition.isSame || build.ignoresCache || mayBePassedAnything || !comparison.links.isEmpty
            || !comparison.madeBy(build, definition.head, makers).isEmpty
            || build.namedContexts.values.contains { if case .directory = $0 { false } else { true } }
        func add(_ source: ContextSource, _ context: BuildSource, isCertain: Bool) {
            guard case .directory(let folder) = context, isCertain else {
                isAlwaysReached = true
                return
            }
            let root = folder == "." ? ContextPath.root : ContextPath(folder)
            let place = root.appendingPath(source.plainPrefix)
            places.insert(place)
            var parent = place.parent
            while let folder = parent, above.insert(folder).inserted { parent = folder.parent }
            guard !source.hasWildcards, !source.parents, !place.isRoot else { return }
            if comparison.head.fileTreeEntry(place) != nil { needed.append(place) }
        }
        for (origin, source, _, isCertain) in StepKeys.sources(definition.head) {
            switch origin {
            case .context: add(source, build.context, isCertain: isCertain)
            case .namedContext(let name):
                add(source, build.namedContexts[name] ?? .unknown, isCertain: isCertain)
            case .stage(let index):
                // A stage may be nothing but a context.
                guard index < definition.head.stages.count,
                    case .namedContext = definition.head.stages[index].base
                else { continue }
                isAlwaysReached = true
            case .image, .unknown: continue
            }
        }
        for stage in definition.head.stages where stage.isReachable {
            if case .namedContext = stage.base { isAlwaysReached = true }
        }
    }

    func applies(to snapshot: Snapshot) -> Bool {
        needed.allSatisfy { snapshot.fileTreeEntry($0) != nil }
    }

    /// - Parameter changes: all of one commit.
    func isReached(by changes: [TreeChange]) -> Bool {
        if isAlwaysReached { return true }
        return changes.contains { change in
            var path: ContextPath? = ContextPath(bytes: change.path)
            if let path, above.contains(path) { return true }
            while let place = path {
                if places.contains(place) { return true }
                path = place.parent
            }
            return false
        }
    }
}
