import Diagnostics
import Dockerfile
import Git
import Repository
import SourceText

/// The builds that are stated, and those of Dockerfiles that nothing states.
extension ProjectLoader {
    mutating func addNamedBuild() {
        guard let named = options.build, let context = named.context,
            let path = realPath(named.dockerfile).flatMap({ Paths.relative($0, to: files.root) })
        else { return }
        stated.builds.insert(
            StatedBuild(
                dockerfile: .path(path),
                context: BuildSource(realPath(context) ?? context, in: ".", root: files.root),
                statement: Statement(kind: .commandLine, path: path, line: 1)), at: 0)
    }

    struct StatementOfBuild: Hashable {
        /// Its index.
        let build: Int
        let statement: Statement
    }

    /// What a build takes besides evaluating its Dockerfile, as if that were so many bytes longer.
    static let sizeOfBuild = 200
    /// A short instruction takes as long as one of so many bytes.
    static let sizeOfLine = 48

    /// Fewer take less time than starting a thread does.
    static let inferencesOfAPart = 50

    mutating func collectBuilds() async {
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
            let path = build.inline == nil ? withoutLink(written) : written
            if let inline = build.inline {
                guard !ignored.matches(inline.path, work: &work), selection.includes(inline.path),
                    keep(inline, of: build)
                else { continue }
            }
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
        if dockerfiles.keys.contains(where: { !stating.contains($0) }) {
            stated.notes += untoldBuilds(" contexts that nothing else states are guessed")
        } else {
            untold = untoldBuilds(nil)
        }
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
        builds = Build.withUniqueNames(Build.inOrder(builds))
        collectStatements()
        noteLongValues()
    }

    /// Values whose text is too long to look for what makes them change; `VolatileValue` takes them for constant.
    mutating func noteLongValues() {
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

    var sourcesByPath: [String: SourceText] {
        Dictionary(
            statements.map { ($0.source.path, $0.source) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func collectStatements() {
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
                step: build.step, builder: build.builder)
        }
        tellDifferingArguments()
        calledBuilds = CalledBuild.all(of: stated.pipelines, among: buildStatements, stated.makeRules)
        // A file that names no builder and calls none has nothing to say.
        let calling = Set(calledBuilds.map(\.path)).union(
            stated.pipelines.lazy.filter { $0.jobs.contains(where: \.callsKnown) }.map(\.source.path))
        let idle = callers.subtracting(calling)
        guard !idle.isEmpty else { return }
        stated.pipelines.removeAll { idle.contains($0.source.path) }
        statements.removeAll { idle.contains($0.source.path) }
    }
}

extension ProjectLoader {
    /// Tells builds of one Dockerfile and target which arguments differ among them, as far as one file shows.
    mutating func tellDifferingArguments() {
        struct Place: Hashable {
            let path: String
            let dockerfile: String
            let target: String?
        }
        var differing: [Place: Set<String>] = [:]
        var first: [Place: [String: BuildOption]] = [:]
        for statement in buildStatements {
            guard let build = statement.build else { continue }
            let place = Place(path: statement.path, dockerfile: build.dockerfile, target: build.target)
            for option in statement.options where option.path == statement.path {
                guard let name = option.argumentName, !name.isEmpty else { continue }
                if let known = first[place]?[name] {
                    if known.differs(from: option) { differing[place, default: []].insert(name) }
                } else {
                    first[place, default: [:]][name] = option
                }
            }
        }
        for (place, names) in differing {
            for index in builds.indices
            where builds[index].dockerfile == place.dockerfile && builds[index].target == place.target {
                builds[index].differingArguments.formUnion(names)
            }
        }
    }

    mutating func noteUnused(_ build: StatedBuild) {
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
    func besides(_ build: StatedBuild, _ path: String) -> String {
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
    func withoutLink(_ path: String) -> String {
        guard let target = files.target(of: path), target != path,
            selection.includes(target), files.kind(of: target) == .file,
            [path, target].allSatisfy({ files.kind(of: $0 + ".dockerignore") == nil })
        else { return path }
        return target
    }

    /// Links to Dockerfiles that are examined themselves.
    mutating func forgetLinks() {
        for path in Array(dockerfiles.keys) {
            let target = withoutLink(path)
            if target != path, dockerfiles[target] != nil { dockerfiles[path] = nil }
        }
    }

    /// Takes in a Dockerfile that stands in another file.
    /// - Returns: false where it is not examined, which is noted.
    mutating func keep(_ inline: InlineDockerfile, of build: StatedBuild) -> Bool {
        // A repair that is being proved.
        let inline = files.replacement(of: inline.text.path).map(inline.replacing) ?? inline
        let key = inline.text.path
        if let known = dockerfiles[key] {
            if known.bytes == inline.text.bytes { return true }
        } else if inline.text.bytes.count <= bytesLeft {
            bytesLeft -= inline.text.bytes.count
            dockerfiles[key] = inline.text
            inlineDockerfiles[key] = inline
            return true
        }
        stated.notes.append(
            Note(
                path: inline.path, line: build.statement.line,
                message: "has more Dockerfiles in it than are examined; that of \(build.name ?? key) is not"))
        return false
    }

    /// Scripts and workflows take the Dockerfile from who runs them as a rule. That matters most where a Dockerfile is left
    /// that nothing else states, and is said once for each file.
    /// - Parameter consequence: nil where there is none.
    func untoldBuilds(_ consequence: String?) -> [Note] {
        var notes: [Note] = []
        let untold = Dictionary(grouping: stated.builds.filter(\.isToldByCallers), by: \.statement.path)
        for (path, builds) in untold {
            let lines = Set(builds.map(\.statement.line)).sorted()
            guard
                case .unknown(let text)? = builds.min(by: { $0.statement.line < $1.statement.line })?
                    .dockerfile
            else { continue }
            let others =
                lines.count > 1 ? " (and in \(lines.count - 1) more line\(lines.count == 2 ? "" : "s"))" : ""
            notes.append(
                Note(
                    path: path, line: lines.first,
                    message: "how this is run decides which Dockerfile is built\(others): \(text)"
                        + (consequence.map { ";\($0)" } ?? ""),
                    isUnexamined: false))
        }
        return notes
    }
}

extension StatedBuild {
    /// A value of a script's or workflow's run decides which Dockerfile it is.
    var isToldByCallers: Bool {
        guard case .unknown = dockerfile, !isToldByInput else { return false }
        return statement.kind == .script || statement.kind == .workflow
    }
}

extension Statement.Kind {
    /// What gives a build its name and its settings on purpose comes before what only runs it.
    var rank: Int {
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
