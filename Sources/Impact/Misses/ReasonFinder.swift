internal import BuildRecords
internal import Dockerfile
internal import Facts

/// Finds the reason of one root.
struct ReasonFinder {
    private let record: BuildRecord
    private let earlier: BuildRecord?
    private let prediction: MissAnalysis.Prediction?
    private let tree: StepTree
    private let earlierTree: StepTree?
    /// Of the earlier build, as indices of its vertices.
    private let known: [StepIdentity: Int]
    private let places: [Place: Int]
    private let written: WrittenSteps
    private let earlierWritten: WrittenSteps?
    private let earlierTexts: Set<String>
    private let predictions: [Int: [StepImpact]]
    private let hasHits: Bool
    /// No `--no-cache`, as far as the source tells: a log does not, and with it only WORKDIR may be in the cache.
    private let mayUseCache: Bool
    /// Only context files decide the roots: of a build without hits, one that changed explains all as well as an empty cache.
    private let areRootsOfContext: Bool
    private let steps: Int
    /// That another image than in the earlier build read the same instructions; nil where none did.
    private let newFrontend: String?

    /// Where a step stands, whatever it says.
    private struct Place: Hashable {
        let platform: String?
        let stage: String?
        let number: Int
        let keyword: String

        init(_ name: StepName) {
            platform = name.platform
            stage = name.stage
            number = name.number
            keyword = name.keyword
        }
    }

    init(
        record: BuildRecord, earlier: BuildRecord?, prediction: MissAnalysis.Prediction?, tree: StepTree,
        roots: [Int]
    ) {
        let (record, earlier) = Self.withPlatforms(record, earlier)
        self.record = record
        self.earlier = earlier
        self.prediction = prediction
        self.tree = tree
        earlierTree = earlier.map { StepTree($0) }
        var known: [StepIdentity: Int] = [:]
        var places: [Place: Int] = [:]
        for (index, vertex) in (earlier?.vertices ?? []).enumerated() {
            guard let name = vertex.step.map({ Self.withPlatform($0, earlier) }) else { continue }
            known[StepIdentity(name)] = known[StepIdentity(name)] ?? index
            places[Place(name)] = places[Place(name)] ?? index
        }
        self.known = known
        self.places = places
        written = WrittenSteps(record)
        earlierWritten = earlier.map { WrittenSteps($0) }
        earlierTexts = earlierWritten?.all ?? []
        predictions = Dictionary(grouping: prediction?.build.steps ?? [], by: \.label.number)
        let own = record.steps.filter { $0.step?.isBase == false }
        hasHits = own.contains { $0.outcome.isHit || $0.outcome == .shared }
        mayUseCache =
            record.source.tellsOptions
            || own.contains { $0.outcome.isHit && $0.step?.keyword != "WORKDIR" || $0.outcome == .shared }
        steps = own.count
        newFrontend = earlier.flatMap { Self.newFrontend(of: record, since: $0) }
        areRootsOfContext = roots.allSatisfy { record.vertices[$0].readsContext }
    }

    /// A log of a build for one platform does not tell it: it is taken for that of the other build.
    private static func withPlatforms(_ record: BuildRecord, _ earlier: BuildRecord?) -> (
        BuildRecord, BuildRecord?
    ) {
        guard var earlier else { return (record, nil) }
        var record = record
        if record.platforms.isEmpty, earlier.platforms.count == 1 { record.platforms = earlier.platforms }
        if earlier.platforms.isEmpty, record.platforms.count == 1 { earlier.platforms = record.platforms }
        return (record, earlier)
    }

    /// Only builds for several platforms write them into the names of steps.
    private static func withPlatform(_ name: StepName, _ record: BuildRecord?) -> StepName {
        guard name.platform == nil, let record, record.platforms.count == 1 else { return name }
        var name = name
        name.platform = record.platforms[0]
        return name
    }

    private func name(_ vertex: BuildVertex) -> StepName? {
        vertex.step.map { Self.withPlatform($0, record) }
    }

    private typealias Finding = (reason: MissReason, certainty: Miss.Certainty, evidence: String)

    func miss(_ root: Int, _ followers: [BuildVertex]) -> Miss {
        let vertex = record.vertices[root]
        let found = [told(vertex), compared(root), predicted(vertex), lost(root)].compactMap { $0 }
        if let found = found.first(where: { $0.certainty == .certain }) ?? found.first {
            return Miss(
                step: vertex, reason: found.reason, certainty: found.certainty, evidence: found.evidence,
                possible: others(than: found), followers: followers)
        }
        return Miss(
            step: vertex, reason: .unknown, certainty: .open, evidence: "", possible: remaining(vertex),
            followers: followers)
    }

