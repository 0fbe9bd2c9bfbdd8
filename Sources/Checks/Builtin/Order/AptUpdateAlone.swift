import Diagnostics
import Dockerfile
import Facts
import SourceText

/// Installs that find the package list of an earlier layer, or none: `apt-get update` or `apk update` in another RUN.
struct AptUpdateAlone: DockerfileCheck {
    static let id: CheckID = "apt-update-alone"
    let options: CheckOptions

    /// A step that brought the package list, as far as it is still in the layers.
    private struct Index {
        let update: StepFacts
        /// The step that has deleted it; nil where it is still there.
        var deletedBy: StepFacts?
    }

    /// Installs that find no list but that of one step.
    private struct Group {
        let index: Index
        var installs: [StepFacts] = []
    }

    func findings(in build: BuildFacts) -> [Finding] {
        var groups: [[Int]: Group] = [:]
        // Nothing is dropped from there.
        let isArchived = build.stages(where: namesArchive)
        /// For each stage the list as its last step leaves it.
        var last: [Index?] = []
        for stage in build.stages {
            var index = stage.ancestors.first.flatMap { last[$0] }
            for step in stage.steps where step.run != nil {
                if stage.stage.isReachable, !isArchived[stage.index], let known = index, installsOnly(step),
                    !hasListsMount(step)
                {
                    let place = [known.update.stage, known.update.index, known.deletedBy?.index ?? -1]
                    groups[place, default: Group(index: known)].installs.append(step)
                }
                if updates(step) {
                    // On a mount, or where something else may have been done, nothing is known of it.
                    index = hasListsMount(step) || !step.script.isComplete ? nil : Index(update: step)
                }
                if deletesLists(step) { index?.deletedBy = step }
            }
            last.append(index)
        }
        return groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { finding($0.value, in: build) }
    }

    private func finding(_ group: Group, in build: BuildFacts) -> Finding {
        let (update, installs) = (group.index.update, group.installs)
        let install = installs[0]
        let lines =
            installs.count == 1
            ? "the install in \(lineText(installs))" : "the installs in \(lineText(installs))"
        let command = install.invocations.first {
            Self.managers.contains($0.manager.name) && $0.action == .install
        }
        let isAlone = !update.invocations.contains {
            Self.managers.contains($0.manager.name) && $0.action == .install
        }
        let isOne = installs.count == 1
        if let deleting = group.index.deletedBy {
            return finding(
                at: install.instruction, in: build,
                message:
                    "There is no package list for \(lines): line \(deleting.line) has deleted it, and nothing fetches it again.",
                cost: "The install fails: it finds no package.",
                fix: Fix(fixText(command, installs, in: build))
            ).naming(installs.map(\.instruction.text))
        }
        return finding(
            at: update.instruction, in: build, severity: isAlone ? nil : .info,
            message: isAlone
                ? "The package list gets old in this layer: it is cached on its own, and when \(lines) "
                    + "change\(isOne ? "s" : "") \(isOne ? "it asks" : "they ask") for versions that the mirror may have dropped."
                : "The package list of this layer is used by \(lines) too: when "
                    + "\(isOne ? "it changes, it asks" : "one changes, it asks") for versions that the mirror may have dropped.",
            cost: "The install fails with 404, and only a build without cache repairs it.",
            fix: Fix(
                fixText(command, installs, in: build),
                edits: isOne && isAlone ? edits(update: update, install: command, in: build) : [], .safe)
        ).naming(installs.map(\.instruction.text))
    }

    private func fixText(_ command: Invocation?, _ installs: [StepFacts], in build: BuildFacts) -> String {
        let program = command?.command.program ?? "apt-get"
        let update = "\(program) update && "
        guard installs.count == 1 else {
            return "Update in each of these RUNs, or put the installs into one:\n    RUN \(update)\(program) "
                + "\(program == "apk" ? "add" : "install -y") …"
        }
        return program == "apk"
            ? "Let the install fetch it:\n    RUN apk add --no-cache …"
            : "Update in the RUN that installs:\n    RUN \(update)\(text(of: command, in: build))"
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

    private static let managers: Set<String> = ["apt", "apk"]

    private func updates(_ step: StepFacts) -> Bool {
        step.invocations.contains { Self.managers.contains($0.manager.name) && $0.action == .update }
    }

    /// `rm -rf /var/lib/apt/lists/*`, for certain.
    private func deletesLists(_ step: StepFacts) -> Bool {
        step.script.commands.contains { command in
            command.program == "rm" && !command.isConditional
                && command.arguments.contains { word in
                    ["/var/lib/apt/lists", "/var/lib/apt/lists/", "/var/lib/apt/lists/*", "/var/lib/apt/*"]
                        .contains(word.text)
                }
        }
    }

    /// The release is over and its mirror stays as it is.
    private func namesArchive(_ step: StepFacts) -> Bool {
        Self.archives.contains { step.instruction.text.holds($0) }
    }

    private static let archives: [StaticString] = [
        "archive.debian.org", "snapshot.debian.org", "snapshot.ubuntu.com", "old-releases.ubuntu.com",
    ]

    /// It installs by name, and fetches no list itself.
    private func installsOnly(_ step: StepFacts) -> Bool {
        let known = step.invocations.filter { Self.managers.contains($0.manager.name) }
        return step.script.isComplete && !known.contains { $0.action == .update }
            && known.contains { install in
                install.action == .install && !install.command.isConditional && install.defeats.isEmpty
                    && !install.isOffline
                    && install.names.contains { $0.isLiteral && !$0.text.contains("/") }
                    && !install.command.words.contains { Self.fetchingFlags.contains($0.text) }
            }
            // A script may fetch it.
            && step.script.commands.allSatisfy { command in
                command.program.map {
                    !["sh", "bash", "apt-fast", "extrepo", "add-apt-repository"].contains($0)
                } ?? false
            }
    }

    /// Of `apk add`.
    private static let fetchingFlags: Set<String> = ["-U", "--update", "--update-cache", "--no-cache"]

    /// With the lists on a mount, they are no older than the last build; an install without update may be meant.
    private func hasListsMount(_ step: StepFacts) -> Bool {
        step.mounts.contains { mount in
            return mount.target.value == nil
                || ["/var/lib/apt/lists", "/var/cache/apk", "/etc/apk/cache"].contains { lists in
                    mount.covers(lists).isTrue || mount.target.value?.hasPrefix(lists) == true
                }
        }
    }
}
