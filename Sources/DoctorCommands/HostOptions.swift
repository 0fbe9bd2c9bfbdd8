import ArgumentParser
import Diagnostics
import Host

/// What every command that asks the Docker host takes.
struct HostOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long the Docker engine and its builders may take for all answers, in seconds.",
            valueName: "seconds"))
    var hostTimeout = Int(Limits.hostAnswerTime.components.seconds)

    func validate() throws {
        if !(1...600).contains(hostTimeout) {
            throw ValidationError("--host-timeout is a number of seconds from 1 to 600")
        }
    }

    /// - Parameter root: the repository: no program in it is run.
    func probe(outside root: String, in surroundings: Surroundings) -> HostProbe {
        HostProbe(environment: surroundings.environment, outside: root, timeLimit: .seconds(hostTimeout))
    }
}
