import Diagnostics
import Repository

extension Pipeline.System {
    package static let codeBuild = Self("AWS CodeBuild")
}

extension PipelineFormat {
    static let codeBuild = ofFirstDocument(isFile: { name, folder in
        name.holds("buildspec") || folder.hasPart("buildspecs") || folder.hasPart("codebuild")
    }) { yaml, draft, work in
        var reader = CodeBuildReader(draft: draft)
        return reader.read(yaml, work: &work)
    }
}

/// The phases of AWS CodeBuild. Whether its machine keeps layers is a setting of the project's (`LOCAL_DOCKER_LAYER_CACHE`).
/// Source: docs.aws.amazon.com/codebuild, "Build specification reference for CodeBuild" (`phases`, `commands`, `finally`,
/// `env/variables`; from version 0.2 on all commands run in one shell).
struct CodeBuildReader {
    var draft: PipelineDraft

    mutating func read(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        var job = Pipeline.Job("")
        var variables = PipelineDraft.variables(yaml["env"]?["variables"])
        job.variables = Set(variables.keys)
        variables["CODEBUILD_SRC_DIR"] = draft.files.root
        draft.add(job)
        let isOneShell = yaml["version"]?.string != "0.1"
        var folders = ["."]
        for name in ["install", "pre_build", "build", "post_build"] {
            for key in ["commands", "finally"] {
                for line in PipelineDraft.list(yaml["phases"]?[name]?[key]) {
                    let end = draft.addScript(line, folders: folders, variables: variables, &work)
                    if isOneShell { folders = end }
                }
            }
        }
        return draft.stated(of: .codeBuild)
    }
}
