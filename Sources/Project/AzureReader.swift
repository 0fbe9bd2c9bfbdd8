import Diagnostics
import SourceText
import Dockerfile
import Repository

extension Pipeline.System {
    package static let azure = Self("Azure Pipelines")
}

extension PipelineFormat {
    static let azure = ofFirstDocument(
        isFile: { name, folder in
            name.holds("azure-pipeline") || name.hasPrefix(".vsts-ci.")
                || [".azure-pipelines", ".azuredevops", ".azdo", ".azure", ".ado", ".pipelines"].contains {
                    folder.isOrIsBelow($0)
                }
                || folder.hasPart("azure-pipelines") || folder.hasPart("azure-devops")
        }
    ) { yaml, draft, work in
        var reader = AzureReader(draft: draft)
        return reader.read(yaml, work: &work)
    }
}

/// The jobs of Azure Pipelines: `docker build` lines of their scripts, and the task `Docker`.
/// Sources: learn.microsoft.com, "YAML schema reference for Azure Pipelines" (`stages`, `jobs`, `steps`, `pool`, `trigger`, `pr`),
/// "Docker@2" and "Docker@1" (inputs and their defaults), "Define variables" (macros `$(name)`, and environment variables
/// of scripts in upper case), "Microsoft-hosted agents" (each job has a machine of its own).
struct AzureReader {
    var draft: PipelineDraft

    mutating func read(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        let outer = Outer(
            pool: yaml["pool"], variables: variables(yaml["variables"], over: [:], &work),
            triggers: triggers(yaml))
        if yaml["steps"] != nil { readJob(yaml, name: "", outer, &work) }
        for job in Self.items(yaml["jobs"]) { readJob(job, outer, &work) }
        for stage in Self.items(yaml["stages"]) {
            var inner = outer
            inner.pool = stage["pool"] ?? outer.pool
            inner.variables = variables(stage["variables"], over: outer.variables, &work)
            for job in Self.items(stage["jobs"]) { readJob(job, inner, &work) }
        }
        return draft.stated(of: .azure)
    }

    /// What surrounds a job.
    private struct Outer {
        var pool: YAML?
        /// Those that are literal, as macros name them.
        var variables: [String: String]
        let triggers: Pipeline.Triggers
    }

    private mutating func readJob(_ yaml: YAML, name: String? = nil, _ outer: Outer, _ work: inout WorkBudget)
    {
        var job = Pipeline.Job(name ?? yaml["job"]?.string ?? yaml["deployment"]?.string ?? "")
        job.triggers = outer.triggers
        // A name alone is that of one's own pool.
        if let image = (yaml["pool"] ?? outer.pool)?["vmImage"] {
            if let label = image.string, !label.contains("$") { job.labels = [label.lowercased()] }
            job.runner = .hosted(isARM: false)
            job.keepsLayers = .no
        }
        job.image = draft.value(yaml["container"]?["image"] ?? yaml["container"])
        let known = name == nil ? variables(yaml["variables"], over: outer.variables, &work) : outer.variables
        guard work.spend(known.count) else { return }
        // Scripts have them in upper case, with `_` for `.`; macros as they are written.
        job.variables = Set(known.keys.map(Self.environmentName))
        draft.add(job)
        var steps = Self.items(yaml["steps"])
        for (_, strategy) in yaml["strategy"]?.mapping ?? [] {
            for (_, part) in strategy.mapping ?? [] { steps += Self.items(part["steps"]) }
        }
        for step in steps { readStep(step, variables: known, &work) }
    }

    private mutating func readStep(_ step: YAML, variables: [String: String], _ work: inout WorkBudget) {
        let inputs = step["inputs"]
        let macros = Macros(variables: variables, root: draft.files.root)
        func input(_ name: String) -> YAML? {
            inputs?.mapping?.first { $0.key.string?.lowercased() == name }?.value
        }
        if let script = step["script"] ?? step["bash"] {
            readScript(script, folder: step["workingDirectory"], variables: variables, &work)
            return
        }
        guard let task = step["task"] else {
            var other = Pipeline.Step(bytes: step.bytes(in: draft.source))
            other.isLocal = step["template"] != nil
            draft.add(other)
            return
        }
        let parts = (task.string ?? "").lowercased().split(separator: "@")
        switch parts.first {
        case "bash", "cmdline", "shellscript", "azurecli":
            if let script = input("script") ?? input("inlinescript") {
                readScript(script, folder: input("workingdirectory"), variables: variables, &work)
                return
            }
        default: break
        }
        var result = Pipeline.Step(bytes: task.bytes(in: draft.source))
        result.action = parts.first.map(String.init)
        if parts.count == 2 { result.version = String(parts[1]) }
        result.inputs = (inputs?.mapping ?? []).compactMap { key, value in
            draft.input(key, value, value: value.string.flatMap(macros.expand))
        }
        let command = input("command")?.string?.lowercased()
        let builds: Bool =
            switch (parts.first, parts.count == 2 ? parts[1] : "") {
            case ("docker", "2"): command == nil || command == "build" || command == "buildandpush"
            case ("docker", _): command == nil || command == "build an image" || command == "build"
            default: false
            }
        guard builds else {
            draft.add(result)
            return
        }
        var build = TaskBuild(expand: macros.expand)
        build.dockerfile = input("dockerfile")
        build.context = input("buildcontext") ?? input("context")
        // The default is the first that is found.
        let isFound = build.dockerfile.map { $0.string.flatMap(macros.expand) == "**/Dockerfile" } ?? true
        if isFound { build.dockerfile = nil }
        let isOfFile = build.context.map { $0.string.flatMap(macros.expand) == "**" } ?? true
        if isOfFile { build.context = nil }
        if let repository = input("repository") { build.options.append(("tag", [repository])) }
        var stated = build.build(at: task, in: draft.source, files: draft.files)
        if isFound, isOfFile, draft.files.kind(of: "Dockerfile") != .file {
            stated.dockerfile = .unknown("**/Dockerfile")
        } else if isOfFile, case .path(let path) = stated.dockerfile {
            stated.context = .directory(Paths.folder(of: path))
        }
        if case .path(let path) = stated.dockerfile, path.contains("*") { stated.dockerfile = .unknown(path) }
        if input("arguments") != nil || input("buildarguments") != nil {
            stated.mayHaveMore = true
            stated.mayPassMore = true
        }
        if command != "build" {
            stated.options.append(
                BuildOption(
                    name: "push", value: "true", written: "buildAndPush", path: draft.source.path,
                    bytes: task.bytes(in: draft.source)))
        }
        draft.add(result, stated, &work)
    }

