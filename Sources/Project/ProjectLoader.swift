import Diagnostics
import Dockerfile
import Git
import Repository
import SourceText

/// The steps of `Project.load`, and what they share.
struct ProjectLoader {
    let files: Snapshot
    /// nil where the folders are to be searched.
    let listed: [ListedFile]?
    let options: LoadOptions
    let selection: Project.Selection
    var configuration = Configuration()
    /// The configuration's `ignore:`.
    var ignored = PathPatterns([])
    var dockerfiles: [String: SourceText] = [:]
    var inlineDockerfiles: [String: InlineDockerfile] = [:]
    var parsed: [String: ParsedDockerfile] = [:]
    var unreadable: Set<String> = []
    /// See `Project.untold`.
    var untold: [Note] = []
    var statements: [StatementFile] = []
    var stated = StatedBuilds()
    var builds: [Build] = []
    var buildStatements: [BuildStatement] = []
    var calledBuilds: [CalledBuild] = []
    /// Pipelines that name no builder, and may run what does.
    var callers: Set<String> = []
    var unexaminedBuilds: Set<UnexaminedBuild> = []
    var leftOut: [String] = []
    var passedOver = PassedOver()
    /// How much text may still be kept.
    var bytesLeft = Limits.projectBytes

    init(paths: [String], options: LoadOptions) throws(LoadError) {
        self.options = options
        var named: [(path: String, absolute: String, isFile: Bool)] = []
        let all = paths + (options.build.map { [$0.dockerfile] } ?? [])
        for path in all.isEmpty ? ["."] : all {
            guard let absolute = realPath(path) else {
                throw .path(path, reason: systemProblem())
            }
            named.append((path, absolute, isFile(absolute)))
        }
        let folders = named.map { $0.isFile ? Paths.parent(of: $0.absolute) : $0.absolute }
        let repository = WorkTree.holding(folders[0])
        var root = repository?.root ?? folders[0]
        if repository == nil {
            // What holds all that is named, unless that means searching a folder that was not named.
            let all = folders + (options.build?.context.flatMap(realPath).map { [$0] } ?? [])
            let common = all.reduce(folders[0], Paths.commonFolder)
            let isSearched = named.contains { !$0.isFile }
            if !isSearched || named.contains(where: { $0.absolute == common }) { root = common }
        }
        let files = Snapshot(onDisk: root)
        self.files = files
        listed = nil
        var selection = Project.Selection(folders: [], files: [], isRepository: repository != nil)
        for (index, path) in named.enumerated() {
            guard let relative = Paths.relative(path.absolute, to: files.root) else {
                throw .path(
                    path.path,
                    reason: "is not in \(files.root), as \(named[0].path) is; check one repository at a time")
            }
            if path.isFile { selection.files.append(relative) } else { selection.folders.append(relative) }
            // What `--file` names is the build's, whatever it is called.
            if index < paths.count, path.isFile, let reason = Self.reasonAgainst(relative, in: files) {
                throw .path(path.path, reason: reason)
            }
        }
        self.selection = selection
    }

    /// Why a file that is named is not to be examined as a Dockerfile; nil where nothing speaks against it.
    static func reasonAgainst(_ path: String, in files: Snapshot) -> String? {
        let name = Paths.name(of: path)
        switch FileKind(path) {
        case .compose, .bakeJSON, .bakeHCL:
            return "is not a Dockerfile; name the folder, to examine what this file builds"
        case nil where !name.lowercased().contains("docker") && !name.lowercased().contains("container"):
            guard let bytes = try? files.read(path, limit: Limits.dockerfileBytes),
                !DockerfileText.isLikely(bytes)
            else { return nil }
            return "is not a Dockerfile; name one, or a folder"
        default: return nil
        }
    }

    init(
        _ snapshot: Snapshot, _ selection: Project.Selection, listed: [ListedFile]?, options: LoadOptions
    ) {
        files = snapshot
        self.selection = selection
        self.listed = listed
        self.options = options
    }

    var project: Project {
        var project = Project(
            snapshot: files, selection: selection, configuration: configuration, builds: builds,
            dockerfiles: dockerfiles,
            statements: statements, notes: Self.inOrder(stated.notes), leftOut: leftOut,
            buildStatements: buildStatements, commands: stated.commands, pipelines: stated.pipelines)
        project.parsed = parsed
        project.inlineDockerfiles = inlineDockerfiles
        project.untold = untold
        project.calledBuilds = calledBuilds
        project.unread = Set(stated.notes.lazy.filter(\.isUnexamined).compactMap(\.path))
        project.unexaminedBuilds = unexaminedBuilds.sorted { $0.dockerfile < $1.dockerfile }
        project.passedOver = passedOver
        // What a file states is examined wherever it lies.
        project.passedOver.leftOut.removeAll { dockerfiles[$0] != nil }
        return project
    }

    /// Each note once; of many files of which there is the same to say, the first speaks for all.
    static func inOrder(_ notes: [Note]) -> [Note] {
        let sorted = Set(notes).sorted { left, right in
            (left.path ?? "", left.line ?? 0, left.message) < (
                right.path ?? "", right.line ?? 0, right.message
            )
        }
        let alike = Dictionary(grouping: sorted.filter { $0.line == nil }, by: \.message)
        return sorted.compactMap { note in
            guard note.line == nil, let group = alike[note.message], group.count > 3 else { return note }
            guard note == group[0] else { return nil }
            return Note(
                path: note.path, message: "\(note.message), and neither are \(group.count - 1) other files",
                isUnexamined: note.isUnexamined)
        }
    }

