import BuildContext
import Diagnostics
import Dockerfile
import Facts
import SourceText

/// An install that wants to hard-link out of its cache mount, which is another file system.
struct UvLinkMode: DockerfileCheck {
    static let id: CheckID = "uv-link-mode"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.compactMap { stage in
            for step in stage.steps {
                for invocation in step.invocations where invocation.action == .install {
                    guard let linking = invocation.manager.linking, linking.warnsByDefault,
                        !invocation.cacheMounts.isEmpty, invocation.defeats.isEmpty,
                        case .known(nil) = LinkMode(of: invocation, in: step).value,
                        !isConfigured(linking, invocation.manager, in: build)
                    else { continue }
                    return finding(invocation, linking, step, in: build)
                }
            }
            return nil
        }
    }

    /// A settings file of the project may say it.
    private func isConfigured(
        _ linking: PackageManager.Linking, _ manager: PackageManager, in build: BuildFacts
    ) -> Bool {
        guard let setting = linking.setting else { return false }
        guard let context = build.context.context else { return true }
        let word = Array(setting.utf8)
        return context.listing.entries.contains { entry in
            guard entry.kind == .file, entry.path.components.count <= 3,
                manager.manifests.contains(String(decoding: entry.path.name, as: UTF8.self)),
                let text = context.contents(of: entry.path), text.count >= word.count
            else { return false }
            return (0...(text.count - word.count)).contains { text[$0..<$0 + word.count].elementsEqual(word) }
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
