import Diagnostics
import Dockerfile
import Repository
import SourceText

extension Pipeline.System {
    package static let tekton = Self("Tekton")
}

extension PipelineFormat {
    static let tekton = PipelineFormat(isFile: { name, folder in
        folder.equals(".tekton") || folder.hasPrefix(".tekton/")
    }) { documents, draft, work in
        var reader = TektonReader(draft: draft)
        for document in documents { reader.read(document, &work) }
        return reader.draft.stated(of: .tekton)
    }
}

/// The steps of Tekton's tasks, and the tasks of its catalogue that build images.
/// Sources: tekton.dev/docs/pipelines, "Tasks" (`steps`, `script`, `command`, `args`, `workingDir`); artifacthub.io, the tasks
/// `buildah` and `kaniko` (parameters `DOCKERFILE`, `CONTEXT`, `IMAGE`, from the root of the workspace).
private struct TektonReader {
    var draft: PipelineDraft

    mutating func read(_ document: YAML, _ work: inout WorkBudget) {
        guard document["apiVersion"]?.string?.hasPrefix("tekton.dev/") ?? false, let spec = document["spec"]
        else {
            return
        }
        let name = document["metadata"]?["name"]?.string ?? ""
        switch document["kind"]?.string {
        case "Task", "ClusterTask", "StepAction": readTask(spec, named: name, &work)
        case "TaskRun": if let task = spec["taskSpec"] { readTask(task, named: name, &work) }
        case "Pipeline", "PipelineRun":
            let pipeline = spec["pipelineSpec"] ?? spec
            for task in (pipeline["tasks"]?.sequence ?? []) + (pipeline["finally"]?.sequence ?? []) {
                let name = task["name"]?.string ?? name
                if let inner = task["taskSpec"] {
                    readTask(inner, named: name, &work)
                } else if let reference = task["taskRef"] {
                    readReference(reference, task, named: name, &work)
                }
            }
        default: break
        }
    }

    private mutating func readTask(_ task: YAML, named name: String, _ work: inout WorkBudget) {
        draft.add(Pipeline.Job(name))
        for step in task["steps"]?.sequence ?? (task["script"] == nil ? [] : [task]) {
            let written = step["workingDir"]?.string ?? "."
            // A workspace is where a task before has put the repository.
            var path = written[...]
            if path.hasPrefix("$(workspaces."), let end = path.firstIndex(of: ")") {
                path = path[path.index(after: end)...].drop { $0 == "/" }
            }
            let folder = path.contains("$") ? nil : Paths.resolve(path.isEmpty ? "." : String(path), in: ".")
            let folders = folder.map { [$0] } ?? []
            if let script = step["script"] {
                draft.addScript(script, folders: folders, variables: [:], &work) { text, work in
                    Self.withoutVariables(text, &work)
                }
                continue
            }
            let image = step["image"]?.string ?? ""
            let command = PipelineDraft.list(step["command"])
            let arguments = Array(command.dropFirst()) + PipelineDraft.list(step["args"])
            let program =
                command.first?.string
                ?? (image.contains("kaniko-project/executor") ? "/kaniko/executor" : nil)
            if let program, ["sh", "bash"].contains(Paths.name(of: program)) {
                let isCommand =
                    arguments.first?.string.map { $0.hasPrefix("-") && $0.hasSuffix("c") } ?? false
                if isCommand, arguments.count > 1 {
                    draft.addScript(arguments[1], folders: folders, variables: [:], &work) { text, work in
                        Self.withoutVariables(text, &work)
                    }
                }
            } else if let program, !program.contains("$") {
                draft.addCommand(
                    program, arguments, uses: image, folders: folders, variables: [:], &work)
            }
        }
    }

    /// `$(params.name)` is no command of the shell's.
    private static func withoutVariables(_ text: JoinedText, _ work: inout WorkBudget) -> JoinedText {
        var text = text
        for sign in ["$(params.", "$(workspaces.", "$(context.", "$(results.", "$(tasks."] {
            text = TemplateText.replacing(text, open: sign, close: ")", work: &work) { inside in
                sign == "$(workspaces." && inside.hasSuffix(".path") ? "." : nil
            }
        }
        return text
    }

    private mutating func readReference(
        _ reference: YAML, _ task: YAML, named name: String, _ work: inout WorkBudget
    ) {
        let resolved = (reference["params"]?.sequence ?? []).first { $0["name"]?.string == "name" }?["value"]
        guard let place = reference["name"] ?? resolved, let called = place.string,
            ["buildah", "kaniko"].contains(where: { called == $0 || called.hasPrefix($0 + "-") })
        else { return }
        func value(_ name: String, or other: String) -> String? {
            let given = (task["params"]?.sequence ?? []).first { $0["name"]?.string == name }?["value"]?
                .string
            return given.map { $0.contains("$") ? nil : $0 } ?? other
        }
        let context = value("CONTEXT", or: ".").flatMap { Paths.resolve($0, in: ".") }
        let file = value("DOCKERFILE", or: "./Dockerfile")
        var path = file.flatMap { Paths.resolve($0, in: ".") }
        // kaniko looks below the context too.
        if let written = file, let folder = context, let found = path, draft.files.kind(of: found) != .file,
            let below = Paths.resolve(written, in: folder), draft.files.kind(of: below) == .file
        {
            path = below
        }
        draft.add(Pipeline.Job(name))
        var build = StatedBuild(
            dockerfile: path.map { .path($0) } ?? .unknown("DOCKERFILE"),
            context: context.map { .directory($0) } ?? .unknown, at: place, in: draft.source)
        build.mayHaveMore = true
        build.mayPassMore = true
        var step = Pipeline.Step(bytes: place.bytes(in: draft.source))
        step.action = called
        draft.add(step, build, &work)
    }
}
