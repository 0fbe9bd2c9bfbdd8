import Diagnostics
import Dockerfile
import Repository

extension Pipeline.System {
    package static let circleCI: Self = {
        var system = Self("CircleCI")
        system.paidLayerCaching = "Set `docker_layer_caching: true` (CircleCI charges credits for it)"
        return system
    }()
}

extension PipelineFormat {
    static let circleCI = ofFirstDocument(
        isFile: { name, folder in folder.equals(".circleci") && name.hasPrefix("config.") }
    ) { yaml, draft, work in
        var reader = CircleCIReader(draft: draft)
        return reader.read(yaml, work: &work)
    }
}

/// The jobs and commands of CircleCI, and the `docker build` lines of their steps.
/// Source: circleci.com/docs, "Configuration reference" (`jobs`, `steps`, `run`, `when`, `machine`, `executors`, `workflows`,
/// `filters`; `docker_layer_caching` of `setup_remote_docker` and of `machine` is false by default), "Docker layer caching
/// overview" and "Caching dependencies" (what is saved under a key cannot be changed).
struct CircleCIReader {
    var draft: PipelineDraft

    mutating func read(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        let triggers = Self.triggers(in: yaml)
        for (key, definition) in yaml["jobs"]?.mapping ?? [] {
            let name = key.string ?? ""
            var job = Pipeline.Job(name)
            job.keepsLayers = keepsLayers(definition, in: yaml)
            job.image = draft.value(definition["docker"]?.sequence?.first?["image"])
            job.triggers =
                triggers.map { $0[name] ?? .unknown } ?? Pipeline.Triggers(events: [.push], isComplete: false)
            add(job, definition, &work)
        }
        // What several jobs run; which of them decides about the engine.
        for (key, definition) in yaml["commands"]?.mapping ?? [] {
            add(Pipeline.Job(key.string ?? ""), definition, &work)
        }
        return draft.stated(of: .circleCI)
    }

    private mutating func add(_ job: Pipeline.Job, _ yaml: YAML, _ work: inout WorkBudget) {
        var job = job
        job.variables = Set((yaml["environment"]?.mapping ?? []).compactMap { $0.key.string })
        draft.add(job)
        let variables = PipelineDraft.variables(yaml["environment"])
        let jobFolder = yaml["working_directory"].map { folder($0, in: ".") } ?? "."
        for (number, step) in Self.steps(yaml["steps"]).enumerated() {
            if let run = step["run"], run.string != nil || run["command"]?.string != nil {
                let own = run["working_directory"].map { folder($0, in: jobFolder ?? ".") } ?? jobFolder
                guard let known = PipelineDraft.variables(run["environment"], over: variables, &work) else {
                    break
                }
                draft.addScript(
                    run["command"] ?? run, folders: own.map { [$0] } ?? [], variables: known,
                    names: Set((run["environment"]?.mapping ?? []).compactMap { $0.key.string }), &work,
                    transform: Self.withoutParameters)
                continue
            }
            var other = Pipeline.Step(bytes: step.bytes(in: draft.source))
            other.action = (step.string ?? step.mapping?.first?.key.string)?.lowercased()
            draft.add(other)
            guard let saved = step["save_cache"] else { continue }
            let cache = Pipeline.Cache(
                paths: saved["paths"]?.sequence?.compactMap(\.string) ?? [], key: saved["key"]?.string,
                isWrittenOnce: true, step: number)
            draft.changeJob { $0.caches.append(cache) }
        }
    }

    /// A folder of the checkout. A path that is not below it (`~/project`, `/tmp/x`) is where the checkout goes as a rule:
    /// the root.
    private func folder(_ yaml: YAML, in base: String) -> String? {
        guard let text = yaml.string, !text.contains("<<"), !text.contains("$") else { return nil }
        if text.hasPrefix("~") || text.hasPrefix("/") { return "." }
        return Paths.resolve(text, in: base)
    }

