import BuildRecords
import Diagnostics
import Dockerfile
package import Facts
package import Host
import Impact
import JSON
import SourceText

/// What `clm-doctor cache --history` prints: the builds that builders remember, and the steps that took the time in the last
/// ones, as `clm-doctor timings` counts them.
package struct HistoryListing: Listing, Sendable {
    private struct Build {
        let build: RecordedBuild
        /// nil where its log was not asked for, or cannot be read.
        let timings: BuildTimings?
    }

    private struct Step {
        let step: BuildSeries.Step
        /// `path:line` of the steps that are named like it.
        let places: [String]
    }

    private let builders: [(name: String, driver: String, builds: [Build], steps: [Step])]
    /// The engine's clock, in seconds since 1970.
    private let now: Int?

    /// - Parameters:
    ///   - builds: of all builders, the last first.
    ///   - builders: what is to be listed, also without a build.
    ///   - now: the engine's clock, in seconds since 1970.
    package init(
        _ builds: [RecordedBuild], of builders: [HostSnapshot.Builder], project: ProjectFacts, now: Int?
    ) {
        let declared = RecordedStep.byName(in: project)
        self.now = now
        self.builders = builders.map { builder in
            // Of arguments nothing is compared here.
            let own = builds.filter { $0.builder == builder.name }.map { build in
                let record = try? RecordReader.read(build.log, key: .random()).last
                return Build(build: build, timings: record.map { BuildTimings($0.withoutSecrets) })
            }
            let steps = BuildSeries(own.compactMap(\.timings?.record)).steps.map { step in
                let places = (declared[RecordedStep.name(step.name)] ?? []).map {
                    "\($0.build.path):\($0.build.source.line(at: $0.instruction.range.lowerBound))"
                }
                return Step(step: step, places: unique(places))
            }
            return (builder.name, builder.driver, own, steps.filter { !$0.step.milliseconds.isEmpty })
        }
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
            let read = builds.count { $0.timings != nil }
            let long = steps.filter { $0.step.cost >= 100 }.prefix(Self.shown)
            if let longest = long.first?.step.cost {
                lines += [
                    "",
                    "  " + style.paint("Steps that took the time", .strong)
                        + " of the last \(counted(read, "build")) (how often each ran, times its median)",
                ]
                for step in long { lines += self.lines(for: step, longest: longest, style) }
            }
            lines.append("")
        }
        if lines.isEmpty {
            lines = ["No builder told of its builds."]
        } else if builders.contains(where: { !$0.builds.isEmpty }) {
            lines.append(
                "More of one build: \(style.program) timings ID; --format concise lists the ids.")
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    private func line(for build: Build, _ style: TextStyle) -> String {
        let time = build.build.milliseconds.map(formatted(milliseconds:)) ?? style.ellipsis
        let age = now.flatMap { now in build.build.started.map { ago(now - $0) } } ?? ""
        let failed =
            build.build.status == "Completed" ? "" : ", \(printable(build.build.status.lowercased()))"
        let steps =
            build.timings.map {
                "\("\($0.hits)".leftPadded(to: 3)) of \("\($0.steps)".leftPadded(to: 3)) steps cached"
            } ?? ""
        return "  \(time.leftPadded(to: 9))  \(steps.padded(to: 23))  \(age.padded(to: 15))  "
            + printable(build.build.name) + failed
    }

    private func lines(for step: Step, longest: Int, _ style: TextStyle) -> [String] {
        let margin = String(repeating: " ", count: 13)
        let (own, places) = (step.step, step.places.map { printable($0) }.joined(separator: ", "))
        let each =
            own.runs > 1
            ? own.median.map { ", \(formatted(milliseconds: $0)) each time" } ?? "" : ""
        let facts =
            "ran \(counted(own.runs, "time"))\(each), cached \(counted(own.hits, "time"))"
            + (places.isEmpty ? "" : "; \(places)")
        return [
            "  \(formatted(milliseconds: own.cost).leftPadded(to: 9))  "
                + "\(style.meter(own.cost, of: longest, width: 10))  "
                + style.cutShort(
                    printable("\(own.label) \(own.identity.text)"), to: max(20, style.width - 25))
        ] + wrapped(facts, width: style.width - margin.count).map { margin + style.paint($0, .dim) }
    }

    // MARK: For programs

    /// One line for each build, separated by tabs: builder, id, status, start, milliseconds, steps, cached steps, name. Steps
    /// are empty where the build's log was not read.
    package func conciseText() -> String {
        func text(_ number: Int?) -> String { number.map { String($0) } ?? "" }
        let lines = builders.flatMap { builder in
            builder.builds.map { build in
                [
                    build.build.builder, build.build.id, build.build.status, text(build.build.started),
                    text(build.build.milliseconds), text(build.timings?.steps), text(build.timings?.hits),
                    build.build.name,
                ].map { printable($0) }.joined(separator: "\t") + "\n"
            }
        }
        return withoutWorkflowCommands(lines.joined())
    }

    /// `docs/schema/cache-history.schema.json` describes it.
    package func json() -> String {
        printableJSON([
            "schema": "clm-doctor/cache-history/2",
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

    private static func json(of build: Build) -> JSON {
        func number(_ value: Int?) -> JSON { value.map { .integer($0) } ?? .null }
        return [
            "id": .string(build.build.id),
            "name": .string(build.build.name),
            "status": .string(build.build.status),
            "started": number(build.build.started),
            "milliseconds": number(build.build.milliseconds),
            "steps": number(build.timings?.steps),
            "cached": number(build.timings?.hits),
        ]
    }

    private static func json(of step: Step) -> JSON {
        [
            "label": .string(step.step.label),
            "text": .string(step.step.identity.text),
            "milliseconds": .array(step.step.milliseconds.map { .integer($0) }),
            "cached": .integer(step.step.hits),
            "declaredBy": .array(step.places.map { .string($0) }),
        ]
    }
}
