import Diagnostics
import Dockerfile
import Facts
import SourceText

/// Installs and builds whose caches are on no mount: one finding for each command of a RUN, so that one which is known
/// or ignored says nothing of the others.
struct CacheMountMissing: DockerfileCheck {
    static let id: CheckID = "cache-mount-missing"
    let options: CheckOptions

    /// An install without mount, and the step that it stands in.
    private struct Miss {
        let step: StepFacts
        let invocation: Invocation
        /// It runs again with every change of the sources.
        let isBelowSources: Bool
        /// It downloads nothing: what it compiles is all that a mount keeps.
        let onlyCompiles: Bool

        var flags: [String] { invocation.mountFlags(user: step.user, onlyCompiled: onlyCompiles) }
    }

    func findings(in build: BuildFacts) -> [Finding] {
        // kaniko takes a cache mount for no mount at all; and a mount of a machine that is thrown away is always empty.
        guard !build.source.holds("kaniko"), !build.runsOnNewMachinesOnly else { return [] }
        /// For each stage what it, or a stage that it continues, has fetched.
        var layers: [Layers] = []
        for stage in build.stages {
            var own = stage.ancestors.first.map { layers[$0] } ?? Layers()
            for invocation in stage.steps.lazy.flatMap(\.invocations) {
                if fetches(invocation) { own.fetched.insert(invocation.manager) }
                if fetchesAll(invocation) { own.fetchedAll.insert(invocation.manager) }
            }
            layers.append(own)
        }
        return build.reachableStages.flatMap { stage -> [Finding] in
            // One command in a RUN that stands there twice has one mount.
            struct Place: Hashable {
                let step: Int
                let title: String
            }
            let places = Dictionary(
                grouping: misses(in: stage, on: stage.ancestors.first.map { layers[$0] } ?? Layers())
            ) {
                Place(step: $0.step.index, title: $0.invocation.title)
            }
            return places.values.sorted {
                $0[0].invocation.command.range.lowerBound < $1[0].invocation.command.range.lowerBound
            }
            .map { finding($0, in: build) } + stage.steps.flatMap { findings(inScriptsOf: $0, build) }
        }
    }

    /// Installs of scripts that the step runs: one finding for each manager of a script.
    private func findings(inScriptsOf step: StepFacts, _ build: BuildFacts) -> [Finding] {
        guard step.weight == .unknown, !step.step.isTrigger else { return [] }
        return build.calledScripts(by: step).flatMap { called -> [Finding] in
            guard !called.command.isConditional else { return [] }
            var seen: Set<String> = []
            return called.invocations.compactMap { invocation in
                let miss = Miss(
                    step: step, invocation: invocation, isBelowSources: false, onlyCompiles: false)
                guard invocation.usesCaches, invocation.action != .update, !invocation.command.isConditional,
                    invocation.caches.contains(where: { !$0.cache.isNeededInImage }),
                    invocation.caches.allSatisfy({ $0.coverage == .none }), !isSmall(invocation),
                    seen.insert(invocation.manager.name).inserted
                else { return nil }
                return finding(miss, in: called, build)
            }
        }
    }

    private func finding(_ miss: Miss, in called: CalledScript, _ build: BuildFacts) -> Finding {
        let invocation = miss.invocation
        let compiles = invocation.action == .build
        let place = "\(called.source.path):\(called.source.line(at: invocation.command.range.lowerBound))"
        let run = build.source.string(called.command.range).prefix { !$0.isNewline }
        let lines =
            [
                "Put the cache on a mount of the RUN that runs the script:",
                "    RUN " + (miss.flags + [String(run)]).joined(separator: " \\\n        "),
            ] + hints(for: miss) + deletions(of: invocation, in: called)
        return finding(
            at: called.command.range, in: build.source, severity: min(.info, options.severity),
            confidence: .likely,
            message: "No cache mount keeps what `\(invocation.title)` (\(place)) "
                + (compiles ? "downloads and compiles." : "downloads."),
            cost: "When the layer is built again, all of it is done again, not only what is new.",
            fix: Fix(lines.joined(separator: "\n")),
            subject: "\(miss.step.instruction.text) \(called.source.path) \(invocation.title)"
        ).folding(fold(miss, isBelowSources: false, compiles: compiles))
    }

    /// What a script deletes of a cache, which the mount is there to keep.
    private func deletions(of invocation: Invocation, in called: CalledScript) -> [String] {
        let caches = invocation.caches.flatMap(\.candidates)
        return called.script.commands.filter { $0.program == "rm" }.compactMap { command in
            guard
                let word = command.arguments.first(where: { word in
                    caches.contains { PathText.isPath(word.text, inOrAt: $0) }
                })
            else { return nil }
            let line = called.source.line(at: command.range.lowerBound)
            return "Without `rm` of `\(word.text)` (\(called.source.path):\(line)), which empties the mount."
        }
    }

