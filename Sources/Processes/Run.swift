internal import Diagnostics
internal import Subprocess
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif
#if os(Linux)
internal import CLinux
#endif
#if canImport(System)
internal import System
#else
internal import SystemPackage
#endif

extension Command {
    /// Runs the program in a process group of its own and waits for its end.
    ///
    /// The group, and what the program has started in groups of its own (`Descendants`), is killed when the time is over,
    /// when the calling task is cancelled, and when this process is told to end (Ctrl-C, SIGTERM, SIGHUP).
    /// - Parameter answer: what the program is told while it runs, `input` being the first of it. Its output then counts
    ///   as large.
    package func run(answering answer: Answer? = nil) async throws(Failure) -> Output {
        try verifyThreads()
        await ProgramPlaces.take()
        defer { ProgramPlaces.give() }
        let started = Started()
        var command = self
        command.environment[Descendants.variable] = started.mark
        do throws(Failure) {
            return try await command.runWithinTime(answer, started)
        } catch {
            switch error {
            case .notFound, .notRun, .notEnded: throw error
            case .timedOut, .tooMuchOutput, .cancelled: break
            }
            guard let left = Descendants.end(started.mark, and: started.descendants.withLock { $0 }).first
            else { throw error }
            throw .notEnded(program: program, process: Int(left))
        }
    }

    /// To be called before a task waits beside the one that runs the program: without threads, it would wait for ever.
    package func verifyThreads() throws(Failure) {
        if let reason = SystemLimits.lack() { throw .notRun(program: program, reason: reason) }
        guard ThreadProbe.mayWatchPrograms else {
            throw .notRun(program: program, reason: "this process may not have enough threads to watch it")
        }
    }

    /// What is known of a program that was started.
    private final class Started: Sendable {
        private static let count = Atomic(0)
        let mark = Descendants.mark(
            number: count.add(1, ordering: .relaxed).newValue)
        let process = Mutex<pid_t?>(nil)
        /// Those that it had when its time was over.
        let descendants = Mutex<Set<pid_t>>([])
    }

    private func runWithinTime(_ answer: Answer?, _ started: Started) async throws(Failure) -> Output {
        do {
            return try await withThrowingTaskGroup(of: Output?.self) { group in
                group.addTask { try await runToTheEnd(answer, started) }
                group.addTask {
                    try await Task.sleep(for: timeLimit)
                    if let process = started.process.withLock({ $0 }) {
                        let tree = Descendants.tree(below: process)
                        started.descendants.withLock { $0 = tree }
                    }
                    return nil
                }
                defer { group.cancelAll() }
                guard let first = try await group.next(), let output = first else {
                    throw Failure.timedOut(program: program, limit: timeLimit)
                }
                return output
            }
        } catch let failure as Failure {
            throw failure
        } catch is CancellationError {
            throw .cancelled(program: program)
        } catch let error as SubprocessError {
            throw failure(for: error)
        } catch {
            throw .notRun(program: program, reason: "\(error)")
        }
    }

    private func runToTheEnd(_ answer: Answer?, _ started: Started) async throws -> Output {
        // swift-subprocess makes room for all that may be written before anything is.
        guard isOutputLarge || answer != nil || outputLimit > Limits.programErrorBytes else {
            let result = try await start(
                input: try openInput(), output: .bytes(limit: outputLimit), started)
            return Output(
                status: Output.Status(result.terminationStatus), standardOutput: result.standardOutput,
                standardError: result.standardError)
        }
        guard let pipe = LargePipe() else { throw systemFailure("pipe") }
        defer { close(pipe.readEnd) }
        var conversation: Conversation?
        if let answer {
            conversation = Conversation(input, answering: answer)
            if conversation == nil { throw systemFailure("socket") }
        }
        defer { if let conversation { close(conversation.end) } }
        let programsInput = try conversation?.programsEnd ?? openInput()
        return try await withThrowingTaskGroup(of: Part.self) { group in
            // The first that fails ends the other.
            group.addTask { [conversation] in
                let bytes = await pipe.contents(
                    limit: outputLimit, answering: conversation, isGathered: isOutputLarge && answer == nil)
                guard let bytes else {
                    throw Failure.tooMuchOutput(program: program, limit: outputLimit)
                }
                return .written(bytes)
            }
            group.addTask {
                let result = try await start(
                    input: programsInput,
                    output: .fileDescriptor(
                        FileDescriptor(rawValue: pipe.writeEnd), closeAfterSpawningProcess: true), started)
                return .ended(
                    Output(
                        status: Output.Status(result.terminationStatus), standardOutput: [],
                        standardError: result.standardError))
            }
            var (bytes, end): ([UInt8], Output?) = ([], nil)
            while let part = try await group.next() {
                switch part {
                case .written(let written): bytes = written
                case .ended(let output): end = output
                }
            }
            guard let end else { throw CancellationError() }
            return Output(status: end.status, standardOutput: bytes, standardError: end.standardError)
        }
    }

