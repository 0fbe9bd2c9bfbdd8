internal import Diagnostics

/// The vertices of a build with their times, and what each waited for.
struct TimedGraph {
    private struct Node {
        let vertex: Int
        let start: Int
        let end: Int
        /// The place in `nodes` of what it waited for last.
        var waitedFor: Int?
        /// All that it takes, by place.
        var inputs: [Int] = []
    }

    private let record: BuildRecord
    /// In the order in which they began.
    private var nodes: [Node]
    /// Clocks of one build differ by so much: a vertex may be told to begin before what it waits for has ended.
    private static let tolerance = 20

    /// - Returns: nil where the record tells no times.
    init?(_ record: BuildRecord) {
        guard record.source.tellsTimes else { return nil }
        self.record = record
        nodes = record.vertices.enumerated().compactMap { index, vertex in
            guard let first = vertex.intervals.first, let last = vertex.intervals.last else { return nil }
            return Node(vertex: index, start: first.lowerBound, end: max(first.lowerBound, last.upperBound))
        }.sorted { ($0.start, $0.end, $0.vertex) < ($1.start, $1.end, $1.vertex) }
        guard !nodes.isEmpty else { return nil }
        connect()
    }

    /// How long at least one vertex was at work.
    var busy: Int { BuildTimings.union(of: nodes.flatMap { record.vertices[$0.vertex].intervals }) }

    private mutating func connect() {
        let places = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1.vertex, $0) })
        let byEnd = nodes.indices.sorted { nodes[$0].end < nodes[$1].end }
        for place in nodes.indices {
            let node = nodes[place]
            // An input that began later, or is the vertex itself, is none that it can have waited for.
            let inputs = record.vertices[node.vertex].inputs.compactMap { places[$0] }.filter { $0 < place }
            nodes[place].inputs = inputs
            if let last = inputs.max(by: { nodes[$0].end < nodes[$1].end }) {
                nodes[place].waitedFor = last
            } else {
                // Exports and sources name no inputs: they come after what ended before them.
                nodes[place].waitedFor = Self.last(of: byEnd, in: nodes, endedBy: node.start, before: place)
            }
        }
    }

    /// - Parameter byEnd: places in `nodes`, in the order of their ends.
    private static func last(of byEnd: [Int], in nodes: [Node], endedBy time: Int, before place: Int) -> Int?
    {
        var (low, high) = (0, byEnd.count)
        while low < high {
            let middle = (low + high) / 2
            if nodes[byEnd[middle]].end <= time + tolerance { low = middle + 1 } else { high = middle }
        }
        // What ends by then and began later is short; few of them stand in the way.
        return byEnd[..<low].suffix(64).last { $0 < place }
    }

    /// The vertices that the end of the build waited for, in order.
    func criticalPath() -> [Int] {
        var path: [Int] = []
        var next = nodes.indices.max { nodes[$0].end < nodes[$1].end }
        while let place = next {
            path.append(nodes[place].vertex)
            // Always an earlier place: this ends.
            next = nodes[place].waitedFor
        }
        return path.reversed()
    }

    /// When the build would have ended if some vertices had taken no time, in milliseconds from its start: each vertex
    /// begins as long after what it waited for as it did.
    func end(sparing isSpared: (BuildVertex) -> Bool) -> Int {
        var ends = [Int](repeating: 0, count: nodes.count)
        for (place, node) in nodes.enumerated() {
            var start = node.start
            if let last = node.waitedFor {
                let ready = max(ends[last], node.inputs.map { ends[$0] }.max() ?? 0)
                start = ready.addingClamped(max(0, node.start - nodes[last].end))
            }
            let time = isSpared(record.vertices[node.vertex]) ? 0 : node.end - node.start
            ends[place] = start.addingClamped(time)
        }
        let last = nodes.map(\.end).max() ?? 0
        let rest = record.milliseconds.map { max(0, $0 - last) } ?? 0
        return (ends.max() ?? 0).addingClamped(rest)
    }
}
