import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Lets signals that would end this process wait until something is done: for work of milliseconds that must not stop
/// halfway. A signal handler is a matter of the whole process, hence the state; the handler only stores a number.
///
/// Calls do not nest, and none is made while another goes on.
func withoutEndingSignals<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
    WaitingSignal.number.store(0, ordering: .sequentiallyConsistent)
    let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
    let previous = signals.map { number in
        let before = signal(number, WaitingSignal.handler)
        // nohup(1) and the like.
        if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
            signal(number, SIG_IGN)
        }
        return before
    }
    // Those of `ProcessGuard`, which end the process at once.
    let limits = [SIGPROF, SIGXCPU]
    let guards = limits.map { number in
        var before = sigaction()
        sigaction(number, nil, &before)
        signal(number, SIG_IGN)
        return before
    }
    defer {
        for (number, before) in zip(limits, guards) {
            var before = before
            sigaction(number, &before, nil)
        }
        for (number, before) in zip(signals, previous) { signal(number, before) }
        let number = WaitingSignal.number.load(ordering: .sequentiallyConsistent)
        if number != 0 {
            let before = zip(signals, previous).first { $0.0 == number }?.1
            kill(getpid(), number)
            // Threads that run tasks take no signals: the main one does, and nothing more is to happen until then.
            if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_DFL, to: Int.self) {
                while true { pause() }
            }
        }
    }
    try body()
}

enum WaitingSignal {
    /// The signal that came; 0 for none.
    static let number = Atomic<Int32>(0)
    static let handler: @convention(c) (Int32) -> Void = {
        number.store($0, ordering: .sequentiallyConsistent)
    }
}
