import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A RUN deletes what its own cache mount is to keep.
struct CacheCleanedInMount: DockerfileCheck {
    static let id: CheckID = "cache-cleaned-in-mount"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap(\.steps).flatMap { step -> [Finding] in
            guard !step.cacheMounts.isEmpty else { return [] }
            return byManagers(step, in: build) + byDeletion(step, in: build)
        }
    }

    /// `apt-get clean`, `pip cache purge` …
    private func byManagers(_ step: StepFacts, in build: BuildFacts) -> [Finding] {
        step.invocations.compactMap { invocation in
            guard invocation.action == .clean, !invocation.command.isConditional,
                let index = invocation.cacheMounts.first, let target = step.mounts[index].target.value
            else { return nil }
            return finding(
                invocation.command, "`\(invocation.title)`", target, build.removal(of: invocation.command),
                // What is on no mount is still in the layer, and there cleaning is right.
                emptiesOnlyMounts: invocation.caches.allSatisfy {
                    if case .cacheMount = $0.coverage { true } else { false }
                }, in: build)
        }
    }

    /// `rm -rf` of a mount's content.
    private func byDeletion(_ step: StepFacts, in build: BuildFacts) -> [Finding] {
        step.script.commands.compactMap { command in
            guard command.program == "rm", !command.isConditional,
                command.arguments.contains(where: isRecursive)
            else { return nil }
            var hits: [(word: Int, target: String)] = []
            var operands = 0
            for index in command.words.indices.dropFirst() where !command.words[index].isOption {
                operands += 1
                guard let folder = folder(command.words[index], of: command, in: step),
                    let target = target(emptiedBy: folder, in: step)
                else { continue }
                hits.append((index, target))
            }
            guard let hit = hits.first else { return nil }
            let text = "`rm` of `\(command.words[hit.word].text)`"
            if hits.count == operands {
                return finding(
                    command, text, hit.target, build.removal(of: command), emptiesOnlyMounts: true, in: build)
            }
            let edit = hits.count == 1 ? build.removal(ofWord: hit.word, of: command) : nil
            return finding(command, text, hit.target, edit, emptiesOnlyMounts: true, in: build)
        }
    }

    private func isRecursive(_ word: ShellWord) -> Bool {
        guard word.isOption else { return false }
        return word.text == "--recursive"
            || !word.text.hasPrefix("--") && (word.text.contains("r") || word.text.contains("R"))
    }

    /// The folder whose content goes: `/x` for `/x`, `/x/` and `/x/*`; nil for another pattern.
    private func folder(_ word: ShellWord, of command: ShellCommand, in step: StepFacts) -> String? {
        guard let path = step.path(of: word, in: command).value else { return nil }
        guard word.hasGlob else { return path }
        let isWhole = path.hasSuffix("/*") || path.hasSuffix("/*.deb")
        guard isWhole, let slash = path.lastIndex(of: "/") else { return nil }
        let folder = String(path[..<slash])
        return folder.contains { "*?[{".contains($0) } ? nil : folder
    }

    /// The mount whose content, or whose cache of a command in this RUN, goes with a folder.
    private func target(emptiedBy folder: String, in step: StepFacts) -> String? {
        guard folder != "/", !folder.isEmpty else { return nil }
        for mount in step.cacheMounts {
            guard let target = mount.target.value else { continue }
            if target == folder || target.hasPrefix(folder + "/") { return target }
            guard folder.hasPrefix(target + "/") else { continue }
            let isCache = step.invocations.contains { invocation in
                invocation.usesCaches
                    && invocation.caches.contains { use in
                        use.coverage == .cacheMount(mount.index)
                            && use.candidates.contains {
                                $0 == folder || $0.hasPrefix(folder + "/") || $0 + "/archives" == folder
                            }
                    }
            }
            if isCache || step.invocations.contains(where: { $0.usesCaches && isLike(folder, $0) }) {
                return target
            }
        }
        return nil
    }

    /// The folder ends as a cache of the command does, in a home that the file does not tell: `.cargo/registry`.
    private func isLike(_ folder: String, _ invocation: Invocation) -> Bool {
        invocation.caches.contains { use in
            use.coverage != .none
                && use.candidates.contains { candidate in
                    let parts = candidate.split(separator: "/").suffix(2)
                    return parts.count == 2 && parts.first?.first == "."
                        && folder.hasSuffix("/" + parts.joined(separator: "/"))
                }
        }
    }

    private func finding(
        _ command: ShellCommand, _ text: String, _ target: String, _ edit: Edit?, emptiesOnlyMounts: Bool,
        in build: BuildFacts
    ) -> Finding {
        finding(
            at: command.range, in: build.source,
            message: "\(text) empties the cache mount at `\(target)` in every run.",
            cost: "The next run downloads everything again; the image does not hold the mount in any case.",
            fix: Fix(
                "Leave the mount as it is: drop the command.", edits: edit.map { [$0] } ?? [],
                emptiesOnlyMounts ? .safe : .unsafe))
    }
}
