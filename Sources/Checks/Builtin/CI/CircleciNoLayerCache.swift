import Diagnostics
import Facts
import Project
import SourceText

/// A build in a job of CircleCI whose engine is new for each job, with neither `--cache-from` nor `--cache-to`.
/// Source: circleci.com/docs, "Docker layer caching overview".
struct CircleciNoLayerCache: ProjectCheck {
    static let id: CheckID = "circleci-no-layer-cache"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        project.project.circleCIJobs.flatMap { job -> [Finding] in
            guard job.cachesLayers == .no, let source = project.source(job.path) else { return [] }
            let commands = project.commands(ofJob: job.unit, in: job.path)
            // A builder elsewhere, layers that are loaded, an image that is pulled to be the cache.
            let bringing: Set<String?> = ["create", "context", "load", "pull"]
            guard !commands.contains(where: { !bringing.isDisjoint(with: $0.words) }) else { return [] }
            var built: Set<String> = []
            return project.buildStatements(ofJob: job.unit, in: job.path).compactMap {
                statement -> Finding? in
                guard let build = statement.build,
                    built.insert(build.dockerfile).inserted, !statement.mayHaveMore,
                    !statement.isConditional, statement.options("cache-from").isEmpty,
                    statement.options("cache-to").isEmpty, statement.options("builder").isEmpty,
                    statement.options("no-cache").isEmpty,
                    let lines = project.outline(of: statement)?.expensiveLines, let line = lines.first
                else { return nil }
                return finding(
                    at: statement.bytes, in: source,
                    message:
                        "Every run builds \(build.dockerfile) from nothing: the engine of this job starts without "
                        + "layers, and neither --cache-from nor --cache-to is given.",
                    cost:
                        "Line \(line)\(lines.count == 1 ? "" : " and \(lines.count - 1) more") run each time.",
                    fix: Fix(
                        "Set `docker_layer_caching: true` (CircleCI charges credits for it), or keep the cache in the "
                            + "registry: --cache-from and --cache-to of type=registry with a builder of "
                            + "`docker buildx create --use`."),
                    subject: "\(job.name) \(build.dockerfile)")
            }
        }
    }
}
