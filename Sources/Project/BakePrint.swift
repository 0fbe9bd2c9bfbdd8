import Diagnostics
import Processes

/// `docker buildx bake --print`, called so that HCL of a stranger can neither build, write, nor learn anything.
///
/// buildx is started itself, without the docker program, which would need the user's configuration to find it. It gets
/// no engine, no home folder and no variable of this process: HCL reads each variable of its environment
/// (docs.docker.com/build/bake/variables, "Using environment variables").
enum BakePrint {
    /// buildx, where docker looks for its plugins, or on the search path.
    ///
    /// Source: docker/cli, `cli-plugins/manager/manager_unix.go`.
    /// - Parameter repository: absolute path of a folder; no program in it is run.
    static func program(environment: [String: String], outside repository: String) -> String? {
        let configuration = environment["DOCKER_CONFIG"] ?? environment["HOME"].map { $0 + "/.docker" }
        let folders =
            [configuration].compactMap { $0.map { $0 + "/cli-plugins" } } + [
                "/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins",
                "/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins",
                environment["PATH"] ?? "",
            ]
        return findProgram("docker-buildx", path: folders.joined(separator: ":"), outside: repository)
    }

    /// Whether a text is a name of a target or group as bake takes it, and no option.
    ///
    /// Source: docker/buildx, `bake/bake.go`, `validTargetNamePattern`.
    static func isName(_ text: String) -> Bool {
        text.utf8.first != UInt8(ascii: "-") && isTarget(text)
    }

    /// Whether bake takes a text as the name of a target; one may begin as an option does.
    static func isTarget(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// - Parameters:
    ///   - files: names of files in the folder.
    ///   - targets: names for which `isName` is true.
    ///   - folder: absolute path.
    static func command(
        program: String, files: [String], targets: [String], in folder: String, timeLimit: Duration
    ) -> Command {
        Command(
            program: program,
            // The last --print counts, and behind `--` nothing is an option.
            arguments: ["bake"] + files.map { "--file=\($0)" } + ["--print", "--"] + targets.filter(isName),
            workingDirectory: folder, environment: environment, timeLimit: timeLimit,
            outputLimit: Limits.hostToolOutput)
    }

    /// Nothing of this machine: no path leads through a file, so that there is no engine and no configuration.
    private static let environment = [
        "PATH": "/usr/bin:/bin", "HOME": "/dev/null", "DOCKER_CONFIG": "/dev/null",
        "BUILDX_CONFIG": "/dev/null",
        "DOCKER_HOST": "unix:///dev/null/docker.sock", "LC_ALL": "C",
        // buildx would ask git, and git the repository's settings.
        "BUILDX_GIT_INFO": "false", "BUILDX_GIT_LABELS": "false",
    ]
}
