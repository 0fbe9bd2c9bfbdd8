import Diagnostics
import Dockerfile
package import Impact
import JSON

/// The impact report for programs; `docs/schema/impact.schema.json` describes it.
package struct ImpactJSON: Sendable {
    private let report: ImpactReport

    package init(_ report: ImpactReport) { self.report = report }

    package func json() async -> String {
        let builds = await report.builds.concurrentMap(inPartsOf: Self.buildsOfAPart) { part in
            part.map { JSONWriter.element(json(of: $0)) }
        }
        var text = ""
        var writer = JSONWriter { text += withoutWorkflowCommands($0, isJSON: true) }
        writer.add("schema", "clm-doctor/impact/1")
        writer.add("base", .string(report.base))
        writer.add("head", .string(report.head.name))
        writer.add("builds", texts: builds)
        // In the form that a job matrix takes.
        writer.add(
            "matrix",
            [
                "include": .array(
                    report.builds.filter(\.isAffected).map { build in
                        .object([
                            "name": .string(build.name), "dockerfile": .string(build.dockerfile),
                            "context": .string(build.context), "target": build.target.map { .string($0) },
                            "verdict": .string(build.verdict.rawValue),
                        ])
                    })
            ])
        writer.add("notes", each: report.notes.lazy.map(noteJSON))
        writer.finish()
        return text
    }

    /// Fewer are not worth a task.
    private static let buildsOfAPart = 40

    private func json(of build: BuildImpact) -> JSON {
        .object([
            "name": .string(build.name),
            "dockerfile": .string(build.dockerfile),
            "context": .string(build.context),
            "target": build.target.map { .string($0) } ?? .null,
            "verdict": .string(build.verdict.rawValue),
            "bestCase": .string(build.bestCase.rawValue),
            "steps": .array(build.steps.map(json(of:))),
            "blind": .array(
                build.blind.map { spot in
                    .object([
                        "kind": .string(spot.kind.rawValue), "subject": .string(spot.subject),
                        "message": .string(spot.message),
                    ])
                }),
            "usual": build.usual.map(json(of:)),
            "problem": build.problem.map { .string($0) },
            "fails": build.problem.map { _ in .bool(!build.isUnknown) },
        ])
    }

    private func json(of usual: UsualRebuild) -> JSON {
        .object([
            "commits": .integer(usual.commits), "asSlow": .integer(usual.asSlow),
            "verdict": usual.verdict.map { .string($0.rawValue) } ?? .null,
            "isWorse": .bool(usual.isWorse),
            "firstChange": usual.firstChange.map { .string($0) } ?? .null,
        ])
    }

    private func json(of step: StepImpact) -> JSON {
        .object([
            "step": .string(ImpactWords.label(step)),
            "stage": .string(step.stage),
            "number": .integer(step.label.number),
            "of": .integer(step.label.of),
            "line": .integer(step.line),
            "instruction": .string(step.instruction),
            "state": .string(step.state.rawValue),
            "kind": .string(step.kind.rawValue),
            "cause": step.cause.map(json(of:)) ?? .null,
        ])
    }

    private func json(of cause: Cause) -> JSON {
        var members: [(String, JSON)] = []
        func strings(_ values: [String]) -> JSON { .array(values.map { .string($0) }) }
        switch cause {
        case .newBuild, .newInstruction, .gitFolder, .noCache: break
        case .baseImage(let from, let to): members = [("from", .string(from)), ("to", .string(to))]
        case .instruction(let was): members = [("was", .string(was))]
        case .variables(let names): members = [("names", strings(names))]
        case .setting(let name, let from, let to):
            members = [("name", .string(name)), ("from", .string(from)), ("to", .string(to))]
        case .files(let files, let count), .modes(let files, let count):
            members = [("files", strings(files)), ("count", .integer(count))]
        case .ignoreFile(let path, let files, let count):
            members = [("path", .string(path)), ("files", strings(files)), ("count", .integer(count))]
        case .output(let stage, let path): members = [("stage", .string(stage)), ("path", .string(path))]
        case .image(let from, let to, let path):
            members = [("from", .string(from)), ("to", .string(to)), ("path", .string(path))]
        case .unseen(let what): members = [("what", .string(what))]
        case .frontend(let name): members = [("image", .string(name))]
        case .build(let name): members = [("build", .string(name))]
        case .follows(let step): members = [("step", .string(step))]
        }
        var object = JSON.Object()
        object["kind"] = .string(cause.name)
        for (name, value) in members { object[name] = value }
        object["text"] = .string(ImpactWords.text(of: cause))
        return .object(object)
    }
}
