internal import Diagnostics

/// Several builds, and the steps that took their time.
package struct BuildSeries: Sendable {
    /// The same step in all builds.
    package struct Step: Sendable {
        /// Its name in the first build that has it.
        package let name: StepName
        /// How long it took each time that it ran, in the order of the builds.
        package fileprivate(set) var milliseconds: [Int] = []
        /// How often it ran where the source does not tell how long.
        package fileprivate(set) var untimed = 0
        package fileprivate(set) var hits = 0

        package var identity: StepIdentity { StepIdentity(name) }
        package var label: String { name.label }
        package var runs: Int { milliseconds.count + untimed }
        /// How often it ran times what it usually takes: one slow run does not make it the first.
        package var cost: Int { median?.multipliedClamped(by: runs) ?? 0 }
        package var median: Int? { BuildSeries.median(of: milliseconds) }

        /// - Returns: by the nearest rank; nil where no run was timed.
        package func percentile(_ percent: Int) -> Int? { BuildSeries.percentile(percent, of: milliseconds) }
    }

    /// In the order in which they began, where the records tell; else as they were given.
    package let builds: [BuildTimings]
    /// What costs most first; those that ran.
    package let steps: [Step]

    package init(_ records: [BuildRecord]) {
        let isDated = records.allSatisfy { $0.started != nil }
        let ordered =
            isDated
            ? records.enumerated().sorted {
                ($0.element.started ?? 0, $0.offset) < ($1.element.started ?? 0, $1.offset)
            }
            .map(\.element) : records
        builds = ordered.map { BuildTimings($0) }
        steps = Self.steps(of: ordered)
    }

    /// How long the builds took, in their order; without those whose source does not tell.
    package var durations: [Int] { builds.compactMap(\.record.milliseconds) }

    /// - Parameter values: none below 0.
    /// - Returns: the one in the middle, or the mean of the two that are; nil for none.
    package static func median(of values: [Int]) -> Int? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let (low, high) = (sorted[(sorted.count - 1) / 2], sorted[sorted.count / 2])
        return low + (high - low) / 2 + (high - low) % 2
    }

    /// - Returns: the value that so many of a hundred do not exceed, by the nearest rank; nil for none.
    package static func percentile(_ percent: Int, of values: [Int]) -> Int? {
        guard !values.isEmpty else { return nil }
        let rank = (values.count * percent + 99) / 100
        return values.sorted()[max(0, min(values.count, rank) - 1)]
    }

    private static func steps(of records: [BuildRecord]) -> [Step] {
        var places: [StepIdentity: Int] = [:]
        var steps: [Step] = []
        for record in records {
            for (vertex, name, identities) in record.identifiedSteps {
                let place = identities.lazy.compactMap { places[$0] }.first ?? steps.count
                if place == steps.count { steps.append(Step(name: name)) }
                for identity in identities where places[identity] == nil { places[identity] = place }
                if vertex.outcome.isHit {
                    steps[place].hits += 1
                } else if vertex.outcome == .ran {
                    if let time = vertex.milliseconds {
                        steps[place].milliseconds.append(time)
                    } else {
                        steps[place].untimed += 1
                    }
                }
            }
        }
        return steps.filter { $0.runs > 0 }.enumerated().sorted {
            ($1.element.cost, $1.element.runs, $0.offset) < ($0.element.cost, $0.element.runs, $1.offset)
        }.map(\.element)
    }
}
