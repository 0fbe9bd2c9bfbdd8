internal import Diagnostics

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What `.git` in a work tree stands for.
///
/// In a checkout that git made it is the work tree's own. In files that came another way (an archive) it may name any
/// repository of the machine, whose files would then be told of. So a folder elsewhere counts only where it names the
/// work tree in turn, which no file of the tree can bring about: that of a linked work tree does so in `gitdir`, that of
/// a submodule by `core.worktree`. Source: gitrepository-layout(5), git-worktree(1), gitsubmodules(7).
enum WorkTreeClaim {
    /// - Parameter root: of the work tree, absolute and without links.
    /// - Returns: why the repository is not examined, as a sentence without its final dot; nil where it may be.
    static func objection(to root: String) -> String? {
        let place = root == "/" ? "/.git" : root + "/.git"
        var status = stat()
        guard lstat(place, &status) == 0 else { return nil }
        let folder: String
        switch status.st_mode & S_IFMT {
        case S_IFDIR: folder = place
        case S_IFLNK:
            // What leads nowhere, git itself refuses.
            guard let target = realPath(place) else { return nil }
            folder = target
        default:
            guard let named = path(in: place, after: "gitdir:", relativeTo: root) else { return nil }
            folder = named
        }
        if !isInside(folder, root), !namesWorkTree(folder, root) {
            let isLinked = access(folder + "/commondir", F_OK) == 0
            let remedy =
                isLinked ? "git worktree repair" : "git --git-dir=\(folder) config core.worktree \(root)"
            return
                "\(place) names the repository in \(folder), which does not name \(root) as its work tree; where it "
                + "is meant, run `\(remedy)`"
        }
        guard isInside(folder, root) else { return nil }
        // What the tree brought along may lead on.
        for name in opened {
            if let (link, target) = linkOut(of: root, at: folder + "/" + name) {
                return "\(link) is a link to \(target), which is not in \(root)"
            }
        }
        let alternates = folder + "/objects/info/alternates"
        if stat(alternates, &status) == 0, status.st_size > Limits.gitAlternatesBytes {
            return "\(alternates) is larger than \(Limits.gitAlternatesBytes >> 10) KiB"
        }
        if let common = path(in: folder + "/commondir", after: "", relativeTo: folder),
            !isInside(common, root)
        {
            return "\(folder)/commondir names the repository in \(common), which is not in \(root)"
        }
        return nil
    }

    /// What git opens in a git folder; in folders, whatever is in them.
    private static let opened = [
        "HEAD", "ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD",
        "config", "config.worktree", "index", "packed-refs", "shallow", "refs", "reftable", "logs", "objects",
    ]

    /// The first link, at a path or below it, that leads out of a folder.
    private static func linkOut(of root: String, at path: String) -> (link: String, target: String)? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            guard status.st_mode & S_IFMT == S_IFLNK, let target = realPath(path), !isInside(target, root)
            else { return nil }
            return (path, target)
        }
        var left = Limits.gitObjectNames
        return FolderSearch.first(below: Array(path.utf8), &left) { path, _, type in
            guard type != Int(DT_DIR) else { return nil }
            let link = String(decoding: path, as: UTF8.self)
            return realPath(link).flatMap { isInside($0, root) ? nil : (link, $0) }
        }
    }

    private static func namesWorkTree(_ folder: String, _ root: String) -> Bool {
        if let back = path(in: folder + "/gitdir", after: "", relativeTo: folder, isFile: true), back == root
        {
            return true
        }
        return ["config", "config.worktree"].contains { name in
            guard let text = text(of: folder + "/" + name), let path = workTree(in: text) else {
                return false
            }
            return realPath(path.hasPrefix("/") ? path : folder + "/" + path) == root
        }
    }

    /// The value of `core.worktree`, as git writes it.
    private static func workTree(in text: String) -> String? {
        var isCore = false
        var value: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let line = trimmed(line)
            if line.hasPrefix("[") {
                isCore = line.lowercased() == "[core]"
            } else if isCore, let equals = line.firstIndex(of: "="),
                trimmed(line[..<equals]).lowercased() == "worktree"
            {
                let written = trimmed(line[line.index(after: equals)...])
                let isQuoted = written.hasPrefix("\"") && written.hasSuffix("\"") && written.count > 1
                value = isQuoted ? String(written.dropFirst().dropLast()) : written
            }
        }
        return value
    }

    /// The path that a file holds, without links.
    /// - Parameter isFile: the path is that of a file, and the folder that holds it is meant.
    private static func path(
        in file: String, after word: String, relativeTo folder: String, isFile: Bool = false
    ) -> String? {
        guard let text = text(of: file), text.hasPrefix(word) else { return nil }
        var path = trimmed(text.dropFirst(word.count))
        if isFile {
            guard path.hasSuffix("/.git") else { return nil }
            path = String(path.dropLast(5))
        }
        return realPath(path.hasPrefix("/") ? path : folder + "/" + path)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var rest = text[...]
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        return String(rest.drop(while: \.isWhitespace))
    }

    private static func isInside(_ path: String, _ folder: String) -> Bool {
        folder == "/" || path == folder || path.utf8.starts(with: (folder + "/").utf8)
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Such files are short; of a configuration the beginning is read.
    private static func text(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
