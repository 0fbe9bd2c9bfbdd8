internal import Synchronization

/// Whether this process may have the threads that watching a program takes.
///
/// swift-subprocess 1.0.2 and Dispatch wait for ever where they get none (`ulimit -u`, `pids.max`, little address space).
enum ThreadProbe {
    /// Tried once. What the system takes away later, it does not tell.
    static let mayWatchPrograms = mayHaveThreads(needed)

    private static func mayHaveThreads(_ count: Int) -> Bool {
        guard count > 0 else { return true }
        let gate = Gate()
        var hasOthers = false
        let thread = gate.mutex.withLock { _ in
            // It stays until all have been made.
            let thread = SystemThread.start { gate.mutex.withLock { _ in } }
            hasOthers = thread != nil && mayHaveThreads(count - 1)
            return thread
        }
        thread?.join()
        return hasOthers
    }

    private final class Gate: Sendable {
        let mutex = Mutex(())
    }

    /// swift-subprocess has three, Dispatch two and those of its queues, and the program itself is one more.
    private static let needed = 8
}
