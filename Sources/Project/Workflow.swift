package import Diagnostics
package import SourceText

/// A workflow or action of GitHub, as far as it tells how images are built.
/// Source: docs.github.com, "Workflow syntax for GitHub Actions".
package struct Workflow: Sendable {
    package internal(set) var source: SourceText
    /// The events that start it; `tag` for a push that is limited to tags. Unknown for an action.
    package let triggers: Fact<Set<String>>
    package internal(set) var jobs: [Job]

    package struct Job: Sendable {
        package let name: String
        package let runner: Runner
        /// What `runs-on:` names, in lower case, in all legs of its matrix; empty where a part is not known.
        package let labels: Set<String>
        /// `env:` of the workflow and the job set variables by these names.
        package let variables: Set<String>
        package internal(set) var steps: [Step]
    }

    /// What a job runs on.
    package enum Runner: Sendable, Hashable {
        /// A machine of GitHub's that is new for each job.
        case hosted(isARM: Bool)
        /// Labels that anybody may give to anything: own machines, larger runners, those of other services.
        case unknown
    }

    package struct Step: Sendable {
        /// `owner/name` of what it uses, in lower case; nil for a script, and for an action of the repository.
        package let action: String?
        /// What follows `@`.
        package let version: String
        /// `uses:` names an action of this repository or an image.
        package let isLocal: Bool
        /// The place of what `uses:` or `run:` says.
        package internal(set) var bytes: Range<Int>
        /// What `with:` gives.
        package internal(set) var inputs: [Input]
        /// The text of `run:`.
        package let run: String?
        /// What `if:` says; nil where there is none.
        package let condition: String?
        package let variables: Set<String>

        package subscript(name: String) -> Input? { inputs.first { $0.name == name } }

        /// Whether its script or one of its inputs holds a text, such as a folder's path.
        package func mentions(_ text: String) -> Bool {
            run?.contains(text) ?? false || inputs.contains { $0.written.contains(text) }
        }
    }

    package struct Input: Sendable {
        package let name: String
        /// nil where it is known only when the workflow runs.
        package let value: String?
        package let written: String
        /// From its name on.
        package internal(set) var bytes: Range<Int>
    }

    /// A step, by the indices of its job and of itself.
    package struct StepPlace: Sendable, Hashable {
        package let job: Int
        package let step: Int

        package init(job: Int, step: Int) {
            self.job = job
            self.step = step
        }
    }

    package subscript(place: StepPlace) -> Step { jobs[place.job].steps[place.step] }
}

extension Workflow.Runner {
    /// The labels of GitHub's own runners; docs.github.com, "GitHub-hosted runners reference".
    init(labels: [String?]) {
        guard labels.count == 1, let label = labels[0]?.lowercased() else {
            self = .unknown
            return
        }
        let parts = label.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 2, ["ubuntu", "windows", "macos"].contains(parts[0]),
            parts[1] == "latest" || parts[1].allSatisfy({ $0.isNumber || $0 == "." }) && !parts[1].isEmpty,
            parts.count == 2 || parts.count == 3 && parts[2] == "arm"
        else {
            self = .unknown
            return
        }
        self = .hosted(isARM: parts.count == 3)
    }
}
