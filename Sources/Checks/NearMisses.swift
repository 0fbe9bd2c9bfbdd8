import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A cache mount that no command of its RUN uses, and the cache that it was probably meant for.
struct NearMiss {
    let mount: MountFacts
    let invocation: Invocation
    let use: Invocation.CacheUse
    /// The mount is where the cache would be without a variable or flag that moves it, or that moves it is written in
    /// this file.
    let isMoved: Bool

    /// Where the cache is: one place, or those of which nothing tells which.
    var places: [String] { use.candidates }
    /// As in a sentence: `` `/a` or `/b` ``.
    var text: String { places.prefix(2).map { "`\($0)`" }.joined(separator: " or ") }

    /// - Returns: at most one for each mount.
    static func all(in step: StepFacts) -> [NearMiss] {
        guard !step.cacheMounts.isEmpty, step.isUnderstood else { return [] }
        let active = step.invocations.filter { $0.usesCaches && !$0.command.isConditional }
        let uses = active.flatMap { invocation in invocation.caches.map { (invocation, $0) } }
        // A cache that may be anywhere may be on any mount.
        guard uses.allSatisfy({ $0.1.isCertain }) else { return [] }
        return step.cacheMounts.compactMap { mount in
            guard let target = mount.target.value, mount.mount.from == nil else { return nil }
            let isUsed = uses.contains { _, use in
                use.candidates.contains { isRelated($0, target) }
            }
            guard !isUsed else { return nil }
            var best: (NearMiss, rank: Int)?
            for (invocation, use) in uses {
                guard use.coverage == .none, !use.cache.isMinor, !use.cache.isNeededInImage,
                    !use.candidates.isEmpty,
                    !invocation.manager.name.hasPrefix("dnf"), invocation.manager.name != "microdnf"
                else { continue }
                let isAtDefault =
                    use.movedBy != nil && use.defaultPaths.contains { isRelated($0, target) }
                let ranks = use.candidates.compactMap { rank(of: target, for: $0, of: invocation.manager) }
                guard let nearest = isAtDefault ? 0 : ranks.min(), nearest < best?.rank ?? Int.max else {
                    continue
                }
                let isMoved = isAtDefault || use.movedBy?.range != nil
                best = (NearMiss(mount: mount, invocation: invocation, use: use, isMoved: isMoved), nearest)
            }
            return best?.0
        }
    }

    /// One holds the other.
    private static func isRelated(_ left: String, _ right: String) -> Bool {
        left == right || left.hasPrefix(right + "/") || right.hasPrefix(left + "/")
    }

    /// How far a target is from a place; nil where it is no near miss.
    private static func rank(of target: String, for path: String, of manager: PackageManager) -> Int? {
        let left = target.split(separator: "/").map(String.init)
        let right = path.split(separator: "/").map(String.init)
        guard let name = left.last, left.count > 1 else { return nil }
        if left.sorted() == right.sorted() { return 1 }
        // `/root/.m2` is no misspelt `/root/.npm`.
        if !otherNames.contains(name) {
            let distance = editDistance(Array(target.utf8.prefix(200)), Array(path.utf8.prefix(200)))
            if distance <= 2 { return 1 + distance }
        }
        guard !manager.isForSystem else { return nil }
        if name == right.last, !generalNames.contains(name) { return 5 }
        // The usual place of another manager of the same language.
        return siblings.contains { $0.managers.contains(manager.name) && $0.names.contains(name) } ? 6 : nil
    }

    /// Last names of folders that tools beside those of the table keep.
    private static let otherNames: Set<String> = [
        ".m2", ".nvm", ".bun", ".gradle", ".cargo", ".deno", ".cache", ".local", ".gem", ".ivy2", ".sbt",
        ".hex", "bun",
    ]

    /// Last names of folders that any tool may keep; a framework's `var/cache` is no misplaced cache of its packages.
    private static let generalNames: Set<String> = ["cache", "store"]

    /// Managers of one language, and last names of the folders in which they keep their caches or are thought to.
    private static let siblings: [(managers: Set<String>, names: Set<String>)] = [
        (["pip", "uv", "poetry", "pipenv"], ["pip", "uv", "pypoetry", "poetry", "pipenv"]),
        (
            ["npm", "yarn", "yarn classic", "yarn berry", "pnpm"],
            [".npm", "npm", "yarn", ".yarn", ".pnpm-store", "pnpm", "_cacache"]
        ),
        (["go"], ["go-build", "mod", "go"]),
        (["bun"], [".npm", "npm", "yarn", ".yarn", ".pnpm-store", "pnpm", "_cacache", ".bun"]),
        (["nuget"], [".nuget", "nuget", "NuGet"]),
        (["swiftpm"], [".swiftpm", "swiftpm"]),
        (["composer"], [".composer", "composer"]),
    ]
}
