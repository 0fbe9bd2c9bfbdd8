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
        return project.project.dockerStatements.flatMap { statement in
            let known = statement.cacheFrom.compactMap { entry in
                finding(for: entry, of: statement, caches, in: project)
            }
            return known.isEmpty ? ownImage(of: statement, caches, in: project).map { [$0] } ?? [] : known
        }
    }

    /// `--cache-from $IMAGE -t $IMAGE`: whatever the variable holds, it is the image that this build makes without a cache
    /// in it. The classic builder of Docker before 23.0 needs none there.
    private func ownImage(of statement: BuildStatement, _ caches: KnownCaches, in project: ProjectFacts)
        -> Finding?
    {
        guard !statement.mayHaveMore, !caches.hasInline, statement.options("cache-to").isEmpty,
            let option = statement.options("cache-from").first(where: { option in
                option.value == nil && option.written.contains("$")
                    && statement.options("tag").contains {
                        Self.plain($0.written) == Self.plain(option.written)
                    }
            }), usesBuildKit(statement, in: project), let source = project.source(option.path)
        else { return nil }
        return finding(
            at: option.bytes, in: source, confidence: .likely,
            message:
                "Nothing is ever found here: \(Self.plain(option.written)) is built by this command without a cache in it.",
            cost: "Every build on another machine starts from nothing.",
            fix: Fix(
                "Put the cache into the image with `--build-arg BUILDKIT_INLINE_CACHE=1`, or export one beside it: "
                    + "`--cache-to type=registry,ref=…:buildcache,mode=max`."))
    }

    /// `${LATEST}` and `"$LATEST"` are one.
    private static func plain(_ text: String) -> String { text.filter { !"\"'{}".contains($0) } }

    private func usesBuildKit(_ statement: BuildStatement, in project: ProjectFacts) -> Bool {
        if project.source(statement.path)?.holds("DOCKER_BUILDKIT") == true { return true }
        guard let place = statement.step, let pipeline = project.pipeline(statement.path) else { return true }
        // A machine of GitHub's has a docker of today.
        guard let image = pipeline.image(at: place)?.text else { return pipeline.system == .gitHub }
        let version = image.split(separator: ":").last.flatMap { Int($0.prefix { $0 != "." && $0 != "-" }) }
        return version.map { $0 >= 23 } ?? false
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
