import Diagnostics
import Facts
import Host
import SourceText

/// The builder keeps a cache mount that a step of this project had and has no more.
struct MountOrphan: HostCheck {
    static let id: CheckID = "mount-orphan"
    static let questions: Set<HostQuestion> = [.usage, .builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        let recorded = facts.recordedMounts.filter { $0.identity != nil }
        guard !recorded.isEmpty else { return [] }
        let identities = Set(facts.declaredMounts.map(\.identity))
        var mountsOfCommands: [String: Bool] = [:]
        for build in facts.project.builds {
            for step in build.stages.flatMap(\.steps) {
                guard let command = step.recordedCommand else { continue }
                // A mount whose key is not known may be the one that is recorded.
                let isKnown = step.cacheMounts.allSatisfy { $0.cacheKey.value != nil }
                mountsOfCommands[command] = isKnown && mountsOfCommands[command] ?? true
            }
        }
        let orphans = recorded.filter { mount in
            // Another project's mount is no business of this one: the command tells whose it was.
            !identities.contains(mount.identity!)
                && mountsOfCommands[RecordedStep.collapsed(mount.command)] == true
        }
        return orphans.map { orphan in
            finding(
                onHost: orphan.identity!, confidence: .likely,
                message:
                    "The builder keeps \(Amount.bytes(orphan.record.size)) of a cache mount `\(orphan.identity!)` at "
                    + "`\(orphan.target)` that no step of this project has any more.",
                fix: Fix(facts.host.pruneCommand(for: orphan.record)))
        }
    }
}
