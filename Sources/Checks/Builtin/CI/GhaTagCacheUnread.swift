import Diagnostics
import Facts
import Project
import SourceText

/// A workflow that runs for tags alone writes a cache of `type=gha`, which no later run can read.
/// Source: docs.github.com, "Dependency caching reference", Restrictions for accessing a cache (a run reads the caches of
/// its own branch or tag, of the base branch and of the default branch).
struct GhaTagCacheUnread: ProjectCheck {
    static let id: CheckID = "gha-tag-cache-unread"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        project.pipelineBuilds.compactMap { statement, pipeline, place -> Finding? in
            guard pipeline.system.servesGitHubCache, pipeline.jobs[place.job].runsForTagsAlone.isTrue,
                let entry = statement.cacheTo.first(where: { $0.type == "gha" }), let written = entry.place,
                let source = project.source(entry.option.path)
            else { return nil }
            // Another job of the same run, or a later step, may take it.
            let isRead = project.project.buildStatements.contains { other in
                other.path == statement.path && other.step != statement.step
                    && (other.mayReadOthers || other.cacheFrom.contains { $0.place == written })
            }
            guard !isRead else { return nil }
            return finding(
                at: entry.option.bytes, in: source,
                message:
                    "What this writes is never read: the workflow runs for tags, and GitHub shows the cache of a tag to "
                    + "runs of the same tag only.",
                cost: "Each release exports its layers for nothing, and builds from the start.",
                fix: Fix(
                    "Keep it in a registry: `cache-to: type=registry,ref=<image>:buildcache,mode=max`; or build on the "
                        + "default branch too, whose cache every run can read."))
        }.onePerPlace()
    }
}
