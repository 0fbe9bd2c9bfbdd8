#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A git repository with a work tree.
package struct WorkTree: Sendable, Hashable {
    /// Absolute path of the work tree, without links.
    package let root: String

    /// Finds the repository that holds a folder: the nearest `.git` upwards. git is not started.
    ///
    /// git itself also stops at a folder with HEAD, objects and refs, a bare repository. A commit can hold such a folder,
    /// so that one in a work tree is a folder like others here.
    /// - Parameter folder: an absolute path without links.
    /// - Returns: nil where there is none, and in a bare repository.
    package static func holding(_ folder: String) -> WorkTree? {
        var path = folder
        while true {
            if isGitFolder(path == "/" ? "/.git" : path + "/.git") { return WorkTree(root: path) }
            guard path != "/", let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
            path = slash == path.utf8.startIndex ? "/" : String(path[..<slash])
        }
    }

    /// Absolute path of the folder in which git keeps what is this work tree's own; nil where it does not belong to it.
    package var gitFolder: String? {
        WorkTreeClaim.objection(to: root) == nil ? GitFolder(ofWorkTree: root)?.path : nil
    }

    /// A folder with a HEAD, or the file that stands for one in submodules and linked work trees.
    private static func isGitFolder(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        if status.st_mode & S_IFMT == S_IFREG { return true }
        return status.st_mode & S_IFMT == S_IFDIR && lstat(path + "/HEAD", &status) == 0
    }
}
