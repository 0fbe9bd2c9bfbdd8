internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Facts
internal import Git
internal import Project
internal import Repository
internal import SourceText

extension RepositoryComparison {
    /// An argument that may have another value than before.
    struct ArgumentDoubt {
        let name: String
        /// Where the Dockerfile takes it first.
        let line: Int
        /// As the end of a sentence.
        let reason: String
    }

    /// The Dockerfiles of both sides of a build, evaluated.
    struct Definition {
        let build: Build
        /// What it was at the base.
        let before: Build?
        let head: EvaluatedDockerfile
        /// What the head takes.
        let sources: [StepKeys.Source]
        /// nil where the base has no such build, or one that fails: it has left nothing in the cache.
        let base: EvaluatedDockerfile?
        /// The same Dockerfile, asked for in the same way.
        let isSame: Bool
        let pins: [String: String]
        let volatile: Set<String>
        /// What would end the build unless somebody passed arguments that nothing gives a value.
        let open: [BuildObstacles.Open]
    }

    /// What is known of both sides before any key is computed.
    struct Outline {
        let definition: Definition
        let context: ContextComparison?
        let namedContexts: [String: ContextComparison]
        /// Arguments that may have got another value.
        let doubts: [ArgumentDoubt]

        var build: Build { definition.build }
        var before: Build? { definition.before }
        var head: EvaluatedDockerfile { definition.head }
        var base: EvaluatedDockerfile? { definition.base }
        var isSame: Bool { definition.isSame }
        var pins: [String: String] { definition.pins }
        var volatile: Set<String> { definition.volatile }
        var open: [BuildObstacles.Open] { definition.open }
    }

    struct NotPredicted: Error {
        let problem: String
        /// The build may well be right; what runs again cannot be told.
        var isUnknown = false
    }

    func outline(of build: Build, before: Build?, _ shared: inout Shared) throws(NotPredicted)
        -> Outline
    {
        outline(of: try definition(of: build, before: before, &shared), &shared)
    }

    func definition(of build: Build, before: Build?, _ shared: inout Shared) throws(NotPredicted)
        -> Definition
    {
        let name = build.keptName
        if let known = shared.kept?.definitions[name] { return try known.get() }
        do {
            let made = try newDefinition(of: build, before: before, &shared)
            shared.kept?.definitions[name] = .success(made)
            return made
        } catch {
            shared.kept?.definitions[name] = .failure(error)
            throw error
        }
    }

    /// A Dockerfile that stands in a compose file.
    /// - Returns: nil for any other.
    private func inlineDockerfile(_ path: String, _ side: ContextComparison.SideName) -> ParsedDockerfile? {
        if side == .base, texts == nil, let inlineAtBase {
            return inlineAtBase[path].map { ParsedDockerfile(parsing: $0.text) }
        }
        guard headProject?.inlineDockerfiles[path] != nil else { return nil }
        return headProject?.parsedDockerfile(path)
    }

