internal import BuildContext
internal import Dockerfile
internal import Facts
internal import Repository

/// Both sides of one build: looks the key of each step up among those of the base.
struct BuildComparison {
    /// nil where the base has no such build.
    let base: (side: BuildSide, keys: StepKeys)?
    let head: BuildSide
    let keys: StepKeys
    /// Of the contexts of both sides.
    var contexts: [ContextComparison]
    let facts: BuildFacts
    /// How many paths a cause names.
    var shownFiles = 5

    private let known: (certain: Set<KeyDigest>, hopeful: Set<KeyDigest>)
    /// The base's steps by what their parents are, should outputs stay the same.
    private let previous: [KeyDigest: [KeyedStep]]

    init(
        base: (side: BuildSide, keys: StepKeys)?, head: BuildSide, keys: StepKeys,
        contexts: [ContextComparison], facts: BuildFacts
    ) {
        self.contexts = contexts
        self.base = base
        self.head = head
        self.keys = keys
        self.facts = facts
        let steps = base?.keys.steps ?? []
        known = (Set(steps.map(\.key.certain)), Set(steps.map(\.key.hopeful)))
        var previous: [KeyDigest: [KeyedStep]] = [:]
        for step in steps {
            if let parent = step.parent { previous[parent.hopeful, default: []].append(step) }
        }
        self.previous = previous
    }

    /// The steps of reachable stages with what becomes of them.
    func steps() -> [StepImpact] {
        var states: [KeyDigest: (state: CacheState, label: StepLabel)] = [:]
        var impacts: [StepImpact] = []
        var fetching: [Int: StepClass.Fetching] = [:]
        for step in keys.steps {
            let stage = head.dockerfile.stages[step.stage]
            let written = stage.steps[step.step]
            guard let label = written.label else { continue }
            let state: CacheState =
                if known.certain.contains(step.key.certain) {
                    .cached
                } else {
                    known.hopeful.contains(step.key.hopeful) ? .maybe : .rebuild
                }
            let before = step.parent.flatMap { states[$0.certain] }
            let cause: Cause? =
                state == .cached ? nil : cause(of: step, state, after: before)
            let stageFacts = facts.stages[step.stage]
            let ofStage = fetching[step.stage] ?? StepClass.Fetching(stageFacts)
            fetching[step.stage] = ofStage
            let stepClass = StepClass(stageFacts.steps[step.step], ofStage)
            if states[step.key.certain] == nil { states[step.key.certain] = (state, label) }
            impacts.append(
                StepImpact(
                    label: label, stage: stage.displayName, line: written.instruction.lines.lowerBound,
                    instruction: written.instruction.text, state: state, kind: stepClass.kind,
                    hasWorkingCache: stepClass.hasWorkingCache, cause: cause, reads: stagesRead(by: written),
                    cacheKey: step.key))
        }
        return impacts
    }

