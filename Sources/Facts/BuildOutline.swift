package import Diagnostics
import Dockerfile
import Project
import Synchronization

/// What checks of CI, compose, bake and scripts need to know of the Dockerfile that is built: little enough to keep for
/// every build of a project.
package struct BuildOutline: Sendable {
    package struct Stage: Sendable {
        package let name: String
        /// The image has its layers: it is the target, or what the target is built on.
        package let isInImage: Bool
        /// It may run on the machine that builds, whatever platform the image is for.
        package let isNative: Bool
        /// The lines of the steps that download, install or compile.
        package let expensiveLines: [Int]
        package let mountLines: [Int]
        /// The keys of its cache mounts.
        package let mountKeys: [Fact<String>]
    }

    /// The Dockerfile, relative to the project's root.
    package let path: String
    /// The stages that the target needs.
    package let stages: [Stage]

    package init(_ build: BuildFacts) {
        path = build.path
        let target = build.dockerfile.target.flatMap { build.stages.indices.contains($0) ? $0 : nil }
        let image = target.map { Set(build.stages[$0].ancestors).union([$0]) }
        stages = build.reachableStages.map { stage in
            let mounts = stage.steps.filter { !$0.cacheMounts.isEmpty }
            return Stage(
                name: stage.stage.displayName, isInImage: image?.contains(stage.index) ?? true,
                isNative: Self.isNative(stage),
                expensiveLines: stage.expensiveSteps.map { $0.instruction.lines.lowerBound },
                mountLines: mounts.map { $0.instruction.lines.lowerBound },
                mountKeys: mounts.flatMap { $0.cacheMounts.map(\.cacheKey) })
        }
    }

    package var expensiveLines: [Int] { stages.flatMap(\.expensiveLines) }

    private static func isNative(_ stage: StageFacts) -> Bool {
        guard let platform = stage.stage.platform else { return false }
        return !platform.isCertain || platform.text.contains("BUILD") || platform.text.contains("amd64")
    }
}

/// The outlines of a project's builds, each made once.
final class BuildOutlines: Sendable {
    private struct Key: Hashable {
        let dockerfile: String
        let target: String?
        let args: [String: String?]
        let platforms: [String]
        let contexts: Set<String>
    }

    private let known = Mutex<[Key: BuildOutline]>([:])

    func outline(of build: Build, make: () -> BuildFacts?) -> BuildOutline? {
        let key = Key(
            dockerfile: build.dockerfile, target: build.target, args: build.args, platforms: build.platforms,
            contexts: Set(build.namedContexts.keys))
        if let outline = known.withLock({ $0[key] }) { return outline }
        guard let facts = make() else { return nil }
        let outline = BuildOutline(facts)
        known.withLock { $0[key] = outline }
        return outline
    }
}
