import BuildRecords
import Diagnostics
import Dockerfile
package import Facts
package import Host
import Impact
import JSON
import SourceText

/// What `clm-doctor cache --history` prints: the builds that builders remember, and the steps that took the time.
package struct HistoryListing: Sendable {
    /// The same step in the builds of one builder.
    private struct StepTimes {
        let label: String
        let text: String
        /// Of the builds that ran it.
        var milliseconds: [Int] = []
        var cached = 0
        /// `path:line` of the steps that are named like it.
        var places: [String] = []

        var sum: Int { milliseconds.clampedSum(\.self) }
        var median: Int { milliseconds.sorted()[milliseconds.count / 2] }
    }

    private let builders: [(name: String, driver: String, builds: [RecordedBuild], steps: [StepTimes])]
    /// The engine's clock, in seconds since 1970.
    private let now: Int?

    /// - Parameters:
    ///   - builds: of all builders, the last first.
    ///   - builders: what is to be listed, also without a build.
    ///   - now: the engine's clock, in seconds since 1970.
    package init(
        _ builds: [RecordedBuild], of builders: [HostSnapshot.Builder], project: ProjectFacts, now: Int?
    ) {
        let steps = RecordedStep.byName(in: project)
        self.now = now
        self.builders = builders.map { builder in
            let own = builds.filter { $0.builder == builder.name }
            return (builder.name, builder.driver, own, Self.times(of: own, steps: steps))
        }
    }

    private static func times(of builds: [RecordedBuild], steps: [String: [RecordedStep]]) -> [StepTimes] {
        var order: [String] = []
        var times: [String: StepTimes] = [:]
        let vertices = builds.flatMap { build in
            // Of arguments nothing is compared here.
            (try? RecordReader.read(build.log, key: .random()))?.flatMap(\.steps) ?? []
        }
        for vertex in vertices {
            guard let step = vertex.step else { continue }
            let key = "\(step.label) \(step.text)"
            if times[key] == nil {
                order.append(key)
                let own = steps[RecordedStep.name(step)] ?? []
                times[key] = StepTimes(
                    label: step.label, text: step.text,
                    places: unique(
                        own.map {
                            "\($0.build.path):\($0.build.source.line(at: $0.instruction.range.lowerBound))"
                        }))
            }
            switch vertex.outcome {
            case .cached, .skipped, .pulled: times[key]?.cached += 1
            case .ran: if let time = vertex.milliseconds { times[key]?.milliseconds.append(time) }
            case .failed, .cancelled, .notReached: break
            }
        }
        return order.compactMap { times[$0] }.filter { !$0.milliseconds.isEmpty }
            .enumerated().sorted { ($1.element.sum, $0.offset) < ($0.element.sum, $1.offset) }.map(\.element)
    }

    // MARK: Text

    /// How many builds, and how many steps, the text shows.
    private static let shown = 10

    package func text(style: TextStyle) -> String {
        var lines: [String] = []
        for (name, driver, builds, steps) in builders {
            lines.append(style.paint("Builder \(printable(name))", .strong) + " (\(printable(driver)))")
            guard !builds.isEmpty else {
                lines += ["  It remembers no build.", ""]
                continue
            }
            lines.append("  " + style.paint("Last builds", .strong))
            lines += builds.prefix(Self.shown).map { self.line(for: $0, style) }
            if builds.count > Self.shown {
                lines.append("    \(builds.count - Self.shown) more; --format concise lists them all")
            }
            let logs = builds.filter { !$0.log.isEmpty }.count
            let steps = steps.filter { $0.sum >= 100 }.prefix(Self.shown)
            if !steps.isEmpty {
                lines += [
                    "",
                    "  " + style.paint("Steps that took the time", .strong)
                        + " of the last \(counted(logs, "build"))",
                ]
                let longest = steps[0].sum
                for step in steps.prefix(Self.shown) {
                    lines += self.lines(for: step, longest: longest, style)
                }
            }
            lines.append("")
        }
        if lines.isEmpty { lines = ["No builder told of its builds."] }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    private func line(for build: RecordedBuild, _ style: TextStyle) -> String {
        let time = build.milliseconds.map(formatted(milliseconds:)) ?? style.ellipsis
        let age = now.flatMap { now in build.started.map { ago(now - $0) } } ?? ""
        let failed = build.status == "Completed" ? "" : ", \(printable(build.status.lowercased()))"
        return "  \(time.leftPadded(to: 9))  \("\(build.cachedSteps)".leftPadded(to: 3)) of "
            + "\("\(build.steps)".leftPadded(to: 3)) steps cached  \(age.padded(to: 15))  "
            + printable(build.name) + failed
    }

    private func lines(for step: StepTimes, longest: Int, _ style: TextStyle) -> [String] {
        let margin = String(repeating: " ", count: 13)
        let count = step.milliseconds.count
        let each = count > 1 ? ", \(formatted(milliseconds: step.median)) each time" : ""
        let places =
            step.places.isEmpty ? "" : "; " + step.places.map { printable($0) }.joined(separator: ", ")
        let facts = "ran \(counted(count, "time"))\(each), cached \(counted(step.cached, "time"))\(places)"
        return [
            "  \(formatted(milliseconds: step.sum).leftPadded(to: 9))  "
                + "\(style.meter(step.sum, of: longest, width: 10))  "
                + style.cutShort(printable("\(step.label) \(step.text)"), to: max(20, style.width - 25))
        ] + wrapped(facts, width: style.width - margin.count).map { margin + style.paint($0, .dim) }
    }

    // MARK: For programs

    /// One line for each build, separated by tabs: builder, id, status, start, milliseconds, steps, cached steps, name.
    package func conciseText() -> String {
        let lines = builders.flatMap { builder in
            builder.builds.map { build in
                [
                    build.builder, build.id, build.status, build.started.map { String($0) } ?? "",
                    build.milliseconds.map { String($0) } ?? "", String(build.steps),
                    String(build.cachedSteps),
                    build.name,
                ].map { printable($0) }.joined(separator: "\t") + "\n"
            }
        }
        return withoutWorkflowCommands(lines.joined())
    }

    /// `docs/schema/cache-history.schema.json` describes it.
    package func json() -> String {
        printableJSON([
            "schema": "clm-doctor/cache-history/1",
            "builders": .array(
                builders.map { name, driver, builds, steps in
                    [
                        "name": .string(name),
                        "driver": .string(driver),
                        "builds": .array(builds.map(Self.json(of:))),
                        "steps": .array(steps.map(Self.json(of:))),
                    ]
                }),
        ])
    }

    private static func json(of build: RecordedBuild) -> JSON {
        [
            "id": .string(build.id),
            "name": .string(build.name),
            "status": .string(build.status),
            "started": build.started.map { .integer($0) } ?? .null,
            "milliseconds": build.milliseconds.map { .integer($0) } ?? .null,
            "steps": .integer(build.steps),
            "cached": .integer(build.cachedSteps),
        ]
    }

    private static func json(of step: StepTimes) -> JSON {
        [
            "label": .string(step.label),
            "text": .string(step.text),
            "milliseconds": .array(step.milliseconds.map { .integer($0) }),
            "cached": .integer(step.cached),
            "declaredBy": .array(step.places.map { .string($0) }),
        ]
    }
}
