import Diagnostics
import Dockerfile
import Git
package import Repository
import SourceText

extension Project {
    /// Reads what a repository says of its image builds.
    /// - Parameters:
    ///   - paths: files and folders, absolute or relative to the working directory; none for the working directory.
    ///     All lie in one repository. Builds are limited to Dockerfiles in them; a file that is named is always
    ///     examined. What states builds is looked for in the whole repository.
    ///   - options: see there.
    /// - Throws: for a path that does not exist, and for a mistake in the configuration. All else becomes a note.
    package static func load(_ paths: [String], options: LoadOptions = LoadOptions()) async throws(LoadError)
        -> Project
    {
        var loader = try ProjectLoader(paths: paths, options: options)
        try await loader.load()
        return loader.project
    }

    /// Reads what a snapshot of a repository says of its image builds.
    /// - Parameters:
    ///   - selection: what of it is asked for.
    ///   - listed: the files that `concerns` is true of, where they are known: then no folder is searched.
    /// - Throws: for a mistake in the configuration. All else becomes a note.
    package static func load(
        from snapshot: Snapshot, _ selection: Selection = .all, listed: [ListedFile]? = nil,
        options: LoadOptions
    ) async throws(LoadError) -> Project {
        var loader = ProjectLoader(snapshot, selection, listed: listed, options: options)
        try await loader.load()
        return loader.project
    }

    /// The absolute path of the root that `load` finds for the same paths.
    /// - Throws: for a path that does not exist, or lies in another repository than the first.
    package static func root(of paths: [String]) throws(LoadError) -> String {
        try ProjectLoader(paths: paths, options: LoadOptions()).files.root
    }

    /// What `load` reads first, and nothing else.
    /// - Throws: as `load`.
    package static func configuration(
        of paths: [String], options: LoadOptions
    ) throws(LoadError) -> Configuration {
        var loader = try ProjectLoader(paths: paths, options: options)
        try loader.readConfiguration()
        return loader.configuration
    }
}

/// A file that git has told of: a regular one, or a link.
package struct ListedFile: Sendable {
    package let path: [UInt8]
    package let isLink: Bool

    package init(path: [UInt8], isLink: Bool) {
        self.path = path
        self.isLink = isLink
    }
}

/// The steps of `Project.load`, and what they share.
struct ProjectLoader {
    fileprivate let files: Snapshot
    /// nil where the folders are to be searched.
    private let listed: [ListedFile]?
    private let options: LoadOptions
    private let selection: Project.Selection
    fileprivate private(set) var configuration = Configuration()
    /// The configuration's `ignore:`.
    private var ignored = PathPatterns([])
    private var dockerfiles: [String: SourceText] = [:]
    private var parsed: [String: ParsedDockerfile] = [:]
    private var unreadable: Set<String> = []
    private var statements: [StatementFile] = []
    fileprivate var stated = StatedBuilds()
    private var builds: [Build] = []
    private var buildStatements: [BuildStatement] = []
    private var unexaminedBuilds: Set<UnexaminedBuild> = []
    private var leftOut: [String] = []
    private var passedOver = PassedOver()
    /// How much text may still be kept.
    private var bytesLeft = Limits.projectBytes

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
    private static func reasonAgainst(_ path: String, in files: Snapshot) -> String? {
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
        project.unread = Set(stated.notes.lazy.filter(\.isUnexamined).compactMap(\.path))
        project.unexaminedBuilds = unexaminedBuilds.sorted { $0.dockerfile < $1.dockerfile }
        project.passedOver = passedOver
        // What a file states is examined wherever it lies.
        project.passedOver.leftOut.removeAll { dockerfiles[$0] != nil }
        return project
    }

