import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// An ARG above the first FROM that a stage reads without declaring it again: the value is empty there, whatever is passed,
/// and no change of it runs the step again.
/// Source: Dockerfile reference, "Understand how ARG and FROM interact".
struct ArgOutOfScope: DockerfileCheck {
    static let id: CheckID = "arg-out-of-scope"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let instructions = build.dockerfile.parsed.instructions.prefix { $0.keyword != .from }
        let globals = Set(
            instructions.flatMap { instruction -> [ArgDeclaration] in
                if case .arg(let declarations) = instruction.body { declarations } else { [] }
            }.map(\.name.text)
        ).subtracting(PlatformArgDefault.names)
        guard !globals.isEmpty else { return [] }
        return build.reachableStages.flatMap { stage -> [Finding] in
            var told: Set<String> = []
            return stage.steps.compactMap { step -> Finding? in
                guard step.readsVariables, build.work.spend(globals.count),
                    let name = globals.sorted().first(where: {
                        isUnset($0, in: step) && step.names(variable: $0)
                    }),
                    told.insert(name).inserted
                else { return nil }
                let isPassed = build.build.args.keys.contains(name)
                return finding(
                    at: step.instruction, in: build, confidence: step.isBaseKnown ? .certain : .likely,
                    message:
                        "\(name) is empty here: the ARG above the first FROM is not seen in a stage"
                        + (isPassed ? ", whatever value a build passes." : "."),
                    cost: "Another value does not run this step again: it stays as it was first made.",
                    fix: Fix("Declare it again in the stage, right above this line:\n    ARG \(name)"))
            }
        }
    }

    /// Neither ARG nor ENV nor the script has set it.
    private func isUnset(_ name: String, in step: StepFacts) -> Bool {
        let environment = step.step.state.environment
        guard environment[name] == nil, !environment.isDeclared(name) else { return false }
        guard step.run != nil else { return true }
        return step.script.isComplete && !step.script.assignments.contains { $0.name == name }
            && !step.script.commands.contains { command in
                command.assignments.contains { $0.name == name }
                    || ["read", "source", ".", "eval", "set"].contains(command.program)
                        && command.words.count > 1
                        && command.words.dropFirst().contains {
                            $0.text == name || command.program != "read" && !$0.isOption
                        }
            }
    }
}

extension StepFacts {
    /// Its text is expanded, by BuildKit or by the shell of a RUN.
    fileprivate var readsVariables: Bool {
        switch instruction.body {
        case .run(let run):
            // Only a shell that we read, and no text that the shell hands on as it is.
            if case .shell = run.command {
                shell == .posix && instruction.heredocs.isEmpty && !instruction.text.contains("\\$")
                    && !instruction.text.contains("'")
            } else {
                false
            }
        case .copy, .workdir, .user, .env: true
        default: false
        }
    }
}
