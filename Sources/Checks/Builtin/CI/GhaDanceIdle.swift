import Diagnostics
import Facts
import JSON
import Project
import SourceText

/// buildkit-cache-dance that brings no cache mount back: it is skipped, comes too late, or its folder is not kept.
/// Source: reproducible-containers/buildkit-cache-dance, README (actions/cache restores the folders of `cache-map`, the
/// action puts them into the mounts before the build, and takes them out when the job ends; `skip-extraction`).
struct GhaDanceIdle: ProjectCheck {
    static let id: CheckID = "gha-dance-idle"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        let builds = Dictionary(grouping: project.pipelineBuilds) { "\($0.statement.path) \($0.place.job)" }
        return project.project.pipelines.flatMap { pipeline -> [Finding] in
            pipeline.jobs.indices.flatMap { number -> [Finding] in
                let steps = pipeline.jobs[number].steps
                let built = (builds["\(pipeline.source.path) \(number)"] ?? []).map(\.place.step)
                // Each is held against all steps of the job; no job has more than a few.
                let dances = steps.indices.filter {
                    steps[$0].action?.hasSuffix("/buildkit-cache-dance") ?? false
                }
                return dances.prefix(Limits.cacheDances).compactMap { index -> Finding? in
                    guard let (message, fix) = fault(of: index, among: steps, builds: built)
                    else { return nil }
                    return finding(
                        at: steps[index].bytes, in: pipeline.source, message: message,
                        cost:
                            "The cache mounts start empty, and what is kept for them takes time for nothing.",
                        fix: Fix(fix), subject: "\(pipeline.jobs[number].name) \(index)")
                }
            }
        }
    }

    private func fault(of index: Int, among steps: [Pipeline.Step], builds: [Int]) -> (String, String)? {
        let condition = steps[index].condition?.filter { $0 != " " } ?? ""
        if condition == "false" || condition == "${{false}}" {
            return ("This step never runs: `if: false`.", "Take the condition away.")
        }
        if condition.contains("cache-hit"), condition.contains("!=") {
            return (
                "This step is skipped where the cache was found, which is when there is something to put into the mounts.",
                "Take the `if:` away; to save time where nothing has changed:\n"
                    + "    skip-extraction: ${{ steps.<id of the cache>.outputs.cache-hit }}"
            )
        }
        if let last = builds.max(), last < index {
            return (
                "This step comes after the build: the mounts are filled when nothing reads them any more.",
                "Put it in front of the step that builds."
            )
        }
        // An action of the repository, or one that nobody here knows, may keep the folder.
        guard let folders = folders(of: steps[index]), !steps.contains(where: \.isLocal) else { return nil }
        let keepers = steps.filter { $0.action?.hasPrefix("actions/cache") ?? false }
        let isKept = steps.indices.contains { other in
            other != index && folders.contains { mentions($0, steps[other]) }
        }
        guard !isKept,
            !steps.contains(where: { step in
                guard let action = step.action else { return false }
                return !action.hasPrefix("actions/cache") && !action.hasSuffix("/buildkit-cache-dance")
                    && action.contains("cache")
            })
        else { return nil }
        let folder = folders[0]
        guard let path = keepers.first?["path"]?.written.split(separator: "\n").first else {
            return (
                "Nothing keeps \(folder) from one run to the next: what this takes out of the mounts is lost with the runner.",
                "Put actions/cache with `path: \(folder)` in front of it."
            )
        }
        return (
            "actions/cache keeps \(path.filter { $0 != " " }), and this fills the mounts from \(folder).",
            "Name one folder in both: `path: \(folder)`."
        )
    }

    private func mentions(_ folder: String, _ step: Pipeline.Step) -> Bool {
        if step.action?.hasPrefix("actions/cache") ?? false {
            return step["path"]?.written.contains(folder) ?? false
        }
        return step.mentions(folder)
    }

    /// The folders of the runner that fill the mounts; nil where the file does not tell.
    private func folders(of step: Pipeline.Step) -> [String]? {
        if let map = step["cache-map"] {
            guard let text = map.value, let object = try? JSON.parse(Array(text.utf8)).object else {
                return nil
            }
            let names = object.members.map(\.0)
            return names.isEmpty ? nil : names
        }
        return step["cache-source"]?.value.map { [$0] }
    }
}
