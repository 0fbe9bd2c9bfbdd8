import Foundation
import Synchronization
import Testing

@testable import DoctorCommands

/// Signals are a matter of the whole process: one test after the other.
@Suite(.serialized) struct EndingSignalsTests {
    private static let received = Atomic(0)

    private func receiving(_ body: () -> Void) {
        Self.received.store(0, ordering: .sequentiallyConsistent)
        let before = signal(SIGQUIT) { _ in
            EndingSignalsTests.received.add(1, ordering: .sequentiallyConsistent)
        }
        body()
        signal(SIGQUIT, before)
    }

    private static var count: Int { received.load(ordering: .sequentiallyConsistent) }

    /// Threads of tests take no signals, so each comes by another thread, sooner or later.
    @Test func aSignalWaitsUntilTheWorkIsDone() {
        receiving {
            withoutEndingSignals {
                kill(getpid(), SIGQUIT)
                while WaitingSignal.number.load(ordering: .sequentiallyConsistent) == 0 { sched_yield() }
                #expect(Self.count == 0)
            }
            while Self.count == 0 { sched_yield() }
            #expect(Self.count == 1)
            kill(getpid(), SIGQUIT)
            while Self.count == 1 { sched_yield() }
            #expect(Self.count == 2, "the handler is the one that was")
        }
    }

    @Test func whatIsIgnoredStaysSo() {
        let before = signal(SIGQUIT, SIG_IGN)
        withoutEndingSignals { kill(getpid(), SIGQUIT) }
        let ignored = signal(SIGQUIT, before)
        #expect(unsafeBitCast(ignored, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self))
    }
}
