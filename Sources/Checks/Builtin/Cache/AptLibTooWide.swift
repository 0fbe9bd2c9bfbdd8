import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A mount on the whole of `/var/lib/apt`, which holds more than package lists.
struct AptLibTooWide: DockerfileCheck {
    static let id: CheckID = "apt-lib-too-wide"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let steps = build.reachableStages.flatMap(\.steps)
        // Nothing else reads that list.
        guard steps.contains(where: asksWhyInstalled) else { return [] }
        return steps.flatMap { step -> [Finding] in
            guard step.invocations.contains(where: { $0.manager.isForSystem && $0.action == .install }) else {
                return []
            }
            return step.cacheMounts.filter { $0.target == .known("/var/lib/apt") }.map { mount in
                let edit = build.edit(mount.mount.targetOption, to: "/var/lib/apt/lists")
                return finding(
                    at: mount.mount.range, in: build.source,
                    message:
                        "The mount takes `/var/lib/apt/extended_states` along: which packages were installed as "
                        + "dependencies is then what other images have said, and this image keeps no such list.",
                    cost: "`apt-get autoremove` in this image may take away too much, or nothing.",
                    fix: Fix(
                        "Mount the lists alone: target=/var/lib/apt/lists", edits: edit.map { [$0] } ?? []))
            }
        }
    }

    private func asksWhyInstalled(_ step: StepFacts) -> Bool {
        step.script.commands.contains { command in
            command.program == "apt-mark"
                || command.words.contains {
                    ["autoremove", "autopurge", "--auto-remove", "--autoremove"].contains($0.text)
                }
        }
    }
}
