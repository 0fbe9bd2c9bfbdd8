internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Project
internal import Repository

/// What one side of a build is made of.
struct BuildSide {
    /// The build's name.
    var name = ""
    let dockerfile: EvaluatedDockerfile
    /// nil where the context is not a folder of the repository.
    let context: ContextKeys?
    let namedContexts: [String: ContextKeys]
    /// Names of contexts that are no folder of the repository, with what they are.
    let otherContexts: [String: String]
    let buildArgs: [String: String?]
    let platform: String
    /// What the build is told of how RUN instructions run.
    let runOptions: RunOptions
    let runs: RunFacts
    /// Stands for all that nothing tells of this state: what is not in the repository, and values that differ from state to
    /// state. Where it is the same for two, they are taken to have that in common.
    let mark: String
    /// Arguments whose values differ from one compared state to the next, whatever they are.
    var volatile: Set<String> = []
    /// What other builds of the repository make, by the name of a context or the normalised name of an image.
    var made: [String: StepKeys] = [:]
}

/// Computes the cache key of every step of a build, by the rules of `docs/impact-model.md`.
struct StepKeys {
    let build: BuildSide
    /// Sources that both sides name.
    let shared: Set<String>
    /// The checksums of addresses that only one side names with one.
    let pins: [String: String]
    var stages: [[Effect]] = []
    /// The effects of each stage that may bring links to its files: COPYs, and the stage that it continues.
    var bringingLinks: [[Effect]] = []
    var chains: [CacheKey] = []
    var steps: [KeyedStep] = []
    let search = Search()
    let names = EnvironmentKey.Names()
    var environments: [EnvironmentKey?] = []
    /// What other builds set that stages stand on: variables, user, working folder.
    var configurations: [KeyDigest?] = []
    /// Stages whose lowest files are an image's, which may hold links.
    var haveImage: [Bool] = []
    /// The links that RUNs make in each stage.
    var links: [[(path: String, target: String)]] = []
    /// Variables whose values differ between the two sides.
    var volatile: Set<String>

    /// A path of a stage.
    struct Place: Hashable {
        let stage: Int
        let path: String
    }

    /// What was found out about stages, and how much more may be.
    final class Search {
        var keys: [Place: CacheKey] = [:]
        var budget = WorkBudget()
        private var depth = 0

        func enter() -> Bool {
            guard depth < Limits.copiedThrough else { return false }
            depth += 1
            return true
        }

        func leave() { depth -= 1 }
    }

    /// A step that a path of a stage depends on.
    enum Layer {
        case run(CacheKey)
        case files(CacheKey)
        /// Something that may have been put there, and need not.
        case maybe(KeyDigest)
    }

    /// The build's name.
    var name: String { build.name }

    /// Stages copy too much from each other to follow all of it.
    var isCutShort: Bool { search.budget.isSpent }

    /// What a step does to the files of its stage.
    enum Effect {
        /// It may write anything.
        case run(CacheKey, RunEffects?)
        case folder(String, owner: String, isCertain: Bool)
        case copy(Copy)
        case image(String)
        case context(ContextKeys)
        case stage(Int)
        /// What another build of the repository makes.
        case build(StepKeys)
        case unknown(CacheKey)

        var isStage: Bool { if case .stage = self { true } else { false } }
    }

    struct Copy {
        let sources: [Source]
        let destination: String
        /// Where that is in the stage's files, cleaned, known links followed.
        var place: String
        /// False where a variable decides it, or a working folder, that the repository does not tell.
        var isPlaceCertain: Bool
        /// Owner, mode and flags.
        let options: KeyDigest
        /// Archives are unpacked.
        let isAdd: Bool

        init(
            sources: [Source], destination: String, isPlaceCertain: Bool = true, options: KeyDigest,
            isAdd: Bool
        ) {
            self.isPlaceCertain = isPlaceCertain
            self.sources = sources
            self.destination = destination
            self.options = options
            self.isAdd = isAdd
            place = ContainerPath.clean(destination)
        }

        /// One source, and what its files are.
        struct Source {
            let content: Content
            let name: String
        }

        var isFolderDestination: Bool {
            destination.hasSuffix("/") || destination.hasSuffix("/.") || sources.count > 1
        }
    }

    enum Content {
        case context(ContextKeys, ContextSource)
        case stage(Int, path: String)
        case image(String, path: String)
        /// A file that is written in the Dockerfile.
        case inline(KeyDigest)
        /// What another build of the repository has at a path.
        case build(StepKeys, path: String)
        /// Fixed by its text: an address.
        case fixed(KeyDigest)
        /// No path of it is known: a source that a variable decides, a context that is not in the repository.
        case anything(CacheKey)
    }

