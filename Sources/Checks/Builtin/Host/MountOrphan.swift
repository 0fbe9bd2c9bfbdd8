import Diagnostics
import Dockerfile
import Facts
import Host
import SourceText

/// The builder keeps a cache mount that a step of this project had and has no more.
struct MountOrphan: HostCheck {
    static let id: CheckID = "mount-orphan"
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        let recorded = facts.recordedMounts.filter { $0.identity != nil }
        guard !recorded.isEmpty else { return [] }
        let identities = Set(facts.declaredMounts.map(\.identity))
        var mountsOfCommands: [String: Bool] = [:]
        for build in facts.project.builds {
            for step in build.stages.flatMap(\.steps) {
                guard let command = command(of: step, in: build) else { continue }
                // A mount whose key is not known may be the one that is recorded.
                let isKnown = step.cacheMounts.allSatisfy { $0.cacheKey.value != nil }
                mountsOfCommands[command] = isKnown && mountsOfCommands[command] ?? true
            }
        }
        let orphans = recorded.filter { mount in
            // Another project's mount is no business of this one: the command tells whose it was.
            !identities.contains(mount.identity!) && mountsOfCommands[Self.collapsed(mount.command)] == true
        }
        return orphans.map { orphan in
            finding(
                onHost: orphan.identity!, confidence: .likely,
                message:
                    "The builder keeps \(Amount.bytes(orphan.record.size)) of a cache mount `\(orphan.identity!)` at "
                    + "`\(orphan.target)` that no step of this project has any more.",
                fix: Fix("docker buildx prune --filter id=\(orphan.record.id)"))
        }
    }

    /// As the record has it: the shell, then the command's text.
    private func command(of step: StepFacts, in build: BuildFacts) -> String? {
        guard step.run != nil, let first = step.script.commands.first, step.instruction.heredocs.isEmpty
        else {
            return nil
        }
        let text = build.source.string(first.range.lowerBound..<step.instruction.range.upperBound)
        return Self.collapsed("/bin/sh -c " + text.replacing("\\\n", with: " "))
    }

    /// With single blanks.
    private static func collapsed(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
