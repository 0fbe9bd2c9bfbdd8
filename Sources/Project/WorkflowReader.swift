import Diagnostics
import Dockerfile
import Repository
import SourceText

extension Pipeline.System {
    package static let gitHub: Self = {
        var system = Self("GitHub")
        system.servesGitHubCache = true
        return system
    }()
}

extension PipelineFormat {
    static let gitHub = ofFirstDocument(
        isFile: { name, folder in folder.equals(".github/workflows") || name.hasPrefix("action.") },
        kind: .workflow
    ) { yaml, draft, work in
        var reader = WorkflowReader(draft, system: .gitHub)
        return reader.read(yaml, work: &work)
    }
}

/// The builds of GitHub workflows and actions: `docker/build-push-action`, `docker/bake-action`, and `run:` steps.
/// Source: docs.github.com, "Workflow syntax"; github.com/docker/build-push-action, `action.yml`.
struct WorkflowReader {
    let files: Snapshot
    let source: SourceText
    let system: Pipeline.System
    /// As of `PipelineDraft`.
    let readFile: (String) -> SourceText?
    /// What a call passes; of one that is not told, or not passed and without a default, nothing is known.
    var inputs: [String: WorkflowExpression.Value] = [:]
    /// How many calls lead here, and how many more the file may make in all, those of called files included.
    var depth = 0
    var callsLeft = Limits.workflowCalls
    /// What a called action writes to the environment is not read: its steps may set any variable.
    var mayHaveSetAnything = false
    var stated = StatedBuilds()
    var optionsLeft = Limits.workflowOptions

    init(_ draft: PipelineDraft, system: Pipeline.System) {
        files = draft.files
        source = draft.source
        readFile = draft.readFile
        self.system = system
    }

    init(calledBy caller: WorkflowReader, source: SourceText) {
        files = caller.files
        self.source = source
        readFile = caller.readFile
        system = caller.system
        depth = caller.depth + 1
        callsLeft = caller.callsLeft
        optionsLeft = caller.optionsLeft
    }

    func expressions(_ variables: [String: String], _ matrix: [String: YAML] = [:]) -> WorkflowExpressions {
        WorkflowExpressions(variables: variables, matrix: matrix, inputs: inputs, root: files.root)
    }

    mutating func read(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        let environment = Self.variables(yaml["env"])
        let names = Self.names(yaml["env"])
        let folder = yaml["defaults"]?["run"]?["working-directory"]?.string
        let triggers = Self.triggers(yaml)
        var jobs: [Pipeline.Job] = []
        for (key, job) in yaml["jobs"]?.mapping ?? [] {
            var inner = Self.variables(job["env"], over: environment, &work)
            let jobFolder = job["defaults"]?["run"]?["working-directory"]?.string ?? folder
            let matrix = Self.matrix(job["strategy"]?["matrix"], &work)
            var steps: [Pipeline.Step] = []
            if isOff(job["if"], expressions(inner), &work) { continue }
            if let called = job["uses"] {
                call(called, with: job["with"], inner, matrix, isAction: false, &work)
            }
            for step in job["steps"]?.sequence ?? [] {
                let place = Pipeline.StepPlace(job: jobs.count, step: steps.count)
                steps.append(
                    read(step, at: place, environment: inner, folder: jobFolder, matrix: matrix, &work))
                export(step, to: &inner, &work)
            }
            let labels = labels(job["runs-on"], variables: environment, matrix: matrix, &work)
            var known = names
            if let own = job["env"]?.mapping, work.spend(names.count + own.count) {
                known.formUnion(Self.names(job["env"]))
            }
            var result = Pipeline.Job(key.string ?? "")
            result.triggers = triggers
            result.runner = system == .gitHub ? Self.runner(labels) : .unknown
            if case .hosted = result.runner { result.keepsLayers = .no }
            if !labels.contains(where: { $0.contains(nil) }) {
                result.labels = Set(labels.joined().compactMap { $0?.lowercased() })
            }
            result.variables = known
            if let image = (job["container"]?["image"] ?? job["container"]), let text = image.string,
                !text.contains("${{")
            {
                result.image = Pipeline.Value(text: text, bytes: image.bytes(in: source))
            }
            result.caches = Self.caches(of: steps)
            result.steps = steps
            result.condition = job["if"]?.string
            result.calls = Self.called(job["uses"]?.string)
            jobs.append(result)
        }
        if let runs = yaml["runs"] { jobs.append(readAction(runs, [:], &work)) }
        stated.pipelines = [Pipeline(system: system, source: source, jobs: jobs)]
        return stated
    }

