import Diagnostics
import Dockerfile

/// What one command of a RUN sees: the step's state, and what the script changed before.
///
/// A class, because it is handed on with every question about a cache.
final class CommandEnvironment {
    let state: StepState
    /// The base image sets only what its row in the table says.
    let isBaseKnown: Bool
    let user: StepUser
    let home: Fact<String>
    let accounts: Accounts
    let script: ShellScript
    let command: ShellCommand
    private let work: FactsWork
    /// What was found, as a value may name one variable many times, and that one another.
    private var known: [Question: Value] = [:]

    private struct Question: Hashable {
        let name: String
        let forShell: Bool
        let depth: Int
    }

    init(
        state: StepState, isBaseKnown: Bool, user: StepUser, home: Fact<String>, accounts: Accounts,
        script: ShellScript, command: ShellCommand, work: FactsWork
    ) {
        self.work = work
        self.state = state
        self.isBaseKnown = isBaseKnown
        self.user = user
        self.home = home
        self.accounts = accounts
        self.script = script
        self.command = command
    }

    /// A variable with the place that sets it.
    struct Value {
        let text: Fact<String?>
        /// nil where no place in the file does.
        var range: Range<Int>?
    }

    /// - Parameter forShell: as the shell expands it, which also sees what is not exported.
    func variable(_ name: String, forShell: Bool = false, depth: Int = 0) -> Value {
        guard depth < Limits.commandVariableDepth else { return Value(text: .unknown) }
        let question = Question(name: name, forShell: forShell, depth: depth)
        if let value = known[question] { return value }
        let value = find(name, forShell: forShell, depth: depth)
        known[question] = value
        return value
    }

    private func find(_ name: String, forShell: Bool, depth: Int) -> Value {
        let set = step(name)
        if !forShell, let own = command.assignments.last(where: { $0.name == name }) {
            return Value(
                text: own.value.map { text(of: $0, depth: depth + 1).map { $0 } } ?? .unknown,
                range: own.range)
        }
        if !script.assignments.isEmpty {
            let seen = script.assignments.filter { $0.name == name && $0.scope.contains(command.order) }
            if let last = seen.last {
                let isVisible = forShell || set.text != .known(nil) || seen.contains { $0.isExported }
                if isVisible {
                    if seen.contains(where: \.isConditional) { return Value(text: .unknown) }
                    if last.isUnset { return Value(text: .known(nil)) }
                    guard let value = last.value else { return Value(text: .unknown, range: last.range) }
                    return Value(text: text(of: value, depth: depth + 1).map { $0 }, range: last.range)
                }
            }
        }
        // sudo and su drop most of the environment; what is not there stays away.
        if command.user != .step, set.text != .known(nil) { return Value(text: .unknown) }
        return set
    }

    private func step(_ name: String) -> Value {
        if let variable = state.environment[name] {
            return Value(text: variable.value.fact.map { $0 }, range: variable.range)
        }
        return Value(text: isBaseKnown && !state.environment.isDeclared(name) ? .known(nil) : .unknown)
    }

    /// What a word is after expansion.
    func text(of word: ShellWord, depth: Int = 0) -> Fact<String> {
        if word.isLiteral { return .known(word.text) }
        var result = ""
        for part in word.parts {
            guard work.spend(), result.utf8.count <= Limits.expandedBytes else { return .unknown }
            switch part {
            case .literal(let text): result += text
            case .home:
                guard let home = homeOfCommand.value else { return .unknown }
                result += home
            case .variable("HOME"):
                guard let home = homeOfCommand.value else { return .unknown }
                result += home
            case .variable(let name):
                // A variable that is not set may still be the shell's own (`PWD`, `UID`).
                guard case .known(let value?) = variable(name, forShell: true, depth: depth + 1).text else {
                    return .unknown
                }
                guard work.spend(value.utf8.count) else { return .unknown }
                result += value
            case .unknown: return .unknown
            }
        }
        return .known(result)
    }

    /// `HOME` as the command sees it.
    var homeOfCommand: Fact<String> {
        if command.assignments.contains(where: { $0.name == "HOME" })
            || script.assignments.contains(where: { $0.name == "HOME" && $0.scope.contains(command.order) })
        {
            let value = variable("HOME", depth: Limits.commandVariableDepth - 1)
            if case .known(let home) = value.text { return home.map(Fact.known) ?? .unknown }
            return .unknown
        }
        switch command.user {
        case .step: return home
        case .named(let name) where name == user.account?.name: return home
        case .named, .unknown: return .unknown
        }
    }

    /// The home that the user database has.
    var accountHome: Fact<String> {
        switch userOfCommand {
        case .root: .known("/root")
        case .other(let account): account.home
        case .unknown: .unknown
        }
    }

    var userOfCommand: StepUser {
        switch command.user {
        case .step: user
        case .named(let name): accounts.user(name)
        case .unknown: .unknown
        }
    }

    /// The folder that the command works in; unknown after `cd`.
    var workdir: Fact<String> {
        var folder = state.workdir.fact
        // Commands before this one in the same shell; a `cd` in a subshell ends with it, which only makes this unknown.
        for order in script.folderChanges {
            guard order < command.order else { break }
            let earlier = script.commands[order]
            // A path is cleaned from its first byte on.
            let length = folder.value?.utf8.count ?? 0
            guard length <= Limits.workdirBytes, work.spend(1 + length), !earlier.isConditional,
                earlier.words.count == 2, let from = folder.value,
                let target = text(of: earlier.words[1]).value
            else { return .unknown }
            folder = .known(PathText.clean(target, in: from))
        }
        return folder
    }
}
