import Diagnostics
import Facts
import Host
import Project
import SourceText

/// A job that runs `docker build` with a docker CLI before 23.0, which uses BuildKit only where `DOCKER_BUILDKIT` says so.
/// Source: docs.docker.com, "Docker Engine 23.0 release notes" (buildx and BuildKit are the default builder on Linux).
struct CiDockerOld: ProjectCheck {
    static let id: CheckID = "ci-docker-old"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        /// One finding for each image of a job.
        var seen: Set<String> = []
        return project.pipelineBuilds.compactMap { statement, pipeline, place -> Finding? in
            guard let image = pipeline.image(at: place), let version = version(image.text),
                version < ToolVersion(23, 0), let source = project.source(statement.path),
                !source.holds("DOCKER_BUILDKIT"),
                source.string(statement.bytes).hasPrefix("docker build "),
                seen.insert("\(statement.path) \(place.job) \(image.bytes.lowerBound)").inserted
            else { return nil }
            return finding(
                at: image.bytes, in: source,
                message:
                    "`docker build` goes without BuildKit here: the docker CLI of \(image.text) uses it only with "
                    + "DOCKER_BUILDKIT=1.",
                cost: "No cache mounts, the whole context each time, and stages one after the other.",
                fix: Fix("Use `docker:28` or later, or set `DOCKER_BUILDKIT: 1` among the job's variables."),
                subject: "\(pipeline.jobs[place.job].name) \(image.text)")
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
