import Diagnostics
import Dockerfile
import Facts
import SourceText

/// `apt-get update` in a RUN of its own, with the install that needs it in a later one.
struct AptUpdateAlone: DockerfileCheck {
    static let id: CheckID = "apt-update-alone"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        var installs: [[Int]: [StepFacts]] = [:]
        // Nothing is dropped from there.
        let isArchived = build.stages(where: namesArchive)
        /// For each stage the last of its steps, or of those that it continues, that updates.
        var last: [StepFacts?] = []
        for stage in build.stages {
            var update = stage.ancestors.first.flatMap { last[$0] }
            for step in stage.steps {
                if stage.stage.isReachable, !isArchived[stage.index], let update, isAlone(update),
                    installsOnly(step), !hasListsMount(step)
                {
                    installs[[update.stage, update.index], default: []].append(step)
                }
                if updates(step) { update = step }
            }
            last.append(update)
        }
        return installs.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { place, later in
            finding(update: build.stages[place[0]].steps[place[1]], installs: later, in: build)
        }
    }

    private func finding(update: StepFacts, installs: [StepFacts], in build: BuildFacts) -> Finding {
        let install = installs[0]
        let line = install.line
        let command = install.invocations.first { $0.manager.name == "apt" && $0.action == .install }
        return finding(
            at: update.instruction, in: build,
            message:
                "The package list gets old in this layer: it is cached on its own, and when the install in line "
                + "\(line) changes it asks for versions that the mirror may have dropped.",
            cost: "The install fails with 404, and only a build without cache repairs it.",
            fix: Fix(
                "Update in the RUN that installs:\n    RUN apt-get update && \(text(of: command, in: build))",
                edits: installs.count == 1 ? edits(update: update, install: command, in: build) : [], .safe)
        ).naming(installs.map(\.instruction.text))
    }

    private func text(of install: Invocation?, in build: BuildFacts) -> String {
        guard let range = install?.command.range else { return "apt-get install …" }
        let text = build.source.string(range)
        return text.utf8.contains(UInt8(ascii: "\n")) ? "apt-get install …" : text
    }

    /// Only a RUN that does nothing but update can go away.
    private func edits(update: StepFacts, install: Invocation?, in build: BuildFacts) -> [Edit] {
        guard update.script.commands.count == 1, update.mounts.isEmpty,
            let only = update.script.commands.first,
            !only.isWrapped, !only.isConditional, let install, !install.command.isWrapped,
            !install.command.isConditional, update.instruction.heredocs.isEmpty
        else { return [] }
        let start = install.command.range.lowerBound
        return [
            build.source.removal(ofLines: update.instruction.lines),
            Edit(
                path: build.path, bytes: start..<start,
                replacement: build.source.string(only.range) + " && "),
        ]
    }

    private func updates(_ step: StepFacts) -> Bool {
        step.invocations.contains { $0.manager.name == "apt" && $0.action == .update }
    }

    /// Whether a step that updates does not install, and leaves the list in its layer.
    private func isAlone(_ update: StepFacts) -> Bool {
        !update.invocations.contains { $0.manager.name == "apt" && $0.action == .install }
            && !hasListsMount(update) && update.script.isComplete
    }

    /// The release is over and its mirror stays as it is.
    private func namesArchive(_ step: StepFacts) -> Bool {
        Self.archives.contains { step.instruction.text.holds($0) }
    }

    private static let archives: [StaticString] = [
        "archive.debian.org", "snapshot.debian.org", "snapshot.ubuntu.com", "old-releases.ubuntu.com",
    ]

    private func installsOnly(_ step: StepFacts) -> Bool {
        let apt = step.invocations.filter { $0.manager.name == "apt" }
        return step.script.isComplete && apt.contains { $0.action == .install }
            && !apt.contains { $0.action == .update }
    }

    /// With the lists on a mount, they are no older than the last build; an install without update may be meant.
    private func hasListsMount(_ step: StepFacts) -> Bool {
        step.mounts.contains { mount in
            let lists = "/var/lib/apt/lists"
            return mount.target.value == nil || mount.covers(lists).isTrue
                || mount.target.value?.hasPrefix(lists) == true
        }
    }
}