    /// `action.yml`.
    /// - Parameter environment: of the step that calls it.
    mutating func readAction(_ runs: YAML, _ environment: [String: String] = [:], _ work: inout WorkBudget)
        -> Pipeline.Job
    {
        var steps: [Pipeline.Step] = []
        var environment = environment
        for step in runs["steps"]?.sequence ?? [] {
            let place = Pipeline.StepPlace(job: 0, step: steps.count)
            steps.append(read(step, at: place, environment: environment, folder: nil, matrix: [[:]], &work))
            export(step, to: &environment, &work)
        }
        let folder = Paths.folder(of: source.path)
        if runs["using"]?.string == "docker", let image = runs["image"], let text = image.string,
            !text.hasPrefix("docker://"), let path = Paths.resolve(text, in: folder)
        {
            stated.builds.append(
                StatedBuild(
                    dockerfile: .path(path), context: .directory(Paths.folder(of: path)),
                    statement: statement(image)))
        }
        var job = Pipeline.Job("")
        job.caches = Self.caches(of: steps)
        job.steps = steps
        return job
    }

    mutating func read(
        _ step: YAML, at place: Pipeline.StepPlace, environment: [String: String], folder: String?,
        matrix: [[String: YAML]], _ work: inout WorkBudget
    ) -> Pipeline.Step {
        let variables = Self.variables(step["env"], over: environment, &work)
        var inputs: [Pipeline.Input] = []
        var read = StatedBuilds()
        if let uses = step["uses"], let action = uses.string?.split(separator: "@").first {
            let plain = expressions(variables)
            inputs = (step["with"]?.mapping ?? []).compactMap { key, value in
                guard let name = key.string, let text = value.string else { return nil }
                return Pipeline.Input(
                    name: name, value: plain.expand(text, &work), written: text, bytes: bytes(of: key, value))
            }
            switch action {
            case "docker/build-push-action", "depot/build-push-action", "useblacksmith/build-push-action":
                var seen: Set<Leg> = []
                for values in matrix {
                    let isOver = optionsLeft <= 0
                    // What a build finds in the builder is looked for in all steps before it.
                    guard work.spend(Self.workOfLeg + place.step) else { break }
                    if isOff(step["if"], expressions(variables, values), &work) { continue }
                    var build = pushBuild(
                        step["with"], at: uses,
                        expressions(variables, values), &work)
                    guard seen.insert(Leg(build)).inserted else { continue }
                    optionsLeft -= build.options.count
                    if isOver || optionsLeft < 0 {
                        read.notes.append(
                            Note(
                                path: source.path,
                                message:
                                    "states more than \(Limits.workflowOptions) options of builds; those of the rest are "
                                    + "not looked at"))
                        build.options = []
                        build.mayHaveMore = true
                    }
                    read.builds.append(build)
                }
            case "redhat-actions/buildah-build":
                var seen: Set<Leg> = []
                for values in matrix {
                    guard work.spend(Self.workOfLeg + place.step) else { break }
                    for build in buildahBuilds(step["with"], at: uses, expressions(variables, values), &work)
                    {
                        if seen.insert(Leg(build)).inserted { read.builds.append(build) }
                    }
                }
            case "docker/bake-action":
                read.bakeSets += Self.lines(step["with"]?["set"]?.string ?? "")
                let workdir = step["with"]?["workdir"]?.string ?? "."
                stated.bakeFiles.append(
                    Self.lines(step["with"]?["files"]?.string ?? "").compactMap { line in
                        line.contains("${{") ? nil : Paths.resolve(line, in: workdir)
                    })
            case let path where path.hasPrefix("."):
                call(uses, with: step["with"], variables, matrix, isAction: true, &work)
            default: break
            }
        }
        let script = Self.script(of: step)
        if let script {
            read = readScript(
                script, of: step, at: place, variables: variables, folder: folder, matrix: matrix, &work)
        }
        read.place(unit: place.job * 10_000 + place.step, step: place)
        stated.append(read)
        let uses = step["uses"]?.string ?? ""
        let parts = uses.split(separator: "@", maxSplits: 1)
        let path = parts.first.map { $0.split(separator: "/") } ?? []
        let isLocal = uses.hasPrefix(".") || uses.hasPrefix("docker://")
        let shown = step["uses"] ?? step["run"] ?? step
        var result = Pipeline.Step(bytes: shown.bytes(in: source))
        if !isLocal, path.count >= 2 { result.action = path[..<2].joined(separator: "/").lowercased() }
        if parts.count == 2 { result.version = String(parts[1]) }
        result.isLocal = isLocal
        result.inputs = inputs
        result.run = script?.string
        if let written = step["working-directory"]?.string ?? folder, written != "." { result.folder = nil }
        result.calls = Self.called(step["uses"]?.string)
        result.condition = step["if"]?.string
        result.variables = Self.names(step["env"])
        return result
    }

