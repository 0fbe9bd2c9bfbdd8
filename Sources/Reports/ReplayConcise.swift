internal import Dockerfile
package import Impact
internal import Project

/// What `clm-doctor replay --format concise` prints: one line for each step that runs again in some commit, in columns that
/// tabs separate. Columns: Dockerfile and line, build, step, commits in which it surely runs again, in which it may, commits
/// of the build, milliseconds of a run or `-`, the cause of most of them or `-`.
package enum ReplayConcise {
    package static func text(_ replay: Replay) -> String {
        var text = ""
        for build in replay.builds {
            let commits = ReplayWords.commits(of: build, replay)
            for step in build.steps {
                let cause = step.causes.first.map { $0.isPath ? printablePath($0.name) : printable($0.name) }
                text += "\(printablePath(build.dockerfile)):\(step.impact.line)\t\(printable(build.name))\t"
                text += "\(printable(step.impact.label.description))\t\(step.runs.certain)\t"
                text += "\(step.runs.possible)\t\(commits)\t"
                text += "\(step.milliseconds.map(String.init) ?? "-")\t\(cause ?? "-")\n"
            }
        }
        text += replay.notes.map { "clm-doctor: note: \(place(of: $0))\(printable($0.message))\n" }.joined()
        return withoutWorkflowCommands(text)
    }
}
