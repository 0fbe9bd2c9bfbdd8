internal import Diagnostics

extension ObservedBuild {
    /// The record, with one outcome for each vertex.
    consuming func judged() -> BuildRecord {
        if record.source.tellsTimes { sortByTime() }
        let hasTargets = VertexName.haveTargets(vertices.lazy.map(\.name))
        let names = vertices.map { VertexName($0.name, hasTargets: hasTargets) }
        let downloads = downloads(names)
        let merges = merges()
        let own = ownStart(names)
        let begin = start ?? own ?? vertices.lazy.flatMap { $0.spans.lazy.map(\.start) }.min()
        let ended = end ?? vertices.lazy.flatMap { $0.spans.lazy.map { $0.end ?? $0.start } }.max()
        record.started = record.started ?? begin.map { $0 / 1000 }
        if let begin, let ended, record.milliseconds == nil {
            record.milliseconds = Self.milliseconds(max(0, ended - begin))
        }
        for (index, observed) in vertices.enumerated() {
            let isStep = !downloads.contains(index) && !merges.contains(index)
            let step = isStep ? names[index].step : nil
            let name = names[index].name
            var vertex = BuildVertex(
                name: name,
                category: downloads.contains(index)
                    ? .download
                    : merges.contains(index) ? .other : TimeCategory(vertexName: name, isStep: step != nil),
                outcome: observed.outcome(
                    isLayered: step?.isBase == false, tellsTimes: record.source.tellsTimes))
            vertex.step = step
            vertex.target = names[index].target
            vertex.digest = observed.digest
            vertex.error = observed.error
            vertex.inputs = observed.inputs.compactMap { self.index(ofDigest: $0) }
            if vertex.outcome == .ran, step?.isBase == false, let own, observed.hasEnded(by: own) {
                vertex.outcome = .shared
            }
            if vertex.outcome == .skipped || vertex.outcome == .shared {
                vertex.milliseconds = 0
            } else {
                add(observed.spans, duration: observed.duration, to: &vertex, begin)
            }
            record.vertices.append(vertex)
            addActivities(of: observed, index: index, begin: begin)
        }
        if isCut {
            record.problems.append("more than \(Limits.recordedVertices) steps; the rest is not read")
        }
        addErrors()
        addPlaces()
        if record.status == .unknown { record.status = status() }
        closeOpenVertices()
        skipTwins()
        return record
    }

    // MARK: Time

    private static func milliseconds(_ microseconds: Int) -> Int { (microseconds &+ 500) / 1000 }

    private func add(
        _ spans: [ObservedVertex.Span], duration: Int?, to vertex: inout BuildVertex, _ begin: Int?
    ) {
        // What another build began is this one's from its own beginning on.
        let merged = Self.merged(spans).map { span in
            begin.map { max(span.lowerBound, $0)..<max(span.upperBound, $0) } ?? span
        }
        if let begin, !merged.isEmpty, record.source.tellsTimes {
            vertex.intervals = Self.relative(merged, to: begin)
        }
        vertex.milliseconds =
            merged.isEmpty
            ? duration.map(Self.milliseconds)
            : Self.milliseconds(merged.clampedSum { $0.upperBound - $0.lowerBound })
    }

