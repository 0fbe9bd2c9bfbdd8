internal import Diagnostics

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A named pipe in place of a file that git opens: git waits for ever for its writer.
enum WaitingFile {
    private static let names = [".gitattributes", ".gitignore", ".gitmodules"].map { Array($0.utf8) }

    /// - Parameters:
    ///   - root: absolute path of a work tree, where git opens files of certain names.
    ///   - folders: absolute paths of folders in which git opens any file.
    /// - Returns: the path of one; nil where none was found.
    static func find(in root: String, and folders: [String]) -> String? {
        var left = Limits.gitWaitingEntries
        return find(in: Array(root.utf8), anyName: false, &left)
            ?? folders.lazy.compactMap { find(in: Array($0.utf8), anyName: true, &left) }.first
    }

    private static func find(in root: [UInt8], anyName: Bool, _ left: inout Int) -> String? {
        FolderSearch.first(below: root, &left, skipping: ".git") { path, name, type in
            guard anyName || names.contains(name) else { return nil }
            let isPipe = type == Int(DT_FIFO) || type == Int(DT_LNK) && isPipe(path)
            return isPipe ? String(decoding: path, as: UTF8.self) : nil
        }
    }

    /// Links are followed.
    private static func isPipe(_ path: [UInt8]) -> Bool {
        var status = stat()
        return stat((path + [0]).map { CChar(bitPattern: $0) }, &status) == 0
            && status.st_mode & S_IFMT == S_IFIFO
    }
}
