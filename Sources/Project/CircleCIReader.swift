import Diagnostics
import Dockerfile
import SourceText

/// The `docker build` lines of CircleCI's jobs and commands.
/// Source: circleci.com/docs, "Configuration reference" (`jobs`, `steps`, `run`, `when`, `machine`, `executors`).
struct CircleCIReader {
    let files: ProjectFiles
    let source: SourceText

    func read(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        var stated = StatedBuilds()
        var unit = 0
        for (name, job) in yaml["jobs"]?.mapping ?? [] {
            stated.append(builds(of: job, unit: unit, &work))
            stated.circleCIJobs.append(
                CircleCIJob(
                    path: source.path, name: name.string ?? "", unit: unit,
                    cachesLayers: cachesLayers(job, in: yaml)))
            unit += 1
        }
        // What several jobs run; which of them decides about the engine.
        for (_, command) in yaml["commands"]?.mapping ?? [] {
            stated.append(builds(of: command, unit: unit, &work))
            unit += 1
        }
        return stated
    }

    private func builds(of job: YAML, unit: Int, _ work: inout WorkBudget) -> StatedBuilds {
        var stated = StatedBuilds()
        let variables = Self.variables(job["environment"])
        let jobFolder = job["working_directory"].map { folder($0, in: ".") } ?? "."
        for step in Self.steps(job["steps"]) {
            guard let run = step["run"], let script = (run["command"] ?? run).script(in: source) else {
                continue
            }
            let own = run["working_directory"].map { folder($0, in: jobFolder ?? ".") } ?? jobFolder
            var known = variables
            let added = Self.variables(run["environment"])
            if !added.isEmpty {
                guard work.spend(known.count + added.count) else { break }
                known.merge(added) { $1 }
            }
            stated.append(
                ScriptReader(files: files).read(
                    Self.withoutParameters(script, &work), in: source, folders: own.map { [$0] } ?? [],
                    variables: known, work: &work
                ).stated)
        }
        stated.place(unit: unit)
        return stated
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

    // MARK: - The engine

    private func cachesLayers(_ job: YAML, in yaml: YAML) -> Fact<Bool> {
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

    private static func variables(_ yaml: YAML?) -> [String: String] {
        var variables: [String: String] = [:]
        for (key, value) in yaml?.mapping ?? [] {
            if let name = key.string, let text = value.string, !text.contains("$"), !text.contains("<<") {
                variables[name] = text
            }
        }
        return variables
    }

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
