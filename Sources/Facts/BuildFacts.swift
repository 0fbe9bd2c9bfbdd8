import Diagnostics
package import Dockerfile
package import Project
package import SourceText

/// What is true of one build of one Dockerfile: the input of checks that look at Dockerfiles.
package struct BuildFacts: Sendable {
    package let build: Build
    package let dockerfile: EvaluatedDockerfile
    /// In file order, reachable or not.
    package let stages: [StageFacts]
    /// The build context; read from disk only when it is asked.
    package let context: ContextFacts
    /// What may still be done to answer questions.
    package let work: FactsWork
    /// Pipelines whose jobs begin without layers and mounts state it, and nothing else.
    package private(set) var runsOnNewMachinesOnly = false

    /// - Parameter contexts: those of the project, which its builds share.
    /// - Returns: nil where the build's Dockerfile is not among the project's.
    package init?(build: Build, in project: Project, contexts: ContextStore) {
        guard let parsed = project.parsedDockerfile(build.dockerfile) else { return nil }
        self.init(build: build, dockerfile: parsed, context: ContextFacts(build: build, in: contexts))
        runsOnNewMachinesOnly = !build.statedBy.isEmpty && build.statedBy.allSatisfy(project.isOnNewMachine)
    }

    package init(build: Build, dockerfile: ParsedDockerfile, context: ContextFacts) {
        self.init(
            build: build,
            evaluated: dockerfile.evaluated(build.evaluationOptions(passesNothingElse: false)),
            context: context)
    }

    /// - Parameter evaluated: the Dockerfile as this build sees it.
    package init(build: Build, evaluated: EvaluatedDockerfile, context: ContextFacts) {
        self.build = build
        self.context = context
        dockerfile = evaluated
        work = FactsWork()
        stages = StageFacts.all(of: evaluated, work)
        if work.isSpent { work.cutShort(at: 1) }
        work.renew()
    }

    /// What keeps it from getting through its Dockerfile.
    package var obstacles: BuildObstacles { BuildObstacles(of: build, dockerfile) }
    package var source: SourceText { dockerfile.parsed.source }
    /// The Dockerfile, relative to the project's root.
    package var path: String { build.dockerfile }
    /// The stages that the build's target needs.
    package var reachableStages: [StageFacts] { stages.filter(\.stage.isReachable) }
}

extension Build {
    /// How its Dockerfile is evaluated.
    /// - Parameter passesNothingElse: the build's arguments are all that are passed; otherwise CI may pass more.
    package func evaluationOptions(passesNothingElse: Bool) -> EvaluationOptions {
        EvaluationOptions(
            buildArgs: args, target: target, platform: platforms.count == 1 ? platforms[0] : nil,
            namedContexts: Set(namedContexts.keys), passesNothingElse: passesNothingElse,
            baseImage: KnownImage.configuration(of:))
    }
}

extension Project {
    /// Whether a statement is a pipeline's whose jobs all have an engine that is new for each job.
    fileprivate func isOnNewMachine(_ statement: Statement) -> Bool {
        guard statement.kind == .workflow || statement.kind == .script,
            let pipeline = pipelines.first(where: { $0.source.path == statement.path })
        else { return false }
        return pipeline.jobs.allSatisfy { job in
            job.keepsLayers.isFalse && !job.steps.contains { $0.isLocal && $0.called.isEmpty }
        }
    }
}
