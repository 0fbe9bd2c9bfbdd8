import Diagnostics
import Facts
import Host

/// The builder that `docker buildx build` uses does not run.
struct BuilderStopped: HostCheck {
    static let id: CheckID = "builder-stopped"
    static let questions: Set<HostQuestion> = [.builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        guard let builder = facts.host.currentBuilder, builder.driver != "docker", !builder.nodes.isEmpty
        else { return [] }
        let isStopped = builder.nodes.allSatisfy { $0.status == "stopped" || $0.status == "inactive" }
        let isInError = builder.nodes.allSatisfy { $0.status == "error" }
        guard isStopped || isInError else { return [] }
        // Nothing here can start a remote one, nor one whose Docker or cluster does not answer.
        let isOutOfReach = isInError || builder.driver == "remote"
        return [
            finding(
                onHost: builder.name, severity: isOutOfReach ? .warning : nil,
                message: isOutOfReach
                    ? "Builder \(builder.name), which `docker buildx build` uses, does not answer at "
                        + "\(builder.nodes.map(\.endpoint).joined(separator: ", "))."
                    : "Builder \(builder.name), which `docker buildx build` uses, does not run: the next build starts it "
                        + "first.",
                fix: Fix(
                    isOutOfReach
                        ? "docker buildx use default"
                        : "docker buildx inspect --bootstrap \(shellText([builder.name]))"))
        ]
    }
}
