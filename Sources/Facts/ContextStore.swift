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

    /// Absolute path of the project's root.
    private let root: String
    /// What ignore files hold in place of what is on disk, by path relative to the root.
    private let replaced: [String: [UInt8]]
    private let disk: DiskReadings
    private let contexts = Mutex<[Key: BuildContext]>([:])
    private let work = ContextWork()
    private let ignoreFiles = IgnoreFileStore()

    /// - Parameter root: absolute path of the project's root.
    package init(root: String) {
        self.root = root
        disk = DiskReadings(root: root)
        replaced = [:]
    }

    package init(of project: Project) {
        root = project.root
        disk = project.disk
        replaced = project.replaced
    }

    /// - Parameters:
    ///   - directory: relative to the project's root.
    ///   - dockerfile: relative to the project's root; it decides which ignore file applies.
    package func context(directory: String, dockerfile: String) throws(ContextError) -> BuildContext {
        let tree = try disk.tree(of: directory)
        let context = try BuildContext(
            project: root, directory: directory, dockerfile: dockerfile, tree: tree, replaced: replaced,
            work: work, ignoreFiles: ignoreFiles)
        let key = Key(
            directory: directory, ignoreFile: context.ignoreFile?.path, shadowed: context.shadowedIgnoreFile)
        return contexts.withLock { contexts in
            if let known = contexts[key] { return known }
            contexts[key] = context
            return context
        }
    }

    /// The patterns of ignore files take too long, so that not all of the contexts is examined.
    var isCutShort: Bool { work.isSpent }

    /// What git tracks of the project; nil where that cannot be told.
    var gitIndex: IndexFile? { disk.gitIndex }
}
