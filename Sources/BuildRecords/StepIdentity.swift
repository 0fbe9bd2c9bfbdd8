/// What makes a step of one build the same as one of another: never its number, which moves with each edit.
package struct StepIdentity: Sendable, Hashable {
    package let platform: String?
    /// nil where the builder leaves the name of a lone stage out.
    package let stage: String?
    /// The instruction, with single blanks.
    package let text: String

    package init(_ name: StepName) { self.init(name, text: name.text) }

    /// - Parameter text: in place of the name's.
    fileprivate init(_ name: StepName, text: String) {
        platform = name.platform
        stage = name.stage == "stage-0" ? nil : name.stage
        self.text = Self.collapsed(text)
    }

    /// With single blanks.
    static func collapsed(_ text: String) -> String {
        text.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
    }
}

extension BuildRecord {
    /// The steps but FROM, each with what it can be known by in other builds: its name, and how it is written in the recorded
    /// Dockerfile, where no other step is written so.
    package var identifiedSteps: [(vertex: BuildVertex, name: StepName, identities: [StepIdentity])] {
        let texts = WrittenSteps(self)
        var names: [StepIdentity: Set<StepIdentity>] = [:]
        var steps: [(vertex: BuildVertex, name: StepName, written: StepIdentity?)] = []
        for (index, vertex) in vertices.enumerated() {
            guard let name = vertex.step, !name.isBase else { continue }
            let written = texts.text(of: index).map { StepIdentity(name, text: $0) }
            if let written { names[written, default: []].insert(StepIdentity(name)) }
            steps.append((vertex, name, written))
        }
        return steps.map { vertex, name, written in
            let other = written.flatMap { names[$0]?.count == 1 ? $0 : nil }
            return (vertex, name, [StepIdentity(name)] + (other.map { [$0] } ?? []))
        }
    }

    package var stepIdentities: Set<StepIdentity> { Set(steps.compactMap { $0.step.map(StepIdentity.init) }) }

    /// How many of its steps are among those of another build.
    package func steps(among others: Set<StepIdentity>) -> Int {
        steps.count { $0.step.map { others.contains(StepIdentity($0)) } ?? false }
    }
}
