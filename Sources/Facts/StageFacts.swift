import Diagnostics
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

    /// Steps of this stage after the one with the given index that name a variable (`$X`, `${X…}`).
    package func steps(after index: Int, naming variable: String) -> [StepFacts] {
        steps.dropFirst(index + 1).filter { $0.names(variable: variable) }
    }

    static func all(of dockerfile: EvaluatedDockerfile, _ work: FactsWork) -> [StageFacts] {
        var words = WorkBudget(Limits.shellWords)
        var stages: [StageFacts] = []
        var ends: [StageEnd] = []
        stages.reserveCapacity(dockerfile.stages.count)
        for stage in dockerfile.stages {
            var reader = StageReader(stage, after: ends, stages: stages, work)
            stages.append(reader.facts(&words))
            ends.append(reader.end)
        }
        return stages
    }
}

/// What a stage hands to the stages that continue it.
struct StageEnd {
    var distribution: Distribution
    /// The base image is a row of the table (or `scratch`).
    var isBaseKnown: Bool
    var accounts: Accounts
    /// Programs whose settings commands have changed (`npm config set`): where their caches are is not certain any more.
    var configured: Set<String> = []
    var links: [KnownImage.Link] = []
    /// The base image's own user is root, as commands prove that only root can run.
    var isInitialUserRoot: Bool
}

/// Collects the facts of one stage.
struct StageReader {
    private let stage: Stage
    private let ancestors: [Int]
    private let work: FactsWork
    private(set) var end: StageEnd

    init(_ stage: Stage, after ends: [StageEnd], stages: [StageFacts], _ work: FactsWork) {
        self.stage = stage
        self.work = work
        switch stage.base {
        case .scratch:
            ancestors = []
            end = StageEnd(
                distribution: Distribution(family: .none), isBaseKnown: true, accounts: Accounts(),
                isInitialUserRoot: true)
        case .stage(let parent) where parent < ends.count:
            ancestors = [parent] + stages[parent].ancestors
            end = ends[parent]
        case .image(let reference) where reference.isCertain:
            ancestors = []
            let row = KnownImage.row(for: reference.text)
            end = StageEnd(
                distribution: Distribution(image: reference.text), isBaseKnown: row != nil,
                accounts: Accounts(
                    row?.accounts ?? [],
                    // Ubuntu has a user of its own since 23.04 only.
                    areAll: row?.family == .debian || row?.family == .alpine),
                links: row?.links ?? [], isInitialUserRoot: false)
        case .image, .namedContext, .stage:
            ancestors = []
            end = StageEnd(
                distribution: .unknown, isBaseKnown: false, accounts: Accounts(), isInitialUserRoot: false)
        }
    }

    /// - Parameter words: how many words of commands may still be read of the Dockerfile.
    mutating func facts(_ words: inout WorkBudget) -> StageFacts {
        let scripts = stage.steps.map { script(of: $0, &words) }
        end.isInitialUserRoot = end.isInitialUserRoot || provesRoot(scripts)
        var steps: [StepFacts] = []
        steps.reserveCapacity(stage.steps.count)
        for (index, step) in stage.steps.enumerated() {
            steps.append(facts(of: step, index: index, script: scripts[index]))
        }
        return StageFacts(
            stage: stage, ancestors: ancestors, distribution: end.distribution, steps: steps)
    }

    /// The commands of a RUN whose shell is a POSIX one.
    private func script(of step: Step, _ words: inout WorkBudget) -> ShellScript {
        guard case .run(let run) = step.instruction.body, !words.isSpent else {
            return step.instruction.keyword == .run ? .unread : ShellScript()
        }
        let script: ShellScript
        switch run.command {
        case .exec(let words): script = ShellScript(exec: words)
        case .shell(let text):
            guard StepShell(step.state.shell, on: end.distribution) == .posix else { return ShellScript() }
            script = ShellScript(
                parsing: text, heredocs: run.isHeredocScript ? [] : step.instruction.heredocs)
        }
        if script.cutShort != nil { work.cutShort(at: step.instruction.lines.lowerBound) }
        guard words.spend(script.wordCount) else {
            work.cutShort(at: step.instruction.lines.lowerBound)
            return .unread
        }
        return script
    }