    private struct Layers {
        /// Managers whose packages a layer holds.
        var fetched: Set<PackageManager> = []
        /// Of these, those that a build adds nothing to.
        var fetchedAll: Set<PackageManager> = []
    }

    private func misses(in stage: StageFacts, on layers: Layers) -> [Miss] {
        var misses: [Miss] = []
        var isBelowSources = false
        var hasVendoredModules = false
        // Managers whose packages an earlier layer holds already, which a change of the sources leaves as it is.
        var fetched = layers.fetched
        // Of these, those that a build adds nothing to.
        var inLayers = layers.fetchedAll
        for step in stage.steps where !step.step.isTrigger {
            if let copy = step.step.copy, copy.origin == .context {
                isBelowSources = isBelowSources || copy.sources.contains { Self.isWholeContext($0.text) }
                hasVendoredModules =
                    hasVendoredModules || copy.sources.contains { $0.text.hasSuffix("vendor") }
            }
            let alternatives = alternatives(in: step)
            for invocation in step.invocations where invocation.usesCaches && invocation.action != .update {
                defer {
                    if !isBelowSources, fetches(invocation) { fetched.insert(invocation.manager) }
                    if fetchesAll(invocation) { inLayers.insert(invocation.manager) }
                }
                let onlyCompiles =
                    invocation.isOffline || invocation.manager.name == "go" && hasVendoredModules
                guard
                    !onlyCompiles
                        || invocation.caches.contains(where: { $0.cache.isCompiled && $0.coverage == .none }),
                    invocation.caches.contains(where: { !$0.cache.isNeededInImage }),
                    !invocation.command.isConditional || alternatives.contains(invocation.title),
                    invocation.caches.allSatisfy({ $0.coverage == .none || onlyCompiles }),
                    !isSmall(invocation),
                    !(invocation.manager.name == "opam"
                        && step.invocations.contains { $0.title == "opam init" }),
                    !(invocation.action == .build && inLayers.contains(invocation.manager))
                else { continue }
                misses.append(
                    Miss(
                        step: step, invocation: invocation,
                        isBelowSources: isBelowSources && !fetched.contains(invocation.manager),
                        onlyCompiles: onlyCompiles))
            }
        }
        return misses
    }

    /// What stands in several branches (`if … then cargo build --release; else cargo build; fi`): one of them runs.
    private func alternatives(in step: StepFacts) -> Set<String> {
        var titles: [String: Int] = [:]
        for invocation in step.invocations where invocation.command.isConditional {
            titles[invocation.title, default: 0] += 1
        }
        return Set(titles.filter { $0.value > 1 }.keys)
    }

    /// It brings in what the manifests name. (A build above the sources is one of a stub for that purpose.)
    private func fetches(_ invocation: Invocation) -> Bool {
        switch invocation.action {
        case .fetch, .build: true
        case .install: invocation.input == .manifests
        case .update, .clean, .configure, .other: false
        }
    }

    /// Later builds have all that they need in a layer: their caches have nothing that is compiled. (SwiftPM checks what
    /// it fetches out below `.build`; what NuGet has on a mount is the matter of `consumer-without-mount`.)
    private func fetchesAll(_ invocation: Invocation) -> Bool {
        ["nuget", "swiftpm"].contains(invocation.manager.name) && fetches(invocation)
    }

    private func isSmall(_ invocation: Invocation) -> Bool {
        if invocation.isBootstrap || isSingleTool(invocation) { return true }
        guard invocation.manager.isForSystem else { return false }
        guard let count = invocation.packageCount else { return false }
        return count <= options.integer("packages")
    }

    /// `npm install -g tool`.
    private func isSingleTool(_ invocation: Invocation) -> Bool {
        guard invocation.input == .nothing, invocation.names.count <= 2, !invocation.names.isEmpty else {
            return false
        }
        return invocation.command.words.contains { ["-g", "--global", "global"].contains($0.text) }
    }

    private static func isWholeContext(_ source: String) -> Bool {
        [".", "./", "/", "./.", "*", "./*"].contains(source)
    }

