import Diagnostics
import Dockerfile
import Facts

/// What the `rm` commands of a RUN take away of the caches that one of its commands fills, and what that means once these
/// are mounts.
struct CacheDeletions {
    /// Sentences for a remedy that proposes the mounts.
    private(set) var hints: [String] = []
    /// With these commands a mount is of no use, or ends the RUN.
    private(set) var defeatMount = false

    init(of invocation: Invocation, in step: StepFacts) {
        let places = Set(invocation.caches.flatMap(\.candidates))
        guard !places.isEmpty else { return }
        var seen: Set<String> = []
        for command in step.script.commands where command.program == "rm" {
            for word in command.arguments where !word.isOption {
                let written = word.text
                if Self.asks(for: invocation.manager, word, in: step) {
                    defeatMount = true
                    if seen.insert(written).inserted {
                        hints.append("Without `rm` of `\(written)`, which empties the mount.")
                    }
                    continue
                }
                guard let path = step.path(of: word, in: command).value else { continue }
                // What the package lists need is told by the manager's own hint.
                if path.hasPrefix("/var/lib/apt/lists") { continue }
                let folder = word.hasGlob ? Self.folder(of: path) : path
                guard let folder,
                    let place = places.first(where: {
                        PathText.isPath($0, inOrAt: folder) || PathText.isPath(folder, inOrAt: $0)
                    })
                else { continue }
                guard seen.insert(written).inserted else { continue }
                // A mount point, or a folder with one in it, is busy.
                let isBusy = !word.hasGlob && PathText.isPath(place, inOrAt: folder)
                if isBusy { defeatMount = true }
                hints.append(
                    isBusy
                        ? "Without `rm` of `\(written)`: a mount cannot be removed, and the RUN would fail."
                        : "Without `rm` of `\(written)`, which empties the mount.")
            }
        }
    }

    /// `/var/cache/apt` for `/var/cache/apt/*`; nil where the pattern stands elsewhere.
    private static func folder(of pattern: String) -> String? {
        guard let slash = pattern.lastIndex(of: "/"), slash > pattern.startIndex else { return nil }
        let folder = String(pattern[..<slash])
        return folder.contains { "*?[{".contains($0) } ? nil : folder
    }

    /// `$STORE` after `STORE=$(pnpm store path)`.
    private static func asks(for manager: PackageManager, _ word: ShellWord, in step: StepFacts) -> Bool {
        guard !manager.cacheQueries.isEmpty, !word.isLiteral else { return false }
        let names = word.parts.compactMap { if case .variable(let name) = $0 { name } else { nil } }
        let values =
            step.script.assignments.filter { names.contains($0.name) }.compactMap { $0.value?.text } + [
                word.text
            ]
        return values.contains { value in manager.cacheQueries.contains { value.contains($0) } }
    }
}
