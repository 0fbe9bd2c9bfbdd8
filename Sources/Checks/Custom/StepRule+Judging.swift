import Diagnostics
import Dockerfile
import Facts
import Project

/// What a rule says of a step, and the part of the file that made it true.
struct RuleVerdict {
    var isTrue: Fact<Bool>
    var matched: RuleMatch?

    init(_ isTrue: Fact<Bool>, _ matched: RuleMatch? = nil) {
        self.isTrue = isTrue
        self.matched = matched
    }

    init(_ isTrue: Bool) { self.init(.known(isTrue)) }
}

/// A part of an instruction that a condition has found.
enum RuleMatch {
    case flag(Flag)
    case mount(MountFacts)
    case command(ShellCommand)

    var range: Range<Int> {
        switch self {
        case .flag(let flag): flag.range
        case .mount(let mount): mount.mount.range
        case .command(let command): command.range
        }
    }
}

extension StepRule {
    /// - Parameter work: what comparing texts with patterns may take; where it is spent, the answer is none.
    func verdict(on step: StepFacts, in build: BuildFacts, work: inout WorkBudget) -> RuleVerdict {
        guard work.spend(10) else { return RuleVerdict(.unknown) }
        return switch self {
        case .all(let rules): Self.together(rules) { $0.verdict(on: step, in: build, work: &work) }
        case .any(let rules): Self.first(rules) { $0.verdict(on: step, in: build, work: &work) }
        case .not(let rule):
            RuleVerdict(rule.verdict(on: step, in: build, work: &work).isTrue.map { !$0 })
        case .instruction(let keywords): RuleVerdict(keywords.contains(step.instruction.keyword))
        case .text(let patterns): RuleVerdict(patterns.match(step.instruction.text, &work))
        case .flag(let patterns):
            Self.first(step.instruction.flags) { flag in
                let text = "--" + flag.name + (flag.value.map { "=" + $0 } ?? "")
                return RuleVerdict(.known(patterns.match(text, &work)), .flag(flag))
            }
        case .stage(let patterns):
            RuleVerdict(patterns.match(build.stages[step.stage].stage.displayName, &work))
        case .finalStage(let isFinal): RuleVerdict((build.dockerfile.target == step.stage) == isFinal)
        case .image(let patterns): Self.image(patterns, step, build, &work)
        case .source(let patterns):
            Self.first(step.step.copy?.sources ?? []) { patterns.verdict(on: $0, &work) }
        case .destination(let patterns):
            step.step.copy.map { patterns.verdict(on: $0.destination, &work) } ?? RuleVerdict(false)
        case .isRoot(let isRoot): RuleVerdict(step.user.isRoot.map { $0 == isRoot })
        case .distribution(let families): Self.distribution(families, step)
        case .mount(let fields):
            Self.first(step.mounts) { RuleVerdict(Self.mount(fields, $0, &work), .mount($0)) }
        case .command(let patterns): Self.command(patterns, step, &work)
        case .manager(let names): Self.manager(names, step)
        case .cached(let isCached): Self.cached(isCached, step)
        case .variable(let name, let patterns):
            RuleVerdict(
                step.variable(name).map { value in
                    value.map { patterns.isEmpty || patterns.match($0, &work) } ?? false
                })
        }
    }

    /// False as soon as one is, else unknown where one is; what was matched first is what was matched.
    private static func together<Item>(_ items: [Item], _ verdict: (Item) -> RuleVerdict)
        -> RuleVerdict
    {
        var result = RuleVerdict(true)
        for item in items {
            let verdict = verdict(item)
            if verdict.isTrue.isFalse { return RuleVerdict(false) }
            if verdict.isTrue.value == nil { result.isTrue = .unknown }
            result.matched = result.matched ?? verdict.matched
        }
        return result
    }

    /// The first that is true; else unknown where one is.
    private static func first<Item>(_ items: [Item], _ verdict: (Item) -> RuleVerdict) -> RuleVerdict {
        var result = RuleVerdict(false)
        for item in items {
            let verdict = verdict(item)
            if verdict.isTrue.isTrue { return verdict }
            if verdict.isTrue.value == nil { result.isTrue = .unknown }
        }
        return result
    }

