import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// An ENV with the image's own version above installs that do not need it.
struct VolatileEnvEarly: DockerfileCheck {
    static let id: CheckID = "volatile-env-early"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let names = Set(options.strings("names"))
        return build.reachableStages.flatMap { stage in
            var installs: StageInstalls?
            return stage.steps.compactMap { step -> Finding? in
                guard case .env(let pairs) = step.instruction.body, !step.step.isTrigger else { return nil }
                for pair in pairs where names.contains(pair.key.text) {
                    let known = installs ?? StageInstalls(of: stage, in: build)
                    installs = known
                    guard let idle = IdleInstalls(below: step, of: pair.key.text, in: known),
                        !idle.steps.isEmpty
                    else { continue }
                    return finding(pair, step, idle, in: build)
                }
                return nil
            }
        }
    }

    private func finding(
        _ pair: KeyValue, _ step: StepFacts, _ idle: IdleInstalls, in build: BuildFacts
    ) -> Finding {
        let name = pair.key.text
        let isPassed = pair.value.text.contains("$")
        let last = idle.steps.last?.instruction.lines.upperBound ?? step.line
        return finding(
            at: step.instruction, in: build, severity: isPassed ? nil : .info, confidence: .likely,
            message:
                "\(idle.text) run again with every new \(name): it is in the environment of every RUN below it, and "
                + "\(idle.firstUse.map { "nothing above line \($0.line) needs it" } ?? "no RUN needs it").",
            cost: "Each release fetches and unpacks again what has not changed.",
            fix: Fix("Move `ENV \(name)` below line \(last), or into the last stage."))
    }
}
