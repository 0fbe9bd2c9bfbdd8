import Diagnostics
import Facts
import Host
import Project
import SourceText

/// A job of GitLab that runs `docker build` with a docker CLI before 23.0, which uses BuildKit only where `DOCKER_BUILDKIT`
/// says so.
/// Source: docs.docker.com, "Docker Engine 23.0 release notes" (buildx and BuildKit are the default builder on Linux).
struct GitlabDockerOld: ProjectCheck {
    static let id: CheckID = "gitlab-docker-old"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        project.project.gitLabJobs.compactMap { job -> Finding? in
            guard let image = job.image, let version = version(image.text), version < ToolVersion(23, 0),
                let source = project.source(job.path), !source.holds("DOCKER_BUILDKIT"),
                project.buildStatements(ofJob: job.unit, in: job.path).contains(where: { statement in
                    source.string(statement.bytes).hasPrefix("docker build ")
                })
            else { return nil }
            return finding(
                at: image.bytes, in: source,
                message:
                    "`docker build` goes without BuildKit here: the docker CLI of \(image.text) uses it only with "
                    + "DOCKER_BUILDKIT=1.",
                cost: "No cache mounts, the whole context each time, and stages one after the other.",
                fix: Fix("Use `docker:28` or later, or set `DOCKER_BUILDKIT: 1` in `variables:`."),
                subject: "\(job.name) \(image.text)")
        }
    }

    /// Of `docker:19.03.12`, `docker:20-dind`; nil for other images and for tags that are no version.
    private func version(_ image: String) -> ToolVersion? {
        let parts = image.split(separator: ":")
        guard parts.count == 2, parts[0] == "docker" || parts[0].hasSuffix("/docker") else { return nil }
        let number = parts[1].prefix { $0.isNumber || $0 == "." }
        return ToolVersion(number.contains(".") ? String(number) : "\(number).0")
    }
}
