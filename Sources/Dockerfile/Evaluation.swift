import Diagnostics
import SourceText

extension ParsedDockerfile {
    /// Evaluates the file for one build, as BuildKit's `convert.go` does.
    package func evaluated(_ options: EvaluationOptions = EvaluationOptions()) -> EvaluatedDockerfile {
        var evaluator = Evaluator(self, options)
        return evaluator.evaluate()
    }
}

/// One evaluation. The passes: global arguments, the stages and what they stand on, what each stage needs, which are
/// reachable from the target, and at last the steps, stage by stage.
private struct Evaluator {
    /// A stage before its steps are evaluated.
    struct Outline {
        let index: Int
        /// Indices in `file.instructions`: the FROM, and what follows it.
        let from: Int
        let body: Range<Int>
        /// Lower case.
        let name: String?
        let base: Stage.Base
        let platform: Expanded?
        /// A named context stands in for the whole stage.
        let isReplaced: Bool
        /// The instructions that the parent stage's ONBUILDs add.
        var triggers: [Instruction] = []
        /// What its own ONBUILDs hold.
        var ownTriggers: [Instruction] = []
        var needs: [Int] = []
    }

    let file: ParsedDockerfile
    let options: EvaluationOptions
    var problems: [SyntaxProblem] = []
    var global: Environment
    var outlines: [Outline] = []
    /// The last stage of each name.
    var stageByName: [String: Int] = [:]
    var reachable: [Bool] = []
    /// States that BuildKit makes besides the stages: sources of `--from` and of mounts that are no stage.
    var extraStates = 0
    var expansionBudget = Limits.expansionWork
    var stageBudget = Limits.stageWork
    /// Instructions that parent stages' ONBUILDs add, in all stages.
    var triggerCount = 0
    var hasLongWorkdir = false
    var stages: [Stage] = []
    /// Whether the stage that is evaluated is reachable; what is wrong in others does not break the build.
    var reports = true

    init(_ file: ParsedDockerfile, _ options: EvaluationOptions) {
        self.file = file
        self.options = options
        global = Environment(declaredIsUnset: options.passesNothingElse)
    }

    mutating func evaluate() -> EvaluatedDockerfile {
        let firstStage = file.instructions.firstIndex { $0.keyword == .from } ?? file.instructions.count
        var starts: [Int] = []
        for index in firstStage..<file.instructions.count where file.instructions[index].keyword == .from {
            starts.append(index)
        }
        evaluateGlobals(file.instructions[..<firstStage], starts: starts)
        outlineStages(starts)
        findNeeds()
        let target = findTarget()
        findReachable(from: target)
        stages.reserveCapacity(outlines.count)
        for outline in outlines { stages.append(evaluateStage(outline)) }
        for stage in stages { stage.final.environment.freeze() }
        global.freeze()
        problems.sort { $0.range.lowerBound < $1.range.lowerBound }
        if problems.count > Limits.syntaxProblems {
            problems.removeLast(problems.count - Limits.syntaxProblems)
        }
        return EvaluatedDockerfile(
            parsed: file, stages: stages, target: target, globalArgs: global,
            problems: file.usesForeignFrontend ? [] : problems)
    }

    // MARK: - Global arguments

    private mutating func evaluateGlobals(_ instructions: ArraySlice<Instruction>, starts: [Int]) {
        setPlatformArgs(starts: starts)
        for instruction in instructions {
            guard case .arg(let declarations) = instruction.body else { continue }
            for declaration in declarations {
                let name = declaration.name.text
                let range = declaration.range
                if let passed = passedValue(of: name) {
                    global.set(Environment.Variable(name: name, value: passed, origin: .arg, range: range))
                } else if let value = declaration.defaultValue {
                    let expanded = expand(value, in: global)
                    global.set(Environment.Variable(name: name, value: expanded, origin: .arg, range: range))
                } else {
                    global.declare(name)
                }
            }
        }
    }

