internal import Diagnostics
package import Git
internal import Synchronization

/// Contents of objects of git. Many are fetched at once; what nobody foresaw is fetched by `whole`.
package final class BlobStore: Sendable {
    private struct State {
        /// nil for an object that git does not have, or that is too large.
        var known: [ObjectID: [UInt8]?] = [:]
        var missed: Set<ObjectID> = []
    }

    private let history: GitHistory
    private let sizes: [ObjectID: Int]
    private let state: Mutex<State>

    /// - Parameters:
    ///   - known: contents that were read already; nil for an object that git does not have.
    ///   - sizes: in bytes, of all objects that a build context may tell the size of.
    package init(_ history: GitHistory, known: [ObjectID: [UInt8]?], sizes: [ObjectID: Int] = [:]) {
        self.history = history
        self.sizes = sizes
        state = Mutex(State(known: known))
    }

    /// In bytes; nil where it is not known.
    func size(_ id: ObjectID) -> Int? { sizes[id] }

    /// - Returns: nil for one that git does not have, that is larger than `Limits.dockerfileBytes`, or that was not
    ///   fetched; `whole` then does so.
    package func bytes(_ id: ObjectID) -> [UInt8]? {
        state.withLock { state in
            if let known = state.known[id] { return known }
            state.missed.insert(id)
            return nil
        }
    }

    package func fetch(_ ids: some Sequence<ObjectID>) async throws(GitError) {
        let wanted = state.withLock { state in Set(ids).filter { state.known[$0] == nil } }
        if wanted.isEmpty { return }
        let order = Array(wanted)
        let contents = try await history.contents(of: order, limit: Limits.dockerfileBytes)
        state.withLock { state in
            for (id, bytes) in zip(order, contents) { state.known[id] = .some(bytes) }
            state.missed.subtract(order)
        }
    }

    /// What a question gives once all objects that it asks for are there: one that nobody foresaw (a file that another one
    /// names) is fetched, and the question is put again, `Limits.unforeseenFetches` times at most.
    package func whole<Answer: Sendable>(_ question: () async -> Answer) async throws(GitError) -> Answer {
        for _ in 0..<Limits.unforeseenFetches {
            let answer = await question()
            let missed = state.withLock(\.missed)
            if missed.isEmpty { return answer }
            try await fetch(missed)
        }
        return await question()
    }

    /// Something was asked for that is not fetched; it is unknown, not absent.
    package var hasMissed: Bool { state.withLock { !$0.missed.isEmpty } }
}
