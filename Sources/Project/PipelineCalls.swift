import Diagnostics
import Repository
import SourceText

/// What pipelines run of each other: actions and workflows of the repository.
///
/// A file that is called tells neither when it runs nor on what; its callers do. What they do not agree on stays unknown.
/// Sources: docs.github.com, "Reuse workflows" (`jobs.<id>.uses`, at most `Limits.pipelineCalls` levels), "Workflow syntax"
/// (`steps[*].uses: ./folder`).
enum PipelineCalls {
    private struct Caller {
        let pipeline: Int
        let job: Int
        /// nil where the job itself is the call.
        let step: Int?
    }

    /// Gives jobs of called files what those have that call them, and steps that call an action its steps.
    static func link(_ pipelines: inout [Pipeline]) {
        var files: [String: Int] = [:]
        for (index, pipeline) in pipelines.enumerated() where pipeline.system.servesGitHubCache {
            let path = pipeline.source.path
            files[path] = index
            if Paths.name(of: path).hasPrefix("action.") { files[Paths.folder(of: path)] = index }
        }
        var callers: [Int: [Caller]] = [:]
        for (index, pipeline) in pipelines.enumerated() {
            for (number, job) in pipeline.jobs.enumerated() {
                if let called = job.calls.flatMap({ files[$0] }), called != index {
                    pipelines[index].jobs[number].isCall = true
                    callers[called, default: []].append(Caller(pipeline: index, job: number, step: nil))
                }
                for (place, step) in job.steps.enumerated() {
                    guard let called = step.calls.flatMap({ files[$0] }), called != index else { continue }
                    callers[called, default: []].append(Caller(pipeline: index, job: number, step: place))
                }
            }
        }
        guard !callers.isEmpty else { return }
        // A call within a call is known one level later.
        for _ in 0..<Limits.pipelineCalls {
            for called in callers.keys.sorted() {
                let known = callers[called]!.prefix(Limits.pipelineCallers)
                for caller in known {
                    guard let step = caller.step else { continue }
                    pipelines[caller.pipeline].jobs[caller.job].steps[step].called =
                        pipelines[called].jobs.first?.steps ?? []
                }
                if known.count == callers[called]!.count { adopt(Array(known), by: called, in: &pipelines) }
            }
        }
    }

    private static func adopt(_ callers: [Caller], by called: Int, in pipelines: inout [Pipeline]) {
        let jobs = callers.map { pipelines[$0.pipeline].jobs[$0.job] }
        let events = jobs.reduce(into: Set<Pipeline.Triggers.Event>()) { $0.formUnion($1.triggers.events) }
        let isComplete = jobs.allSatisfy(\.triggers.isComplete)
        for index in pipelines[called].jobs.indices {
            var job = pipelines[called].jobs[index]
            let own = job.triggers
            job.triggers = Pipeline.Triggers(
                events: own.events.union(events),
                isComplete: isComplete && (own.isComplete || own.events.isEmpty))
            // A workflow that is called has machines of its own, an action is part of the job.
            if callers.allSatisfy({ $0.step != nil }) {
                if Set(jobs.map(\.runner)).count == 1 { job.runner = jobs[0].runner }
                if jobs.allSatisfy(\.keepsLayers.isFalse) { job.keepsLayers = .no }
                if Set(jobs.map(\.labels)).count == 1 { job.labels = jobs[0].labels }
                job.variables = jobs.reduce(into: job.variables) { $0.formUnion($1.variables) }
                job.before = zip(callers, jobs).flatMap { $1.steps[..<$0.step!] }
            }
            pipelines[called].jobs[index] = job
        }
    }
}
