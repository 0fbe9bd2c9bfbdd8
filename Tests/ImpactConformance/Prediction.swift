import Dockerfile
import Foundation
import Impact
import Project

extension Pair {
    /// What the model says of the second tree: the state of each step by its label. Of steps that are one to BuildKit,
    /// all labels lead to it.
    func predicted() async throws -> Prediction {
        let repository = try await ScratchRepository(self)
        defer { repository.remove() }
        func build(_ options: Options) -> Build {
            Build(
                name: "it", dockerfile: options.dockerfile(), context: .directory(options.context),
                target: options.target, args: options.args.mapValues { $0 },
                namedContexts: options.namedContexts.mapValues { .directory($0) })
        }
        var request = ImpactRequest(
            folder: repository.repository, base: repository.base, head: .commit(repository.head),
            options: LoadOptions(environment: ProcessInfo.processInfo.environment))
        request.build = build(headOptions)
        request.buildAtBase = build(baseOptions)
        let report = try await ImpactReport.make(request)
        guard let impact = report.builds.first, report.builds.count == 1 else {
            throw CommandFailed(command: name, message: "there is no prediction")
        }
        if let problem = impact.problem { throw CommandFailed(command: name, message: problem) }
        return Prediction(impact)
    }
}

/// A prediction in the form in which an engine's truth is compared with it.
struct Prediction {
    let steps: [StepImpact]

    init(_ impact: BuildImpact) { steps = impact.steps.filter { $0.kind != .base } }

    /// Where the truth differs, a line each.
    func differences(from truth: [String: String]) -> [String] {
        var missing = truth
        var found: [String] = []
        for step in steps {
            let label = step.label.description
            if let state = truth[label] {
                missing[label] = nil
                if state != step.state.rawValue {
                    found.append(
                        "\(label): predicted \(step.state.rawValue), is \(state) (\(step.instruction))")
                }
            } else if !steps.contains(where: { $0.key == step.key && truth[$0.label.description] != nil }) {
                found.append("\(label): predicted \(step.state.rawValue), but the engine has no such step")
            }
        }
        return found + missing.keys.sorted().map { "\($0): is \(truth[$0]!), and there is no prediction" }
    }
}
