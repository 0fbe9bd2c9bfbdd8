import Diagnostics
import Facts
import Project
import SourceText

/// `cache-from` of a cache that nothing writes.
/// Sources: docs.docker.com, "GitHub Actions cache" (the cache belongs to the repository, `scope` names it) and "Inline
/// cache" (BuildKit finds a cache in an image only where one was exported into it).
struct CacheFromDead: ProjectCheck {
    static let id: CheckID = "cache-from-dead"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        let caches = KnownCaches(of: project)
        return project.project.buildStatements.flatMap { statement in
            statement.cacheFrom.compactMap { entry in finding(for: entry, of: statement, caches, in: project)
            }
        }
    }

    private func finding(
        for entry: CacheEntry, of statement: BuildStatement, _ caches: KnownCaches, in project: ProjectFacts
    ) -> Finding? {
        guard let place = entry.place, !caches.mayHoldMoreWriters, !caches.written.contains(place),
            let source = project.source(entry.option.path)
        else { return nil }
        switch entry.type {
        case "gha":
            let scope = entry.attributes["scope"].flatMap { $0 } ?? "buildkit"
            let similar = caches.written.filter { $0.hasPrefix("gha ") }.map { String($0.dropFirst(4)) }
                .sorted()
            return finding(
                at: entry.option.bytes, in: source,
                message:
                    "Nothing is ever found here: no build of this repository writes a cache of scope \(scope)"
                    + (similar.isEmpty ? "." : ", only of \(similar.prefix(3).joined(separator: ", "))."),
                cost: "Every run builds from nothing.",
                fix: Fix(
                    similar.isEmpty
                        ? "Add `cache-to: type=gha,mode=max` to the build." : "Use one scope on both sides."))
        case "registry":
            guard let reference = entry.attributes["ref"].flatMap({ $0 }), !caches.hasInline,
                let tagged = caches.tags[ImageReference(reference).place]
            else { return nil }
            return finding(
                at: entry.option.bytes, in: source, confidence: .likely,
                message:
                    "Nothing is ever found here: \(reference) is built in \(tagged) without a cache in it.",
                cost: "Every build on another machine starts from nothing.",
                fix: Fix(
                    "Export one where the image is pushed: `--cache-to type=registry,ref=…:buildcache,mode=max`, and "
                        + "import that."))
        default: return nil
        }
    }
}
