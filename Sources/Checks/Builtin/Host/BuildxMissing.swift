import Diagnostics
import Facts
import Host

/// The docker CLI has no buildx, without which it builds with the old builder.
struct BuildxMissing: HostCheck {
    static let id: CheckID = "buildx-missing"
    static let questions: Set<HostQuestion> = []
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        // Older clients hold a BuildKit client of their own.
        guard facts.host.connection == .answered, let client = facts.host.clientVersion.value,
            client >= ToolVersion(23, 0),
            case .known(nil) = facts.host.buildx
        else { return [] }
        let isDemanded =
            facts.host.environment["DOCKER_BUILDKIT"].map { EnvironmentSwitch.Meaning($0) } == .on
        return [
            finding(
                onHost: "buildx", severity: isDemanded ? .error : nil,
                message: isDemanded
                    ? "`docker build` refuses to run: DOCKER_BUILDKIT is on, and there is no buildx plugin."
                    : "`docker build` falls back to the old builder, without BuildKit: there is no buildx plugin.",
                cost: isDemanded ? "" : "No cache mounts, and every stage is built, one after the other.",
                fix: Fix(
                    "Install the package docker-buildx-plugin (Docker's) or docker-buildx (Debian's, Ubuntu's)."
                ))
        ]
    }
}
