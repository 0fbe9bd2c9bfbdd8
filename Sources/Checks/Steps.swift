import Dockerfile
import Facts

extension StepFacts {
    /// Where the instruction begins, from 1.
    var line: Int { instruction.lines.lowerBound }
}

extension BuildFacts {
    /// The steps that have run when one of a stage has: it, those above it, and those of the stages that this one
    /// continues.
    func steps(through step: StepFacts) -> [StepFacts] {
        let stage = stages[step.stage]
        let count = stage.ancestors.reduce(step.index + 1) { $0 + stages[$1].steps.count }
        // Without budget the check's findings do not count.
        guard work.spend(count) else { return [] }
        return stage.ancestors.reversed().flatMap { stages[$0].steps } + stage.steps[...step.index]
    }
}

/// `line 3`, `lines 3, 5 and 8`.
func lineText(_ steps: [StepFacts]) -> String {
    let lines = steps.map { String($0.line) }
    return (lines.count == 1 ? "line " : "lines ") + lines.listed()
}
