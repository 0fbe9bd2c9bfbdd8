import Diagnostics
import Repository
import SourceText

extension Pipeline.System {
    package static let cloudBuild = Self("Google Cloud Build")
}

extension PipelineFormat {
    static let cloudBuild = ofFirstDocument(isFile: { name, _ in name.hasPrefix("cloudbuild") }) {
        yaml, draft, work in
        var reader = CloudBuildReader(draft: draft)
        return reader.read(yaml, work: &work)
    }
}

/// The steps of Google Cloud Build: the builder `docker`, kaniko, and scripts.
/// Sources: cloud.google.com/build/docs, "Build configuration file schema" (`steps`, `name`, `entrypoint`, `args`, `dir`,
/// `script`, `substitutions`), "Build container images" and "Use Kaniko cache" (the executor's options).
struct CloudBuildReader {
    var draft: PipelineDraft

    mutating func read(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        var job = Pipeline.Job("")
        // The trigger is a setting of the project's; the machine is new for each build, in a pool of one's own too.
        job.keepsLayers = .no
        draft.add(job)
        let variables = PipelineDraft.variables(yaml["substitutions"])
        let own = Paths.folder(of: draft.source.path)
        for step in yaml["steps"]?.sequence ?? [] {
            let folder =
                step["dir"].map { dir in
                    dir.string.flatMap { $0.contains("$") ? nil : Paths.resolve($0, in: ".") }
                } ?? "."
            // From the root of what is submitted: the repository of a trigger, or the folder of `gcloud builds submit`.
            let folders =
                folder.map { own == "." ? [$0] : [$0, $0 == "." ? own : Paths.join(own, $0)] } ?? []
            let name = (step["name"]?.string ?? "").split(separator: ":").first.map { $0.lowercased() } ?? ""
            let arguments = PipelineDraft.list(step["args"])
            let entrypoint = step["entrypoint"]?.string
            if let script = step["script"] {
                draft.addScript(script, folders: folders, variables: variables, &work)
            } else if let entrypoint, ["bash", "sh"].contains(Paths.name(of: entrypoint)) {
                // `-c` may stand with others, such as `-ec`.
                let isCommand =
                    arguments.first?.string.map { $0.hasPrefix("-") && $0.hasSuffix("c") } ?? false
                if isCommand, arguments.count > 1 {
                    draft.addScript(arguments[1], folders: folders, variables: variables, &work)
                }
            } else if entrypoint == "docker" || entrypoint == nil && name.hasSuffix("/docker")
                || name == "docker"
            {
                draft.addCommand(
                    "docker", arguments, uses: name, folders: folders, variables: variables, &work)
            } else if name.hasSuffix("kaniko-project/executor") {
                draft.addCommand(
                    "/kaniko/executor", arguments, uses: name, folders: folders, variables: variables, &work)
            } else {
                var other = Pipeline.Step(bytes: step.bytes(in: draft.source))
                other.action = name
                draft.add(other)
            }
        }
        return draft.stated(of: .cloudBuild)
    }
}
