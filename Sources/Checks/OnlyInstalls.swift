import Dockerfile
import Facts

/// Whether a RUN does nothing but bring packages in, so that it reads no variable and no source that it does not name.
struct OnlyInstalls {
    let isTrue: Bool

    /// Programs that change files which they name, and nothing else.
    private static let harmless: Set<String> = [
        ":", "[", "cat", "cd", "chmod", "chown", "cp", "date", "echo", "exit", "export", "false", "id", "ln",
        "ls",
        "mkdir", "mv", "printf", "rm", "set", "sleep", "tee", "test", "touch", "true", "umask", "unset",
        "which",
    ]

    init(_ step: StepFacts) {
        let understood = Set(step.invocations.map(\.command.order))
        let all = step.script.commands.allSatisfy { command in
            understood.contains(command.order) || command.program.map(Self.harmless.contains) ?? false
        }
        let invocations = step.invocations.allSatisfy { invocation in
            switch invocation.action {
            case .install, .fetch, .update:
                invocation.input == .nothing || invocation.input == .manifests
            case .clean: true
            case .build, .other: false
            }
        }
        isTrue = step.script.isComplete && all && invocations && !step.installs.isEmpty
    }
}
