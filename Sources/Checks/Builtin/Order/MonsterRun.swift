import Diagnostics
import Dockerfile
import Facts
import SourceText

/// One RUN that does several long things which have nothing to do with each other.
struct MonsterRun: DockerfileCheck {
    static let id: CheckID = "monster-run"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap(\.steps).compactMap { step in
            guard step.run != nil else { return nil }
            var names: [String] = []
            for invocation in step.invocations where !invocation.isBootstrap {
                guard
                    invocation.action == .install || invocation.action == .fetch
                        || invocation.action == .build,
                    !names.contains(invocation.manager.name)
                else { continue }
                names.append(invocation.manager.name)
            }
            guard names.count >= options.integer("managers"), !cleansUp(step) else { return nil }
            return finding(
                at: step.instruction, in: build,
                message: "One RUN works with \(enumeration(names)): a change to one of its "
                    + "\(step.script.commands.count) commands runs all of them again.",
                cost: "Nothing that it downloads or compiles is cached by itself.",
                fix: Fix("Give \(enumeration(names)) a RUN each, what changes most seldom first."))
        }
    }

    /// What is taken away again has to be taken away in the same layer.
    private func cleansUp(_ step: StepFacts) -> Bool {
        step.script.commands.contains { command in
            let words = Set(command.words.map(\.text))
            return !words.isDisjoint(with: ["purge", "remove", "autoremove", "del", "uninstall"])
        }
    }
}
