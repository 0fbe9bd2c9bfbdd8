#if canImport(Darwin)
internal import Darwin
#elseif canImport(Glibc)
internal import Glibc
#else
internal import Musl
#endif

/// A thread of the system, for what Dispatch's pool cannot do: that pool waits for ever where no thread is to be had.
/// What is sent to the process is for the main thread; a thread of this kind only hears of its own crash.
package struct SystemThread {
    private let thread: pthread_t

    /// - Returns: nil where the system has no thread left.
    package static func start(_ body: @escaping @Sendable () -> Void) -> SystemThread? {
        var (all, before) = (sigset_t(), sigset_t())
        sigfillset(&all)
        for signal in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] { sigdelset(&all, signal) }
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let argument = Unmanaged.passRetained(Body(run: body))
        #if canImport(Darwin)
        var thread: pthread_t?
        let code = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        #else
        var thread: pthread_t? = pthread_t()
        let code = pthread_create(
            &thread!, nil,
            { argument in
                Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        #endif
        guard code == 0, let thread else {
            argument.release()
            return nil
        }
        return SystemThread(thread: thread)
    }

    /// Waits for its end; called once, and then not `detach`.
    package func join() { pthread_join(thread, nil) }

    /// Lets it run on its own; called once, and then not `join`.
    package func detach() { pthread_detach(thread) }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
