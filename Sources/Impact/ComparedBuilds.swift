internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Facts
internal import Git
internal import Project
internal import Repository

extension RepositoryComparison {
    /// Side by side where there are many; what comes out does not depend on that.
    func impacts(
        of pairs: [(build: Build, before: Build?)], _ makers: Makers, _ attributes: Attributes
    ) async -> [BuildImpact] {
        let size = max(Self.buildsOfAPart, (pairs.count + Self.partCount - 1) / Self.partCount)
        return await pairs.concurrentMap(inPartsOf: size) { part in
            var shared = Shared(changes)
            return part.map { impact(of: $0.build, before: $0.before, makers, &shared, attributes) }
        }
    }

    /// Each part finds out about contexts anew, so that a few builds are not worth one.
    static let buildsOfAPart = 40
    static let partCount = 8

    /// What `.gitattributes` say.
    typealias Attributes = (largeFiles: LargeFiles?, changes: AttributeChanges)
    typealias Makers = (base: BuildMakers, head: BuildMakers)

    /// Both sides of one build.
    struct Sides {
        let build: Build
        let head: BuildSide
        let keys: StepKeys
        let base: (side: BuildSide, keys: StepKeys)?
        let pins: [String: String]
    }

    /// The builds that make what this one stands on or copies from, by the name of the context or the image.
    func madeBy(_ build: Build, _ dockerfile: EvaluatedDockerfile, _ makers: BuildMakers)
        -> [String: Build]
    {
        if makers.isEmpty { return [:] }
        var made: [String: Build] = [:]
        for (name, source) in build.namedContexts {
            if case .elsewhere(let text) = source { made[name] = makers.maker(ofContext: text, for: build) }
        }
        guard makers.makesImages else { return made }
        for stage in dockerfile.stages where stage.isReachable {
            var images: [String] = []
            if case .image(let image) = stage.base, image.isCertain { images.append(image.text) }
            for step in stage.steps {
                for origin in [step.copy?.origin].compactMap({ $0 }) + step.mounts.map(\.origin) {
                    if case .image(let image) = origin { images.append(image) }
                }
            }
            for image in images {
                let name = ImageReference.normalized(image)
                if let maker = makers.maker(ofImage: name), !maker.isAskedLike(build) { made[name] = maker }
            }
        }
        return made
    }

    func sides(of outline: Outline, _ makers: Makers, _ shared: inout Shared) -> Sides {
        let build = outline.build
        var made: (base: [String: StepKeys], head: [String: StepKeys]) = ([:], [:])
        shared.depth += 1
        defer { shared.depth -= 1 }
        if shared.depth <= Self.buildsOnBuilds {
            let ofHead = madeBy(build, outline.head, makers.head)
            let ofBase =
                outline.base.flatMap { base in outline.before.map { madeBy($0, base, makers.base) } } ?? [:]
            for name in Set(ofHead.keys).union(ofBase.keys).sorted() {
                let platform = build.platforms.first
                let (now, then) = (ofHead[name]?.forPlatform(platform), ofBase[name]?.forPlatform(platform))
                guard let now, let sides = madeSides(of: now, before: then, makers, &shared) else { continue }
                made.head[name] = sides.keys
                made.base[name] = sides.base?.keys
            }
        }
        func side(
            _ name: ContextComparison.SideName, _ build: Build, _ dockerfile: EvaluatedDockerfile,
            _ made: [String: StepKeys], _ runs: RunFacts
        ) -> BuildSide {
            var others: [String: String] = [:]
            for (name, source) in build.namedContexts where outline.namedContexts[name] == nil {
                if case .elsewhere(let text) = source { others[name] = text } else { others[name] = "" }
            }
            func keys(_ context: ContextComparison) -> ContextKeys? {
                name == .base ? context.base : context.head
            }
            return BuildSide(
                name: build.name, dockerfile: dockerfile, context: outline.context.flatMap(keys),
                namedContexts: outline.namedContexts.compactMapValues(keys), otherContexts: others,
                buildArgs: build.args, platform: build.platforms[0], runOptions: build.runOptions, runs: runs,
                mark: name == .base ? marks.base : marks.head, volatile: outline.volatile, made: made)
        }
        func runs(_ build: Build, _ dockerfile: EvaluatedDockerfile, _ snapshot: Snapshot) -> RunFacts {
            if let known = shared.kept?.runs[build.keptName] { return known }
            let made = RunFacts {
                BuildFacts(
                    build: build, evaluated: dockerfile,
                    context: ContextFacts(build: build, in: ContextStore(of: snapshot)))
            }
            shared.kept?.runs[build.keptName] = made
            return made
        }
        var common = Set(outline.definition.sources.map(\.source.identity))
        if let base = outline.base, !outline.isSame {
            common.formIntersection(StepKeys.sourceIdentities(base))
        }
        let headRuns = runs(build, outline.head, head)
        // The base of one commit is the head of the next.
        let known = made.head.isEmpty ? shared.kept?.keys[build.keptName] : nil
        let headSide = known?.side ?? side(.head, build, outline.head, made.head, headRuns)
        let headKeys = known?.keys ?? StepKeys(headSide, shared: common, pins: outline.pins)
        var baseKeys: (side: BuildSide, keys: StepKeys)?
        if let base = outline.base, let before = outline.before {
            let baseSide = side(
                .base, before, base, made.base, outline.isSame ? headRuns : runs(before, base, self.base))
            baseKeys = (baseSide, StepKeys(baseSide, shared: common, pins: outline.pins))
            shared.kept?.keys[build.keptName] = baseKeys
        }
        return Sides(build: build, head: headSide, keys: headKeys, base: baseKeys, pins: outline.pins)
    }