    /// The union of spans that have ended, in order.
    private static func merged(_ spans: [ObservedVertex.Span]) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for span in spans.sorted(by: { $0.start < $1.start }) {
            guard let end = span.end, end >= span.start else { continue }
            if let last = merged.last, span.start <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, end)
            } else {
                merged.append(span.start..<end)
            }
        }
        return merged
    }

    private static func relative(_ spans: [Range<Int>], to begin: Int) -> [Range<Int>] {
        spans.map { max(0, ($0.lowerBound - begin) / 1000)..<max(0, ($0.upperBound - begin) / 1000) }
    }

    /// When the frontend began: vertices of this build alone, unlike steps. nil where the source tells no times, or another
    /// frontend names them in another way.
    private func ownStart(_ names: [VertexName]) -> Int? {
        guard record.source.tellsTimes,
            names.contains(where: { $0.name.hasPrefix("[internal] load build definition") })
        else { return nil }
        return zip(names, vertices).lazy.filter { $0.0.name.hasPrefix("[internal] ") }
            .flatMap { $0.1.spans.lazy.map(\.start) }.min()
    }

    // MARK: Activities

    private mutating func addActivities(of observed: ObservedVertex, index: Int, begin: Int?) {
        let vertex = record.vertices[index]
        var parts: [TimeCategory: [ObservedVertex.Status]] = [:]
        for status in observed.statuses {
            let category = TimeCategory(
                statusID: status.id, of: vertex.category, isBase: vertex.step?.isBase == true)
            parts[category ?? vertex.category, default: []].append(status)
        }
        var taken = 0
        for category in TimeCategory.allCases where category != vertex.category {
            guard let statuses = parts[category] else { continue }
            var activity = BuildActivity(category: category, name: vertex.name, vertex: index)
            let spans = Self.merged(statuses.compactMap(\.span))
            activity.bytes = Self.bytes(of: statuses)
            if category == .basePull || category == .cachePull,
                vertex.outcome != .ran || category == .basePull
            {
                // Nothing else takes time there.
                activity.intervals = vertex.intervals
                activity.milliseconds = vertex.milliseconds
            } else if !spans.isEmpty {
                if let begin, record.source.tellsTimes {
                    activity.intervals = Self.relative(spans, to: begin)
                }
                activity.milliseconds = Self.milliseconds(spans.clampedSum { $0.upperBound - $0.lowerBound })
            } else if statuses.contains(where: { $0.duration != nil }) {
                activity.milliseconds = Self.milliseconds(statuses.compactMap(\.duration).clampedSum(\.self))
            }
            taken += activity.milliseconds ?? 0
            record.activities.append(activity)
        }
        // No layer of it was told to be fetched, and to load it took time all the same.
        if vertex.category == .step, vertex.outcome == .cached, (vertex.milliseconds ?? 0) > 0, taken == 0 {
            var activity = BuildActivity(category: .cachePull, name: vertex.name, vertex: index)
            activity.intervals = vertex.intervals
            activity.milliseconds = vertex.milliseconds
            record.activities.append(activity)
        }
        guard vertex.category != .step, vertex.outcome != .notReached else { return }
        var activity = BuildActivity(category: vertex.category, name: vertex.name, vertex: index)
        activity.intervals = vertex.intervals
        activity.milliseconds = vertex.milliseconds.map { max(0, $0 - taken) }
        activity.bytes = Self.bytes(of: parts[vertex.category] ?? [])
        record.activities.append(activity)
    }

    /// Layers count once: unpacking one tells no bytes, or those that were fetched.
    private static func bytes(of statuses: [ObservedVertex.Status]) -> Int? {
        let told = statuses.filter { !$0.id.hasPrefix("extracting ") }.compactMap(\.bytes)
        return told.isEmpty ? nil : told.clampedSum(\.self)
    }

    // MARK: Vertices that are one step

    /// An ADD of an address is two vertices of one name: the download, which always counts as run, and the copy.
    private func downloads(_ names: [VertexName]) -> Set<Int> {
        var groups: [StepName: [Int]] = [:]
        for (index, name) in names.enumerated() {
            if let step = name.step, step.keyword == "ADD" { groups[step, default: []].append(index) }
        }
        var downloads: Set<Int> = []
        for group in groups.values where group.count > 1 {
            let inputs = Set(group.flatMap { vertices[$0].inputs })
            let sources = group.filter { vertices[$0].digest.map(inputs.contains) == true }
            if !sources.isEmpty {
                downloads.formUnion(sources)
            } else if !record.source.tellsInputs, group.count == 2 {
                // The copy is told last, unless it is not needed.
                let isSecondRun = !vertices[group[1]].isCached && vertices[group[0]].isCached
                downloads.insert(isSecondRun ? group[1] : group[0])
            }
        }
        return downloads
    }

    /// On a builder that merges layers, a linked COPY is two vertices: what copies, and what merges its layer.
    private func merges() -> Set<Int> {
        var weak: Set<String> = []
        for vertex in vertices { if let group = vertex.group, group.isWeak { weak.insert(group.id) } }
        return Set(
            vertices.indices.filter { index in
                guard let group = vertices[index].group, !group.isWeak else { return false }
                return weak.contains(group.id)
            })
    }

    // MARK: The build

    private mutating func addErrors() {
        var known: Set<String> = []
        for error in record.vertices.compactMap(\.error) + (record.errors + [clientError].compactMap(\.self))
        where known.insert(error).inserted { record.errors.append(error) }
        record.errors = record.errors.filter { known.remove($0) != nil }
    }

    /// Cache that was imported and exported, and bases, as far as names of vertices tell.
    private mutating func addPlaces() {
        let importing = "importing cache manifest from "
        let exporting = "exporting cache to "
        var images = Set(record.images.map(\.reference))
        let tellsImports = !record.cacheImports.isEmpty
        for vertex in record.vertices {
            if vertex.name.hasPrefix(importing) {
                let location = CacheLocation(
                    vertexText: vertex.name.dropFirst(importing.count), error: vertex.error)
                if !tellsImports {
                    record.cacheImports.append(location)
                } else if let error = vertex.error,
                    let index = record.cacheImports.firstIndex(where: {
                        $0.type == location.type && $0.error == nil
                    })
                {
                    record.cacheImports[index].error = error
                }
            } else if vertex.name.hasPrefix(exporting) {
                record.cacheExports.append(
                    CacheLocation(exportText: vertex.name.dropFirst(exporting.count), error: vertex.error))
            } else {
                let text = vertex.step?.isBase == true ? vertex.step?.text : vertex.name
                guard let text, text.hasPrefix("FROM ") else { continue }
                let parts = text.dropFirst(5).split(separator: "@", maxSplits: 1)
                guard let reference = parts.first.map(String.init), images.insert(reference).inserted else {
                    continue
                }
                record.images.append(
                    PinnedImage(
                        reference: reference, digest: parts.count > 1 ? String(parts[1]) : nil,
                        platform: vertex.step?.platform))
            }
        }
    }

    private func status() -> BuildStatus {
        if let clientError { return clientError.hasSuffix("context canceled") ? .cancelled : .failed }
        // A cache that cannot be read or written need not end a build.
        let cacheAside = record.vertices.filter { $0.category != .cacheImport && $0.category != .cacheExport }
        if cacheAside.contains(where: { $0.outcome == .failed }) { return .failed }
        if cacheAside.contains(where: { $0.outcome == .cancelled }) { return .cancelled }
        let isOpen = vertices.contains(where: \.isOpen)
        if isOpen { return .unknown }
        let hasExported = record.vertices.contains { $0.category == .resultExport && $0.outcome == .ran }
        let hasFinished = record.vertices.contains { vertex in
            vertex.step.map { $0.number == $0.of } == true && vertex.outcome != .notReached
        }
        return hasExported || hasFinished ? .completed : .unknown
    }

    /// What several targets of a bake have in common is a vertex for each of them, where it copies from the context that each
    /// has sent, and BuildKit works on one: the others never begin.
    private mutating func skipTwins() {
        guard record.status == .completed, record.source.tellsTimes else { return }
        let reached = Set(record.vertices.filter { $0.outcome != .notReached }.compactMap(\.step))
        for index in record.vertices.indices
        where record.vertices[index].outcome == .notReached
            && record.vertices[index].step.map(reached.contains) == true
        {
            record.vertices[index].outcome = .skipped
            record.vertices[index].milliseconds = 0
        }
    }

    /// What was still at work when the build failed was cancelled with it.
    private mutating func closeOpenVertices() {
        let hasEnded = record.status == .failed || record.status == .cancelled
        for (index, observed) in vertices.enumerated() where observed.isOpen && hasEnded {
            record.vertices[index].outcome = .cancelled
        }
    }
}

