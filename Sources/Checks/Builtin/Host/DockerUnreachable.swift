import Diagnostics
import Facts
import Host

/// The Docker engine does not answer, and it is asked for.
struct DockerUnreachable: HostCheck {
    static let id: CheckID = "docker-unreachable"
    static let questions: Set<HostQuestion> = []
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        guard facts.host.isRequired, case .unreachable(let obstacle, let detail) = facts.host.connection
        else {
            return []
        }
        let summary = obstacle.summary
        return [
            finding(
                onHost: "engine",
                message: "\(summary.prefix(1).uppercased() + summary.dropFirst()): \(detail)",
                fix: Fix(remedy(for: obstacle)))
        ]
    }

    private func remedy(for obstacle: HostSnapshot.Obstacle) -> String {
        switch obstacle {
        case .daemonDown:
            "Start it (`systemctl start docker`, or Docker Desktop); `docker context ls` shows which one is asked."
        case .permission:
            "Add the user to the group docker and log in again, or select a rootless daemon's context."
        case .wrongContext: "`docker context ls` lists the contexts; `docker context use NAME` selects one."
        case .wrongAddress: "Unset DOCKER_HOST, or write unix://PATH, tcp://HOST:PORT or ssh://USER@HOST."
        case .hostNotFound: "See that the name in DOCKER_HOST or the context is right and the machine is up."
        case .tls:
            "Set DOCKER_TLS_VERIFY and DOCKER_CERT_PATH as the daemon wants them, or select the right context."
        case .apiVersion:
            "Unset DOCKER_API_VERSION, or bring docker CLI and daemon to releases of nearly the same age."
        case .tooSlow:
            "Try `docker version`; where the daemon is only slow, --host-timeout gives it more time."
        case .other: "`docker version` shows the whole message."
        }
    }
}
