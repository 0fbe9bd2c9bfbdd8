package import BuildContext
internal import Diagnostics
package import Git
internal import Synchronization

/// The folders of a project and git's index as they are on disk, each read once: a project with repairs in its files
/// (`Project.replacing`) has them in common with the one that it came from.
package final class DiskReadings: Sendable {
    private struct State {
        var trees: [String: DiskTree] = [:]
        var gitIndex: IndexFile??
    }

    /// Absolute path of the project's root.
    private let root: String
    private let state = Mutex(State())

    /// - Parameter root: absolute path of the project's root.
    package init(root: String) { self.root = root }

    /// - Parameter directory: relative to the project's root; `.` for itself.
    package func tree(of directory: String) throws(ContextError) -> DiskTree {
        if let known = state.withLock({ $0.trees[directory] }) { return known }
        let tree = try DiskTree(inside: root, directory: directory)
        return state.withLock { state in
            if let known = state.trees[directory] { return known }
            state.trees[directory] = tree
            return tree
        }
    }

    /// What git tracks of the project; nil where that cannot be told: there is no repository, or its `.git` is a file that
    /// leads elsewhere.
    package var gitIndex: IndexFile? {
        state.withLock { state in
            if let known = state.gitIndex { return known }
            let bytes = try? ProjectFiles(root: root).read(".git/index", limit: Limits.gitIndexBytes)
            let index = bytes.flatMap { IndexFile(parsing: $0, pathBytes: Limits.gitIndexBytes) }
            state.gitIndex = .some(index)
            return index
        }
    }
}