    mutating func load() async throws(LoadError) {
        try readConfiguration()
        ignored = PathPatterns(configuration.ignoredPaths)
        let included = PathPatterns(configuration.includedPaths)
        let walk: FileWalk
        // What git ignores is not in its list, and may be included all the same.
        if let listed, included.isEmpty {
            walk = FileWalk(files: files, ignored: ignored, included: included, listed: listed)
        } else {
            // Files outside of any repository: what surrounds them is not theirs.
            walk = FileWalk(
                files: files, ignored: ignored, included: included, isRepository: selection.isRepository,
                isRecursive: selection.isRepository || !selection.folders.isEmpty)
        }
        stated.notes += walk.notes
        leftOut = walk.leftOut
        passedOver = walk.passedOver
        readStatements(walk.found)
        readDockerfiles(walk.found)
        await collectBuilds()
    }

    // MARK: - Configuration

    /// Notes patterns of `ignore:` whose first part, up to a wildcard, names nothing.
    mutating func noteUnmatched(_ patterns: [String], path: String) {
        var left = Limits.unmatchedPatterns
        for pattern in patterns where !pattern.hasPrefix("!") && left > 0 {
            let parts = pattern.split(separator: "/").prefix { !$0.contains(where: "*?[\\".contains) }
            let place = parts.joined(separator: "/")
            guard !place.isEmpty, !files.exists(place) else { continue }
            left -= 1
            stated.notes.append(
                Note(
                    path: path, message: "ignore: `\(pattern)` matches nothing: `\(place)` does not exist",
                    isUnexamined: false))
        }
    }

    mutating func readConfiguration() throws(LoadError) {
        let name = ConfigurationReader.fileName
        let bytes: [UInt8]
        let shown: String
        var isOfRepository = true
        if let path = options.configurationPath {
            guard let place = realPath(path) else { throw .path(path, reason: systemProblem()) }
            shown = path
            isOfRepository = Paths.relative(place, to: files.root) != nil
            do {
                bytes = try Snapshot(onDisk: Paths.parent(of: place))
                    .read(Paths.name(of: place), limit: Limits.textFileBytes)
            } catch {
                throw .path(path, reason: error.text)
            }
        } else {
            shown = name
            do {
                bytes = try files.read(name, limit: Limits.textFileBytes)
            } catch .missing {
                let other = ".clm-doctor.yml"
                if files.exists(other) { throw .path(other, reason: "is not read; rename it to \(name)") }
                return
            } catch {
                throw .path(name, reason: error.text)
            }
        }
        do {
            var reader = ConfigurationReader(path: shown, files: files, options: options)
            let (configuration, builds) = try reader.read(bytes)
            self.configuration = configuration
            self.configuration.isOfRepository = isOfRepository
            // What is read for another state of the repository is its configuration all the same.
            if !options.heedsIgnoredPaths, isOfRepository || !options.readsCustomChecks {
                self.configuration.unheededPaths = configuration.ignoredPaths
                self.configuration.ignoredPaths = []
            }
            stated.builds += builds
            noteUnmatched(configuration.ignoredPaths, path: shown)
            if let line = configuration.checkProgramLine {
                stated.notes.append(
                    Note(
                        path: shown, line: line,
                        message:
                            "check-programs: not run, because a repository cannot make anything run; name them with "
                            + "--check-program, or in clm-doctor/config.yaml of your own configuration folder",
                        isUnexamined: false))
            }
        } catch {
            throw .configuration(error)
        }
    }

    // MARK: - Dockerfiles

    mutating func readDockerfiles(_ found: [FileWalk.Found]) {
        for file in selection.files where !isStatement(file) {
            readDockerfile(file, .isStated, isPlain: false)
        }
        for file in found where selection.includes(file.path) {
            switch file.kind {
            case .dockerfile: readDockerfile(file.path, .isStated, isPlain: file.isPlain)
            case .dockerfileVariant: readDockerfile(file.path, .hasFrom, isPlain: file.isPlain)
            case .perhapsDockerfile: readDockerfile(file.path, .readsLikeOne, isPlain: file.isPlain)
            default: break
            }
        }
    }

    /// A file that is named on the command line and is, by its name, no Dockerfile.
    func isStatement(_ path: String) -> Bool {
        switch FileKind(path) {
        case nil, .dockerfile, .dockerfileVariant, .perhapsDockerfile, .perhapsScript: false
        default: true
        }
    }

    /// What makes a file a Dockerfile.
    enum Proof {
        /// Its name, or something that builds it.
        case isStated
        /// A FROM in it.
        case hasFrom
        /// Its whole text.
        case readsLikeOne
    }

    mutating func readDockerfile(_ path: String, _ proof: Proof, isPlain: Bool) {
        guard dockerfiles[path] == nil, !unreadable.contains(path) else { return }
        let bytes: [UInt8]
        do {
            bytes = try files.read(path, limit: Limits.dockerfileBytes, isPlain: isPlain)
        } catch {
            unreadable.insert(path)
            stated.notes.append(
                Note(path: path, message: "\(error.text); it is not examined"))
            return
        }
        if bytes.prefix(8000).contains(0) {
            unreadable.insert(path)
            if proof != .readsLikeOne {
                stated.notes.append(
                    Note(
                        path: path, message: "is a binary file; it is not examined"
                    ))
            }
            return
        }
        if proof == .readsLikeOne, !DockerfileText.isLikely(bytes) { return }
        guard bytes.count <= bytesLeft else {
            unreadable.insert(path)
            stated.notes.append(
                Note(
                    path: path, message: StatementFiles.tooMuch + "; it is not examined"))
            return
        }
        let source = SourceText(path: path, bytes: bytes)
        if proof == .hasFrom, !ParsedDockerfile(parsing: source).isWhole { return }
        bytesLeft -= bytes.count
        dockerfiles[path] = source
    }

}
