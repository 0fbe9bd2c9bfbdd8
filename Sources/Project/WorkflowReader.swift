import SourceText

/// The builds of GitHub workflows and actions: `docker/build-push-action`, `docker/bake-action`, and `run:` steps.
/// Source: docs.github.com, "Workflow syntax"; github.com/docker/build-push-action, `action.yml`.
struct WorkflowReader {
    let files: ProjectFiles
    private let source: SourceText
    private var stated = StatedBuilds()
    /// Bake files that a step names.
    private(set) var bakeFiles: [String] = []

    init(files: ProjectFiles, source: SourceText) {
        self.files = files
        self.source = source
    }

    mutating func read(_ yaml: YAML) -> StatedBuilds {
        let environment = Self.variables(yaml["env"])
        let folder = yaml["defaults"]?["run"]?["working-directory"]?.string
        for (_, job) in yaml["jobs"]?.mapping ?? [] {
            let inner = environment.merging(Self.variables(job["env"])) { $1 }
            let jobFolder = job["defaults"]?["run"]?["working-directory"]?.string ?? folder
            let matrix = Self.matrix(job["strategy"]?["matrix"])
            for step in job["steps"]?.sequence ?? [] {
                read(step, environment: inner, folder: jobFolder, matrix: matrix)
            }
        }
        if let runs = yaml["runs"] { readAction(runs) }
        return stated
    }

    /// `action.yml`.
    private mutating func readAction(_ runs: YAML) {
        for step in runs["steps"]?.sequence ?? [] { read(step, environment: [:], folder: nil, matrix: [[:]]) }
        let folder = Paths.folder(of: source.path)
        guard runs["using"]?.string == "docker", let image = runs["image"], let text = image.string,
            !text.hasPrefix("docker://"), let path = Paths.resolve(text, in: folder)
        else { return }
        stated.builds.append(
            StatedBuild(
                dockerfile: .path(path), context: .directory(Paths.folder(of: path)),
                statement: statement(image)))
    }

    private mutating func read(
        _ step: YAML, environment: [String: String], folder: String?, matrix: [[String: YAML]]
    ) {
        let variables = environment.merging(Self.variables(step["env"])) { $1 }
        if let uses = step["uses"], let action = uses.string?.split(separator: "@").first {
            switch action {
            case "docker/build-push-action":
                var seen: Set<Build.Key> = []
                for values in matrix {
                    let build = pushBuild(
                        step["with"], at: uses,
                        Expressions(variables: variables, matrix: values, root: files.root))
                    let file = if case .path(let path) = build.dockerfile { path } else { "" }
                    if seen.insert(Build.Key(build, dockerfile: file)).inserted {
                        stated.builds.append(build)
                    }
                }
            case "docker/bake-action":
                let workdir = step["with"]?["workdir"]?.string ?? "."
                for line in Self.lines(step["with"]?["files"]?.string ?? "") {
                    if !line.contains("${{"), let path = Paths.resolve(line, in: workdir) {
                        bakeFiles.append(path)
                    }
                }
            default: break
            }
        }
        guard let run = step["run"], let text = run.string,
            ScriptReader.mentionsBuilders(Array(text.utf8)[...]), let script = run.script(in: source)
        else { return }
        let shell = step["shell"]?.string ?? "bash"
        if shell.hasPrefix("pwsh") || shell.hasPrefix("powershell") || shell.hasPrefix("python") { return }
        var folders = ["."]
        if let written = step["working-directory"]?.string ?? folder {
            let expressions = Expressions(variables: variables, matrix: [:], root: files.root)
            folders =
                expressions.expand(written).flatMap { BuildSource($0, in: ".", root: files.root).directory }
                .map { [$0] } ?? []
        }
        var known = variables
        known["GITHUB_WORKSPACE"] = files.root
        let builds = ScriptReader(files: files).read(
            script, in: source, folders: folders, variables: known, kind: .workflow
        ).builds
        stated.append(builds)
    }

    // MARK: - docker/build-push-action

