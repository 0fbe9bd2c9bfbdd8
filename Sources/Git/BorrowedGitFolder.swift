internal import Diagnostics
internal import Processes

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A git folder of our own in place of a repository's: it leads to the repository's objects, refs and index, and has a
/// configuration that is written here.
///
/// So nothing that a repository configures (filters, file-system monitors, hooks, external diffs, remote helpers,
/// what it includes) exists for git, whatever it is called. A filter that attributes name is then none, unless the user's
/// own configuration has it. What git needs to understand the repository is copied, as values of keys that run nothing.
final class BorrowedGitFolder: Sendable {
    private let folder: TemporaryFolder
    /// Objects may be missing, which their remote has.
    let isPartialClone: Bool
    /// Its configuration includes other files. They are not read: a repository of somebody else's could name any file of
    /// this machine. What they say of line ends is then not known, and no file's are converted, so that one is never
    /// taken for unchanged because of a wrong guess.
    let includesFiles: Bool

    var path: String { folder.path }
    /// Folders of the repository's own in which git opens what it needs.
    let openedFolders: [String]

    /// - Parameters:
    ///   - place: of the repository's own.
    ///   - isBare: it has no work tree.
    ///   - home: the user's, for paths in its configuration.
    init(of place: GitFolder, isBare: Bool, home: String?) throws(GitError) {
        do {
            folder = try TemporaryFolder()
        } catch {
            throw .failed(command: "", message: "\(error.parent): \(error.reason)")
        }
        guard let head = readRegularFile(place.path + "/HEAD", limit: Self.smallFile) else {
            throw .failed(command: "", message: "\(place.path)/HEAD cannot be read")
        }
        folder.write(head, to: "HEAD")
        openedFolders = ["refs", "reftable", "logs", "objects"].map { place.common + "/" + $0 }

        var configurations = [place.common + "/config"].compactMap(Self.configuration)
        if GitConfiguration.isTrue(configurations.first?["extensions", "worktreeconfig"]) {
            configurations += [place.path + "/config.worktree"].compactMap(Self.configuration)
        }
        let settings = configurations.flatMap(\.settings)
        isPartialClone = settings.contains {
            $0.key.elementsEqual("partialclone".utf8)
                || $0.section.elementsEqual("remote".utf8) && $0.key.elementsEqual("promisor".utf8)
        }

        includesFiles = settings.contains {
            ($0.section.elementsEqual("include".utf8) || $0.section.elementsEqual("includeif".utf8))
                && $0.key.elementsEqual("path".utf8)
        }

        // `objects/info/alternates` is followed, as git does: it opens nothing that is not named by its hash, which nobody
        // has who has not the object already.
        for name in ["objects", "refs", "reftable"] where kind(place.common + "/" + name) == S_IFDIR {
            folder.link(name, to: place.common + "/" + name)
        }
        for name in ["packed-refs", "shallow"] { link(name, in: place.common) }
        for name in [
            "index", "ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD",
            "REBASE_HEAD",
        ] {
            link(name, in: place.path)
        }
        for name in names(in: place.path) where name.hasPrefix("sharedindex.") { link(name, in: place.path) }
        folder.makeFolder("info")
        for name in ["info/exclude", "info/attributes"] { link(name, in: place.common) }
        link("info/sparse-checkout", in: place.path)
        folder.makeFolder("logs")
        link("logs/HEAD", in: place.path)
        if kind(place.common + "/logs/refs") == S_IFDIR {
            folder.link("logs/refs", to: place.common + "/logs/refs")
        }

        var text = settings.flatMap { Self.copy($0, home: home) }
        let lineEnds = includesFiles ? [("core", "autocrlf", "false"), ("core", "eol", "lf")] : []
        for (section, key, value) in Self.own + lineEnds + [("core", "bare", isBare ? "true" : "false")] {
            text += GitConfiguration.line(section, key, value)
        }
        guard folder.write(text, to: "config") else {
            throw .failed(command: "", message: "\(folder.path): cannot be written")
        }
    }

    /// In bytes.
    private static let smallFile = 4096

    /// What holds over the user's own configuration.
    private static let own = [
        ("core", "fsmonitor", "false"), ("core", "hookspath", "/dev/null"), ("core", "quotepath", "false"),
        ("core", "untrackedcache", "false"), ("protocol", "allow", "never"),
        ("log", "showsignature", "false"),
    ]

