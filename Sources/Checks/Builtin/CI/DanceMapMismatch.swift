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
        let builds = project.workflowBuilds
        return project.project.workflows.flatMap { workflow -> [Finding] in
            workflow.jobs.indices.flatMap { job in
                workflow.jobs[job].steps.indices.flatMap { index -> [Finding] in
                    let step = workflow.jobs[job].steps[index]
                    guard step.action == "reproducible-containers/buildkit-cache-dance",
                        let map = step["cache-map"], let text = map.value,
                        let object = try? JSON.parse(Array(text.utf8)).object
                    else { return [] }
                    // All builds that come after it in its job use what it has filled.
                    let later = builds.filter {
                        $0.statement.path == workflow.source.path && $0.place.job == job
                            && $0.place.step > index
                    }
                    let hasBake = workflow.jobs[job].steps.contains { $0.action == "docker/bake-action" }
                    guard !later.isEmpty, !hasBake,
                        let keys = mountKeys(of: later.map(\.statement), in: project)
                    else { return [] }
                    return object.members.compactMap { source, value in
                        finding(for: source, value, map: map, keys: keys, in: workflow)
                    }
                }
            }
        }
    }

    /// The keys of all cache mounts of these builds; nil where one cannot be told.
    private func mountKeys(of statements: [BuildStatement], in project: ProjectFacts) -> Set<String>? {
        var keys: Set<String> = []
        for statement in statements {
            guard let outline = project.outline(of: statement) else { return nil }
            for mount in outline.stages.flatMap(\.mountKeys) {
                guard let key = mount.value else { return nil }
                keys.insert(key)
            }
        }
        return keys
    }

    private func finding(
        for source: String, _ value: JSON, map: Workflow.Input, keys: Set<String>, in workflow: Workflow
    ) -> Finding? {
        guard let key = value["id"]?.string ?? value.string ?? value["target"]?.string else { return nil }
        let written = value["id"] == nil ? ContainerPath.clean(key) : key
        guard !key.contains("$"), !keys.contains(written), !keys.contains(key) else { return nil }
        let known = keys.sorted()
        let meant = closestMatch(to: written, among: known)
        return finding(
            at: map.bytes, in: workflow.source,
            message:
                "\(source) is brought back for nothing: no cache mount of the Dockerfile that is built has the "
                + "\(value["id"] == nil ? "target" : "id") \(key)\(meant.map { "; did you mean \($0)?" } ?? ".")",
            cost: "The cache is downloaded and uploaded with each run, and the mounts stay empty.",
            fix: Fix(
                known.isEmpty
                    ? "Take it out, or give the RUN a `--mount=type=cache,target=\(key)`."
                    : "The mounts are: \(known.prefix(6).joined(separator: ", "))."),
            subject: "\(source) \(key)")
    }
}
