import Diagnostics
import Dockerfile
import Facts
import JSON
import Project
import SourceText

/// A `cache-map` of buildkit-cache-dance that fills a cache which no mount of the Dockerfile uses.
///
/// Source: reproducible-containers/buildkit-cache-dance, `src/inject-cache.ts` and `src/opts.ts` (the target, or an
/// object that becomes the options of a cache mount), and the key of a cache mount (moby/buildkit,
/// `frontend/dockerfile/dockerfile2llb/convert_runmount.go`: the id, else the cleaned target).
struct DanceMapMismatch: ProjectCheck {
    static let id: CheckID = "dance-map-mismatch"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        let builds = Dictionary(grouping: project.pipelineBuilds) {
            Job(path: $0.statement.path, number: $0.place.job)
        }
        var suggestions = Limits.suggestions
        return project.project.pipelines.flatMap { pipeline -> [Finding] in
            pipeline.jobs.indices.flatMap { job -> [Finding] in
                let steps = pipeline.jobs[job].steps
                guard steps.contains(where: { $0.action == Self.action }),
                    !steps.contains(where: { $0.action == "docker/bake-action" })
                else { return [] }
                // All builds that come after it in its job use what it has filled: the last step is looked at first.
                var later = (builds[Job(path: pipeline.source.path, number: job)] ?? [])
                    .sorted { $0.place.step < $1.place.step }[...]
                var keys = Keys()
                var findings: [[Finding]] = []
                for index in steps.indices.reversed() {
                    guard steps[index].action == Self.action, let map = steps[index]["cache-map"],
                        let text = map.value, let object = try? JSON.parse(Array(text.utf8)).object
                    else { continue }
                    while let build = later.last, build.place.step > index {
                        later.removeLast()
                        keys.add(project.outline(of: build.statement))
                    }
                    guard let known = keys.known else { continue }
                    findings.append(
                        object.members.compactMap { source, value in
                            finding(for: source, value, map: map, known, &suggestions, in: pipeline)
                        })
                }
                return findings.reversed().flatMap { $0 }
            }
        }
    }

    private static let action = "reproducible-containers/buildkit-cache-dance"

    private struct Job: Hashable {
        let path: String
        let number: Int
    }

    /// The keys of all cache mounts of some builds.
    private struct Keys {
        private var keys: Set<String> = []
        private var first: [String] = []
        private var hasBuilds = false
        /// One cannot be told.
        private var isIncomplete = false

        mutating func add(_ outline: BuildOutline?) {
            hasBuilds = true
            guard let outline else {
                isIncomplete = true
                return
            }
            for mount in outline.stages.flatMap(\.mountKeys) {
                guard let key = mount.value else {
                    isIncomplete = true
                    return
                }
                if keys.insert(key).inserted { first = (first + [key]).sorted().prefix(6) + [] }
            }
        }

        /// nil where there is no build, or not all is known.
        var known: (all: Set<String>, first: [String])? {
            hasBuilds && !isIncomplete ? (keys, first) : nil
        }
    }

    /// - Parameter suggestions: how many names may still be looked for that were meant.
    private func finding(
        for source: String, _ value: JSON, map: Pipeline.Input, _ keys: (all: Set<String>, first: [String]),
        _ suggestions: inout Int, in pipeline: Pipeline
    ) -> Finding? {
        guard let key = value["id"]?.string ?? value.string ?? value["target"]?.string else { return nil }
        let written = value["id"] == nil ? ContainerPath.clean(key) : key
        guard !key.contains("$"), !keys.all.contains(written), !keys.all.contains(key) else { return nil }
        suggestions -= 1
        let meant = suggestions >= 0 ? closestMatch(to: written, among: keys.all.sorted()) : nil
        return finding(
            at: map.bytes, in: pipeline.source,
            message:
                "\(source) is brought back for nothing: no cache mount of the Dockerfile that is built has the "
                + "\(value["id"] == nil ? "target" : "id") \(key)\(meant.map { "; did you mean \($0)?" } ?? ".")",
            cost: "The cache is downloaded and uploaded with each run, and the mounts stay empty.",
            fix: Fix(
                keys.all.isEmpty
                    ? "Take it out, or give the RUN a `--mount=type=cache,target=\(key)`."
                    : "The mounts are: \(keys.first.joined(separator: ", "))."),
            subject: "\(source) \(key)")
    }
}
