import Dockerfile
import Facts

extension StepFacts {
    /// Where the instruction begins, from 1.
    var line: Int { instruction.lines.lowerBound }
}

extension BuildFacts {
    /// The steps of the stages that one continues, those that ran first in front; made only as far as somebody looks.
    func inherited(by stage: StageFacts) -> some Sequence<StepFacts> {
        stage.ancestors.lazy.reversed().flatMap { stages[$0].steps }
    }

    /// For each stage, by its index, whether something is true of one of its steps or of those that it continues.
    func stages(where isTrue: (StepFacts) -> Bool) -> [Bool] {
        var found: [Bool] = []
        for stage in stages {
            found.append(
                stage.ancestors.first.map { found[$0] } == true || stage.steps.contains(where: isTrue))
        }
        return found
    }

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
