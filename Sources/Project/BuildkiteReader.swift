import Diagnostics
import Dockerfile
import Repository

extension Pipeline.System {
    package static let buildkite = Self("Buildkite")
}

extension PipelineFormat {
    static let buildkite = ofFirstDocument(isFile: { name, folder in folder.isOrIsBelow(".buildkite") }) {
        yaml, draft, work in
        var reader = BuildkiteReader(draft: draft)
        return reader.read(yaml, work: &work)
    }
}

/// The steps of Buildkite: each runs by itself, on an agent of one's own. Its plugins build what compose files say.
/// Source: buildkite.com/docs, "Command step" (`command`, `commands`, `env`, `plugins`), "Group step" and "Environment
/// variables" (`$$` stands for `$` when the agent runs).
struct BuildkiteReader {
    var draft: PipelineDraft

    mutating func read(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        var variables = PipelineDraft.variables(yaml["env"])
        variables["BUILDKITE_BUILD_CHECKOUT_PATH"] = draft.files.root
        for step in yaml["steps"]?.sequence ?? yaml.sequence ?? [] {
            for inner in step["group"] == nil ? [step] : step["steps"]?.sequence ?? [] {
                readStep(inner, variables: variables, &work)
            }
        }
        return draft.stated(of: .buildkite)
    }

    private mutating func readStep(_ yaml: YAML, variables: [String: String], _ work: inout WorkBudget) {
        guard let known = PipelineDraft.variables(yaml["env"], over: variables, &work),
            work.spend(known.count)
        else { return }
        var job = Pipeline.Job(yaml["label"]?.string ?? yaml["key"]?.string ?? "")
        job.variables = Set(known.keys)
        draft.add(job)
        var folders = ["."]
        for key in ["command", "commands"] {
            for line in PipelineDraft.list(yaml[key]) {
                folders = draft.addScript(line, folders: folders, variables: known, &work) { text, work in
                    TemplateText.replacing(text, open: "$${", close: "}", work: &work) { "${\($0)}" }
                }
            }
        }
        for plugin in PipelineDraft.list(yaml["plugins"]) {
            let name = plugin.string ?? plugin.mapping?.first?.key.string
            var step = Pipeline.Step(bytes: plugin.bytes(in: draft.source))
            step.action = name?.split(separator: "#").first?.lowercased()
            draft.add(step)
        }
    }
}
