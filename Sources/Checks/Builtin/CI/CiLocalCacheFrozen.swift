import Diagnostics
import Facts
import Project
import SourceText

/// The folder of a local cache, which nothing carries to the next run, or only once.
/// Sources: docs.github.com, "Dependency caching reference" (`actions/cache` does not save where the key exists; a runner
/// of GitHub's own starts empty); circleci.com/docs, "Caching dependencies" (nor does `save_cache`); docs.gitlab.com, "Caching
/// in GitLab CI/CD" (a job saves its `cache:` each time).
struct CiLocalCacheFrozen: ProjectCheck {
    static let id: CheckID = "ci-local-cache-frozen"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        project.pipelineBuilds.compactMap { statement, pipeline, place -> Finding? in
            let job = pipeline.jobs[place.job]
            let steps = job.steps
            guard job.runsForCommits.isTrue,
                let entry = statement.cacheTo.first(where: { $0.type == "local" }),
                let folder = entry.attributes["dest"].flatMap({ $0 }),
                pipeline.startsEmpty(at: place).isTrue, !steps.contains(where: \.isLocal),
                let source = project.source(statement.path)
            else { return nil }
            let root = Self.family(of: folder)
            let keepers = job.caches.filter { $0.paths.contains { $0.contains(root) } }
            let other = pipeline.system.servesGitHubCache ? "type=gha" : "type=registry"
            guard let keeper = keepers.first else {
                // A script that does no more than move the folder keeps nothing; a cache may hold a folder above it.
                let others = steps.indices.filter { $0 != place.step && steps[$0].mentions(root) }
                guard job.caches.isEmpty, others.allSatisfy({ onlyMoves(steps[$0]) }), !uploads(steps) else {
                    return nil
                }
                return finding(
                    at: entry.option.bytes, in: source,
                    message: "Nothing keeps \(folder): the machine is thrown away with what this exports.",
                    cost: "Each run exports a cache for nothing, and builds from the start.",
                    fix: Fix(
                        "Use \(other) on both sides, or keep the folder with "
                            + (pipeline.system.servesGitHubCache
                                ? "actions/cache." : "the cache of \(pipeline.system.name).")))
            }
            guard keeper.isWrittenOnce, let key = keeper.key, !changes(key) else { return nil }
            return finding(
                at: entry.option.bytes, in: source,
                message:
                    "This cache stays as the first run made it: its key `\(key)` never changes, and what is saved "
                    + "under a key is not saved again.",
                cost: "What has changed since then is built anew in each run.",
                fix: Fix(
                    "Use \(other) on both sides, or give the key a part that changes, and take the newest one back"
                        + (pipeline.system.servesGitHubCache
                            ? ":\n    key: \(key)-${{ github.sha }}\n    restore-keys: \(key)-" : ".")))
        }.onePerPlace()
    }

    /// `/tmp/.buildx-cache` for `/tmp/.buildx-cache-new`.
    private static func family(of folder: String) -> String {
        for suffix in ["-new", ".new", "-next", "/new", "-out"] where folder.hasSuffix(suffix) {
            return String(folder.dropLast(suffix.count))
        }
        return folder
    }

    private func onlyMoves(_ step: Pipeline.Step) -> Bool {
        guard let run = step.run else { return step.action == "docker/build-push-action" }
        return run.split { $0 == "\n" || $0 == ";" || $0 == "&" }.allSatisfy { line in
            let program = line.split(separator: " ").first
            return program == nil || ["rm", "mv", "mkdir", "ls", "du", "echo"].contains(program)
        }
    }

    /// Folders may be kept by a path above, or by an action that nobody here knows.
    private func uploads(_ steps: [Pipeline.Step]) -> Bool {
        steps.contains { step in
            guard let action = step.action else { return false }
            return action.contains("cache") || action.contains("upload") || action.contains("s3")
        }
    }

    private func changes(_ key: String) -> Bool {
        VolatileValue(key) != nil || ["{{ .", "{{.", "checksum", "epoch"].contains(where: key.contains)
            || key.contains("hashFiles") || key.contains("steps.")
            || key.contains("needs.")
            || key.contains("github.") || key.contains("inputs.") || key.contains("env.")
    }
}
