import BuildContext
import Diagnostics
import Dockerfile
import Facts

/// What the layers of a stage may hold at a path. What commands write below a mount is in no layer.
struct LayerContents {
    let build: BuildFacts
    /// Those of the stages that this one continues come first.
    let steps: [StepFacts]
    private let base: Stage.Base
    private let answers: Answers

    /// What was found of paths in stages: stages that copy several times from one another ask the same again and again.
    final class Answers {
        fileprivate struct Question: Hashable {
            let stage: Int
            let path: String
            let end: Int
            let depth: Int
        }

        fileprivate var known: [Question: Fact<Bool>] = [:]
        fileprivate var steps: [Int: [StepFacts]] = [:]
    }

    private let index: Int

    /// - Parameter answers: those of all questions about the build.
    init(ofStage index: Int, in build: BuildFacts, _ answers: Answers) {
        self.build = build
        self.answers = answers
        self.index = index
        let stage = build.stages[index]
        let chain = stage.ancestors.reversed() + [index]
        steps = answers.steps[index] ?? chain.flatMap { build.stages[$0].steps }
        answers.steps[index] = steps
        base = build.stages[chain[0]].stage.base
    }

    /// Whether something brings a path (absolute, cleaned) into the layers.
    /// - Parameters:
    ///   - end: how many of the steps count; nil for all.
    ///   - depth: how many stages the question came through.
    func mayHold(_ path: String, before end: Int? = nil, depth: Int = 0) -> Fact<Bool> {
        let question = Answers.Question(stage: index, path: path, end: end ?? steps.count, depth: depth)
        if let known = answers.known[question] { return known }
        let answer = find(path, before: end ?? steps.count, depth: depth)
        answers.known[question] = answer
        return answer
    }

    private func find(_ path: String, before end: Int, depth: Int) -> Fact<Bool> {
        for step in steps.prefix(end) {
            // Its paths are cleaned and compared.
            guard build.work.spend(16) else { return .unknown }
            if mayMake(path, step, depth: depth) { return .yes }
        }
        switch base {
        case .scratch: return .no
        case .image where steps.first?.isBaseKnown == true: return .no
        default: return .unknown
        }
    }

    private func mayMake(_ path: String, _ step: StepFacts, depth: Int) -> Bool {
        switch step.instruction.body {
        case .copy:
            guard let copy = step.step.copy else { return true }
            return mayCopy(path, copy, of: step, depth: depth)
        case .run: return mayWrite(path, step, before: nil)
        // WORKDIR makes the folder that the next step works in.
        case .workdir:
            guard step.index + 1 < build.stages[step.stage].steps.count else { return true }
            return build.stages[step.stage].steps[step.index + 1].workdir.value
                .map { PathText.isPath($0, inOrAt: path) } ?? true
        default: return false
        }
    }

    // MARK: COPY

    private func mayCopy(_ path: String, _ copy: ExpandedCopy, of step: StepFacts, depth: Int) -> Bool {
        guard copy.destination.isCertain else { return true }
        let destination = PathText.clean(copy.destination.text)
        if PathText.isPath(destination, inOrAt: path) { return true }
        guard PathText.isPath(path, inOrAt: destination) else { return false }
        let rest = String(path.dropFirst(destination == "/" ? 1 : destination.count + 1))
        return copy.sources.contains { source in
            guard source.isCertain else { return true }
            switch copy.origin {
            case .context: return mayTake(rest, from: source.text, of: step)
            case .stage(let index)
            where depth < Limits.layerDepth && !source.text.contains(where: { "*?[".contains($0) }):
                let from = PathText.clean(source.text)
                let name = from.split(separator: "/").last.map(String.init) ?? ""
                if rest == name || rest.hasPrefix(name + "/") { return true }
                return LayerContents(ofStage: index, in: build, answers).mayHold(
                    PathText.clean(rest, in: from), depth: depth + 1) != .no
            default: return true
            }
        }
    }

    private func mayTake(_ rest: String, from source: String, of step: StepFacts) -> Bool {
        guard step.instruction.keyword == .copy, let context = build.context.context, context.problems.isEmpty
        else { return true }
        let selection = context.selection(of: ContextSource(path: source))
        guard selection.outcome == .found || selection.outcome == .nothing else { return true }
        return selection.roots.contains { root in
            guard root.kind == .directory else {
                return rest.split(separator: "/").first.map { $0.utf8.elementsEqual(root.path.name) } ?? true
            }
            var place = root.target
            for part in rest.split(separator: "/") { place = place.appending(part.utf8) }
            if case .readable = context.status(of: place) { return true }
            return false
        }
    }

