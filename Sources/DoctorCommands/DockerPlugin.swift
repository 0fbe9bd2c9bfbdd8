import JSON

/// `docker doctor`: the program, when it lies in a folder of Docker CLI plugins under the name `docker-doctor`.
///
/// docker asks a plugin for its description with one word, and otherwise hands it the whole command line, its own
/// options and the plugin's name first (docker/cli, `cli-plugins/manager`; `metadata.go` has the description's shape).
struct DockerPlugin {
    /// What is left for the program.
    let arguments: [String]
    /// What docker's own options ask for, as the environment variables that say the same.
    let environment: [String: String]

    /// What people type for the program.
    static let program = "docker doctor"

    private static let fileName = "docker-doctor"
    private static let name = "doctor"

    /// - Parameters:
    ///   - program: the path by which the process was started.
    ///   - arguments: without it.
    /// - Returns: nil where this is no call by docker.
    /// - Throws: `CommandFailure` for an option of docker's that the program cannot heed.
    init?(program: String, arguments: [String]) throws {
        guard program.split(separator: "/").last.map({ $0 == Self.fileName }) ?? false,
            let index = arguments.firstIndex(of: Self.name)
        else { return nil }
        // `docker help doctor`
        let isHelp = arguments.first == "help"
        self.arguments = isHelp ? ["--help"] : Array(arguments[(index + 1)...])
        var environment: [String: String] = [:]
        var options = isHelp ? [] : arguments[..<index]
        while let option = options.popFirst() {
            let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
            let variable =
                switch parts.first {
                case "--context", "-c": "DOCKER_CONTEXT"
                case "--host", "-H": "DOCKER_HOST"
                case "--config": "DOCKER_CONFIG"
                default:
                    throw CommandFailure.usage("docker's option \(option) cannot be used with docker doctor")
                }
            guard let value = parts.count == 2 ? parts[1] : options.popFirst() else {
                throw CommandFailure.usage("docker's option \(option) needs a value")
            }
            environment[variable] = value
        }
        self.environment = environment
    }

    /// Whether docker asks what the plugin is.
    static func isDescriptionAsked(program: String, arguments: [String]) -> Bool {
        program.split(separator: "/").last.map { $0 == Self.fileName } ?? false
            && arguments == ["docker-cli-plugin-metadata"]
    }

    static var description: String {
        let json: JSON = [
            "SchemaVersion": "0.1.0",
            "Vendor": "The clm-doctor developers",
            "Version": .string(Doctor.version),
            "ShortDescription": "Find out why Docker builds are slow",
        ]
        return json.text() + "\n"
    }
}
