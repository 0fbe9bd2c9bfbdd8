internal import Diagnostics
internal import Git
internal import Repository

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

    private let files: Snapshot
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
    init(
        files: Snapshot, ignored: PathPatterns, included: PathPatterns, isRepository: Bool,
        isRecursive: Bool = true, work: WorkBudget = WorkBudget(Limits.ignoreWork)
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
            if isRepository, isGitIgnoring || !leftOut.isEmpty { addTracked() }
            var budget = Limits.leftOutEntries
            for folder in searched { searchLeftOut(folder, depth: 0, &budget) }
        }
        end()
    }

    /// The same of files that git has listed, so that no folder is read.
    /// - Parameter listed: those that `Project.concerns`.
    init(files: Snapshot, ignored: PathPatterns, included: PathPatterns, listed: [ListedFile]) {
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
        for file in listed {
            let path = String(decoding: file.path, as: UTF8.self)
            let (folder, name) = (Paths.folder(of: path), Paths.name(of: path))
            let kind = file.path.withUnsafeBufferPointer { FileKind(path: $0) }
            guard let kind, file.path.count(where: { $0 == UInt8(ascii: "/") }) <= Limits.folderDepth,
                let isLeftOut = enter(folder)
            else { continue }
            add((name, kind, file.isLink ? .link : .file), in: folder, rules: [], isLeftOut: isLeftOut)
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
        var folders: [String] = []
        var candidates: [(name: String, kind: FileKind, type: Snapshot.NameKind)] = []
        var rules = rules
        var isNestedRepository = false
        let files = files
        let problem = files.visitNames(in: folder) { name, type in
            entries += 1
            if entries > Limits.treeEntries { return false }
            if String(validating: name, as: UTF8.self) == nil {
                noteName(name, in: folder, isFolder: type == .folder)
                return true
            }
            if type == .folder {
                if name.equals(".git") { isNestedRepository = depth > 0 }
                if name.equals("dockerfile"), name[0] == UInt8(ascii: "D") {
                    notes.append(
                        Note(
                            path: Paths.join(folder, "Dockerfile"),
                            message: "is a folder, not a file; it is not examined"))
                }
                if isRecursive { folders.append(String(decoding: name, as: UTF8.self)) }
                return true
            }
            if isRepository, type == .file, name.equals(".gitignore"),
                let bytes = try? files.read(
                    Paths.join(folder, ".gitignore"), limit: Limits.textFileBytes, isPlain: true)
            {
                let file = IgnoreFile(parsing: bytes)
                if !file.isEmpty { rules.append(IgnoreRules(folder: folder, file: file)) }
                return true
            }
            if depth > 0, name.equals(".git") { isNestedRepository = true }
            if let kind = FileKind(name: name, in: folder) {
                candidates.append((String(decoding: name, as: UTF8.self), kind, type))
            }
            return true
        }
        if let problem {
            notes.append(Note(path: folder, message: "this folder cannot be read: \(problem)"))
            return
        }
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
            add(candidate, in: folder, rules: rules, isLeftOut: isLeftOut)
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
        _ candidate: (name: String, kind: FileKind, type: Snapshot.NameKind), in folder: String,
        rules: [IgnoreRules], isLeftOut: Bool
    ) {
        let path = Paths.join(folder, candidate.name)
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
        switch candidate.type {
        case .file: found.append(Found(path: path, kind: candidate.kind, isPlain: true))
        case .link: found.append(Found(path: path, kind: candidate.kind, isPlain: false))
        case .folder, .other:
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

    /// git ignores no file that it tracks (gitignore(5)), whatever a `.gitignore` says: these are examined. Dockerfiles
    /// in folders that are left out by rule are only told.
    private mutating func addTracked() {
        guard let tracked = files.tracked(where: { FileKind(path: $0) != nil }) else {
            if isGitIgnoring {
                notes.append(
                    Note(
                        path: ".git/index",
                        message:
                            "cannot be read: files that git tracks although a .gitignore names them are not examined"
                    ))
            }
            return
        }
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
            guard files.kind(of: path) == .file, found.count < Limits.examinedFiles else { continue }
            found.append(Found(path: path, kind: kind, isPlain: false))
            passedOver.gitIgnored.append(path)
        }
    }

    // MARK: - What is left out by rule

    /// Looks for Dockerfiles that git does not track yet, as far as the budget goes.
    private mutating func searchLeftOut(_ folder: String, depth: Int, _ budget: inout Int) {
        guard depth < Limits.leftOutDepth, budget > 0 else { return }
        var folders: [String] = []
        let files = files
        _ = files.visitNames(in: folder) { name, type in
            guard budget > 0 else { return false }
            budget -= 1
            let text = String(decoding: name, as: UTF8.self)
            if type == .folder {
                if !Self.isNeverExamined(text) { folders.append(Paths.join(folder, text)) }
            } else if FileKind(name: name, in: folder)?.isDockerfileByName ?? false {
                let path = Paths.join(folder, text)
                if !ignored.matches(path, work: &work), !included.matches(path, work: &work) {
                    passedOver.leftOut.append(path)
                }
            }
            return true
        }
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
