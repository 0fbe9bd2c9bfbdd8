#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Whether this process may have the threads that watching a program takes.
///
/// swift-subprocess 1.0.2 and Dispatch wait for ever where they get none (`ulimit -u`, `pids.max`, little address space).
enum ThreadProbe {
    /// Tried once. What the system takes away later, it does not tell.
    static let mayWatchPrograms: Bool = {
        let gate = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        defer { gate.deallocate() }
        pthread_mutex_init(gate, nil)
        // They stay until all have been made.
        pthread_mutex_lock(gate)
        #if canImport(Darwin)
        var threads: [pthread_t?] = []
        #else
        var threads: [pthread_t] = []
        #endif
        while threads.count < needed {
            #if canImport(Darwin)
            var thread: pthread_t?
            #else
            var thread = pthread_t()
            #endif
            let code = pthread_create(
                &thread, nil,
                { argument in
                    #if canImport(Darwin)
                    let gate = argument.assumingMemoryBound(to: pthread_mutex_t.self)
                    #else
                    let gate = argument!.assumingMemoryBound(to: pthread_mutex_t.self)
                    #endif
                    pthread_mutex_lock(gate)
                    pthread_mutex_unlock(gate)
                    return nil
                }, gate)
            guard code == 0 else { break }
            threads.append(thread)
        }
        pthread_mutex_unlock(gate)
        for thread in threads {
            #if canImport(Darwin)
            if let thread { pthread_join(thread, nil) }
            #else
            pthread_join(thread, nil)
            #endif
        }
        return threads.count == needed
    }()

    /// swift-subprocess has three, Dispatch two and those of its queues, and the program itself is one more.
    private static let needed = 8
}
