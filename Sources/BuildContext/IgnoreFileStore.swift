import Synchronization

/// The ignore files of a run: what applies to many builds is read once.
package final class IgnoreFileStore: Sendable {
    /// By path relative to the project's root; nil where there is none.
    private let files = Mutex<[String: IgnoreFile?]>([:])

    package init() {}

    /// - Parameters:
    ///   - path: relative to the project's root.
    ///   - read: asked the first time; nil where there is no such file.
    func file(_ path: String, reading read: () -> IgnoreFile?) -> IgnoreFile? {
        if let known = files.withLock({ $0[path] }) { return known }
        let file = read()
        return files.withLock { files in
            if let known = files[path] { return known }
            files[path] = .some(file)
            return file
        }
    }
}