    /// Whether a step before any USER runs what only root can.
    private func provesRoot(_ scripts: [ShellScript]) -> Bool {
        for (step, script) in zip(stage.steps, scripts) {
            if case .user = step.instruction.body { return false }
            guard !step.state.user.isCertain else { continue }
            for command in script.commands where command.user == .step && !command.isConditional {
                guard let program = command.program else { continue }
                if Accounts.programs.contains(program) { return true }
                if PackageManager.byProgram[program]?.isForSystem == true, command.words.count > 1 {
                    return true
                }
            }
        }
        return false
    }

    /// The script with those sides of its tests that the step's variables decide.
    private func decided(
        _ script: ShellScript, state: StepState, user: StepUser, home: Fact<String>
    ) -> ShellScript {
        script.deciding { test in
            guard work.spend() else { return nil }
            let environment = CommandEnvironment(
                state: state, isBaseKnown: end.isBaseKnown, user: user, home: home, accounts: end.accounts,
                script: script, command: test, work: work)
            return environment.outcomeOfTest
        }
    }

    private mutating func facts(of step: Step, index: Int, script: ShellScript) -> StepFacts {
        let state = step.state
        var user = StepUser.unknown
        if state.user.isCertain {
            user = end.accounts.user(state.user.text)
        } else if end.isInitialUserRoot, state.user.text.isEmpty {
            user = .root
        }
        var home: Fact<String>
        switch state.environment.value(of: "HOME") {
        case .known(let value?): home = .known(value)
        case _ where state.environment["HOME"] != nil: home = .unknown
        default:
            switch user {
            case .root: home = .known("/root")
            case .other(let account): home = account.home
            case .unknown: home = .unknown
            }
        }
        let script = decided(script, state: state, user: user, home: home)
        let mounts = step.mounts.enumerated().map { MountFacts(expanded: $1, index: $0) }
        let finder = InvocationFinder(
            state: state, isBaseKnown: end.isBaseKnown, user: user, home: home, accounts: end.accounts,
            distribution: end.distribution, mounts: mounts, script: script, links: end.links, work: work)
        var invocations: [Invocation] = []
        for command in script.commands {
            if let invocation = finder.invocation(of: command, configured: end.configured) {
                if invocation.action == .other || invocation.action == .configure, command.changesSettings {
                    end.configured.formUnion(invocation.manager.programsThatShareSettings)
                }
                invocations.append(invocation)
            } else if let program = command.program, Accounts.programs.contains(program) {
                let environment = CommandEnvironment(
                    state: state, isBaseKnown: end.isBaseKnown, user: user, home: home,
                    accounts: end.accounts,
                    script: script, command: command, work: work)
                end.accounts.apply(command, program: program) { environment.text(of: $0).value }
            }
        }
        return StepFacts(
            step: step, stage: stage.index, index: index, user: user, home: home,
            shell: StepShell(state.shell, on: end.distribution), distribution: end.distribution,
            mounts: mounts, script: script, invocations: invocations,
            weight: StepFacts.Weight(step, script: script, invocations: invocations),
            accounts: end.accounts, isBaseKnown: end.isBaseKnown, work: work)
    }
}

extension ShellCommand {
    /// `npm config set …`, `conda config --add …`, `go env -w …`.
    fileprivate var changesSettings: Bool {
        words.contains { $0.text == "config" || $0.text == "set" } || words.dropFirst().first?.text == "env"
    }
}

extension PackageManager {
    /// npm's settings are those of pnpm and yarn 1 too, conda's those of mamba.
    fileprivate var programsThatShareSettings: [String] {
        switch name {
        case "npm", "pnpm", "yarn", "yarn classic", "yarn berry": ["npm", "pnpm", "yarn"]
        case "conda", "mamba", "micromamba": ["conda", "mamba", "micromamba"]
        default: programs.first.map { [$0] } ?? []
        }
    }
}
