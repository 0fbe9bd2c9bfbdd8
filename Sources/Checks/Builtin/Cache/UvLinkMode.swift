import Diagnostics
import Dockerfile
import Facts
import SourceText

/// An install that wants to hard-link out of its cache mount, which is another file system.
struct UvLinkMode: DockerfileCheck {
    static let id: CheckID = "uv-link-mode"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        var settings = LinkSettings()
        return build.reachableStages.compactMap { stage in
            for step in stage.steps {
                for invocation in step.invocations where invocation.action == .install {
                    guard let linking = invocation.manager.linking, linking.warnsByDefault,
                        !invocation.cacheMounts.isEmpty, invocation.defeats.isEmpty,
                        case .known(nil) = LinkMode(of: invocation, in: step).value,
                        !settings.areGiven(for: invocation.manager, linking, in: step, of: build)
                    else { continue }
                    return finding(invocation, linking, step, in: build)
                }
            }
            return nil
        }
    }

    private func finding(
        _ invocation: Invocation, _ linking: PackageManager.Linking, _ step: StepFacts, in build: BuildFacts
    ) -> Finding {
        let setting = "\(linking.variable ?? "")=\(linking.copyValue)"
        return finding(
            at: invocation.command.words[0].range, in: build.source,
            message:
                "`\(invocation.title)` tries hard links out of its cache mount, which cannot work from one file "
                + "system to another.",
            cost: "It prints a warning and copies after all.",
            fix: Fix("Say so beforehand: ENV \(setting)"))
    }
}
