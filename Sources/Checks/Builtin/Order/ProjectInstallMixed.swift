import BuildContext
import Diagnostics
import Dockerfile
import Facts

/// One install for the project and all that it depends on: each edit of the code brings the dependencies in again.
struct ProjectInstallMixed: DockerfileCheck {
    static let id: CheckID = "project-install-mixed"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build) else { return [] }
        return build.reachableStages.flatMap { stage -> [Finding] in
            let inherited = stage.ancestors.reversed().flatMap { build.stages[$0].steps }
            var found: [Finding] = []
            for step in stage.steps {
                for invocation in step.invocations where isMixed(invocation) {
                    let earlier = inherited + stage.steps[..<step.index]
                    // Its dependencies were brought in before.
                    guard
                        !earlier.contains(where: { $0.invocations.contains { brings($0, for: invocation) } }),
                        !step.installs.contains(where: {
                            $0.command.order < invocation.command.order && brings($0, for: invocation)
                        }), let read = reads.folderReads.last(where: { holdsCode($0, for: step, reads) })
                    else { continue }
                    found.append(
                        finding(invocation, step, read, reads, in: build)
                            .sharing(remedy: "\(build.path) \(stage.index)"))
                }
            }
            return found
        }
    }

    private func isMixed(_ invocation: Invocation) -> Bool {
        invocation.action == .install && invocation.input == .sources && !invocation.command.isConditional
            && !invocation.isOffline && !invocation.command.words.contains { $0.text == "--no-deps" }
    }

    private func brings(_ earlier: Invocation, for invocation: Invocation) -> Bool {
        [.install, .fetch, .build].contains(earlier.action) && !earlier.isBootstrap
            && !earlier.manager.isForSystem
            && (earlier.manager == invocation.manager
                || earlier.manager.outputFolder == invocation.manager.outputFolder)
    }

    private func holdsCode(_ read: ContextRead, for step: StepFacts, _ reads: ContextReads) -> Bool {
        guard read.step.stage == step.stage,
            read.step.run == nil ? read.step.index < step.index : read.step.index == step.index
        else { return false }
        return reads.entries(of: read).count { $0.kind == .file } >= 5
    }

    private func finding(
        _ invocation: Invocation, _ step: StepFacts, _ read: ContextRead, _ reads: ContextReads,
        in build: BuildFacts
    ) -> Finding {
        let files = reads.entries(of: read).count { $0.kind == .file }
        return finding(
            at: invocation.command.words[0].range, in: build.source,
            message:
                "`\(invocation.title)` brings in the project and its dependencies at once, so that a change to any of "
                + "\(Amount.files(files)) of line \(read.step.line) installs all dependencies again.",
            cost: "With a cache mount that is unpacking, without one downloading too.",
            fix: Fix(
                "Install the dependencies first, from \(invocation.manager.manifests.prefix(2).joined(separator: " or ")) alone, "
                    + "and the project without them below the COPY of the code."))
    }
}
