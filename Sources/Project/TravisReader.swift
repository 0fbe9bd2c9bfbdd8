import Diagnostics
import Repository

extension Pipeline.System {
    package static let travis = Self("Travis CI")
}

extension PipelineFormat {
    static let travis = ofFirstDocument(isFile: { name, folder in folder.isRoot && name.equals(".travis.yml")
    }) {
        yaml, draft, work in
        var reader = TravisReader(draft: draft)
        return reader.read(yaml, work: &work)
    }
}

/// The phases of Travis CI's jobs. Which docker its machines have depends on `dist`, so that nothing is said of its cache.
/// Sources: docs.travis-ci.com, "Job Lifecycle" (phases, and their order), "Build Stages" (`jobs.include`) and "Environment
/// Variables" (`env`).
struct TravisReader {
    var draft: PipelineDraft

    mutating func read(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        let variables = Self.variables(yaml["env"])
        readJob(yaml, variables: variables, &work)
        for job in (yaml["jobs"] ?? yaml["matrix"])?["include"]?.sequence ?? [] {
            let own = Self.variables(job["env"])
            guard work.spend(variables.count + own.count) else { break }
            readJob(job, variables: variables.merging(own) { $1 }, &work)
        }
        return draft.stated(of: .travis)
    }

    private mutating func readJob(_ yaml: YAML, variables: [String: String], _ work: inout WorkBudget) {
        var job = Pipeline.Job(yaml["name"]?.string ?? yaml["stage"]?.string ?? "")
        job.triggers = Pipeline.Triggers(events: yaml["if"] == nil ? [.push] : [], isComplete: false)
        job.variables = Set(variables.keys)
        draft.add(job)
        var known = variables
        known["TRAVIS_BUILD_DIR"] = draft.files.root
        var folders = ["."]
        for phase in Self.phases {
            for line in PipelineDraft.list(yaml[phase]) {
                folders = draft.addScript(line, folders: folders, variables: known, &work)
            }
        }
        for deploy in PipelineDraft.list(yaml["deploy"]) {
            for line in PipelineDraft.list(deploy["script"]) {
                draft.addScript(line, folders: ["."], variables: known, &work)
            }
        }
    }

    private static let phases = [
        "before_install", "install", "before_script", "script", "after_success", "after_failure",
        "before_deploy",
        "after_deploy", "after_script",
    ]

    /// `env` that holds for all legs: `A=1 B=2` as a text, or in `global`. A list makes a leg of each of its items.
    private static func variables(_ yaml: YAML?) -> [String: String] {
        var variables: [String: String] = [:]
        var items = PipelineDraft.list(yaml?["global"])
        if let yaml, yaml.string != nil || ["global", "jobs", "matrix"].allSatisfy({ yaml[$0] == nil }) {
            items.append(yaml)
        }
        if let list = yaml?.sequence, list.count == 1 { items.append(list[0]) }
        for item in items {
            for (key, value) in item.mapping ?? [] {
                if let name = key.string, let text = value.string { variables[name] = text }
            }
            for word in item.string?.split(separator: " ") ?? [] {
                let parts = word.split(separator: "=", maxSplits: 1)
                guard parts.count == 2 else { continue }
                let isPlain = !parts[1].contains { "\"'`".contains($0) }
                variables[String(parts[0])] = isPlain ? String(parts[1]) : ShellEvaluator.untold
            }
        }
        return variables
    }
}
