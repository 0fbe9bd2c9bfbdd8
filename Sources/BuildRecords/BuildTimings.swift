internal import Diagnostics

/// Where the time of one build went.
///
/// Steps that run side by side do not add up: `milliseconds` of a share is the time in which at least one of its parts
/// was at work, where the source tells times, and the sum of durations where it does not.
package struct BuildTimings: Sendable {
    /// The time of one category.
    package struct Share: Sendable, Hashable {
        package let category: TimeCategory
        package let milliseconds: Int
        /// How much was sent, fetched or written, where the source tells.
        package let bytes: Int?
    }

    package let record: BuildRecord
    /// How many steps came to each end. FROM is none of them: its lookup counts as run in every build.
    package let outcomes: [StepOutcome: Int]
    /// Largest first; without those that took no time.
    package let shares: [Share]
    /// Time in which the builder did nothing for this build; nil where the source tells no times.
    package let idle: Int?
    /// The vertices that the end of the build waited for, in order; empty where the source tells no times.
    package let criticalPath: [Int]
    /// How long the build would have taken with every step in the cache, by its recorded graph: what was pulled, imported
    /// and exported stays. nil where that cannot be told, or nothing ran.
    package let allCached: Int?

    package init(_ record: BuildRecord) {
        self.record = record
        outcomes = Dictionary(grouping: record.steps.filter { $0.step?.isBase == false }, by: \.outcome)
            .mapValues(\.count)
        shares = Self.shares(of: record)
        let graph = TimedGraph(record)
        criticalPath = graph?.criticalPath() ?? []
        idle = graph.flatMap { graph in record.milliseconds.map { max(0, $0 - graph.busy) } }
        let hasRun = record.vertices.contains { $0.isCacheableRun && ($0.milliseconds ?? 0) > 0 }
        allCached = record.status == .completed && hasRun ? graph?.end { $0.isCacheableRun } : nil
    }

    /// Steps other than FROM.
    package var steps: Int { outcomes.values.reduce(0, +) }
    /// Steps that the cache spared, with those whose layers were pulled.
    package var hits: Int { outcomes.filter { $0.key.isHit }.values.reduce(0, +) }

    package func share(of category: TimeCategory) -> Share? { shares.first { $0.category == category } }

    private static func shares(of record: BuildRecord) -> [Share] {
        TimeCategory.allCases.compactMap { category in
            if category == .step {
                let worked = record.vertices.filter { $0.category == .step && $0.hasWorked }
                let time = time(worked.flatMap(\.intervals), worked.compactMap(\.milliseconds))
                return time > 0 ? Share(category: .step, milliseconds: time, bytes: nil) : nil
            }
            let activities = record.activities.filter { $0.category == category }
            let (time, bytes) = (time(of: activities), activities.compactMap(\.bytes))
            return time > 0
                ? Share(
                    category: category, milliseconds: time,
                    bytes: bytes.isEmpty ? nil : bytes.clampedSum(\.self)) : nil
        }.sorted { $0.milliseconds > $1.milliseconds }
    }

    /// How long at least one of them was at work, in milliseconds.
    package static func time(of activities: [BuildActivity]) -> Int {
        time(activities.flatMap(\.intervals), activities.compactMap(\.milliseconds))
    }

    private static func time(_ intervals: [Range<Int>], _ durations: [Int]) -> Int {
        intervals.isEmpty ? durations.clampedSum(\.self) : union(of: intervals)
    }

    /// How long at least one of some intervals lasts.
    static func union(of intervals: [Range<Int>]) -> Int {
        var total = 0
        var end = 0
        for interval in intervals.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            total += max(0, interval.upperBound - max(end, interval.lowerBound))
            end = max(end, interval.upperBound)
        }
        return total
    }
}

extension BuildVertex {
    /// It did the work itself, and not the cache.
    package var hasWorked: Bool {
        switch outcome {
        case .ran, .failed, .cancelled: step?.isBase != true
        case .cached, .skipped, .pulled, .shared, .notReached: false
        }
    }

    /// A step that ran and whose result a cache could have held.
    var isCacheableRun: Bool { step?.isBase == false && outcome == .ran }
}