extension ObservedVertex {
    /// It has begun, and nothing tells that it ended.
    var isOpen: Bool {
        guard !isCancelled, error == nil else { return false }
        return spans.isEmpty ? hasBegun && !isDone && !isCached : spans.contains { $0.end == nil }
    }

    /// All of it was over at that time.
    func hasEnded(by time: Int) -> Bool {
        !spans.isEmpty && spans.allSatisfy { $0.end.map { $0 <= time } ?? false }
    }

    /// - Parameters:
    ///   - isLayered: a step whose layers may come from a cache: not FROM.
    ///   - tellsTimes: whether `spans` are there.
    func outcome(isLayered: Bool, tellsTimes: Bool) -> StepOutcome {
        if isCancelled { return .cancelled }
        if let error {
            return error.hasSuffix("context canceled") ? .cancelled : .failed
        }
        if isCached, !hasOutput {
            if pullsLayers, isLayered { return .pulled }
            let isSkipped = tellsTimes && !spans.isEmpty && spans.allSatisfy { $0.start == $0.end }
            return isSkipped ? .skipped : .cached
        }
        if isDone || spans.contains(where: { $0.end != nil }) {
            // The plain log never says that a step is cached whose layers were fetched.
            return !tellsTimes && pullsLayers && isLayered && !hasOutput ? .pulled : .ran
        }
        return .notReached
    }
}