    /// The value of a `--build-arg`; nil where none is passed.
    private func passedValue(of name: String) -> Expanded? {
        guard let passed = options.buildArgs[name] else { return nil }
        return passed.map { Expanded($0) } ?? Expanded("", isCertain: false)
    }

    /// The arguments that BuildKit predefines in the global scope (`platform.go`, defaultArgs).
    private mutating func setPlatformArgs(starts: [Int]) {
        let platform = options.platform.map(Platform.init)
        let unknown = Expanded("", isCertain: false)
        var lastName = ""
        if let last = starts.last, case .from(let from) = file.instructions[last].body {
            lastName = from.name?.text.lowercased() ?? ""
        }
        let target = options.target ?? lastName
        let values: [(String, Expanded)] = [
            ("BUILDPLATFORM", unknown), ("BUILDOS", unknown), ("BUILDOSVERSION", unknown),
            ("BUILDARCH", unknown),
            ("BUILDVARIANT", unknown),
            ("TARGETPLATFORM", platform.map { Expanded($0.text) } ?? unknown),
            ("TARGETOS", platform.map { Expanded($0.os) } ?? unknown),
            ("TARGETOSVERSION", platform.map { _ in Expanded("") } ?? unknown),
            ("TARGETARCH", platform.map { Expanded($0.architecture) } ?? unknown),
            ("TARGETVARIANT", platform.map { Expanded($0.variant) } ?? unknown),
            ("TARGETSTAGE", Expanded(target.isEmpty ? "default" : target)),
        ]
        for (name, value) in values {
            global.set(
                Environment.Variable(
                    name: name, value: passedValue(of: name) ?? value, origin: .platform, range: nil))
        }
    }

    // MARK: - Stages

    private mutating func outlineStages(_ starts: [Int]) {
        outlines.reserveCapacity(starts.count)
        for (index, start) in starts.enumerated() {
            let end = index + 1 < starts.count ? starts[index + 1] : file.instructions.count
            var name: String?
            var base = Stage.Base.image(Expanded("", isCertain: false))
            var platform: Expanded?
            var isReplaced = false
            if case .from(let from) = file.instructions[start].body {
                name = from.name?.text.lowercased()
                platform = from.platform.map { expand($0, in: global) }
                if let platform, platform.isCertain, platform.text.isEmpty, let range = from.platform?.range {
                    problems.append(
                        SyntaxProblem(
                            kind: .expansion, range: range, message: "the platform of FROM comes out empty",
                            remedy: "Give its ARG a default, before the first FROM, or remove --platform."))
                }
                let image = expand(from.image, in: global)
                if let name, options.namedContexts.contains(name), !Self.isReserved(name) {
                    base = .namedContext(name)
                    isReplaced = true
                } else {
                    base = self.base(image, from)
                }
            }
            outlines.append(
                Outline(
                    index: index, from: start, body: start + 1..<end, name: name, base: base,
                    platform: platform,
                    isReplaced: isReplaced))
            if let name { stageByName[name] = index }
        }
    }

    /// What a FROM continues: names are compared as written, with the stages above.
    private mutating func base(_ image: Expanded, _ from: FromInstruction) -> Stage.Base {
        if image.isCertain {
            if image.text.isEmpty {
                problems.append(
                    SyntaxProblem(
                        kind: .expansion, range: from.image.range,
                        message: "the image of FROM comes out empty",
                        remedy: "Give its ARG a default, before the first FROM."))
                return .image(Expanded("", isCertain: false))
            }
            if let stage = stageByName[image.text] { return .stage(stage) }
            if image.text == "scratch" { return .scratch }
            if image.text != from.image.text, Self.lacksPart(image.text) {
                problems.append(
                    SyntaxProblem(
                        kind: .expansion, range: from.image.range,
                        message: "the image of FROM comes out as `\(image.text)`, which names none",
                        remedy: "Give its ARG a default, before the first FROM."))
                return .image(Expanded(image.text, isCertain: false))
            }
            if let context = namedContext(image.text) { return .namedContext(context) }
        }
        return .image(image)
    }