    /// Each note once; of many files of which there is the same to say, the first speaks for all.
    private static func inOrder(_ notes: [Note]) -> [Note] {
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
    private mutating func noteUnmatched(_ patterns: [String], path: String) {
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

    fileprivate mutating func readConfiguration() throws(LoadError) {
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

    // MARK: - Statements

    private mutating func readStatements(_ found: [FileWalk.Found]) {
        let statements = StatementFiles(files: files)
        var work = WorkBudget(Limits.statementWork)
        var composeFiles: [String] = []
        var bakeFiles: [String: SourceText] = [:]
        func mentionsBuilders(_ bytes: [UInt8]) -> Bool { ScriptReader.mentionsBuilders(bytes[...]) }
        func add(_ path: String, _ read: (inout WorkBudget) -> StatedBuilds) {
            guard stated.builds.count + stated.commands.count < Limits.statedBuilds else {
                stated.notes.append(
                    Note(
                        path: path,
                        message:
                            "is not read: more than \(Limits.statedBuilds) builds and commands are stated"))
                return
            }
            let (read, isSpent) = work.lend { lent in (read(&lent), lent.isSpent) }
            stated.append(read)
            if isSpent {
                stated.notes.append(
                    Note(path: path, message: WorkBudget.note))
            }
        }
        for file in found {
            let path = file.path
            func source(_ kind: Statement.Kind, where needed: ([UInt8]) -> Bool) -> SourceText? {
                statements.source(path, kind: kind, isPlain: file.isPlain, where: needed)
            }
            switch file.kind {
            case .dockerfile, .dockerfileVariant, .perhapsDockerfile: break
            case .compose:
                if source(.compose, where: { _ in true }) != nil { composeFiles.append(path) }
            case .bakeJSON, .bakeHCL:
                bakeFiles[path] = source(.bake, where: { _ in true })
            case .pipeline:
                guard let format = PipelineFormat.of(path),
                    let source = source(format.kind, where: PipelineFormat.mentionsBuilders),
                    let documents = statements.documents(of: source)
                else { break }
                add(path) { format.read(documents, PipelineDraft(files: files, source: source), &$0) }
            case .unreadPipeline:
                var mayBuild = false
                _ = source(.script) { bytes in
                    mayBuild = PipelineFormat.mentionsBuilders(bytes)
                    return false
                }
                if mayBuild, let system = UnreadPipeline.system(path) {
                    stated.notes.append(
                        Note(
                            path: path,
                            message:
                                "is a pipeline of \(system), which is not read; it names a builder of images")
                    )
                }
            case .taskfile:
                guard let source = source(.script, where: mentionsBuilders),
                    let (yaml, _) = statements.yaml(path, kind: .script)
                else { break }
                add(path) { TaskfileReader(files: files, source: source).read(yaml, work: &$0) }
            case .makefile, .justfile:
                guard let source = source(.script, where: mentionsBuilders) else { break }
                var reader = MakefileReader(files: files, source: source)
                add(path) {
                    file.kind == .makefile ? reader.readMakefile(work: &$0) : reader.readJustfile(work: &$0)
                }
            case .shell, .perhapsScript:
                let isScript = file.kind == .shell
                guard isScript || files.mayBeScript(path, isPlain: file.isPlain),
                    let source = source(
                        .script,
                        where: { (isScript || $0.starts(with: Array("#!".utf8))) && mentionsBuilders($0) })
                else { break }
                add(path) { ScriptReader(files: files).read(source, work: &$0) }
            case .powerShell, .batch:
                guard let source = source(.script, where: mentionsBuilders) else { break }
                add(path) {
                    ScriptReader(files: files).readPowerShell(source, isBatch: file.kind == .batch, work: &$0)
                }
            }
        }
        var ignoreWork = WorkBudget(Limits.ignoreWork)
        let named = stated.buildFiles(root: files.root) { path in
            !ignored.matches(path, work: &ignoreWork) && files.kind(of: path) == .file
        }
        let otherBakeFiles = stated.bakeFiles.flatMap { $0 } + named.map(\.path)
        let namedForCompose = Set(named.filter(\.isCompose).map(\.path))
        // Bake takes compose files too (docs.docker.com/build/bake/compose-file).
        func isCompose(_ path: String) -> Bool {
            path.hasSuffix(".yaml") || path.hasSuffix(".yml") || namedForCompose.contains(path)
        }
        for path in Set(otherBakeFiles).sorted() where isCompose(path) && !composeFiles.contains(path) {
            if files.kind(of: path) == .file, statements.source(path, kind: .compose) != nil {
                composeFiles.append(path)
            }
        }
        var compose = ComposeReader(
            files: files, readYAML: { statements.yaml($0, kind: .compose) },
            readEnvironment: statements.environmentFile)
        stated.append(compose.read(composeFiles, work: &work))
        for path in Set(otherBakeFiles).sorted()
        where !isCompose(path) && bakeFiles[path] == nil && files.kind(of: path) == .file {
            bakeFiles[path] = statements.source(path, kind: .bake)
        }
        var bake = BakeReader(files: files, composed: stated.builds)
        let sets = stated.bakeSets(of: Array(bakeFiles.keys), root: files.root)
        stated.append(bake.read(sets, bakeFiles, work: &work))
        stated.passBakeSets()
        work.lend { stated.passFileCommands(root: files.root, work: &$0) }
        stated.notes += statements.notes
        self.statements = statements.statements
        bytesLeft = statements.bytesLeft
    }

    // MARK: - Dockerfiles

    private mutating func readDockerfiles(_ found: [FileWalk.Found]) {
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
    private func isStatement(_ path: String) -> Bool {
        switch FileKind(path) {
        case nil, .dockerfile, .dockerfileVariant, .perhapsDockerfile, .perhapsScript: false
        default: true
        }
    }

    /// What makes a file a Dockerfile.
    private enum Proof {
        /// Its name, or something that builds it.
        case isStated
        /// A FROM in it.
        case hasFrom
        /// Its whole text.
        case readsLikeOne
    }

    private mutating func readDockerfile(_ path: String, _ proof: Proof, isPlain: Bool) {
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

    // MARK: - Builds

    private mutating func addNamedBuild() {
        guard let named = options.build, let context = named.context,
            let path = realPath(named.dockerfile).flatMap({ Paths.relative($0, to: files.root) })
        else { return }
        stated.builds.insert(
            StatedBuild(
                dockerfile: .path(path),
                context: BuildSource(realPath(context) ?? context, in: ".", root: files.root),
                statement: Statement(kind: .commandLine, path: path, line: 1)), at: 0)
    }

    private struct StatementOfBuild: Hashable {
        /// Its index.
        let build: Int
        let statement: Statement
    }

    /// What a build takes besides evaluating its Dockerfile, as if that were so many bytes longer.
    private static let sizeOfBuild = 200
    /// A short instruction takes as long as one of so many bytes.
    private static let sizeOfLine = 48

    /// Fewer take less time than starting a thread does.
    private static let inferencesOfAPart = 50

    private mutating func collectBuilds() async {
        addNamedBuild()
        var work = WorkBudget(Limits.ignoreWork)
        var merged: [Build.Key: Int] = [:]
        var known: Set<StatementOfBuild> = []
        var bytes = 0
        var tooMany: [String: Int] = [:]
        // The first that states a build names it; sorting is stable.
        for build in stated.builds.sorted(by: { $0.statement.kind.rank < $1.statement.kind.rank }) {
            guard case .path(let written) = build.dockerfile else {
                noteUnused(build)
                continue
            }
            let path = withoutLink(written)
            if dockerfiles[path] == nil {
                guard !unreadable.contains(path) else { continue }
                guard files.kind(of: path) != nil else {
                    stated.notes.append(
                        Note(
                            path: build.statement.path, line: build.statement.line,
                            message: "builds \(path), which does not exist" + besides(build, path),
                            isUnexamined: false))
                    continue
                }
                guard !ignored.matches(path, work: &work), selection.includes(path) else { continue }
                readDockerfile(path, .isStated, isPlain: false)
                guard dockerfiles[path] != nil else { continue }
            }
            let key = Build.Key(build, dockerfile: path)
            if let index = merged[key] {
                let statement = StatementOfBuild(build: index, statement: build.statement)
                builds[index].add(build, isNew: known.insert(statement).inserted)
                continue
            }
            // Each build of a Dockerfile evaluates all of it.
            let source = dockerfiles[path]
            let size =
                max(source?.bytes.count ?? 0, (source?.lineCount ?? 0) * Self.sizeOfLine) + Self.sizeOfBuild
            let isFirst = tooMany[path] == nil
            guard builds.count < Limits.builds, isFirst || bytes + size <= Limits.evaluatedBytes else {
                tooMany[path, default: 0] += 1
                unexaminedBuilds.insert(UnexaminedBuild(dockerfile: path, context: build.context))
                continue
            }
            if isFirst { tooMany[path] = 0 }
            bytes += size
            merged[key] = builds.count
            known.insert(StatementOfBuild(build: builds.count, statement: build.statement))
            builds.append(Build(build, dockerfile: path))
        }
        for (path, count) in tooMany where count > 0 {
            stated.notes.append(
                Note(
                    path: path,
                    message: "\(count) of its builds are not examined: there are too many for its size"))
        }
        let stating = Set(builds.map(\.dockerfile))
        forgetLinks()
        if dockerfiles.keys.contains(where: { !stating.contains($0) }) { noteUntold() }
        let inference = InferredContext(files: files)
        let others = dockerfiles.values.filter { !stating.contains($0.path) }
        let keepsParsed = options.keepsParsed
        let inferred = await others.concurrentMap(inPartsOf: Self.inferencesOfAPart) { part in
            part.map { source in
                ExaminedFile.begin(source.path)
                let dockerfile = ParsedDockerfile(parsing: source)
                let build = Build(
                    name: source.path, dockerfile: source.path, context: inference.context(of: dockerfile))
                return (build: build, dockerfile: keepsParsed ? dockerfile : nil)
            }
        }
        builds += inferred.map(\.build)
        for (build, dockerfile) in inferred { parsed[build.dockerfile] = dockerfile }
        builds.sort { left, right in
            (left.dockerfile, left.contextText, left.target ?? "", left.name)
                < (right.dockerfile, right.contextText, right.target ?? "", right.name)
        }
        builds = Build.withUniqueNames(builds)
        collectStatements()
        noteLongValues()
    }

    /// Values whose text is too long to look for what makes them change; `VolatileValue` takes them for constant.
    private mutating func noteLongValues() {
        let sources = sourcesByPath
        for option in stated.builds.lazy.flatMap(\.options) where option.name == "build-arg" {
            guard option.written.utf8.count > Limits.volatileValueBytes, let source = sources[option.path]
            else { continue }
            stated.notes.append(
                Note(
                    path: option.path, line: source.line(at: option.bytes.lowerBound),
                    message:
                        "a build argument of more than \(Limits.volatileValueBytes) bytes: whether its value changes is not "
                        + "looked at"))
        }
    }

    private var sourcesByPath: [String: SourceText] {
        Dictionary(
            statements.map { ($0.source.path, $0.source) }, uniquingKeysWith: { first, _ in first })
    }

    private mutating func collectStatements() {
        let sources = sourcesByPath
        buildStatements = stated.builds.compactMap { build in
            guard !build.isVariant, let source = sources[build.statement.path] else { return nil }
            var path: String?
            if case .path(let written) = build.dockerfile {
                let target = withoutLink(written)
                if dockerfiles[target] != nil { path = target }
            }
            let line = min(max(build.statement.line, 1), source.lineCount)
            return BuildStatement(
                kind: build.statement.kind, path: source.path,
                bytes: build.bytes ?? source.bytes(ofLine: line), name: build.name,
                build: path.map { Build(build, dockerfile: $0) }, options: build.options,
                mayHaveMore: build.mayHaveMore, isConditional: build.isConditional, unit: build.unit,
                step: build.step)
        }
    }
}

extension ProjectLoader {
    fileprivate mutating func noteUnused(_ build: StatedBuild) {
        let message: String
        switch build.dockerfile {
        case .path: return
        case .elsewhere(let text): message = "builds \(text), which is not a file of this repository"
        case .unknown(let text):
            guard !build.isToldByCallers else { return }
            message = "builds an image from a Dockerfile that the file does not tell: \(text)"
        }
        stated.notes.append(
            Note(
                path: build.statement.path, line: build.statement.line, message: message,
                isUnexamined: build.isToldByInput))
    }

    /// Compose and bake take the path of a Dockerfile as relative to the context; whether it is meant from the file on.
    /// Sources: compose-spec, `build.md`, `dockerfile`; bake reference, `target.dockerfile`.
    private func besides(_ build: StatedBuild, _ path: String) -> String {
        guard build.statement.kind == .compose || build.statement.kind == .bake,
            let context = build.context.directory, context != ".", path.hasPrefix(context + "/")
        else { return "" }
        let written = path.dropFirst(context.count + 1)
        let other = Paths.join(Paths.folder(of: build.statement.path), String(written))
        return written.contains("/") && files.kind(of: other) == .file
            ? ": the path is relative to the context, \(context), and \(other) does exist" : ""
    }

    /// The Dockerfile that a link stands for, so that nothing is said twice; the path itself for a file, and where an
    /// ignore file goes by one of the names.
    private func withoutLink(_ path: String) -> String {
        guard let target = files.target(of: path), target != path,
            selection.includes(target), files.kind(of: target) == .file,
            [path, target].allSatisfy({ files.kind(of: $0 + ".dockerignore") == nil })
        else { return path }
        return target
    }

    /// Links to Dockerfiles that are examined themselves.
    private mutating func forgetLinks() {
        for path in Array(dockerfiles.keys) {
            let target = withoutLink(path)
            if target != path, dockerfiles[target] != nil { dockerfiles[path] = nil }
        }
    }

    /// Scripts and workflows take the Dockerfile from who runs them as a rule. That matters only where a Dockerfile is
    /// left that nothing else states, and is said once for each file.
    private mutating func noteUntold() {
        let untold = Dictionary(grouping: stated.builds.filter(\.isToldByCallers), by: \.statement.path)
        for (path, builds) in untold {
            let lines = Set(builds.map(\.statement.line)).sorted()
            guard
                case .unknown(let text)? = builds.min(by: { $0.statement.line < $1.statement.line })?
                    .dockerfile
            else { continue }
            let others =
                lines.count > 1 ? " (and in \(lines.count - 1) more line\(lines.count == 2 ? "" : "s"))" : ""
            stated.notes.append(
                Note(
                    path: path, line: lines.first,
                    message:
                        "how this is run decides which Dockerfile is built\(others): \(text); contexts that "
                        + "nothing else states are guessed",
                    isUnexamined: false))
        }
    }
}

extension StatedBuild {
    /// A value of a script's or workflow's run decides which Dockerfile it is.
    fileprivate var isToldByCallers: Bool {
        guard case .unknown = dockerfile, !isToldByInput else { return false }
        return statement.kind == .script || statement.kind == .workflow
    }
}

extension Statement.Kind {
    /// What gives a build its name and its settings on purpose comes before what only runs it.
    fileprivate var rank: Int {
        switch self {
        case .commandLine: 0
        case .config: 1
        case .compose: 2
        case .bake: 3
        case .workflow: 4
        case .script: 5
        }
    }
}

extension ParsedDockerfile {
    /// It has a frontend of its own, or a stage; else it is empty, a piece for other Dockerfiles, or a program in another
    /// language that writes them (`Dockerfile.ncl`).
    fileprivate var isWhole: Bool {
        if directives.contains(where: { $0.name == .syntax }) { return true }
        let unknown = instructions.count { $0.keyword == .unknown }
        return instructions.contains { $0.keyword == .from } && 2 * unknown <= instructions.count
    }
}

/// What tells a Dockerfile from another file of a similar name.
enum DockerfileText {
    /// The first word that is no comment is FROM or ARG, and nothing of a template language is in the text.
    static func isLikely(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        while true {
            rest = rest.drop { $0 <= 0x20 }
            guard rest.first == UInt8(ascii: "#") else { break }
            rest = rest.drop { $0 != 0x0A }
        }
        let word = String(decoding: rest.prefix { $0 > 0x20 }.prefix(5), as: UTF8.self).lowercased()
        guard word == "from" || word == "arg" else { return false }
        return zip(bytes, bytes.dropFirst()).allSatisfy { first, second in
            !(first == UInt8(ascii: "{") && (second == UInt8(ascii: "{") || second == UInt8(ascii: "%")))
                && !(first == UInt8(ascii: "<") && second == UInt8(ascii: "%"))
        }
    }
}
