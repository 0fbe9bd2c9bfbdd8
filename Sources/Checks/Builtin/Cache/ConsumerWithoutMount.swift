import Diagnostics
import Dockerfile
import Facts
import SourceText

/// Dependencies that were fetched into a cache mount, and a build step that does not have the mount.
struct ConsumerWithoutMount: DockerfileCheck {
    static let id: CheckID = "consumer-without-mount"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap { stage -> [Finding] in
            stage.steps.compactMap { step in
                // One mount serves all of a RUN.
                let found = step.invocations.filter(isConsumer).compactMap { consumer in
                    finding(consumer, step, of: stage, in: build).map { (consumer.title, $0) }
                }
                return found.first?.1.naming(found.map(\.0))
            }
        }
    }

    private func isConsumer(_ invocation: Invocation) -> Bool {
        invocation.action == .build && invocation.input == .sources && !invocation.isOffline
            && !invocation.command.isConditional && !invocation.command.hasUnseenArguments
    }

    private func finding(
        _ consumer: Invocation, _ step: StepFacts, of stage: StageFacts, in build: BuildFacts
    ) -> Finding? {
        let folder = step.workdir(of: consumer.command)
        var provider: (StepFacts, Invocation, MountFacts)?
        /// - Returns: false where the search is over without a result.
        func look(at before: StepFacts) -> Bool {
            guard build.work.spend() else { return false }
            for invocation in before.invocations where invocation.manager == consumer.manager {
                // What was vendored needs no cache.
                if invocation.title.hasSuffix(" vendor") { return false }
                guard invocation.usesCaches, !invocation.command.isConditional,
                    let use = invocation.caches.first(where: { !$0.cache.isMinor })
                else { continue }
                guard case .cacheMount(let index) = use.coverage else { return false }
                guard let place = use.path.value, before.workdir(of: invocation.command) == folder,
                    folder.value != nil, before.mounts[index].covers(place).isTrue,
                    consumer.caches.contains(where: {
                        $0.cache.content == use.cache.content && $0.coverage == .none
                            && $0.path.value == place
                    })
                else { continue }
                provider = (before, invocation, before.mounts[index])
            }
            return true
        }
        for before in build.inherited(by: stage) where !look(at: before) { return nil }
        for before in stage.steps[..<step.index] where !look(at: before) { return nil }
        guard let (before, invocation, mount) = provider else { return nil }
        let target = mount.target.value ?? ""
        let flag = build.source.string(mount.mount.range)
        return finding(
            at: step.instruction, in: build,
            message:
                "`\(consumer.title)` does not see what `\(invocation.title)` in line \(before.line) has fetched: "
                + "that is in the mount at `\(target)`, which this RUN does not have.",
            cost: "Everything is downloaded a second time, in every run of this step.",
            fix: Fix("Give this RUN the same mount: \(flag)", edits: edits(flag, step, in: build)))
    }

    private func edits(_ flag: String, _ step: StepFacts, in build: BuildFacts) -> [Edit] {
        guard !flag.contains("\n"), !step.step.isTrigger else { return [] }
        let end = step.instruction.keywordRange.upperBound
        return [Edit(path: build.path, bytes: end..<end, replacement: " " + flag)]
    }
}
