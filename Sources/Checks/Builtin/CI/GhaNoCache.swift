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
        let single = builds.compactMap { statement, workflow, place -> Finding? in
            guard let build = statement.build else { return nil }
            // A later build of one job finds what the first one left in the builder.
            let isFirst = built.insert("\(statement.path) \(place.job) \(build.dockerfile)").inserted
            guard isFirst,
                let remedy = remedy(for: statement, workflow[place], isAlone: builds.count == 1, in: project),
                isUncached(statement), startsEmpty(workflow, place),
                let source = project.source(statement.path)
            else { return nil }
            return finding(
                at: statement.bytes, in: source, workflow.jobs[place.job].name, statement, remedy, project)
        }
        return (single + project.project.workflows.flatMap { bakes(of: $0, in: project) }).onePerPlace()
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
    /// - Parameter isAlone: no workflow states another build.
    private func remedy(
        for statement: BuildStatement, _ step: Workflow.Step, isAlone: Bool, in project: ProjectFacts
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
            source.string(statement.bytes).hasPrefix("docker buildx build"),
            !project.project.commands.contains(where: {
                $0.path == statement.path && $0.step == statement.step && $0.words.contains("pull")
            })
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

    private func bakes(of workflow: Workflow, in project: ProjectFacts) -> [Finding] {
        guard let source = project.source(workflow.source.path) else { return [] }
        return workflow.jobs.indices.flatMap { job -> [Finding] in
            let steps = workflow.jobs[job].steps
            // A later bake of one job finds what the first one left in the builder.
            guard let index = steps.firstIndex(where: { $0.action == "docker/bake-action" }) else {
                return []
            }
            let step = steps[index]
            guard startsEmpty(workflow, Workflow.StepPlace(job: job, step: index)), mayCache(step),
                let statements = statements(of: step, in: project),
                statements.allSatisfy(isUncached)
            else { return [] }
            return statements.compactMap { statement in
                finding(
                    at: step.bytes, in: source, workflow.jobs[job].name, statement,
                    statements.count > 1
                        ? "Give each target a cache of its own: `cache-from = [\"type=gha,scope=<target>\"]` and "
                            + "`cache-to = [\"type=gha,mode=max,scope=<target>\"]`."
                        : "Add to `with:`, behind docker/setup-buildx-action, or give the target the same fields:\n"
                            + "    set: |\n        *.cache-from=type=gha\n        *.cache-to=type=gha,mode=max",
                    project
                )
            }
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

    /// What the step may build: the targets of the bake files that it names, else of those in the folder that it works in.
    /// - Returns: nil where that is not known, such as for a file that was not read.
    private func statements(of step: Workflow.Step, in project: ProjectFacts) -> [BuildStatement]? {
        let written = step["workdir"]?.value ?? step["source"]?.value ?? "."
        guard !written.contains(":"), !written.contains("{") else { return nil }
        var folder = written
        while folder.hasPrefix("./") { folder = String(folder.dropFirst(2)) }
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        let prefix = folder == "." || folder.isEmpty ? "" : folder + "/"
        let named = (step["files"]?.value ?? "").split { $0 == "\n" || $0 == "," }.map { line in
            var name = line.filter { $0 != " " && $0 != "\r" }
            if name.hasPrefix("./") { name = String(name.dropFirst(2)) }
            return prefix + name
        }.filter { $0 != prefix }
        let files = named.isEmpty ? Self.defaultFiles.map { prefix + $0 } : named
        let all = project.project.buildStatements.filter {
            files.contains($0.path) && ($0.kind == .bake || $0.kind == .compose)
        }
        // HCL is read by buildx alone, which may not be there.
        let read = Set(all.map(\.path))
        let present = Set(project.statements.map(\.source.path)).intersection(files)
        guard !all.isEmpty, present == read, named.allSatisfy(read.contains) else { return nil }
        guard let targets = step["targets"] else { return all }
        let names =
            targets.value?.split { $0 == "\n" || $0 == "," }.map { String($0.filter { $0 != " " }) } ?? []
        let chosen = all.filter { $0.name.map(names.contains) ?? false }
        // A group: one of them all, so that only what holds for all is told.
        return chosen.count == names.count && !chosen.isEmpty
            ? chosen : all.allSatisfy(isUncached) ? [all[0]] : nil
    }

    private static let defaultFiles = [
        "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml", "docker-bake.json",
        "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl",
    ]
}
