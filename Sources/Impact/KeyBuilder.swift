internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Project

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
    var made: [String: KeyBuilder] = [:]
}

/// Computes the cache key of every step of a build, by the rules of `docs/impact-model.md`.
struct KeyBuilder {
    private let build: BuildSide
    /// Sources that both sides name.
    private let shared: Set<String>
    /// The checksums of addresses that only one side names with one.
    private let pins: [String: String]
    private var stages: [[Effect]] = []
    /// The effects of each stage that may bring links to its files: COPYs, and the stage that it continues.
    private var bringingLinks: [[Effect]] = []
    private var chains: [CacheKey] = []
    private(set) var steps: [KeyedStep] = []
    private let search = Search()
    private let names = EnvironmentKey.Names()
    private var environments: [EnvironmentKey?] = []
    /// What other builds set that stages stand on: variables, user, working folder.
    private var configurations: [KeyDigest?] = []
    /// Stages whose lowest files are an image's, which may hold links.
    private var haveImage: [Bool] = []
    /// The links that RUNs make in each stage.
    private var links: [[(path: String, target: String)]] = []
    /// Variables whose values differ between the two sides.
    private var volatile: Set<String>

    /// A path of a stage.
    private struct Place: Hashable {
        let stage: Int
        let path: String
    }

    /// What was found out about stages, and how much more may be.
    private final class Search {
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
    private enum Layer {
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
    private enum Effect {
        /// It may write anything.
        case run(CacheKey, RunEffects?)
        case folder(String, owner: String, isCertain: Bool)
        case copy(Copy)
        case image(String)
        case context(ContextKeys)
        case stage(Int)
        /// What another build of the repository makes.
        case build(KeyBuilder)
        case unknown(CacheKey)

        var isStage: Bool { if case .stage = self { true } else { false } }
    }

    private struct Copy {
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

