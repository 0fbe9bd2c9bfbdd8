internal import Diagnostics
internal import Git
internal import Synchronization

/// Contents of objects. git is asked for many at once; what nobody foresaw is remembered until then.
final class BlobStore: Sendable {
    private struct State {
        /// nil for an object that git does not have, or that is too large.
        var known: [ObjectID: [UInt8]?] = [:]
        var missed: Set<ObjectID> = []
    }

    private let history: GitHistory
    private let state: Mutex<State>

    /// - Parameter known: contents that were read already; nil for an object that git does not have.
    init(_ history: GitHistory, known: [ObjectID: [UInt8]?]) {
        self.history = history
        state = Mutex(State(known: known))
    }

    /// - Returns: nil for one that git does not have, and for one that was not fetched, which `fetchMissed` then does.
    func bytes(_ id: ObjectID) -> [UInt8]? {
        state.withLock { state in
            if let known = state.known[id] { return known }
            state.missed.insert(id)
            return nil
        }
    }

    func fetch(_ ids: some Sequence<ObjectID>) async throws(GitError) {
        let wanted = state.withLock { state in Set(ids).filter { state.known[$0] == nil } }
        if wanted.isEmpty { return }
        let order = Array(wanted)
        let contents = try await history.contents(of: order, limit: Limits.dockerfileBytes)
        state.withLock { state in
            for (id, bytes) in zip(order, contents) { state.known[id] = .some(bytes) }
            state.missed.subtract(order)
        }
    }

    /// Whether something was asked for that is not fetched; it is unknown, not absent.
    var hasMissed: Bool { state.withLock { !$0.missed.isEmpty } }

    /// - Returns: whether there was anything to fetch.
    func fetchMissed() async throws(GitError) -> Bool {
        let missed = state.withLock(\.missed)
        try await fetch(missed)
        return !missed.isEmpty
    }
}
