import Diagnostics
import SourceText

/// The steps of a stage.
extension Evaluator {
    mutating func evaluateStage(_ outline: Outline) -> Stage {
        reports = reachable[outline.index]
        let from = file.instructions[outline.from]
        var state = initialState(outline)
        let body = outline.isReplaced ? file.instructions[0..<0] : file.instructions[outline.body]
        var labels = Labels(
            stage: outlines.count + extraStates == 1 ? nil : outline.name ?? "stage-\(outline.index)",
            total: outline.triggers.count + body.count { $0.isCountedStep } + (outline.countsBase ? 1 : 0))
        var steps: [Step] = []
        steps.reserveCapacity(1 + outline.triggers.count + body.count)
        steps.append(
            Step(
                instruction: from, label: outline.namesBase ? labels.next() : nil, state: state,
                isTrigger: false,
                copy: nil, mounts: []))
        for trigger in outline.triggers {
            steps.append(step(trigger, isTrigger: true, &state, &labels, in: outline))
        }
        for instruction in body {
            steps.append(step(instruction, isTrigger: false, &state, &labels, in: outline))
        }
        return Stage(
            index: outline.index, name: outline.name, base: outline.base, platform: outline.platform,
            isReachable: reachable[outline.index], steps: steps, final: state)
    }

    static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    mutating func initialState(_ outline: Outline) -> StepState {
        var base: BaseImage?
        switch outline.base {
        case .stage(let parent):
            var state = stages[parent].final
            if stageBudget > 0 {
                let work = state.environment.reapplyImageVariables()
                _ = spend(work, at: outline.index)
            }
            return state
        case .scratch:
            base = BaseImage(user: "", workdir: "/", environmentIsComplete: true)
        case .image(let image):
            if image.isCertain { base = options.baseImage(image.text) }
        case .namedContext: break
        }
        var environment = Environment(
            isComplete: base?.environmentIsComplete ?? false, declaredIsUnset: options.passesNothingElse)
        for (name, value) in base?.environment ?? [] {
            environment.set(
                Environment.Variable(name: name, value: Expanded(value), origin: .baseImage, range: nil))
        }
        if environment.isComplete, environment["PATH"] == nil {
            environment.set(
                Environment.Variable(
                    name: "PATH", value: Expanded(Self.defaultPath), origin: .baseImage, range: nil))
        }
        return StepState(
            environment: environment,
            user: Expanded(base?.user ?? "", isCertain: base?.user != nil),
            workdir: Expanded(
                base?.workdir.map { $0.isEmpty ? "/" : $0 } ?? "/", isCertain: base?.workdir != nil),
            shell: nil)
    }

    mutating func step(
        _ instruction: Instruction, isTrigger: Bool, _ state: inout StepState, _ labels: inout Labels,
        in outline: Outline
    ) -> Step {
        let before = state
        var copy: ExpandedCopy?
        var mounts: [ExpandedMount] = []
        var hasLabel = instruction.isCountedStep
        switch instruction.body {
        case .arg(let declarations): declare(declarations, &state)
        case .env(let pairs):
            var variables: [Environment.Variable] = []
            variables.reserveCapacity(pairs.count)
            for pair in pairs {
                variables.append(
                    Environment.Variable(
                        name: expand(pair.key, in: before.environment).text,
                        value: expand(pair.value, in: before.environment), origin: .env,
                        range: pair.key.range
                            .lowerBound..<max(pair.key.range.upperBound, pair.value.range.upperBound)))
            }
            for variable in variables { state.environment.set(variable) }
        case .label(let pairs):
            for pair in pairs {
                check(pair.key, in: before.environment)
                check(pair.value, in: before.environment)
            }
        case .expose(let words), .volume(let words):
            for word in words { check(word, in: before.environment) }
        case .stopsignal(let word): check(word, in: before.environment)
        case .user(let word): state.user = expand(word, in: before.environment)
        case .workdir(let word):
            let path = expand(word, in: before.environment)
            state.workdir = workdir(path, from: before.workdir)
            if state.workdir.text.utf8.count > Limits.workdirBytes {
                if !hasLongWorkdir {
                    report(
                        SyntaxProblem(
                            kind: .limit, range: word.range,
                            message: "the working directory is longer than \(Limits.workdirBytes) bytes",
                            remedy: "Shorten it."))
                }
                hasLongWorkdir = true
                state.workdir = Expanded(before.workdir.text, isCertain: false)
            }
            if state.workdir.text == "/", state.workdir.isCertain { hasLabel = false }
        case .shell(let words): state.shell = words.map(\.text)
        case .run(let run):
            mounts.reserveCapacity(run.mounts.count)
            for mount in run.mounts { mounts.append(expanded(mount, before, in: outline)) }
        case .copy(let instructionCopy):
            copy = expanded(instructionCopy, instruction, before, in: outline)
        case .from, .cmd, .entrypoint, .healthcheck, .maintainer, .onbuild, .invalid: break
        }
        return Step(
            instruction: instruction, label: hasLabel ? labels.next() : nil, state: before,
            isTrigger: isTrigger,
            copy: copy, mounts: mounts)
    }

    /// `ARG` in a stage (`convert.go`, dispatchArg): the passed value, else the default, else the global value.
    mutating func declare(_ declarations: [ArgDeclaration], _ state: inout StepState) {
        for declaration in declarations {
            let name = declaration.name.text
            // These never become variables.
            if name == "BUILDKIT_SBOM_SCAN_CONTEXT" || name == "BUILDKIT_SBOM_SCAN_STAGE" { continue }
            var value: Expanded?
            if let passed = passedValue(of: name) {
                value = passed
            } else if let defaultValue = declaration.defaultValue {
                value = expand(defaultValue, in: state.environment)
            } else if let variable = global[name] {
                value = variable.value
            }
            if let value {
                let origin = declaration.defaultValue == nil ? global[name]?.origin ?? .arg : .arg
                state.environment.set(
                    Environment.Variable(name: name, value: value, origin: origin, range: declaration.range))
            } else {
                state.environment.declare(name)
            }
        }
    }

    func workdir(_ path: Expanded, from current: Expanded) -> Expanded {
        if path.text.isEmpty { return Expanded(current.text, isCertain: path.isCertain && current.isCertain) }
        // An absolute path is kept as it is written (`path.go`, NormalizePath).
        if ContainerPath.isAbsolute(path.text) { return path }
        return Expanded(
            ContainerPath.join(current.text, path.text), isCertain: path.isCertain && current.isCertain)
    }
}

extension Evaluator {
    /// The numbers of a stage's steps (`convert.go`, prefixCommand). `WORKDIR /` counts but gets none.
    struct Labels {
        let stage: String?
        let total: Int
        private var number = 0

        init(stage: String?, total: Int) {
            self.stage = stage
            self.total = total
        }

        mutating func next() -> StepLabel {
            number += 1
            return StepLabel(stage: stage, number: number, of: total)
        }
    }
}
