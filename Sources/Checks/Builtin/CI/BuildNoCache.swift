import Diagnostics
import Facts
import Project
import SourceText

/// A committed `--no-cache`, `no_cache: true` or `no-cache: true`: every build of the file runs every step.
/// Sources: docs.docker.com, `docker buildx build`, `--no-cache`; compose-spec, `build.md`, `no_cache`; bake reference,
/// `target.no-cache`; docker/build-push-action and docker/bake-action, `action.yml`.
struct BuildNoCache: ProjectCheck {
    static let id: CheckID = "build-no-cache"
    let options: CheckOptions

    func findings(in project: ProjectFacts) throws -> [Finding] {
        var seen: Set<BuildOption> = []
        let builds = try project.project.buildStatements.compactMap { statement -> Finding? in
            guard
                let option = statement.options("no-cache").first(where: { $0.value?.lowercased() == "true" }),
                !statement.isConditional, let source = project.source(option.path),
                // What is made anew is for the cache.
                statement.options("cache-to").isEmpty,
                try !CommandPurpose.isFresh(at: option.bytes.lowerBound, in: source)
            else { return nil }
            if let place = statement.step {
                guard let job = project.pipeline(statement.path)?.jobs[place.job], job.runsForCommits.isTrue,
                    !isRelease(job.name)
                else { return nil }
            }
            if let outline = project.outline(of: statement), outline.expensiveLines.isEmpty { return nil }
            guard seen.insert(option).inserted else { return nil }
            return finding(
                at: option.bytes, in: source, severity: statement.kind == .script ? .info : nil,
                message:
                    "Every build runs every step\(statement.build.map { " of \($0.dockerfile)" } ?? ""): "
                    + "\(text(statement.kind)) leaves the cache out.",
                cost: cost,
                fix: Fix(
                    "Take it out. To have one stage made anew, use `--no-cache-filter <stage>`; for newer base images, "
                        + "`--pull`."),
                subject: "\(statement.name ?? "") \(option.written)")
        }
        return try builds + project.project.commands.compactMap { try finding(for: $0, in: project) }
            + project.project.pipelines.flatMap { bakes(of: $0, in: project) }
    }

    /// docker/bake-action with `no-cache: true`.
    private func bakes(of workflow: Pipeline, in project: ProjectFacts) -> [Finding] {
        guard !mayRenewCache(in: project) else { return [] }
        return workflow.jobs.filter { $0.runsForCommits.isTrue && !isRelease($0.name) }.flatMap(\.steps)
            .compactMap { step in
                guard step.action == "docker/bake-action", let input = step["no-cache"],
                    input.value == "true",
                    step["set"]?.written.contains("cache-to") != true
                else { return nil }
                return finding(
                    at: input.bytes, in: workflow.source,
                    message: "Every build runs every step of its targets: `no-cache` leaves the cache out.",
                    cost: cost, fix: fix)
            }
    }

    /// `docker compose build --no-cache`, `docker buildx bake --no-cache`.
    private func finding(for command: DockerCommand, in project: ProjectFacts) throws -> Finding? {
        let words = command.words
        let isCompose = command.isOfCompose && words.contains("build")
        let bake = BakeWords(words)
        let isBake = bake != nil
        guard bake?.ignoresCache ?? (isCompose && words.contains("--no-cache")),
            !isBake || !mayRenewCache(in: project),
            !command.isConditional,
            !words.contains(where: { $0?.contains("cache-to") ?? false }),
            let source = project.source(command.path),
            try !CommandPurpose.isFresh(at: command.bytes.lowerBound, in: source)
        else { return nil }
        if let place = command.step {
            guard let workflow = project.pipeline(command.path),
                workflow.jobs[place.job].runsForCommits.isTrue,
                !isRelease(workflow.jobs[place.job].name), workflow.startsEmpty(at: place) == .unknown
            else { return nil }
        }
        return finding(
            at: command.bytes, in: source, severity: .info,
            message:
                "Every build runs every step of \(isBake ? "its targets" : "all services"): `--no-cache` leaves the cache out.",
            cost: cost, fix: fix)
    }

    /// Whether what bake makes anew may be for the cache, as far as the targets are known.
    private func mayRenewCache(in project: ProjectFacts) -> Bool {
        let targets = project.project.buildStatements.filter { $0.kind == .bake }
        return targets.isEmpty || !targets.allSatisfy { $0.options("cache-to").isEmpty }
    }

    private let cost =
        "What has not changed is downloaded and compiled again each time, cache mounts included."
    private let fix = Fix("Take it out; for newer base images, use `--pull`.")

    private func isRelease(_ job: String) -> Bool {
        ["release", "publish", "nightly", "scan"].contains { job.lowercased().contains($0) }
    }

    private func text(_ kind: Statement.Kind) -> String {
        switch kind {
        case .compose: "`no_cache: true`"
        case .workflow, .bake: "`no-cache`"
        case .script, .config, .commandLine: "`--no-cache`"
        }
    }
}