    private func newDefinition(of build: Build, before: Build?, _ shared: inout Shared) throws(NotPredicted)
        -> Definition
    {
        ExaminedFile.begin(build.dockerfile)
        func parse(_ path: String, _ side: ContextComparison.SideName) -> ParsedDockerfile? {
            let text = resolvedEntry(path, textTree(side))?.id.map { Shared.Text(path: path, id: $0) }
            if let text, let known = shared.parsed[text] { return known }
            if let inline = inlineDockerfile(path, side) { return inline }
            let kept = side == .head || texts != nil ? headProject?.parsedDockerfile(path) : nil
            guard
                let made = kept
                    ?? bytes(path, side).map({ ParsedDockerfile(parsing: SourceText(path: path, bytes: $0)) })
            else { return nil }
            if let text { shared.parsed[text] = made }
            return made
        }
        guard let dockerfile = parse(build.dockerfile, .head) else {
            throw NotPredicted(
                problem: resolvedEntry(build.dockerfile, textTree(.head)) == nil
                    ? "\(build.dockerfile) does not exist on this side: nothing is built"
                    : "\(build.dockerfile) is not read: it is larger than \(Limits.dockerfileBytes >> 20) MiB, or not in this clone",
                isUnknown: resolvedEntry(build.dockerfile, textTree(.head)) != nil
            )
        }
        let obstacles = BuildObstacles(of: build, dockerfile)
        if let obstacle = Self.obstacle(obstacles, dockerfile, build) { throw obstacle }
        var open = obstacles.open
        let volatile = volatileArguments(of: build, dockerfile)
        var baseEvaluated: EvaluatedDockerfile?
        var beforeDockerfile: ParsedDockerfile?
        var beforePlain: EvaluatedDockerfile?
        var isSame = false
        if let before, let old = parse(before.dockerfile, .base) {
            isSame =
                volatile.isEmpty && before.isAskedLike(build) && old.source.bytes == dockerfile.source.bytes
            if isSame {
                beforeDockerfile = old
            } else {
                let obstacles = BuildObstacles(of: before, old)
                if let obstacle = Self.obstacle(obstacles, old, before), obstacle.isUnknown {
                    throw NotPredicted(
                        problem: "what the base built cannot be told: \(obstacle.problem)", isUnknown: true)
                }
                if obstacles.failures.isEmpty {
                    beforeDockerfile = old
                    beforePlain = obstacles.plain
                    open += obstacles.open
                }
            }
        }
        // What one side needs is passed to both.
        let unset = Set(open.flatMap(\.arguments))
        let evaluated =
            unset.isEmpty ? obstacles.plain : Self.evaluated(dockerfile, build, unset)
        if evaluated.target == nil {
            throw NotPredicted(
                problem: "\(build.dockerfile):1: there is no stage to build; the build fails here")
        }
        if isSame {
            baseEvaluated = evaluated
        } else if let before, let beforeDockerfile {
            baseEvaluated = unset.isEmpty ? beforePlain : Self.evaluated(beforeDockerfile, before, unset)
            if baseEvaluated?.target == nil { baseEvaluated = nil }
        }
        if let before, let base = baseEvaluated, case .directory(let folder) = before.context,
            let ignoreFile = ignoreFile(folder, dockerfile: before.dockerfile, .base, &shared),
            ignoreFile.problems.contains(where: { !$0.isLimit }),
            StepKeys.sources(base).contains(where: { $0.origin == .context })
        {
            baseEvaluated = nil
            isSame = false
        }
        return Definition(
            build: build, before: before, head: evaluated, sources: StepKeys.sources(evaluated),
            base: baseEvaluated, isSame: isSame,
            pins: baseEvaluated.map { StepKeys.pins($0, evaluated) } ?? [:], volatile: volatile, open: open)
    }

    func outline(of definition: Definition, _ shared: inout Shared) -> Outline {
        let (build, before) = (definition.build, definition.before)
        func contextComparison(_ source: BuildSource, _ old: BuildSource?, isMain: Bool) -> ContextComparison?
        {
            guard case .directory(let folder) = source else { return nil }
            var previous: (folder: String, dockerfile: String?)?
            if definition.base != nil, case .directory(let folder)? = old {
                previous = (folder, isMain ? before?.dockerfile : nil)
            }
            return context(
                folder, dockerfile: isMain ? build.dockerfile : nil, before: previous, &shared)
        }
        let main = contextComparison(build.context, before?.context, isMain: true)
        var named: [String: ContextComparison] = [:]
        for (name, source) in build.namedContexts {
            named[name] = contextComparison(source, before?.namedContexts[name], isMain: false)
        }
        return Outline(
            definition: definition, context: main, namedContexts: named,
            doubts: doubts(of: build, before: before, definition.head.parsed, &shared).filter {
                !definition.volatile.contains($0.name)
            })
    }

    /// Arguments that the Dockerfile takes, and that may have got another value by what changed, although nothing here
    /// tells which.
    func doubts(
        of build: Build, before: Build?, _ dockerfile: ParsedDockerfile, _ shared: inout Shared
    ) -> [ArgumentDoubt] {
        let passed = Set(build.args.keys).union(build.otherValues.keys).union(
            before?.otherValues.keys ?? [:].keys)
        // What states it leaves room for more: `docker build "${options[@]}"`.
        let isOpen =
            build.otherArguments == .any
            && build.statedBy.contains { $0.kind != .config && $0.kind != .commandLine }
        if passed.isEmpty && !isOpen || changes.isEmpty { return [] }
        var lines: [String: Int] = [:]
        for instruction in dockerfile.instructions {
            guard case .arg(let declarations) = instruction.body else { continue }
            for name in declarations.map(\.name.text)
            where (isOpen || passed.contains(name)) && lines[name] == nil {
                lines[name] = instruction.lines.lowerBound
            }
        }
        if lines.isEmpty { return [] }
        let changed = shared.changedPaths
        let file = build.argumentFiles.filter(changed.contains).min() ?? ""
        var unknown: String?
        if isOpen || lines.keys.contains(where: { build.args[$0] == .some(nil) }) {
            for statement in build.statedBy where unknown == nil { unknown = decider(in: statement, &shared) }
        }
        return lines.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.compactMap { name, line in
            let others = (before?.otherValues[name] ?? [], build.otherValues[name] ?? [])
            if before != nil, others.0 != others.1 {
                return ArgumentDoubt(name: name, line: line, reason: "a command passes it another value")
            }
            if !file.isEmpty { return ArgumentDoubt(name: name, line: line, reason: "\(file) changes") }
            guard build.args[name] == .some(nil) || isOpen && build.args[name] == nil, let unknown else {
                return nil
            }
            // Of a compose file nothing but its environment decides a text that stays.
            if let text = build.environmentValues[name], before?.environmentValues[name] == text,
                build.statedBy.allSatisfy({ $0.kind == .compose }), !unknown.hasSuffix(".env")
            {
                return nil
            }
            return ArgumentDoubt(name: name, line: line, reason: "\(unknown) changes")
        }
    }