    /// What a step runs in a shell: `run:`, or the command that an action tries until it works.
    /// Source: nick-fields/retry, `action.yml` (`command`, in bash).
    static func script(of step: YAML) -> YAML? {
        if let run = step["run"] { return run }
        switch step["uses"]?.string?.split(separator: "@").first {
        case "nick-fields/retry", "nick-invision/retry": return step["with"]?["command"]
        default: return nil
        }
    }

    /// The folder or file of the repository that `uses:` names.
    static func called(_ uses: String?) -> String? {
        guard let uses, uses.hasPrefix("./") else { return nil }
        return Paths.resolve(uses, in: ".")
    }

    /// What a build of one leg of a matrix takes at least, in units of `WorkBudget`.
    static let workOfLeg = 100

    /// A build of one leg of a matrix.
    struct Leg: Hashable {
        let build: Build.Key
        let options: [BuildOption]

        init(_ stated: StatedBuild) {
            let file = if case .path(let path) = stated.dockerfile { path } else { "" }
            build = Build.Key(stated, dockerfile: file)
            options = stated.options
        }
    }

    /// The builds of a step's script, of each leg of the matrix that its text names.
    mutating func readScript(
        _ run: YAML, of step: YAML, at place: Pipeline.StepPlace, variables: [String: String],
        folder: String?,
        matrix: [[String: YAML]], _ work: inout WorkBudget
    ) -> StatedBuilds {
        guard let text = run.string, ScriptReader.mentionsBuilders(Array(text.utf8)[...]) else {
            return StatedBuilds()
        }
        let shell = step["shell"]?.string ?? "bash"
        if shell.hasPrefix("pwsh") || shell.hasPrefix("powershell") || shell.hasPrefix("python") {
            return StatedBuilds()
        }
        var result: StatedBuilds?
        var seen: Set<Leg> = []
        for values in text.contains("matrix.") ? matrix : [[:]] {
            let expressions = expressions(variables, values)
            guard work.spend(Self.workOfLeg + variables.count + place.step),
                let script = run.script(in: source, expanding: { expressions.expand($0, &work) })
            else { break }
            var folders = ["."]
            if let written = step["working-directory"]?.string ?? folder {
                folders =
                    expressions.expand(written, &work).flatMap {
                        BuildSource($0, in: ".", root: files.root).directory
                    }
                    .map { [$0] } ?? []
            }
            var known = variables.merging(script.values) { $1 }
            known["GITHUB_WORKSPACE"] = files.root
            var read = ScriptReader(files: files).read(
                script.text, in: source, folders: folders, variables: known, kind: .workflow, work: &work
            ).stated
            read.builds.removeAll { !seen.insert(Leg($0)).inserted }
            guard result != nil else {
                result = read
                continue
            }
            optionsLeft -= read.builds.reduce(0) { $0 + $1.options.count }
            guard optionsLeft >= 0 else { break }
            result?.builds += read.builds
        }
        return result ?? StatedBuilds()
    }

    // MARK: - What a workflow says besides

