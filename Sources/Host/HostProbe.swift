import Diagnostics
import JSON
import Processes

/// Asks this machine's docker CLI, and through it engine and builders, what there is. It changes nothing.
package struct HostProbe: Sendable {
    private let environment: [String: String]
    private let root: String
    private let timeLimit: Duration

    /// - Parameters:
    ///   - environment: this process's own.
    ///   - root: absolute path of the repository: no docker program in it is run.
    ///   - timeLimit: for all questions together.
    package init(environment: [String: String], outside root: String, timeLimit: Duration) {
        self.environment = environment
        self.root = root
        self.timeLimit = timeLimit
    }

    /// The variables that the docker CLI, buildx and ssh heed.
    private static let variables: Set<String> = [
        "DOCKER_API_VERSION", "DOCKER_BUILDKIT", "DOCKER_CERT_PATH", "DOCKER_CONFIG", "DOCKER_CONTEXT",
        "DOCKER_HOST",
        "DOCKER_TLS", "DOCKER_TLS_VERIFY", "BUILDX_BUILDER", "BUILDX_CONFIG", "SSH_AUTH_SOCK",
    ]

    /// Asks everything, side by side.
    package func ask() async -> HostSnapshot {
        HostSnapshot(reading: await answers())
    }

    private func answers() async -> HostAnswers {
        let clock = ContinuousClock()
        let end = clock.now + timeLimit
        guard let docker = findProgram("docker", path: environment["PATH"] ?? "", outside: root) else {
            return HostAnswers(hasDocker: false)
        }
        var answers = HostAnswers(hasDocker: true)
        answers.environment = environment.filter { Self.variables.contains($0.key) }
        answers.clientConfiguration = clientConfiguration()
        let questions = HostQuestion.allCases
        let first = await run(questions.map(\.arguments), with: docker, until: end)
        answers.answers = Dictionary(uniqueKeysWithValues: zip(questions, first))

        let snapshot = HostSnapshot(reading: answers)
        let names = (snapshot.builders.value ?? []).filter { builder in
            builder.driver != "docker" && builder.nodes.contains { $0.status == "running" }
        }.prefix(Limits.hostBuilders).map(\.name)
        var usages = await run(
            names.map { ["buildx", "du", "--builder=\($0)", "--format", "json"] }, with: docker, until: end)
        let older = usages.indices.filter { usages[$0].refusesFlag }
        let texts = await run(
            older.map { ["buildx", "du", "--builder=\(names[$0])", "--verbose"] }, with: docker, until: end)
        for (index, text) in zip(older, texts) { usages[index] = text }
        answers.usages = Dictionary(zip(names, usages)) { first, _ in first }

        let search = DaemonFileSearch(environment: environment)
        (answers.daemonFile, answers.disk) = search.find(for: snapshot)
        return answers
    }

    /// Runs commands side by side.
    /// - Returns: an answer for each, in their order.
    private func run(
        _ commands: [[String]], with docker: String, until end: ContinuousClock.Instant
    ) async -> [HostAnswers.Answer] {
        let limit = max(.milliseconds(1), end - ContinuousClock().now)
        return await withTaskGroup(of: (Int, HostAnswers.Answer).self) { group in
            for (index, arguments) in commands.enumerated() {
                // Not in the repository: nothing that stands there is looked at.
                let command = Command(
                    program: docker, arguments: arguments, workingDirectory: "/",
                    environment: filteredEnvironment(environment, keeping: Self.variables), timeLimit: limit,
                    outputLimit: Limits.hostToolOutput)
                group.addTask {
                    do throws(Command.Failure) {
                        let output = try await command.run()
                        return (index, .said(output: output.standardOutput, error: output.standardError))
                    } catch {
                        // What counts is the time for all, not what was left of it for this one.
                        if case .timedOut = error {
                            return (index, .failed(.timedOut(program: docker, limit: timeLimit)))
                        }
                        return (index, .failed(error))
                    }
                }
            }
            var answers = [HostAnswers.Answer](repeating: .said(output: [], error: []), count: commands.count)
            for await (index, answer) in group { answers[index] = answer }
            return answers
        }
    }

    private func clientConfiguration() -> [UInt8]? {
        let folder = environment["DOCKER_CONFIG"] ?? environment["HOME"].map { $0 + "/.docker" }
        guard let folder else { return nil }
        return readHostFile(folder + "/config.json")
    }
}

extension HostAnswers.Answer {
    /// An older version that does not know a flag.
    fileprivate var refusesFlag: Bool {
        guard case .said(_, let error) = self else { return false }
        return String(decoding: error.prefix(1000), as: UTF8.self).contains("unknown flag")
    }
}
