package import BuildRecords
package import Dockerfile
import Host

/// A step of the project that a cache record may be the result of: the record reads like it.
package struct RecordedStep: Sendable {
    package let build: BuildFacts
    package let instruction: Instruction

    /// What of records' descriptions is like what of steps, with the steps that have it.
    static func all(in project: ProjectFacts) -> [String: [RecordedStep]] {
        steps(of: project, by: \.recordText)
    }

    /// What of the names that steps have in a build's log is alike, with the steps that have it.
    package static func byName(in project: ProjectFacts) -> [String: [RecordedStep]] {
        steps(of: project, by: \.logName)
    }

    /// - Parameter key: nil for a step that is left out.
    private static func steps(
        of project: ProjectFacts, by key: (StepFacts) -> String?
    ) -> [String: [RecordedStep]] {
        var found: [String: [RecordedStep]] = [:]
        for build in project.builds {
            for step in build.reachableStages.flatMap(\.steps) {
                guard let text = key(step) else { continue }
                found[text, default: []].append(RecordedStep(build: build, instruction: step.instruction))
            }
        }
        return found
    }

    /// - Parameter step: of a recorded build.
    /// - Returns: a key of `byName(in:)`.
    package static func name(_ step: StepName) -> String {
        // Whether the stage's name is there depends on the build.
        "\(step.number)/\(step.of) \(collapsed(step.text))"
    }

    /// - Returns: nil for a record that no step makes.
    static func text(of record: CacheRecord) -> String? {
        let text = record.description
        if text.hasPrefix("mount / from exec ") {
            return collapsed(text.dropFirst("mount / from exec ".count))
        }
        // `[stage-0 4/6] COPY . /app`
        return StepName(vertexName: text).map(name)
    }

    /// With single blanks.
    package static func collapsed(_ text: some StringProtocol) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

extension StepFacts {
    /// The arguments of a RUN as BuildKit joins them in its records, with single blanks; nil for other instructions and
    /// where they cannot be told.
    package var recordedCommand: String? {
        guard let run, instruction.heredocs.isEmpty || run.isHeredocScript, run.interpreter == nil else {
            return nil
        }
        switch run.command {
        case .shell(let command):
            let shell = step.state.shell ?? ["/bin/sh", "-c"]
            return RecordedStep.collapsed((shell + [command.text]).joined(separator: " "))
        case .exec(let words): return RecordedStep.collapsed(words.map(\.text).joined(separator: " "))
        }
    }

    /// What a record of this step's result has in common with it (`RecordedStep.text(of:)`).
    fileprivate var recordText: String? {
        run != nil ? recordedCommand : logName
    }

    /// What the name of this step in a build's log has in common with it (`RecordedStep.name(label:text:)`).
    fileprivate var logName: String? {
        // BuildKit expands variables in the name, and writes heredocs its own way.
        guard let label = step.label, !instruction.text.contains("$"), instruction.heredocs.isEmpty else {
            return nil
        }
        // It writes keywords in capitals (`dockerfile2llb/convert.go`, uppercaseCmd).
        let words = RecordedStep.collapsed(instruction.text)
        let keyword = words.prefix { $0 != " " }
        return "\(label.number)/\(label.of) \(keyword.uppercased())\(words.dropFirst(keyword.count))"
    }
}
