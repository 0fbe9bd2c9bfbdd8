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
    ///   - root: absolute path of the repository: no docker program in it is run, and no settings in it are heeded.
    ///   - timeLimit: for all questions together.
    package init(environment: [String: String], outside root: String, timeLimit: Duration) {
        self.environment = Processes.environment(environment, outside: root)
        self.root = root
        self.timeLimit = timeLimit
    }

    /// The variables that the docker CLI, buildx and ssh heed.
    private static let variables: Set<String> = [
        "DOCKER_API_VERSION", "DOCKER_BUILDKIT", "DOCKER_CERT_PATH", "DOCKER_CONFIG", "DOCKER_CONTEXT",
        "DOCKER_HOST",
        "DOCKER_TLS", "DOCKER_TLS_VERIFY", "BUILDX_BUILDER", "BUILDX_CONFIG", "SSH_AUTH_SOCK",
    ]

    /// On few processors `docker buildx ls`, the longest chain of programs, would wait for those beside it; by so little
    /// they are not starved where builds take all there is.
    private static let niceness = 2

    /// Asks side by side what is needed.
    /// - Parameter questions: what to ask; `HostQuestion` tells which others come with them.
    package func ask(_ questions: Set<HostQuestion>) async -> HostSnapshot {
        HostSnapshot(reading: await answers(to: questions))
    }

    /// Asks builders what they remember of their builds.
    /// - Parameter builders: the names of those that `HostSnapshot.reasonNotToAskForPastBuilds` has nothing against.
    /// - Returns: the builds of a builder after those of the other, the last first, the last ones with their logs; and
    ///   what went wrong, one sentence each.
    package func recordedBuilds(of builders: [String]) async -> (builds: [RecordedBuild], notes: [String]) {
        guard let docker = findProgram("docker", path: environment["PATH"] ?? "", outside: root) else {
            return ([], [])
        }
        let end = ContinuousClock().now + timeLimit
        let names = builders.prefix(Limits.hostBuilders)
        let lists = await run(
            names.map { ["buildx", "history", "ls", "--builder=\($0)", "--format", "json"] }, with: docker,
            until: end)
        var reader = AnswerReader(answers: HostAnswers(hasDocker: true))
        var builds: [RecordedBuild] = []
        for (name, list) in zip(names, lists) {
            let lines = reader.lines(of: list, command: "docker buildx history ls --builder \(name)") ?? []
            builds += lines.compactMap { RecordedBuild($0, builder: name) }
                .sorted { ($1.started ?? 0, $0.id) < ($0.started ?? 0, $1.id) }
        }
        // The log of a build that still runs goes on until that ends.
        let told = names.flatMap { name in
            builds.indices.filter { builds[$0].builder == name && builds[$0].milliseconds != nil }
                .prefix(Limits.hostBuildLogs)
        }
        let logs = await run(
            told.map {
                [
                    "buildx", "history", "logs", "--builder=\(builds[$0].builder)", "--progress", "rawjson",
                    "--", builds[$0].id,
                ]
            }, with: docker, until: end)
        for (index, log) in zip(told, logs) {
            // It comes on standard error.
            if case .said(_, let error) = log, error.starts(with: "{".utf8) {
                builds[index].log = error
            } else {
                _ = reader.output(of: log, command: "docker buildx history logs")
            }
        }
        return (builds, reader.notes)
    }

    /// Asks a builder what one of its builds did.
    /// - Parameters:
    ///   - id: what it calls the build. Nothing is listed.
    ///   - builder: one that `HostSnapshot.reasonNotToAskForPastBuilds` has nothing against.
    ///   - buildx: its version, where that is known. Before 0.23 it can only print the log.
    /// - Returns: a `.dockerbuild`, or the log as `--progress=rawjson` prints it.
    /// - Throws: why the builder told nothing, as a sentence without its end.
    package func record(ofBuild id: String, of builder: String, buildx: ToolVersion?)
        async throws(RecordFailure) -> [UInt8]
    {
        guard let docker = findProgram("docker", path: environment["PATH"] ?? "", outside: root) else {
            throw RecordFailure(message: "there is no docker program")
        }
        // Without --output it is written to standard output, where that is no terminal. No --finalize: it would end the
        // recording of the build's trace.
        let isExported = buildx.map { $0 >= ToolVersion(0, 23) } ?? true
        let arguments =
            isExported
            ? ["buildx", "history", "export", "--builder=\(builder)", "--", id]
            : ["buildx", "history", "logs", "--builder=\(builder)", "--progress", "rawjson", "--", id]
        let answer = await run(
            [arguments], with: docker, until: ContinuousClock().now + timeLimit,
            outputLimit: Limits.archiveBytes)[0]
        switch answer {
        case .failed(let failure): throw RecordFailure(message: "\(failure)")
        case .said(let output, let error):
            let record = isExported ? output : error
            if isExported ? !record.isEmpty : record.starts(with: "{".utf8) { return record }
            let line = String(decoding: error.prefix(4000), as: UTF8.self).split(whereSeparator: \.isNewline)
                .last.map(String.init)
            throw RecordFailure(message: line ?? "docker told nothing of it")
        }
    }

    /// Why a builder told nothing of a build.
    package struct RecordFailure: Error {
        package let message: String
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

    private func answers(to questions: Set<HostQuestion>) async -> HostAnswers {
        let clock = ContinuousClock()
        let end = clock.now + timeLimit
        guard let docker = findProgram("docker", path: environment["PATH"] ?? "", outside: root) else {
            return HostAnswers(hasDocker: false)
        }
        var answers = HostAnswers(hasDocker: true)
        answers.environment = environment.filter { Self.variables.contains($0.key) }
        answers.clientConfiguration = clientConfiguration()
        // The longest first. How much there is on the disk decides how long `usage` takes; nothing waits for it.
        async let builders = run(questions.contains(.builders) ? [.builders] : [], with: docker, until: end)
        async let usage = run(
            questions.contains(.usage) ? [.usage] : [], with: docker, until: end, niceness: Self.niceness)
        let first: [HostQuestion] =
            answers.selectsDefaultContext && !isWrapper(docker) ? [.info] : [.info, .context]
        answers.answers = await run(first, with: docker, until: end, niceness: Self.niceness)
        let search = DaemonFileSearch(environment: environment)
        let host = HostSnapshot(reading: answers)
        (answers.daemonFile, answers.disk) = search.find(for: host)
        answers.otherDisks = search.otherDisks(of: host, besides: answers.disk)
        let missing: [HostQuestion] = answers.needsVersion ? [.version] : []
        async let version = run(missing, with: docker, until: end)
        answers.answers.merge(await builders) { $1 }
        // buildx up to 0.12 prints text.
        if answers.answers[.builders]?.refusesFlag == true {
            answers.answers[.builders] = await run([["buildx", "ls"]], with: docker, until: end)[0]
            let names = HostSnapshot(reading: answers).builders.value?.prefix(Limits.hostBuilders).map(\.name)
            let inspections = await run(
                (names ?? []).map { ["buildx", "inspect", "--", $0] }, with: docker, until: end)
            answers.inspections = Dictionary(zip(names ?? [], inspections)) { first, _ in first }
        }

        if questions.contains(.usage) {
            let others = HostSnapshot(reading: answers).otherBuilders
            answers.usages = await usages(of: others, with: docker, until: end)
        }
        answers.answers.merge(await usage) { $1 }
        answers.answers.merge(await version) { $1 }
        return answers
    }

    /// Asks builders for their caches.
    /// - Returns: answers by the builder's name.
    private func usages(
        of builders: [HostSnapshot.Builder], with docker: String, until end: ContinuousClock.Instant
    ) async -> [String: HostAnswers.Answer] {
        let names = builders.prefix(Limits.hostBuilders).map(\.name)
        var usages = await run(
            names.map { ["buildx", "du", "--builder=\($0)", "--format", "json"] }, with: docker, until: end)
        // buildx up to 0.27.
        let older = usages.indices.filter { usages[$0].refusesFlag }
        let texts = await run(
            older.map { ["buildx", "du", "--builder=\(names[$0])", "--verbose"] }, with: docker, until: end)
        for (index, text) in zip(older, texts) { usages[index] = text }
        return Dictionary(zip(names, usages)) { first, _ in first }
    }

    private func run(
        _ questions: [HostQuestion], with docker: String, until end: ContinuousClock.Instant,
        niceness: Int = 0
    ) async -> [HostQuestion: HostAnswers.Answer] {
        let answers = await run(questions.map(\.arguments), with: docker, until: end, niceness: niceness)
        return Dictionary(uniqueKeysWithValues: zip(questions, answers))
    }

    /// Runs commands side by side.
    /// - Returns: an answer for each, in their order.
    private func run(
        _ commands: [[String]], with docker: String, until end: ContinuousClock.Instant, niceness: Int = 0,
        outputLimit: Int = Limits.hostToolOutput
    ) async -> [HostAnswers.Answer] {
        let limit = max(.milliseconds(1), end - ContinuousClock().now)
        // A tenth of the time of such short Go programs is garbage collection.
        let environment = filteredEnvironment(environment, keeping: Self.variables)
            .merging(["GOGC": "400"]) { $1 }
        return await commands.concurrentMap { arguments in
            // Not in the repository: nothing that stands there is looked at.
            var command = Command(
                program: docker, arguments: arguments, workingDirectory: "/", environment: environment,
                timeLimit: limit, outputLimit: outputLimit)
            command.niceness = niceness
            do throws(Command.Failure) {
                let output = try await command.run()
                return .said(output: output.standardOutput, error: output.standardError)
            } catch {
                // What counts is the time for all, not what was left of it for this one.
                if case .timedOut = error { return .failed(.timedOut(program: docker, limit: timeLimit)) }
                return .failed(error)
            }
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
