import Diagnostics
import Dockerfile
import Git
import Repository
import SourceText

/// What states builds.
extension ProjectLoader {
    mutating func readStatements(_ found: [FileWalk.Found]) {
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
                    let source = source(
                        format.kind,
                        where: { format.mayBuild($0) || CalledBuild.mayBe(in: $0) })
                else { break }
                let isCaller = !PipelineFormat.mentionsBuilders(source.bytes)
                if isCaller { callers.insert(path) }
                // A mistake in a file that builds nothing is not ours to tell.
                guard
                    let documents = isCaller
                        ? try? YAML.documents(source.bytes) : statements.documents(of: source)
                else { break }
                let draft = PipelineDraft(files: files, source: source) { [files] path in
                    files.kind(of: path) == .file ? statements.source(path, kind: format.kind) : nil
                }
                add(path) { format.read(documents, draft, &$0) }
            case .unreadPipeline:
                var mayBuild = false
                guard let system = UnreadPipeline.system(path) else { break }
                _ = source(.script) { bytes in
                    mayBuild = UnreadPipeline.mayBuild(bytes, of: system)
                    return false
                }
                if mayBuild {
                    stated.notes.append(
                        Note(
                            path: path,
                            message:
                                "is a file of \(system), which is not read; it names a builder of images")
                    )
                }
            case .buildFile:
                guard let format = BuildFileFormat.of(path),
                    let source = source(.script, where: format.mayBuild)
                else { break }
                add(path) { work in
                    do throws(YAMLError) { return try format.read(source, files, &work) } catch {
                        var problem = StatedBuilds()
                        problem.notes = [
                            Note(path: path, line: error.line, message: "is not read: \(error.message)")
                        ]
                        return problem
                    }
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
        let others = composeFilesBesideDockerfiles(found).filter {
            !composeFiles.contains($0) && !ignored.matches($0, work: &ignoreWork)
                && statements.source($0, kind: .compose, where: Self.isCompose) != nil
        }
        var compose = ComposeReader(
            files: files, readYAML: { statements.yaml($0, kind: .compose) },
            readEnvironment: statements.environmentFile)
        stated.append(compose.read(composeFiles, besides: others, work: &work))
        for path in Set(otherBakeFiles).sorted()
        where !isCompose(path) && bakeFiles[path] == nil && files.kind(of: path) == .file {
            bakeFiles[path] = statements.source(path, kind: .bake)
        }
        var bake = BakeReader(files: files, composed: stated.builds)
        let sets = stated.bakeSets(of: Array(bakeFiles.keys), root: files.root)
        stated.append(bake.read(sets, bakeFiles, work: &work))
        stated.dropUncalled()
        stated.passBakeSets()
        PipelineCalls.link(&stated.pipelines)
        work.lend { stated.passFileCommands(root: files.root, work: &$0) }
        stated.notes += statements.notes
        self.statements = statements.statements
        bytesLeft = statements.bytesLeft
    }

    /// Files in YAML beside Dockerfiles whose names tell nothing: a compose file of any name is used with `-f`.
    private func composeFilesBesideDockerfiles(_ found: [FileWalk.Found]) -> [String] {
        let folders = Set(found.lazy.filter { $0.kind.isDockerfileByName }.map { Paths.folder(of: $0.path) })
        var paths: [String] = []
        for folder in folders.sorted().prefix(Limits.searchedFolders) {
            for name in files.names(in: folder, limit: Limits.namesOfFolder) ?? [] {
                guard name.hasSuffix(".yaml") || name.hasSuffix(".yml") else { continue }
                let path = Paths.join(folder, name)
                guard FileKind(path) == nil, files.kind(of: path) == .file else { continue }
                guard paths.count < Limits.searchedSiblings else { return paths }
                paths.append(path)
            }
        }
        return paths
    }

    /// Services at the top of a file, and a build.
    private static func isCompose(_ bytes: [UInt8]) -> Bool {
        (bytes.starts(with: "services:".utf8) || bytes.holds("\nservices:")) && bytes.holds("build:")
    }
}
