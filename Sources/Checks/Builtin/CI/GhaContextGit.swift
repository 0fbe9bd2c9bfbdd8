import Diagnostics
import Facts
import Project
import SourceText

/// docker/build-push-action without `context:` after steps whose files the build then does not get: it builds the git
/// reference, not the work tree.
/// Source: docker/build-push-action, README, "Git context" (steps that change files before the build have no effect).
struct GhaContextGit: ProjectCheck {
    static let id: CheckID = "gha-context-git"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        project.pipelineBuilds.compactMap { statement, pipeline, place -> Finding? in
            let step = pipeline[place]
            guard step.action == "docker/build-push-action", step["context"] == nil,
                let source = project.source(statement.path),
                let maker = pipeline.jobs[place.job].steps[..<place.step].compactMap(files).first
            else { return nil }
            return finding(
                at: statement.bytes, in: source, confidence: .likely,
                message:
                    "The build does not get \(maker): without `context:` it is made from the git reference, which "
                    + "BuildKit fetches for itself.",
                cost: "The repository is fetched a second time, and files of the work tree are missing.",
                fix: Fix("Add `context: .` to build the work tree."), subject: maker)
        }
    }

    /// What a step puts into the work tree that is not in git.
    private func files(of step: Pipeline.Step) -> String? {
        switch step.action {
        case "actions/download-artifact": "what actions/download-artifact brings"
        case "actions/checkout" where step["lfs"]?.value == "true":
            "the files of Git LFS that actions/checkout brings"
        default: nil
        }
    }
}
