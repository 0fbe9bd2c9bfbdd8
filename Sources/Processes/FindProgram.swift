#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Finds a program in the folders of a search path, without those that a repository could have filled.
/// - Parameters:
///   - name: a file name without `/`.
///   - path: the value of `PATH`. Entries that are empty or relative are passed over.
///   - repository: absolute path of a folder; entries in it, and in the outermost work tree that holds it, are passed
///     over too.
/// - Returns: the absolute path of a file that may be executed, or nil.
package func findProgram(_ name: String, path: String, outside repository: String?) -> String? {
    guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0) else { return nil }
    let root = repository.map { outermostWorkTree(holding: realPath($0) ?? $0) ?? $0 }
    for entry in path.split(separator: ":") where entry.utf8.first == UInt8(ascii: "/") {
        let program = "\(entry)/\(name)"
        guard access(program, X_OK) == 0, isRegularFile(program) else { continue }
        // The entry's own place counts, and that of the file which a link there leads to.
        if let root {
            guard let folder = realPath(String(entry)), let file = realPath(program),
                !isInside(folder, root), !isInside(file, root)
            else { continue }
        }
        return program
    }
    return nil
}

/// The outermost folder with a `.git` that holds a folder: what a change of any repository around it can fill.
/// - Parameter folder: an absolute path without links.
/// - Returns: the folder itself where nothing is around it; nil for a path that is not absolute.
package func outermostWorkTree(holding folder: String) -> String? {
    guard folder.utf8.first == UInt8(ascii: "/") else { return nil }
    var outermost = folder
    var path = folder
    while path != "/", let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
        path = slash == path.utf8.startIndex ? "/" : String(path[..<slash])
        // A repository of the whole machine says nothing of where its programs come from.
        if path == "/" { break }
        var status = stat()
        if lstat(path + "/.git", &status) == 0 { outermost = path }
    }
    return outermost
}

private func isInside(_ path: String, _ root: String) -> Bool {
    root == "/" ? false : path == root || path.utf8.starts(with: (root + "/").utf8)
}

/// An environment without what leads into a repository: folders of settings that it could have filled, which name
/// programs for git (`~/.gitconfig`) and docker (`~/.docker/cli-plugins`), and folders of the search path.
/// - Parameters:
///   - environment: this process's own.
///   - repository: absolute path of its root; nil where there is none.
package func environment(_ environment: [String: String], outside repository: String?) -> [String: String] {
    guard let repository, let root = realPath(repository) else { return environment }
    var kept = environment
    for name in ["HOME", "XDG_CONFIG_HOME", "DOCKER_CONFIG", "BUILDX_CONFIG"] {
        guard let folder = environment[name] else { continue }
        // What is not there yet may be made in time.
        if isInside(realPath(folder) ?? folder, root) || !folder.hasPrefix("/") { kept[name] = nil }
    }
    let outermost = outermostWorkTree(holding: root) ?? root
    kept["PATH"] = environment["PATH"].map { path in
        path.split(separator: ":").filter { entry in
            entry.hasPrefix("/") && !isInside(realPath(String(entry)) ?? String(entry), outermost)
        }.joined(separator: ":")
    }
    return kept
}

private func isRegularFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

private func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
}
