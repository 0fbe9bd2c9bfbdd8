package import Diagnostics
package import Dockerfile
import Project
package import SourceText
import Synchronization

/// What checks that look at several files need to know of the Dockerfile that a build is of: little enough to keep for
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
        /// Of these, the lines below a COPY of the whole context: they run again with each change of it.
        package let expensiveLinesBelowContext: [Int]
        /// The lines of the steps that compile, bundling by `npm run build` included.
        package let compilingLines: [Int]
        package let mountLines: [Int]
        /// In the order written.
        package let cacheMounts: [CacheMount]

        /// The keys of its cache mounts.
        package var mountKeys: [Fact<String>] { cacheMounts.map(\.name) }
    }

    package struct CacheMount: Sendable {
        /// What BuildKit's key has of its name: the id or the target.
        package let name: Fact<String>
        /// nil where it cannot be told.
        package let key: MountKey?
        package let target: Fact<String>
        /// In bytes of the Dockerfile.
        package let range: Range<Int>
        /// Where an `id` can be added, in bytes of the Dockerfile; nil for a mount that has one, or does not end plainly.
        package let placeForID: Int?
        /// That of the step.
        package let line: Int
        package let distribution: Distribution
        /// A known package manager of the step keeps its cache there.
        package let isOfManager: Bool
        /// The step's package manager is the system's and works with its cache or lists.
        package let isWithSystemPackages: Bool
        /// A command of the step keeps there what a compiler made.
        package let isOfCompiler: Bool
    }

    /// A RUN that only its text and what stands above it in its stage decide, as far as the files tell: below an image
    /// with a tag, no COPY and no heredoc.
    package struct PlainRun: Sendable {
        /// That of the step.
        package let line: Int
        /// The stage's number in the file.
        package let stage: Int
        /// Equal, in one run of this program, for two RUNs that are written alike from FROM on, but for blanks.
        package let likeness: Int
        /// Equal where the RUN itself is the same to the letter.
        package let text: Int
    }

    /// The Dockerfile, relative to the project's root.
    package let path: String
    package let frontend: FrontendNeed
    /// Of the whole file, in its order.
    package let plainRuns: [PlainRun]
    /// The stages that the target needs.
    package let stages: [Stage]

    package init(_ build: BuildFacts) {
        path = build.path
        frontend = FrontendNeed(build.dockerfile.parsed)
        plainRuns = PlainRun.all(in: build.dockerfile.parsed)
        let target = build.dockerfile.target.flatMap { build.stages.indices.contains($0) ? $0 : nil }
        let image = target.map { Set(build.stages[$0].ancestors).union([$0]) }
        /// Of each stage whether it, or what it stands on, copies the whole context.
        var hasContext: [Bool] = []
        for stage in build.stages {
            hasContext.append(
                stage.ancestors.contains { hasContext.indices.contains($0) && hasContext[$0] }
                    || stage.steps.contains(where: Self.takesContext))
        }
        /// Of each stage; `FROM stage` has that stage's platform.
        var platforms: [Expanded?] = []
        for stage in build.stages {
            platforms.append(stage.stage.platform ?? stage.ancestors.first.flatMap { platforms[$0] })
        }
        stages = build.reachableStages.map { stage in
            // What a script of the context does counts as what the step does.
            let called = stage.steps.map { $0.weight == .unknown ? build.calledScripts(by: $0) : [] }
            func lines(where isOne: (StepFacts, [CalledScript]) -> Bool) -> [Int] {
                zip(stage.steps, called).filter(isOne).map { $0.0.instruction.lines.lowerBound }
            }
            let mounts = stage.steps.filter { !$0.cacheMounts.isEmpty }
            let expensive = lines { $0.weight == .heavy || $1.contains { $0.weight == .heavy } }
            let isBelow = stage.ancestors.contains { hasContext[$0] }
            let first =
                isBelow
                ? 0 : stage.steps.first(where: Self.takesContext)?.instruction.lines.lowerBound ?? .max
            return Stage(
                name: stage.stage.displayName, isInImage: image?.contains(stage.index) ?? true,
                isNative: Self.isNative(platforms[stage.index]),
                expensiveLines: expensive, expensiveLinesBelowContext: expensive.filter { $0 > first },
                compilingLines: lines { $0.compiles || $1.contains(where: \.compiles) },
                mountLines: mounts.map { $0.instruction.lines.lowerBound },
                cacheMounts: mounts.flatMap { CacheMount.all(of: $0, in: build.source) })
        }
    }

    package var expensiveLines: [Int] { stages.flatMap(\.expensiveLines) }

    private static func takesContext(_ step: StepFacts) -> Bool {
        guard let copy = step.step.copy, copy.origin == .context else { return false }
        return copy.sources.contains { [".", "./", "/"].contains($0.text) }
    }

    private static func isNative(_ platform: Expanded?) -> Bool {
        guard let platform else { return false }
        return !platform.isCertain || platform.text.contains("BUILD") || platform.text.contains("amd64")
    }
}

