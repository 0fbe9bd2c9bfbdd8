import Diagnostics
import Processes

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The threads that tasks run on: the main one, and as many others as there are processors and the system allows.
///
/// Dispatch's own pool, which Swift takes where nothing else is said, waits for ever where no thread is to be had
/// (`ulimit -u`, `pids.max`, little address space), and its threads have no second stack for signal handlers. Here
/// the main thread does what no other does, and a stack that overflows is told of.
final class WorkerThreads: TaskExecutor, @unchecked Sendable {
    // All below is only touched with the mutex locked.
    private var jobs: [UnownedJob] = []
    /// Where the next one is; those before it were taken.
    private var next = 0
    private var idle = 0
    private var others = 0
    private var mostOthers: Int
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        #if canImport(Darwin)
        let processors = sysconf(_SC_NPROCESSORS_ONLN)
        #else
        let processors = sysconf(CInt(_SC_NPROCESSORS_ONLN))
        #endif
        mostOthers = SystemLimits.hasLittleAddressSpace ? 0 : min(max(1, processors), 16) - 1
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pthread_mutex_lock(mutex)
        jobs.append(job)
        let waiting = jobs.count - next
        if waiting > idle, others < mostOthers { startThread() }
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Runs tasks on the calling thread.
    func work() -> Never {
        while true {
            let job = take()
            job.runSynchronously(on: asUnownedTaskExecutor())
            ExaminedFile.end()
        }
    }

    private func take() -> UnownedJob {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        idle += 1
        while next == jobs.count { pthread_cond_wait(condition, mutex) }
        idle -= 1
        let job = jobs[next]
        next += 1
        if next == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            next = 0
        }
        return job
    }

    /// Where there is none to be had, nobody asks again.
    private func startThread() {
        let thread = SystemThread.start {
            ProcessGuard.useAlternateStack()
            self.work()
        }
        guard let thread else {
            mostOthers = others
            return
        }
        others += 1
        thread.detach()
    }
}
