import Diagnostics
import Dockerfile
import Facts
import JSON
import Project
import SourceText

/// What a check program is told of a project: `docs/schema/check-program.schema.json` describes it. What is not known
/// is null.
struct FactsDocument {
    private let project: ProjectFacts
    private let checks: [CheckID]

    init(_ project: ProjectFacts, checks: [CheckID]) {
        self.project = project
        self.checks = checks
    }

    /// The JSON text.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        // What is over the limit is not sent, and need not stand in memory.
        var writer = JSONWriter { if bytes.count <= Limits.checkProgramInput { bytes += $0.utf8 } }
        writer.add("schema", .string(CheckProgram.schema))
        writer.add("request", "check")
        writer.add("root", .string(project.project.root))
        writer.add("checks", .array(checks.map { .string($0.name) }))
        writer.add("builds", each: project.builds.lazy.map(Self.build))
        writer.finish()
        return bytes
    }

    private static func build(_ facts: BuildFacts) -> JSON {
        let build = facts.build
        let context: JSON =
            if case .directory(let path) = build.context { .string(path) } else { .null }
        return [
            "name": .string(build.name), "dockerfile": .string(build.dockerfile), "context": context,
            "target": build.target.map { .string($0) } ?? .null,
            "platforms": .array(build.platforms.map { .string($0) }),
            "stages": .array(facts.reachableStages.map { stage($0, in: facts) }),
        ]
    }

    private static func stage(_ stage: StageFacts, in build: BuildFacts) -> JSON {
        let base: JSON
        switch stage.stage.base {
        case .image(let image): base = ["image": text(image.fact)]
        case .stage(let index): base = ["stage": .string(build.stages[index].stage.displayName)]
        case .namedContext(let name): base = ["context": .string(name)]
        case .scratch: base = ["image": "scratch"]
        }
        let family = stage.distribution.family
        return [
            "name": .string(stage.stage.displayName), "base": base,
            "isTarget": .bool(build.dockerfile.target == stage.index),
            "distribution": family == .unknown ? .null : .string(family.rawValue),
            "steps": .array(stage.steps.filter { !$0.step.isTrigger }.map { step($0, in: build) }),
        ]
    }

    private static func step(_ step: StepFacts, in build: BuildFacts) -> JSON {
        let user: JSON =
            switch step.user {
            case .root: "root"
            case .other(let account): .string(account.text)
            case .unknown: .null
            }
        return [
            "label": step.step.label.map { .string($0.description) } ?? .null,
            "instruction": .string(step.instruction.keyword.rawValue.uppercased()),
            "text": .string(step.instruction.text),
            "range": range(step.instruction.range, in: build),
            "flags": .array(
                step.instruction.flags.map { flag in
                    ["name": .string(flag.name), "value": flag.value.map { .string($0) } ?? .null]
                }),
            "user": user, "workdir": text(step.workdir),
            "mounts": .array(
                step.mounts.map { mount in
                    [
                        "type": .string(mount.mount.kind.rawValue), "target": text(mount.target),
                        "id": mount.mount.kind == .cache ? text(mount.cacheKey) : .null,
                        "sharing": mount.mount.kind == .cache ? .string(mount.sharing.rawValue) : .null,
                        "range": range(mount.mount.range, in: build),
                    ]
                }),
            "sources": .array(step.step.copy?.sources.map { text($0.fact) } ?? []),
            "commands": .array(step.script.commands.map { command($0, of: step, in: build) }),
        ]
    }

    private static func command(_ command: ShellCommand, of step: StepFacts, in build: BuildFacts) -> JSON {
        let invocation = step.invocations.first { $0.command.order == command.order }
        return [
            "words": .array(command.words.map { text(step.text(of: $0, in: command)) }),
            "isConditional": .bool(command.isConditional),
            "manager": invocation.map { .string($0.manager.name) } ?? .null,
            "action": invocation.map { .string($0.action.rawValue) } ?? .null,
            "caches": .array(invocation?.caches.map(cache) ?? []),
            "range": range(command.range, in: build),
        ]
    }

    private static func cache(_ use: Invocation.CacheUse) -> JSON {
        let isMounted: JSON =
            switch use.coverage {
            case .cacheMount: true
            case .otherMount, .none: false
            case .unknown: .null
            }
        return ["path": text(use.path), "isOnCacheMount": isMounted]
    }

    private static func text(_ fact: Fact<String>) -> JSON { fact.value.map { .string($0) } ?? .null }

    private static func range(_ bytes: Range<Int>, in build: BuildFacts) -> JSON {
        let range = build.source.range(of: bytes)
        func position(_ position: SourcePosition) -> JSON {
            ["line": .integer(position.line), "column": .integer(position.column)]
        }
        return ["start": position(range.start), "end": position(range.end)]
    }
}