    init(_ build: BuildSide, shared: Set<String>, pins: [String: String]) {
        self.build = build
        self.shared = shared
        self.pins = pins
        volatile = build.volatile
        for stage in build.dockerfile.stages { addStage(stage) }
    }

    /// The sources of contexts that a Dockerfile names, for `shared`.
    static func sourceIdentities(_ dockerfile: EvaluatedDockerfile) -> Set<String> {
        Set(sources(dockerfile).map(\.source.identity))
    }

    /// What steps of stages that the target needs take of files, and where from.
    typealias Source = (origin: FileOrigin, source: ContextSource, step: Step, isCertain: Bool)

    static func sources(_ dockerfile: EvaluatedDockerfile) -> [Source] {
        var sources: [Source] = []
        for stage in dockerfile.stages where stage.isReachable {
            for step in stage.steps {
                for mount in step.mounts
                where mount.mount.kind == .bind || mount.mount.kind == .cache && mount.mount.from != nil {
                    sources.append((mount.origin, mountSource(mount), step, mount.source?.isCertain ?? true))
                }
                guard let copy = step.copy, case .copy(let written) = step.instruction.body else { continue }
                for (source, expanded) in zip(copySources(copy, written), copy.sources) {
                    if step.instruction.keyword == .add, isAddress(expanded.text) { continue }
                    sources.append((copy.origin, source, step, expanded.isCertain))
                }
            }
        }
        return sources
    }

    /// The addresses that ADD takes, each with the checksums that are written beside it; nil for none.
    static func addresses(_ dockerfile: EvaluatedDockerfile) -> [String: Set<String?>] {
        var addresses: [String: Set<String?>] = [:]
        let mayAdd = dockerfile.parsed.instructions.contains { $0.keyword == .add || $0.keyword == .onbuild }
        guard mayAdd else { return addresses }
        for stage in dockerfile.stages where stage.isReachable {
            for step in stage.steps where step.instruction.keyword == .add {
                guard let copy = step.copy, case .copy(let written) = step.instruction.body else { continue }
                for source in copy.sources where isAddress(source.text) {
                    addresses[source.text, default: []].insert(checksum(written, step, dockerfile))
                }
            }
        }
        return addresses
    }

    /// For `pins`: what is fetched is told by its content, and a checksum that is added or taken away changes none.
    static func pins(_ base: EvaluatedDockerfile, _ head: EvaluatedDockerfile) -> [String: String] {
        addresses(base).merging(addresses(head)) { $0.union($1) }.compactMapValues { checksums in
            let written = checksums.compactMap { $0 }
            return written.count == 1 && checksums.count == 2 ? written[0] : nil
        }
    }

    static func checksum(_ copy: CopyInstruction, _ step: Step, _ dockerfile: EvaluatedDockerfile)
        -> String?
    {
        copy.checksum.map { dockerfile.parsed.expanded($0.text, in: step.state.environment)?.text ?? $0.text }
    }

    static func mountSource(_ mount: ExpandedMount) -> ContextSource {
        ContextSource(path: mount.source?.text ?? "/", allowsWildcards: false)
    }

    static func copySources(_ copy: ExpandedCopy, _ written: CopyInstruction) -> [ContextSource] {
        copy.sources.map {
            ContextSource(path: $0.text, excludes: copy.excludes, parents: written.parents)
        }
    }

    // MARK: - Stages

