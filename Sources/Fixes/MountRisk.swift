internal import Diagnostics
internal import Dockerfile
internal import Facts
internal import SourceText

/// Where a cache mount that a fix brings in could break the build: what is on the mount is not in the image.
struct MountRisk {
    private let stream: InstructionStream
    private let after: BuildFacts
    /// Lines of instructions in the file as it is, by their first byte afterwards.
    private let lines: [Int: Int]
    private var knownReaders: [Question: Readers] = [:]
    private var knownCopies: [Question: (step: Int, reason: String)?] = [:]

    /// Managers whose programs read the cache when they run, not only when they are installed.
    ///
    /// Sources: deno docs (`DENO_DIR` holds the modules of a running program), yarn berry (Plug'n'Play reads the zips of
    /// the cache), renv (its library links into the cache), Julia (packages are loaded from the depot), cabal doc/cabal-commands.rst
    /// (`cabal install` links to the programs in its store), stack doc/topics/stack_root.md (the compiler that `stack exec`
    /// runs is there), coursier (launchers load what is cached).
    private static let readAtRunTime: Set<String> = [
        "deno", "yarn berry", "yarn", "renv", "julia", "cabal", "stack", "coursier",
    ]

    /// What these do to a folder, they do to an empty one as well.
    private static let onlyChanges: Set<String> = ["rm", "mkdir", "chown", "chmod"]

    init(_ stream: InstructionStream) {
        self.stream = stream
        after = stream.after
        lines = stream.lines
    }

    /// - Returns: why the build could fail, as part of a sentence; nil where nothing speaks for it.
    mutating func reason() -> String? {
        let (old, new) = (stream.before.dockerfile.parsed.instructions, after.dockerfile.parsed.instructions)
        for (index, place) in stream.edited {
            // What BuildKit has refused so far can break nothing.
            guard let was = stream.stepsBefore[old[index]], was.run != nil,
                let step = stream.stepsAfter[new[place]]
            else { continue }
            let known = Set(was.cacheMounts.map(\.target.value))
            for mount in step.cacheMounts where !known.contains(mount.target.value) {
                guard let target = mount.target.value else {
                    return "where the mount in line \(line(step)) is cannot be told"
                }
                if let reason = reason(mount, at: target, in: step) { return reason }
            }
        }
        return nil
    }

    private mutating func reason(_ mount: MountFacts, at target: String, in step: StepFacts) -> String? {
        if step.run?.network == "none" { return "line \(line(step)) has no network to fill a cache with" }
        let users = step.invocations.filter { invocation in
            invocation.caches.contains { $0.coverage == .cacheMount(mount.index) }
        }
        if let user = users.first(where: { Self.readAtRunTime.contains($0.manager.name) }) {
            return "what \(user.manager.name) keeps at \(target) is read when the image runs"
        }
        if users.contains(where: { $0.manager.name == "uv" }),
            step.variable("UV_LINK_MODE").value == .some("symlink")
        {
            return "uv links into its cache (UV_LINK_MODE=symlink)"
        }
        return indexReason(users, step) ?? earlierReason(target, step)
            ?? laterReason(target, step, Set(users.map(\.manager.name)))
    }

    /// An install that has its package list of an earlier layer would look for it on an empty mount.
    private func indexReason(_ users: [Invocation], _ step: StepFacts) -> String? {
        for user in users where ["apt", "apk"].contains(user.manager.name) && user.action == .install {
            // With `--no-cache` apk fetches the list for this once.
            guard user.defeats.isEmpty else { continue }
            let updates = step.invocations.contains {
                $0.manager == user.manager && $0.action == .update && $0.command.order < user.command.order
            }
            let flags: Set<String> = ["-U", "--update", "--update-cache"]
            guard !updates, !user.command.words.contains(where: { flags.contains($0.text) }) else { continue }
            return "`\(user.title)` in line \(line(step)) has no package list on a mount that is empty"
        }
        return nil
    }

    /// What stands at the target already would be hidden.
    private mutating func earlierReason(_ target: String, _ step: StepFacts) -> String? {
        let question = Question(target: target, stage: step.stage, managers: [])
        let copy = knownCopies[question] ?? firstCopy(to: target, in: after.stages[step.stage])
        knownCopies[question] = .some(copy)
        return copy.flatMap { $0.step < step.index ? $0.reason : nil }
    }

