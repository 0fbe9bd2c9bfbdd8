internal import BuildContext
internal import Diagnostics
internal import Git
internal import Project

extension RepositoryComparison {
    /// The builds of the head, once with each of these changes and nothing else: today's Dockerfiles and ignore files, over
    /// what each commit changed.
    /// - Parameter tally: takes in what becomes of the builds with one commit's changes.
    mutating func replay<Tally: Sendable>(
        _ commits: [HistoryCommit], into start: Tally,
        _ tally: @escaping @Sendable (inout Tally, [BuildImpact]) -> Void
    ) async throws(ImpactError) -> (parts: [Tally], notes: [Note]) {
        let builds = try await builds(of: .head)
        let pairs = try await select(builds.builds).map { (build: $0, before: Optional($0)) }
        let makers = (base: builds.makers, head: builds.makers)
        let attributes = (
            largeFiles: bytes(Self.attributesFile.description, .head).flatMap(LargeFiles.init(attributes:)),
            changes: AttributeChanges([]) { _, _ in nil }
        )
        let size = max(1, (commits.count + Self.partsOfHistory - 1) / Self.partsOfHistory)
        let comparison = self
        let parts = await commits.concurrentMap(inPartsOf: size) { part -> [Tally] in
            var sum = start
            for commit in part {
                let replayed = comparison.with(commit)
                var shared = Shared(replayed.changes)
                tally(
                    &sum,
                    pairs.map {
                        replayed.impact(of: $0.build, before: $0.before, makers, &shared, attributes)
                    })
            }
            return [sum]
        }
        return (parts, notes)
    }

    static let partsOfHistory = 16

    /// The head, in which only the files that a commit changed differ between the two sides.
    func with(_ commit: HistoryCommit) -> RepositoryComparison {
        var copy = self
        var changes = commit.changes.map { change in
            // What is there today was there on both sides: a commit that made or took away such a file is one to which
            // today's Dockerfile cannot apply, were the file to be missing.
            guard let today = head.entry(ContextPath(bytes: change.path)) else { return change }
            let (base, now) = (change.base?.id ?? .null, change.head?.id ?? .null)
            return TreeChange(
                path: change.path, base: TreeEntry(kind: today.kind, id: base),
                head: TreeEntry(kind: today.kind, id: base == now ? today.id : now))
        }
        if request.hasGitFolder, history.hasGitFolder {
            changes += Self.gitFolderChanges(.null, commit.id)
        }
        copy.changes = changes.sorted { $0.path.lexicographicallyPrecedes($1.path) }
        copy.texts = head
        func changed(_ side: (TreeChange) -> TreeEntry?) -> Snapshot {
            head.with(
                Dictionary(changes.map { (ContextPath(bytes: $0.path), side($0)) }, uniquingKeysWith: { $1 }))
        }
        (copy.base, copy.head) = (changed(\.base), changed(\.head))
        return copy
    }

}
