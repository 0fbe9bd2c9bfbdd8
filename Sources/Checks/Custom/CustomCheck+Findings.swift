import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

extension CustomCheck {
    /// One for each step of a needed stage that the rule is true of; a rule that cannot be told is silent.
    /// - Parameter work: what comparing texts with patterns may take.
    func findings(in build: BuildFacts, severity: Severity, work: inout WorkBudget) -> [Finding] {
        build.reachableStages.flatMap(\.steps).compactMap { step in
            guard !step.step.isTrigger, !work.isSpent else { return nil }
            let verdict = rule.verdict(on: step, in: build, work: &work)
            // What is found out with the last of the budget may be wrong.
            guard verdict.isTrue.isTrue, !work.isSpent else { return nil }
            let finding = finding(at: step, verdict.matched, in: build, severity: severity)
            // Each is kept and printed, its message whole.
            return work.spend(2000 + 20 * finding.message.utf8.count) ? finding : nil
        }
    }

    private func finding(
        at step: StepFacts, _ matched: RuleMatch?, in build: BuildFacts, severity: Severity
    ) -> Finding {
        let source = build.source
        let instruction = step.instruction
        let range = matched?.range ?? source.firstLine(of: instruction)
        let text = message.text { placeholder in
            switch placeholder {
            case .instruction: instruction.keyword.rawValue.uppercased()
            case .text: Self.shortened(instruction.text)
            case .stage: build.stages[step.stage].stage.displayName
            case .image: image(of: build.stages[step.stage].stage)
            case .user: user(of: step)
            case .command, .match: Self.shortened(source.string(range))
            case .mount: mount(matched, of: step)
            case .flag: flag(matched)
            }
        }
        let edits = replacement.flatMap { edit($0, in: matched?.range ?? instruction.range, of: build) }
        return Finding(
            check: id, severity: severity, path: source.path, range: source.range(of: range), message: text,
            cost: cost,
            fix: fix == nil && edits == nil ? nil : Fix(fix ?? "", edits: edits.map { [$0] } ?? []),
            subject: instruction.text)
    }

    /// Enough of a text to know it by.
    private static func shortened(_ text: String) -> String {
        let line = text.prefix(1000).split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count <= 100 ? line : line.prefix(99) + "…"
    }

    private func image(of stage: Stage) -> String {
        switch stage.base {
        case .image(let image): image.text
        case .scratch: "scratch"
        case .stage(let index): "stage-\(index)"
        case .namedContext(let name): name
        }
    }

    private func user(of step: StepFacts) -> String {
        switch step.user {
        case .root: "root"
        case .other(let account): account.text
        case .unknown: "an unknown user"
        }
    }

    private func mount(_ matched: RuleMatch?, of step: StepFacts) -> String {
        if case .mount(let mount) = matched { return mount.target.value ?? "" }
        return step.mounts.first?.target.value ?? ""
    }

    private func flag(_ matched: RuleMatch?) -> String {
        guard case .flag(let flag) = matched else { return "" }
        return "--" + flag.name + (flag.value.map { "=" + $0 } ?? "")
    }

    private func edit(_ replacement: Replacement, in range: Range<Int>, of build: BuildFacts) -> Edit? {
        let old = Array(replacement.old.utf8)
        let bytes = build.source.bytes
        guard range.count >= old.count else { return nil }
        let place = (range.lowerBound...(range.upperBound - old.count)).first {
            bytes[$0..<($0 + old.count)].elementsEqual(old)
        }
        return place.map {
            Edit(path: build.path, bytes: $0..<($0 + old.count), replacement: replacement.new)
        }
    }
}
