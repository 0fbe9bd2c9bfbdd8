#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A git repository with a work tree.
package struct Repository: Sendable, Hashable {
    /// Absolute path of the work tree, without links.
    package let root: String

    /// Finds the repository that holds a folder, as git does: the nearest `.git` upwards. git is not started.
    /// - Parameter folder: an absolute path without links.
    /// - Returns: nil where there is none, and in a bare repository.
    package static func holding(_ folder: String) -> Repository? {
        var path = folder
        while true {
            if isGitFolder(path == "/" ? "/.git" : path + "/.git") { return Repository(root: path) }
            if isBareRepository(path) { return nil }
            guard path != "/", let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
            path = slash == path.utf8.startIndex ? "/" : String(path[..<slash])
        }
    }

    private static func isBareRepository(_ path: String) -> Bool {
        ["HEAD", "objects", "refs"].allSatisfy { access(path + "/" + $0, F_OK) == 0 }
    }

    /// A folder with a HEAD, or the file that stands for one in submodules and linked work trees.
    private static func isGitFolder(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        if status.st_mode & S_IFMT == S_IFREG { return true }
        return status.st_mode & S_IFMT == S_IFDIR && lstat(path + "/HEAD", &status) == 0
    }
}