    private func stagesRead(by step: Step) -> [String] {
        var names: [String] = []
        for origin in [step.copy?.origin].compactMap({ $0 }) + step.mounts.map(\.origin) {
            guard case .stage(let index) = origin else { continue }
            let name = head.dockerfile.stages[index].displayName
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// The reachable stages.
    func stages() -> [BuildStage] {
        head.dockerfile.stages.filter(\.isReachable).map { stage in
            var continued: String?
            if case .stage(let index) = stage.base { continued = head.dockerfile.stages[index].displayName }
            return BuildStage(name: stage.displayName, continued: continued)
        }
    }

    // MARK: - Causes

    private func cause(
        of step: KeyedStep, _ state: CacheState, after before: (state: CacheState, label: StepLabel)?
    ) -> Cause {
        guard base != nil else { return .newBuild }
        let standsOnBase = step.parent.map { !isKnown($0) && before == nil } ?? true
        if standsOnBase, let other = madeBase(step) {
            if state == .maybe, other.leavesTriggers {
                return .unseen(
                    "the image that \(other.name) makes has ONBUILD triggers, and what they take here is not followed"
                )
            }
            return .build(other.name)
        }
        if standsOnBase, step.parent != nil,
            case .namedContext(let name) = head.dockerfile.stages[step.stage].base,
            head.namedContexts[name] == nil
        {
            return .unseen(keys.unseenContextText(name))
        }
        if step.parent == nil { return baseCause(step) }
        // After a step that only may run again, one that does for sure has a reason of its own.
        if let before, before.state == .rebuild || before.state == .maybe && state == .maybe {
            return .follows(before.label.description)
        }
        let candidates = step.parent.flatMap { previous[$0.hopeful] } ?? []
        // Why a step runs again for sure is what differs even if outputs stay the same.
        let level = state == .maybe ? \CacheKey.certain : \CacheKey.hopeful
        let keyword = instruction(step, head).keyword
        var best: (step: KeyedStep, differing: [KeyPart])?
        for candidate in candidates {
            guard let base, instruction(candidate, base.side).keyword == keyword else { continue }
            let before = Dictionary(candidate.parts.map { ($0.name, $0.key) }, uniquingKeysWith: { $1 })
            let differing = step.parts.filter { part in
                before[part.name].map { $0[keyPath: level] != part.key[keyPath: level] } ?? true
            }
            if differing.count < best?.differing.count ?? Int.max { best = (candidate, differing) }
        }
        guard let best, let part = best.differing.min(by: { $0.rank < $1.rank }) else {
            return .newInstruction
        }
        return cause(of: part, among: best.differing, in: step, was: best.step)
    }

    /// The base had the same file system there.
    private func isKnown(_ key: CacheKey) -> Bool {
        previous[key.hopeful]?.contains { $0.parent?.certain == key.certain } ?? false
    }

    /// The build that makes what the stage stands on, where no step stands between.
    private func madeBase(_ step: KeyedStep) -> StepKeys? {
        switch head.dockerfile.stages[step.stage].base {
        case .image(let image) where image.isCertain: head.made[ImageReference.normalized(image.text)]
        case .namedContext(let name): head.made[name]
        default: nil
        }
    }

    private func baseCause(_ step: KeyedStep) -> Cause {
        let stage = head.dockerfile.stages[step.stage]
        let to: String = if case .text(let text)? = step.parts.first?.detail { text } else { "" }
        let before = base?.keys.steps.filter { $0.parent == nil } ?? []
        let same = before.first { candidate in
            let other = base?.side.dockerfile.stages[candidate.stage]
            return stage.name != nil ? other?.name == stage.name : candidate.stage == step.stage
        }
        guard case .text(let from)? = same?.parts.first?.detail else { return .newInstruction }
        if from == to, let base {
            return .setting(name: "platform", from: base.side.platform, to: head.platform)
        }
        return .baseImage(from: from, to: to)
    }

    /// - Parameter differing: all parts that differ, this one included.
    private func cause(of part: KeyPart, among differing: [KeyPart], in step: KeyedStep, was: KeyedStep)
        -> Cause
    {
        let old = was.parts.first { $0.name == part.name }
        switch part.detail {
        case .variables(let now):
            guard case .variables(let before)? = old?.detail else { return .newInstruction }
            let names = Self.differingNames(before.keyVariables, now.keyVariables)
            // What differs between any two commits is written alike.
            return .variables(names.isEmpty ? head.volatile.filter { now[$0] != nil }.sorted() : names)
        case .files(let source): return cause(of: source, among: differing, was: was, old)
        case .text(let to):
            guard let base, case .text(let from)? = old?.detail else { return .newInstruction }
            switch part.name {
            case .command, .sources, .destination, .mounts, .flags, .owner, .mode:
                return .instruction(was: instruction(was, base.side).text)
            case .workdir: return .setting(name: "WORKDIR", from: from, to: to)
            case .user: return .setting(name: "USER", from: from, to: to)
            case .network where instruction(was, base.side).text == instruction(step, head).text:
                return .setting(name: "network of the build", from: from, to: to)
            case .buildOptions: return .setting(name: "options of the build", from: from, to: to)
            case .network, .security, .devices:
                return .instruction(was: instruction(was, base.side).text)
            case .hostname: return .setting(name: "hostname", from: from, to: to)
            case .platform: return .setting(name: "platform", from: from, to: to)
            case .image, .environment, .content: return .newInstruction
            }
        }
    }

    private static func differingNames(
        _ before: [(name: String, value: String)], _ now: [(name: String, value: String)]
    ) -> [String] {
        let old = Dictionary(before.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let new = Dictionary(now.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let names = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
        if !names.isEmpty { return names }
        // Only their order differs.
        return zip(before, now).filter { $0.name != $1.name }.map { $1.name }
    }

    /// - Parameters:
    ///   - differing: all parts of the step's key that differ.
    ///   - old: what the base has for this one.
    private func cause(
        of source: FileSource, among differing: [KeyPart], was: KeyedStep, _ old: KeyPart?
    ) -> Cause {
        switch source.origin {
        case .context:
            guard let changes = contextChanges(of: source, was: old) else { return .newInstruction }
            let files = changes.files
            if files.isEmpty, !changes.paths.isEmpty { return .gitFolder }
            if let ignoreFile = changes.context.changedIgnoreFile, !files.isEmpty {
                let shown = Array(files.prefix(shownFiles))
                return .ignoreFile(path: ignoreFile, files: shown, count: files.count)
            }
            return files.isEmpty
                ? .setting(name: "source", from: changes.before, to: source.path)
                : filesCause(of: differing, was: was)
        case .stage(let name): return .output(stage: name, path: source.path)
        case .image(let reference):
            guard case .files(let before)? = old?.detail, case .image(let old) = before.origin else {
                return .newInstruction
            }
            return .image(from: old, to: reference, path: source.path)
        case .build(let name): return .build(name)
        case .unseen(let what): return .unseen(what)
        case .other: return .newInstruction
        }
    }

    /// What of a context that a source takes is not the same on both sides.
    private struct ContextChanges {
        let context: ContextComparison
        /// The source's path at the base.
        let before: String
        let paths: [ContextPath]
        /// From the repository's root, without those of `.git`.
        let files: [String]

        init(_ context: ContextComparison, before: String, _ paths: [ContextPath]) {
            self.context = context
            self.before = before
            self.paths = paths
            files = paths.filter { !$0.isGitFolder }.map { context.head.tree.inTree($0).description }
        }
    }

    /// - Parameter old: what the base has for it.
    /// - Returns: nil where that is of another context.
    private func contextChanges(of source: FileSource, was old: KeyPart?) -> ContextChanges? {
        guard case .context(let now, let sources) = source.origin, case .files(let before)? = old?.detail,
            case .context(let then, _) = before.origin,
            let context = contexts.first(where: { $0.head.name == now.name && $0.base?.name == then.name })
        else { return nil }
        return ContextChanges(context, before: before.path, sources.flatMap { context.changedPaths($0) })
    }

    /// The changed files of all sources of a step, each of which has files of its own.
    private func filesCause(of differing: [KeyPart], was: KeyedStep) -> Cause {
        let changes = differing.compactMap { part -> ContextChanges? in
            guard case .files(let source) = part.detail else { return nil }
            return contextChanges(of: source, was: was.parts.first { $0.name == part.name })
        }
        let files = Set(changes.flatMap(\.files)).sorted()
        let shown = Array(files.prefix(shownFiles))
        let isOfModes = changes.allSatisfy { change in
            change.files.isEmpty || change.paths.allSatisfy { change.context.differsInModeOnly($0) }
        }
        return isOfModes ? .modes(shown, count: files.count) : .files(shown, count: files.count)
    }

    private func instruction(_ step: KeyedStep, _ side: BuildSide) -> Instruction {
        side.dockerfile.stages[step.stage].steps[step.step].instruction
    }
}

extension KeyPart {
    /// Which part is named where several differ: what somebody wrote comes first.
    fileprivate var rank: Int {
        switch name {
        case .image: 0
        case .command, .sources: 1
        case .mounts: 2
        case .destination, .owner, .mode, .flags, .network, .security, .devices: 3
        case .content(let index): 10 + index
        case .environment: 5
        case .workdir, .user, .platform, .hostname, .buildOptions: 4
        }
    }
}

extension ContextPath {
    var isGitFolder: Bool {
        bytes.starts(with: ".git".utf8) && (bytes.count == 4 || bytes[4] == UInt8(ascii: "/"))
    }
}
