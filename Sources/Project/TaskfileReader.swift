import Diagnostics
import Dockerfile
import Repository
import SourceText

/// The `docker build` lines of Taskfiles.
/// Source: taskfile.dev, "Schema reference".
struct TaskfileReader {
    let files: Snapshot
    let source: SourceText

    func read(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        var stated = StatedBuilds()
        let own = Paths.folder(of: source.path)
        let variables = PipelineDraft.variables(yaml["vars"])
        for (unit, (_, task)) in (yaml["tasks"]?.mapping ?? []).enumerated() {
            guard let known = PipelineDraft.variables(task["vars"], over: variables, &work) else { break }
            var folder: String? = own
            if let written = task["dir"]?.string {
                folder = written.contains("{{") ? nil : Paths.resolve(written, in: own)
            }
            var commands = task.sequence ?? task["cmds"]?.sequence ?? []
            if task.string != nil { commands.append(task) }
            if let command = task["cmd"] { commands.append(command) }
            for command in commands {
                let text = command["cmd"] ?? command
                guard let script = text.script(in: source) else { continue }
                let shell = Self.withVariables(script, known, &work)
                var read = ScriptReader(files: files).read(
                    shell, in: source, folders: folder.map { [$0] } ?? [], work: &work
                ).stated
                read.place(unit: unit)
                stated.append(read)
            }
        }
        return stated
    }

    /// `{{.NAME}}` with its value; every other `{{…}}` as a variable that nothing sets.
    private static func withVariables(
        _ script: JoinedText, _ variables: [String: String], _ work: inout WorkBudget
    ) -> JoinedText {
        TemplateText.replacing(script, open: "{{", close: "}}", work: &work) { inside in
            let name = inside.filter { $0 != " " }
            return name.hasPrefix(".") ? ShellEvaluator.told(variables[String(name.dropFirst())]) : nil
        }
    }
}
