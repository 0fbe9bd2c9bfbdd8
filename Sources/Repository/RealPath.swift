#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// - Returns: the absolute path without links; nil where there is nothing (`errno` says why).
package func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
}

/// Whether there is something else than a folder at a path, links followed.
package func isFile(_ absolute: String) -> Bool {
    var status = stat()
    return stat(absolute, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
}

/// Why the system call before failed.
package func systemProblem() -> String {
    errno == ENOENT ? "no such file or folder" : String(cString: strerror(errno))
}