    private enum Content {
        case context(ContextKeys, ContextSource)
        case stage(Int, path: String)
        case image(String, path: String)
        /// A file that is written in the Dockerfile.
        case inline(KeyDigest)
        /// What another build of the repository has at a path.
        case build(KeyBuilder, path: String)
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
    static func sources(
        _ dockerfile: EvaluatedDockerfile
    ) -> [(origin: FileOrigin, source: ContextSource, step: Step, isCertain: Bool)] {
        var sources: [(origin: FileOrigin, source: ContextSource, step: Step, isCertain: Bool)] = []
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

    private static func checksum(_ copy: CopyInstruction, _ step: Step, _ dockerfile: EvaluatedDockerfile)
        -> String?
    {
        copy.checksum.map { dockerfile.parsed.expanded($0.text, in: step.state.environment)?.text ?? $0.text }
    }

    private static func mountSource(_ mount: ExpandedMount) -> ContextSource {
        ContextSource(path: mount.source?.text ?? "/", allowsWildcards: false)
    }

    private static func copySources(_ copy: ExpandedCopy, _ written: CopyInstruction) -> [ContextSource] {
        copy.sources.map {
            ContextSource(path: $0.text, excludes: copy.excludes, parents: written.parents)
        }
    }

    // MARK: - Stages

    private mutating func addStage(_ stage: Stage) {
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
    private func continuing(_ other: KeyBuilder) -> (CacheKey, KeyDigest?) {
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
    private func key(of other: KeyBuilder, path: String) -> CacheKey {
        guard let target = other.build.dockerfile.target else { return CacheKey(KeyDigest(.absentStage)) }
        return other.key(stage: target, path: path)
    }

    /// What is not in the repository may be another on each side.
    private func unseenKey(_ kind: KeyDigest.Kind, ofContext name: String, path: String) -> CacheKey {
        let text = build.otherContexts[name] ?? ""
        let same: [KeyDigest.Part] = [.text(name), .text(text), .text(path)]
        if text.hasPrefix("docker-image://") { return CacheKey(KeyDigest(kind, same)) }
        return CacheKey(certain: KeyDigest(kind, same + markPart), hopeful: KeyDigest(kind, same))
    }

    private var markPart: [KeyDigest.Part] { [.text(build.mark)] }

    // MARK: - Variables

    /// Variables that are set from others whose values differ.
    private mutating func taint(_ step: Step) {
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

    private func namesVolatile(_ text: String) -> Bool {
        !volatile.isEmpty && Self.variableNames(text).contains(where: volatile.contains)
    }

    /// A text as written, told apart where a value in it differs.
    private func marked(_ written: String) -> String {
        namesVolatile(written) ? written + "\u{0}\(build.mark)" : written
    }

    private func volatileParts(_ step: Step) -> [KeyDigest.Part] {
        if volatile.isEmpty { return [] }
        let names = volatile.filter { step.state.environment[$0].map { !$0.value.isCertain } ?? false }
        return names.isEmpty
            ? [] : [.text(names.sorted().joined(separator: "\u{0}")), .text(build.mark)]
    }

    static func variableNames(_ text: String) -> [String] { ParsedDockerfile.variableNames(text) }

    /// All that is not known of a text is whether the base image sets a variable that an ARG declares without a value, so
    /// that a plain build takes it as unset.
    private func isKnownUnlessSet(_ written: String, _ environment: Environment) -> Bool {
        Self.variableNames(written).allSatisfy { name in
            environment[name].map(\.value.isCertain) ?? environment.isDeclared(name)
        }
    }

    /// A RUN with a read-only bind mount of the very stage that it continues, before anything else ran in its own.
    private func readsOwnFileSystem(_ step: Step, parent: CacheKey) -> Bool {
        guard case .run = step.instruction.body else { return false }
        return step.mounts.contains { readsOwnFileSystem($0, parent) }
    }

    private func readsOwnFileSystem(_ mount: ExpandedMount, _ parent: CacheKey) -> Bool {
        guard mount.mount.kind == .bind, case .stage(let index) = mount.origin, index < chains.count else {
            return false
        }
        return chains[index] == parent
    }

    private func written(_ stage: Stage) -> String {
        if case .from(let from) = stage.steps[0].instruction.body { from.image.text } else { "" }
    }

    private func baseText(_ stage: Stage) -> String {
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

    private func platform(of stage: Stage) -> String {
        guard let platform = stage.platform else { return build.platform }
        if platform.isCertain { return platform.text }
        guard case .from(let from) = stage.steps[0].instruction.body, let text = from.platform?.text else {
            return ""
        }
        return ["$BUILDPLATFORM", "${BUILDPLATFORM}"].contains(text) ? Self.builderPlatform : text
    }

    // MARK: - Steps

    private func text(_ name: KeyPart.Name, _ text: String) -> KeyPart {
        KeyPart(name: name, key: CacheKey(KeyDigest(.text, .text(text))), detail: .text(text))
    }

    private func parts(
        of step: Step, after: StepState, stage: Stage, parent: CacheKey, platform: String,
        environment: [KeyDigest.Part]
    ) -> ([KeyPart], Effect) {
        switch step.instruction.body {
        case .run(let run):
            return (runParts(run, step, platform, parent, environment), .run(parent, nil))
        case .copy(let copy):
            let result = copyParts(copy, step, parent)
            return (result.parts, .copy(result.copy))
        default:
            let epoch = build.buildArgs["SOURCE_DATE_EPOCH"].map { $0 ?? "?" } ?? ""
            let path = cleaned(after.workdir.text)
            return (
                [
                    text(.workdir, path + certainty(after.workdir, step)), text(.user, step.state.user.text),
                    text(.flags, epoch),
                ],
                .folder(path, owner: step.state.user.text, isCertain: after.workdir.isCertain)
            )
        }
    }

    /// What tells two uncertain expansions apart: the text as written.
    private func certainty(_ expanded: Expanded, _ step: Step) -> String {
        expanded.isCertain ? "" : "\u{0}\(marked(step.instruction.text))"
    }

    private func runParts(
        _ run: RunInstruction, _ step: Step, _ platform: String, _ parent: CacheKey,
        _ environment: [KeyDigest.Part]
    ) -> [KeyPart] {
        let state = step.state
        var words: [String]
        var extra: [KeyDigest.Part] = []
        switch run.command {
        case .exec(let arguments): words = arguments.map(\.text)
        case .shell(let command):
            let shell = state.shell ?? ["/bin/sh", "-c"]
            if run.isHeredocScript, let heredoc = step.instruction.heredocs.first {
                if heredoc.content.hasPrefix("#!") {
                    words = shell + ["/dev/pipes/" + heredoc.name]
                    extra = [.text(heredoc.content)]
                } else {
                    words = shell + [heredoc.content]
                }
            } else {
                words = shell + [trimmed(command.text)]
                extra = step.instruction.heredocs.flatMap { [.text($0.name), .text($0.content)] }
            }
        }
        let command = CacheKey(KeyDigest(.command, words.map { .text($0) } + extra))
        let environment = CacheKey(KeyDigest(.environment, environment))
        var parts = [
            KeyPart(
                name: .command, key: command, detail: .text(words.joined(separator: "\u{0}"))),
            KeyPart(name: .environment, key: environment, detail: .variables(state.environment)),
            text(.workdir, state.workdir.text), text(.user, state.user.text),
            text(.network, run.network ?? build.runOptions.network ?? "default"),
            text(.buildOptions, build.runOptions.others.joined(separator: ", ")),
            text(.security, run.security ?? "sandbox"),
            text(.devices, run.devices.joined(separator: "\u{0}")), text(.platform, platform),
            text(.hostname, build.buildArgs["BUILDKIT_SANDBOX_HOSTNAME"].map { $0 ?? "?" } ?? ""),
        ]
        let mounts = step.mounts.map { mount in (target: target(of: mount, step), mount: mount) }
            .sorted { $0.target < $1.target }
        parts.append(
            text(
                .mounts,
                mounts.map { describe($0.mount, target: $0.target, step) }.joined(separator: "\u{1}")))
        for (_, mount) in mounts {
            guard mount.mount.kind == .bind || mount.mount.kind == .cache && mount.mount.from != nil else {
                continue
            }
            let path = mount.source?.text ?? "/"
            let content = self.content(
                mount.origin, mount.source ?? Expanded("/"), written: mount.mount.source ?? "",
                Self.mountSource(mount), step.state.environment)
            var key = isOwn(mount.origin, parent) ? ownKey(parent) : self.key(of: content)
            if readsOwnFileSystem(mount, parent) {
                key = CacheKey(certain: key.certain, hopeful: KeyDigest(.any))
            }
            parts.append(
                KeyPart(
                    name: .content(parts.count), key: key,
                    detail: .files(
                        fileSource(mount.origin, path, written: mount.mount.source ?? "", [content]))))
        }
        return parts
    }

    /// The source of a COPY that is the very file system it copies onto: only its definition counts.
    private func isOwn(_ origin: FileOrigin, _ parent: CacheKey) -> Bool {
        switch origin {
        case .stage(let index): index < chains.count && chains[index] == parent
        case .image(let reference):
            parent
                == CacheKey(
                    KeyDigest(
                        .image, .text(ImageReference.normalized(reference)), .text(""),
                        .text(build.platform)))
        default: false
        }
    }

    private func ownKey(_ parent: CacheKey) -> CacheKey {
        CacheKey(
            certain: KeyDigest(.own, .key(parent.certain)),
            hopeful: KeyDigest(.own, .key(parent.hopeful)))
    }

    private func target(of mount: ExpandedMount, _ step: Step) -> String {
        guard let written = mount.mount.target,
            let expanded = build.dockerfile.parsed.expanded(written, in: step.state.environment)
        else {
            if mount.mount.kind == .secret, mount.mount.env == nil {
                return "/run/secrets/" + lastName(mount.mount.id ?? mount.mount.source ?? "")
            }
            return mount.target?.text ?? ""
        }
        return expanded.text.hasPrefix("/") ? expanded.text : mount.target?.text ?? expanded.text
    }

    private func describe(_ mount: ExpandedMount, target: String, _ step: Step) -> String {
        let environment = step.state.environment
        func expanded(_ text: String?) -> String {
            guard let text else { return "" }
            return build.dockerfile.parsed.expanded(text, in: environment)?.text ?? text
        }
        func number(_ text: String?, radix: Int, default value: String) -> String {
            let text = expanded(text)
            return text.isEmpty ? value : Int(text, radix: radix).map(String.init) ?? text
        }
        let written = mount.mount
        var fields = [written.kind.rawValue, target]
        switch written.kind {
        case .bind: fields += [written.readOnly ? "ro" : "rw"]
        case .cache:
            let namespace = build.buildArgs["BUILDKIT_CACHE_MOUNT_NS"].map { $0 ?? "?" } ?? ""
            let id = mount.cacheKey?.text ?? ""
            // Since BuildKit 0.13 a cache mount's id and sharing count only where both are the default ones.
            let isDefault = id == cleaned(target) && (written.sharing ?? .shared) == .shared
            fields += [written.readOnly ? "ro" : "rw", isDefault ? "\(namespace)/\(id)" : "\u{0}"]
            let owner = [written.uid, written.gid, written.mode]
            if owner.contains(where: { $0 != nil }) {
                fields += [
                    number(written.uid, radix: 10, default: "0"),
                    number(written.gid, radix: 10, default: "0"),
                    number(written.mode, radix: 8, default: "493"),
                ]
            }
        case .tmpfs: fields.append(expanded(written.size))
        case .secret, .ssh:
            fields += [
                expanded(written.id ?? written.source), number(written.uid, radix: 10, default: "0"),
                number(written.gid, radix: 10, default: "0"),
                number(written.mode, radix: 8, default: written.kind == .secret ? "256" : "384"),
                written.required ? "required" : "", expanded(written.env),
                written.env != nil && written.target == nil ? "variable only" : "",
            ]
        }
        return fields.joined(separator: "\u{2}")
    }

    private func copyParts(_ copy: CopyInstruction, _ step: Step, _ parent: CacheKey) -> (
        parts: [KeyPart], copy: Copy
    ) {
        guard let expanded = step.copy else {
            return (
                [text(.sources, step.instruction.text)],
                Copy(sources: [], destination: "/", options: KeyDigest(.options), isAdd: false)
            )
        }
        let environment = step.state.environment
        let isAdd = step.instruction.keyword == .add
        var destination = expanded.destination.text
        // BuildKit tells `/x/.` from `/x/`.
        if let written = build.dockerfile.parsed.expanded(copy.destination.text, in: environment)?.text,
            written.hasSuffix("/."), destination.hasSuffix("/")
        {
            destination += "."
        }
        let owner = expanded.chown.map { Self.owner($0.text) } ?? ""
        var mode =
            copy.chmod.map { build.dockerfile.parsed.expanded($0.text, in: environment)?.text ?? $0.text }
            ?? ""
        if let number = Int(mode, radix: 8) { mode = String(number) }
        let checksum = Self.checksum(copy, step, build.dockerfile)
        let flags =
            [
                isAdd ? "ADD" : "COPY", copy.parents ? "parents" : "", copy.unpack.map { "\($0)" } ?? "",
                copy.keepGitDir ? "keep-git-dir" : "",
            ] + expanded.excludes
        let contextSources = Self.copySources(expanded, copy)
        var sources: [Copy.Source] = []
        for (source, contextSource) in zip(expanded.sources, contextSources) {
            if isAdd, Self.isAddress(source.text) {
                sources.append(
                    Copy.Source(
                        content: .fixed(
                            (checksum ?? pins[source.text]).map { KeyDigest(.checksum, .text($0)) }
                                ?? KeyDigest(
                                    .address, .text(source.text),
                                    .text(source.isCertain ? "" : marked(step.instruction.text)))),
                        name: lastName(source.text)))
                continue
            }
            sources.append(
                Copy.Source(
                    content: content(
                        expanded.origin, source,
                        written: sources.count < copy.sources.count ? copy.sources[sources.count].text : "",
                        contextSource, environment),
                    name: copy.parents ? source.text : lastName(cleaned("/" + source.text))))
        }
        for heredoc in step.instruction.heredocs {
            let body = build.dockerfile.parsed.expanded(heredoc, in: environment)
            sources.append(
                Copy.Source(
                    content: .inline(
                        KeyDigest(
                            .inline, .text(body?.text ?? heredoc.content),
                            .text(body?.isCertain == true ? "" : heredoc.content))), name: heredoc.name))
        }
        var parts = [
            text(.sources, sources.map(\.name).joined(separator: "\u{0}")),
            text(.destination, destination + certainty(expanded.destination, step)),
            text(.owner, owner + (expanded.chown.map { certainty($0, step) } ?? "")), text(.mode, mode),
            text(.flags, flags.joined(separator: "\u{0}")),
        ]
        for (index, source) in sources.enumerated() {
            let key = isOwn(expanded.origin, parent) ? ownKey(parent) : self.key(of: source.content)
            let path = index < expanded.sources.count ? expanded.sources[index].text : source.name
            let origin: FileOrigin = index < expanded.sources.count ? expanded.origin : .unknown
            parts.append(
                KeyPart(
                    name: .content(index), key: key,
                    detail: .files(
                        fileSource(
                            origin, path, written: index < copy.sources.count ? copy.sources[index].text : "",
                            [source.content]))))
        }
        let options = KeyDigest(
            .options, .text(owner), .text(mode), .text(flags.joined(separator: "\u{0}")))
        return (
            parts,
            Copy(
                sources: sources, destination: destination, isPlaceCertain: expanded.destination.isCertain,
                options: options, isAdd: isAdd)
        )
    }

    /// `root` is 0 to BuildKit; other names stay names (`convert_copy.go`, parseChownFlag).
    private static func owner(_ text: String) -> String {
        text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            .map { $0 == "root" ? "0" : Int($0).map(String.init) ?? String($0) }.joined(separator: ":")
    }

    static func isAddress(_ source: String) -> Bool {
        let lower = source.lowercased()
        return ["http://", "https://", "git://", "ssh://", "git@"].contains { lower.hasPrefix($0) }
            || lower.hasPrefix("github.com/") && lower.contains(".git")
    }

    // MARK: - Files

    private func digest(_ context: ContextKeys, _ source: ContextSource) -> KeyDigest {
        context.digest(source, isShared: shared.contains(source.identity))
    }

    private func content(
        _ origin: FileOrigin, _ expanded: Expanded, written: String, _ source: ContextSource,
        _ environment: Environment
    ) -> Content {
        let path = expanded.text
        if !expanded.isCertain {
            // It may lead anywhere, and should a plain build take it as it reads here, to what it says.
            let whole = content(
                origin, Expanded("/"), written: "/", ContextSource(path: "/", allowsWildcards: false),
                environment)
            let all = key(of: whole).certain
            let text = marked(written)
            let hopeful =
                isKnownUnlessSet(written, environment)
                ? key(of: content(origin, Expanded(path), written: written, source, environment)).hopeful
                : KeyDigest(.anyOf, .text(text))
            return .anything(
                CacheKey(certain: KeyDigest(.anyOf, .key(all), .text(text)), hopeful: hopeful))
        }
        switch origin {
        case .context:
            guard let context = build.context else {
                return .anything(
                    CacheKey(
                        certain: KeyDigest(.elsewhere, [.text(path)] + markPart),
                        hopeful: KeyDigest(.elsewhere, .text(path))))
            }
            return .context(context, source)
        case .stage(let index):
            if index < build.dockerfile.stages.count,
                case .namedContext(let name) = build.dockerfile.stages[index].base,
                build.dockerfile.stages[index].steps.count <= 1, let context = build.namedContexts[name]
            {
                return .context(context, source)
            }
            return .stage(index, path: cleaned("/" + path))
        case .image(let reference):
            let name = ImageReference.normalized(reference)
            if let other = build.made[name] { return .build(other, path: cleaned("/" + path)) }
            return .image(name, path: cleaned("/" + path))
        case .namedContext(let name):
            if let context = build.namedContexts[name] { return .context(context, source) }
            if let other = build.made[name] { return .build(other, path: cleaned("/" + path)) }
            if let image = image(ofContext: name) {
                return .image(ImageReference.normalized(image), path: cleaned("/" + path))
            }
            return .anything(unseenKey(.unseenFiles, ofContext: name, path: path))
        case .unknown: return .fixed(KeyDigest(.unknownOrigin, .text(path)))
        }
    }

    /// The image that stands in for a name (`--build-context NAME=docker-image://IMAGE`).
    private func image(ofContext name: String) -> String? {
        let scheme = "docker-image://"
        return build.otherContexts[name].flatMap {
            $0.hasPrefix(scheme) ? String($0.dropFirst(scheme.count)) : nil
        }
    }

    /// Why nothing is known of a context.
    func unseenContextText(_ name: String?) -> String {
        guard let name else { return "the context is not a folder of this repository" }
        let place = build.otherContexts[name] ?? ""
        return place.isEmpty
            ? "what the named context \(name) holds cannot be told"
            : "the named context \(name), \(place), is not a folder of this repository"
    }

    private func fileSource(
        _ origin: FileOrigin, _ path: String, written: String, _ contents: [Content]
    ) -> FileSource {
        switch contents.first {
        case .context(let context, let source)?:
            if context.isMissing(source) {
                return FileSource(
                    origin: .unseen(
                        "\(path) is not in the repository, and something else may put it into the context"),
                    path: path)
            }
            return FileSource(origin: .context(context, [source]), path: path)
        case .build(let other, _)?: return FileSource(origin: .build(other.name), path: path)
        case .anything?:
            let names = Self.variableNames(written)
            if !names.isEmpty {
                return FileSource(
                    origin: .unseen(
                        "which files \(written) names depends on values that the repository does not tell"),
                    path: path)
            }
            var name: String?
            if case .namedContext(let context) = origin { name = context }
            return FileSource(origin: .unseen(unseenContextText(name)), path: path)
        default: break
        }
        switch origin {
        case .stage(let index):
            let name =
                index < build.dockerfile.stages.count
                ? build.dockerfile.stages[index].displayName : "\(index)"
            return FileSource(origin: .stage(name), path: path)
        case .image(let reference): return FileSource(origin: .image(reference), path: path)
        case .namedContext(let name):
            return FileSource(origin: image(ofContext: name).map { .image($0) } ?? .other, path: path)
        default: return FileSource(origin: .other, path: path)
        }
    }

    private func key(of content: Content) -> CacheKey {
        switch content {
        case .context(let context, let source): contextKey(context, source)
        case .stage(let index, let path): key(stage: index, path: path)
        case .image(let reference, let path): imageKey(reference, path: path)
        case .build(let other, let path): key(of: other, path: path)
        case .inline(let digest), .fixed(let digest): CacheKey(digest)
        case .anything(let key): key
        }
    }

    /// A file that git does not have may be put into the context before the build.
    private func contextKey(_ context: ContextKeys, _ source: ContextSource) -> CacheKey {
        let digest = digest(context, source)
        guard context.isMissing(source) else { return CacheKey(digest) }
        return CacheKey(certain: KeyDigest(.missing, [.key(digest)] + markPart), hopeful: digest)
    }

    private func imageKey(_ reference: String, path: String) -> CacheKey {
        if reference == "scratch" { return CacheKey(KeyDigest(.scratch)) }
        let effects: [KeyDigest.Part] = path == "/" ? [.text(reference)] : []
        return CacheKey(
            certain: KeyDigest(.files, .text(reference), .text(path)),
            hopeful: KeyDigest(.files, effects))
    }

    /// What a stage has at a path: the steps that could have put it there, from the last one back.
    private func key(stage index: Int, path: String) -> CacheKey {
        guard index < stages.count else { return CacheKey(KeyDigest(.absentStage, .number(index))) }
        let place = Place(stage: index, path: path)
        if let known = search.keys[place] { return known }
        guard search.enter() else { return unfollowed(place) }
        let key = computeKey(place)
        search.leave()
        search.keys[place] = key
        return key
    }

    /// Equal where the whole stage is; whether it may be equal otherwise is not looked into.
    private func unfollowed(_ place: Place) -> CacheKey {
        CacheKey(
            certain: KeyDigest(.unfollowed, .key(chains[place.stage].certain), .text(place.path)),
            hopeful: KeyDigest(.unfollowed))
    }

    private func computeKey(_ place: Place) -> CacheKey {
        let path = place.path
        let hasImage = haveImage[place.stage]
        /// What lies over the rest, from the last one back.
        var above: [Layer] = []
        /// What RUNs above may have deleted or overwritten.
        var rewritten: [String] = []
        var isAllRewritten = false
        var index = place.stage
        /// What is below it all.
        var bottom: CacheKey?
        while bottom == nil {
            let effects = stages[index]
            for effect in effects.reversed() {
                guard search.budget.spend() else { return unfollowed(place) }
                switch effect {
                case .run(let key, let run):
                    if let link = run?.links.last(where: { isInside(path, $0.path) }) {
                        // BuildKit follows it, to whatever the later steps have put there.
                        let target = self.key(
                            stage: place.stage, path: link.target + path.dropFirst(link.path.count))
                        bottom = CacheKey(
                            certain: KeyDigest(
                                .throughLink, .key(key.certain), .key(target.certain), .text(path)),
                            hopeful: KeyDigest(.throughLink, .key(target.hopeful), .text(path)))
                    } else {
                        above.append(.run(key))
                        rewritten += (run?.rewritten ?? []).filter {
                            isInside($0, path) || isInside(path, $0) || hasWildcard($0) || hasWildcard(path)
                        }
                        isAllRewritten = isAllRewritten || run?.mayRewriteAll ?? false
                    }
                case .unknown(let key):
                    bottom = CacheKey(
                        certain: KeyDigest(.files, .key(key.certain)),
                        hopeful: KeyDigest(.files, .key(key.hopeful)))
                case .folder(let folder, let owner, let isCertain):
                    let made = CacheKey(KeyDigest(.madeFolder, .text(folder), .text(owner)))
                    if !isCertain {
                        above.append(.maybe(made.certain))
                    } else if let inside = relative(folder, to: path)
                        ?? (canMatch(path, folder) ? folder : nil)
                    {
                        above.append(
                            .files(CacheKey(KeyDigest(.madeFolder, .text(inside), .text(owner)))))
                    }
                case .copy(let copy):
                    guard copy.isPlaceCertain || path == "/" else {
                        above.append(.maybe(anywhere(copy)))
                        continue
                    }
                    guard var file = landing(of: copy, at: path, in: place) else {
                        if hasImage, let other = underOtherName(copy, path, place) {
                            above.append(.maybe(other))
                        }
                        continue
                    }
                    if isAllRewritten || !rewritten.isEmpty {
                        let left = isAllRewritten ? nil : self.left(of: copy, at: path, rewritten, in: place)
                        file.key = CacheKey(
                            certain: file.key.certain, hopeful: left ?? KeyDigest(.rewritten))
                    }
                    // Nothing below shows through a file; but one that is copied to a folder lands in it.
                    if file.isFinal, copy.place != path || !isFolder(path, in: place.stage) {
                        bottom = file.key
                    } else {
                        above.append(.files(file.key))
                    }
                case .image(let reference): bottom = imageKey(reference, path: path)
                case .build(let other): bottom = key(of: other, path: path)
                case .context(let context):
                    let source = ContextSource(path: path, allowsWildcards: false)
                    bottom = CacheKey(KeyDigest(.files, .key(digest(context, source))))
                case .stage(let parent):
                    // Known where the same was asked of the parent; what RUNs here rewrite is not known there.
                    if rewritten.isEmpty, !isAllRewritten, links[place.stage].isEmpty {
                        bottom = search.keys[Place(stage: parent, path: path)]
                    }
                    index = parent
                }
                if bottom != nil { break }
            }
            if bottom == nil, effects.first?.isStage != true { bottom = CacheKey(KeyDigest(.files)) }
        }
        return above.reversed().reduce(bottom ?? CacheKey(KeyDigest(.files))) { below, layer in
            switch layer {
            case .run(let key):
                CacheKey(
                    certain: KeyDigest(.outputOf, .key(key.certain), .text(path)),
                    hopeful: below.hopeful)
            case .files(let key):
                CacheKey(
                    certain: KeyDigest(.above, .key(below.certain), .key(key.certain)),
                    hopeful: KeyDigest(.above, .key(below.hopeful), .key(key.hopeful)))
            case .maybe(let digest):
                CacheKey(
                    certain: KeyDigest(.mayBeCopied, .key(below.certain), .key(digest)),
                    hopeful: below.hopeful)
            }
        }
    }

    /// Whether a step of a stage has put something below a path.
    private func isFolder(_ path: String, in stage: Int) -> Bool {
        var index: Int? = stage
        while let current = index {
            index = nil
            for effect in stages[current] {
                guard search.budget.spend() else { return true }
                switch effect {
                case .copy(let copy): if copy.place != path, isInside(copy.place, path) { return true }
                case .folder(let folder, _, _): if isInside(folder, path) { return true }
                case .stage(let parent): index = parent
                default: continue
                }
            }
        }
        return false
    }

    private func isInside(_ path: String, _ folder: String) -> Bool { relative(path, to: folder) != nil }

    /// Follows the links on the way to what a COPY writes: those that RUNs make, and those that earlier COPYs bring. A
    /// folder may be a link itself; what becomes of a file that is written onto one is not told.
    private func follow(
        _ copy: inout Copy, _ links: [(path: String, target: String)], _ effects: [Effect]
    ) {
        for _ in 0..<Limits.followedSymlinks {
            let path = copy.place
            if let link = links.last(where: { isInside(path, $0.path) }) {
                if path == link.path, !copy.isFolderDestination {
                    copy.isPlaceCertain = false
                    return
                }
                copy.place = link.target + path.dropFirst(link.path.count)
            } else if let (target, rest) = copiedLink(on: path, effects) {
                guard let target, !rest.isEmpty || copy.isFolderDestination else {
                    copy.isPlaceCertain = false
                    return
                }
                copy.place = cleaned(target + "/" + rest)
            } else {
                return
            }
        }
        copy.isPlaceCertain = false
    }

    private func mayBringLinks(_ copy: Copy) -> Bool {
        copy.sources.contains { source in
            switch source.content {
            case .context(let context, _): context.mayHoldSymlinks
            case .stage(let index, _): !links[index].isEmpty || !bringingLinks[index].isEmpty
            default: false
            }
        }
    }

    /// The link on the way to a path that a COPY brings, in the effects of a stage that may bring one and in those of the
    /// stages that it continues: where it leads, and what of the path is below it. Where one leads that comes from another stage is not
    /// followed: nil.
    private func copiedLink(on path: String, _ effects: [Effect]) -> (target: String?, rest: String)? {
        for effect in effects.reversed() {
            guard search.budget.spend() else { return nil }
            switch effect {
            case .copy(let copy):
                guard let inside = relative(path, to: copy.place), !inside.isEmpty else { continue }
                for source in copy.sources.reversed() {
                    if case .stage(let index, let sourcePath) = source.content {
                        let place = cleaned(sourcePath + "/" + inside)
                        if let link = links[index].last(where: { isInside(place, $0.path) }) {
                            return (nil, String(place.dropFirst(link.path.count)))
                        }
                        if let found = copiedLink(on: place, bringingLinks[index]) {
                            return (nil, found.rest)
                        }
                    }
                    guard case .context(let context, let contextSource) = source.content,
                        case .link(_, let link, let target, let rest) = context.landing(
                            contextSource, at: ContextPath(inside),
                            isFolderDestination: copy.isFolderDestination)
                    else { continue }
                    let folder = cleaned(copy.place + "/" + link + "/..")
                    return (target.hasPrefix("/") ? cleaned(target) : cleaned(folder + "/" + target), rest)
                }
            case .stage(let parent):
                if let found = copiedLink(on: path, bringingLinks[parent]) { return found }
            default: continue
            }
        }
        return nil
    }

    /// All that a COPY takes, wherever it puts it.
    private func anywhere(_ copy: Copy) -> KeyDigest {
        let keys = copy.sources.map { KeyDigest.Part.key(self.key(of: $0.content).certain) }
        return KeyDigest(.mayBeCopied, [.text(copy.destination), .key(copy.options)] + keys)
    }

    /// What a COPY brings to a path if the image has one of the usual links.
    private func underOtherName(_ copy: Copy, _ path: String, _ place: Place) -> KeyDigest? {
        for name in ImageLinks.otherNames(of: copy.place) {
            var other = copy
            other.place = name
            if let file = landing(of: other, at: path, in: place) { return file.key.certain }
        }
        for name in ImageLinks.otherNames(of: path) {
            if let file = landing(of: copy, at: name, in: place) { return file.key.certain }
        }
        return nil
    }

    /// What a COPY of a folder of the context brings to a path but for what is deleted or overwritten later.
    /// - Returns: nil where that is all of it, or cannot be told.
    private func left(of copy: Copy, at path: String, _ rewritten: [String], in place: Place) -> KeyDigest? {
        guard copy.sources.count == 1, !copy.isAdd, !hasWildcard(path),
            case .context(let context, let source) = copy.sources[0].content, !source.parents,
            !rewritten.contains(where: { isInside(path, $0) })
        else { return nil }
        // Patterns of an exclude are relative to the source, which becomes the destination.
        let inDestination = rewritten.compactMap { relative($0, to: copy.place) }
        guard inDestination.allSatisfy({ !$0.isEmpty }), context.isFolder(source) else {
            return nil
        }
        if isInside(copy.place, path) {
            if inDestination.isEmpty { return landing(of: copy, at: path, in: place)?.key.hopeful }
            let less = ContextSource(path: source.path, excludes: source.excludes + inDestination)
            return KeyDigest(
                .copiedWhole, .text(copy.place), .key(copy.options), .key(digest(context, less)))
        }
        guard let inside = relative(path, to: copy.place) else { return nil }
        let below = rewritten.compactMap { relative($0, to: path) }
        if below.isEmpty { return landing(of: copy, at: path, in: place)?.key.hopeful }
        guard
            case .folder(let folder) = context.landing(
                source, at: ContextPath(inside), isFolderDestination: copy.isFolderDestination)
        else { return nil }
        let less = ContextSource(path: folder.path, excludes: below, allowsWildcards: false)
        return KeyDigest(.copiedFolder, .key(digest(context, less)), .key(copy.options))
    }

    /// What a COPY brings to a path of its stage; nil where it does not touch it.
    private func landing(of copy: Copy, at path: String, in place: Place) -> (key: CacheKey, isFinal: Bool)? {
        let destination = copy.place
        let options = KeyDigest.Part.key(copy.options)
        // The path is a folder that holds the destination, or is it: all that is copied is part of it.
        let above = relative(destination, to: path)
        let inside = relative(path, to: destination)
        guard above != nil || inside != nil || hasWildcard(path) else { return nil }
        func whole(_ place: String) -> CacheKey {
            let keys: [(CacheKey, String)] = copy.sources.map { (self.key(of: $0.content), $0.name) }
            return CacheKey(
                certain: KeyDigest(
                    .copiedWhole,
                    [.text(place), options]
                        + keys.flatMap { [.key($0.certain), .text($1)] as [KeyDigest.Part] }),
                hopeful: KeyDigest(
                    .copiedWhole,
                    [.text(place), options]
                        + keys.flatMap { [.key($0.hopeful), .text($1)] as [KeyDigest.Part] }))
        }
        if hasWildcard(path) {
            guard canMatch(path, destination) else { return nil }
            return (selected(of: copy, by: path) ?? whole(destination), false)
        }
        if let above, !above.isEmpty { return (whole(above), false) }
        guard let inside else { return nil }
        if copy.isAdd { return inside.isEmpty ? (whole(""), false) : (hidden(copy), false) }
        // Sources are looked at from the last one back: a later one wins.
        for source in copy.sources.reversed() {
            switch source.content {
            case .context(let context, let contextSource):
                let found = context.landing(
                    contextSource, at: ContextPath(inside),
                    isFolderDestination: copy.isFolderDestination)
                switch found {
                case .file(let digest):
                    return (CacheKey(KeyDigest(.copiedFile, .key(digest), options)), true)
                case .folder(let folder):
                    return (
                        CacheKey(
                            KeyDigest(.copiedFolder, .key(digest(context, folder)), options)),
                        false
                    )
                case .link(let digest, let link, let target, let rest):
                    // A link that is copied is followed in the files of the stage (`fs.RootPath`).
                    let folder = cleaned(destination + "/" + link + "/..")
                    let leadsTo = target.hasPrefix("/") ? cleaned(target) : cleaned(folder + "/" + target)
                    let key = self.key(stage: place.stage, path: cleaned(leadsTo + "/" + rest))
                    return (
                        CacheKey(
                            certain: KeyDigest(.throughLink, .key(digest), .key(key.certain)),
                            hopeful: KeyDigest(.throughLink, .key(digest), .key(key.hopeful))),
                        true
                    )
                case .nothing: continue
                case .unclear: return inside.isEmpty ? (whole(""), false) : (hidden(copy), false)
                }
            case .inline(let digest):
                if inside.isEmpty, copy.isFolderDestination { return (whole(""), false) }
                let isNamed = inside == source.name
                guard isNamed || inside.isEmpty && !copy.isFolderDestination else { continue }
                return (CacheKey(KeyDigest(.copiedFile, .key(digest), options)), true)
            case .stage(let index, let sourcePath):
                if hasWildcard(sourcePath) {
                    return inside.isEmpty ? (whole(""), false) : (hidden(copy), false)
                }
                let key = nested(copy, inside, source.name, sourcePath) { self.key(stage: index, path: $0) }
                return (wrapped(key, options), false)
            case .image(let reference, let sourcePath):
                let key = nested(copy, inside, source.name, sourcePath) { self.imageKey(reference, path: $0) }
                return (wrapped(key, options), false)
            case .build(let other, let sourcePath):
                let key = nested(copy, inside, source.name, sourcePath) { self.key(of: other, path: $0) }
                return (wrapped(key, options), false)
            case .fixed, .anything: return (whole(inside), false)
            }
        }
        return nil
    }

    /// What a COPY of folders of the context brings to the paths below its destination that a pattern selects.
    /// - Returns: nil where it cannot be told.
    private func selected(of copy: Copy, by pattern: String) -> CacheKey? {
        let parts = pattern.split(separator: "/")
        let folder = copy.place.split(separator: "/")
        guard !copy.isAdd, parts.count > folder.count, parts.starts(with: folder) else { return nil }
        let rest = parts[folder.count...].joined(separator: "/")
        var found: [KeyDigest.Part] = [.key(copy.options)]
        for source in copy.sources {
            guard case .context(let context, let contextSource) = source.content else { return nil }
            switch context.landing(contextSource, matching: rest) {
            case .folder(let folder): found.append(.key(digest(context, folder)))
            case .nothing: continue
            case .file, .unclear, .link: return nil
            }
        }
        return CacheKey(KeyDigest(.selected, found))
    }

    /// Files of another stage land under their own names in a folder, and as the destination otherwise; which of the two
    /// it is cannot always be told, and the answer is the same for both sides.
    private func nested(
        _ copy: Copy, _ inside: String, _ name: String, _ source: String, _ key: (String) -> CacheKey
    ) -> CacheKey {
        if copy.isFolderDestination, inside == name { return key(source) }
        return key(inside.isEmpty ? source : cleaned(source + "/" + inside))
    }

    private func wrapped(_ key: CacheKey, _ options: KeyDigest.Part) -> CacheKey {
        CacheKey(
            certain: KeyDigest(.copiedOut, .key(key.certain), options),
            hopeful: KeyDigest(.copiedOut, .key(key.hopeful), options))
    }

    /// Something is copied to the folder that holds the path, but whether it reaches the path cannot be told.
    private func hidden(_ copy: Copy) -> CacheKey {
        let keys = copy.sources.map { KeyDigest.Part.key(self.key(of: $0.content).certain) }
        return CacheKey(
            certain: KeyDigest(.mayBeCopied, keys),
            hopeful: KeyDigest(.mayBeCopied))
    }

    // MARK: - Paths

    /// - Returns: `path` as seen from `folder`, where it is it or lies below it.
    private func relative(_ path: String, to folder: String) -> String? {
        if path == folder { return "" }
        let prefix = folder == "/" ? "/" : folder + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : nil
    }

    /// Whether a pattern could select a path, something below it or a folder that holds it.
    private func canMatch(_ pattern: String, _ path: String) -> Bool {
        guard hasWildcard(pattern) else { return false }
        // As much as so many steps.
        guard search.budget.spend(40) else { return true }
        return zip(pattern.split(separator: "/"), path.split(separator: "/")).allSatisfy { part, name in
            (try? GoPathMatch.matches(Array(part.utf8), Array(name.utf8))) ?? true
        }
    }

    private func hasWildcard(_ path: String) -> Bool { path.utf8.contains { "*?[".utf8.contains($0) } }
    private func lastName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? "/"
    }
    private func cleaned(_ path: String) -> String { ContainerPath.clean(path) }
    private func trimmed(_ text: String) -> String {
        var view = text.unicodeScalars[...]
        while let first = view.first, first.properties.isWhitespace { view = view.dropFirst() }
        while let last = view.last, last.properties.isWhitespace { view = view.dropLast() }
        return String(view)
    }
}

/// Names of images.
enum ImageReference {
    /// `docker.io/library/` and `:latest` added where they are left out; of a reference with a digest only the digest
    /// counts, as in BuildKit's key.
    static func normalized(_ reference: String) -> String {
        let bytes = reference.utf8
        if let digest = bytes.lastIndex(of: UInt8(ascii: "@")) { return String(reference[digest...]) }
        var host = "docker.io"
        var path = bytes[...]
        if let slash = bytes.firstIndex(of: UInt8(ascii: "/")) {
            let first = bytes[..<slash]
            let isHost =
                first.contains(UInt8(ascii: ".")) || first.contains(UInt8(ascii: ":"))
                || first.elementsEqual("localhost".utf8)
            if isHost {
                host = first.elementsEqual("index.docker.io".utf8) ? host : String(Substring(first))
                path = bytes[bytes.index(after: slash)...]
            }
        }
        let isOfficial = host == "docker.io" && !path.contains(UInt8(ascii: "/"))
        let lastPart = path.lastIndex(of: UInt8(ascii: "/")).map { path[$0...] } ?? path
        let tag = lastPart.contains(UInt8(ascii: ":")) ? "" : ":latest"
        return "\(host)/\(isOfficial ? "library/" : "")\(Substring(path))\(tag)"
    }
}
