/// What one build did, as its log or its history record tells it.
///
/// Sources tell different amounts: `source` says how much. What a source does not tell is nil or empty.
package struct BuildRecord: Sendable, Hashable {
    /// BuildKit's id of the build, the last part of `BUILDER/NODE/ID`.
    package var id: String?
    package var builder: String?
    /// What a person would call it: the base name of its context or repository, with the target.
    package var name: String?
    /// Milliseconds since 1970, by the clock of the builder or, for a log, of what printed it.
    package var started: Int?
    /// From the start of the build to its end.
    package var milliseconds: Int?
    package var status: BuildStatus
    /// The git commit, and whether the client knew that the work tree differed from it (`-dirty`).
    package var revision: String?
    /// The address of the repository.
    package var repository: String?
    /// The stage that was asked for; nil for the last one.
    package var target: String?
    package var platforms: [String] = []
    package var arguments: [BuildArgument] = []
    /// The stages that the build was told to run without cache, in lower case, and none of them for `--no-cache`; nil
    /// where it was not told so, or the source does not tell.
    package var uncachedStages: [String]?
    package var cacheImports: [CacheLocation] = []
    package var cacheExports: [CacheLocation] = []
    /// The base images with the digests that they had.
    package var images: [PinnedImage] = []
    /// All that the builder did, in the order in which it began, or was printed where there are no times.
    package var vertices: [BuildVertex] = []
    /// Where the time beside running steps went. A part of a vertex counts here, as layers that a cached step pulled.
    package var activities: [BuildActivity] = []
    /// The messages of what failed, each once, in order.
    package var errors: [String] = []
    package var dockerfile: RecordedDockerfile?
    /// What of the source could not be read, one sentence without its final dot each.
    package var problems: [String] = []
    package var source: RecordSource

    package init(source: RecordSource, status: BuildStatus = .unknown) {
        self.source = source
        self.status = status
    }

    /// The steps of the Dockerfile, FROM included; each once for each platform.
    package var steps: [BuildVertex] { vertices.filter { $0.step != nil } }
}
