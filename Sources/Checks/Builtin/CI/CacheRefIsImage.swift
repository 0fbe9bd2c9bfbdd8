import Diagnostics
import Facts
import Project
import SourceText

/// A cache of `type=registry` under the name that the image itself is pushed to.
///
/// Sources: moby/buildkit, `solver/llbsolver/solver.go` (the image's push and the cache's export run side by side, each
/// writes a manifest under its name); moby/buildkit#4103 (the base image was a cache afterwards, "encountered unknown type
/// application/vnd.buildkit.cacheconfig.v0"); docs.docker.com, "Registry cache" (`ref` is another than the image).
struct CacheRefIsImage: ProjectCheck {
    static let id: CheckID = "cache-ref-is-image"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        let pushing = Set(
            project.project.commands.lazy.filter { $0.words.contains("push") }
                .map { Place(path: $0.path, job: $0.step?.job) })
        return project.project.dockerStatements.compactMap { statement -> Finding? in
            guard mayPush(statement, pushing, in: project) else { return nil }
            let images = Set(statement.options("tag").compactMap(\.value).map { ImageReference($0).place })
            for entry in statement.cacheTo where entry.type == "registry" {
                guard let reference = entry.attributes["ref"].flatMap({ $0 }),
                    images.contains(ImageReference(reference).place),
                    let source = project.source(entry.option.path)
                else { continue }
                return finding(
                    at: entry.option.bytes, in: source,
                    confidence: statement.kind == .workflow ? .certain : .likely,
                    message: "The image and its cache overwrite each other: both are pushed to \(reference).",
                    cost:
                        "Where the image came last, every build elsewhere starts from nothing; where the cache did, nobody "
                        + "can pull the image.",
                    fix: Fix("Give the cache a name of its own on both sides: `ref=<image>:buildcache`."))
            }
            return nil
        }.onePerPlace()
    }

    /// A workflow says whether it pushes. Of the others another command may.
    private func mayPush(
        _ statement: BuildStatement, _ pushing: Set<Place>, in project: ProjectFacts
    ) -> Bool {
        let pushes = pushing.contains(Place(path: statement.path, job: statement.step?.job))
        guard let place = statement.step, let pipeline = project.pipeline(statement.path) else {
            return statement.kind != .script || statement.isOn("push") || pushes
        }
        return statement.isOn("push")
            || pipeline[place].run != nil && pushes
            || statement.options("push").contains { $0.value == nil }
            || statement.options("output").contains {
                $0.written.contains("type=registry") || $0.written.contains("push=true")
            }
    }

    /// A script or job in which `docker push` stands.
    private struct Place: Hashable {
        let path: String
        let job: Int?
    }
}
