internal import Diagnostics

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif
internal import Synchronization

/// The process groups that we have started, and the folders that we have made, so that none outlives this process when
/// it is told to end.
///
/// A program in a group of its own does not get the terminal's Ctrl-C. Signal handlers are a matter of the whole
/// process, hence this state; the handler only reads a table and makes calls that signal-safety(7) allows.
enum RunningGroups {
    /// To be called before a program is started, by who has one of the `ProgramPlaces`; `end` is called once afterwards.
    static func begin() {
        count.withLock { count in
            if count == 0 { install() }
            count += 1
        }
        starting.add(1, ordering: .sequentiallyConsistent)
    }

    static func add(_ group: pid_t) {
        count.withLock { _ in
            if let free = (0..<capacity).first(where: { table[$0] == 0 }) { table[free] = group }
        }
        starting.subtract(1, ordering: .sequentiallyConsistent)
        endIfTold()
    }

    /// - Parameter group: nil where the program could not be started.
    static func end(_ group: pid_t?) {
        if group == nil { starting.subtract(1, ordering: .sequentiallyConsistent) }
        // The program may have ended because the handler killed it: nothing is made of that.
        endIfTold()
        count.withLock { count in
            if let group, let used = (0..<capacity).first(where: { table[$0] == group }) { table[used] = 0 }
            count -= 1
            if count == 0 { restore() }
        }
    }

    /// Has a folder deleted when this process is told to end; `release` is called once afterwards.
    static func hold(_ folder: [UInt8]) {
        count.withLock { count in
            if count == 0 { install() }
            count += 1
        }
        folders.withLock { _ = $0.insert(folder) }
    }

    static func release(_ folder: [UInt8]) {
        folders.withLock { _ = $0.remove(folder) }
        count.withLock { count in
            count -= 1
            if count == 0 { restore() }
        }
    }

    private static let folders = Mutex<Set<[UInt8]>>([])

    private static let capacity = Limits.programs
    nonisolated(unsafe) private static let table: UnsafeMutablePointer<pid_t> = {
        let table = UnsafeMutablePointer<pid_t>.allocate(capacity: capacity)
        table.initialize(repeating: 0, count: capacity)
        return table
    }()
    private static let count = Mutex(0)
    /// How many programs may run already and are not in the table yet.
    private static let starting = Atomic(0)
    /// The signal that this process was told to end by; 0 for none.
    private static let ending = Atomic<Int32>(0)

    private static let signals = [SIGINT, SIGTERM, SIGHUP]
    nonisolated(unsafe) private static var previous: [(@convention(c) (Int32) -> Void)?] = []

    private static func install() {
        // A handler may not be the first to make these.
        _ = (table, ending.load(ordering: .relaxed), watcher, folders.withLock(\.count))
        previous = signals.map { number in
            let before = signal(number, endGroups)
            // nohup(1) and the like.
            if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
                signal(number, SIG_IGN)
            }
            return before
        }
    }

    private static func restore() {
        for (number, before) in zip(signals, previous) { signal(number, before) }
    }

    private static let endGroups: @convention(c) (Int32) -> Void = { number in
        let isFirst = ending.exchange(number, ordering: .sequentiallyConsistent) == 0
        // A handler cannot look for what the programs have started: a thread does.
        var byte: UInt8 = 0
        if isFirst, watcher >= 0, write(watcher, &byte, 1) == 1 { return }
        // Who starts a program ends it, as soon as its group is known. Who cannot wait for that asks twice.
        if isFirst, starting.load(ordering: .sequentiallyConsistent) > 0 { return }
        killGroups()
        signal(number, SIG_DFL)
        raise(number)
    }

    /// Where a handler writes a byte to have this process ended; -1 where no thread waits for it.
    private static let watcher: CInt = {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { return -1 }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let watched = ends[0]
        guard let thread = SystemThread.start({ endWhenTold(by: watched) }) else {
            for end in ends { close(end) }
            return -1
        }
        thread.detach()
        watcherOfHandlers.store(ends[1], ordering: .sequentiallyConsistent)
        return ends[1]
    }()
    /// The same for a handler that may be called before there is one.
    private static let watcherOfHandlers = Atomic<CInt>(-1)
    /// The exit status of a run that went over its limits or crashed; -1 for one that ends by a signal.
    private static let status = Atomic<CInt>(-1)

    /// Ends the programs, what they have started, and this process.
    /// - Parameter watched: where a byte tells when.
    private static func endWhenTold(by watched: CInt) {
        var byte: UInt8 = 0
        while read(watched, &byte, 1) != 1 { if errno != EINTR { return } }
        killGroups()
        // A program that is being started is in no group yet.
        for _ in 0..<1000 where starting.load(ordering: .sequentiallyConsistent) > 0 { usleep(1000) }
        killGroups()
        let left = Descendants.end(Descendants.marks)
        if !left.isEmpty {
            let text = Array("clm-doctor: not ended, as this user may not: process \(left[0])\n".utf8)
            _ = write(ProcessGuard.errorOutput, text, text.count)
        }
        // Who writes to them goes on until this process ends.
        for folder in folders.withLock({ $0 }) { TemporaryFolder.end(folder) }
        let status = Self.status.load(ordering: .sequentiallyConsistent)
        if status >= 0 { _exit(status) }
        let number = ending.load(ordering: .sequentiallyConsistent)
        signal(number, SIG_DFL)
        kill(getpid(), number)
    }

    /// Ends this process from a signal handler, with the programs and folders that a signal ends too. The thread that does
    /// it may need what the interrupted one holds (memory is allocated under a lock): it is not waited for for ever. What it
    /// leaves then, the next run clears.
    static func end(exiting status: CInt) -> Never {
        Self.status.store(status, ordering: .sequentiallyConsistent)
        let watcher = watcherOfHandlers.load(ordering: .sequentiallyConsistent)
        var byte: UInt8 = 0
        if watcher >= 0, write(watcher, &byte, 1) == 1 {
            for _ in 0..<Limits.clearingMilliseconds { usleep(1000) }
        }
        killGroups()
        _exit(status)
    }

    private static func endIfTold() {
        let number = ending.load(ordering: .sequentiallyConsistent)
        if number == 0 { return }
        if watcher < 0 {
            killGroups()
            signal(number, SIG_DFL)
            // Threads that run tasks take no signals: the main one does.
            kill(getpid(), number)
        }
        // Nothing more is to happen until then.
        while true { pause() }
    }

    /// Makes what a handler reads. A handler may not be the first to ask for it.
    static func prepare() {
        _ = (table, ending.load(ordering: .relaxed), status.load(ordering: .relaxed))
        _ = watcherOfHandlers.load(ordering: .relaxed)
    }

    /// Kills all that was started and has not ended; may be called by a signal handler.
    static func killGroups() {
        for index in 0..<capacity where table[index] != 0 { kill(-table[index], SIGKILL) }
    }
}
