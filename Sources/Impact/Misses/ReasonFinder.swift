internal import BuildRecords
internal import Dockerfile
internal import Facts

/// Finds the reason of one root.
struct ReasonFinder {
    let record: BuildRecord
    let earlier: BuildRecord?
    let prediction: MissAnalysis.Prediction?
    let tree: StepTree

    private typealias Finding = (reason: MissReason, certainty: Miss.Certainty, evidence: String)

    func miss(_ root: Int, _ followers: [BuildVertex]) -> Miss {
        let vertex = record.vertices[root]
        let found = [told(vertex), compared(root), predicted(vertex), lost(vertex)].compactMap { $0 }
        if let found = found.first(where: { $0.certainty == .certain }) ?? found.first {
            return Miss(
                step: vertex, reason: found.reason, certainty: found.certainty, evidence: found.evidence,
                possible: [],
                followers: followers)
        }
        return Miss(
            step: vertex, reason: .unknown, certainty: .open, evidence: "", possible: remaining(vertex),
            followers: followers)
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
    private func lost(_ vertex: BuildVertex) -> Finding? {
        if let failed = record.cacheImports.first(where: { $0.error != nil }) {
            return (
                .importFailed, .likely, "\(place(failed)): \(failed.error ?? "")"
            )
        }
        guard prediction.map({ isCached(vertex, in: $0) }) ?? false || isSame(vertex) else { return nil }
        let own = record.steps.filter { $0.step?.isBase == false }
        let hasHits = own.contains { $0.outcome.isHit }
        // Of a cache that holds other steps of the build, a file that changed is the usual reason.
        if prediction == nil, hasHits, readsContext(vertex) {
            return (
                .contextFile, .likely,
                "it reads the build context, and all else of it is as in the earlier build"
            )
        }
        if let earlier, let before = earlier.builder, let now = record.builder, before != now {
            return (
                .otherBuilder, .likely, "the earlier build ran on the builder \(before), this one on \(now)"
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
        if own.count > 1, !hasHits {
            return (.coldBuilder, .likely, "none of its \(own.count) steps was in the cache")
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
        if prediction == nil, readsContext(vertex) { reasons += [.contextFile, .ignoreFile, .gitFolder] }
        return reasons + [.evicted, .pruned, .neverBuilt, .concurrentBuilds]
    }

    private func readsContext(_ vertex: BuildVertex) -> Bool {
        guard let step = vertex.step else { return false }
        switch step.keyword {
        case "COPY", "ADD": return !step.text.contains("--from=")
        case "RUN": return step.text.contains("type=bind")
        default: return false
        }
    }

    // MARK: An earlier record

    /// The same step in the earlier build: the text that BuildKit shows has its variables' values in it.
    private func counterpart(_ vertex: BuildVertex) -> BuildVertex? {
        guard let earlier, let name = vertex.step else { return nil }
        let identity = StepIdentity(name)
        return earlier.vertices.first { $0.step.map { StepIdentity($0) == identity } ?? false }
    }

    private func isSame(_ vertex: BuildVertex) -> Bool {
        guard let other = counterpart(vertex) else { return false }
        return vertex.definition == nil || other.definition == nil || vertex.definition == other.definition
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
        if let moved = movedBase(of: root, earlier) { return moved }
        guard let before = counterpart(vertex) else { return edited(vertex, earlier) }
        if let now = vertex.definition, let then = before.definition, now != then {
            return changedArgument(vertex, earlier, isCertain: false)
                ?? (
                    .environmentValue, .likely,
                    "the instruction reads the same, and a variable, the user, the working "
                        + "folder or a mount that it runs with does not"
                )
        }
        return newStepAbove(root, earlier)
    }

    /// The base images that the step stands on, by stage and name, against those of the earlier build.
    private func movedBase(of root: Int, _ earlier: BuildRecord) -> Finding? {
        for base in tree.ancestors(of: root).sorted() {
            guard let now = record.vertices[base].step, now.isBase, let digest = digest(of: now, in: record)
            else { continue }
            let then = earlier.vertices.lazy.compactMap(\.step).first {
                $0.isBase && $0.platform == now.platform && $0.stage == now.stage
                    && reference($0) == reference(now)
            }
            guard let then, let old = self.digest(of: then, in: earlier), old != digest else { continue }
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
        let wanted = reference(name)
        func short(_ text: String) -> Substring {
            for prefix in ["docker.io/library/", "docker.io/"] where text.hasPrefix(prefix) {
                return text.dropFirst(prefix.count)
            }
            return text[...]
        }
        return record.images.first {
            short($0.reference) == short(wanted)
                && ($0.platform == nil || name.platform == nil || $0.platform == name.platform)
        }?
        .digest
    }

    /// No step of the earlier build reads like it.
    private func edited(_ vertex: BuildVertex, _ earlier: BuildRecord) -> Finding? {
        guard let name = vertex.step else { return nil }
        // A log may lack steps, and steps that were not needed are not always told.
        let place = earlier.vertices.lazy.compactMap(\.step).first {
            $0.number == name.number && $0.platform == name.platform && $0.stage == name.stage
                && $0.keyword == name.keyword
        }
        let lines = (text(of: vertex, in: record), text(of: place.flatMap(vertexOf(earlier)), in: earlier))
        if let now = lines.0, let then = lines.1, now == then {
            return changedArgument(vertex, earlier, isCertain: true)
                ?? (
                    .argumentValue, .likely,
                    "the instruction is written as before, and its variables have other values"
                )
        }
        let isWhole = earlier.status == .completed && earlier.dockerfile != nil && record.dockerfile != nil
        if let place {
            return (
                .instructionChanged, isWhole ? .certain : .likely,
                "the earlier build had `\(place.text)` there"
            )
        }
        return (.instructionChanged, isWhole ? .certain : .likely, "the earlier build had no such step")
    }

    private func vertexOf(_ record: BuildRecord) -> (StepName) -> BuildVertex? {
        { name in record.vertices.first { $0.step == name } }
    }

    /// The lines of the recorded Dockerfile that a step was read from.
    private func text(of vertex: BuildVertex?, in record: BuildRecord) -> [ArraySlice<UInt8>]? {
        guard let lines = vertex?.lines, let dockerfile = record.dockerfile else { return nil }
        let all = dockerfile.text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.upperBound <= all.count else { return nil }
        return Array(all[lines.lowerBound - 1..<lines.upperBound])
    }

    /// - Parameter isCertain: the values are known to be the only difference.
    private func changedArgument(_ vertex: BuildVertex, _ earlier: BuildRecord, isCertain: Bool) -> Finding? {
        let (then, now) = (
            Dictionary(earlier.arguments.map { ($0.name, $0.hash) }, uniquingKeysWith: { $1 }),
            Dictionary(record.arguments.map { ($0.name, $0.hash) }, uniquingKeysWith: { $1 })
        )
        let changed = Set(then.keys).union(now.keys).filter { then[$0] != now[$0] }.sorted()
        guard !changed.isEmpty else { return nil }
        let list = changed.prefix(5).joined(separator: ", ")
        if changed.count == 1 {
            return (
                .argumentValue, isCertain ? .certain : .likely, list
            )
        }
        return (.argumentValue, .likely, "one of \(list)")
    }

    /// It reads as before, and what it stands on does not.
    private func newStepAbove(_ root: Int, _ earlier: BuildRecord) -> Finding? {
        let known = Set(earlier.vertices.compactMap { $0.step.map(StepIdentity.init) })
        let new = tree.parents(of: root).first { parent in
            guard let name = record.vertices[parent].step, !name.isBase else { return false }
            return !known.contains(StepIdentity(name))
        }
        guard let new, let name = record.vertices[new].step else { return nil }
        return (.stepAbove, .likely, "`\(name.text)` above it is new")
    }

    // MARK: Git

    private func impact(on vertex: BuildVertex, in prediction: MissAnalysis.Prediction) -> StepImpact? {
        guard let name = vertex.step else { return nil }
        return prediction.build.steps.first { RecordedOutcomes.isOne(name, of: $0) }
    }

    private func isCached(_ vertex: BuildVertex, in prediction: MissAnalysis.Prediction) -> Bool {
        impact(on: vertex, in: prediction)?.state == .cached
    }

    private func predicted(_ vertex: BuildVertex) -> Finding? {
        guard let prediction, let step = impact(on: vertex, in: prediction), step.state != .cached,
            let cause = step.cause
        else { return nil }
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
        // What stands above it was in the cache, as this is a root; and what is not seen names nothing.
        case .unseen, .follows: return nil
        }
    }
}