    private static func image(
        _ patterns: [TextPattern], _ step: StepFacts, _ build: BuildFacts, _ work: inout WorkBudget
    ) -> RuleVerdict {
        guard case .from = step.instruction.body else { return RuleVerdict(false) }
        return switch build.stages[step.stage].stage.base {
        case .image(let image): patterns.verdict(on: image, &work)
        case .scratch: RuleVerdict(patterns.match("scratch", &work))
        case .stage, .namedContext: RuleVerdict(false)
        }
    }

    private static func distribution(_ families: Set<String>, _ step: StepFacts) -> RuleVerdict {
        let family = step.distribution.family
        return RuleVerdict(family == .unknown ? .unknown : .known(families.contains(family.rawValue)))
    }

    private static func mount(
        _ fields: [MountPattern], _ mount: MountFacts, _ work: inout WorkBudget
    ) -> Fact<Bool> {
        var result = Fact.yes
        for field in fields {
            let value: Fact<String> =
                switch field.field {
                case .type: .known(mount.mount.kind.rawValue)
                case .target: mount.target
                case .id: mount.cacheKey
                case .sharing: .known(mount.sharing.rawValue)
                case .from: .known(mount.mount.from ?? "")
                case .source: mount.expanded.source?.fact ?? .known("")
                }
            switch value.map({ field.patterns.match($0, &work) }) {
            case .known(false): return .no
            case .known(true): break
            case .unknown: result = .unknown
            }
        }
        return result
    }

    /// The commands of a step whose shell is not a POSIX one are not known.
    private static func command(
        _ patterns: [CommandPattern], _ step: StepFacts, _ work: inout WorkBudget
    ) -> RuleVerdict {
        guard let run = step.run else { return RuleVerdict(false) }
        if case .shell = run.command, step.shell != .posix { return RuleVerdict(.unknown) }
        var result = first(step.script.commands) { command in
            first(patterns) { RuleVerdict($0.matches(command, of: step, &work), .command(command)) }
        }
        if result.isTrue.isFalse, !step.script.isComplete { result.isTrue = .unknown }
        return result
    }

    private static func manager(_ names: Set<String>, _ step: StepFacts) -> RuleVerdict {
        guard let found = step.invocations.first(where: { names.contains($0.manager.name) }) else {
            return RuleVerdict(step.run == nil || step.script.isComplete ? .no : .unknown)
        }
        return RuleVerdict(.yes, .command(found.command))
    }

    private static func cached(_ isCached: Bool, _ step: StepFacts) -> RuleVerdict {
        let uses = step.invocations.flatMap(\.caches)
        guard !uses.isEmpty else { return RuleVerdict(false) }
        var all = Fact.yes
        for use in uses {
            switch use.coverage {
            case .none, .otherMount: return RuleVerdict(!isCached)
            case .unknown: all = .unknown
            case .cacheMount: break
            }
        }
        return RuleVerdict(all.map { $0 == isCached })
    }
}

extension StepRule.CommandPattern {
    /// A word that a variable decides may be any.
    fileprivate func matches(
        _ command: ShellCommand, of step: StepFacts, _ work: inout WorkBudget
    ) -> Fact<Bool> {
        // About what it takes, in characters compared.
        guard work.spend(50), let name = command.program else { return .unknown }
        guard program.matches(name, work: &work) else { return .no }
        var rest = command.arguments
        var result = Fact.yes
        for pattern in words {
            let known = rest.firstIndex { word in
                work.spend(20)
                    && step.text(of: word, in: command).value.map { pattern.matches($0, work: &work) } == true
            }
            if let known {
                rest = rest[(known + 1)...]
            } else if command.hasUnseenArguments
                || rest.contains(where: { step.text(of: $0, in: command).value == nil })
            {
                result = .unknown
            } else {
                return .no
            }
        }
        return result
    }
}

extension [TextPattern] {
    fileprivate func match(_ text: String, _ work: inout WorkBudget) -> Bool {
        contains { $0.matches(text, work: &work) }
    }

    fileprivate func verdict(on text: Expanded, _ work: inout WorkBudget) -> RuleVerdict {
        RuleVerdict(text.fact.map { match($0, &work) })
    }
}
