import BuildContext
import Diagnostics
import Dockerfile
import Facts

/// How one install brings what is cached into the project, as flags and variables say it.
struct LinkMode {
    struct Value {
        let text: String
        /// Where it is set in the file; nil where that cannot be told.
        let range: Range<Int>?
    }

    /// `.known(nil)` where nothing sets it.
    let value: Fact<Value?>

    init(of invocation: Invocation, in step: StepFacts) {
        guard let linking = invocation.manager.linking else {
            value = .unknown
            return
        }
        let command = invocation.command
        if let flag = linking.flag {
            let words = command.words
            for (index, word) in words.enumerated() {
                if word.isLiteral, word.text == flag, index + 1 < words.count {
                    let next = words[index + 1]
                    value = step.text(of: next, in: command).map { Value(text: $0, range: next.range) }
                    return
                }
                if word.text.hasPrefix(flag + "=") {
                    value =
                        word.isLiteral
                        ? .known(Value(text: String(word.text.dropFirst(flag.count + 1)), range: word.range))
                        : .unknown
                    return
                }
            }
        }
        guard let variable = linking.variable else {
            value = .known(nil)
            return
        }
        switch step.variable(variable, in: command) {
        case .unknown: value = .unknown
        case .known(nil), .known(""?): value = .known(nil)
        case .known(let text?):
            let own = command.assignments.last { $0.name == variable }?.range
            let script = step.script.assignments.last {
                $0.name == variable && $0.scope.contains(command.order)
            }?.range
            value = .known(
                Value(text: text, range: own ?? script ?? step.step.state.environment[variable]?.range))
        }
    }
}

/// Whether code of the same RUN, or a settings file of the project, says how installs link: what was found of a manager is
/// kept for its next install.
struct LinkSettings {
    private var step: StepFacts?
    private var code: [PackageManager: Bool] = [:]
    private var project: [PackageManager: Bool] = [:]

    /// - Parameter step: installs of one step are asked for one after the other.
    mutating func areGiven(
        for manager: PackageManager, _ linking: PackageManager.Linking, in step: StepFacts,
        of build: BuildFacts
    ) -> Bool {
        if self.step !== step {
            self.step = step
            code = [:]
        }
        if code[manager] == nil {
            code[manager] = step.script.commands.contains { $0.words.contains { linking.sets(in: $0.text) } }
        }
        if code[manager] == true { return true }
        if let known = project[manager] { return known }
        let found = Self.standInProject(linking, of: manager, build)
        project[manager] = found
        return found
    }

    private static func standInProject(
        _ linking: PackageManager.Linking, of manager: PackageManager, _ build: BuildFacts
    ) -> Bool {
        guard let setting = linking.setting else { return false }
        guard let context = build.context.context else { return true }
        let names = [setting, linking.variable ?? setting].map { Array($0.utf8) }
        return context.listing.entries.contains { entry in
            guard entry.kind == .file, entry.path.components.count <= 3,
                manager.manifests.contains(String(decoding: entry.path.name, as: UTF8.self)),
                let text = context.contents(of: entry.path)
            else { return false }
            return names.contains { name in
                text.count >= name.count
                    && (0...(text.count - name.count)).contains {
                        text[$0..<$0 + name.count].elementsEqual(name)
                    }
            }
        }
    }
}
