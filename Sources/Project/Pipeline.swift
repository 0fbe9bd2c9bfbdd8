package import Diagnostics
package import SourceText

/// A file of a CI system (a workflow or action of GitHub's, `.gitlab-ci.yml` …), as far as it tells how images are built.
///
/// The one model of CI: each system's reader fills it, and checks ask it without regard to the system. What a file does not
/// tell is unknown.
package struct Pipeline: Sendable {
    package let system: System
    package internal(set) var source: SourceText
    package internal(set) var jobs: [Job]

    /// What runs on one machine, or beside one engine, one step after the other.
    package struct Job: Sendable {
        package let name: String
        package internal(set) var triggers = Triggers.unknown
        package internal(set) var runner = Runner.unknown
        /// What names the machine (`runs-on:`, `vmImage:`), in lower case, in all legs of a matrix; empty where a part is not known.
        package internal(set) var labels: Set<String> = []
        /// The image that its steps run in; nil where they run on the machine itself, or the file does not tell.
        package internal(set) var image: Value?
        /// The containers beside it, by their images; empty where the file does not tell.
        package internal(set) var services: [Value] = []
        /// Whether the engine that it builds with has the layers of earlier runs, as far as the settings of the job tell.
        package internal(set) var keepsLayers = Fact<Bool>.unknown
        /// The folders that are carried to later runs.
        package internal(set) var caches: [Cache] = []
        /// The names of variables that the file sets for all of its steps.
        package internal(set) var variables: Set<String> = []
        package internal(set) var steps: [Step] = []
        /// What `if:` says; nil where there is none.
        package internal(set) var condition: String?
        /// What ran on its machine before it began: of an action, the steps of all jobs that call it.
        package internal(set) var before: [Step] = []
        /// The workflow of the repository that it is; nil for one with steps of its own.
        var calls: String?
        /// That workflow was read.
        var isCall = false

        init(_ name: String) { self.name = name }
    }

    /// What a job runs on.
    package enum Runner: Sendable, Hashable {
        /// A machine of the CI service's that is new for each job.
        case hosted(isARM: Bool)
        /// Own machines, and labels that anybody may give to anything.
        case unknown
    }

    /// What a file says in one place.
    package struct Value: Sendable {
        package let text: String
        package internal(set) var bytes: Range<Int>
    }

    /// Folders that a job saves and later runs of it find.
    package struct Cache: Sendable {
        /// As they are written.
        package let paths: [String]
        /// As it is written; nil where there is none.
        package let key: String?
        /// What the first run saved under a key stays as it is; otherwise each run saves anew.
        package let isWrittenOnce: Bool
        /// The step that saves it; nil for a setting of the job.
        package let step: Int?
    }

    package struct Step: Sendable {
        /// What it uses in place of a script, in lower case and without its version: `owner/name` of an action of GitHub's,
        /// a task, an orb's command, a plugin. nil for a script, and for an action of the repository.
        package internal(set) var action: String?
        /// Of what it uses.
        package internal(set) var version = ""
        /// It uses something that is defined in this repository, or an image.
        package internal(set) var isLocal = false
        /// The place of what it uses or runs.
        package internal(set) var bytes: Range<Int>
        /// What it hands to what it uses.
        package internal(set) var inputs: [Input] = []
        /// The text of its script.
        package internal(set) var run: String?
        /// What `if:` says; nil where there is none.
        package internal(set) var condition: String?
        /// The image that it runs in, where it is not the job's.
        package internal(set) var image: Value?
        package internal(set) var variables: Set<String> = []
        /// Where its script runs; nil where that is not known.
        package internal(set) var folder: String? = "."
        /// The folder of the repository's action that it uses.
        var calls: String?
        /// The steps of that action; empty where they are not known.
        package internal(set) var called: [Step] = []

        init(bytes: Range<Int>) { self.bytes = bytes }

        package subscript(name: String) -> Input? { inputs.first { $0.name == name } }

        /// Whether its script or one of its inputs holds a text, such as a folder's path.
        package func mentions(_ text: String) -> Bool {
            run?.contains(text) ?? false || inputs.contains { $0.written.contains(text) }
        }
    }

    package struct Input: Sendable {
        package let name: String
        /// nil where it is known only when the job runs.
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

    /// The image that a step runs in.
    package func image(at place: StepPlace) -> Value? { self[place].image ?? jobs[place.job].image }
}

extension Pipeline {
    /// What a CI system is like, as far as checks say something else for it. Each reader has its own.
    package struct System: Sendable, Hashable {
        /// As people call it.
        package let name: String
        /// A cache of `type=gha` is there.
        package internal(set) var servesGitHubCache = false
        /// The image whose name a job may push under.
        package internal(set) var registryImage = "<image>"
        /// A job may make a builder in a container; else it has the engine's own, which exports inline caches alone.
        package internal(set) var makesBuilders = true
        /// What keeps layers between jobs and costs money, as an imperative; nil where there is no such thing.
        package internal(set) var paidLayerCaching: String?

        init(_ name: String) { self.name = name }
    }

    /// Which events start a job.
    package struct Triggers: Sendable, Hashable {
        package enum Event: Sendable, Hashable {
            /// To a branch.
            case push
            case tag, release, pullRequest
            /// GitHub's `pull_request_target`, which runs what the base branch holds.
            case pullRequestTarget
            case mergeQueue
            /// By the clock, by hand, by another pipeline …
            case other
        }

        /// Those that are known to start it.
        package let events: Set<Event>
        /// No others do.
        package let isComplete: Bool
        /// Commits start it that change one of these, and no others: patterns as they are written; nil for all commits.
        package let paths: [String]?
        /// What else of a commit decides, such as its branch: as it is written, in an order of its own.
        package let filters: Set<String>

        package static let unknown = Triggers(events: [], isComplete: false)

        package init(
            events: Set<Event>, isComplete: Bool = true, paths: [String]? = nil, filters: Set<String> = []
        ) {
            self.events = events
            self.isComplete = isComplete
            self.paths = paths
            self.filters = filters
        }
    }
}

extension Pipeline.Job {
    /// It calls a workflow or an action that was read.
    var callsKnown: Bool { isCall || steps.contains { !$0.called.isEmpty } }

    /// Whether it runs for commits on their way: what a cache is for. One that only publishes, or runs by the clock or by
    /// hand, does not.
    package var runsForCommits: Fact<Bool> {
        if !triggers.events.isDisjoint(with: [.push, .pullRequest, .pullRequestTarget, .mergeQueue]) {
            return .yes
        }
        return triggers.isComplete ? .no : .unknown
    }

    /// Whether it runs for tags and releases, and for nothing else.
    package var runsForTagsAlone: Fact<Bool> {
        if !triggers.events.isSubset(of: [.tag, .release]) { return .no }
        if !triggers.isComplete { return .unknown }
        return triggers.events.isEmpty ? .no : .yes
    }
}
