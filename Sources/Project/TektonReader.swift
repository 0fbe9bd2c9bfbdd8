import Diagnostics
import Dockerfile
import Repository
import SourceText

extension Pipeline.System {
    package static let tekton = Self("Tekton")
}

extension PipelineFormat {
    static let tekton = PipelineFormat(isFile: { name, folder in
        folder.hasPart(".tekton") || folder.hasPart("tekton") || name.hasPrefix("tekton")
            || name.hasPrefix("kaniko") || name.hasPrefix("buildah")
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
            let image = Self.withDefault(step["image"]?.string ?? "", of: task)
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

    /// `$(params.name)` with its default.
    private static func withDefault(_ text: String, of task: YAML) -> String {
        guard text.hasPrefix("$(params."), text.hasSuffix(")") else { return text }
        let name = String(text.dropFirst(9).dropLast())
        return (task["params"]?.sequence ?? []).first { $0["name"]?.string == name }?["default"]?.string
            ?? text
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

    /// `--build-arg A=b --no-cache` as `--build-arg=A=b`, `--no-cache`; quotes around a word are taken off.
    private static func options(in text: String) -> [String] {
        var options: [String] = []
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            let word = word.filter { !"\"'".contains($0) }
            if word.hasPrefix("-") {
                options.append(word)
            } else if let last = options.last, !last.contains("=") {
                options[options.count - 1] = "\(last)=\(word)"
            }
        }
        return options
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
        let given = (task["params"]?.sequence ?? []).filter { parameter in
            ["BUILD_EXTRA_ARGS", "BUILD_ARGS", "EXTRA_ARGS"].contains(parameter["name"]?.string)
        }
        for parameter in given {
            let words = PipelineDraft.list(parameter["value"]).compactMap(\.string)
            let isNamed = parameter["name"]?.string == "BUILD_ARGS"
            // A text for the shell, an array with a word each, or the array of `NAME=value` alone.
            for word in words.flatMap({ isNamed ? ["--build-arg=\($0)"] : Self.options(in: $0) }) {
                build.take(flag: word) { !$0.contains("$(") && !$0.contains("$") }
            }
        }
        // Values of parameters may come from a run of the pipeline.
        build.mayPassMore = build.mayPassMore || given.isEmpty
        build.mayHaveMore = build.mayHaveMore || given.isEmpty
        build.builder = called.hasPrefix("kaniko") ? .kaniko : .buildah
        var step = Pipeline.Step(bytes: place.bytes(in: draft.source))
        step.action = called
        draft.add(step, build, &work)
    }
}
