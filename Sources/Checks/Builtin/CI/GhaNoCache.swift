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
        return (single.map { CountedFinding(finding: $0, count: 1) } + baked).onePerPlace()
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
            source.string(statement.bytes).hasPrefix("docker buildx build"),
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

/// What steps of `docker/bake-action` build, kept for steps that build the same.
private struct Bakes {
    /// What a step's inputs say.
    struct Question: Hashable {
        /// Those that it names; nil for those that bake looks for.
        let files: [String]?
        /// With a `/` at its end; nothing for the repository's root.
        let folder: String
        let targets: [String]?

        /// - Returns: nil where the folder is not known.
        init?(_ step: Workflow.Step) {
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
            files = named.isEmpty ? nil : named
            self.folder = prefix
            targets = step["targets"].map { targets in
                targets.value?.split { $0 == "\n" || $0 == "," }.map { String($0.filter { $0 != " " }) } ?? []
            }
        }
    }

    /// How many builds there are, and those that are worth a word.
    struct Built {
        var count = 0
        var told: [BuildStatement] = []
    }

    private let statements: [BuildStatement]
    /// What bake and compose files state, by file: indices of `statements`.
    private let byFile: [String: [Int]]
    /// The files that were read.
    private let present: Set<String>
    private var answers: [Question: Built] = [:]

    init(in project: ProjectFacts) {
        statements = project.project.buildStatements
        let all = statements
        let made = all.indices.filter { all[$0].kind == .bake || all[$0].kind == .compose }
        byFile = Dictionary(grouping: made) { all[$0].path }
        present = Set(project.statements.map(\.source.path))
    }

    /// What a step may build: the targets of the bake files that it names, else of those in the folder that it works in.
    /// - Returns: none where that is not known, such as for a file that was not read, or where one has a cache.
    mutating func built(
        by question: Question, isUncached: (BuildStatement) -> Bool, isWorthIt: (BuildStatement) -> Bool
    ) -> Built {
        if let known = answers[question] { return known }
        var built = Built()
        if let chosen = statements(of: question, isUncached), chosen.allSatisfy(isUncached) {
            built = Built(count: chosen.count, told: chosen.filter(isWorthIt))
        }
        answers[question] = built
        return built
    }

    private func statements(
        of question: Question, _ isUncached: (BuildStatement) -> Bool
    ) -> [BuildStatement]? {
        let files = Set(question.files ?? Self.defaultFiles.map { question.folder + $0 })
        let read = files.filter { byFile[$0] != nil }
        let all = read.flatMap { byFile[$0] ?? [] }.sorted().map { statements[$0] }
        // HCL is read by buildx alone, which may not be there.
        guard !all.isEmpty, present.isDisjoint(with: files.subtracting(read)),
            question.files?.allSatisfy(read.contains) ?? true
        else { return nil }
        guard let targets = question.targets else { return all }
        let names = Set(targets)
        let chosen = all.filter { $0.name.map(names.contains) ?? false }
        // A group: one of them all, so that only what holds for all is told.
        return chosen.count == targets.count && !chosen.isEmpty
            ? chosen : all.allSatisfy(isUncached) ? [all[0]] : nil
    }

    private static let defaultFiles = [
        "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml", "docker-bake.json",
        "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl",
    ]
}