    private enum Part {
        case written([UInt8])
        case ended(Output)
    }

    private func start<Written: OutputProtocol>(
        input: CInt, output: Written, _ started: Started
    ) async throws -> ExecutionResult<Void, Written, BytesOutput> {
        var platform = PlatformOptions()
        platform.processGroupID = 0
        platform.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        RunningGroups.begin()
        defer { started.process.withLock { RunningGroups.end($0) } }
        return try await Subprocess.run(
            .path(FilePath(program)), arguments: Arguments(arguments),
            environment: .custom(
                Dictionary(uniqueKeysWithValues: environment.map { (.init(rawValue: $0)!, $1) })),
            workingDirectory: workingDirectory.map { FilePath($0) }, platformOptions: platform,
            input: .fileDescriptor(FileDescriptor(rawValue: input), closeAfterSpawningProcess: true),
            output: output, error: .bytes(limit: min(outputLimit, Limits.programErrorBytes))
        ) { execution in
            RunningGroups.add(execution.processIdentifier.value)
            started.process.withLock { $0 = execution.processIdentifier.value }
            if niceness > 0 {
                lowerPriority(ofGroup: execution.processIdentifier.value)
            }
            #if os(Linux)
            if let memoryLimit {
                var limit = rlimit(rlim_cur: rlim_t(memoryLimit), rlim_max: rlim_t(memoryLimit))
                // Where it cannot be set, the program has ended.
                prlimit(
                    execution.processIdentifier.value, CInt(RLIMIT_DATA.rawValue), &limit,
                    nil)
            }
            #endif
        }
    }

    private func lowerPriority(ofGroup group: pid_t) {
        #if canImport(Glibc)
        setpriority(__priority_which_t(PRIO_PGRP.rawValue), id_t(group), CInt(niceness))
        #else
        setpriority(PRIO_PGRP, id_t(group), CInt(niceness))
        #endif
    }

    /// A file that nothing else can reach with the input in it. (Through a pipe, swift-subprocess 1.0.2 ends this
    /// process where the program does not read all of it: SIGPIPE, or "FileDescriptor was not closed".)
    private func openInput() throws(Failure) -> CInt {
        guard !input.isEmpty else {
            let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard null >= 0 else { throw systemFailure("/dev/null") }
            return null
        }
        guard let file = tmpfile() else { throw systemFailure("temporary file for its input") }
        defer { fclose(file) }
        guard fwrite(input, 1, input.count, file) == input.count, fflush(file) == 0 else {
            throw systemFailure("temporary file for its input")
        }
        rewind(file)
        let copy = fcntl(fileno(file), F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw systemFailure("temporary file for its input") }
        return copy
    }

    private func systemFailure(_ subject: String) -> Failure {
        .notRun(program: program, reason: "\(subject): \(String(cString: strerror(errno)))")
    }

    private func failure(for error: SubprocessError) -> Failure {
        switch error.code {
        case .executableNotFound: .notFound(program: program)
        case .outputLimitExceeded: .tooMuchOutput(program: program, limit: outputLimit)
        default:
            Task.isCancelled ? .cancelled(program: program) : .notRun(program: program, reason: "\(error)")
        }
    }
}

extension Command.Output.Status {
    fileprivate init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(Int(code))
        case .signaled(let signal): self = .signalled(Int(signal))
        }
    }
}
