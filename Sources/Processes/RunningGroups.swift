#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif
internal import Synchronization

/// The process groups that we have started, so that none outlives this process when it is told to end.
///
/// A program in a group of its own does not get the terminal's Ctrl-C. Signal handlers are a matter of the whole
/// process, hence this state; the handler only reads a table and makes calls that signal-safety(7) allows.
enum RunningGroups {
    /// To be called before a program is started; `end` is called once afterwards.
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

    private static let capacity = 64
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
        _ = (table, ending.load(ordering: .relaxed))
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
        // Who starts a program ends it, as soon as its group is known. Who cannot wait for that asks twice.
        if isFirst, starting.load(ordering: .sequentiallyConsistent) > 0 { return }
        killGroups()
        signal(number, SIG_DFL)
        raise(number)
    }

    private static func endIfTold() {
        let number = ending.load(ordering: .sequentiallyConsistent)
        if number == 0 { return }
        killGroups()
        signal(number, SIG_DFL)
        // Threads that run tasks take no signals: the main one does, and nothing more is to happen until then.
        kill(getpid(), number)
        while true { pause() }
    }

    private static func killGroups() {
        for index in 0..<capacity where table[index] != 0 { kill(-table[index], SIGKILL) }
    }
}
