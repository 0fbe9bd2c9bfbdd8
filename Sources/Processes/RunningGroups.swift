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
    }

    static func add(_ group: pid_t) {
        count.withLock { _ in
            if let free = (0..<capacity).first(where: { table[$0] == 0 }) { table[free] = group }
        }
    }

    /// - Parameter group: nil where the program could not be started.
    static func end(_ group: pid_t?) {
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

    private static let signals = [SIGINT, SIGTERM, SIGHUP]
    nonisolated(unsafe) private static var previous: [(@convention(c) (Int32) -> Void)?] = []

    private static func install() {
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
        for index in 0..<capacity where table[index] != 0 { kill(-table[index], SIGKILL) }
        signal(number, SIG_DFL)
        raise(number)
    }
}
