package import BuildContext
import Diagnostics
import Git
package import Project
import Synchronization

/// The build contexts of one project: builds that read the same folder with the same ignore file share one, so that it
/// is walked once.
package final class ContextStore: Sendable {
    private struct Key: Hashable {
        let directory: String
        let ignoreFile: String?
        let shadowed: String?
    }

    private struct State {
        var trees: [String: DiskTree] = [:]
        var contexts: [Key: BuildContext] = [:]
        var gitIndex: IndexFile??
    }

    /// Absolute path of the project's root.
    private let root: String
    /// What ignore files hold in place of what is on disk, by path relative to the root.
    private let replaced: [String: [UInt8]]
    private let state = Mutex(State())
    private let work = ContextWork()
    private let ignoreFiles = IgnoreFileStore()

    /// - Parameter root: absolute path of the project's root.
    package init(root: String) {
        self.root = root
        replaced = [:]
    }

    package init(of project: Project) {
        root = project.root
        replaced = project.replaced
    }

    /// - Parameters:
    ///   - directory: relative to the project's root.
    ///   - dockerfile: relative to the project's root; it decides which ignore file applies.
    package func context(directory: String, dockerfile: String) throws(ContextError) -> BuildContext {
        let tree = try tree(of: directory)
        let context = try BuildContext(
            project: root, directory: directory, dockerfile: dockerfile, tree: tree, replaced: replaced,
            work: work, ignoreFiles: ignoreFiles)
        let key = Key(
            directory: directory, ignoreFile: context.ignoreFile?.path, shadowed: context.shadowedIgnoreFile)
        return state.withLock { state in
            if let known = state.contexts[key] { return known }
            state.contexts[key] = context
            return context
        }
    }

    /// The patterns of ignore files take too long, so that not all of the contexts is examined.
    var isCutShort: Bool { work.isSpent }

    /// What git tracks of the project; nil where that cannot be told: there is no repository, or its `.git` is a file that
    /// leads elsewhere. Read once.
    var gitIndex: IndexFile? {
        state.withLock { state in
            if let known = state.gitIndex { return known }
            let bytes = try? ProjectFiles(root: root).read(".git/index", limit: Limits.gitIndexBytes)
            let index = bytes.flatMap { IndexFile(parsing: $0, pathBytes: Limits.gitIndexBytes) }
            state.gitIndex = .some(index)
            return index
        }
    }

    private func tree(of directory: String) throws(ContextError) -> DiskTree {
        if let known = state.withLock({ $0.trees[directory] }) { return known }
        let tree = try DiskTree(inside: root, directory: directory)
        return state.withLock { state in
            if let known = state.trees[directory] { return known }
            state.trees[directory] = tree
            return tree
        }
    }
}
