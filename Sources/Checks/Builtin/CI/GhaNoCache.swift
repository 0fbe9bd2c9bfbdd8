import Diagnostics
import Facts
import Project
import SourceText

/// A build on a runner that starts empty, with neither `cache-from` nor `cache-to`: by `docker/build-push-action`, by
/// `docker/bake-action`, or by `docker buildx build` in a script.
/// Sources: docker/build-push-action and docker/bake-action, `action.yml` (nothing is cached by default);
/// docs.docker.com, `docker buildx bake` (the files that it looks for).
struct GhaNoCache: ProjectCheck {
    static let id: CheckID = "gha-no-cache"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        var built: Set<String> = []
        let builds = project.workflowBuilds
        let pulling = Set(
            project.project.commands.filter { $0.words.contains("pull") }
                .map { Place(path: $0.path, step: $0.step) })
        var bakes = Bakes(in: project)
        let single = builds.compactMap { statement, workflow, place -> Finding? in
            guard let build = statement.build else { return nil }
            // A later build of one job finds what the first one left in the builder.
            let isFirst = built.insert("\(statement.path) \(place.job) \(build.dockerfile)").inserted
            guard isFirst,
                let remedy = remedy(
                    for: statement, workflow[place], isAlone: builds.count == 1, pulling, in: project),
                isUncached(statement), startsEmpty(workflow, place),
                let source = project.source(statement.path)
            else { return nil }
            return finding(
                at: statement.bytes, in: source, workflow.jobs[place.job].name, statement, remedy, project)
        }
        let baked = project.project.workflows.flatMap { self.bakes(of: $0, &bakes, in: project) }
        let composed = composed(in: project)
        return (single.map { CountedFinding(finding: $0, count: 1) } + baked + composed).onePerPlace()
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
                words == "build", let workflow = project.workflow(command.path), startsEmpty(workflow, place),
                !workflow.jobs[place.job].steps.contains(where: {
                    $0.action == "docker/bake-action" || $0.run?.contains("pull") == true
                }),
                workflow[place].run?.contains("cd ") == false,
                seen.insert("\(command.path) \(place.job)").inserted
            else { return nil }
            return finding(
                at: command.bytes, in: workflow.source, workflow.jobs[place.job].name, statement,
                "Build with docker/bake-action, which reads \(statement.path) too, and give each service a cache of its own:\n"
                    + "    set: |\n        <service>.cache-from=type=gha,scope=<service>\n"
                    + "        <service>.cache-to=type=gha,mode=max,scope=<service>", project
            ).map { CountedFinding(finding: $0, count: told.count) }
        }
    }

    private struct Place: Hashable {
        let path: String
        let step: Workflow.StepPlace?
    }

    private func isUncached(_ statement: BuildStatement) -> Bool {
        !statement.mayHaveMore && statement.options("cache-from").isEmpty
            && statement.options("cache-to").isEmpty
            && statement.options("no-cache").allSatisfy { $0.value == "false" }
            && statement.options("call").isEmpty && statement.options("check").isEmpty
    }

    private func startsEmpty(_ workflow: Workflow, _ place: Workflow.StepPlace) -> Bool {
        workflow.runsForCommits && workflow.startsEmpty(at: place).isTrue
    }

    /// What to write, where the build is one that could have a cache.
    /// - Parameters:
    ///   - isAlone: no workflow states another build.
    ///   - pulling: where images are pulled.
    private func remedy(
        for statement: BuildStatement, _ step: Workflow.Step, isAlone: Bool, _ pulling: Set<Place>,
        in project: ProjectFacts
    ) -> String? {
        if step.action == "docker/build-push-action" {
            // Without a name of its own, each would overwrite what the others keep.
            let scope = isAlone ? "" : ",scope=<image>-<platform>"
            return "Add to `with:`, behind docker/setup-buildx-action:\n"
                + "    cache-from: type=gha\(scope)\n    cache-to: type=gha,mode=max\(scope)"
        }
        // A script of its own may bring a builder or a cache along, and `docker build` cannot export one as a rule.
        guard let run = step.run,
            !["--driver", "docker context", "DOCKER_HOST"].contains(where: run.contains),
            !statement.isConditional, statement.options("builder").isEmpty,
            let source = project.source(statement.path),
            ["docker buildx build", "docker build", "docker image build"].contains(
                where: source.string(statement.bytes).hasPrefix),
            !pulling.contains(Place(path: statement.path, step: statement.step))
        else { return nil }
        return
            "Use docker/build-push-action with `cache-from: type=gha` and `cache-to: type=gha,mode=max`, or add "
            + "--cache-from and --cache-to of type=registry."
    }

    private func finding(
        at bytes: Range<Int>, in source: SourceText, _ job: String, _ statement: BuildStatement,
        _ remedy: String, _ project: ProjectFacts
    ) -> Finding? {
        guard let build = statement.build, let lines = project.outline(of: statement)?.expensiveLines,
            let line = lines.first
        else { return nil }
        let count = lines.count
        let others = count == 1 ? "" : " and \(count - 1) more expensive step\(count == 2 ? "" : "s")"
        return finding(
            at: bytes, in: source,
            message:
                "Every run builds \(build.dockerfile) from nothing: the runner starts without layers, and "
                + "neither cache-from nor cache-to is given.",
            cost:
                "Line \(line)\(others) run\(count == 1 ? "s" : "") each time, also where nothing that they need has changed.",
            fix: Fix(remedy), subject: "\(job) \(build.dockerfile)")
    }

    // MARK: - docker/bake-action

    private func bakes(of workflow: Workflow, _ bakes: inout Bakes, in project: ProjectFacts)
        -> [CountedFinding]
    {
        guard let source = project.source(workflow.source.path) else { return [] }
        return workflow.jobs.indices.compactMap { job -> CountedFinding? in
            let steps = workflow.jobs[job].steps
            // A later bake of one job finds what the first one left in the builder.
            guard let index = steps.firstIndex(where: { $0.action == "docker/bake-action" }) else {
                return nil
            }
            let step = steps[index]
            guard startsEmpty(workflow, Workflow.StepPlace(job: job, step: index)), mayCache(step),
                let question = Bakes.Question(step)
            else { return nil }
            let built = bakes.built(by: question) { statement in
                isUncached(statement)
            } isWorthIt: { statement in
                project.outline(of: statement)?.expensiveLines.isEmpty == false
            }
            guard let statement = built.told.first else { return nil }
            return finding(
                at: step.bytes, in: source, workflow.jobs[job].name, statement,
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
    private func mayCache(_ step: Workflow.Step) -> Bool {
        let isPlain = ["set", "vars", "files", "source", "workdir"].allSatisfy { name in
            step[name].map { $0.value != nil } ?? true
        }
        return isPlain && step["set"]?.written.contains("cache") != true && step["call"] == nil
            && step["builder"] == nil && step.variables.isEmpty
            && step["no-cache"].map { $0.value == "false" } ?? true
    }
}