    /// What leaves the same record.
    private func others(than found: Finding) -> [MissReason] {
        if found.reason == .coldBuilder {
            return [.pruned, .evicted] + (record.source.tellsOptions ? [] : [.noCache])
        }
        // A log has the values of variables in the text of a step, and not what is written there.
        let isText = found.reason == .instructionChanged && found.certainty == .likely && prediction == nil
        return isText && (record.dockerfile == nil || earlier?.dockerfile == nil) ? [.argumentValue] : []
    }

    // MARK: The record alone

    private func told(_ vertex: BuildVertex) -> Finding? {
        guard let stages = record.uncachedStages else { return nil }
        if stages.isEmpty { return (.noCache, .certain, "`--no-cache`") }
        let stage = vertex.step?.stage?.lowercased() ?? ""
        guard stages.contains(stage) else { return nil }
        return (.noCacheFilter, .certain, "`--no-cache-filter` names \(stage)")
    }

    /// Nothing that it reads differs, or can: it was not in any cache that the build looked into.
    private func lost(_ root: Int) -> Finding? {
        let vertex = record.vertices[root]
        if let before = counterpart(vertex), [.failed, .cancelled, .notReached].contains(before.outcome) {
            return (.neverBuilt, .likely, "the earlier build did not finish it")
        }
        if let failed = record.cacheImports.first(where: { $0.error != nil }) {
            return (
                .importFailed, .likely, "\(place(failed)): \(failed.error ?? "")"
            )
        }
        guard isCached(vertex) || isSame(vertex) else { return nil }
        // A log does not tell what the frontend made of the instruction.
        if vertex.definition == nil, let newFrontend { return (.frontendChanged, .likely, newFrontend) }
        if let earlier, let before = earlier.builder, let now = record.builder, before != now {
            return (
                .otherBuilder, .likely, "the earlier build ran on the builder \(before), this one on \(now)"
            )
        }
        // BuildKit before 0.32 does not find what stands on a step that another build has run and still holds.
        if let shared = tree.parents(of: root).first(where: { record.vertices[$0].outcome == .shared }) {
            if prediction == nil, vertex.readsContext { return nil }
            let text = record.vertices[shared].step?.text ?? ""
            return (.concurrentBuilds, .likely, "it stands on `\(text)`, which a build beside this one ran")
        }
        // Of a cache that holds other steps of the build, a file that changed is the usual reason.
        if prediction == nil, hasHits, mayUseCache, vertex.readsContext {
            return (
                .contextFile, .likely,
                "it reads the build context, and all else of it is as in the earlier build"
            )
        }
        if let first = record.cacheImports.first {
            if let failed = earlier?.cacheExports.first(where: { $0.error != nil }) {
                return (
                    .exportFailed, .likely,
                    failed.error ?? ""
                )
            }
            if let earlier, earlier.source.tellsTimes, earlier.cacheExports.isEmpty {
                return (
                    .exportAbsent, .likely,
                    "this one reads \(place(first))"
                )
            }
            return (
                .importWithoutLayer, .likely, "\(place(first)) was read"
            )
        }
        if steps > 1, !hasHits, prediction == nil ? !areRootsOfContext : isCached(vertex) {
            return (.coldBuilder, .likely, "none of its \(steps) steps was in the cache")
        }
        return nil
    }

