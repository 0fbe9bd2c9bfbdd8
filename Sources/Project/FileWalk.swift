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
    private(set) var passedOver = PassedOver()

    private let files: ProjectFiles
    private let ignored: PathPatterns
    private let included: PathPatterns
    private let isRepository: Bool
    private let isRecursive: Bool
    private var entries = 0
    private var isOverLimit = false
    /// Something was passed over because a `.gitignore` names it.
    private var isGitIgnoring = false
    /// Folders that are left out by rule and that git does not ignore.
    private var searched: [String] = []
    /// What comparing names with the rules of ignore files and of the configuration may take.
    private var work: WorkBudget

    /// - Parameters:
    ///   - isRepository: the root is that of a git repository: what git ignores is passed over.
    ///   - isRecursive: false for the root's own files only.
    ///   - tracked: files that git tracks and that `Project.concerns`; nil where the index on disk tells.
    init(
        files: ProjectFiles, ignored: PathPatterns, included: PathPatterns, isRepository: Bool,
        isRecursive: Bool = true, tracked: [[UInt8]]? = nil, work: WorkBudget = WorkBudget(Limits.ignoreWork)
    ) {
        self.work = work
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
        if isRecursive, entries <= Limits.treeEntries, !isOverLimit {
            if isRepository, isGitIgnoring || !leftOut.isEmpty {
                let tracked = if let tracked { tracked } else { trackedByIndex() }
                addTracked(tracked)
            }
            var budget = Limits.leftOutEntries
            for folder in searched { searchLeftOut(folder, depth: 0, &budget) }
        }
        end()
    }

    /// The same of files that git has listed, so that no folder is read.
    /// - Parameter listed: those that `Project.concerns`.
    init(files: ProjectFiles, ignored: PathPatterns, included: PathPatterns, listed: [ListedFile]) {
        work = WorkBudget(Limits.ignoreWork)
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
        end()
    }

    private mutating func end() {
        if work.isSpent {
            notes.append(
                Note(
                    path: nil,
                    message:
                        "there are too many ignore rules for so many files: what they name is examined all the same"
                ))
        }
        found.sort { $0.path < $1.path }
        leftOut.sort()
        passedOver.leftOut = Set(passedOver.leftOut).sorted()
        passedOver.gitIgnored.sort()
    }

    private struct IgnoreRules {
        let folder: String
        let file: IgnoreFile

        /// How many names lead to the folder.
        let depth: Int

        init(folder: String, file: IgnoreFile) {
            self.folder = folder
            self.file = file
            depth = folder == "." ? 0 : folder.utf8.count { $0 == UInt8(ascii: "/") } + 1
        }
    }

    /// - Parameter isLeftOut: by rule; only what the configuration includes is taken.
    private mutating func visit(_ folder: String, rules: [IgnoreRules], isLeftOut: Bool, depth: Int) {
        guard depth <= Limits.folderDepth else {
            notes.append(
                Note(
                    path: folder, message: "folders below this one are nested too deep and are not examined")
            )
            return
        }
        let descriptor = open(
            files.absolute(folder), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0, let stream = fdopendir(descriptor) else {
            notes.append(
                Note(
                    path: folder, message: "this folder cannot be read: \(String(cString: strerror(errno)))")
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
            if String(validating: name, as: UTF8.self) == nil {
                noteName(name, in: folder, isFolder: type == DT_DIR)
                continue
            }
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
                Note(
                    path: folder, message: "more than \(Limits.treeEntries) files: the rest is not examined")
            )
            return
        }
        var isLeftOut = isLeftOut
        if isNestedRepository, !isLeftOut {
            leftOut.append(folder)
            searched.append(folder)
            isLeftOut = true
            guard included.mayMatchBelow(folder, work: &work) else { return }
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

    /// A name that is not UTF-8 cannot be told from others of its kind once it is text, nor be opened by it.
    private mutating func noteName(_ name: UnsafeBufferPointer<UInt8>, in folder: String, isFolder: Bool) {
        guard isFolder ? isRecursive : FileKind(name: name, in: folder) != nil else { return }
        notes.append(
            Note(
                path: Paths.join(folder, String(decoding: name, as: UTF8.self)),
                message: "has a name that is not UTF-8; "
                    + (isFolder ? "nothing in this folder is examined" : "it is not examined")))
    }

    /// Whether a folder is left out by rule; nil where nothing in it is looked at.
    /// - Parameter isLeftOut: the folder that holds it is.
    private mutating func entering(
        _ path: String, name: String, isLeftOut: Bool, rules: [IgnoreRules]
    ) -> Bool? {
        if Self.isNeverExamined(name) { return nil }
        if !ignored.hasExceptions, ignored.matches(path, work: &work) { return nil }
        if isLeftOut || Self.isLeftOut(path, name: name) {
            if !isLeftOut {
                leftOut.append(path)
                if !ignores(path, isFolder: true, rules), !included.matches(path, work: &work) {
                    searched.append(path)
                }
            }
            return included.mayMatchBelow(path, work: &work) || included.matches(path, work: &work)
                ? true : nil
        }
        guard ignores(path, isFolder: true, rules), !included.mayMatchBelow(path, work: &work) else {
            return false
        }
        isGitIgnoring = true
        return nil
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
        if ignored.matches(path, work: &work) { return }
        if isLeftOut || ignores(path, isFolder: false, rules), !included.matches(path, work: &work) {
            if !isLeftOut { isGitIgnoring = true }
            return
        }
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

    private mutating func ignores(_ path: String, isFolder: Bool, _ rules: [IgnoreRules]) -> Bool {
        if rules.isEmpty { return false }
        let names = PathGlob.names(of: path.utf8)
        for rule in rules.reversed() {
            let answer = rule.file.ignores(names.dropFirst(rule.depth), isFolder: isFolder, work: &work)
            if let answer { return answer }
        }
        return false
    }

    // MARK: - What git tracks

    /// Empty where there is no index here: nothing was added yet, or `.git` is a file that leads elsewhere.
    private mutating func trackedByIndex() -> [[UInt8]] {
        do {
            let bytes = try files.read(".git/index", limit: Limits.gitIndexBytes)
            let paths = IndexFile.paths(in: bytes, pathBytes: Limits.gitIndexBytes) {
                FileKind(path: $0) != nil
            }
            if let paths { return paths }
        } catch .missing {
            return []
        } catch {}
        if isGitIgnoring {
            notes.append(
                Note(
                    path: ".git/index",
                    message:
                        "cannot be read: files that git tracks although a .gitignore names them are not examined"
                ))
        }
        return []
    }

    /// git ignores no file that it tracks (gitignore(5)), whatever a `.gitignore` says: these are examined. Dockerfiles
    /// in folders that are left out by rule are only told.
    private mutating func addTracked(_ tracked: [[UInt8]]) {
        let known = Set(found.map(\.path))
        let leftOut = Set(leftOut)
        for bytes in tracked {
            guard let path = String(validating: bytes, as: UTF8.self), !known.contains(path),
                let kind = bytes.withUnsafeBufferPointer({ FileKind(path: $0) }),
                !ignored.matches(path, work: &work)
            else { continue }
            var folders: [String] = []
            var folder = Paths.folder(of: path)
            while folder != "." {
                folders.append(folder)
                folder = Paths.folder(of: folder)
            }
            if folders.contains(where: { Self.isNeverExamined(Paths.name(of: $0)) }) { continue }
            if folders.contains(where: { leftOut.contains($0) }) {
                if kind.isDockerfileByName { passedOver.leftOut.append(path) }
                continue
            }
            guard files.entry(path) == .file, found.count < Limits.examinedFiles else { continue }
            found.append(Found(path: path, kind: kind, isPlain: false))
            passedOver.gitIgnored.append(path)
        }
    }

    // MARK: - What is left out by rule

    /// Looks for Dockerfiles that git does not track yet, as far as the budget goes.
    private mutating func searchLeftOut(_ folder: String, depth: Int, _ budget: inout Int) {
        guard depth < Limits.leftOutDepth, budget > 0 else { return }
        let descriptor = open(
            files.absolute(folder), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return }
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            return
        }
        var folders: [String] = []
        while let entry = readdir(stream), budget > 0 {
            let name = UnsafeBufferPointer(start: entry.bytes, count: Int(strlen(entry.name)))
            let text = String(decoding: name, as: UTF8.self)
            if text == "." || text == ".." { continue }
            budget -= 1
            if Int32(entry.pointee.d_type) == DT_DIR {
                if !Self.isNeverExamined(text) { folders.append(Paths.join(folder, text)) }
            } else if FileKind(name: name, in: folder)?.isDockerfileByName ?? false {
                let path = Paths.join(folder, text)
                if !ignored.matches(path, work: &work), !included.matches(path, work: &work) {
                    passedOver.leftOut.append(path)
                }
            }
        }
        closedir(stream)
        for folder in folders.sorted() { searchLeftOut(folder, depth: depth + 1, &budget) }
    }

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
        ".fixtures", "testdata", "test-data", "test_data", "testfiles", "testfiles-negative", "fixture",
        "fixtures",
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