    /// How many builds may stand on each other.
    static let buildsOnBuilds = 8

    /// Of a build that another one stands on; computed once.
    func madeSides(of build: Build, before: Build?, _ makers: Makers, _ shared: inout Shared)
        -> Sides?
    {
        let name = "\(build.name)\u{0}\(before?.name ?? "")\u{0}\(build.platforms.joined())"
        if let known = shared.made[name] { return known }
        guard shared.making.insert(name).inserted,
            let outline = try? outline(of: build, before: before, &shared)
        else { return nil }
        let sides = sides(of: outline, makers, &shared)
        shared.making.remove(name)
        shared.made[name] = sides
        return sides
    }

    /// Of a build for several platforms, what becomes of the one for which most runs again.
    func impact(
        of build: Build, before: Build?, _ makers: Makers, _ shared: inout Shared, _ attributes: Attributes
    ) -> BuildImpact {
        let now = build.allPlatforms
        let then = before?.allPlatforms ?? []
        var impacts: [(platform: String, impact: BuildImpact)] = []
        for platform in now.prefix(Limits.platforms) {
            let before = before?.forPlatform(then.contains(platform) ? platform : then[0])
            let impact = impact(
                ofOnePlatform: build.forPlatform(platform), before: before, makers, &shared, attributes)
            impacts.append((platform, impact))
        }
        // The first of those that are equal.
        var worst = impacts[0]
        for next in impacts.dropFirst() where next.impact.isWorse(than: worst.impact) { worst = next }
        var (platform, impact) = worst
        if impacts.contains(where: { !$0.impact.isLike(impact) }) || now.count > impacts.count {
            impact.blind.append(
                BlindSpot(
                    .platform, platform,
                    "Told is \(platform), for which most runs again, of the \(now.count) platforms of this build"
                        + (now.count > impacts.count ? " (of which \(impacts.count) are compared)." : ".")))
        }
        return impact
    }