    mutating func addStage(_ stage: Stage) {
        var chain: CacheKey
        var effects: [Effect] = []
        /// Those of them that may bring links to its files.
        var bringing: [Effect] = []
        var own: CacheKey?
        let platform = self.platform(of: stage)
        var environment: EnvironmentKey?
        var configuration: KeyDigest?
        var hasImage = false
        var links: [(path: String, target: String)] = []
        if case .stage(let parent) = stage.base, parent < environments.count {
            environment = environments[parent]
            configuration = configurations[parent]
            hasImage = haveImage[parent]
            links = self.links[parent]
        }
        switch stage.base {
        case .scratch: chain = CacheKey(KeyDigest(.scratch))
        case .stage(let parent):
            guard parent < chains.count else {
                chain = CacheKey(KeyDigest(.absentStage, .number(parent)))
                break
            }
            chain = chains[parent]
            effects.append(.stage(parent))
            if !bringingLinks[parent].isEmpty { bringing.append(.stage(parent)) }
        case .image(let image):
            let reference = ImageReference.normalized(image.text)
            hasImage = true
            if image.isCertain, let other = build.made[reference] {
                (chain, configuration) = continuing(other)
                effects.append(.build(other))
            } else {
                chain = CacheKey(
                    KeyDigest(
                        .image, .text(reference), .text(image.isCertain ? "" : marked(written(stage))),
                        .text(platform)))
                effects.append(.image(reference))
            }
            own = chain
        case .namedContext(let name):
            if let context = build.namedContexts[name] {
                let source = ContextSource(path: "/", allowsWildcards: false)
                chain = CacheKey(
                    KeyDigest(.contextBase, .key(digest(context, source))))
                effects.append(.context(context))
            } else if let other = build.made[name] {
                (chain, configuration) = continuing(other)
                hasImage = true
                effects.append(.build(other))
            } else {
                chain = unseenKey(.unseenContext, ofContext: name, path: "")
                hasImage = true
                effects.append(.unknown(chain))
            }
        }
        for (index, step) in stage.steps.enumerated() {
            if index == 0 {
                if step.label != nil, let own, stage.isReachable {
                    steps.append(
                        KeyedStep(
                            stage: stage.index, step: 0, key: own, parent: nil,
                            parts: [
                                KeyPart(name: .image, key: own, detail: .text(baseText(stage)))
                            ]))
                }
                continue
            }
            if !volatile.isEmpty { taint(step) }
            guard stage.isReachable, step.label != nil else { continue }
            let state = index + 1 < stage.steps.count ? stage.steps[index + 1].state : stage.final
            if case .run = step.instruction.body {
                if environment?.advance(to: step.state.environment, names) == nil {
                    environment = EnvironmentKey(step.state.environment, names)
                }
            }
            let environmentParts =
                (environment?.parts ?? []) + (configuration.map { [.key($0)] } ?? [])
                + volatileParts(step)
            let (parts, effect) = self.parts(
                of: step, after: state, stage: stage, parent: chain, platform: platform,
                environment: environmentParts)
            let kind: KeyDigest.Kind
            switch step.instruction.keyword {
            case .run: kind = .run
            case .copy, .add: kind = .copy
            default: kind = .workdir
            }
            var parent = chain
            if readsOwnFileSystem(step, parent: chain) {
                // BuildKit then takes the whole file system by its content (`exec.go`).
                parent = CacheKey(certain: chain.certain, hopeful: KeyDigest(.any))
            }
            let key = CacheKey(
                certain: KeyDigest(
                    kind, [.key(parent.certain)] + parts.map { .key($0.key.certain) }),
                hopeful: KeyDigest(
                    kind, [.key(parent.hopeful)] + parts.map { .key($0.key.hopeful) }))
            steps.append(
                KeyedStep(stage: stage.index, step: index, key: key, parent: chain, parts: parts))
            chain = key
            switch effect {
            case .run:
                let run = build.runs.effects(stage: stage.index, step: index, step.instruction)
                effects.append(.run(key, run))
                links += run?.links ?? []
            case .copy(var copy):
                follow(&copy, links, bringing)
                effects.append(.copy(copy))
                if mayBringLinks(copy) { bringing.append(.copy(copy)) }
            default: effects.append(effect)
            }
        }
        chains.append(chain)
        stages.append(effects)
        bringingLinks.append(bringing)
        environments.append(environment)
        configurations.append(configuration)
        haveImage.append(hasImage)
        self.links.append(links)
    }

    /// The file system of another build's target, and a digest of what else it hands on.
    func continuing(_ other: StepKeys) -> (CacheKey, KeyDigest?) {
        guard let target = other.build.dockerfile.target, target < other.chains.count else {
            return (CacheKey(KeyDigest(.absentStage)), nil)
        }
        let final = other.build.dockerfile.stages[target].final
        let configuration = KeyDigest(
            .configuration,
            final.environment.keyVariables.filter { variable in
                final.environment[variable.name]?.origin == .env
            }.flatMap { [.text($0.name), .text($0.value)] } + [
                .text(final.user.text), .text(final.workdir.text),
                .text((final.shell ?? []).joined(separator: "\u{0}")),
            ])
        guard other.leavesTriggers else { return (other.chains[target], configuration) }
        // What they run here, and on which files, is not followed.
        let chain = other.chains[target]
        return (
            CacheKey(
                certain: KeyDigest(.unseenTriggers, [.key(chain.certain)] + markPart),
                hopeful: KeyDigest(.unseenTriggers, .key(chain.hopeful))), configuration
        )
    }

    /// Whether what it makes has ONBUILD triggers, which run in the builds that stand on it.
    var leavesTriggers: Bool {
        guard let target = build.dockerfile.target else { return false }
        return build.dockerfile.stages[target].steps.contains { $0.instruction.keyword == .onbuild }
    }

    /// What another build has at a path of its target.
    func key(of other: StepKeys, path: String) -> CacheKey {
        guard let target = other.build.dockerfile.target else { return CacheKey(KeyDigest(.absentStage)) }
        return other.key(stage: target, path: path)
    }

