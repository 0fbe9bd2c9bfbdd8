import BuildContext
import Facts
import SourceText

/// The files of certain names that COPYs have brought into each stage and those that it continues, for questions of many
/// steps.
struct CopiedFiles {
    /// What there is of one name once a step has run.
    struct Found: Hashable {
        /// The one in the fewest folders; the first of several.
        var shallowest: ContextPath
        /// There is no other.
        var isAlone = true

        mutating func add(_ path: ContextPath) {
            if path != shallowest { isAlone = false }
            if path.components.count < shallowest.components.count { shallowest = path }
        }
    }

    /// What holds from the step behind one with this index on.
    private struct Change {
        let step: Int
        let found: Found
    }

    private let names: Set<String>
    /// For each stage, by its index, the changes by name.
    private var changes: [[String: [Change]]]
    /// What mounts bring into single steps.
    private var mounted: [Place: [(name: String, path: ContextPath)]] = [:]

    private struct Place: Hashable {
        let stage: Int
        let step: Int
    }

    init(named names: Set<String>, in reads: ContextReads) {
        self.names = names
        let stages = reads.build.stages
        changes = Array(repeating: [:], count: stages.count)
        var next = reads.reads.startIndex
        for stage in stages {
            if let parent = stage.ancestors.first {
                changes[stage.index] = changes[parent].compactMapValues(\.last)
                    .mapValues { [Change(step: -1, found: $0.found)] }
            }
            // Reads are in the order of their steps.
            while next < reads.reads.endIndex, reads.reads[next].step.stage <= stage.index {
                let read = reads.reads[next]
                next += 1
                for entry in reads.files(of: read) {
                    let name = String(decoding: entry.path.name, as: UTF8.self)
                    if names.contains(name) { add(entry.path, name, of: read.step) }
                }
            }
        }
    }

    private mutating func add(_ path: ContextPath, _ name: String, of step: StepFacts) {
        guard step.run == nil else {
            mounted[Place(stage: step.stage, step: step.index), default: []].append((name, path))
            return
        }
        var found = changes[step.stage][name]?.last?.found ?? Found(shallowest: path)
        found.add(path)
        changes[step.stage][name, default: []].append(Change(step: step.index, found: found))
    }

    /// - Returns: nil where there is no such file when the step runs.
    func found(_ name: String, at step: StepFacts) -> Found? {
        let all = changes[step.stage][name] ?? []
        let count = all.partitioningIndex { $0.step >= step.index }
        var found = count == 0 ? nil : all[count - 1].found
        for mount in mounted[Place(stage: step.stage, step: step.index)] ?? [] where mount.name == name {
            if found == nil { found = Found(shallowest: mount.path) }
            found?.add(mount.path)
        }
        return found
    }
}
