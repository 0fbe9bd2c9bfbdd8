internal import Diagnostics
internal import Processes
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A repository whose commits and work tree can be compared. Every question is one git process.
///
/// Nothing that the repository configures is run: git does not read its configuration (`BorrowedGitFolder`).
package struct GitHistory: Sendable {
    /// Absolute path of the work tree; of the git folder where there is none.
    package let root: String
    package let isBare: Bool
    /// Whether `.git` in the work tree is a folder; in linked work trees and submodules it is a file, which no commit
    /// changes.
    package let hasGitFolder: Bool
    private let program: String
    private let environment: [String: String]
    /// The repository's configuration includes other files, which are not read: line ends are taken as they are.
    package var includesConfiguration: Bool { folder.includesFiles }
    private let folder: BorrowedGitFolder

    /// - Parameters:
    ///   - folder: an absolute path in the repository.
    ///   - environment: this process's own.
    package init(holding folder: String, environment: [String: String]) async throws(GitError) {
        let repository = WorkTree.holding(folder)
        let environment = Processes.environment(environment, outside: repository?.root ?? folder)
        guard
            let program = findProgram(
                "git", path: environment["PATH"] ?? "/usr/bin:/bin", outside: repository?.root)
        else { throw .noGit }
        self.program = program
        if let repository, let objection = WorkTreeClaim.objection(to: repository.root) {
            throw .foreign(objection)
        }
        isBare = repository == nil
        let found = repository.map { GitFolder(ofWorkTree: $0.root) } ?? GitFolder(bareHolding: folder)
        guard let place = found else { throw .noRepository(folder: folder) }
        root = repository?.root ?? place.path
        self.folder = try BorrowedGitFolder(of: place, isBare: isBare, home: environment["HOME"])
        var filtered = filteredEnvironment(environment)
        filtered["GIT_DIR"] = self.folder.path
        if !isBare { filtered["GIT_WORK_TREE"] = root }
        filtered["GIT_OPTIONAL_LOCKS"] = "0"
        filtered["GIT_NO_LAZY_FETCH"] = "1"
        filtered["GIT_NO_REPLACE_OBJECTS"] = "1"
        // Whatever the user's own configuration says: nothing is fetched.
        filtered["GIT_ALLOW_PROTOCOL"] = "none"
        filtered["GIT_TERMINAL_PROMPT"] = "0"
        self.environment = filtered
        var status = stat()
        hasGitFolder = isBare || lstat(root + "/.git", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    // MARK: - Commits

    /// - Parameter name: anything that git understands as a commit.
    package func commit(_ name: String) async throws(GitError) -> ObjectID {
        let output = try await git(
            ["cat-file", "--batch-check=%(objectname)"], input: try await question([name]))
        // What is not there, or is several things, has words behind its name.
        guard let id = ObjectID(hex: output.prefix { $0 != UInt8(ascii: "\n") }) else {
            throw await unknownRevision(name)
        }
        return id
    }

    /// Asks `cat-file` for commits.
    private func question(_ names: [String]) async throws(GitError) -> [UInt8] {
        // No line may hold two.
        if let name = names.first(where: { $0.isEmpty || $0.utf8.contains { $0 == 0x0A || $0 == 0 } }) {
            throw await unknownRevision(name)
        }
        return Array(names.map { "\($0)^{commit}\n" }.joined().utf8)
    }

    private func unknownRevision(_ name: String) async -> GitError {
        let remedy =
            await isShallow()
            ? "; the clone is shallow: fetch it with `git fetch --unshallow`, or set `fetch-depth: 0` in CI"
            : "; look at `git log`, or fetch it first"
        return .unknownRevision(name, remedy: remedy)
    }

    private func isShallow() async -> Bool {
        let output = try? await git(["rev-parse", "--is-shallow-repository"])
        return output?.starts(with: "true".utf8) ?? false
    }

    /// Short names of branches, of the remotes' branches and of tags; of very many, the first.
    package func references() async throws(GitError) -> [String] {
        let output = try await git([
            "for-each-ref", "--format=%(refname:short)", "--count=\(Limits.completedReferences)",
            "refs/heads", "refs/remotes", "refs/tags",
        ])
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The commit from which HEAD left the upstream's default branch.
    package func defaultBase(for head: String = "HEAD") async throws(GitError) -> ObjectID {
        for name in [
            "refs/remotes/origin/HEAD", "@{upstream}", "refs/remotes/origin/main",
            "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master",
        ] {
            do {
                let output = try await git(["merge-base", "--end-of-options", name, head])
                if let id = ObjectID(hex: output.prefix { $0 != UInt8(ascii: "\n") }) { return id }
            } catch GitError.failed {}
        }
        if await isShallow() {
            throw .unknownRevision(
                "merge base",
                remedy:
                    "; the clone is shallow: fetch it with `git fetch --unshallow`, or set `fetch-depth: 0` in CI"
            )
        }
        throw .noDefaultBase
    }

    /// Reads commits, and all files of the first of them.
    /// - Parameters:
    ///   - names: each anything that git understands as a commit.
    ///   - contentLimit: in bytes; of larger files the contents are not kept.
    ///   - isNoted: see `ReadCommits.noted`.
    package func read(
        _ names: [String], contentLimit: Int = 0,
        noting isNoted: @escaping ReadCommits.Test = { _, _ in false }
    ) async throws(GitError) -> ReadCommits {
        let question = try await question(names)
        // A large file is no Dockerfile and states no build; git is asked again, without it.
        var skipped: Set<ObjectID> = []
        while true {
            let reader = Mutex(
                CommitReader(
                    commits: names.count, contentLimit: contentLimit, skipping: skipped, noting: isNoted))
            var output: [UInt8] = []
            do {
                output = try await git(["cat-file", "--batch"], input: question) { written in
                    reader.withLock { $0.read(written) }
                }
            } catch {
                if reader.withLock({ $0.failure == nil }) { throw error }
            }
            if let result = reader.withLock({ $0.result(output) }) {
                if folder.isPartialClone, reader.withLock(\.isFileMissing) { throw .partialClone }
                return result
            }
            switch reader.withLock(\.failure) {
            case .unknownCommit(let index): throw await unknownRevision(names[index])
            case .large(let id):
                guard skipped.count < Limits.gitSkippedFiles else {
                    throw .failed(
                        command: "cat-file",
                        message:
                            "more than \(Limits.gitSkippedFiles) files that concern builds are larger than "
                            + "\(Limits.gitFileBytes) bytes")
                }
                skipped.insert(id)
            case .other(let message): throw .failed(command: "cat-file", message: message)
            case nil: throw .failed(command: "cat-file", message: "it ended before it had told all")
            }
        }
    }

    /// The commit at which HEAD left another: where their histories have none in common, the other itself.
    package func mergeBase(with other: ObjectID) async throws(GitError) -> ObjectID {
        do {
            let output = try await git(["merge-base", other.description, "HEAD"])
            return ObjectID(hex: output.prefix { $0 != UInt8(ascii: "\n") }) ?? other
        } catch GitError.failed { return other }
    }

    /// The sizes of objects in bytes, in the order asked; nil for one that is not there.
    package func sizes(of objects: [ObjectID]) async throws(GitError) -> [Int?] {
        if objects.isEmpty { return [] }
        let input = Array(objects.map { "\($0)\n" }.joined().utf8)
        let output = try await git(["cat-file", "--batch-check=%(objectsize)"], input: input)
        let sizes = output.split(separator: UInt8(ascii: "\n")).map {
            Int(String(decoding: $0, as: UTF8.self))
        }
        return sizes + Array(repeating: nil, count: max(0, objects.count - sizes.count))
    }

    /// The contents of objects, in the order asked; nil for one that is not there.
    /// - Parameter limit: larger ones are nil too, in bytes.
    package func contents(of objects: [ObjectID], limit: Int) async throws(GitError) -> [[UInt8]?] {
        if objects.isEmpty { return [] }
        var left = objects
        while true {
            let reader = Mutex(BlobReader(left, limit: limit))
            var output: [UInt8] = []
            do {
                output = try await git(
                    ["cat-file", "--batch"], input: reader.withLock(\.question)
                ) { written in reader.withLock { $0.read(written) } }
            } catch {
                guard let large = reader.withLock(\.large) else { throw error }
                left.removeAll { $0 == large }
                continue
            }
            if folder.isPartialClone, reader.withLock(\.isMissing) { throw .partialClone }
            let contents = reader.withLock { $0.contents(output) }
            return objects.map { contents[$0] }
        }
    }

    // MARK: - Changes

    /// The files that two commits do not have in common.
    /// - Parameters: each anything that git understands as a commit.
    package func changes(from base: String, to head: String) async throws(GitError) -> [TreeChange] {
        if base == head { return [] }
        // Unlike `diff-tree`, it does not read the index, which is as large as the repository. What a configuration can
        // change of it is set here.
        return RawDiff.changes(
            try Self.limited(
                try await git([
                    "diff", "--raw", "-z", "-O/dev/null", "--no-abbrev", "--no-renames", "--no-relative",
                    "--no-ext-diff", "--ignore-submodules=none", "--end-of-options", base + "^{commit}",
                    head + "^{commit}",
                ])))
    }

    /// The commits of a branch's own history, newest first: each with what it changed against its first parent. Those
    /// without a parent, or whose parent a shallow clone lacks, are not among them.
    /// - Parameters:
    ///   - head: anything that git understands as a commit.
    ///   - count: how many at most.
    ///   - since: as of `git log --since`; nil for all.
    package func firstParents(of head: String, last count: Int, since: String? = nil)
        async throws(GitError) -> [HistoryCommit]
    {
        // What a configuration can change of it is set here.
        var arguments = [
            "log", "--first-parent", "-m", "--raw", "-z", "-O/dev/null", "--no-abbrev", "--no-renames",
            "--no-relative", "--no-ext-diff", "--ignore-submodules=none", "--no-show-signature",
            "--no-notes", "--no-mailmap", "--no-decorate", "--no-color", "--format=tformat:%H %ct %P",
            "--max-count=\(count)",
        ]
        if let since { arguments.append("--since=\(since)") }
        return HistoryCommit.all(
            in: try Self.limited(try await git(arguments + ["--end-of-options", head + "^{commit}", "--"])))
    }

    /// The files that a commit and the index do not have in common, and those of the index that are not merged.
    package func stagedChanges(from base: ObjectID) async throws(GitError)
        -> (changes: [TreeChange], unmerged: [[UInt8]])
    {
        let output = try Self.limited(
            try await git([
                "diff-index", "--cached", "-r", "-z", "--raw", "--no-renames", "--ignore-submodules=none",
                base.description,
            ]))
        return (RawDiff.changes(output), RawDiff.unmerged(output))
    }

    /// - Parameter output: of a `diff --raw -z`.
    private static func limited(_ output: [UInt8]) throws(GitError) -> [UInt8] {
        guard output.lazy.count(where: { $0 == 0 }) <= 2 * Limits.gitChanges else {
            throw .failed(command: "diff", message: "more than \(Limits.gitChanges) files differ")
        }
        return output
    }

    /// What the work tree has that HEAD has not.
    package func status() async throws(GitError) -> WorkTreeStatus {
        // Read while git looks through the work tree.
        async let unwatched = unwatched()
        var status = WorkTreeStatus(
            output: try await git([
                "status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignored=matching",
                "--no-renames",
                "--ignore-submodules=dirty",
            ]))
        status.add(unwatched: await unwatched)
        return status
    }

    /// Files of the work tree that git was told not to look at, and a build does.
    private func unwatched() -> [(path: [UInt8], entry: TreeEntry)] {
        guard let bytes = readRegularFile(folder.path + "/index", limit: Limits.gitIndexBytes) else {
            return []
        }
        return IndexFile.unwatched(in: bytes, pathBytes: Limits.gitIndexBytes).filter { file in
            var status = stat()
            let path = Array(root.utf8) + [UInt8(ascii: "/")] + file.path + [0]
            return lstat(path.map { CChar(bitPattern: $0) }, &status) == 0
                && status.st_mode & S_IFMT == S_IFREG
        }
    }

    /// The object names that files of the work tree would have, as their bytes are (no filter, no line endings).
    /// - Parameter paths: regular files, relative to the root.
    /// - Returns: nil for one that cannot be read.
    package func objectIDs(of paths: [[UInt8]]) async throws(GitError) -> [ObjectID?] {
        var ids: [ObjectID?] = []
        ids.reserveCapacity(paths.count)
        // One file that cannot be read ends git for all that are asked for with it.
        var pending = [paths[...]]
        while let files = pending.popLast() {
            if files.isEmpty { continue }
            // Standard input has no limit of length, and takes every path, quoted (`hash-object`, hash_stdin_paths).
            let input = files.flatMap { Self.quoted($0) + [UInt8(ascii: "\n")] }
            let output: [UInt8]
            do {
                output = try await git(["hash-object", "--no-filters", "--stdin-paths"], input: input)
            } catch GitError.failed(_, let message) {
                guard Self.isOfOneFile(message) else {
                    throw .failed(command: "hash-object", message: message)
                }
                if files.count == 1 {
                    ids.append(nil)
                    continue
                }
                let middle = files.startIndex + files.count / 2
                pending += [files[middle...], files[..<middle]]
                continue
            }
            let lines = output.split(separator: UInt8(ascii: "\n"))
            guard lines.count == files.count else {
                throw .failed(
                    command: "hash-object", message: "it gave \(lines.count) names for \(files.count) files")
            }
            ids += lines.map { ObjectID(hex: $0) }
        }
        return ids
    }

    /// `fatal: could not open 'x' for reading`, `fatal: Unable to hash x` (`builtin/hash-object.c`, `hash_object`).
    private static func isOfOneFile(_ message: String) -> Bool {
        message.contains("could not open") || message.contains("nable to hash")
    }

    /// A path in C's form, in which git takes any byte (`quote.c`, unquote_c_style).
    private static func quoted(_ path: [UInt8]) -> [UInt8] {
        var text: [UInt8] = [UInt8(ascii: "\"")]
        for byte in path {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
            case 0x20..<0x7F: text.append(byte)
            default:
                let digits = [byte >> 6, byte >> 3 & 7, byte & 7]
                text += [UInt8(ascii: "\\")] + digits.map { UInt8(ascii: "0") + $0 }
            }
        }
        return text + [UInt8(ascii: "\"")]
    }

    // MARK: - Processes

    private func git(
        _ arguments: [String], input: [UInt8] = [], answering answer: Command.Answer? = nil
    ) async throws(GitError) -> [UInt8] {
        let name = arguments[0]
        var command = Command(
            program: program, arguments: arguments, workingDirectory: root, environment: environment,
            input: input, timeLimit: .seconds(Limits.gitSeconds), outputLimit: Limits.gitOutputBytes)
        command.memoryLimit = Limits.gitMemoryBytes
        command.isOutputLarge = name == "status" || arguments.contains("--batch")
        let output: Command.Output
        do {
            output = try await run(command, answering: answer)
        } catch let error as GitError {
            throw error
        } catch {
            throw .failed(command: name, message: "\(error)")
        }
        guard output.succeeded else {
            let lines = String(decoding: output.standardError, as: UTF8.self).split(separator: "\n")
            if folder.isPartialClone, lines.contains(where: Self.tellsOfMissingObject) { throw .partialClone }
            let reason = lines.first { !$0.hasPrefix("warning:") } ?? lines.first
            throw .failed(command: name, message: reason.map(String.init) ?? "it gave no reason")
        }
        return output.standardOutput
    }

    /// Runs git, and ends it once it has waited some seconds and there is a named pipe that it waits for.
    private func run(_ command: Command, answering answer: Command.Answer?) async throws -> Command.Output {
        try command.verifyThreads()
        return try await withThrowingTaskGroup(of: Command.Output?.self) { group in
            group.addTask { try await command.run(answering: answer) }
            group.addTask {
                try await Task.sleep(for: .seconds(Limits.gitPatience))
                guard let path = WaitingFile.find(in: root, and: folder.openedFolders) else { return nil }
                throw GitError.failed(
                    command: command.arguments[0],
                    message: "\(path) is a named pipe, in which git finds no end; delete it")
            }
            defer { group.cancelAll() }
            while let output = try await group.next() { if let output { return output } }
            throw CancellationError()
        }
    }

    private static func tellsOfMissingObject(_ line: Substring) -> Bool {
        ["unable to read", "bad object", "missing", "could not parse"].contains { line.contains($0) }
    }
}

/// `git diff --raw -z`: `:<mode> <mode> <id> <id> <status> NUL <path> NUL`.
package enum RawDiff {
    /// What is not merged counts as a file that nobody has read.
    package static func changes(_ output: [UInt8]) -> [TreeChange] {
        records(output).map { change($0.words, $0.path) }
    }

    /// - Parameter words: modes, ids and status, at least five.
    static func change(_ words: [ArraySlice<UInt8>], _ path: [UInt8]) -> TreeChange {
        func entry(_ mode: ArraySlice<UInt8>, _ id: ArraySlice<UInt8>) -> TreeEntry? {
            let id = ObjectID(hex: id)
            return TreeEntry(mode: mode, id: id.flatMap { $0.isNull ? nil : $0 })
        }
        return TreeChange(
            path: path, base: entry(words[0], words[2]),
            head: isUnmerged(words) ? TreeEntry(kind: .file, id: nil) : entry(words[1], words[3]))
    }

    package static func unmerged(_ output: [UInt8]) -> [[UInt8]] {
        records(output).filter { isUnmerged($0.words) }.map(\.path)
    }

    private static func isUnmerged(_ words: [ArraySlice<UInt8>]) -> Bool {
        words[4].first == UInt8(ascii: "U")
    }

    private static func records(_ output: [UInt8]) -> [(words: [ArraySlice<UInt8>], path: [UInt8])] {
        var records: [(words: [ArraySlice<UInt8>], path: [UInt8])] = []
        var fields = output.split(separator: 0, omittingEmptySubsequences: false)[...]
        while let header = fields.popFirst(), header.first == UInt8(ascii: ":"), let path = fields.popFirst()
        {
            let words = header.dropFirst().split(separator: UInt8(ascii: " "))
            guard words.count >= 5 else { break }
            records.append((words, Array(path)))
        }
        return records
    }
}

/// `git status --porcelain=v2 -z`.
package struct WorkTreeStatus: Sendable {
    /// A file that the work tree or the index has otherwise than HEAD.
    package struct Change: Sendable, Hashable {
        package let path: [UInt8]
        package let head: TreeEntry?
        package let index: TreeEntry?
        /// nil where the file is not there; without an id where it is not the index's.
        package let workTree: TreeEntry?
    }

    package private(set) var changes: [Change] = []
    package private(set) var untracked: [[UInt8]] = []
    /// Files, and folders (with `/` at the end) that git ignores as a whole.
    package private(set) var ignored: [[UInt8]] = []
    package private(set) var unmerged: [[UInt8]] = []

    /// - Parameter unwatched: files that are there and were not looked at, with what the index has of them.
    mutating func add(unwatched: [(path: [UInt8], entry: TreeEntry)]) {
        let told = Dictionary(changes.indices.map { (changes[$0].path, $0) }, uniquingKeysWith: { $1 })
        for (path, entry) in unwatched {
            let file = TreeEntry(kind: entry.kind, id: nil)
            if let index = told[path] {
                let change = changes[index]
                changes[index] = Change(path: path, head: change.head, index: change.index, workTree: file)
            } else {
                changes.append(Change(path: path, head: entry, index: entry, workTree: file))
            }
        }
    }

    /// - Parameter output: of `git status --porcelain=v2 -z`.
    package init(output: [UInt8]) {
        for record in output.split(separator: 0) {
            switch record.first {
            case UInt8(ascii: "?"): untracked.append(Array(record.dropFirst(2)))
            case UInt8(ascii: "!"): ignored.append(Array(record.dropFirst(2)))
            case UInt8(ascii: "1"):
                // 1 XY sub mH mI mW hH hI path
                let words = record.split(separator: UInt8(ascii: " "), maxSplits: 8)
                guard words.count == 9 else { continue }
                let isUnchanged = words[1].last == UInt8(ascii: ".")
                let index = TreeEntry(mode: words[4], id: ObjectID(hex: words[7]))
                let workTree = TreeEntry(mode: words[5], id: nil)
                changes.append(
                    Change(
                        path: Array(words[8]), head: TreeEntry(mode: words[3], id: ObjectID(hex: words[6])),
                        index: index, workTree: isUnchanged ? index : workTree))
            case UInt8(ascii: "u"):
                // u XY sub m1 m2 m3 mW h1 h2 h3 path
                let words = record.split(separator: UInt8(ascii: " "), maxSplits: 10)
                guard words.count == 11 else { continue }
                unmerged.append(Array(words[10]))
                changes.append(
                    Change(
                        path: Array(words[10]), head: TreeEntry(mode: words[4], id: ObjectID(hex: words[8])),
                        index: nil, workTree: TreeEntry(mode: words[6], id: nil)))
            default: continue
            }
        }
    }
}
