import Dockerfile
import Facts

/// The installs below a variable's declaration that do not need it, down to the first step that does or may.
struct IdleInstalls {
    private(set) var steps: [StepFacts] = []
    /// The first RUN that names the variable, or may read it without naming it (`make`, a script).
    private(set) var firstUse: StepFacts?
    /// The instructions other than RUN that read it before that: `ENV`, `LABEL`.
    private(set) var readers: [String] = []

    /// - Returns: nil where a constant ENV of the same name wins over the ARG.
    init?(below declared: StepFacts, of name: String, in stage: StageFacts) {
        var carriers: Set<String> = [name]
        for step in stage.steps[(declared.index + 1)...] {
            let reads = carriers.contains { step.names(variable: $0) }
            switch step.instruction.body {
            case .env(let pairs) where reads:
                // The ENV carries the value on; it moves together with the ARG.
                carriers.formUnion(pairs.map(\.key.text))
                readers.append("ENV")
                continue
            case .label where reads:
                readers.append("LABEL")
                continue
            default: break
            }
            if reads {
                firstUse = step
                return
            }
            guard step.run != nil else { continue }
            if case .arg = declared.instruction.body, step.step.state.environment[name]?.origin == .env {
                return nil
            }
            if OnlyInstalls(step).isTrue {
                steps.append(step)
            } else if step.weight != .light {
                firstUse = step
                return
            }
        }
    }

    /// `The installs in lines 3 and 5 (apt, pip)`.
    var text: String {
        let names = Set(steps.flatMap(\.installs).map(\.manager.name)).sorted().joined(separator: ", ")
        return "The installs in \(lineText(steps)) (\(names))"
    }
}
