import BuildRecords
import Impact

/// What `why` says of the second build of pairs, from both records and git: held against what differs between the trees.
struct RecordedReasons {
    /// How many steps ran because of themselves.
    private(set) var roots = 0
    /// Those without a reason, or with one that is none of what differs.
    private(set) var missed: [String] = []
    /// Of these, those whose reason is called certain.
    private(set) var wrong: [String] = []

    mutating func add(
        _ pair: Pair, _ builds: [(base: BuildRecord, head: BuildRecord)], _ predicted: Prediction
    ) {
        for build in builds {
            let prediction = MissAnalysis.Prediction(
                build: predicted.impact, changedPaths: predicted.changedPaths, isCertain: true, range: "")
            for miss in MissAnalysis(build.head, earlier: build.base, prediction: prediction).misses {
                // What decides in undecided pairs is in neither.
                if miss.certainty == .open, pair.isUndecided { continue }
                roots += 1
                if miss.certainty != .open, isSo(miss, pair) { continue }
                let text =
                    "\(pair.name): \(miss.step.name): \(miss.certainty) \(miss.reason.rawValue) \(miss.evidence)"
                missed.append(text)
                if miss.certainty == .certain { wrong.append(text) }
            }
        }
    }

    private func isSo(_ miss: Miss, _ pair: Pair) -> Bool {
        func byName(_ tree: Pair.Tree) -> [String: Pair.Entry] {
            Dictionary(tree.map { (String(decoding: $0, as: UTF8.self), $1) }, uniquingKeysWith: { $1 })
        }
        let (base, head) = (byName(pair.base), byName(pair.head))
        let changed = Set(base.keys).union(head.keys).filter { base[$0] != head[$0] }
        let hasOtherOptions = pair.baseOptions != pair.headOptions
        let dockerfiles = (pair.baseOptions.dockerfile(), pair.headOptions.dockerfile())
        switch miss.reason {
        case .contextFile:
            let named = miss.evidence.split(separator: " differ")[0].split(separator: " and ")[0]
            return named.split(separator: ", ").allSatisfy { path in
                changed.contains { $0 == path || $0.hasPrefix(path + "/") }
                    // It is read by a link that leads elsewhere now.
                    || changed.contains { head[$0]?.mode == "120000" }
            }
        case .contextMode:
            return changed.contains {
                base[$0]?.mode != head[$0]?.mode && base[$0]?.bytes == head[$0]?.bytes
            }
        case .instructionChanged, .argumentValue, .environmentValue:
            return base[dockerfiles.0] != head[dockerfiles.1] || hasOtherOptions
        case .ignoreFile: return changed.contains { $0.hasSuffix(".dockerignore") }
        case .gitFolder: return true
        case .neverBuilt: return base[dockerfiles.0] == nil
        case .stageOutput: return miss.step.name.contains("from=") && (!changed.isEmpty || hasOtherOptions)
        // Another named context is its base.
        case .stepAbove: return hasOtherOptions
        // None of these is a difference between two trees.
        case .baseMoved, .platformDiffers, .noCache, .noCacheFilter, .otherBuilder,
            .coldBuilder, .evicted, .pruned, .importFailed, .importWithoutLayer, .exportFailed,
            .exportAbsent, .frontendChanged, .concurrentBuilds, .unknown:
            return false
        }
    }
}
