import Diagnostics
import Dockerfile
import SourceText

extension Pipeline.System {
    package static let buildkite = Self("Buildkite")
}

extension PipelineFormat {
    static let buildkite = PipelineFormat(isFile: { name, folder in folder.isOrIsBelow(".buildkite") }) {
        documents, source, files, work in
        var reader = BuildkiteReader(files: files, source: source)
        return documents.first.map { reader.read($0, work: &work) } ?? StatedBuilds()
    }
}

/// The steps of Buildkite: each runs by itself, on an agent of one's own. Its plugins build what compose files say.
/// Source: buildkite.com/docs, "Command step" (`command`, `commands`, `env`, `plugins`), "Group step" and "Environment
/// variables" (`$$` stands for `$` when the agent runs).
struct BuildkiteReader {
    private let files: ProjectFiles
    private var draft: PipelineDraft

    init(files: ProjectFiles, source: SourceText) {
        self.files = files
        draft = PipelineDraft(files: files, source: source)
    }

    mutating func read(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        var variables = PipelineDraft.variables(yaml["env"])
        variables["BUILDKITE_BUILD_CHECKOUT_PATH"] = files.root
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