    func impact(
        ofOnePlatform build: Build, before: Build?, _ makers: Makers, _ shared: inout Shared,
        _ attributes: Attributes
    ) -> BuildImpact {
        func failed(_ problem: String, isUnknown: Bool = false) -> BuildImpact {
            BuildImpact(
                name: build.name, dockerfile: build.dockerfile, context: build.contextDescription,
                target: build.target, verdict: .slow, bestCase: .none, stages: [], steps: [], blind: [],
                problem: problem, isUnknown: isUnknown)
        }
        let outline: Outline
        do {
            outline = try self.outline(of: build, before: before, &shared)
        } catch {
            return failed(error.problem, isUnknown: error.isUnknown)
        }
        let (evaluated, sources) = (outline.head, outline.definition.sources)
        let (context, namedContexts) = (outline.context, outline.namedContexts)
        if let ignoreFile = context?.head.context.ignoreFile, let problem = ignoreFile.problems.first,
            sources.contains(where: { $0.origin == .context })
        {
            return failed(
                "\(ignoreFile.path):\(problem.line): \(problem.message.dropLast())"
                    + (problem.isLimit ? "; what runs again cannot be told" : ""), isUnknown: problem.isLimit)
        }
        for (origin, source, step, isCertain) in sources where origin == .context && isCertain {
            guard let (path, line) = context?.leavesOut(source) else { continue }
            return failed(
                "\(build.dockerfile):\(step.instruction.lines.lowerBound): \(path):\(line) leaves \(source.path) out of the context; the build fails here"
            )
        }
        let made = shared.kept?.made[build.keptName] ?? Set(madeBy(build, evaluated, makers.head).keys)
        shared.kept?.made[build.keptName] = made
        func blind() -> [BlindSpot] {
            BlindSpots(
                build: build, dockerfile: evaluated, context: context, head: head,
                ignored: status?.ignored ?? [], hasGitFolder: request.hasGitFolder && history.hasGitFolder,
                largeFiles: attributes.largeFiles, attributeChanges: attributes.changes, pins: outline.pins,
                made: made, volatile: outline.volatile,
                open: outline.open
            ).all()
        }
        let isSeen = sources.allSatisfy { origin, source, _, isCertain in
            switch origin {
            case .context: isCertain && context.map { !$0.head.isMissing(source) } ?? false
            case .namedContext(let name):
                isCertain && (namedContexts[name] != nil || build.isImage(context: name))
            default: isCertain
            }
        }
        let isBaseSeen = evaluated.stages.allSatisfy { stage in
            guard stage.isReachable, case .namedContext(let name) = stage.base else { return true }
            return namedContexts[name] != nil || build.isImage(context: name)
        }
        let spots = shared.kept == nil ? blind() : []
        let isRewritten = spots.contains { $0.kind == .attributes }
        if !request.allSteps, outline.isSame, !isRewritten, outline.doubts.isEmpty, !build.ignoresCache,
            made.isEmpty, isSeen,
            isBaseSeen,
            namedContexts.values.allSatisfy(\.isUnchanged),
            sources.allSatisfy({ origin, source, _, _ in
                origin != .context || context?.isUnchanged(source) ?? true
            })
        {
            // Every part of every key is the same.
            return BuildImpact(unchanged: build, blind: spots)
        }
        let contexts = [context].compactMap { $0 } + namedContexts.values
        let name = build.keptName
        // What differs from commit to commit beside the files is not among the answers of contexts.
        let isKept = made.isEmpty && outline.doubts.isEmpty && shared.kept != nil && !needsKeys
        let difference = isKept ? shared.kept?.comparisons[name]?.difference(contexts) : nil
        var comparison: BuildComparison
        var sides: Sides?
        if let difference, let known = shared.kept?.comparisons[name]?.comparison(difference, contexts) {
            comparison = known
            // They are of an older commit now.
            shared.kept?.keys[name] = nil
        } else {
            if isKept {
                shared.kept?.keys[name] = nil
                for keys in contexts.flatMap({ [$0.base, $0.head] }) { keys?.queries = ContextQueries() }
            }
            let made = self.sides(of: outline, makers, &shared)
            sides = made
            comparison = BuildComparison(
                base: made.base, head: made.head, keys: made.keys, contexts: contexts,
                facts: made.head.runs.facts)
            if texts != nil { comparison.shownFiles = Limits.replayedFiles }
            if isKept, !made.keys.isCutShort, made.base.map({ !$0.keys.isCutShort }) ?? false {
                keep(comparison, difference, of: name, &shared)
            }
        }
        let steps = Self.steps(comparison.steps(), build, outline, isRewritten: isRewritten)
        var impact = BuildImpact(
            name: build.name, dockerfile: build.dockerfile, context: build.contextDescription,
            target: build.target, verdict: Verdict(of: steps.filter { $0.state != .cached }),
            bestCase: Verdict(of: steps.filter { $0.state == .rebuild }), stages: comparison.stages(),
            steps: steps, blind: spots + (sides.map { Self.limitSpots($0, context) } ?? []))
        if needsKeys {
            impact.keysBefore = sides?.base?.keys.steps.map(\.key) ?? []
        }
        return impact
    }

