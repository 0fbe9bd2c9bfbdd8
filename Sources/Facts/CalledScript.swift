import BuildContext
import Diagnostics
package import Dockerfile
import Project
package import SourceText

/// A shell script of the build context that a command of a RUN runs.
package struct CalledScript: Sendable {
    /// What runs it.
    package let command: ShellCommand
    /// Its path is relative to the project's root.
    package let source: SourceText
    package let script: ShellScript
    /// The commands of a known package manager, in order; none where the RUN changes what they see.
    package let invocations: [Invocation]
    let weight: StepFacts.Weight

    /// It runs a compiler, a bundler or what drives one.
    package var compiles: Bool { StepFacts.compiles(script, invocations) }
}

extension BuildFacts {
    /// The scripts of the context that a RUN runs by their path (`./install.sh`, `bash scripts/setup.sh`), where a COPY above
    /// it or a bind mount certainly brings them. One that cannot be told is not among them.
    package func calledScripts(by step: StepFacts) -> [CalledScript] {
        guard step.run != nil, let context = context.context, case .directory(let folder) = build.context
        else {
            return []
        }
        return step.script.commands.lazy.prefix(Limits.callsOfRun).compactMap { command in
            guard let word = Self.script(runBy: command), command.user == .step,
                let path = step.path(of: word, in: command).value,
                let file = file(at: path, for: step, context), work.spend(Limits.unitsOfScript),
                let bytes = context.contents(of: file, limit: Limits.scriptOfRun),
                Self.isShell(bytes, isNamed: word.range == command.words[0].range)
            else { return nil }
            return read(
                SourceText(path: folder == "." ? file.description : "\(folder)/\(file)", bytes: bytes),
                runBy: command, of: step)
        }
    }

    private func read(_ source: SourceText, runBy command: ShellCommand, of step: StepFacts) -> CalledScript?
    {
        let script = ShellScript(
            parsing: JoinedText(bytes: source.bytes, pieces: [.init(joined: 0, source: 0)]))
        guard work.spend(script.wordCount + 1) else { return nil }
        var invocations: [Invocation] = []
        if step.script.assignments.isEmpty, command.assignments.isEmpty {
            let finder = InvocationFinder(
                state: step.step.state, isBaseKnown: step.isBaseKnown, user: step.user, home: step.home,
                accounts: step.accounts, distribution: step.distribution, mounts: step.mounts, script: script,
                links: [], work: work)
            invocations = script.commands.compactMap { finder.invocation(of: $0, configured: []) }
        }
        return CalledScript(
            command: command, source: source, script: script, invocations: invocations,
            weight: StepFacts.Weight(step.step, script: script, invocations: invocations))
    }

    /// The word that names the script.
    private static func script(runBy command: ShellCommand) -> ShellWord? {
        guard let program = command.program else { return nil }
        switch program {
        case "sh", "bash", "dash", "ash", "source", ".":
            guard let word = command.arguments.first, !word.text.hasPrefix("-") else {
                // `bash -eux install.sh`; what follows `-c` is no path.
                let rest = command.arguments.drop { $0.text.hasPrefix("-") && !$0.text.contains("c") }
                return rest.first.flatMap { $0.text.hasPrefix("-") ? nil : $0 }
            }
            return word
        default: return command.words[0].text.contains("/") ? command.words[0] : nil
        }
    }

    /// - Parameter isNamed: it is run by its own name, so that its first line decides what reads it.
    private static func isShell(_ bytes: [UInt8], isNamed: Bool) -> Bool {
        guard !bytes.prefix(8000).contains(0) else { return false }
        guard bytes.starts(with: Array("#!".utf8)) else { return !isNamed }
        let line = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
        return line.split { "/ ".contains($0) }.contains { ["sh", "bash", "dash", "ash"].contains($0) }
    }

    // MARK: - Where a file of the image comes from

    /// The file of the context that stands at a path when a step runs; nil where that is not certain.
    private func file(at path: String, for step: StepFacts, _ context: BuildContext) -> ContextPath? {
        for mount in step.mounts.reversed() {
            guard let target = mount.target.value else { return nil }
            guard PathText.isPath(path, inOrAt: target) else { continue }
            guard mount.mount.kind == .bind, mount.expanded.origin == .context,
                mount.expanded.source?.isCertain ?? true
            else { return nil }
            return readable(
                (mount.expanded.source?.text ?? "/") + "/" + path.dropFirst(target.utf8.count), in: context)
        }
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        let stage = stages[step.stage]
        let before =
            stage.steps[..<step.index].reversed() + stage.ancestors.flatMap { stages[$0].steps.reversed() }
        for earlier in before {
            if earlier.run != nil {
                // What rewrites or replaces it leaves something else there.
                guard
                    !earlier.instruction.text.contains(name)
                        || earlier.script.isComplete
                            && earlier.script.commands.allSatisfy({ $0.program == "chmod" })
                else { return nil }
                continue
            }
            guard let copy = earlier.step.copy else { continue }
            guard copy.destination.isCertain else { return nil }
            let destination = PathText.clean(copy.destination.text)
            guard PathText.isPath(path, inOrAt: destination) else { continue }
            guard copy.origin == .context, copy.excludes.isEmpty, copy.sources.allSatisfy(\.isCertain),
                case .copy(let written) = earlier.instruction.body, !written.parents
            else { return nil }
            let rest = path.dropFirst(destination == "/" ? 1 : destination.utf8.count).drop { $0 == "/" }
            for source in copy.sources {
                guard !source.text.contains(where: { "*?[\\".contains($0) }), !source.text.contains("://")
                else {
                    return nil
                }
                let base = source.text.split(separator: "/").last.map(String.init)
                // A folder's content goes there, a file by its name or as the destination itself.
                if let found = readable(source.text + "/" + rest, in: context) { return found }
                if rest.isEmpty || rest == base ?? "", let found = readable(source.text, in: context) {
                    return found
                }
            }
        }
        return nil
    }

    /// - Parameter path: as of COPY; cleaned here.
    /// - Returns: nil where the build cannot read it, or it is no plain file.
    private func readable(_ path: String, in context: BuildContext) -> ContextPath? {
        let clean = ContextPath(String(PathText.clean(path, in: "/").dropFirst()))
        guard !clean.isRoot, case .readable(let entry) = context.status(of: clean), entry.kind == .file else {
            return nil
        }
        return clean
    }
}
