import Diagnostics
import Facts
import Project
import SourceText

/// actions/cache with a key that never changes, for a folder that buildkit-cache-dance fills: what the first run saved is
/// kept, and nothing newer.
/// Sources: docs.github.com, "Dependency caching reference" (the contents of an existing cache cannot be changed);
/// reproducible-containers/buildkit-cache-dance, `action.yml`.
struct GhaDanceKey: ProjectCheck {
    static let id: CheckID = "gha-dance-key"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        project.project.pipelines.flatMap { pipeline in
            pipeline.jobs.flatMap { job -> [Finding] in
                guard job.steps.contains(where: { $0.action?.hasSuffix("/buildkit-cache-dance") ?? false })
                else {
                    return []
                }
                let maps = job.steps.compactMap { $0["cache-map"]?.written ?? $0["cache-source"]?.written }
                return job.steps.compactMap { step -> Finding? in
                    guard step.action == "actions/cache", let key = step["key"], isConstant(key.written),
                        let path = step["path"]?.written,
                        path.split(separator: "\n").contains(where: { line in
                            let name = line.filter { $0 != " " }
                            return !name.isEmpty && maps.contains { $0.contains(name) }
                        })
                    else { return nil }
                    return finding(
                        at: key.bytes, in: pipeline.source,
                        message:
                            "The cache mounts are saved once and never again: the key \(key.written) is always the "
                            + "same, and GitHub does not change a cache that exists.",
                        cost: "What was added to the mounts since the first run is downloaded with each run.",
                        fix: Fix(
                            "Put what decides the contents into the key, and take the latest where it has changed:\n"
                                + "    key: mounts-${{ hashFiles('**/package-lock.json') }}\n    restore-keys: mounts-"
                        ))
                }
            }
        }
    }

    /// Whether nothing in it changes but what names the machine.
    private func isConstant(_ key: String) -> Bool {
        var rest = key[...]
        while let start = rest.firstRange(of: "${{") {
            guard let end = rest[start.upperBound...].firstRange(of: "}}") else { return false }
            let name = rest[start.upperBound..<end.lowerBound].filter { $0 != " " }
            guard name.hasPrefix("runner.") || name.hasPrefix("matrix.") else { return false }
            rest = rest[end.upperBound...]
        }
        return true
    }
}