    /// The first step that copies to a path: -1 for one of an earlier stage.
    private func firstCopy(to target: String, in stage: StageFacts) -> (step: Int, reason: String)? {
        func reason(_ step: StepFacts) -> String? {
            guard let copy = step.step.copy, copy.destination.isCertain,
                Self.isInside(copy.destination.text, target)
            else { return nil }
            return "line \(line(step)) copies to \(copy.destination.text), which the mount would hide"
        }
        let inherited = stage.ancestors.lazy.flatMap { after.stages[$0].steps }
        if let reason = inherited.lazy.compactMap(reason).first { return (-1, reason) }
        return stage.steps.lazy.compactMap { step in reason(step).map { (step.index, $0) } }.first
    }

    private struct Question: Hashable {
        let target: String
        let stage: Int
        let managers: Set<String>
    }

    /// Why what is on a mount would be missing.
    private struct Readers {
        /// In a stage that is not the mount's own.
        var elsewhere: String?
        /// In steps of the same stage, by their order.
        var own: [(step: Int, reason: String)] = []
    }

    /// What is read afterwards would not be there.
    private mutating func laterReason(
        _ target: String, _ step: StepFacts, _ managers: Set<String>
    ) -> String? {
        let question = Question(target: target, stage: step.stage, managers: managers)
        let readers = knownReaders[question] ?? readers(question)
        knownReaders[question] = readers
        let next = readers.own.partitioningIndex { $0.step > step.index }
        return next < readers.own.count ? readers.own[next].reason : readers.elsewhere
    }

    private func readers(_ question: Question) -> Readers {
        // The stages that continue this one, itself first.
        let heirs = after.stages.filter {
            $0.index == question.stage || $0.ancestors.contains(question.stage)
        }
        let inherited = Set(heirs.map(\.index))
        var readers = Readers()
        for stage in after.stages {
            let isOwn = stage.index == question.stage
            for step in stage.steps where isOwn || readers.elsewhere == nil {
                let reads = inherited.contains(stage.index)
                guard
                    let reason = copyReason(question.target, step, from: inherited)
                        ?? (reads ? readReason(question.target, step, question.managers) : nil)
                else { continue }
                if isOwn { readers.own.append((step.index, reason)) } else { readers.elsewhere = reason }
            }
        }
        return readers
    }

    private func copyReason(_ target: String, _ step: StepFacts, from stages: Set<Int>) -> String? {
        var sources: [(origin: FileOrigin, path: String)] = []
        if let copy = step.step.copy { sources += copy.sources.map { (copy.origin, $0.text) } }
        sources += step.mounts.map { ($0.expanded.origin, $0.expanded.source?.text ?? "/") }
        for (origin, path) in sources {
            guard case .stage(let index) = origin, stages.contains(index) else { continue }
            let path = path.hasPrefix("/") ? path : "/" + path
            let isWhole = path == "/" || path == "/."
            if Self.isInside(path, target) || !isWhole && Self.isInside(target, path) {
                return "line \(line(step)) takes \(path), of which \(target) would be missing"
            }
        }
        return nil
    }

    private func readReason(_ target: String, _ step: StepFacts, _ managers: Set<String>) -> String? {
        let isMounted = step.mounts.contains { $0.target.value.map { Self.isInside(target, $0) } ?? false }
        if isMounted { return nil }
        let mentions: Bool =
            switch step.instruction.body {
            case .run where step.script.isComplete && !step.script.commands.isEmpty:
                step.script.commands.contains { command in
                    !Self.onlyChanges.contains(command.program ?? "")
                        && (command.words + command.redirections.map(\.target)).contains {
                            Self.names(target, in: $0.text)
                        }
                }
            case .run, .cmd, .entrypoint, .env, .healthcheck, .workdir:
                Self.names(target, in: step.instruction.text)
            default: false
            }
        if mentions { return "line \(line(step)) reads \(target), which would be empty" }
        let reader = step.invocations.first { managers.contains($0.manager.name) && $0.isOffline }
        return reader.map {
            "`\($0.title)` in line \(line(step)) works without network on what would be on the mount"
        }
    }

    private func line(_ step: StepFacts) -> Int {
        lines[step.instruction.range.lowerBound] ?? step.instruction.lines.lowerBound
    }

    private static func isInside(_ path: String, _ folder: String) -> Bool {
        path == folder || path.hasPrefix(folder == "/" ? "/" : folder + "/")
    }

    /// The path stands in a text, and not as the beginning of another name.
    private static func names(_ path: String, in text: String) -> Bool {
        text.split(separator: path, omittingEmptySubsequences: false).dropFirst().contains { rest in
            guard let next = rest.utf8.first else { return true }
            return !(next | 0x20 >= 0x61 && next | 0x20 <= 0x7A) && !(0x30...0x39).contains(next)
                && next != UInt8(ascii: "-") && next != UInt8(ascii: "_") && next != UInt8(ascii: ".")
        }
    }
}