    private mutating func readScript(
        _ script: YAML, folder: YAML?, variables: [String: String], _ work: inout WorkBudget
    ) {
        let macros = Macros(variables: variables, root: draft.files.root)
        var folders = ["."]
        if let text = folder?.string {
            folders =
                macros.expand(text).flatMap { BuildSource($0, in: ".", root: draft.files.root).directory }
                .map { [$0] } ?? []
        }
        guard work.spend(variables.count) else { return }
        let environment = Dictionary(
            variables.map { (Self.environmentName($0.key), $0.value) },
            uniquingKeysWith: { first, _ in first })
        draft.addScript(script, folders: folders, variables: environment, &work) { text, work in
            TemplateText.replacing(text, open: "$(", close: ")", work: &work) { inside in
                // All else is a command, or known only when the job runs; its text tells whether it changes.
                return macros[inside] ?? "$(\(inside))"
            }
        }
    }

    // MARK: - Values

    private static func environmentName(_ name: String) -> String {
        String(name.uppercased().map { $0 == "." ? "_" : $0 })
    }

    /// A mapping, or a list of names and values.
    private func variables(
        _ yaml: YAML?, over outer: [String: String], _ work: inout WorkBudget
    ) -> [String: String] {
        var own = PipelineDraft.variables(yaml)
        for item in Self.items(yaml) {
            guard let name = item["name"]?.string, let value = item["value"]?.string else { continue }
            if !value.contains("$") { own[name] = value }
        }
        if own.isEmpty { return outer }
        return work.spend(outer.count + own.count) ? outer.merging(own) { $1 } : [:]
    }

    /// A list, with what `${{ if … }}:` and `${{ each … }}:` put into it.
    private static func items(_ yaml: YAML?) -> [YAML] {
        (yaml?.sequence ?? []).flatMap { item -> [YAML] in
            guard let (key, value) = item.mapping?.first, key.string?.hasPrefix("${{") == true else {
                return [item]
            }
            return items(value)
        }
    }

    // MARK: - Triggers

    private func triggers(_ yaml: YAML) -> Pipeline.Triggers {
        let trigger = yaml["trigger"]
        // What others include has none of its own.
        guard let trigger else {
            let isTemplate = yaml["parameters"] != nil || draft.source.path.contains("template")
            return Pipeline.Triggers(events: isTemplate ? [] : [.push], isComplete: false)
        }
        var events: Set<Pipeline.Triggers.Event> = []
        if trigger.string != "none" {
            if trigger["tags"] != nil { events.insert(.tag) }
            if trigger["tags"] == nil || trigger["branches"] != nil { events.insert(.push) }
        }
        if let request = yaml["pr"], request.string != "none" { events.insert(.pullRequest) }
        // Without `pr`, pull requests run it on GitHub, and branch policies decide in Azure Repos.
        return Pipeline.Triggers(events: events, isComplete: yaml["pr"] != nil)
    }
}

/// `$(name)`, as far as the file itself gives the values.
private struct Macros {
    let variables: [String: String]
    let root: String

    subscript(name: String) -> String? {
        switch name.lowercased() {
        case "build.sourcesdirectory", "build.repository.localpath", "system.defaultworkingdirectory": root
        default: ShellEvaluator.told(variables[name])
        }
    }

    /// - Returns: nil where a part is known only when the job runs.
    func expand(_ text: String) -> String? {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "$(") {
            guard let end = rest[start.upperBound...].firstIndex(of: ")"),
                let value = self[String(rest[start.upperBound..<end])]
            else { return nil }
            result += rest[..<start.lowerBound] + value
            guard result.utf8.count <= Limits.expandedBytes else { return nil }
            rest = rest[rest.index(after: end)...]
        }
        result += rest
        return result.contains("${{") || result.contains("$[") ? nil : result
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether a folder's path is another one or lies in it.
    func isOrIsBelow(_ folder: StaticString) -> Bool {
        hasPrefix(folder)
            && (count == folder.utf8CodeUnitCount || self[folder.utf8CodeUnitCount] == UInt8(ascii: "/"))
    }
}
