import Diagnostics
import Facts
import Host
import Project
import SourceText

/// A cache of `type=local` that is written into the folder that it was read from and carried to the next run: old layers are
/// never taken out.
/// Sources: docker/build-push-action#252, moby/buildkit#1896, and docs.docker.com, "Cache management with GitHub
/// Actions", Local cache (which writes to another folder and moves it).
struct CiLocalCacheGrows: ProjectCheck {
    static let id: CheckID = "ci-local-cache-grows"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        project.pipelineBuilds.compactMap { statement, pipeline, place -> Finding? in
            let job = pipeline.jobs[place.job]
            let steps = job.steps
            guard let entry = statement.cacheTo.first(where: { $0.type == "local" }),
                let folder = entry.attributes["dest"].flatMap({ $0 }),
                statement.cacheFrom.contains(where: { $0.attributes["src"].flatMap { $0 } == folder }),
                job.caches.contains(where: { keeps(folder, $0) && savesAgain($0, steps) }),
                // What tidies it up, or may.
                !steps.indices.contains(where: {
                    $0 != place.step && steps[$0].run?.contains(name(of: folder)) ?? false
                }), !movesItself(steps[place.step]),
                !steps.contains(where: \.isLocal), let source = project.source(statement.path)
            else { return nil }
            return finding(
                at: entry.option.bytes, in: source,
                message:
                    "This cache only grows: layers of every build before are still in \(folder), and all of "
                    + "them are kept.",
                cost: "Each run downloads and uploads more, until a limit for caches drops the rest.",
                fix: Fix(
                    "Use \(pipeline.system.servesGitHubCache ? "type=gha" : "type=registry"), or write to another folder and move it over this one after the build:\n"
                        + "    rm -rf \(shellText([folder])) && mv \(shellText([folder + "-new", folder]))"))
        }
    }

    /// The script of the build itself names the folder twice, and may tidy it up too.
    private func movesItself(_ step: Pipeline.Step) -> Bool {
        guard let run = step.run else { return false }
        return ["rm ", "mv "].contains { run.contains($0) }
    }

    private func keeps(_ folder: String, _ cache: Pipeline.Cache) -> Bool {
        cache.paths.contains { Self.plain($0) == Self.plain(folder) }
    }

    private static func plain(_ path: String) -> Substring {
        let path = path.hasPrefix("./") ? path.dropFirst(2) : path[...]
        return path.hasSuffix("/") ? path.dropLast() : path
    }

    /// With a key that never changes, what the first run saved stays as it is (ci-local-cache-frozen).
    private func savesAgain(_ cache: Pipeline.Cache, _ steps: [Pipeline.Step]) -> Bool {
        guard cache.isWrittenOnce else { return cache.key != nil }
        guard let key = cache.key else { return false }
        return key.contains("$") && key.contains("github.") || key.contains("hashFiles")
            || key.contains("{{") && !key.contains("${{")
            || cache.step.map { steps[$0]["restore-keys"] != nil } ?? false
    }

    private func name(of folder: String) -> String {
        String(folder.split(separator: "/").last ?? folder[...])
    }
}