    /// A tag, a digest or a part of a path that is empty: "invalid reference format" to BuildKit, also in stages that the
    /// target does not need (tried on Docker Engine 28.5).
    private static func lacksPart(_ image: String) -> Bool {
        image.hasSuffix(":") || image.hasSuffix("@") || image.hasPrefix(":") || image.hasPrefix("@")
            || image.split(separator: "/", omittingEmptySubsequences: false).contains { $0.isEmpty }
    }

    private static func isReserved(_ name: String) -> Bool {
        name.lowercased() == "scratch" || name.lowercased() == "context"
    }

    /// The named context that an image reference stands for (`namedcontext.go`: as normalised names).
    private func namedContext(_ reference: String) -> String? {
        if options.namedContexts.isEmpty || Self.isReserved(reference) { return nil }
        if options.namedContexts.contains(reference) { return reference }
        let normalized = Self.normalized(reference)
        return options.namedContexts.first { Self.normalized($0) == normalized }
    }

    private static func normalized(_ reference: String) -> String {
        var name = reference[...]
        for prefix in ["docker.io/library/", "docker.io/", "index.docker.io/library/"]
        where name.hasPrefix(prefix) {
            name = name.dropFirst(prefix.count)
            break
        }
        return String(name.hasSuffix(":latest") ? name.dropLast(7) : name)
    }

    /// Finds for each stage which others it reads from, and how many states BuildKit makes besides.
    private mutating func findNeeds() {
        for index in outlines.indices {
            var needs: [Int] = []
            for instruction in file.instructions[outlines[index].body] {
                let (stages, extra) = sources(of: instruction)
                needs += stages
                extraStates += extra
                if case .onbuild(let trigger) = instruction.body {
                    outlines[index].ownTriggers.append(trigger)
                }
            }
            if case .stage(let parent) = outlines[index].base {
                needs.append(parent)
                let triggers = outlines[parent].isReplaced ? [] : outlines[parent].ownTriggers
                triggerCount += triggers.count
                if spend(triggers.count, at: index), mayAdd(triggers, at: index) {
                    outlines[index].triggers = triggers
                    for trigger in triggers { needs += sources(of: trigger).stages }
                }
            }
            outlines[index].needs = needs
        }
    }

    /// Whether the triggers that stages have so far are not too many.
    private mutating func mayAdd(_ triggers: [Instruction], at stage: Int) -> Bool {
        if triggerCount <= Limits.instructions { return true }
        if triggerCount - triggers.count <= Limits.instructions {
            problems.append(
                SyntaxProblem(
                    kind: .limit, range: file.instructions[outlines[stage].from].keywordRange,
                    message:
                        "ONBUILDs come to more than \(Limits.instructions) instructions; from here on they are not examined",
                    remedy: "Split the file."))
        }
        return false
    }

    /// Takes from what stages may take from each other.
    /// - Returns: false once that is used up, which is told once.
    private mutating func spend(_ work: Int, at stage: Int) -> Bool {
        if work == 0 { return true }
        if stageBudget <= 0 { return false }
        stageBudget -= work
        if stageBudget > 0 { return true }
        problems.append(
            SyntaxProblem(
                kind: .limit, range: file.instructions[outlines[stage].from].keywordRange,
                message: "the stages take too much from each other to follow all of it",
                remedy: "Split the file."))
        return false
    }

    /// The stages that an instruction reads from, and the number of other sources it names.
    private func sources(of instruction: Instruction) -> (stages: [Int], others: Int) {
        switch instruction.body {
        case .copy(let copy):
            guard let from = copy.from?.text else { return ([], 0) }
            if let number = Int(from) { return (outlines.indices.contains(number) ? [number] : [], 0) }
            if let stage = stageByName[from.lowercased()] { return ([stage], 0) }
            return ([], 1)
        case .run(let run):
            var stages: [Int] = []
            for mount in run.mounts {
                let from = mount.from ?? ""
                if let stage = stageByName[from.isEmpty ? "scratch" : from.lowercased()] {
                    stages.append(stage)
                }
            }
            return (stages, run.mounts.count - stages.count)
        default: return ([], 0)
        }
    }

