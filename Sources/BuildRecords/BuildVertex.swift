/// One vertex of the graph that a builder solved: a step of the Dockerfile, or work of BuildKit's own.
package struct BuildVertex: Sendable, Hashable {
    /// As the builder names it, without the word that bake and Compose put in front for one of several targets.
    package var name: String
    /// That word: the target of a bake or the service of a compose file. Of a vertex that several share it is any of them.
    package var target: String?
    /// `sha256:…` of the vertex, where the source tells it. Not equal in two builds that read a local context.
    package var digest: String?
    /// What `name` says of a step; nil for work of BuildKit's own.
    package var step: StepName?
    package var category: TimeCategory
    package var outcome: StepOutcome
    /// When it worked, in milliseconds from the build's start: in order, and without overlaps. Empty where the source tells
    /// only durations, and where it never started.
    package var intervals: [Range<Int>] = []
    /// How long it worked, the intervals added up; nil where the source does not tell.
    package var milliseconds: Int?
    /// The vertices whose results it takes, as indices of `BuildRecord.vertices`; empty where the source does not tell.
    package var inputs: [Int] = []
    /// Its lines in the recorded Dockerfile, from 1; nil where the source does not tell.
    package var lines: ClosedRange<Int>?
    /// A hash of what it does, free of what differs from build to build: equal in two builds for an equal definition.
    package var definition: String?
    package var error: String?

    package init(name: String, category: TimeCategory, outcome: StepOutcome) {
        self.name = name
        self.category = category
        self.outcome = outcome
    }
}