    private func place(_ location: CacheLocation) -> String {
        [location.type, location.place].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// What may be the reason where nothing shows it.
    private func remaining(_ vertex: BuildVertex) -> [MissReason] {
        var reasons: [MissReason] = []
        if earlier == nil, prediction == nil { reasons += [.instructionChanged, .argumentValue, .baseMoved] }
        if earlier == nil, record.frontend != nil { reasons.append(.frontendChanged) }
        if !hasHits, steps > 1 { reasons.append(.coldBuilder) }
        if prediction == nil, vertex.readsContext {
            reasons += [.contextFile, .contextMode, .ignoreFile, .gitFolder]
        }
        if !mayUseCache { reasons.append(.noCache) }
        if !record.source.tellsOptions { reasons.append(.noCacheFilter) }
        return reasons + [.evicted, .pruned, .neverBuilt, .concurrentBuilds]
    }

    // MARK: An earlier record

    /// The same step in the earlier build: the text that BuildKit shows has its variables' values in it.
    private func counterpart(_ vertex: BuildVertex) -> BuildVertex? {
        name(vertex).flatMap { known[StepIdentity($0)] }.flatMap { earlier?.vertices[$0] }
    }

    private func isSame(_ vertex: BuildVertex) -> Bool {
        counterpart(vertex).map { !isRedefined(vertex, $0) } ?? false
    }

    /// The same text stands for something else: by the provenance, or by BuildKit's digest where its inputs have theirs.
    private func isRedefined(_ vertex: BuildVertex, _ before: BuildVertex) -> Bool {
        if let now = vertex.definition, let then = before.definition { return now != then }
        guard let earlier, let now = vertex.digest, let then = before.digest, now != then,
            !vertex.inputs.isEmpty
        else { return false }
        let inputs = (
            vertex.inputs.map { record.vertices[$0].digest },
            before.inputs.map { earlier.vertices[$0].digest }
        )
        return inputs.0 == inputs.1 && !inputs.0.contains(nil)
    }

    private func compared(_ root: Int) -> Finding? {
        guard let earlier else { return nil }
        let vertex = record.vertices[root]
        if !earlier.platforms.isEmpty, !record.platforms.isEmpty,
            Set(earlier.platforms).isDisjoint(with: record.platforms)
        {
            let platforms = [earlier, record].map { $0.platforms.joined(separator: ", ") }
            return (
                .platformDiffers, .certain,
                "the earlier build was for \(platforms[0]), this one is for \(platforms[1])"
            )
        }
        // A stage of the builder's own platform may have that platform too.
        if let platform = vertex.step?.platform, record.platforms.contains(platform),
            !earlier.platforms.isEmpty, !earlier.platforms.contains(platform),
            !earlier.vertices.contains(where: { $0.step?.platform == platform })
        {
            return (
                .platformDiffers, .likely,
                "the earlier build was for \(earlier.platforms.joined(separator: ", ")), and this step is for \(platform)"
            )
        }
        if let moved = movedBase(of: root, earlier) { return moved }
        guard let before = counterpart(vertex) else { return edited(root, earlier) }
        if isRedefined(vertex, before) {
            return changedArgument(earlier) ?? newFrontend.map { (.frontendChanged, .likely, $0) }
                ?? (
                    .environmentValue, .likely,
                    "the instruction reads the same, and a variable, the user, the working "
                        + "folder or a mount that it runs with does not"
                )
        }
        return otherStepsAbove(root, earlier)
    }

    /// The base images that the step stands on, by stage and name, against those of the earlier build.
    private func movedBase(of root: Int, _ earlier: BuildRecord) -> Finding? {
        for base in tree.ancestors(of: root).sorted() {
            guard let now = name(record.vertices[base]), now.isBase, let digest = digest(of: now, in: record)
            else { continue }
            let then = earlier.vertices.lazy.compactMap(\.step).map { Self.withPlatform($0, earlier) }.first {
                $0.isBase && $0.platform == now.platform && $0.stage == now.stage
                    && reference($0) == reference(now)
            }
            guard let then, let old = self.digest(of: then, in: earlier), old != digest else { continue }
            // An argument that decides the image stands in its name for its value.
            if reference(now).contains("${") { return changedArgument(earlier) }
            return (
                .baseMoved, .certain, "\(reference(now)) was \(old.prefix(19)), and is \(digest.prefix(19))"
            )
        }
        return nil
    }

    private func reference(_ name: StepName) -> String {
        String(name.text.dropFirst(name.keyword.count).drop { $0 == " " }.prefix { $0 != "@" })
    }

    /// Of a FROM: the builder writes it into the name of the vertex, or the record's list of images has it.
    private func digest(of name: StepName, in record: BuildRecord) -> String? {
        if let mark = name.text.lastIndex(of: "@") {
            return String(name.text[name.text.index(after: mark)...])
        }
        let wanted = PinnedImage(reference: reference(name), digest: nil, platform: name.platform)
        return record.images.first { $0.isLike(wanted) }?.digest
    }

    /// No step of the earlier build reads like it.
    private func edited(_ root: Int, _ earlier: BuildRecord) -> Finding? {
        guard let name = name(record.vertices[root]) else { return nil }
        let place = places[Place(name)]
        if let now = written.text(of: root), now == place.flatMap({ earlierWritten?.text(of: $0) }) {
            return changedArgument(earlier)
                ?? (
                    .argumentValue, .likely,
                    "the instruction is written as before, and its variables have other values"
                )
        }
        if places[Place(name)] == nil, earlier.target != record.target {
            return (
                .neverBuilt, .likely,
                "the earlier build was of \(earlier.target.map { "the target \($0)" } ?? "the last stage")"
            )
        }
        // A build beside this one began it, so that its name is the one that it has there.
        if record.vertices[root].intervals.first?.lowerBound == 0 { return nil }
        let isWhole = earlier.status == .completed && earlier.dockerfile != nil && record.dockerfile != nil
        // It may be the same step under the name of another stage.
        let isKnown = written.text(of: root).map(earlierTexts.contains) ?? false
        let certainty: Miss.Certainty = isWhole && !isKnown ? .certain : .likely
        if let place = place.flatMap({ earlier.vertices[$0].step }) {
            return (.instructionChanged, certainty, "the earlier build had `\(place.text)` there")
        }
        return (.instructionChanged, certainty, "the earlier build had no such step")
    }

    /// Certain where it is the only one that the Dockerfile takes and that differs, and the Dockerfile is the same.
    private func changedArgument(_ earlier: BuildRecord) -> Finding? {
        func hashes(_ record: BuildRecord) -> [String: String] {
            Dictionary(record.arguments.map { ($0.name, $0.hash) }, uniquingKeysWith: { $1 })
        }
        let (then, now) = (hashes(earlier), hashes(record))
        let text = record.dockerfile.map { String(decoding: $0.text, as: UTF8.self) }
        // One that no ARG takes is no part of any key, as HTTP_PROXY.
        let changed = Set(then.keys).union(now.keys).filter { name in
            then[name] != now[name] && text.map { Self.declares(name, in: $0) } ?? true
        }.sorted()
        guard let first = changed.first else { return nil }
        let isSameText = text != nil && record.dockerfile?.text == earlier.dockerfile?.text
        if changed.count == 1 { return (.argumentValue, isSameText ? .certain : .likely, first) }
        return (.argumentValue, .likely, "one of \(changed.prefix(5).joined(separator: ", "))")
    }

    private static func newFrontend(of record: BuildRecord, since earlier: BuildRecord) -> String? {
        let (then, now) = (earlier.frontend, record.frontend)
        // An argument may stand in place of the name.
        if let old = then?.digest, old == now?.digest { return nil }
        guard then != now else { return nil }
        if let old = instructions(earlier), let new = instructions(record), old != new { return nil }
        func text(_ image: PinnedImage?) -> String {
            guard let image else { return "the builder's own" }
            return image.reference + (image.digest.map { " (\($0.prefix(19)))" } ?? "")
        }
        return "the frontend was \(text(then)), and is \(text(now))"
    }

    /// The lines of the Dockerfile without comments, of which `# syntax=` is one.
    private static func instructions(_ record: BuildRecord) -> [ArraySlice<UInt8>]? {
        record.dockerfile?.text.split(separator: 0x0A).filter { $0.first != UInt8(ascii: "#") }
    }

    private static func declares(_ name: String, in dockerfile: String) -> Bool {
        dockerfile.split(whereSeparator: \.isNewline).contains { line in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.first?.uppercased() == "ARG" else { return false }
            return words.dropFirst().contains { $0 == name || $0.hasPrefix(name + "=") }
        }
    }

    /// It reads as before, and what it stands on does not.
    private func otherStepsAbove(_ root: Int, _ earlier: BuildRecord) -> Finding? {
        guard let earlierTree, let name = name(record.vertices[root]), let before = known[StepIdentity(name)]
        else {
            return nil
        }
        func names(_ steps: [Int], _ record: BuildRecord) -> [StepIdentity: StepName] {
            Dictionary(
                steps.compactMap { record.vertices[$0].step }.map { Self.withPlatform($0, record) }.map {
                    (StepIdentity($0), $0)
                },
                uniquingKeysWith: { $1 })
        }
        let now = names(tree.parents(of: root), record)
        let then = names(earlierTree.parents(of: before), earlier)
        if then.isEmpty, earlier.source.tellsInputs, let base = now.values.first(where: \.isBase) {
            return (.instructionChanged, .likely, "FROM names \(reference(base)) now")
        }
        // What another build ran has the name that it has there.
        if tree.parents(of: root).contains(where: { record.vertices[$0].outcome == .shared }) { return nil }
        // A log may lack a step that was not needed.
        guard !now.isEmpty, !then.isEmpty, Set(now.keys) != Set(then.keys) else { return nil }
        if let base = now.values.first(where: \.isBase), let old = then.values.first(where: \.isBase),
            reference(base) != reference(old)
        {
            return (
                .instructionChanged, .likely, "FROM named \(reference(old)), and names \(reference(base))"
            )
        }
        let new = now.filter { known[$0.key] == nil && !$0.value.isBase }.values.map(\.text).sorted()
        let gone = then.filter { now[$0.key] == nil && !$0.value.isBase }.values.map(\.text).sorted()
        if let text = new.first { return (.stepAbove, .likely, "it stands on `\(text)` now") }
        return gone.first.map { (.stepAbove, .likely, "it stood on `\($0)` before") }
    }

    // MARK: Git

    private func impact(on vertex: BuildVertex) -> StepImpact? {
        guard let name = vertex.step else { return nil }
        return predictions[name.number]?.first { RecordedOutcomes.isOne(name, of: $0) }
    }

    private func isCached(_ vertex: BuildVertex) -> Bool {
        impact(on: vertex)?.state == .cached
    }

    private func predicted(_ vertex: BuildVertex) -> Finding? {
        guard let prediction, let step = impact(on: vertex), step.state != .cached, var cause = step.cause
        else { return nil }
        // FROM is no root: what differs about it is the reason of the first step on it.
        if case .follows(let label) = cause,
            let base = prediction.build.steps.first(where: {
                $0.kind == .base && $0.label.description == label
            }),
            let reason = base.cause
        {
            cause = reason
        }
        // The record of the earlier build has it: what is new is what it stands on, or the text that a heredoc's name leaves out.
        if case .newInstruction = cause, counterpart(vertex) != nil {
            if step.instruction.contains("<<") {
                return (.instructionChanged, .likely, "its heredoc has another text (\(prediction.range))")
            }
            return (.stepAbove, .likely, "the base of its stage is not what it was")
        }
        let certainty: Miss.Certainty = prediction.isCertain && step.state == .rebuild ? .certain : .likely
        func list(_ paths: [String], _ count: Int) -> String {
            paths.joined(separator: ", ") + (count > paths.count ? " and \(count - paths.count) more" : "")
        }
        let range = prediction.range
        switch cause {
        case .newBuild:
            return (.neverBuilt, certainty, "nothing was built from this Dockerfile before (\(range))")
        case .baseImage(let from, let to):
            return (.instructionChanged, certainty, "FROM named \(from), and names \(to) (\(range))")
        case .newInstruction: return (.instructionChanged, certainty, "the instruction is new (\(range))")
        case .instruction(let was):
            return (.instructionChanged, certainty, "the instruction was `\(was)` (\(range))")
        case .variables(let names):
            return (.environmentValue, certainty, "other values: \(list(names, names.count)) (\(range))")
        case .setting(let name, _, _): return (.environmentValue, certainty, "\(name) differs (\(range))")
        case .files(let paths, let count):
            return (.contextFile, certainty, "\(list(paths, count)) differ\(count == 1 ? "s" : "") \(range)")
        case .modes(let paths, let count):
            return (
                .contextMode, certainty,
                "\(list(paths, count)): the permission bits differ \(range), and nothing else"
            )
        case .ignoreFile(let path, let files, let count):
            return (
                .ignoreFile, certainty, "\(path) lets other files through \(range): \(list(files, count))"
            )
        case .gitFolder:
            return (.gitFolder, certainty, "the context has the .git folder, which every commit changes")
        case .output(let stage, let path):
            return (.stageOutput, .likely, "it reads \(path) of the stage \(stage)")
        case .image(let from, let to, let path):
            return (.stageOutput, .likely, "it reads \(path) of \(to), which was \(from)")
        case .build(let name): return (.stageOutput, .likely, "it stands on what the build \(name) makes")
        case .noCache: return (.noCache, .likely, "the build is stated with `--no-cache`")
        case .frontend(let name):
            return (.frontendChanged, .likely, "\(name) reads the Dockerfile now (\(range))")
        case .unseen:
            let copied = CopiedPaths(vertex, context: prediction.build.context)
            let paths = prediction.changedPaths.filter { copied?.contain($0) ?? false }
            guard !paths.isEmpty else { return nil }
            let text = list(Array(paths.prefix(5)), paths.count)
            return (.contextFile, .likely, "\(text) differ\(paths.count == 1 ? "s" : "") \(range)")
        // What stands above it was in the cache, as this is a root.
        case .follows: return nil
        }
    }
}
