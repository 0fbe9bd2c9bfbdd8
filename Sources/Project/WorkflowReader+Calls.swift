import Diagnostics
import Repository
import SourceText

/// Reusable workflows and composite actions of the repository, with what each call passes.
/// Source: docs.github.com, "Reuse workflows" and "Metadata syntax for GitHub Actions" (`inputs`).
extension WorkflowReader {
    /// - Parameters:
    ///   - environment: of the caller; an action's steps have it, a workflow's jobs do not.
    ///   - matrix: each leg calls by itself.
    mutating func call(
        _ uses: YAML, with passed: YAML?, _ environment: [String: String], _ matrix: [[String: YAML]],
        isAction: Bool, _ work: inout WorkBudget
    ) {
        if !isAction { noteForeign(uses, with: passed) }
        guard depth < Limits.pipelineCalls, let place = Self.called(uses.string),
            let source = isAction
                ? readFile("\(place)/action.yml") ?? readFile("\(place)/action.yaml") : readFile(place),
            source.path != self.source.path
        else { return }
        stated.calledFiles.insert(source.path)
        if isAction, WorkflowEnvironmentFile.isNamed(in: source.bytes) { mayHaveSetAnything = true }
        guard work.spend(source.bytes.count / 4), let yaml = try? YAML.parse(source.bytes) else { return }
        let values = passed?.mapping ?? []
        var seen: Set<[String?]> = []
        for leg in matrix {
            guard work.spend(source.bytes.count / 4 + Self.workOfLeg) else { return }
            let expressions = expressions(environment, leg)
            let texts = values.map { $0.value.string.flatMap { expressions.expand($0, &work) } }
            guard seen.insert(texts).inserted else { continue }
            guard callsLeft > 0 else {
                stated.notes.append(
                    Note(
                        path: self.source.path, line: uses.line,
                        message:
                            "calls more than \(Limits.workflowCalls) workflows and actions; the rest is not read"
                    ))
                return
            }
            callsLeft -= 1
            var reader = WorkflowReader(calledBy: self, source: source)
            let declared = isAction ? yaml["inputs"] : yaml["on"]?["workflow_call"]?["inputs"]
            for (key, input) in declared?.mapping ?? [] {
                guard let name = key.string, let value = input["default"] else { continue }
                reader.inputs[name] = WorkflowExpression.Value(value)
            }
            for (pair, text) in zip(values, texts) {
                guard let name = pair.key.string else { continue }
                // Inputs of actions are texts.
                let isText = isAction || pair.value.string?.contains("${{") ?? false
                reader.inputs[name] =
                    text.map { isText ? .text($0) : WorkflowExpression.Value(pair.value) } ?? .unknown
            }
            var read: StatedBuilds
            if isAction {
                if let runs = yaml["runs"] { _ = reader.readAction(runs, environment, &work) }
                read = reader.stated
            } else {
                read = reader.read(yaml, work: &work)
            }
            (optionsLeft, callsLeft) = (reader.optionsLeft, reader.callsLeft)
            // Pipelines and commands are told of the file itself.
            read.pipelines = []
            read.commands = []
            read.bakeFiles = []
            for index in read.builds.indices { read.builds[index].calledFrom = self.source.path }
            stated.append(read)
        }
    }

    /// Tells of a workflow of another repository that may build images, by its name and by what it is passed.
    private mutating func noteForeign(_ uses: YAML, with passed: YAML?) {
        guard let called = uses.string, !called.hasPrefix("./") else { return }
        let words = [called] + (passed?.mapping ?? []).compactMap { $0.key.string }
        guard words.contains(where: Self.mayBeOfImages) else { return }
        stated.notes.append(
            Note(
                path: source.path, line: uses.line,
                message: "calls \(called) of another repository, which is not read; it may build images"))
    }

    private static func mayBeOfImages(_ word: String) -> Bool {
        PipelineFormat.namesImages(word) || word.lowercased().contains("goreleaser")
    }
}