    private func finding(_ misses: [Miss], in build: BuildFacts) -> Finding {
        let below = misses.first(where: \.isBelowSources)
        let first = below ?? misses[0]
        let places = places(of: misses, in: build)
        let compiles = misses.contains { $0.invocation.action == .build }
        let verb =
            misses.allSatisfy(\.onlyCompiles)
            ? (places.count == 1 ? "compiles" : "compile")
            : places.count == 1
                ? (compiles ? "downloads and compiles" : "downloads")
                : (compiles ? "download and compile" : "download")
        let again =
            below == nil
            ? "When the layer is built again, all of it is done again, not only what is new."
            : "What stands below the sources is done again, all of it, with every change of them."
        return finding(
            at: first.invocation.command.range, in: build.source, severity: below == nil ? nil : .warning,
            confidence: .likely,
            message: "No cache mount keeps what \(places.listed()) \(verb).", cost: again,
            fix: Fix(fixText([first] + misses), edits: edits(misses, in: build)),
            subject: first.step.instruction.text + " " + first.invocation.title
        ).folding(fold(first, isBelowSources: below != nil, compiles: compiles))
    }

    /// What costs minutes is told for each manager, what costs seconds once.
    private func fold(_ miss: Miss, isBelowSources: Bool, compiles: Bool) -> Fold {
        let manager = miss.invocation.manager.name
        let remedy =
            "RUN " + miss.flags.joined(separator: " \\\n        ")
            + (miss.flags.count > 1 ? " \\\n        " : " ") + "\(manager) …"
        let hints = hints(for: miss)
        if isBelowSources {
            return Fold(
                "below", summary: "commands below the sources have no cache mount.",
                remedy: remedy, hints: hints)
        }
        return compiles
            ? Fold(
                "compiles",
                summary: "commands download and compile, and no cache mount keeps what they make.",
                remedy: remedy, hints: hints)
            : Fold(
                "downloads", summary: "installs have no cache mount that keeps what they download.",
                remedy: remedy, hints: hints)
    }

    /// `pip install` (lines 3 and 7): each command once, in the order of the file.
    private func places(of misses: [Miss], in build: BuildFacts) -> [String] {
        var titles: [String] = []
        var lines: [String: [Int]] = [:]
        var seen: [String: Set<Int>] = [:]
        for miss in misses {
            let title = miss.invocation.title
            if lines[title] == nil { titles.append(title) }
            let line = build.line(of: miss.invocation.command)
            if seen[title, default: []].insert(line).inserted { lines[title, default: []].append(line) }
        }
        return titles.map { title in
            let numbers = lines[title] ?? []
            return "`\(title)` (line\(numbers.count == 1 ? "" : "s") \(numbers.map(String.init).listed()))"
        }
    }

    /// The mounts as flags of their RUNs, where every place is certain. What else stands in the cache's way there, such
    /// as `--no-cache-dir` or `apt-get clean`, other checks find once the mount is there.
    private func edits(_ misses: [Miss], in build: BuildFacts) -> [Edit] {
        guard knowsMounts(build.dockerfile.parsed), misses.allSatisfy(isCertain),
            // A mount that the same RUN empties or cannot remove is no repair.
            !isDefeatedByDeletion(misses)
        else { return [] }
        var flags: [(step: StepFacts, flags: [String])] = []
        for miss in misses {
            if flags.last?.step !== miss.step { flags.append((miss.step, [])) }
            for flag in miss.flags
            where flags.last?.flags.contains(flag) == false {
                flags[flags.count - 1].flags.append(flag)
            }
        }
        return flags.map { step, flags in
            let end = step.instruction.keywordRange.upperBound
            return Edit(
                path: build.path, bytes: end..<end,
                replacement: text(of: flags, before: end, in: build.dockerfile.parsed))
        } + copyingSettings(misses, in: build)
    }

    /// `UV_LINK_MODE=copy` before a command that would try hard links out of the mount, and warn that it cannot.
    private func copyingSettings(_ misses: [Miss], in build: BuildFacts) -> [Edit] {
        var settings = LinkSettings()
        return misses.compactMap { miss in
            let invocation = miss.invocation
            guard let linking = invocation.manager.linking, linking.warnsByDefault,
                let variable = linking.variable, case .shell? = miss.step.run?.command,
                case .known(nil) = LinkMode(of: invocation, in: miss.step).value,
                !settings.areGiven(for: invocation.manager, linking, in: miss.step, of: build)
            else { return nil }
            // The word itself is replaced, so that the repair is seen to change this command and no other.
            let program = invocation.command.words[0].range
            return Edit(
                path: build.path, bytes: program,
                replacement: "\(variable)=\(linking.copyValue) \(build.source.string(program))")
        }
    }