    private mutating func findTarget() -> Int? {
        // The stage that is built may be one that is not read.
        if file.isCutShort { return nil }
        guard let target = options.target, !target.isEmpty else { return outlines.indices.last }
        if let index = stageByName[target.lowercased()] { return index }
        guard !outlines.isEmpty else { return nil }
        let names = outlines.compactMap(\.name)
        let match = closestMatch(to: target, among: names)
        let range = outlines.last.map { file.instructions[$0.from].keywordRange } ?? 0..<0
        problems.append(
            SyntaxProblem(
                kind: .stage, range: range,
                message: "no stage is called `\(target)`, the target of the build",
                remedy: match.map { "Did you mean \($0)?" }
                    ?? (names.isEmpty
                        ? "Name a stage with `FROM … AS \(target)`."
                        : "The stages are \(names.joined(separator: ", ")).")))
        return nil
    }

    private mutating func findReachable(from target: Int?) {
        reachable = [Bool](repeating: file.isCutShort, count: outlines.count)
        guard let target else { return }
        var pending = [target]
        while let index = pending.popLast() {
            if reachable[index] { continue }
            reachable[index] = true
            pending += outlines[index].needs
            if case .image(let image) = outlines[index].base, !image.isCertain, spend(index, at: index) {
                pending += possibleParents(of: outlines[index])
            }
        }
    }

    /// Where a variable of unknown value is a part of FROM's image (`FROM build-${TARGETARCH}`): the stages above whose
    /// names have the rest of it.
    private func possibleParents(of outline: Outline) -> [Int] {
        guard case .from(let from) = file.instructions[outline.from].body,
            let dollar = from.image.text.firstIndex(of: "$")
        else { return [] }
        let written = from.image.text
        let head = written[..<dollar]
        let tail = written.lastIndex(of: "}").map { written[written.index(after: $0)...] } ?? ""
        if head.isEmpty && tail.isEmpty { return [] }
        return outlines[..<outline.index].filter { above in
            guard let name = above.name else { return false }
            return name.hasPrefix(head) && name.hasSuffix(tail)
                && name.utf8.count >= head.utf8.count + tail.utf8.count
        }.map(\.index)
    }

    // MARK: - Steps