    /// Steps with those of `when` and `unless` in their places.
    private static func steps(_ yaml: YAML?) -> [YAML] {
        (yaml?.sequence ?? []).flatMap { step -> [YAML] in
            for key in ["when", "unless"] {
                if let inner = step[key]?["steps"] { return steps(inner) }
            }
            return [step]
        }
    }

    // MARK: - Triggers

    /// What starts the jobs that workflows name; nil where the file has no workflows.
    private static func triggers(in yaml: YAML) -> [String: Pipeline.Triggers]? {
        guard let workflows = yaml["workflows"]?.mapping else { return nil }
        var events: [String: Set<Pipeline.Triggers.Event>] = [:]
        for (_, workflow) in workflows {
            for entry in workflow["jobs"]?.sequence ?? [] {
                guard let name = entry.string ?? entry.mapping?.first?.key.string else { continue }
                let filters = entry[name]?["filters"]
                if workflow["triggers"] != nil {
                    events[name, default: []].insert(.other)
                    continue
                }
                // Branches run it unless all are ignored; tags only where a filter names them.
                if filters?["branches"]?["ignore"]?.string != "/.*/" {
                    events[name, default: []].insert(.push)
                }
                if filters?["tags"] != nil { events[name, default: []].insert(.tag) }
            }
        }
        return events.mapValues { Pipeline.Triggers(events: $0) }
    }

    // MARK: - The engine

    private func keepsLayers(_ job: YAML, in yaml: YAML) -> Fact<Bool> {
        // A machine of one's own may keep everything.
        if let kind = job["resource_class"] {
            guard let text = kind.string, !text.contains("/"), !text.contains("<<") else { return .unknown }
        }
        var answers: [Fact<Bool>] = []
        for step in Self.steps(job["steps"]) {
            if step.string == "setup_remote_docker" {
                answers.append(.no)
            } else if let setup = step["setup_remote_docker"] {
                answers.append(caching(setup))
            } else if !Self.isBuiltIn(step) {
                return .unknown
            }
        }
        if let machine = job["machine"] { answers.append(caching(machine)) }
        if let executor = job["executor"] {
            let name = executor.string ?? executor["name"]?.string
            guard let definition = name.flatMap({ yaml["executors"]?[$0] }) else { return .unknown }
            if let kind = definition["resource_class"]?.string, kind.contains("/") { return .unknown }
            if let machine = definition["machine"] { answers.append(caching(machine)) }
        }
        if answers.contains(.yes) { return .yes }
        return answers.isEmpty || answers.contains(.unknown) ? .unknown : .no
    }

    /// What `setup_remote_docker` or `machine` says.
    private func caching(_ yaml: YAML) -> Fact<Bool> {
        guard let value = yaml["docker_layer_caching"] ?? yaml["reusable"] else { return .no }
        switch value.string {
        case "true": return .yes
        case "false": return .no
        default: return .unknown
        }
    }

    private static func isBuiltIn(_ step: YAML) -> Bool {
        let names: Set = [
            "run", "checkout", "store_artifacts", "store_test_results", "attach_workspace",
            "persist_to_workspace", "save_cache", "restore_cache", "add_ssh_keys",
        ]
        if let name = step.string { return names.contains(name) }
        return step.mapping?.first?.key.string.map(names.contains) ?? false
    }

    // MARK: - Texts

    /// `<< parameters.x >>` as a variable that nothing sets. (A heredoc's `<<` has to be written `\<<`.)
    private static func withoutParameters(_ script: JoinedText, _ work: inout WorkBudget)
        -> JoinedText
    {
        TemplateText.replacing(script, open: "<<", close: ">>", work: &work) { inside in
            let name = inside.drop { $0 == " " }
            let isParameter = ["parameters.", "pipeline.", "matrix."].contains { name.hasPrefix($0) }
            return isParameter ? nil : "<<\(inside)>>"
        }
    }
}
