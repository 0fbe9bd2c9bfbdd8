internal import Synchronization

/// The files that were asked for while a project was loaded, whether they are there or not: a change to one of them may
/// change what is stated.
package final class ReadPaths: Sendable {
    private let paths = Mutex<Set<String>>([])

    package init() {}

    /// Relative to the root, as they were asked for: links are not followed.
    package var all: Set<String> { paths.withLock { $0 } }

    package func add(_ path: String) { paths.withLock { _ = $0.insert(path) } }
}
