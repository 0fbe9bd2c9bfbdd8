import Facts
import Project
import SourceText

/// The caches that the builds of a project write and read, as far as its files tell.
struct KnownCaches {
    /// By `CacheEntry.place`.
    private(set) var written: Set<String> = []
    private(set) var read: Set<String> = []
    /// There may be others, in a file or an option that does not tell.
    private(set) var mayHoldMoreWriters: Bool
    private(set) var mayHoldMoreReaders: Bool
    /// Some build puts its cache into the image, or builds without BuildKit, which needs none there.
    private(set) var hasInline = false
    /// Images that are built, by `ImageReference.place`, with the file that says so.
    private(set) var tags: [String: String] = [:]

    /// BuildKit is chosen; any other value of the variable may choose the builder that needs no cache in the image.
    private static let switchesOn: [StaticString] = [
        "DOCKER_BUILDKIT: \"1\"", "DOCKER_BUILDKIT: '1'", "DOCKER_BUILDKIT: 1", "DOCKER_BUILDKIT=1",
    ]

    init(of project: ProjectFacts) {
        let facts = project.project
        // Jobs and steps that are defined elsewhere, plugins that build, what `set:` changes in bake files, and bake files of which
        // something is not known.
        let isOpen =
            facts.pipelines.contains { pipeline in
                pipeline.jobs.contains { job in
                    job.steps.isEmpty
                        || job.steps.contains {
                            $0.action == "docker/bake-action" || Self.mayBuild($0, in: pipeline.system)
                        }
                }
            } || facts.statements.contains { $0.kind == .bake && facts.unread.contains($0.source.path) }
        mayHoldMoreWriters = isOpen
        mayHoldMoreReaders = isOpen
        for statement in facts.buildStatements {
            written.formUnion(statement.cacheTo.compactMap(\.place))
            read.formUnion(statement.cacheFrom.compactMap(\.place))
            if statement.mayWriteOthers { mayHoldMoreWriters = true }
            if statement.mayReadOthers { mayHoldMoreReaders = true }
            if statement.cacheTo.contains(where: { $0.type == "inline" }) { hasInline = true }
            for tag in statement.options("tag") {
                guard let place = tag.value.map({ ImageReference($0).place }) else { continue }
                tags[place] = tags[place] ?? statement.path
            }
        }
        // `docker tag built name`
        for command in facts.commands where command.words.count == 4 && command.words[1] == "tag" {
            guard let name = command.words[3] else { continue }
            let place = ImageReference(name).place
            tags[place] = tags[place] ?? command.path
        }
        for file in facts.statements where !hasInline {
            hasInline =
                file.source.holds("BUILDKIT_INLINE_CACHE")
                || file.source.holds("DOCKER_BUILDKIT") && !Self.switchesOn.contains { file.source.holds($0) }
        }
        // What scripts write that are not understood as builds, such as `docker buildx bake --set`.
        for file in facts.statements where file.source.holds("buildx bake") {
            mayHoldMoreWriters = true
            mayHoldMoreReaders = true
        }
    }

    /// Whether a step of another system than GitHub may build images that nothing here knows of.
    private static func mayBuild(_ step: Pipeline.Step, in system: Pipeline.System) -> Bool {
        if system.servesGitHubCache { return false }
        guard let action = step.action else { return step.isLocal }
        return action != "setup_remote_docker"
            && ["docker", "kaniko", "buildx"].contains { action.contains($0) }
    }
}
