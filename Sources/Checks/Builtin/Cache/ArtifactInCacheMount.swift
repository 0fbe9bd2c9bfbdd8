import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A file that was made in a cache mount, and is taken from the image, where it is not.
struct ArtifactInCacheMount: DockerfileCheck {
    static let id: CheckID = "artifact-in-cache-mount"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard build.stages.contains(where: { $0.steps.contains { !$0.cacheMounts.isEmpty } }) else {
            return []
        }
        let answers = LayerContents.Answers()
        return build.reachableStages.flatMap { stage in
            stage.steps.flatMap { copies(in: $0, in: build, answers) }
                + commands(of: stage, in: build, answers)
        } + start(of: build, answers)
    }

    /// The step with the last cache mount that holds a path.
    private func maker(of path: String, in steps: ArraySlice<StepFacts>) -> (StepFacts, MountFacts)? {
        for step in steps.reversed() {
            if let mount = step.cacheMounts.first(where: {
                $0.covers(path).isTrue && $0.target != .known("/")
            }) {
                return (step, mount)
            }
        }
        return nil
    }

    // MARK: COPY --from

    private func copies(
        in step: StepFacts, in build: BuildFacts, _ answers: LayerContents.Answers
    ) -> [Finding] {
        var sources: [(Expanded, FileOrigin, Range<Int>)] = []
        if let copy = step.step.copy, case .copy(let written) = step.instruction.body {
            for (index, source) in copy.sources.enumerated() where index < written.sources.count {
                sources.append((source, copy.origin, written.sources[index].range))
            }
        }
        for mount in step.mounts where mount.mount.kind == .bind {
            guard let source = mount.expanded.source else { continue }
            sources.append((source, mount.expanded.origin, mount.mount.range))
        }
        return sources.compactMap { source, origin, range in
            guard source.isCertain, case .stage(let index) = origin, index < build.stages.count else {
                return nil
            }
            let path = plainPart(of: PathText.clean(source.text))
            let contents = LayerContents(ofStage: index, in: build, answers)
            guard let (maker, mount) = maker(of: path, in: contents.steps[...]) else { return nil }
            return finding(
                range, "`\(source.text)`", maker, mount, contents.mayHold(path),
                effect: "The build ends here with \"not found\".", in: build)
        }
    }

    /// A path up to its first component with a wildcard.
    private func plainPart(of path: String) -> String {
        let parts = path.split(separator: "/").prefix { part in !part.contains { "*?[\\".contains($0) } }
        return "/" + parts.joined(separator: "/")
    }

    // MARK: RUN

    private func commands(
        of stage: StageFacts, in build: BuildFacts, _ answers: LayerContents.Answers
    ) -> [Finding] {
        let contents = LayerContents(ofStage: stage.index, in: build, answers)
        let offset = contents.steps.count - stage.steps.count
        return stage.steps.compactMap { step in
            guard step.run != nil, step.script.isComplete else { return nil }
            for command in step.script.commands where !command.isConditional && command.after?.kind != .or {
                for word in read(by: command) {
                    guard let path = step.path(of: word, in: command).value,
                        !step.mounts.contains(where: { $0.covers(path) != .no }),
                        let (maker, mount) = maker(of: path, in: contents.steps.prefix(offset + step.index)),
                        mount.target.value != path,
                        !contents.mayWrite(path, step, before: command.order)
                    else { continue }
                    return finding(
                        word.range, "`\(word.text)`", maker, mount,
                        contents.mayHold(path, before: offset + step.index),
                        effect: "The command fails: the file is not there.", in: build)
                }
            }
            return nil
        }
    }

    /// The words that name files which have to be there.
    private func read(by command: ShellCommand) -> [ShellWord] {
        var words =
            command.words[0].isLiteral && command.words[0].text.contains("/") ? [command.words[0]] : []
        if let program = command.program, ["cp", "mv", "install"].contains(program),
            !command.hasUnseenArguments
        {
            let names = command.arguments.filter { !($0.isLiteral && $0.text.hasPrefix("-")) }
            let hasValues = command.arguments.contains { ["-t", "-m", "-o", "-g", "-S"].contains($0.text) }
            if !hasValues { words += names.dropLast() }
        }
        return words.filter { !$0.hasGlob }
    }

    // MARK: CMD and ENTRYPOINT

    private func start(of build: BuildFacts, _ answers: LayerContents.Answers) -> [Finding] {
        guard let target = build.dockerfile.target else { return [] }
        let contents = LayerContents(ofStage: target, in: build, answers)
        let steps = build.stages[target].steps
        let commands = steps.filter {
            switch $0.instruction.body {
            case .cmd, .entrypoint: true
            default: false
            }
        }
        let last = Dictionary(commands.map { ($0.instruction.keyword, $0) }, uniquingKeysWith: { $1 })
        return last.values.sorted { $0.index < $1.index }.compactMap { step in
            guard let word = program(of: step), word.text.contains("/"), !word.text.contains("$"),
                let workdir = build.stages[target].stage.final.workdir.fact.value
            else { return nil }
            let path = PathText.clean(word.text, in: workdir)
            guard let (maker, mount) = maker(of: path, in: contents.steps[...]), mount.target.value != path
            else { return nil }
            return finding(
                word.range, "`\(word.text)`", maker, mount, contents.mayHold(path), severity: .warning,
                effect: "The container does not start, unless a volume brings the file in.", in: build)
        }
    }

    private func program(of step: StepFacts) -> Word? {
        let form: CommandForm
        switch step.instruction.body {
        case .cmd(let command), .entrypoint(let command): form = command
        default: return nil
        }
        guard case .exec(let words) = form else { return nil }
        return words.first
    }

    // MARK: Finding

    private func finding(
        _ range: Range<Int>, _ name: String, _ maker: StepFacts, _ mount: MountFacts, _ isHeld: Fact<Bool>,
        severity: Severity? = nil, effect: String, in build: BuildFacts
    ) -> Finding? {
        guard isHeld.value != true else { return nil }
        let target = mount.target.value ?? ""
        return finding(
            at: range, in: build.source, severity: isHeld.isFalse ? severity : .info,
            confidence: isHeld.isFalse ? .certain : .possible,
            message:
                "\(name) lies in the cache mount at `\(target)` of line \(maker.line), and no layer has what is "
                + "in a mount.",
            cost: effect,
            fix: Fix(
                "Copy it out of the mount in the RUN that makes it:\n  RUN --mount=type=cache,target=\(target) … && cp … /usr/local/bin/"
            ))
    }
}
