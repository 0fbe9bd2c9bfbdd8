import Diagnostics
import Facts
import Project
import SourceText

/// A build in a job whose engine starts empty, with neither `cache-from` nor `cache-to`: by `docker/build-push-action`, by
/// `docker/bake-action`, or by a command of a script, whatever the CI system.
/// Sources: docker/build-push-action and docker/bake-action, `action.yml` (nothing is cached by default);
/// docs.docker.com, `docker buildx bake` (the files that it looks for); docs.gitlab.com, "Make Docker-in-Docker builds faster
/// with Docker layer caching"; circleci.com/docs, "Docker layer caching overview".
struct CiNoCache: ProjectCheck {
    static let id: CheckID = "ci-no-cache"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        var built: Set<String> = []
        let builds = project.pipelineBuilds
        let pulling = Set(
            project.project.commands.filter { $0.words.contains("pull") }
                .map { Job(path: $0.path, number: $0.step?.job) })
        var bakes = Bakes(in: project)
        let single = builds.compactMap { statement, pipeline, place -> Finding? in
            guard let build = statement.build else { return nil }
            // A later build of one job finds what the first one left in the builder.
            let isFirst = built.insert("\(statement.path) \(place.job) \(build.dockerfile)").inserted
            guard isFirst,
                let remedy = remedy(
                    for: statement, at: place, of: pipeline, isAlone: builds.count == 1, pulling, in: project),
                isUncached(statement), startsEmpty(pipeline, place)
            else { return nil }
            return finding(at: statement.bytes, in: pipeline, place.job, statement, remedy, project)
        }
        let baked = project.project.pipelines.flatMap { self.bakes(of: $0, &bakes, in: project) }
        let composed = composed(in: project)
        let called = called(in: project, &built)
        return (single.map { CountedFinding(finding: $0, count: 1) } + baked + composed + called)
            .onePerPlace().map { found in
                found.folding(
                    Fold(
                        found.fix?.text ?? "",
                        summary:
                            "steps of CI build images from nothing in every run: the engine of each job starts without layers, "
                            + "and neither cache-from nor cache-to is given."))
            }
    }

    /// Builds of a makefile or a script that a step runs.
    private func called(in project: ProjectFacts, _ built: inout Set<String>) -> [CountedFinding] {
        project.project.calledBuilds.compactMap { called -> CountedFinding? in
            let (statement, place) = (called.statement, called.place)
            guard let pipeline = project.pipeline(called.path), let build = statement.build,
                built.insert("\(pipeline.source.path) \(place.job) \(build.dockerfile)").inserted,
                statement.options("builder").isEmpty, isUncached(statement), startsEmpty(pipeline, place),
                pipeline.system.makesBuilders,
                !pipeline.jobs[place.job].steps.contains(where: { $0.run?.contains("pull") == true }),
                let source = project.source(statement.path),
                // Podman keeps its layers elsewhere; a variable that holds docker is named for it.
                source.string(statement.bytes).lowercased().contains("docker")
            else { return nil }
            let line = source.line(at: statement.bytes.lowerBound)
            let image = pipeline.system.registryImage
            let remedy =
                "Give the command in \(statement.path):\(line) a cache of its own in a registry, on a builder of "
                + (pipeline.system.servesGitHubCache
                    ? "docker/setup-buildx-action:\n" : "`docker buildx create --use`:\n")
                + "    docker buildx build --cache-from type=registry,ref=\(image):cache \\\n"
                + "        --cache-to type=registry,ref=\(image):cache,mode=max …"
            return finding(at: pipeline[place].bytes, in: pipeline, place.job, statement, remedy, project).map
            {
                CountedFinding(finding: $0, count: 1)
            }
        }
    }

    /// `docker compose build` of a step, by the compose files that it finds in the repository's root.
    /// Source: docs.docker.com, `docker compose` (the files that it looks for).
    private func composed(in project: ProjectFacts) -> [CountedFinding] {
        let files: Set<String> = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"]
        let built = project.project.buildStatements.filter { $0.kind == .compose && files.contains($0.path) }
        guard !built.isEmpty, built.allSatisfy(isUncached) else { return [] }
        let told = built.filter { project.outline(of: $0)?.expensiveLines.isEmpty == false }
        guard let statement = told.first else { return [] }
        var seen: Set<String> = []
        return project.project.commands.compactMap { command -> CountedFinding? in
            guard command.isOfCompose, let place = command.step, !command.isConditional,
                let words = command.words.dropFirst(command.words.first == "docker" ? 2 : 1).first,
                words == "build", let pipeline = project.pipeline(command.path),
                pipeline.system.servesGitHubCache || pipeline.system.makesBuilders,
                startsEmpty(pipeline, place),
                !pipeline.jobs[place.job].steps.contains(where: {
                    $0.action == "docker/bake-action" || $0.run?.contains("pull") == true
                }),
                // The steps of some systems are lines of one script.
                !pipeline.jobs[place.job].steps[...place.step].contains(where: {
                    $0.run?.contains("cd ") == true
                }),
                seen.insert("\(command.path) \(place.job)").inserted
            else { return nil }
            let remedy =
                pipeline.system.servesGitHubCache
                ? "Build with docker/bake-action, which reads \(statement.path) too, and give each service a cache of its own:\n"
                    + "    set: |\n        <service>.cache-from=type=gha,scope=<service>\n"
                    + "        <service>.cache-to=type=gha,mode=max,scope=<service>"
                : "Build with `docker buildx bake`, which reads \(statement.path) too, on a builder of `docker buildx create --use`, "
                    + "and give each service a cache of its own:\n"
                    + "    --set <service>.cache-from=type=registry,ref=\(pipeline.system.registryImage):<service>-cache\n"
                    + "    --set <service>.cache-to=type=registry,ref=\(pipeline.system.registryImage):<service>-cache,mode=max"
            return finding(at: command.bytes, in: pipeline, place.job, statement, remedy, project).map {
                CountedFinding(finding: $0, count: told.count)
            }
        }
    }

    private struct Job: Hashable {
        let path: String
        let number: Int?
    }

    private func isUncached(_ statement: BuildStatement) -> Bool {
        !statement.mayHaveMore && statement.options("cache-from").isEmpty
            && statement.options("cache-to").isEmpty
            && statement.options("no-cache").allSatisfy { $0.value == "false" }
            && statement.options("call").isEmpty && statement.options("check").isEmpty
    }

    /// An action of the repository that builds leaves its layers to the steps below it.
    private func startsEmpty(_ pipeline: Pipeline, _ place: Pipeline.StepPlace) -> Bool {
        pipeline.jobs[place.job].runsForCommits.isTrue && pipeline.startsEmpty(at: place).isTrue
            && pipeline.jobs[place.job].steps[..<place.step].allSatisfy(\.called.isEmpty)
    }

    /// What to write, where the build is one that could have a cache.
    /// - Parameters:
    ///   - isAlone: no pipeline states another build.
    ///   - pulling: where images are pulled.
    private func remedy(
        for statement: BuildStatement, at place: Pipeline.StepPlace, of pipeline: Pipeline, isAlone: Bool,
        _ pulling: Set<Job>, in project: ProjectFacts
    ) -> String? {
        let step = pipeline[place]
        if step.action == "docker/build-push-action" {
            // Without a name of its own, each would overwrite what the others keep.
            let scope = isAlone ? "" : ",scope=<image>-<platform>"
            return "Add to `with:`, behind docker/setup-buildx-action:\n"
                + "    cache-from: type=gha\(scope)\n    cache-to: type=gha,mode=max\(scope)"
        }
        guard !statement.isConditional, statement.options("builder").isEmpty,
            !pulling.contains(Job(path: statement.path, number: place.job))
        else { return nil }
        // A script of its own may bring a builder or a cache along, and `docker build` cannot export one as a rule.
        if let run = step.run {
            guard !["--driver", "docker context", "DOCKER_HOST"].contains(where: run.contains),
                ["docker buildx build", "docker build", "docker image build"].contains(
                    where: pipeline.source.string(statement.bytes).hasPrefix)
            else { return nil }
        }
        if pipeline.system.servesGitHubCache {
            return
                "Use docker/build-push-action with `cache-from: type=gha` and `cache-to: type=gha,mode=max`, or add "
                + "--cache-from and --cache-to of type=registry."
        }
        let command =
            step.run == nil
            ? "Build with a command in place of this, and keep the cache in a registry:\n" : ""
        let remedy = command + registryCache(of: pipeline.system)
        return pipeline.system.paidLayerCaching.map { "\($0), or keep the cache in a registry:\n\(remedy)" }
            ?? remedy
    }

    private func registryCache(of system: Pipeline.System) -> String {
        let image = system.registryImage
        let cache = "type=registry,ref=\(image):cache"
        return system.makesBuilders
            ? "docker buildx create --use --driver docker-container\n"
                + "docker buildx build --push -t \(image) \\\n"
                + "    --cache-from \(cache) \\\n    --cache-to \(cache),mode=max ."
            : "docker build --build-arg BUILDKIT_INLINE_CACHE=1 --cache-from \(image):latest -t \(image):latest .\n"
                + "docker push \(image):latest"
    }

    private func finding(
        at bytes: Range<Int>, in pipeline: Pipeline, _ job: Int, _ statement: BuildStatement,
        _ remedy: String, _ project: ProjectFacts
    ) -> Finding? {
        guard let build = statement.build, let outline = project.outline(of: statement) else { return nil }
        // Each run has a change of the context then, so that no cache could hold these.
        let always =
            isStartedByContext(pipeline.jobs[job].triggers, of: build)
            ? Set(outline.stages.flatMap(\.expensiveLinesBelowContext)) : []
        let lines = outline.expensiveLines.filter { !always.contains($0) }
        guard let line = lines.first else { return nil }
        let count = lines.count
        let others = count == 1 ? "" : " and \(count - 1) more expensive step\(count == 2 ? "" : "s")"
        return finding(
            at: bytes, in: pipeline.source,
            // What helps at once costs money there.
            severity: pipeline.system.paidLayerCaching == nil ? nil : .info,
            message:
                "Every run builds \(build.dockerfile) from nothing: the engine of this job starts without layers, and "
                + "neither cache-from nor cache-to is given.",
            cost:
                "Line \(line)\(others) run\(count == 1 ? "s" : "") every time, even when nothing that \(count == 1 ? "it needs" : "they need") has changed.",
            fix: Fix(remedy), subject: "\(pipeline.jobs[job].name) \(build.dockerfile)")
    }

    /// Only commits that change the context start the job, or its own workflow, which is rare.
    private func isStartedByContext(_ triggers: Pipeline.Triggers, of build: Build) -> Bool {
        guard case .directory(let folder) = build.context else { return false }
        let paths = (triggers.paths ?? []).filter { !$0.hasPrefix(".github/") }
        return !paths.isEmpty
            && paths.allSatisfy { !$0.hasPrefix("!") && (folder == "." || $0.hasPrefix(folder + "/")) }
    }

    // MARK: - docker/bake-action

    private func bakes(of pipeline: Pipeline, _ bakes: inout Bakes, in project: ProjectFacts)
        -> [CountedFinding]
    {
        pipeline.jobs.indices.compactMap { job -> CountedFinding? in
            let steps = pipeline.jobs[job].steps
            // A later bake of one job finds what the first one left in the builder.
            guard let index = steps.firstIndex(where: { $0.action == "docker/bake-action" }) else {
                return nil
            }
            let step = steps[index]
            guard startsEmpty(pipeline, Pipeline.StepPlace(job: job, step: index)), mayCache(step),
                let question = Bakes.Question(step)
            else { return nil }
            let built = bakes.built(by: question) { statement in
                isUncached(statement)
            } isWorthIt: { statement in
                project.outline(of: statement)?.expensiveLines.isEmpty == false
            }
            guard let statement = built.told.first else { return nil }
            return finding(
                at: step.bytes, in: pipeline, job, statement,
                built.count > 1
                    ? "Give each target a cache of its own: `cache-from = [\"type=gha,scope=<target>\"]` and "
                        + "`cache-to = [\"type=gha,mode=max,scope=<target>\"]`."
                    : "Add to `with:`, behind docker/setup-buildx-action, or give the target the same fields:\n"
                        + "    set: |\n        *.cache-from=type=gha\n        *.cache-to=type=gha,mode=max",
                project
            ).map { CountedFinding(finding: $0, count: built.told.count) }
        }
    }

    /// Nothing in the step's inputs is about a cache, or known only when the workflow runs.
    private func mayCache(_ step: Pipeline.Step) -> Bool {
        let isPlain = ["set", "vars", "files", "source", "workdir"].allSatisfy { name in
            step[name].map { $0.value != nil } ?? true
        }
        return isPlain && step["set"]?.written.contains("cache") != true && step["call"] == nil
            && step["builder"] == nil && step.variables.isEmpty
            && step["no-cache"].map { $0.value == "false" } ?? true
    }
}