    /// A changed file that may decide what a statement passes: its own, or one that it names.
    func decider(in statement: Statement, _ shared: inout Shared) -> String? {
        if let known = shared.deciders[statement.path] { return known }
        let found = decider(in: statement, among: shared.changedPaths)
        shared.deciders[statement.path] = .some(found)
        return found
    }

    func decider(in statement: Statement, among changed: Set<String>) -> String? {
        let folder = statement.path.lastIndex(of: "/").map { statement.path[...$0] } ?? ""
        if statement.kind == .compose, changed.contains(folder + ".env") { return folder + ".env" }
        if changed.contains(statement.path) { return statement.path }
        guard changed.count <= Limits.decidingFiles, let text = bytes(statement.path, .head) else {
            return nil
        }
        let own = Array(Paths.name(of: statement.path).utf8)
        return changed.sorted().first { path in
            Self.names(text, Array(Paths.name(of: path).utf8))
                // What runs a script gives it its environment and arguments.
                || statement.kind == .script && Project.statesBuilds(path)
                    && bytes(path, .head).map { Self.names($0, own) } ?? false
        }
    }

    /// Whether a text holds a word that is no part of another.
    static func names(_ text: [UInt8], _ word: [UInt8]) -> Bool {
        func isPart(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
        var rest = text[...]
        while let found = rest.firstRange(of: word) {
            let isWhole =
                (found.lowerBound == text.startIndex || !isPart(text[found.lowerBound - 1]))
                && (found.upperBound == text.endIndex || !isPart(text[found.upperBound]))
            if isWhole { return true }
            rest = rest[found.upperBound...]
        }
        return false
    }

    /// As a plain build of it does.
    /// - Parameter unset: arguments that nothing gives a value and without which it fails: they must come from somewhere.
    static func evaluated(_ dockerfile: ParsedDockerfile, _ build: Build, _ unset: Set<String>)
        -> EvaluatedDockerfile
    {
        var options = build.evaluationOptions(passesNothingElse: true)
        for name in unset where options.buildArgs[name] == nil { options.buildArgs[name] = .some(nil) }
        return dockerfile.evaluated(options)
    }

    /// What ends a build, or keeps it from being told; nil where nothing does.
    static func obstacle(
        _ obstacles: BuildObstacles, _ dockerfile: ParsedDockerfile, _ build: Build
    ) -> NotPredicted? {
        func place(_ problem: SyntaxProblem) -> String {
            "\(build.dockerfile):\(dockerfile.source.line(at: problem.range.lowerBound))"
        }
        if let failure = obstacles.failures.first {
            let names = obstacles.unpassed.first { $0.problem.range == failure.range }?.arguments.joined(
                separator: ", ")
            return NotPredicted(
                problem: "\(place(failure)): \(failure.message)"
                    + (names.map { ", as nothing passes \($0)" } ?? "") + "; the build fails here")
        }
        if let problem = obstacles.placeholder {
            let text = dockerfile.source.string(problem.range).prefix(60)
            return NotPredicted(
                problem:
                    "\(place(problem)): this file is a template, in which a tool replaces `\(text)` before a build "
                    + "reads it; what runs again cannot be told", isUnknown: true)
        }
        return obstacles.limit.map { problem in
            NotPredicted(
                problem: "\(place(problem)): \(problem.message); what runs again cannot be told",
                isUnknown: true)
        }
    }

    /// Arguments that the build passes, the Dockerfile takes, and that have another value in each commit or build.
    func volatileArguments(of build: Build, _ dockerfile: ParsedDockerfile) -> Set<String> {
        if build.changes.isEmpty { return [] }
        let changing = build.changes.filter { name, change in
            guard let passed = build.args[name], passed == nil else { return false }
            return change == .everyBuild || baseCommit != headCommit || texts != nil
        }
        if changing.isEmpty { return [] }
        let declared = dockerfile.instructions.flatMap { instruction -> [String] in
            if case .arg(let declarations) = instruction.body { declarations.map(\.name.text) } else { [] }
        }
        // BuildKit takes it without an ARG.
        return Set(changing.keys).intersection(declared + ["SOURCE_DATE_EPOCH"])
    }

}
