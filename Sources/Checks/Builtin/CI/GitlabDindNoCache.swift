import Diagnostics
import Facts
import Project
import SourceText

/// A build with Docker-in-Docker in a job of GitLab, with neither `--cache-from` nor `--cache-to`: the service is new for
/// each job, and so is its cache.
/// Source: docs.gitlab.com, "Make Docker-in-Docker builds faster with Docker layer caching".
struct GitlabDindNoCache: ProjectCheck {
    static let id: CheckID = "gitlab-dind-no-cache"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        project.project.gitLabJobs.flatMap { job -> [Finding] in
            guard job.services.contains(where: { isDockerInDocker($0.text) }),
                job.variables.isDisjoint(with: ["BUILDKIT_HOST", "BUILDX_BUILDER", "DOCKER_CONTEXT"]),
                let source = project.source(job.path)
            else { return [] }
            let commands = project.commands(ofJob: job.unit, in: job.path)
            // A builder elsewhere, and an image that is pulled to be the cache.
            guard !commands.contains(where: { $0.words.contains("create") || $0.words.contains("context") })
            else {
                return []
            }
            var built: Set<String> = []
            return project.buildStatements(ofJob: job.unit, in: job.path).compactMap {
                statement -> Finding? in
                guard let build = statement.build,
                    built.insert(build.dockerfile).inserted, !statement.mayHaveMore,
                    statement.options("cache-from").isEmpty, statement.options("cache-to").isEmpty,
                    statement.options("builder").isEmpty, statement.options("no-cache").isEmpty,
                    let lines = project.outline(of: statement)?.expensiveLines, let line = lines.first
                else { return nil }
                return finding(
                    at: statement.bytes, in: source,
                    message:
                        "Every run builds \(build.dockerfile) from nothing: the Docker-in-Docker of this job starts "
                        + "without layers, and neither --cache-from nor --cache-to is given.",
                    cost:
                        "Line \(line)\(lines.count == 1 ? "" : " and \(lines.count - 1) more") run each time.",
                    fix: Fix(
                        "docker buildx create --use --driver docker-container\n"
                            + "docker buildx build --push -t $CI_REGISTRY_IMAGE \\\n"
                            + "    --cache-from type=registry,ref=$CI_REGISTRY_IMAGE:cache \\\n"
                            + "    --cache-to type=registry,ref=$CI_REGISTRY_IMAGE:cache,mode=max ."),
                    subject: "\(job.name) \(build.dockerfile)")
            }
        }
    }

    /// `docker:dind`, `docker:28-dind`, a mirror's `…/docker:28.5-dind`.
    private func isDockerInDocker(_ image: String) -> Bool {
        let parts = image.split(separator: "/").last?.split(separator: ":") ?? []
        return parts.count == 2 && parts[0] == "docker" && parts[1].contains("dind")
    }
}
