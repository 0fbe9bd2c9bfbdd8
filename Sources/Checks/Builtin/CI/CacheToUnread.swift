import Diagnostics
import Facts
import Project
import SourceText

/// `cache-to` of a cache of GitHub Actions that nothing reads: the export takes its time, and no build gains.
/// Source: docs.docker.com, "GitHub Actions cache" (the cache belongs to the repository, `scope` names it).
struct CacheToUnread: ProjectCheck {
    static let id: CheckID = "cache-to-unread"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        let caches = KnownCaches(of: project)
        guard !caches.mayHoldMoreReaders else { return [] }
        return project.project.dockerStatements.flatMap { statement in
            statement.cacheTo.compactMap { entry -> Finding? in
                guard entry.type == "gha", let place = entry.place, !caches.read.contains(place),
                    let source = project.source(entry.option.path)
                else { return nil }
                let scope = entry.attributes["scope"].flatMap { $0 }
                return finding(
                    at: entry.option.bytes, in: source,
                    message:
                        "The cache is written and never read: no build of this repository has a cache-from of "
                        + "scope \(scope ?? "buildkit").",
                    cost: "The layers are uploaded with each run for nothing, and push other caches out.",
                    fix: Fix("Add `cache-from: type=gha\(scope.map { ",scope=\($0)" } ?? "")` to the build."))
            }
        }
    }
}