extension BuildOutline.PlainRun {
    static func all(in dockerfile: ParsedDockerfile) -> [Self] {
        var runs: [Self] = []
        /// Of the stage down to here; nil where it is not plain.
        var above: Hasher?
        var stage = -1
        for instruction in dockerfile.instructions {
            switch instruction.body {
            case .from(let from):
                // What a variable decides, or another stage holds, cannot be compared by its text.
                let image = from.image.text
                above = nil
                stage += 1
                guard !image.contains("$"), image.contains(":") else { continue }
                above = Hasher()
                above?.combine(image)
                above?.combine(from.platform?.text)
            case .copy: above = nil
            case .run where !instruction.heredocs.isEmpty: above = nil
            case .run:
                for word in instruction.text.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 }) {
                    word.withContiguousStorageIfAvailable {
                        above?.combine(bytes: UnsafeRawBufferPointer($0))
                    }
                    above?.combine(0x20 as UInt8)
                }
                if let likeness = above?.finalize() {
                    runs.append(
                        Self(
                            line: instruction.lines.lowerBound, stage: stage, likeness: likeness,
                            text: instruction.text.hashValue))
                }
            default: above?.combine(instruction.text)
            }
        }
        return runs
    }
}

extension RunMount {
    /// The end of the mount's last option, where one more can be added behind a comma.
    /// - Parameter source: the Dockerfile.
    /// - Returns: nil where quotes end it, or what ends it does not stand there.
    package func placeForOption(in source: SourceText) -> Int? {
        guard let last = options.last, let byte = source.bytes[last.range].last,
            byte != UInt8(ascii: "\""), byte != UInt8(ascii: "'"),
            last.range.upperBound <= range.upperBound
        else { return nil }
        return last.range.upperBound
    }
}

extension BuildOutline.CacheMount {
    static func all(of step: StepFacts, in source: SourceText) -> [Self] {
        let isWithSystemPackages = step.invocations.contains { $0.manager.isForSystem && $0.usesCaches }
        return step.cacheMounts.map { mount in
            Self(
                name: mount.cacheKey, key: MountKey(mount), target: mount.target, range: mount.mount.range,
                placeForID: mount.mount.options.contains { $0.key == "id" }
                    ? nil : mount.mount.placeForOption(in: source),
                line: step.instruction.lines.lowerBound, distribution: step.distribution,
                isOfManager: step.invocations.contains { $0.cacheMounts.contains(mount.index) },
                isWithSystemPackages: isWithSystemPackages,
                isOfCompiler: step.invocations.contains { invocation in
                    invocation.caches.contains {
                        $0.cache.isCompiled && $0.coverage == .cacheMount(mount.index)
                    }
                })
        }
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

        init(_ build: Build) {
            dockerfile = build.dockerfile
            target = build.target
            args = build.args
            platforms = build.platforms
            contexts = Set(build.namedContexts.keys)
        }
    }

    private let known = Mutex<[Key: BuildOutline]>([:])

    subscript(build: Build) -> BuildOutline? { known.withLock { $0[Key(build)] } }

    @discardableResult
    func remember(_ facts: BuildFacts) -> BuildOutline {
        let key = Key(facts.build)
        if let outline = known.withLock({ $0[key] }) { return outline }
        let outline = BuildOutline(facts)
        known.withLock { $0[key] = outline }
        return outline
    }
}