    /// What `runs-on:` says in each leg of the matrix; none for a group of runners.
    func labels(
        _ yaml: YAML?, variables: [String: String], matrix: [[String: YAML]], _ work: inout WorkBudget
    ) -> [[String?]] {
        guard let yaml, yaml["group"] == nil else { return [] }
        let written = yaml.string.map { [$0] } ?? yaml.sequence?.map { $0.string ?? "" } ?? []
        return matrix.map { values in
            let expressions = expressions(variables, values)
            return written.map { work.spend() ? expressions.expand($0, &work) : nil }
        }
    }

    static func runner(_ labels: [[String?]]) -> Pipeline.Runner {
        let runners = Set(labels.map(Pipeline.Runner.init))
        if runners.count == 1, let first = runners.first { return first }
        return runners.contains(.unknown) || runners.isEmpty ? .unknown : .hosted(isARM: false)
    }

    /// The key `on` is a text to us: YAML 1.1 would make it a boolean.
    static func triggers(_ yaml: YAML) -> Pipeline.Triggers {
        guard let on = yaml["on"] else { return .unknown }
        if let name = on.string { return Pipeline.Triggers(events: [event(name)]) }
        if let names = on.sequence {
            return Pipeline.Triggers(events: Set(names.compactMap { $0.string.map(event) }))
        }
        var events: Set<Pipeline.Triggers.Event> = []
        var paths: [String]? = []
        var filters: Set<String> = []
        for (key, value) in on.mapping ?? [] {
            guard let name = key.string else { continue }
            let isTag = name == "push" && value["tags"] != nil && value["branches"] == nil
            events.insert(isTag ? .tag : event(name))
            guard ["push", "pull_request", "pull_request_target"].contains(name), !isTag else { continue }
            for (filter, patterns) in value.mapping ?? [] where filter.string != "paths" {
                let texts = patterns.sequence?.map { $0.string ?? "" } ?? [patterns.string ?? ""]
                filters.insert("\(name) \(filter.string ?? "") \(texts.sorted())")
            }
            let written = value["paths"]?.sequence?.map(\.string)
            if let written, written.allSatisfy({ $0 != nil }) {
                paths?.append(contentsOf: written.compactMap { $0 })
            } else {
                paths = nil
            }
        }
        return Pipeline.Triggers(
            events: events, paths: paths?.isEmpty == true ? nil : paths, filters: filters)
    }

    static func event(_ name: String) -> Pipeline.Triggers.Event {
        switch name {
        case "push": .push
        case "pull_request": .pullRequest
        case "pull_request_target": .pullRequestTarget
        case "merge_group": .mergeQueue
        case "release": .release
        default: .other
        }
    }

    /// What actions/cache keeps.
    /// Source: docs.github.com, "Dependency caching reference" (the contents of an existing cache cannot be changed).
    static func caches(of steps: [Pipeline.Step]) -> [Pipeline.Cache] {
        steps.indices.compactMap { index in
            guard steps[index].action == "actions/cache" else { return nil }
            return Pipeline.Cache(
                paths: lines(steps[index]["path"]?.written ?? ""), key: steps[index]["key"]?.written,
                isWrittenOnce: true, step: index)
        }
    }

    /// From the key to the end of the value, or of its first line.
    func bytes(of key: YAML, _ value: YAML) -> Range<Int> {
        let name = key.bytes(in: source)
        let end = value.line == key.line ? value.bytes(in: source).upperBound : name.upperBound
        return name.lowerBound..<max(name.upperBound, end)
    }