    /// - Parameter misses: in one step, which may have thousands of commands: each cache is looked at once.
    private func isDefeatedByDeletion(_ misses: [Miss]) -> Bool {
        guard let step = misses.first?.step, step.script.commands.contains(where: { $0.program == "rm" })
        else {
            return false
        }
        var seen: Set<[String]> = []
        return misses.contains { miss in
            let caches = [miss.invocation.manager.name] + miss.invocation.caches.flatMap(\.candidates)
            return seen.insert(caches).inserted && CacheDeletions(of: miss.invocation, in: step).defeatMount
        }
    }

    /// Several flags get a line each where the command stands on the RUN's own line.
    private func text(of flags: [String], before end: Int, in dockerfile: ParsedDockerfile) -> String {
        let source = dockerfile.source
        let rest = source.bytes[end..<source.bytes(ofLine: source.line(at: end)).upperBound]
        let isBroken = rest.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == dockerfile.escape }
        guard flags.count > 1, !isBroken else { return flags.map { " " + $0 }.joined() }
        let escape = String(decoding: [dockerfile.escape], as: UTF8.self)
        return " " + flags.joined(separator: " \(escape)\(source.newline)    ")
            + " \(escape)\(source.newline)   "
    }

    /// The frontend that the file names, if it names one, reads `RUN --mount` (docker/dockerfile 1.2).
    private func knowsMounts(_ dockerfile: ParsedDockerfile) -> Bool {
        guard let directive = dockerfile.directives.first(where: { $0.name == .syntax }) else { return true }
        guard let frontend = OfficialFrontend(directive.value) else { return false }
        return frontend.version.map { $0 >= FrontendVersion(1, 2) } ?? true
    }

    private func isCertain(_ miss: Miss) -> Bool {
        let user = miss.step.user.account
        guard miss.invocation.manager.isForSystem || user == nil || user?.uid.value != nil,
            miss.step.run != nil
        else { return false }
        if case .unknown = miss.step.user, !miss.invocation.manager.isForSystem { return false }
        return miss.invocation.caches.allSatisfy { use in
            miss.invocation.manager.name == "apk"
                || use.path.value?.hasPrefix("/") == true && use.path.value?.hasPrefix("/dev/") == false
        }
    }

    /// A RUN for each set of mounts that is missing.
    private func fixText(_ misses: [Miss]) -> String {
        var shown: [[String]] = []
        var text = "Put the cache on a mount:"
        var hints: [String] = []
        /// What is to be said of one command of a step is said of others that are like it.
        var asked: Set<[String]> = []
        for miss in misses {
            let flags = miss.flags
            let isUncertain = miss.invocation.caches.contains { $0.path.value == nil }
            let likeness =
                ["\(miss.step.stage) \(miss.step.index) \(isUncertain)", miss.invocation.manager.name]
                + [miss.invocation.command.program ?? ""] + miss.invocation.defeats.map(\.text)
            if asked.insert(likeness).inserted {
                hints += self.hints(for: miss).filter { !hints.contains($0) }
            }
            guard !shown.contains(flags), shown.count < 3 else { continue }
            shown.append(flags)
            text += "\n    RUN " + flags.joined(separator: " \\\n        ")
            text += " \\\n        \(asWritten(miss.invocation)) …"
        }
        return ([text] + hints).joined(separator: "\n")
    }

    /// The command with its program's folder, which a shell needs: `./gradlew build`, `venv/bin/pip install`.
    private func asWritten(_ invocation: Invocation) -> String {
        let first = invocation.command.words[0]
        guard let program = invocation.command.program, first.text.contains("/"),
            invocation.title.hasPrefix(program + " ")
        else { return invocation.title }
        return first.text + invocation.title.dropFirst(program.count)
    }

    private func hints(for miss: Miss) -> [String] {
        let manager = miss.invocation.manager
        var hints: [String] = []
        let defeats = miss.invocation.defeats.map { "`\($0.text)`" }
        if !defeats.isEmpty { hints.append("Without \(enumeration(defeats)), which switches the cache off.") }
        // Of yarn, the flags of one command tell the generation and those of the next do not.
        let program = miss.invocation.command.program
        if let cleaning = miss.step.invocations.first(where: {
            $0.action == .clean && ($0.manager == manager || $0.command.program == program)
        }) {
            hints.append("Without `\(cleaning.title)`, which empties it.")
        }
        hints += CacheDeletions(of: miss.invocation, in: miss.step).hints
        let isUncertain = miss.invocation.caches.contains { $0.path.value == nil }
        hints += manager.mountHints.filter { isUncertain || !$0.isForUncertainPlace }.map(\.text)
        switch miss.step.user {
        case .unknown where !manager.isForSystem:
            hints.append(
                "This is root's place; for another user it is in that one's home, with uid= and gid=.")
        default: break
        }
        return hints
    }
}
