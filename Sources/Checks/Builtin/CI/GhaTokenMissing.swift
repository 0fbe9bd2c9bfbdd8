import Diagnostics
import Facts
import Project
import SourceText

/// `docker buildx build` with a cache of `type=gha` in a `run:` step that has no token for it: buildx leaves such a
/// cache out without a word.
/// Sources: docker/buildx, `build/opt.go` (`isActive`, `addGithubToken`); docs.docker.com, "GitHub Actions cache",
/// Authentication (a script has no `ACTIONS_RUNTIME_TOKEN` unless an action hands it on).
struct GhaTokenMissing: ProjectCheck {
    static let id: CheckID = "gha-token-missing"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        project.pipelineBuilds.compactMap { statement, pipeline, place -> Finding? in
            let job = pipeline.jobs[place.job]
            let entries = (statement.cacheTo + statement.cacheFrom).filter { $0.type == "gha" }
            guard pipeline.system.servesGitHubCache, pipeline[place].run != nil, let entry = entries.first,
                case .hosted = job.runner, entries.allSatisfy({ $0.attributes["token"] == nil }),
                !job.variables.union(pipeline[place].variables).contains("ACTIONS_RUNTIME_TOKEN"),
                !job.steps[..<place.step].contains(where: mayHandOn),
                let source = project.source(statement.path)
            else { return nil }
            return finding(
                at: entry.option.bytes, in: source,
                message:
                    "This cache is left out without a word: a `run:` step has no ACTIONS_RUNTIME_TOKEN, which "
                    + "buildx needs for type=gha.",
                cost: "Every run builds from nothing.",
                fix: Fix(
                    "Put `uses: crazy-max/ghaction-github-runtime` before this step, or build with docker/build-push-action."
                ))
        }
    }

    /// Whether a step may put the token into the environment: any action may, but for those of GitHub and Docker.
    private func mayHandOn(_ step: Pipeline.Step) -> Bool {
        if let run = step.run { return run.contains("ACTIONS_RUNTIME_TOKEN") }
        guard let action = step.action else { return true }
        return action == "actions/github-script"
            || !(action.hasPrefix("actions/") || action.hasPrefix("docker/"))
    }
}
