import Diagnostics
import Dockerfile

/// What the environment of a command decides of its builds.
///
/// Sources: docker/cli, `docker build`, "DOCKER_DEFAULT_PLATFORM" of its environment variables; docker/compose, "Set or
/// change pre-defined environment variables"; docs.docker.com, "Reproducible builds with GitHub Actions" (buildx passes
/// `SOURCE_DATE_EPOCH` of the environment as a build argument). Tried with Docker 28.5, buildx 0.29 and Compose 2.40:
/// `docker build` and `docker compose` take both, compose the platform from `.env` too; bake takes the epoch alone.
struct BuildEnvironment {
    /// `DOCKER_DEFAULT_PLATFORM`: nil where nothing sets it.
    private(set) var platform: ShellEvaluator.Value?
    /// `SOURCE_DATE_EPOCH`, with no default of the shell's.
    private(set) var epoch: ShellEvaluator.Value?

    static let platformName = "DOCKER_DEFAULT_PLATFORM"
    static let epochName = "SOURCE_DATE_EPOCH"

    init(
        of invocation: ShellEvaluator.Invocation, in folder: String, by evaluator: ShellEvaluator,
        work: inout WorkBudget
    ) {
        platform = evaluator.environmentValue(
            Self.platformName, for: invocation.command, in: folder, work: &work)
        epoch = evaluator.environmentValue(
            Self.epochName, for: invocation.command, in: folder, takesDefaults: false, work: &work)
        if platform?.text?.isEmpty ?? false { platform = nil }
        if epoch?.text?.isEmpty ?? false { epoch = nil }
    }

    /// Bake takes no platform of it.
    mutating func dropPlatform() { platform = nil }

    var isEmpty: Bool { platform == nil && epoch == nil }
}

extension StatedBuild {
    /// Gives the build what it does not say itself.
    /// - Parameter bytes: of the command.
    mutating func heed(_ environment: BuildEnvironment, bytes: Range<Int>) {
        if let platform = environment.platform, platforms.isEmpty, !unknownOptions.contains("platform") {
            if let text = platform.text {
                platforms = text.split(separator: ",").map(String.init)
            } else {
                unknownOptions.insert("platform")
            }
        }
        let name = BuildEnvironment.epochName
        if let epoch = environment.epoch, args[name] == nil {
            args[name] = .some(epoch.text)
            options.append(
                BuildOption(
                    argument: name, text: epoch.written, value: epoch.text, path: statement.path,
                    bytes: bytes))
        }
    }
}
