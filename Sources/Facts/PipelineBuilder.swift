package import Diagnostics
package import Project

extension Pipeline {
    /// Whether the builder of a step has nothing of earlier runs: neither layers nor cache mounts.
    ///
    /// So it is where the job's engine is new for each job, unless a step before sets up a builder elsewhere or brings back
    /// its state. Unknown behind every action and command that may do such a thing.
    /// Sources: docs.github.com, "GitHub-hosted runners"; docker/setup-buildx-action, `action.yml` (`driver` is
    /// `docker-container` by default, `endpoint` and `append` name machines); depot/setup-action,
    /// useblacksmith/setup-docker-builder and namespacelabs/nscloud-setup-buildx-action bring builders that stay;
    /// docs.gitlab.com, "Use Docker to build Docker images" (`DOCKER_HOST` is the service beside the job).
    package func startsEmpty(at place: StepPlace) -> Fact<Bool> {
        let job = jobs[place.job]
        guard job.keepsLayers.isFalse else { return job.keepsLayers.map { !$0 } }
        let own = job.steps[place.step]
        let variables =
            job.hasDockerInDocker ? Self.builderVariables.subtracting(["DOCKER_HOST"]) : Self.builderVariables
        guard variables.isDisjoint(with: job.variables), variables.isDisjoint(with: own.variables) else {
            return .unknown
        }
        if let builder = own["builder"], !builder.written.contains("outputs.name") { return .unknown }
        for step in job.before + job.steps[..<place.step] where Self.mayBringBuilder(step) { return .unknown }
        return .yes
    }

    private static let builderVariables: Set<String> = [
        "DOCKER_HOST", "DOCKER_CONTEXT", "BUILDX_BUILDER", "BUILDKIT_HOST", "DEPOT_TOKEN",
    ]

    private static func mayBringBuilder(_ step: Step) -> Bool {
        if step.isLocal { return step.called.isEmpty || step.called.contains(where: mayBringBuilder) }
        if let run = step.run {
            return [
                "buildx create", "buildx use", "docker context", "DOCKER_HOST", "BUILDX_BUILDER", "buildkitd",
                "docker load", "/var/lib/docker", "depot ",
            ].contains { run.contains($0) }
        }
        guard let action = step.action else { return false }
        switch action {
        // CircleCI's own; the job's `keepsLayers` has what it says.
        case "setup_remote_docker": return false
        case "docker/setup-buildx-action":
            let driver = step["driver"].map { $0.value } ?? "docker-container"
            return !["docker-container", "docker"].contains(driver) || step["endpoint"] != nil
                || step["append"] != nil
        case "actions/cache":
            let path = step["path"]?.written ?? ""
            return path.contains("/var/lib/docker") || path.contains("buildkit")
        default:
            if action.hasPrefix("docker/") || action.hasPrefix("actions/") { return false }
            return ["docker", "buildx", "buildkit", "builder", "depot", "blacksmith", "namespace", "nscloud"]
                .contains { action.contains($0) }
        }
    }
}
