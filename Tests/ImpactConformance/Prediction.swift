import Dockerfile
import Foundation
import Impact
import Project

extension Pair {
    /// What the model says of the second tree: the state of each step by its label. Of steps that are one to BuildKit,
    /// all labels lead to it.
    func predicted(in repository: ScratchRepository) async throws -> Prediction {
        func build(_ options: Options) -> Build {
            Build(
                name: "it", dockerfile: options.dockerfile(), context: .directory(options.context),
                target: options.target, args: options.args.mapValues { $0 },
                namedContexts: options.namedContexts.mapValues {
                    $0.contains("://") ? .elsewhere($0) : .directory($0)
                })
        }
        var request = ImpactRequest(
            folder: repository.repository, base: repository.base, head: .commit(repository.head),
            options: LoadOptions(environment: ProcessInfo.processInfo.environment))
        request.allSteps = true
        request.build = build(headOptions)
        request.buildAtBase = build(baseOptions)
        let report = try await ImpactReport.make(request)
        guard let impact = report.builds.first, report.builds.count == 1 else {
            throw CommandFailed(command: name, message: "there is no prediction")
        }
        if let problem = impact.problem { throw CommandFailed(command: name, message: problem) }
        // Of a build that the change does not reach, no step is looked at otherwise; the answer must be the same.
        request.allSteps = false
        let short = try await ImpactReport.make(request).builds[0]
        guard short.isAffected == impact.isAffected, short.blind == impact.blind else {
            throw CommandFailed(command: name, message: "whether it is reached depends on what is asked")
        }
        return Prediction(impact, changedPaths: report.changedPaths, isUndecided: isUndecided)
    }
}

/// A prediction in the form in which an engine's truth is compared with it.
struct Prediction {
    let impact: BuildImpact
    let changedPaths: [String]
    let steps: [StepImpact]

    /// `maybe` is right whatever the engine did.
    let isUndecided: Bool

    init(_ impact: BuildImpact, changedPaths: [String] = [], isUndecided: Bool = false) {
        self.impact = impact
        self.changedPaths = changedPaths
        steps = impact.steps.filter { $0.kind != .base }
        self.isUndecided = isUndecided
    }

    /// A step that is not as predicted.
    struct Difference: CustomStringConvertible {
        let label: String
        /// nil where there is no prediction.
        let predicted: StepImpact?
        /// nil where the engine has no such step.
        let actual: String?

        var description: String {
            "\(label): predicted \(predicted?.state.rawValue ?? "nothing"), is \(actual ?? "absent")"
                + (predicted.map { " (\($0.instruction.prefix(100)); \($0.cause.map { "\($0)" } ?? ""))" }
                    ?? "")
        }
    }

    /// The states of a truth, with the first label of steps that are one to BuildKit, which names them by either.
    func states(_ truth: Truth) -> [String: String] {
        let states = truth.states.map { label, state in
            let key = steps.first { $0.label.description == label }?.key
            let labels = steps.filter { $0.key == key }.map(\.label.description)
            return (labels.min() ?? label, state)
        }
        return Dictionary(states, uniquingKeysWith: { $0 == $1 ? $0 : "unclear" })
    }

    /// Where the truth differs.
    func differences(from truth: [String: String]) -> [Difference] {
        var missing = truth
        var found: [Difference] = []
        for step in steps {
            let label = step.label.description
            if let state = truth[label] {
                missing[label] = nil
                if state != step.state.rawValue, !(isUndecided && step.state == .maybe) {
                    found.append(Difference(label: label, predicted: step, actual: state))
                }
            } else if !steps.contains(where: { $0.key == step.key && truth[$0.label.description] != nil }) {
                found.append(Difference(label: label, predicted: step, actual: nil))
            }
        }
        return found
            + missing.keys.sorted().map { Difference(label: $0, predicted: nil, actual: missing[$0]) }
    }
}
