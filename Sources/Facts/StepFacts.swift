package import Diagnostics
package import Dockerfile

/// What is true of one step of a stage.
///
/// A class, so that checks that pass steps around copy one reference.
package final class StepFacts: Sendable {
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
    let accounts: Accounts
    /// The base image is a row of the table, or `scratch`: it holds nothing of a project.
    package let isBaseKnown: Bool
    private let work: FactsWork

    init(
        step: Step, stage: Int, index: Int, user: StepUser, home: Fact<String>, shell: StepShell,
        distribution: Distribution, mounts: [MountFacts], script: ShellScript, invocations: [Invocation],
        weight: Weight, accounts: Accounts, isBaseKnown: Bool, work: FactsWork
    ) {
        self.work = work
        self.step = step
        self.stage = stage
        self.index = index
        self.user = user
        self.home = home
        self.shell = shell
        self.distribution = distribution
        self.mounts = mounts
        self.script = script
        self.invocations = invocations
        self.weight = weight
        self.accounts = accounts
        self.isBaseKnown = isBaseKnown
    }

    package var instruction: Instruction { step.instruction }
    package var workdir: Fact<String> { step.state.workdir.fact }
    /// The RUN's body; nil for other instructions.
    package var run: RunInstruction? {
        if case .run(let run) = step.instruction.body { run } else { nil }
    }
    package var cacheMounts: [MountFacts] { mounts.isEmpty ? [] : mounts.filter { $0.mount.kind == .cache } }

    /// Those that bring dependencies in: `pip install -r …`, `npm ci`, `apt-get install`, `cargo chef cook` …
    package var installs: [Invocation] {
        invocations.filter { $0.action == .install || $0.action == .fetch || $0.recipe != nil }
    }

    /// The value that a variable has when the step begins; `.known(nil)` where it is known to be unset.
    package func variable(_ name: String) -> Fact<String?> {
        if isBaseKnown, step.state.environment[name] == nil, !step.state.environment.isDeclared(name) {
            return .known(nil)
        }
        return step.state.environment.value(of: name)
    }

    /// The value that one of the step's commands sees; `.known(nil)` where it is known to be unset.
    package func variable(_ name: String, in command: ShellCommand) -> Fact<String?> {
        environment(of: command).variable(name).text
    }

    /// The folder that one of the step's commands works in.
    package func workdir(of command: ShellCommand) -> Fact<String> { environment(of: command).workdir }

    private func environment(of command: ShellCommand) -> CommandEnvironment {
        CommandEnvironment(
            state: step.state, isBaseKnown: isBaseKnown, user: user, home: home, accounts: accounts,
            script: script, command: command, work: work)
    }

    /// What a word of one of the step's commands is after expansion.
    package func text(of word: ShellWord, in command: ShellCommand) -> Fact<String> {
        environment(of: command).text(of: word)
    }

    /// The path that a word of one of the step's commands names: expanded, joined to the folder that the command works
    /// in, and cleaned. A pattern stays one.
    package func path(of word: ShellWord, in command: ShellCommand) -> Fact<String> {
        let environment = environment(of: command)
        guard let text = environment.text(of: word).value, !text.isEmpty else { return .unknown }
        if text.utf8.first == UInt8(ascii: "/") { return .known(PathText.clean(text)) }
        return environment.workdir.map { PathText.clean(text, in: $0) }
    }

    /// Whether the step's text names a variable: `$X` or `${X…}`.
    package func names(variable: String) -> Bool {
        Self.names(variable: variable, in: instruction.text)
            || instruction.heredocs.contains { Self.names(variable: variable, in: $0.content) }
    }

    /// Whether a text names a variable.
    package static func names(variable: String, in text: String) -> Bool {
        let name = Array(variable.utf8)
        return text.utf8.withContiguousStorageIfAvailable { bytes in
            var at = 0
            while at < bytes.count {
                guard bytes[at] == UInt8(ascii: "$") else {
                    at += 1
                    continue
                }
                at += 1
                if at < bytes.count, bytes[at] == UInt8(ascii: "{") { at += 1 }
                let end = at + name.count
                guard end <= bytes.count, bytes[at..<end].elementsEqual(name) else { continue }
                guard end < bytes.count else { return true }
                let next = bytes[end]
                let goesOn =
                    next == UInt8(ascii: "_") || (next >= UInt8(ascii: "0") && next <= UInt8(ascii: "9"))
                    || (next | 0x20 >= UInt8(ascii: "a") && next | 0x20 <= UInt8(ascii: "z"))
                if !goesOn { return true }
            }
            return false
        } ?? text.contains("$" + variable)
    }
}

/// What runs the commands of a RUN in shell form.
package enum StepShell: Sendable, Hashable {
    /// sh, bash, dash, ash, zsh, ksh.
    case posix
    case powershell
    case cmd
    case unknown

    /// - Parameter words: what SHELL says; nil for the default.
    init(_ words: [String]?, on distribution: Distribution) {
        guard let first = words?.first else {
            self = distribution.family == .windows ? .cmd : .posix
            return
        }
        let name = first.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map { $0.lowercased() } ?? ""
        switch name.hasSuffix(".exe") ? String(name.dropLast(4)) : name {
        case "sh", "bash", "dash", "ash", "zsh", "ksh": self = .posix
        case "powershell", "pwsh": self = .powershell
        case "cmd": self = .cmd
        default:
            // `SHELL ["conda", "run", "-n", "x", "/bin/bash", "-c"]`, `["/usr/bin/env", "bash", "-c"]`.
            let runsShell = words?.dropFirst().contains { word in
                ["sh", "bash", "zsh"].contains(word.split(separator: "/").last ?? "")
            }
            self = runsShell == true ? .posix : .unknown
        }
    }
}

/// A mount of a RUN.
package struct MountFacts: Sendable {
    package let expanded: ExpandedMount
    /// Index in `StepFacts.mounts`.
    package let index: Int

    package var mount: RunMount { expanded.mount }
    package var target: Fact<String> { expanded.target?.fact.map { PathText.clean($0) } ?? .unknown }
    /// For a cache mount: its key without the namespace.
    package var cacheKey: Fact<String> { expanded.cacheKey?.fact ?? .unknown }
    /// `locked` or `private` keeps two builds from writing at once; `shared` is the default.
    package var sharing: RunMount.Sharing { mount.sharing ?? .shared }

    /// Whether a path (absolute, cleaned) is the target or lies below it.
    package func covers(_ path: String) -> Fact<Bool> {
        target.map { PathText.isPath(path, inOrAt: $0) }
    }
}
