internal import Diagnostics
internal import Git

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Finds the files of a tree that concern image builds. Links to folders are not followed.
struct FileWalk {
    struct Found: Hashable {
        /// Relative to the root.
        let path: String
        let kind: FileKind
        /// A regular file, not a link.
        let isPlain: Bool
    }

    /// In order of paths.
    private(set) var found: [Found] = []
    /// Folders that were left out by rule, in order of paths.
    private(set) var leftOut: [String] = []
    private(set) var notes: [Note] = []

    private let files: ProjectFiles
    private let ignored: PathPatterns
    private let included: PathPatterns
    private let isRepository: Bool
    private let isRecursive: Bool
    private var entries = 0
    private var isOverLimit = false

    /// - Parameters:
    ///   - isRepository: the root is that of a git repository: what git ignores is passed over.
    ///   - isRecursive: false for the root's own files only.
    init(
        files: ProjectFiles, ignored: PathPatterns, included: PathPatterns, isRepository: Bool,
        isRecursive: Bool = true
    ) {
        self.files = files
        self.ignored = ignored
        self.included = included
        self.isRepository = isRepository
        self.isRecursive = isRecursive
        var rules: [IgnoreRules] = []
        if isRepository, let exclude = try? files.read(".git/info/exclude", limit: Limits.textFileBytes) {
            rules.append(IgnoreRules(folder: ".", file: IgnoreFile(parsing: exclude)))
        }
        visit(".", rules: rules, isLeftOut: false, depth: 0)
        sort()
    }

    /// The same of files that git has listed, so that no folder is read.
    /// - Parameter listed: those that `Project.concerns`.
    init(files: ProjectFiles, ignored: PathPatterns, included: PathPatterns, listed: [ListedFile]) {
        self.files = files
        self.ignored = ignored
        self.included = included
        isRepository = true
        isRecursive = true
        // nil for a folder that is not entered, else whether it is left out by rule.
        var entered: [String: Bool?] = [".": false]
        func enter(_ folder: String) -> Bool? {
            if let known = entered[folder] { return known }
            let parent = enter(Paths.folder(of: folder))
            let isLeftOut = parent.flatMap {
                entering(folder, name: Paths.name(of: folder), isLeftOut: $0, rules: [])
            }
            entered[folder] = .some(isLeftOut)
            return isLeftOut
        }
        var folders: [String] = []
        for file in listed {
            let path = String(decoding: file.path, as: UTF8.self)
            let (folder, name) = (Paths.folder(of: path), Paths.name(of: path))
            let kind = file.path.withUnsafeBufferPointer { FileKind(path: $0) }
            guard let kind, file.path.count(where: { $0 == UInt8(ascii: "/") }) <= Limits.folderDepth,
                let isLeftOut = enter(folder)
            else { continue }
            add(
                (name, kind, Int32(file.isLink ? DT_LNK : DT_REG)), in: folder, folders: &folders, rules: [],
                isLeftOut: isLeftOut)
        }
        sort()
    }

    private mutating func sort() {
        found.sort { $0.path < $1.path }
        leftOut.sort()
    }

    private struct IgnoreRules {
        let folder: String
        let file: IgnoreFile

        func ignores(_ path: String, isFolder: Bool) -> Bool? {
            let below = folder == "." ? path.utf8[...] : path.utf8.dropFirst(folder.utf8.count + 1)
            return file.ignores(below, isFolder: isFolder)
        }
    }