    private func pushBuild(_ with: YAML?, at uses: YAML, _ expressions: Expressions) -> StatedBuild {
        func text(_ key: String) -> String? { with?[key]?.string.flatMap(expressions.expand) }
        func lines(_ key: String) -> [String] {
            Self.lines(with?[key]?.string ?? "").compactMap(expressions.expand)
        }
        // Without a context the action builds the git reference: the root, as it was pushed.
        let written = with?["context"]?.string ?? "."
        var context = context(written, expressions)
        var build = StatedBuild(
            dockerfile: .unknown("context: \(written)"), context: context, statement: statement(uses))
        if let file = with?["file"]?.string {
            if let path = expressions.expand(file) {
                // Relative to the work tree; in a git context (the default) to the context.
                let base = written.contains("{{defaultContext}}") ? context.directory ?? "." : "."
                let resolved = BuildSource(path, in: base, root: files.root)
                build.dockerfile = resolved.directory.map { .path($0) } ?? .elsewhere(path)
            } else {
                build.dockerfile = .unknown("file: \(file)")
            }
        } else {
            switch context {
            case .directory(let folder): build.dockerfile = .path(Paths.join(folder, "Dockerfile"))
            case .elsewhere(let text): build.dockerfile = .elsewhere(text)
            case .unknown: break
            }
        }
        // A folder that only the run makes.
        if let folder = context.directory, files.entry(folder) != .folder {
            context = .unknown
            build.context = .unknown
        }
        build.name = lines("tags").first.flatMap { $0.split(separator: ":").first.map(String.init) }
        build.target = text("target")
        for line in Self.lines(with?["build-args"]?.string ?? "") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first, !name.isEmpty, !name.contains("${{") else { continue }
            build.args[String(name)] = .some(parts.count == 2 ? expressions.expand(String(parts[1])) : nil)
        }
        for line in lines("build-contexts") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 {
                build.namedContexts[String(parts[0])] = BuildSource(
                    String(parts[1]), in: ".", root: files.root)
            }
        }
        build.platforms = lines("platforms").flatMap {
            $0.split(separator: ",").map { $0.filter { $0 != " " } }
        }
        build.cacheFrom = Self.lines(with?["cache-from"]?.string ?? "")
        build.cacheTo = Self.lines(with?["cache-to"]?.string ?? "")
        build.noCache = text("no-cache") == "true"
        return build
    }

    private func context(_ written: String, _ expressions: Expressions) -> BuildSource {
        var text = written
        if text.hasPrefix("{{defaultContext}}") {
            text = String(text.dropFirst("{{defaultContext}}".count))
            if text.hasPrefix(":") { text.removeFirst() }
            if text.isEmpty { text = "." }
        }
        guard let path = expressions.expand(text) else { return .unknown }
        return BuildSource(path.isEmpty ? "." : path, in: ".", root: files.root)
    }

    private func statement(_ yaml: YAML) -> Statement {
        Statement(kind: .workflow, path: source.path, line: yaml.line)
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { line in
            var line = line.drop { $0 == " " || $0 == "\t" }
            while line.last == " " || line.last == "\r" { line.removeLast() }
            return String(line)
        }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }

    /// The variables of `env:` that are literal.
    private static func variables(_ yaml: YAML?) -> [String: String] {
        var variables: [String: String] = [:]
        for (key, value) in yaml?.mapping ?? [] {
            if let name = key.string, let text = value.string, !text.contains("${{") {
                variables[name] = text
            }
        }
        return variables
    }

    // MARK: - Matrix

    /// The combinations of a matrix that the file spells out; one without values where there is none, or where it is
    /// made at run time.
    private static func matrix(_ yaml: YAML?) -> [[String: YAML]] {
        guard let pairs = yaml?.mapping else { return [[:]] }
        var combinations: [[String: YAML]] = []
        var axes: Set<String> = []
        for (key, value) in pairs {
            guard let name = key.string, name != "include", name != "exclude", let items = value.sequence
            else {
                continue
            }
            axes.insert(name)
            combinations = (combinations.isEmpty ? [[:]] : combinations).flatMap { combination in
                items.map { combination.merging([name: $0]) { $1 } }
            }
            if combinations.count > 256 { return [[:]] }
        }
        for item in yaml?["exclude"]?.sequence ?? [] {
            let values = Self.values(item)
            combinations.removeAll { combination in
                values.allSatisfy { isEqual(combination[$0.key], $0.value) }
            }
        }
        let original = combinations.count
        for item in yaml?["include"]?.sequence ?? [] {
            let values = Self.values(item)
            let fixed = values.filter { axes.contains($0.key) }
            var fits = false
            for index in 0..<original
            where fixed.allSatisfy({ isEqual(combinations[index][$0.key], $0.value) }) {
                fits = true
                combinations[index].merge(values) { $1 }
            }
            if !fits { combinations.append(values) }
        }
        return combinations.isEmpty || combinations.count > 256 ? [[:]] : combinations
    }

    private static func values(_ yaml: YAML) -> [String: YAML] {
        var values: [String: YAML] = [:]
        for (key, value) in yaml.mapping ?? [] { if let name = key.string { values[name] = value } }
        return values
    }

    private static func isEqual(_ left: YAML?, _ right: YAML) -> Bool {
        left?.string != nil && left?.string == right.string
    }
}

/// `${{ … }}` as far as a workflow file itself gives the values.
private struct Expressions {
    let variables: [String: String]
    let matrix: [String: YAML]
    let root: String

    /// - Returns: nil where a part is known only when the workflow runs.
    func expand(_ text: String) -> String? {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${{") {
            result += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].firstRange(of: "}}"),
                let value = value(of: rest[start.upperBound..<end.lowerBound].filter { $0 != " " })
            else { return nil }
            result += value
            rest = rest[end.upperBound...]
        }
        return result + rest
    }

    private func value(of expression: String) -> String? {
        let parts = expression.split(separator: ".").map(String.init)
        switch parts.first {
        case "matrix":
            var value = parts.count > 1 ? matrix[parts[1]] : nil
            for part in parts.dropFirst(2) { value = value?[part] }
            return value?.string
        case "env" where parts.count == 2: return variables[parts[1]]
        case "github" where parts == ["github", "workspace"]: return root
        default: return nil
        }
    }
}
