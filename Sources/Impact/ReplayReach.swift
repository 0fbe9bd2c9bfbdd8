internal import BuildContext
internal import Dockerfile
internal import Git
internal import Project
internal import Repository

/// Which paths a build reads, without a look at what they hold: most commits do not reach most builds.
struct ReplayReach {
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
