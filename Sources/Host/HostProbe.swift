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

    /// Deletes from a builder's cache what an advice says: the only thing here that changes the host.
    /// - Returns: the last line that docker printed.
    /// - Throws: `PruneFailure`.
    package func apply(_ advice: CacheAdvice) async throws(PruneFailure) -> String {
        guard let docker = findProgram("docker", path: environment["PATH"] ?? "", outside: root) else {
            throw PruneFailure(message: "there is no docker program")
        }
        let command = Command(
            program: docker, arguments: advice.arguments + ["--force"], workingDirectory: "/",
            environment: filteredEnvironment(environment, keeping: Self.variables),
            timeLimit: Limits.hostPruneTime, outputLimit: Limits.hostToolOutput)
        do {
            let output = try await command.run()
            let text = String(
                decoding: output.succeeded ? output.standardOutput : output.standardError, as: UTF8.self)
            let line = text.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
            guard output.succeeded else { throw PruneFailure(message: line) }
            // `Total:`, a tab, the size.
            return line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        } catch let failure as PruneFailure {
            throw failure
        } catch {
            throw PruneFailure(message: "\(error)")
        }
    }

    /// Why nothing, or not all, was deleted.
    package struct PruneFailure: Error {
        package let message: String
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
        // buildx up to 0.12 prints text.
        if answers.answers[.builders]?.refusesFlag == true {
            answers.answers[.builders] = await run([["buildx", "ls"]], with: docker, until: end)[0]
            let names = HostSnapshot(reading: answers).builders.value?.prefix(Limits.hostBuilders).map(\.name)
            let inspections = await run(
                (names ?? []).map { ["buildx", "inspect", $0] }, with: docker, until: end)
            answers.inspections = Dictionary(zip(names ?? [], inspections)) { first, _ in first }
        }

        let snapshot = HostSnapshot(reading: answers)
        let names = snapshot.otherBuilders.prefix(Limits.hostBuilders).map(\.name)
        var usages = await run(
            names.map { ["buildx", "du", "--builder=\($0)", "--format", "json"] }, with: docker, until: end)
        // buildx up to 0.27.
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