    /// For commits in which the same answers of contexts differ.
    private func keep(_ comparison: BuildComparison, _ known: [Int]?, of name: String, _ shared: inout Shared)
    {
        let contexts = comparison.contexts
        if shared.kept?.comparisons[name] == nil {
            shared.kept?.comparisons[name] = KnownComparisons(contexts)
        }
        for keys in contexts.flatMap({ [$0.base, $0.head] }) { keys?.queries = nil }
        guard let difference = known ?? shared.kept?.comparisons[name]?.difference(contexts) else { return }
        shared.kept?.comparisons[name]?.add(comparison, difference)
    }

    /// The steps with what keeps a build from its cache although their keys are equal.
    static func steps(
        _ steps: [StepImpact], _ build: Build, _ outline: Outline, isRewritten: Bool
    ) -> [StepImpact] {
        let state: CacheState
        let cause: Cause
        if build.noCache {
            (state, cause) = (.rebuild, .noCache)
        } else if !build.noCacheStages.isEmpty {
            // Other stages may find what these leave to be the same.
            (state, cause) = (.maybe, .noCache)
        } else if isRewritten {
            (state, cause) = (.maybe, .unseen(".gitattributes changes how git writes files that it takes"))
        } else if let before = outline.before, let base = outline.base,
            frontend(of: build, outline.head) != frontend(of: before, base)
        {
            let name = frontend(of: build, outline.head) ?? "docker/dockerfile"
            (state, cause) = (.maybe, .frontend(name))
        } else {
            return steps.map { step in
                // What an ARG decides stands below it.
                guard step.state == .cached, step.kind != .base,
                    let doubt = outline.doubts.first(where: { $0.line < step.line })
                else { return step }
                return step.with(.maybe, .unseen("\(doubt.name) may have another value: \(doubt.reason)"))
            }
        }
        return steps.map { step in
            // An image that was pulled stays.
            guard step.state != .rebuild, step.kind != .base else { return step }
            return step.with(state, cause)
        }
    }

    /// The image that reads the Dockerfile, where it is none of Docker's own releases.
    static func frontend(of build: Build, _ dockerfile: EvaluatedDockerfile) -> String? {
        let directive = dockerfile.parsed.directives.first { $0.name == .syntax }?.value
        guard let written = (build.args["BUILDKIT_SYNTAX"] ?? directive) ?? nil else { return nil }
        let image = written.prefix { $0 != " " && $0 != "\t" }
        let name = ImageReference.normalized(String(image.prefix { $0 != "@" }))
        return name.hasPrefix("docker.io/docker/dockerfile:") ? nil : String(image)
    }

    /// Told where stages take too much from each other to follow all of it.
    static func limitSpots(_ sides: Sides, _ context: ContextComparison?) -> [BlindSpot] {
        if context?.isCutShort ?? false {
            return [
                BlindSpot(
                    .limit, sides.build.dockerfile,
                    "The patterns of COPY and of ignore files take too long: what is not compared counts as changed."
                )
            ]
        }
        guard sides.keys.isCutShort || sides.base?.keys.isCutShort ?? false else { return [] }
        return [
            BlindSpot(
                .limit, sides.build.dockerfile,
                "The stages copy too much from each other to follow all of it: what is not followed counts as unknown."
            )
        ]
    }
}

extension Build {
    /// The same build for one platform. One that names none is built for the machine that it runs on, and that is taken
    /// to be one like this.
    func forPlatform(_ platform: String?) -> Build {
        var build = self
        build.platforms = [platform ?? StepKeys.builderPlatform]
        return build
    }

    /// Those that it is built for.
    var allPlatforms: [String] { platforms.isEmpty ? [StepKeys.builderPlatform] : platforms }

    /// Tells it from the other builds of one state, in a replay.
    var keptName: String { "\(name)\u{0}\(platforms.joined(separator: ","))" }

    /// The same is asked of the builder.
    func isAskedLike(_ other: Build) -> Bool {
        dockerfile == other.dockerfile && context == other.context && target == other.target
            && args == other.args && platforms == other.platforms && namedContexts == other.namedContexts
            && runOptions == other.runOptions
    }

    /// An image stands in for the name of a context.
    func isImage(context name: String) -> Bool {
        if case .elsewhere(let text)? = namedContexts[name] {
            text.hasPrefix("docker-image://")
        } else {
            false
        }
    }

    var contextDescription: String {
        switch context {
        case .directory(let folder): folder
        case .elsewhere(let text): text
        case .unknown: "unknown"
        }
    }
}
