import Dockerfile
package import Impact
import JSON

/// What `clm-doctor replay --format json` prints; `docs/schema/replay.schema.json` describes it.
package struct ReplayJSON: Sendable {
    /// Changes when a member changes its meaning or goes; a new member does not change it.
    package static let schema = "clm-doctor/replay/1"

    private let replay: Replay

    package init(_ replay: Replay) { self.replay = replay }

    package func text() -> String {
        printableJSON([
            "schema": .string(Self.schema),
            "head": .string(replay.head),
            "dockerfile": .string(replay.dockerfile.rawValue),
            "cache": .string(replay.cache.rawValue),
            "commits": .integer(replay.commits),
            "first": replay.commits > 0 ? .integer(replay.first) : .null,
            "last": replay.commits > 0 ? .integer(replay.last) : .null,
            "builds": .array(replay.builds.map(build)),
            "whatIf": .array(
                replay.whatIf.map { ["name": .string($0.name), "builds": .array($0.builds.map(build))] }),
            "notes": .array(replay.notes.map(noteJSON)),
        ])
    }

    private func build(_ build: Replay.Build) -> JSON {
        [
            "name": .string(build.name),
            "dockerfile": .string(build.dockerfile),
            "context": .string(build.context),
            "target": build.target.map { .string($0) } ?? .null,
            "problem": build.problem.map { .string($0) } ?? .null,
            "commits": runs(build.affected),
            "leftOut": .integer(build.leftOut),
            "verdicts": [
                "slow": .integer(build.verdicts[.slow] ?? 0),
                "medium": .integer(build.verdicts[.medium] ?? 0),
                "fast": .integer(build.verdicts[.fast] ?? 0),
                "none": .integer(build.verdicts[Verdict.none] ?? 0),
            ],
            "steps": .array(build.steps.map(step)),
        ]
    }

    private func runs(_ runs: Replay.Runs) -> JSON {
        ["certain": .integer(runs.certain), "possible": .integer(runs.possible)]
    }

    private func step(_ step: Replay.Step) -> JSON {
        [
            "label": .string(step.impact.label.description),
            "stage": .string(step.impact.stage),
            "line": .integer(step.impact.line),
            "instruction": .string(step.impact.instruction),
            "kind": .string(step.impact.kind.rawValue),
            "runs": runs(step.runs),
            "milliseconds": step.milliseconds.map { .integer($0) } ?? .null,
            "causes": .array(
                step.causes.map { cause in
                    [
                        "name": .string(cause.name),
                        "isPath": .bool(cause.isPath),
                        "commits": .integer(cause.commits),
                        "alone": .integer(cause.alone),
                        "onlyVersion": cause.onlyVersion.map { .integer($0) } ?? .null,
                    ]
                }),
        ]
    }
}