    // MARK: RUN

    /// Whether the commands of a RUN may write a path into its layer.
    /// - Parameter end: how many of the commands count; nil for all.
    func mayWrite(_ path: String, _ step: StepFacts, before end: Int?) -> Bool {
        if step.mounts.contains(where: { $0.covers(path).isTrue }) { return false }
        guard step.script.isComplete, !step.script.commands.isEmpty,
            build.work.spend(step.script.commands.count)
        else { return true }
        let invocations = Dictionary(
            step.invocations.map { ($0.command.order, $0) }, uniquingKeysWith: { first, _ in first })
        return step.script.commands.prefix(end ?? step.script.commands.count).contains { command in
            if command.redirections.contains(where: {
                $0.symbol != "<" && mayBe($0.target, path, command, step)
            }) {
                return true
            }
            if let invocation = invocations[command.order] {
                return mayWrite(path, invocation, command, step)
            }
            return mayWrite(path, command, step)
        }
    }

    private func mayWrite(
        _ path: String, _ invocation: Invocation, _ command: ShellCommand, _ step: StepFacts
    ) -> Bool {
        let holdsCache = invocation.caches.contains { use in
            use.coverage != .none ? false : use.candidates.contains { PathText.isPath(path, inOrAt: $0) }
        }
        if holdsCache { return true }
        switch invocation.action {
        case .clean: return false
        // `yarn config set` and `bundle config` may write into the project.
        case .configure where command.program == "corepack" || invocation.manager.isForSystem: return false
        case .install, .fetch, .update:
            guard !invocation.manager.isForSystem, let folder = invocation.manager.outputFolder else {
                return false
            }
            let parts = path.split(separator: "/")
            return parts.contains(Substring(folder)) && isBelowWorkdir(path, command, step)
        case .build, .configure, .other: return isBelowWorkdir(path, command, step)
        }
    }

    private func mayWrite(_ path: String, _ command: ShellCommand, _ step: StepFacts) -> Bool {
        guard let program = command.program else { return true }
        if Self.writesNothing.contains(program) { return false }
        if program == "mkdir" || program == "touch" || program == "tee" {
            return command.arguments.contains { mayBe($0, path, command, step) }
        }
        if Self.writesArguments.contains(program) {
            return command.arguments.contains { mayBe($0, path, command, step, orAbove: true) }
                || Self.writesWorkdir.contains(program) && isBelowWorkdir(path, command, step)
        }
        return true
    }

    private func mayBe(
        _ word: ShellWord, _ path: String, _ command: ShellCommand, _ step: StepFacts, orAbove: Bool = false
    ) -> Bool {
        if word.isLiteral, word.text.hasPrefix("-") { return word.text.contains("/") }
        guard let written = step.path(of: word, in: command).value, !word.hasGlob else { return true }
        return PathText.isPath(written, inOrAt: path) || orAbove && PathText.isPath(path, inOrAt: written)
    }

    private func isBelowWorkdir(_ path: String, _ command: ShellCommand, _ step: StepFacts) -> Bool {
        step.workdir(of: command).value.map { PathText.isPath(path, inOrAt: $0) } ?? true
    }

    private static let writesNothing: Set<String> = [
        "[", ":", "addgroup", "adduser", "apt-mark", "awk", "basename", "cat", "cd", "chgrp", "chmod",
        "chown",
        "command", "cut", "date", "debconf-set-selections", "dirname", "dpkg", "echo", "env", "exit",
        "export",
        "false", "find", "getent", "gpg", "grep", "groupadd", "head", "id", "ldconfig", "locale-gen", "ls",
        "passwd", "printf", "pwd", "readlink", "realpath", "rm", "rmdir", "rustc", "rustup", "sed", "set",
        "sha256sum", "sleep", "sort", "stat", "tail", "test", "tr", "true", "type", "uname", "uniq", "unset",
        "update-ca-certificates", "useradd", "usermod", "wc", "which", "whoami", "umask", "corepack", "shift",
        "node", "strip",
    ]
    private static let writesArguments: Set<String> = [
        "cp", "mv", "ln", "install", "tar", "unzip", "git", "curl", "wget", "rsync",
    ]
    private static let writesWorkdir: Set<String> = ["tar", "unzip", "git", "curl", "wget"]
}
