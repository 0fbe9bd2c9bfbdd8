import Diagnostics
import Facts
import Project
import SourceText

/// A Dockerfile with cache mounts that is built on a runner that starts empty, with nothing that brings them back.
/// Sources: moby/buildkit#1512 and docs.docker.com, "Cache management with GitHub Actions", Cache mounts (no exporter
/// holds them; reproducible-containers/buildkit-cache-dance does).
struct CiMountsLost: ProjectCheck {
    static let id: CheckID = "ci-mounts-lost"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        /// A later build of one job finds the mounts as the first one left them.
        var built: Set<String> = []
        return project.pipelineBuilds.compactMap { statement, pipeline, place -> Finding? in
            guard let build = statement.build,
                built.insert("\(statement.path) \(place.job) \(build.dockerfile)").inserted
            else { return nil }
            let isAction = pipeline[place].action == "docker/build-push-action"
            // Of one that has no cache at all, ci-no-cache tells.
            guard isAction || !statement.options("cache-from").isEmpty,
                pipeline.jobs[place.job].runsForCommits.isTrue,
                pipeline.startsEmpty(at: place).isTrue,
                !pipeline.jobs[place.job].steps.contains(where: bringsMounts),
                let source = project.source(statement.path), let outline = project.outline(of: statement)
            else { return nil }
            let lines = outline.stages.flatMap(\.mountLines).sorted()
            guard let first = lines.first else { return nil }
            let places =
                lines.count == 1
                ? "in line \(first)" : "in \(lines.count) steps, the first in line \(first)"
            let layers = statement.options("cache-from").isEmpty ? "" : " Layers do come from cache-from."
            let isCompiled = outline.stages.flatMap(\.cacheMounts).contains(where: \.isOfCompiler)
            return finding(
                at: statement.bytes, in: source,
                // What a compiler made takes minutes to make again.
                severity: isCompiled ? max(.warning, options.severity) : nil,
                message:
                    "The cache mounts of \(outline.path) (\(places)) are always empty here: the job's engine starts "
                    + "without them, and no cache of a build holds them.\(layers)",
                cost:
                    "A step that runs again downloads \(isCompiled ? "and compiles " : "")everything again.",
                fix: Fix(
                    pipeline.system.servesGitHubCache
                        ? "Keep them with actions/cache and reproducible-containers/buildkit-cache-dance where the download "
                            + "takes longer than that, or use a builder that stays."
                        : pipeline.system.paidLayerCaching.map { $0 + ", or use a builder that stays." }
                            ?? "Use a builder that stays."),
                subject: "\(pipeline.jobs[place.job].name) \(outline.path)")
        }.onePerPlace().map { found in
            found.folding(
                Fold(
                    "\(found.cost)\(found.fix?.text ?? "")",
                    summary:
                        "steps of CI build Dockerfiles whose cache mounts are always empty there: the engine of each job starts "
                        + "without them, and no cache of a build holds them."))
        }
    }

    private func bringsMounts(_ step: Pipeline.Step) -> Bool {
        step.action?.contains("cache-dance") ?? step.run?.contains("cache-dance") ?? true
    }
}
