import Diagnostics
import Facts
import Host

/// There is no docker program, and one is asked for.
struct DockerMissing: HostCheck {
    static let id: CheckID = "docker-missing"
    static let questions: Set<HostQuestion> = []
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        guard facts.host.isRequired, facts.host.connection == .missing else { return [] }
        return [
            finding(
                onHost: "docker",
                message: "There is no docker program in PATH, and --require-host asks for one.",
                fix: Fix("Install Docker (docs.docker.com/engine/install), or leave --require-host out."))
        ]
    }
}
