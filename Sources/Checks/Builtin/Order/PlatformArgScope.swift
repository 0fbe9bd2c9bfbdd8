import Diagnostics
import Dockerfile
import Facts
import SourceText

/// The target platform in the environment of installs that are the same for every platform.
struct PlatformArgScope: DockerfileCheck {
    static let id: CheckID = "platform-arg-scope"
    let options: CheckOptions

    private static let names: Set<String> = ["TARGETPLATFORM", "TARGETARCH", "TARGETVARIANT"]

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap { stage -> [Finding] in
            guard runsOnBuilder(stage), !hasImageOfTarget(stage, in: build) else { return [] }
            var installs: StageInstalls?
            return stage.steps.compactMap { step in
                guard case .arg(let declarations) = step.instruction.body else { return nil }
                // A default hides the platform's value: one for all (platform-arg-default).
                for declaration in declarations
                where Self.names.contains(declaration.name.text) && declaration.defaultValue == nil {
                    let known = installs ?? StageInstalls(of: stage, in: build)
                    installs = known
                    guard let idle = IdleInstalls(below: step, of: declaration.name.text, in: known),
                        !idle.steps.isEmpty
                    else { continue }
                    return finding(declaration.name.text, step, idle, in: build)
                }
                return nil
            }
        }
    }

    /// `FROM --platform=$BUILDPLATFORM`: all platforms of a build share what the stage does up to such an ARG.
    private func runsOnBuilder(_ stage: StageFacts) -> Bool {
        guard case .from(let from)? = stage.steps.first?.instruction.body else { return false }
        return ["$BUILDPLATFORM", "${BUILDPLATFORM}"].contains(from.platform?.text)
    }

    /// `FROM --platform=$BUILDPLATFORM cross:$TARGETARCH`: each target platform has a stage of its own all the same.
    private func hasImageOfTarget(_ stage: StageFacts, in build: BuildFacts) -> Bool {
        guard case .from(let from)? = stage.steps.first?.instruction.body, from.image.text.contains("$")
        else {
            return false
        }
        let globals = build.dockerfile.parsed.instructions.prefix { $0.keyword != .from }
        return from.image.text.contains("TARGET")
            || globals.contains { $0.text.contains("$") && $0.text.contains("TARGET") }
    }

    private func finding(
        _ name: String, _ step: StepFacts, _ idle: IdleInstalls, in build: BuildFacts
    ) -> Finding {
        let last = idle.steps.last?.instruction.lines.upperBound ?? step.line
        return finding(
            at: step.instruction, in: build,
            message:
                "\(idle.text) run once for each target platform: \(name) is in their environment, and they do not "
                + "need it.",
            cost: "A build for several platforms does the same work several times.",
            fix: Fix("Move `ARG \(name)` below line \(last)."))
    }
}
