package import BuildRecords
import Diagnostics

/// What `clm-doctor records export --format openmetrics` prints: gauges and summaries over the builds that a store holds.
///
/// All goes by repository, name and step, and not by build: a build is an event, and as a label would make a series of its
/// own. None is a counter, as the oldest builds leave the store.
///
/// Source: OpenMetrics 1.0 (prometheus.io/docs/specs/om); what is written is the older text format too.
package enum OpenMetricsText {
    package static func text(_ records: [BuildRecord]) -> String {
        var builds = Family("clm_doctor_builds", .gauge, "Builds in the store.")
        var durations = Family(
            "clm_doctor_build_duration_seconds", .summary, "How long those builds took.")
        var runs = Family("clm_doctor_step_runs", .gauge, "How often a step ran in those builds.")
        var hits = Family("clm_doctor_step_hits", .gauge, "How often the cache spared it.")
        var times = Family(
            "clm_doctor_step_duration_seconds", .summary, "How long it took when it ran.")
        for (labels, own) in grouped(records) {
            let statuses = Dictionary(grouping: own, by: \.status.rawValue)
            for (status, some) in statuses.sorted(by: { $0.key < $1.key }) {
                builds.add(labels + [("status", status)], some.count)
            }
            durations.add(labels, milliseconds: own.compactMap(\.milliseconds))
            for step in BuildSeries(own).steps {
                let labels =
                    labels + [
                        ("stage", step.identity.stage ?? ""), ("platform", step.identity.platform ?? ""),
                        ("step", String(step.identity.text.prefix(200))),
                    ]
                // Of two steps that begin alike the first, which costs more, is told.
                guard runs.add(labels, step.runs) else { continue }
                hits.add(labels, step.hits)
                times.add(labels, milliseconds: step.milliseconds)
            }
        }
        return [builds, durations, runs, hits, times].map(\.text).joined() + "# EOF\n"
    }

    private typealias Labels = [(name: String, value: String)]

    private static func grouped(_ records: [BuildRecord]) -> [(Labels, [BuildRecord])] {
        struct Group: Hashable {
            let repository, name, target: String
        }
        let groups = Dictionary(grouping: records) {
            Group(repository: $0.repository ?? "", name: $0.name ?? "", target: $0.target ?? "")
        }
        return groups.map { group, records in
            ([("repository", group.repository), ("name", group.name), ("target", group.target)], records)
        }.sorted { left, right in
            left.0.map(\.1).lexicographicallyPrecedes(right.0.map(\.1))
        }
    }

    private struct Family {
        enum Kind: String { case gauge, summary }

        private let name: String
        private let head: String
        private var samples: [String] = []
        private var known: Set<String> = []

        init(_ name: String, _ kind: Kind, _ help: String) {
            self.name = name
            let unit = name.hasSuffix("_seconds") ? "# UNIT \(name) seconds\n" : ""
            head = "# TYPE \(name) \(kind.rawValue)\n\(unit)# HELP \(name) \(help)\n"
        }

        var text: String { head + samples.joined() }

        /// - Returns: false where there is a sample with these labels.
        @discardableResult
        mutating func add(_ labels: Labels, _ value: Int) -> Bool {
            let set = Self.text(of: labels)
            guard known.insert(set).inserted else { return false }
            samples.append("\(name)\(set) \(value)\n")
            return true
        }

        mutating func add(_ labels: Labels, milliseconds: [Int]) {
            guard !milliseconds.isEmpty, known.insert(Self.text(of: labels)).inserted else { return }
            for (quantile, percent) in [("0.5", 50), ("0.95", 95), ("1.0", 100)] {
                let value =
                    (percent == 50
                        ? BuildSeries.median(of: milliseconds)
                        : BuildSeries.percentile(percent, of: milliseconds)) ?? 0
                samples.append(
                    "\(name)\(Self.text(of: labels + [("quantile", quantile)])) \(Self.seconds(value))\n")
            }
            samples.append("\(name)_count\(Self.text(of: labels)) \(milliseconds.count)\n")
            samples.append(
                "\(name)_sum\(Self.text(of: labels)) \(Self.seconds(milliseconds.clampedSum(\.self)))\n")
        }

        private static func seconds(_ milliseconds: Int) -> String {
            let rest = String(milliseconds % 1000)
            return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
        }

        private static func text(of labels: Labels) -> String {
            "{" + labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
        }

        private static func escaped(_ value: String) -> String {
            withoutWorkflowCommands(printable(value)).replacing("\\", with: "\\\\")
                .replacing("\"", with: "\\\"")
        }
    }
}
