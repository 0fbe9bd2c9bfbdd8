import BuildContext
import Git

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What the command line names is the user's; the links on the way to it may be the repository's.
///
/// A change can make a folder, a configuration or a baseline a link to somewhere else on the machine. So a link that lies
/// in a repository (where there is none: in the working directory) leads on only to what lies there too. A place outside
/// can always be named itself, and links outside are the user's own.
struct NamedPath {
    /// Absolute.
    let path: String
    let workingDirectory: String

    /// A link that leads out of what holds it.
    struct Leading: Equatable {
        /// Absolute, as are the others.
        let link: String
        let target: String
        let tree: String
    }

    /// - Returns: the first link on the way that is not followed; nil where all may be.
    func linkThatLeadsOut() -> Leading? {
        var current = ""
        var rest = Array(path.split(separator: "/").reversed())
        var followed = 0
        while let part = rest.popLast() {
            if part == "." { continue }
            if part == ".." {
                current = current.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(current[..<$0]) } ?? ""
                continue
            }
            let next = "\(current)/\(part)"
            var status = stat()
            // What is not there leads nowhere; who reads it says so.
            guard lstat(next, &status) == 0 else { return nil }
            guard status.st_mode & S_IFMT == S_IFLNK else {
                current = next
                continue
            }
            followed += 1
            guard followed <= 40 else { return nil }
            let target = InsidePath.linkTarget(next)
            if let tree = tree(of: current.isEmpty ? "/" : current) {
                let inside = tree == "/" ? next : String(next.utf8.dropFirst(tree.utf8.count)) ?? next
                if leadsOut(inside, of: tree) {
                    return Leading(link: next, target: target, tree: tree)
                }
            }
            if target.hasPrefix("/") { current = "" }
            rest += target.split(separator: "/").reversed()
        }
        return nil
    }

    private func leadsOut(_ path: String, of tree: String) -> Bool {
        do throws(InsidePath.Failure) {
            _ = try InsidePath.resolve(path, below: tree)
            return false
        } catch {
            if case .outside = error { return true }
            return false
        }
    }

    /// What a link in a folder may not lead out of; nil for what is the user's own.
    private func tree(of folder: String) -> String? {
        if let repository = WorkTree.holding(folder) { return repository.root }
        guard let here = realpath(workingDirectory, nil) else { return nil }
        defer { free(here) }
        let root = String(cString: here)
        return root == "/" || folder == root || folder.utf8.starts(with: (root + "/").utf8) ? root : nil
    }
}

extension Surroundings {
    /// The absolute path of what the command line names; `.` and `..` in it are left to the file system.
    /// - Throws: `CommandFailure` where a link of the repository leads out of it.
    func named(_ path: String) throws(CommandFailure) -> String {
        let place = absolute(path)
        if let leading = NamedPath(path: place, workingDirectory: workingDirectory).linkThatLeadsOut() {
            let link =
                leading.link.utf8.starts(with: (leading.tree + "/").utf8)
                ? String(leading.link.utf8.dropFirst(leading.tree.utf8.count + 1)) ?? leading.link
                : leading.link
            throw .usage(
                "\(path): \(link) is a link that leads out of \(leading.tree), to \(leading.target), and is not followed; "
                    + "where that is meant, name that place itself")
        }
        return place
    }

    /// The same of a file that is written: a link in its place is replaced and not followed.
    func namedOutput(_ path: String) throws(CommandFailure) -> String {
        let place = absolute(path)
        if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) { _ = try named(String(path[...slash])) }
        return place
    }
}