    /// What is not in the repository may be another on each side.
    func unseenKey(_ kind: KeyDigest.Kind, ofContext name: String, path: String) -> CacheKey {
        let text = build.otherContexts[name] ?? ""
        let same: [KeyDigest.Part] = [.text(name), .text(text), .text(path)]
        if text.hasPrefix("docker-image://") { return CacheKey(KeyDigest(kind, same)) }
        return CacheKey(certain: KeyDigest(kind, same + markPart), hopeful: KeyDigest(kind, same))
    }

    var markPart: [KeyDigest.Part] { [.text(build.mark)] }

    // MARK: - Variables

    /// Variables that are set from others whose values differ.
    mutating func taint(_ step: Step) {
        switch step.instruction.body {
        case .env(let pairs):
            for pair in pairs where namesVolatile(pair.value.text) { volatile.insert(pair.key.text) }
        case .arg(let declarations):
            for declaration in declarations where namesVolatile(declaration.defaultValue?.text ?? "") {
                volatile.insert(declaration.name.text)
            }
        default: break
        }
    }

    func namesVolatile(_ text: String) -> Bool {
        !volatile.isEmpty && Self.variableNames(text).contains(where: volatile.contains)
    }

    /// A text as written, told apart where a value in it differs.
    func marked(_ written: String) -> String {
        namesVolatile(written) ? written + "\u{0}\(build.mark)" : written
    }

    func volatileParts(_ step: Step) -> [KeyDigest.Part] {
        if volatile.isEmpty { return [] }
        let names = volatile.filter { step.state.environment[$0].map { !$0.value.isCertain } ?? false }
        return names.isEmpty
            ? [] : [.text(names.sorted().joined(separator: "\u{0}")), .text(build.mark)]
    }

    static func variableNames(_ text: String) -> [String] { ParsedDockerfile.variableNames(text) }

    /// All that is not known of a text is whether the base image sets a variable that an ARG declares without a value, so
    /// that a plain build takes it as unset.
    func isKnownUnlessSet(_ written: String, _ environment: Environment) -> Bool {
        Self.variableNames(written).allSatisfy { name in
            environment[name].map(\.value.isCertain) ?? environment.isDeclared(name)
        }
    }

    /// A RUN with a read-only bind mount of the very stage that it continues, before anything else ran in its own.
    func readsOwnFileSystem(_ step: Step, parent: CacheKey) -> Bool {
        guard case .run = step.instruction.body else { return false }
        return step.mounts.contains { readsOwnFileSystem($0, parent) }
    }

    func readsOwnFileSystem(_ mount: ExpandedMount, _ parent: CacheKey) -> Bool {
        guard mount.mount.kind == .bind, case .stage(let index) = mount.origin, index < chains.count else {
            return false
        }
        return chains[index] == parent
    }

    func written(_ stage: Stage) -> String {
        if case .from(let from) = stage.steps[0].instruction.body { from.image.text } else { "" }
    }

    func baseText(_ stage: Stage) -> String {
        if case .image(let image) = stage.base { image.isCertain ? image.text : written(stage) } else { "" }
    }

    /// Of a builder on a machine like this one.
    static var builderPlatform: String {
        #if arch(arm64)
        "linux/arm64"
        #else
        "linux/amd64"
        #endif
    }

    func platform(of stage: Stage) -> String {
        guard let platform = stage.platform else { return build.platform }
        if platform.isCertain { return platform.text }
        guard case .from(let from) = stage.steps[0].instruction.body, let text = from.platform?.text else {
            return ""
        }
        return ["$BUILDPLATFORM", "${BUILDPLATFORM}"].contains(text) ? Self.builderPlatform : text
    }

    // MARK: - Paths

    /// - Returns: `path` as seen from `folder`, where it is it or lies below it.
    func relative(_ path: String, to folder: String) -> String? {
        if path == folder { return "" }
        let prefix = folder == "/" ? "/" : folder + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : nil
    }

    /// Whether a pattern could select a path, something below it or a folder that holds it.
    func canMatch(_ pattern: String, _ path: String) -> Bool {
        guard hasWildcard(pattern) else { return false }
        // As much as so many steps.
        guard search.budget.spend(40) else { return true }
        return zip(pattern.split(separator: "/"), path.split(separator: "/")).allSatisfy { part, name in
            (try? GoPathMatch.matches(Array(part.utf8), Array(name.utf8))) ?? true
        }
    }

    func hasWildcard(_ path: String) -> Bool { path.utf8.contains { "*?[".utf8.contains($0) } }
    func lastName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? "/"
    }
    func cleaned(_ path: String) -> String { ContainerPath.clean(path) }
    func trimmed(_ text: String) -> String {
        var view = text.unicodeScalars[...]
        while let first = view.first, first.properties.isWhitespace { view = view.dropFirst() }
        while let last = view.last, last.properties.isWhitespace { view = view.dropLast() }
        return String(view)
    }
}
