import Diagnostics
import Facts
import Project
import SourceText

/// A workflow that builds and pushes what another one builds and pushes for the same commits.
/// Source: docker/build-push-action, `action.yml` (`tags` takes a list, of several registries too).
struct CiBuiltTwice: ProjectCheck {
    static let id: CheckID = "ci-built-twice"
    let options: CheckOptions

    /// What decides how a build ends, and for which commits it runs.
    private struct Image: Hashable {
        let dockerfile: String
        let context: BuildSource
        let target: String?
        let args: [String: String?]
        let platforms: [String]
        let contexts: [String: BuildSource]
        let runner: Pipeline.Runner
        let triggers: Pipeline.Triggers
        /// What runs before it in its job may make files of the context.
        let scripts: [String]
    }

    private struct Place {
        let pipeline: Pipeline
        let bytes: Range<Int>
        let tags: [String]
    }

    func findings(in project: ProjectFacts) -> [Finding] {
        var first: [Image: Place] = [:]
        return project.pipelineBuilds.compactMap { statement, pipeline, place -> Finding? in
            guard let image = image(statement, pipeline, place) else { return nil }
            let here = Place(
                pipeline: pipeline, bytes: statement.bytes,
                tags: pipeline[place]["tags"]?.written.split(whereSeparator: { $0 == "," || $0.isNewline })
                    .map { String($0).trimmingBlanks }.filter { !$0.isEmpty } ?? [])
            guard let other = first[image] else {
                first[image] = here
                return nil
            }
            guard other.pipeline.source.path != pipeline.source.path else { return nil }
            return finding(at: here, besides: other, image)
        }
    }

    /// - Returns: nil for a build that not every such commit makes, or of which not all is told.
    private func image(_ statement: BuildStatement, _ pipeline: Pipeline, _ place: Pipeline.StepPlace)
        -> Image?
    {
        let (job, step) = (pipeline.jobs[place.job], pipeline[place])
        guard let build = statement.build, step.action == "docker/build-push-action",
            step["push"]?.value == "true", step.condition == nil, job.condition == nil,
            job.triggers.isComplete, job.runsForCommits.isTrue, job.runner != .unknown,
            !statement.mayHaveMore, build.unknownOptions.isEmpty, build.args.values.allSatisfy({ $0 != nil }),
            statement.options("build-arg").allSatisfy({ $0.value != nil })
        else { return nil }
        return Image(
            dockerfile: build.dockerfile, context: build.context, target: build.target, args: build.args,
            platforms: build.platforms, contexts: build.namedContexts, runner: job.runner,
            triggers: job.triggers, scripts: job.steps[..<place.step].compactMap(\.run))
    }

    private func finding(at place: Place, besides other: Place, _ image: Image) -> Finding {
        let line = other.pipeline.source.line(at: other.bytes.lowerBound)
        let tags = other.tags + place.tags
        let list =
            tags.isEmpty ? "" : ":\n    tags: |\n" + tags.map { "        \($0)" }.joined(separator: "\n")
        return finding(
            at: place.bytes, in: place.pipeline.source,
            confidence: image.scripts.isEmpty ? .certain : .likely,
            message:
                "\(other.pipeline.source.path):\(line) builds and pushes the same image of \(image.dockerfile) for the same commits.",
            cost: "Each of these commits pays for this build twice.",
            fix: Fix("Build it once, after the logins of both, with the tags of both\(list)"))
    }
}
