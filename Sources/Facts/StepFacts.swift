package import Diagnostics
package import Dockerfile

/// What is true of one step of a stage.
package struct StepFacts: Sendable {
    package let step: Step
    /// Index in `BuildFacts.stages`.
    package let stage: Int
    /// Index in `StageFacts.steps`.
    package let index: Int
    package let user: StepUser
    /// `HOME` of the step: from ENV, else from what is known of the user.
    package let home: Fact<String>
    package let shell: StepShell
    package let distribution: Distribution
    /// The mounts of a RUN, in the order written.
    package let mounts: [MountFacts]
    /// The commands of a RUN; empty where its shell is not a POSIX one, and for other instructions.
    package let script: ShellScript
    /// The commands among them that a known package manager runs, in order.
    package let invocations: [Invocation]
    /// How long it takes, as far as its text tells.
    package let weight: Weight

    /// How long a step takes, as far as its text tells.
    package enum Weight: Sendable {
        /// It installs, downloads or compiles.
        case heavy
        /// It does none of that.
        case light
        /// It runs something that may do anything, such as a script.
        case unknown
    }

    package var instruction: Instruction { step.instruction }
    package var workdir: Fact<String> { step.state.workdir.fact }
    /// The RUN's body; nil for other instructions.
    package var run: RunInstruction? {
        if case .run(let run) = step.instruction.body { run } else { nil }
    }
    package var cacheMounts: [MountFacts] { mounts.filter { $0.mount.kind == .cache } }

    /// Those that bring dependencies in: `pip install -r …`, `npm ci`, `apt-get install` …
    package var installs: [Invocation] { invocations.filter { $0.action == .install || $0.action == .fetch } }

    /// The value that a variable has when the step begins; `.known(nil)` where it is known to be unset.
    package func variable(_ name: String) -> Fact<String?> { step.state.environment.value(of: name) }

    /// Whether the step's text names a variable: `$X` or `${X…}`, also in the values that it expands.
    package func names(variable: String) -> Bool { false }
}

/// What runs the commands of a RUN in shell form.
package enum StepShell: Sendable, Hashable {
    /// sh, bash, dash, ash, zsh, ksh.
    case posix
    case powershell
    case cmd
    case unknown
}

/// A mount of a RUN.
package struct MountFacts: Sendable {
    package let expanded: ExpandedMount
    /// Index in `StepFacts.mounts`.
    package let index: Int

    package var mount: RunMount { expanded.mount }
    package var target: Fact<String> { expanded.target?.fact ?? .unknown }
    /// For a cache mount: its key without the namespace.
    package var cacheKey: Fact<String> { expanded.cacheKey?.fact ?? .unknown }
    /// `locked` or `private` keeps two builds from writing at once; `shared` is the default.
    package var sharing: RunMount.Sharing { mount.sharing ?? .shared }

    /// Whether a path is the target or lies below it.
    package func covers(_ path: String) -> Fact<Bool> {
        target.map { path == $0 || path.hasPrefix($0 == "/" ? "/" : $0 + "/") }
    }
}
