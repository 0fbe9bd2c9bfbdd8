import Dockerfile
import Facts

extension StepFacts {
    /// Where the instruction begins, from 1.
    var line: Int { instruction.lines.lowerBound }
}

/// `line 3`, `lines 3, 5 and 8`.
func lineText(_ steps: [StepFacts]) -> String {
    let lines = steps.map { String($0.line) }
    return (lines.count == 1 ? "line " : "lines ") + lines.listed()
}