    /// - Parameter isLeftOut: by rule; only what the configuration includes is taken.
    private mutating func visit(_ folder: String, rules: [IgnoreRules], isLeftOut: Bool, depth: Int) {
        guard depth <= Limits.folderDepth else {
            notes.append(
                Note(path: folder, message: "folders below this one are nested too deep and are not examined")
            )
            return
        }
        let descriptor = open(
            files.absolute(folder), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0, let stream = fdopendir(descriptor) else {
            notes.append(
                Note(path: folder, message: "this folder cannot be read: \(String(cString: strerror(errno)))")
            )
            if descriptor >= 0 { close(descriptor) }
            return
        }
        var folders: [String] = []
        var candidates: [(name: String, kind: FileKind, type: Int32)] = []
        var rules = rules
        var isNestedRepository = false
        while let entry = readdir(stream) {
            entries += 1
            if entries > Limits.treeEntries { break }
            let length = Int(strlen(entry.name))
            let name = UnsafeBufferPointer(start: entry.bytes, count: length)
            if name[0] == UInt8(ascii: "."), length == 1 || length == 2 && name[1] == UInt8(ascii: ".") {
                continue
            }
            let type = Int32(entry.pointee.d_type)
            if type == DT_DIR {
                if name.equals(".git") { isNestedRepository = depth > 0 }
                if name.equals("dockerfile"), name[0] == UInt8(ascii: "D") {
                    notes.append(
                        Note(
                            path: Paths.join(folder, "Dockerfile"),
                            message: "is a folder, not a file; it is not examined"))
                }
                if isRecursive { folders.append(String(decoding: name, as: UTF8.self)) }
                continue
            }
            if isRepository, type == DT_REG, name.equals(".gitignore"),
                let bytes = try? files.read(
                    Paths.join(folder, ".gitignore"), limit: Limits.textFileBytes, isPlain: true)
            {
                let file = IgnoreFile(parsing: bytes)
                if !file.isEmpty { rules.append(IgnoreRules(folder: folder, file: file)) }
                continue
            }
            if depth > 0, name.equals(".git") { isNestedRepository = true }
            if let kind = FileKind(name: name, in: folder) {
                candidates.append((String(decoding: name, as: UTF8.self), kind, type))
            } else if type == DT_UNKNOWN, isRecursive {
                candidates.append((String(decoding: name, as: UTF8.self), .perhapsScript, type))
            }
        }
        closedir(stream)
        if entries > Limits.treeEntries {
            notes.append(
                Note(path: folder, message: "more than \(Limits.treeEntries) files: the rest is not examined")
            )
            return
        }
        var isLeftOut = isLeftOut
        if isNestedRepository, !isLeftOut {
            leftOut.append(folder)
            isLeftOut = true
            guard included.mayMatchBelow(folder) else { return }
        }
        for candidate in candidates {
            add(candidate, in: folder, folders: &folders, rules: rules, isLeftOut: isLeftOut)
        }
        for name in folders {
            let path = Paths.join(folder, name)
            if let isLeftOut = entering(path, name: name, isLeftOut: isLeftOut, rules: rules) {
                visit(path, rules: rules, isLeftOut: isLeftOut, depth: depth + 1)
            }
        }
    }

    /// Whether a folder is left out by rule; nil where nothing in it is looked at.
    /// - Parameter isLeftOut: the folder that holds it is.
    private mutating func entering(
        _ path: String, name: String, isLeftOut: Bool, rules: [IgnoreRules]
    ) -> Bool? {
        if Self.isNeverExamined(name) { return nil }
        if ignored.matches(path), !ignored.hasExceptions { return nil }
        if isLeftOut || Self.isLeftOut(path, name: name) {
            if !isLeftOut { leftOut.append(path) }
            return included.mayMatchBelow(path) || included.matches(path) ? true : nil
        }
        return Self.ignores(path, isFolder: true, rules) && !included.mayMatchBelow(path) ? nil : false
    }

    private mutating func add(
        _ candidate: (name: String, kind: FileKind, type: Int32), in folder: String, folders: inout [String],
        rules: [IgnoreRules], isLeftOut: Bool
    ) {
        let path = Paths.join(folder, candidate.name)
        var type = candidate.type
        if type == DT_UNKNOWN {
            var status = stat()
            guard lstat(files.absolute(path), &status) == 0 else { return }
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                if isRecursive { folders.append(candidate.name) }
                return
            case S_IFREG: type = Int32(DT_REG)
            case S_IFLNK: type = Int32(DT_LNK)
            default: break
            }
            guard
                let kind = Array(candidate.name.utf8).withUnsafeBufferPointer({
                    FileKind(name: $0, in: folder)
                })
            else { return }
            return add(
                (candidate.name, kind, type), in: folder, folders: &folders, rules: rules,
                isLeftOut: isLeftOut)
        }
        if ignored.matches(path) { return }
        if isLeftOut || Self.ignores(path, isFolder: false, rules), !included.matches(path) { return }
        guard found.count < Limits.examinedFiles else {
            if !isOverLimit {
                isOverLimit = true
                notes.append(
                    Note(
                        path: path,
                        message: "more than \(Limits.examinedFiles) files to examine: the rest is left out"))
            }
            return
        }
        switch type {
        case Int32(DT_REG): found.append(Found(path: path, kind: candidate.kind, isPlain: true))
        case Int32(DT_LNK): found.append(Found(path: path, kind: candidate.kind, isPlain: false))
        default:
            if candidate.kind != .perhapsScript {
                notes.append(Note(path: path, message: "is not a regular file and is not examined"))
            }
        }
    }

    private static func ignores(_ path: String, isFolder: Bool, _ rules: [IgnoreRules]) -> Bool {
        for rule in rules.reversed() {
            if let answer = rule.ignores(path, isFolder: isFolder) { return answer }
        }
        return false
    }

    // MARK: - What is left out by rule

    private static func isNeverExamined(_ name: String) -> Bool {
        name == ".git" || name == ".hg" || name == ".svn" || name == ".jj"
    }

    /// Code of others, and inputs of tests.
    private static func isLeftOut(_ path: String, name: String) -> Bool {
        if leftOutNames.contains(name) { return true }
        guard name == "cases" || name == "resources" || name == "data" else { return false }
        let parents = path.split(separator: "/").dropLast()
        return switch name {
        // The cases of checks, in the layout of clm-doctor itself.
        case "cases": parents.dropLast().last == "checks"
        default: parents.last == "test" || parents.last == "tests"
        }
    }

    private static let leftOutNames: Set<String> = [
        // Vendored and installed code.
        "node_modules", "bower_components", "jspm_packages", "vendor", "third_party", "third-party",
        "thirdparty",
        ".venv", "venv", "site-packages", ".tox", ".nox", ".terraform", "Pods", "Carthage", "__pycache__",
        // What tools keep for themselves.
        ".build", ".gradle", ".cache", ".next", ".yarn", ".pnpm-store",
        // Inputs of tests.
        "testdata", "test-data", "test_data", "testfiles", "testfiles-negative", "fixture", "fixtures",
        "__fixtures__", "test-fixtures",
        "test_fixtures",
        "testfixtures", "__snapshots__", "__mocks__",
    ]
}

extension UnsafeMutablePointer<dirent> {
    /// The name in place: `d_name` as a tuple would be copied.
    fileprivate var bytes: UnsafePointer<UInt8> {
        let offset = MemoryLayout<dirent>.offset(of: \.d_name)!
        return UnsafePointer((UnsafeRawPointer(self) + offset).assumingMemoryBound(to: UInt8.self))
    }

    fileprivate var name: UnsafePointer<CChar> {
        UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self)
    }
}
