package import Diagnostics
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What ends this process when it crashes or goes over what a run may take: one line on standard error, an exit status of
/// its own, and no program left behind.
///
/// A timer counts processor time, of this process and not of the programs that it runs: at each tick the handler compares
/// time and memory with their limits. It costs nothing before the first tick, and needs no thread. (RLIMIT_CPU and
/// RLIMIT_DATA would be handed on to git and docker, and the second turns into failing allocations.)
package enum ProcessGuard {
    /// - Parameters:
    ///   - program: name and version.
    ///   - limits: of the run.
    ///   - overLimits: the exit status of a run that went over them.
    ///   - crashed: that of one that crashed.
    ///   - hearsRuntime: what Swift's runtime says becomes part of the line; descriptor 2 is then no longer what it was.
    /// - Returns: the descriptor for what is meant for standard error.
    package static func install(
        program: StaticString, limits: RunLimits, overLimits: CInt, crashed: CInt,
        hearsRuntime: Bool
    ) -> CInt {
        ExaminedFile.prepare()
        RunningGroups.prepare()
        state.initialize(
            to: State(
                program: program, limits: limits, overLimits: overLimits, crashed: crashed,
                errorOutput: STDERR_FILENO, heard: -1, start: processorTime()))
        if hearsRuntime { hearRuntime() }
        useAlternateStack()
        for signal in crashSignals { handle(signal, SA_ONSTACK) { ProcessGuard.crash(by: $0) } }
        // Sent where RLIMIT_CPU (`ulimit -t`) is over.
        handle(SIGXCPU, SA_ONSTACK) { _ in ProcessGuard.end(.processorTimeOfUser) }
        handle(SIGPROF, SA_ONSTACK | SA_RESTART) { _ in ProcessGuard.compare() }
        let tick = timeval(tv_sec: 0, tv_usec: 25_000)
        var timer = itimerval(it_interval: tick, it_value: tick)
        #if canImport(Glibc)
        setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
        #else
        setitimer(ITIMER_PROF, &timer, nil)
        #endif
        return state.pointee.errorOutput
    }

    /// What was standard error when `install` was called; standard error itself where it was not.
    static var errorOutput: CInt { errorDescriptor.load(ordering: .relaxed) }
    private static let errorDescriptor = Atomic(STDERR_FILENO)

    /// Gives this thread a second stack for its signal handlers: where the first one has overflowed, there is no room for
    /// a handler on it. The handlers of signals that a thread causes itself run on that thread.
    package static func useAlternateStack() {
        let size = 64 << 10
        var stack = stack_t()
        stack.ss_size = size
        stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        sigaltstack(&stack, nil)
    }

    /// Prints what libraries have written to standard error while all went well. To be called at the end of a run.
    package static func tellWhatWasHeard() {
        guard state.pointee.heard >= 0 else { return }
        var line = LastLine()
        withHeard { bytes in
            guard !bytes.isEmpty else { return }
            line.add(outside: bytes)
            write(line.ended())
        }
    }

    /// Ends the process, unless a handler is about to: then that one says how.
    package static func exit(_ status: CInt) -> Never {
        while isEnding.load(ordering: .sequentiallyConsistent) { pause() }
        #if canImport(Glibc)
        Glibc.exit(status)
        #else
        Darwin.exit(status)
        #endif
    }

    private struct State {
        let program: StaticString
        let limits: RunLimits
        let overLimits: CInt
        let crashed: CInt
        /// What was standard error.
        var errorOutput: CInt
        /// Where what Swift's runtime says is read from; -1 where it says it to standard error itself.
        var heard: CInt
        /// The processor time that this process had taken when it was told its limits, in milliseconds.
        let start: Int
        var line = LastLine()
    }

    /// What a handler needs: written before any handler is installed, and by a handler that has the first turn.
    nonisolated(unsafe) private static let state = UnsafeMutablePointer<State>.allocate(capacity: 1)
    nonisolated(unsafe) private static let heardBytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 512)
    private static let isEnding = Atomic(false)

    private static let crashSignals = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]

    // MARK: - Before

    /// Swift's runtime, and libc, write lines of their own to descriptor 2 when they end the process. Those can hold text
    /// of a repository (a dictionary's key): they become part of our line. Where there are no descriptors to be had,
    /// all stays as it was.
    private static func hearRuntime() {
        _ = (heardBytes, pageBytes, isEnding.load(ordering: .relaxed))
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        let errorOutput = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
        guard errorOutput >= 0 else {
            close(ends[0])
            close(ends[1])
            return
        }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        dup2(ends[1], STDERR_FILENO)
        close(ends[1])
        state.pointee.errorOutput = errorOutput
        errorDescriptor.store(errorOutput, ordering: .relaxed)
        state.pointee.heard = ends[0]
    }

    private static func handle(
        _ signal: CInt, _ flags: CInt, _ handler: @escaping @convention(c) (CInt) -> Void
    ) {
        var action = sigaction()
        #if canImport(Glibc)
        action.__sigaction_handler.sa_handler = handler
        #else
        action.__sigaction_u.__sa_handler = handler
        #endif
        action.sa_flags = flags
        // None comes in between; one that the handler itself causes ends the process.
        sigfillset(&action.sa_mask)
        sigaction(signal, &action, nil)
    }

    // MARK: - In a handler

    private enum Limit { case processorTime, processorTimeOfUser, memory }

    private static func compare() {
        let saved = errno
        let limits = state.pointee.limits
        if processorTime() - state.pointee.start >= limits.processorSeconds * 1000 { end(.processorTime) }
        if residentBytes() > limits.memoryBytes { end(.memory) }
        errno = saved
    }

    private static func end(_ limit: Limit) {
        begin()
        state.pointee.line.add(state.pointee.program)
        state.pointee.line.add(": not judged: this run took more than ")
        switch limit {
        case .processorTime:
            state.pointee.line.add(state.pointee.limits.processorSeconds)
            state.pointee.line.add(" s of processor time")
        case .processorTimeOfUser:
            state.pointee.line.add("the processor time that `ulimit -t` allows")
        case .memory:
            state.pointee.line.add(state.pointee.limits.memoryBytes >> 20)
            state.pointee.line.add(" MB of memory")
        }
        addFile(ExaminedFile.longest)
        switch limit {
        case .processorTime:
            state.pointee.line.add("; CLM_DOCTOR_MAX_CPU_SECONDS allows more, and `ignore:` leaves paths out")
        case .processorTimeOfUser: break
        case .memory:
            state.pointee.line.add("; CLM_DOCTOR_MAX_MEMORY_MB allows more, and `ignore:` leaves paths out")
        }
        finish(state.pointee.overLimits)
    }

    private static func crash(by signal: CInt) {
        begin()
        state.pointee.line.add(state.pointee.program)
        state.pointee.line.add(" crashed (")
        state.pointee.line.add(name(of: signal))
        withHeard { bytes in
            guard !bytes.isEmpty else { return }
            state.pointee.line.add(": ")
            state.pointee.line.add(outside: trimmed(bytes))
        }
        state.pointee.line.add(")")
        addFile(ExaminedFile.ofThisThread)
        state.pointee.line.add("; this is a bug: report it with this line and that file, or one like it")
        finish(state.pointee.crashed)
    }

    /// The first that ends the process does; others wait for it.
    private static func begin() {
        if isEnding.exchange(true, ordering: .sequentiallyConsistent) { while true { pause() } }
    }

    private static func finish(_ status: CInt) {
        RunningGroups.killGroups()
        write(state.pointee.line.ended())
        RunningGroups.end(exiting: status)
    }

    private static func addFile(_ path: UnsafeBufferPointer<UInt8>?) {
        guard let path else { return }
        state.pointee.line.add(" while it examined `")
        state.pointee.line.add(outside: path)
        state.pointee.line.add("`")
    }

    private static func write(_ bytes: UnsafeRawBufferPointer) {
        #if canImport(Glibc)
        _ = Glibc.write(state.pointee.errorOutput, bytes.baseAddress, bytes.count)
        #else
        _ = Darwin.write(state.pointee.errorOutput, bytes.baseAddress, bytes.count)
        #endif
    }

    private static func withHeard(_ use: (UnsafeBufferPointer<UInt8>) -> Void) {
        let count = state.pointee.heard < 0 ? 0 : read(state.pointee.heard, heardBytes, 512)
        use(UnsafeBufferPointer(start: heardBytes, count: max(0, count)))
    }

    /// Without line feeds at the end.
    private static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var count = bytes.count
        while count > 0, bytes[count - 1] == UInt8(ascii: "\n") { count -= 1 }
        return UnsafeBufferPointer(start: bytes.baseAddress, count: count)
    }

    private static func name(of signal: CInt) -> StaticString {
        switch signal {
        case SIGILL: "SIGILL"
        case SIGTRAP: "SIGTRAP"
        case SIGABRT: "SIGABRT"
        case SIGBUS: "SIGBUS"
        case SIGFPE: "SIGFPE"
        default: "SIGSEGV"
        }
    }

    /// In milliseconds.
    private static func processorTime() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
    }

    /// What stands in memory now; 0 where that cannot be told.
    private static func residentBytes() -> Int {
        #if os(Linux)
        // Its second number counts pages: proc_pid_statm(5). What getrusage(2) tells is inherited by exec.
        let file = statm.withUTF8Buffer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { open($0.baseAddress!, O_RDONLY | O_CLOEXEC) }
        }
        guard file >= 0 else { return 0 }
        defer { close(file) }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { bytes in
            let count = read(file, bytes.baseAddress, bytes.count)
            var (index, pages) = (0, 0)
            while index < count, bytes[index] != UInt8(ascii: " ") { index += 1 }
            index += 1
            while index < count, bytes[index] >= UInt8(ascii: "0"), bytes[index] <= UInt8(ascii: "9") {
                pages = pages * 10 + Int(bytes[index] - UInt8(ascii: "0"))
                index += 1
            }
            return pages * pageBytes
        }
        #else
        var usage = rusage()
        getrusage(RUSAGE_SELF, &usage)
        return Int(usage.ru_maxrss)
        #endif
    }

    /// With the NUL that open(2) wants: a `String` would be copied for it, and a handler may not allocate.
    private static let statm: StaticString = "/proc/self/statm\0"
    private static let pageBytes = sysconf(CInt(_SC_PAGESIZE))
}
