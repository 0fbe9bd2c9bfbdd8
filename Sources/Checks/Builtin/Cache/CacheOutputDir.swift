import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A cache mount over the folder that an install fills: what it installs is in no layer.
struct CacheOutputDir: DockerfileCheck {
    static let id: CheckID = "cache-output-dir"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap { stage in
            stage.steps.compactMap { step in
                for invocation in step.invocations where invocation.action == .install {
                    guard let folder = invocation.manager.outputFolder, !invocation.command.isConditional,
                        let workdir = step.workdir(of: invocation.command).value,
                        let mount = step.cacheMounts.first(where: {
                            $0.target == .known(PathText.clean(folder, in: workdir))
                        }), isWanted(mount, after: step, in: stage)
                    else { continue }
                    return finding(invocation, mount, in: build)
                }
                return nil
            }
        }
    }

    /// The RUN only installs, and later ones of the stage do not have the mount.
    private func isWanted(_ mount: MountFacts, after step: StepFacts, in stage: StageFacts) -> Bool {
        guard OnlyInstalls(step).isTrue,
            !step.script.commands.contains(where: { ["cp", "mv"].contains($0.program) })
        else { return false }
        let runs = stage.steps[(step.index + 1)...].filter { $0.run != nil && $0.weight != .light }
        return runs.allSatisfy { later in !later.mounts.contains { $0.target == mount.target } }
    }

    private func finding(_ invocation: Invocation, _ mount: MountFacts, in build: BuildFacts) -> Finding {
        let target = mount.target.value ?? ""
        return finding(
            at: mount.mount.range, in: build.source,
            message:
                "What `\(invocation.title)` installs goes into the cache mount at `\(target)`, and is in no layer "
                + "of the image.",
            cost: "Later steps and the container do not find it.",
            fix: Fix(
                "Mount the cache of \(invocation.manager.name) instead, and let `\(target)` be part of the layer."
            ))
    }
}