    /// The inputs of `docker/build-push-action` that are options of `docker build`, as it reads them: lists line by
    /// line (`src/context.ts`, `Util.getInputList`).
    func options(
        _ with: YAML?, _ expressions: WorkflowExpressions, _ work: inout WorkBudget
    ) -> [BuildOption] {
        (with?.mapping ?? []).flatMap { key, value -> [BuildOption] in
            guard let input = key.string, let name = Self.optionNames[input], let text = value.string else {
                return []
            }
            func option(_ text: String, _ place: Range<Int>) -> BuildOption {
                let value = expressions.expand(text, &work)
                return BuildOption(
                    name: name, value: value, written: text, change: VolatileValue(value ?? text),
                    path: source.path, bytes: place)
            }
            guard text.utf8.contains(0x0A), let script = value.script(in: source) else {
                return [option(Self.lines(text).first ?? "", bytes(of: key, value))]
            }
            var start = 0
            var options: [BuildOption] = []
            let all = Array(text.utf8)
            while start < all.count {
                let end = all[start...].firstIndex(of: 0x0A) ?? all.count
                let line = String(decoding: all[start..<end], as: UTF8.self)
                if let content = Self.lines(line).first,
                    let first = all[start..<end].firstIndex(where: { $0 > 0x20 })
                {
                    // A value may be longer than its text in the file: `\L` stands for three bytes.
                    let place = min(script.sourceOffset(first), source.bytes.count)
                    options.append(
                        option(content, place..<min(place + content.utf8.count, source.bytes.count)))
                }
                start = end + 1
            }
            return options
        }
    }

    static let optionNames = [
        "cache-from": "cache-from", "cache-to": "cache-to", "build-args": "build-arg", "no-cache": "no-cache",
        "pull": "pull", "push": "push", "load": "load", "platforms": "platform", "target": "target",
        "builder": "builder", "call": "call", "outputs": "output", "tags": "tag",
        "no-cache-filters": "no-cache-filter", "network": "network", "add-hosts": "add-host",
        "ulimit": "ulimit", "shm-size": "shm-size", "cgroup-parent": "cgroup-parent",
    ]

    func statement(_ yaml: YAML) -> Statement {
        Statement(kind: .workflow, path: source.path, line: yaml.line)
    }

    static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { line in
            var line = line.drop { $0 == " " || $0 == "\t" }
            while line.last == " " || line.last == "\r" { line.removeLast() }
            return String(line)
        }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }

    /// Gives the steps after a step what it writes to their environment.
    private mutating func export(_ step: YAML, to variables: inout [String: String], _ work: inout WorkBudget)
    {
        let written = mayHaveSetAnything ? nil : WorkflowEnvironmentFile.variables(of: step, &work)
        mayHaveSetAnything = false
        if let written {
            variables.merge(written) { $1 }
        } else {
            variables = variables.mapValues { _ in ShellEvaluator.untold }
        }
    }

    /// The variables of an `env:`, as `ShellEvaluator` takes them; numbers as GitHub writes them (3.10 is 3.1).
    static func variables(_ yaml: YAML?) -> [String: String] {
        var variables: [String: String] = [:]
        for (key, value) in yaml?.mapping ?? [] {
            if let name = key.string {
                variables[name] = WorkflowExpression.Value(value).text ?? ShellEvaluator.untold
            }
        }
        return variables
    }

    /// Whether a condition is false whatever happens.
    func isOff(_ condition: YAML?, _ expressions: WorkflowExpressions, _ work: inout WorkBudget) -> Bool {
        guard let text = condition?.string else { return false }
        let whole = text.contains("${{") ? text : "${{ \(text) }}"
        return expressions.expand(whole, &work) == "false"
    }

    /// Those of an `env:` and of what holds it.
    static func variables(
        _ yaml: YAML?, over outer: [String: String], _ work: inout WorkBudget
    ) -> [String: String] {
        let own = variables(yaml)
        // Where the budget is spent, the outer ones alone would be wrong values.
        return own.isEmpty
            ? outer : work.spend(outer.count + own.count) ? outer.merging(own) { $1 } : [:]
    }

    static func names(_ yaml: YAML?) -> Set<String> {
        Set((yaml?.mapping ?? []).compactMap { $0.key.string })
    }

}

extension Pipeline.Runner {
    /// The labels of GitHub's own runners; docs.github.com, "GitHub-hosted runners reference".
    init(labels: [String?]) {
        guard labels.count == 1, let label = labels[0]?.lowercased() else {
            self = .unknown
            return
        }
        let parts = label.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 2, ["ubuntu", "windows", "macos"].contains(parts[0]),
            parts[1] == "latest" || parts[1].allSatisfy({ $0.isNumber || $0 == "." }) && !parts[1].isEmpty,
            parts.count == 2 || parts.count == 3 && parts[2] == "arm"
        else {
            self = .unknown
            return
        }
        self = .hosted(isARM: parts.count == 3)
    }
}
