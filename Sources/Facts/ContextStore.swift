package import BuildContext
import Diagnostics
package import Repository
import Synchronization

/// The build contexts of one project: builds that read the same folder with the same ignore file share one, so that it
/// is walked once.
package final class ContextStore: Sendable {
    private struct Key: Hashable {
        let directory: String
        let ignoreFile: String?
        let shadowed: String?
    }

    private let snapshot: Snapshot
    private let contexts = Mutex<[Key: BuildContext]>([:])
    private let work = ContextWork()
    private let ignoreFiles = IgnoreFileStore()

    package init(of snapshot: Snapshot) { self.snapshot = snapshot }

    /// - Parameters:
    ///   - directory: relative to the project's root.
    ///   - dockerfile: relative to the project's root; it decides which ignore file applies.
    package func context(directory: String, dockerfile: String) throws(ContextError) -> BuildContext {
        let context = BuildContext(
            tree: try snapshot.tree(of: directory), directory: directory, dockerfile: dockerfile,
            beside: try? snapshot.tree(of: Paths.folder(of: dockerfile)), work: work,
            ignoreFiles: ignoreFiles)
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

    /// Whether git keeps files as executable.
    func isExecutableInGit(_ path: [UInt8]) -> Bool? { snapshot.isExecutableInGit(path) }
}
