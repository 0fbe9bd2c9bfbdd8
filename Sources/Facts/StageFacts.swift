package import Dockerfile

/// What is true of one stage.
package struct StageFacts: Sendable {
    package let stage: Stage
    /// The stages that this one continues by `FROM stage`, nearest first; indices in `BuildFacts.stages`.
    package let ancestors: [Int]
    /// The distribution that the steps run on; `FROM stage` inherits it.
    package let distribution: Distribution
    /// One for each of `stage.steps`, in order.
    package let steps: [StepFacts]

    package var index: Int { stage.index }

    /// The steps that run or copy something that takes time: downloads, installs, compilations.
    package var expensiveSteps: [StepFacts] { steps.filter { $0.weight == .heavy } }

    /// Steps of this stage after the one with the given index that name a variable (`$X`, `${X…}`), in their text or
    /// through what they expand.
    package func steps(after index: Int, naming variable: String) -> [StepFacts] {
        steps[min(index + 1, steps.count)...].filter { $0.names(variable: variable) }
    }

    static func all(of dockerfile: EvaluatedDockerfile) -> [StageFacts] { [] }
}
