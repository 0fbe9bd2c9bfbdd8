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
}

/// From which step on, in each stage, something has been true of a step: of one above it, of itself, or of one of the
/// stages that its stage continues.
struct FirstSteps {
    /// By the stage's index.
    private let first: [Int?]

    init(in build: BuildFacts, where isTrue: (StepFacts) -> Bool) {
        var first: [Int?] = []
        first.reserveCapacity(build.stages.count)
        for stage in build.stages {
            let isInherited = stage.ancestors.first.map { first[$0] != nil } ?? false
            first.append(isInherited ? 0 : stage.steps.firstIndex(where: isTrue))
        }
        self.first = first
    }

    func areReached(by step: StepFacts) -> Bool { first[step.stage].map { $0 <= step.index } ?? false }
}

/// `line 3`, `lines 3, 5 and 8`.
func lineText(_ steps: some BidirectionalCollection<StepFacts>) -> String {
    (steps.count == 1 ? "line " : "lines ") + steps.lazy.map { String($0.line) }.listed()
}