    /// Keys whose values say how to read the repository, and name no program.
    private static let core: Set<String> = [
        "repositoryformatversion", "filemode", "symlinks", "ignorecase", "precomposeunicode", "autocrlf",
        "eol",
        "trustctime", "checkstat", "sparsecheckout", "sparsecheckoutcone",
    ]
    /// Keys that name a file to read.
    private static let files: Set<String> = ["excludesfile", "attributesfile"]

    private static func copy(_ setting: GitConfiguration.Setting, home: String?) -> [UInt8] {
        let key = String(decoding: setting.key, as: UTF8.self)
        var value = setting.value ?? Array("true".utf8)
        let isCopied: Bool
        switch (String(decoding: setting.section, as: UTF8.self), setting.subsection) {
        case ("core", nil) where files.contains(key):
            var path = String(decoding: value, as: UTF8.self)
            if path.hasPrefix("~/"), let home { path = home + path.dropFirst() }
            // git would wait for ever for a FIFO.
            isCopied = path.hasPrefix("/") && kind(path) == S_IFREG
            value = Array(path.utf8)
        case ("core", nil): isCopied = core.contains(key)
        case ("index", nil): isCopied = key == "sparse"
        // git says itself which it does not know. What is missing is not fetched.
        case ("extensions", nil): isCopied = key != "partialclone" && key != "worktreeconfig"
        // What `@{upstream}` stands for.
        case ("branch", .some): isCopied = key == "remote" || key == "merge"
        case ("remote", .some): isCopied = key == "fetch"
        default: isCopied = false
        }
        guard isCopied else { return [] }
        return GitConfiguration.line(
            section: setting.section, subsection: setting.subsection, key: setting.key, value: value)
    }

    private static func configuration(_ path: String) -> GitConfiguration? {
        readRegularFile(path, limit: Limits.textFileBytes).map(GitConfiguration.init(parsing:))
    }

    private func link(_ name: String, in place: String) {
        if kind(place + "/" + name) == S_IFREG { folder.link(name, to: place + "/" + name) }
    }

    private func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < Limits.gitFolderNames, let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }
}

/// Where git keeps a repository.
struct GitFolder {
    let path: String
    /// What linked work trees have in common; elsewhere the same.
    let common: String

    /// - Parameter root: absolute path of a work tree.
    /// - Returns: nil where its `.git` leads to no git folder.
    init?(ofWorkTree root: String) {
        let place = root == "/" ? "/.git" : root + "/.git"
        if kind(place) == S_IFDIR {
            self.init(place)
        } else if let file = readRegularFile(place, limit: 4096), file.starts(with: "gitdir: ".utf8) {
            self.init(Self.path(in: file.dropFirst(8), relativeTo: root))
        } else {
            return nil
        }
    }

    /// The bare repository that holds a folder.
    /// - Parameter folder: an absolute path.
    init?(bareHolding folder: String) {
        var path = folder
        while true {
            if kind(path + "/HEAD") == S_IFREG, kind(path + "/objects") == S_IFDIR,
                kind(path + "/refs") == S_IFDIR
            {
                self.init(path)
                return
            }
            guard path != "/", let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
            path = slash == path.utf8.startIndex ? "/" : String(path[..<slash])
        }
    }

    private init(_ path: String) {
        self.path = path
        common =
            readRegularFile(path + "/commondir", limit: 4096).map {
                Self.path(in: $0[...], relativeTo: path)
            } ?? path
    }

    private static func path(in line: ArraySlice<UInt8>, relativeTo folder: String) -> String {
        let path = String(decoding: line.prefix { $0 != 0x0A && $0 != 0x0D && $0 != 0 }, as: UTF8.self)
        return path.hasPrefix("/") ? path : folder + "/" + path
    }
}

/// The kind of what stands at a path, links followed; 0 for nothing.
private func kind(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
}

/// - Returns: nil for what is no regular file, is larger than a limit in bytes, or cannot be read.
func readRegularFile(_ path: String, limit: Int) -> [UInt8]? {
    // O_NONBLOCK: opening a FIFO waits for its writer.
    let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else {
        return nil
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var count = 0
    while count < bytes.count {
        let got = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress! + count, $0.count - count) }
        if got <= 0 { break }
        count += got
    }
    return Array(bytes[..<count])
}
