internal import BuildRecords

/// Which step of a recorded build takes what which other step made.
struct StepTree {
    /// Steps, FROM included, as indices of the record's vertices.
    let steps: [Int]
    /// For each of these the steps that it takes directly.
    private let parents: [Int: [Int]]

    init(_ record: BuildRecord) {
        steps = record.vertices.indices.filter { record.vertices[$0].step != nil }
        parents = record.source.tellsInputs ? Self.byInputs(record, steps) : Self.byNames(record, steps)
    }

    func parents(of step: Int) -> [Int] { parents[step] ?? [] }

    /// All steps that it stands on.
    func ancestors(of step: Int) -> Set<Int> {
        var found: Set<Int> = []
        var pending = parents(of: step)
        while let next = pending.popLast() {
            if found.insert(next).inserted { pending += parents(of: next) }
        }
        return found
    }

    /// Through vertices that are no step, such as the layers that `COPY --link` puts together.
    private static func byInputs(_ record: BuildRecord, _ steps: [Int]) -> [Int: [Int]] {
        let isStep = Set(steps)
        var parents: [Int: [Int]] = [:]
        for step in steps {
            var seen: Set<Int> = [step]
            var pending = record.vertices[step].inputs
            while let next = pending.popLast() {
                guard seen.insert(next).inserted else { continue }
                if isStep.contains(next) {
                    parents[step, default: []].append(next)
                } else {
                    pending += record.vertices[next].inputs
                }
            }
        }
        return parents
    }

    /// Where the record tells no inputs: the step before it in its stage, and the stages that it names.
    private static func byNames(_ record: BuildRecord, _ steps: [Int]) -> [Int: [Int]] {
        struct Stage: Hashable {
            let target: String?
            let platform: String?
            let name: String
        }
        var last: [Stage: [(number: Int, step: Int)]] = [:]
        func stage(_ vertex: BuildVertex, _ name: String?) -> Stage {
            Stage(target: nil, platform: vertex.step?.platform, name: (name ?? "stage-0").lowercased())
        }
        for step in steps {
            let vertex = record.vertices[step]
            guard let name = vertex.step else { continue }
            last[stage(vertex, name.stage), default: []].append((name.number, step))
        }
        for stage in last.keys { last[stage]?.sort { $0.number < $1.number } }
        var parents: [Int: [Int]] = [:]
        for step in steps {
            let vertex = record.vertices[step]
            guard let name = vertex.step else { continue }
            let own = last[stage(vertex, name.stage)] ?? []
            if let before = own.last(where: { $0.number < name.number }) {
                parents[step, default: []].append(before.step)
            }
            for word in name.text.split(separator: " ") {
                guard
                    let from = word.split(separator: ",").lazy.compactMap({ part in
                        part.split(separator: "from=", omittingEmptySubsequences: false).dropFirst().first
                    }).first(where: { !$0.isEmpty })
                else { continue }
                if let other = last[stage(vertex, String(from))]?.last {
                    parents[step, default: []].append(other.step)
                }
            }
        }
        return parents
    }
}