    private mutating func evaluateStage(_ outline: Outline) -> Stage {
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

    private static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    private mutating func initialState(_ outline: Outline) -> StepState {
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

    private mutating func step(
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
    private mutating func declare(_ declarations: [ArgDeclaration], _ state: inout StepState) {
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

    private func workdir(_ path: Expanded, from current: Expanded) -> Expanded {
        if path.text.isEmpty { return Expanded(current.text, isCertain: path.isCertain && current.isCertain) }
        // An absolute path is kept as it is written (`path.go`, NormalizePath).
        if ContainerPath.isAbsolute(path.text) { return path }
        return Expanded(
            ContainerPath.join(current.text, path.text), isCertain: path.isCertain && current.isCertain)
    }

    // MARK: - COPY, ADD and mounts

    private mutating func expanded(
        _ copy: CopyInstruction, _ instruction: Instruction, _ state: StepState, in outline: Outline
    ) -> ExpandedCopy {
        let environment = state.environment
        var sources: [Expanded] = []
        sources.reserveCapacity(copy.sources.count)
        for source in copy.sources { sources.append(expand(source, in: environment)) }
        for heredoc in instruction.heredocs where heredoc.expands { checkBody(heredoc, in: environment) }
        let path = expand(copy.destination, in: environment)
        let isAbsolute = ContainerPath.isAbsolute(path.text)
        let chown = copy.chown.map { expand($0, in: environment) }
        if let word = copy.chmod { check(word, in: environment) }
        if let word = copy.checksum { check(word, in: environment) }
        return ExpandedCopy(
            origin: copy.from.map { origin(of: $0, in: outline) } ?? .context, sources: sources,
            destination: Expanded(
                ContainerPath.absolute(path.text, from: state.workdir.text),
                isCertain: path.isCertain && (isAbsolute || state.workdir.isCertain)),
            excludes: copy.excludes.map(\.text), chown: chown)
    }

    /// What a `--from` of COPY names.
    private mutating func origin(of from: Word, in outline: Outline) -> FileOrigin {
        if let number = Int(from.text) {
            if outlines.indices.contains(number) { return stageOrigin(number, from.range, in: outline) }
            // BuildKit counts the sources that are no stages behind the stages.
            if !file.isCutShort, number < 0 || number >= outlines.count + extraStates {
                report(
                    SyntaxProblem(
                        kind: .stage, range: from.range, message: "there is no stage \(number)",
                        remedy:
                            "The stages are counted from 0 to \(outlines.count - 1); better give them names.")
                )
            }
            return .unknown
        }
        if let stage = stageByName[from.text.lowercased()] {
            return stageOrigin(stage, from.range, in: outline)
        }
        return namedContext(from.text).map { .namedContext($0) } ?? .image(from.text)
    }

    private mutating func stageOrigin(_ stage: Int, _ range: Range<Int>, in outline: Outline) -> FileOrigin {
        if stage < outline.index || outlines[stage].isReplaced { return .stage(stage) }
        let name = outlines[stage].name ?? "\(stage)"
        report(
            SyntaxProblem(
                kind: .stage, range: range,
                message: stage == outline.index
                    ? "the stage `\(name)` reads from itself"
                    : "the stage `\(name)` stands below its first use",
                remedy: stage == outline.index
                    ? "Name an earlier stage." : "Move the stage above the one that reads from it."))
        return .unknown
    }

    private mutating func expanded(_ mount: RunMount, _ state: StepState, in outline: Outline)
        -> ExpandedMount
    {
        func word(_ key: String, _ value: String?) -> Word? {
            value.map { Word(text: $0, range: mount.range) }
        }
        let environment = state.environment
        let written = word("target", mount.target).map { expand($0, in: environment) }
        let id = word("id", mount.id).map { expand($0, in: environment) }
        let source = word("source", mount.source).map { expand($0, in: environment) }
        let uid = word("uid", mount.uid).map { expand($0, in: environment) }
        let gid = word("gid", mount.gid).map { expand($0, in: environment) }
        var target: Expanded?
        var cacheKey: Expanded?
        if mount.kind == .bind || mount.kind == .cache || mount.kind == .tmpfs || written != nil {
            let path = written ?? Expanded("")
            let isAbsolute = ContainerPath.isAbsolute(path.text)
            target = Expanded(
                isAbsolute
                    ? ContainerPath.clean(path.text) : ContainerPath.join(state.workdir.text, path.text),
                isCertain: path.isCertain && (isAbsolute || state.workdir.isCertain))
            if let target, target.text == "/", target.isCertain, mount.kind != .secret, mount.kind != .ssh {
                report(
                    SyntaxProblem(
                        kind: .mount, range: mount.range, message: "the target of the mount comes out as `/`",
                        remedy: "Name a directory below it with `target=`."))
            }
            if mount.kind == .cache {
                cacheKey =
                    id.flatMap { $0.text.isEmpty && $0.isCertain ? nil : $0 }
                    ?? Expanded(ContainerPath.clean(path.text), isCertain: path.isCertain)
            }
        }
        return ExpandedMount(
            mount: mount, target: target, cacheKey: cacheKey, origin: origin(of: mount, in: outline),
            source: source,
            uid: uid, gid: gid)
    }

    private mutating func origin(of mount: RunMount, in outline: Outline) -> FileOrigin {
        guard let from = mount.from, !from.isEmpty else {
            return mount.kind == .bind ? .context : .image("scratch")
        }
        if let stage = stageByName[from.lowercased()] { return stageOrigin(stage, mount.range, in: outline) }
        return namedContext(from).map { .namedContext($0) } ?? .image(from)
    }

    // MARK: - Expansion

    private mutating func report(_ problem: SyntaxProblem) {
        if reports { problems.append(problem) }
    }

    /// Only to report what cannot be expanded.
    private mutating func check(_ word: Word, in environment: Environment) {
        if word.text.utf8.contains(Byte.dollar) { _ = expand(word, in: environment) }
    }

    private mutating func checkBody(_ heredoc: Heredoc, in environment: Environment) {
        guard heredoc.content.utf8.contains(Byte.dollar) else { return }
        var lexer = WordLexer(
            Array(heredoc.content.utf8), escape: Byte.backslash,
            options: WordLexer.Options(ignoresQuotes: true),
            environment: environment, budget: expansionBudget)
        do {
            _ = try lexer.expand()
        } catch {
            report(problem(error, heredoc.contentRange))
        }
        expansionBudget = lexer.budget
    }

    /// A word with its variables, quotes and escapes resolved.
    private mutating func expand(_ word: Word, in environment: Environment) -> Expanded {
        let escape = file.escape
        let isPlain = !word.text.utf8.contains {
            $0 == Byte.dollar || $0 == escape || $0 == Byte.singleQuote || $0 == Byte.doubleQuote
        }
        if isPlain { return Expanded(word.text) }
        var lexer = WordLexer(
            Array(word.text.utf8), escape: escape, environment: environment, budget: expansionBudget)
        defer { expansionBudget = lexer.budget }
        do {
            let text = try lexer.expand()
            return Expanded(String(decoding: text, as: UTF8.self), isCertain: lexer.isCertain)
        } catch {
            report(problem(error, word.range))
            return Expanded("", isCertain: false)
        }
    }

    private func problem(_ error: ExpansionError, _ range: Range<Int>) -> SyntaxProblem {
        SyntaxProblem(
            kind: error.isLimit ? .limit : .expansion, range: range, message: error.message,
            remedy: error.isLimit
                ? "Shorten it."
                : "See the forms of variables that a Dockerfile knows; `\\$` is a plain dollar sign.")
    }
}

extension ArgDeclaration {
    /// From the name to the end of the default.
    fileprivate var range: Range<Int> {
        name.range.lowerBound..<max(name.range.upperBound, defaultValue?.range.upperBound ?? 0)
    }
}

extension Evaluator.Outline {
    /// Whether the base counts as a step (`convert.go`: unless it is scratch or a stage).
    fileprivate var countsBase: Bool {
        if isReplaced { return false }
        switch base {
        case .image, .namedContext: return true
        case .scratch, .stage: return false
        }
    }

    /// Whether the base is shown as a step.
    fileprivate var namesBase: Bool {
        if case .image = base { return true }
        return false
    }
}

extension Instruction {
    /// Whether BuildKit counts it among the steps of a stage.
    fileprivate var isCountedStep: Bool {
        keyword == .run || keyword == .copy || keyword == .add || keyword == .workdir
    }
}

/// The numbers of a stage's steps (`convert.go`, prefixCommand). `WORKDIR /` counts but gets none.
private struct Labels {
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

/// `os/arch[/variant]`.
private struct Platform {
    let os: String
    let architecture: String
    let variant: String

    init(_ text: String) {
        let parts = text.lowercased().split(separator: "/", maxSplits: 2).map(String.init)
        os = parts.first ?? ""
        var architecture = parts.count > 1 ? parts[1] : ""
        var variant = parts.count > 2 ? parts[2] : ""
        // containerd's normal form (`platforms`, normalizeArch).
        switch architecture {
        case "x86_64", "x86-64": architecture = "amd64"
        case "aarch64": architecture = "arm64"
        case "i386": architecture = "386"
        case "armhf": (architecture, variant) = ("arm", "")
        case "armel": (architecture, variant) = ("arm", "v6")
        default: break
        }
        if architecture == "amd64", variant == "v1" { variant = "" }
        if architecture == "arm64", variant == "v8" || variant == "8" { variant = "" }
        if architecture == "arm", variant.isEmpty || variant == "7" { variant = "v7" }
        self.architecture = architecture
        self.variant = variant
    }

    var text: String { variant.isEmpty ? "\(os)/\(architecture)" : "\(os)/\(architecture)/\(variant)" }
}
