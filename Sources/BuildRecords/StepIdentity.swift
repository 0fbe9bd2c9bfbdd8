/// What makes a step of one build the same as one of another: never its number, which moves with each edit.
package struct StepIdentity: Sendable, Hashable {
    package let platform: String?
    /// nil where the builder leaves the name of a lone stage out.
    package let stage: String?
    /// The instruction, with single blanks.
    package let text: String

    package init(_ name: StepName) {
        platform = name.platform
        stage = name.stage == "stage-0" ? nil : name.stage
        text = name.text.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
    }
}

extension BuildRecord {
    package var stepIdentities: Set<StepIdentity> { Set(steps.compactMap { $0.step.map(StepIdentity.init) }) }

    /// How many of its steps are among those of another build.
    package func steps(among others: Set<StepIdentity>) -> Int {
        steps.count { $0.step.map { others.contains(StepIdentity($0)) } ?? false }
    }
}
