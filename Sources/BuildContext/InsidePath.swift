#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Follows links below a folder, and none out of it: what is outside is not looked at, so that nothing can tell from an
/// answer whether something is there.
package enum InsidePath {
    package enum Failure: Error, Sendable {
        /// A link leads out of the folder.
        case outside
        /// The path ends in a link to something that is not there.
        case dangling
        /// A system call's error.
        case system(Int32)
    }

    /// The kernel's own limit (path_resolution(7)).
    private static let links = 40

    /// - Parameters:
    ///   - path: relative to the root.
    ///   - root: absolute, without links.
    /// - Returns: the absolute path without links.
    package static func resolve(_ path: String, below root: String) throws(Failure) -> String {
        var current = root
        var rest = Array(path.split(separator: "/").reversed())
        var followed = 0
        var endsInLink = false
        while let part = rest.popLast() {
            if part == "." { continue }
            if part == ".." {
                guard current != root, let slash = current.utf8.lastIndex(of: UInt8(ascii: "/")) else {
                    throw .outside
                }
                current = slash == current.utf8.startIndex ? "/" : String(current[..<slash])
                continue
            }
            let next = current == "/" ? "/\(part)" : "\(current)/\(part)"
            var status = stat()
            guard lstat(next, &status) == 0 else {
                throw endsInLink && errno == ENOENT ? .dangling : .system(errno)
            }
            guard status.st_mode & S_IFMT == S_IFLNK else {
                current = next
                continue
            }
            followed += 1
            guard followed <= links else { throw .system(ELOOP) }
            if rest.isEmpty { endsInLink = true }
            let target = linkTarget(next)
            guard target.hasPrefix("/") else {
                rest += target.split(separator: "/").reversed()
                continue
            }
            // The root may have another name in it.
            guard let inside = below(root, target) ?? realPath(target).flatMap({ below(root, $0) }) else {
                throw .outside
            }
            current = root
            rest += inside.split(separator: "/").reversed()
        }
        return current
    }

    /// - Returns: what follows the root in an absolute path; nil where it does not begin with it.
    private static func below(_ root: String, _ path: String) -> Substring? {
        if root == "/" || path == root { return path.dropFirst(root.count) }
        guard path.utf8.starts(with: root.utf8),
            path.utf8.dropFirst(root.utf8.count).first == UInt8(ascii: "/")
        else { return nil }
        return Substring(path.utf8.dropFirst(root.utf8.count))
    }

    /// What a link names; empty where it cannot be read.
    package static func linkTarget(_ path: String) -> String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink(path, &bytes, Int(PATH_MAX))
        return String(decoding: bytes.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
