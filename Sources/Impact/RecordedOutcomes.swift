package import BuildRecords
internal import Dockerfile
internal import Facts

extension ImpactReport {
    /// The build that has the most steps of a record; nil where none has one.
    package func build(of record: BuildRecord) -> BuildImpact? {
        let seen = RecordedOutcomes(record)
        var best: (build: BuildImpact, common: Int)?
        for build in builds {
            let common = seen.pairs(with: build).count
            if common > best?.common ?? 0 { best = (build, common) }
        }
        return best?.build
    }
}

/// What became of the steps of a recorded build, to be asked by the steps of a Dockerfile.
struct RecordedOutcomes {
    private struct Place: Hashable {
        let number: Int
        let of: Int
    }

    private let steps: [Place: [BuildVertex]]
    /// By what is written, whatever the number.
    private var written: [StepIdentity: [BuildVertex]] = [:]
    /// By the line of another Dockerfile, from 1; nil where the record does not tell lines.
    private var lines: [Int: [BuildVertex]]?

    /// - Parameter isOfAnotherState: the record may be of a Dockerfile with steps more or less: what is written the same there,
    ///   in the stage of that name and once, is the same step.
    init(_ record: BuildRecord, isOfAnotherState: Bool = false) {
        var steps: [Place: [BuildVertex]] = [:]
        for vertex in record.vertices {
            if let step = vertex.step {
                steps[Place(number: step.number, of: step.of), default: []].append(vertex)
            }
        }
        self.steps = steps
        guard isOfAnotherState else { return }
        for (vertex, name, identities) in record.identifiedSteps {
            for identity in Set(identities.map { Self.identity(name, $0.text) }) {
                written[identity, default: []].append(vertex)
            }
        }
    }

    /// The same of a Dockerfile that the recorded one became: a step is the one in the line that is its own now.
    /// - Parameter places: of each line of the recorded Dockerfile, from 0, the one here; nil for one that is gone.
    func joined(_ places: [Int?], _ record: BuildRecord) -> RecordedOutcomes {
        guard record.vertices.contains(where: { $0.lines != nil }) else { return self }
        var lines: [Int: [BuildVertex]] = [:]
        for vertex in record.vertices where vertex.step != nil {
            guard let range = vertex.lines, range.lowerBound > 0, range.upperBound <= places.count,
                let first = places[range.lowerBound - 1], let last = places[range.upperBound - 1],
                last - first == range.count - 1
            else { continue }
            lines[first + 1, default: []].append(vertex)
        }
        var joined = self
        joined.lines = lines
        return joined
    }

    /// Of a record's step or of one here, on any platform.
    private static func identity(_ name: StepName, _ text: String) -> StepIdentity {
        StepIdentity(
            StepName(stage: name.stage?.lowercased(), number: name.number, of: name.of, text: text))
    }

    /// The steps of a build that the record has, each with what became of it. What a record says of FROM tells nothing: its
    /// lookup always counts as run.
    func pairs(with build: BuildImpact) -> [(step: StepImpact, outcome: StepOutcome)] {
        build.steps.filter { $0.kind != .base }.compactMap { step in outcome(of: step).map { (step, $0) } }
    }

    /// - Returns: nil where the record has no such step, or does not tell what became of it. Of several platforms or
    ///   targets one that ran counts.
    func outcome(of step: StepImpact) -> StepOutcome? {
        let outcomes = vertices(of: step).map(\.outcome)
        return outcomes.first { $0 == .ran || $0 == .failed } ?? outcomes.first(where: \.isHit)
    }

    /// How long a step took, in milliseconds; nil where it did not run, or the record does not tell. Of several platforms or
    /// targets the longest counts.
    func milliseconds(of step: StepImpact) -> Int? {
        vertices(of: step).filter { $0.outcome == .ran }.compactMap(\.milliseconds).max()
    }

    private func vertices(of step: StepImpact) -> [BuildVertex] {
        if let known = lines?[step.line] { return known }
        let same =
            lines != nil
            ? []
            : (steps[Place(number: step.label.number, of: step.label.of)] ?? []).filter { vertex in
                vertex.step.map { Self.isOne($0, of: step) } ?? false
            }
        guard same.isEmpty, !written.isEmpty else { return same }
        let name = StepName(
            stage: step.label.stage, number: step.label.number, of: step.label.of, text: step.instruction)
        let found = written[Self.identity(name, step.instruction)] ?? []
        return Set(found.map(\.step?.number)).count == 1 ? found : []
    }

    /// Whether a step of a record may be this one of a Dockerfile.
    static func isOne(_ name: StepName, of step: StepImpact) -> Bool {
        name.number == step.label.number && name.of == step.label.of && isStage(name.stage, of: step.label)
            && isText(name.text, of: step)
    }

    /// BuildKit before 0.10 leaves `stage-0` out where there is no other, later ones write it.
    private static func isStage(_ recorded: String?, of label: StepLabel) -> Bool {
        (recorded ?? "stage-0").lowercased() == (label.stage ?? "stage-0").lowercased()
    }

    /// Whether a step's name in a record may be that of an instruction: equal up to what BuildKit writes in another way,
    /// which are variables, quotes, escapes and heredocs; or up to where the client cut it.
    private static func isText(_ recorded: String, of step: StepImpact) -> Bool {
        let trigger = recorded.hasPrefix("ONBUILD ") ? "ONBUILD ".count : 0
        let recorded = RecordedStep.collapsed(String(recorded.dropFirst(trigger)))
        let written = RecordedStep.collapsed(step.instruction)
        let keyword = written.prefix { $0 != " " }
        let arguments = written.dropFirst(keyword.count)
        guard recorded.prefix(while: { $0 != " " }).uppercased() == keyword.uppercased() else { return false }
        let other = recorded.dropFirst(keyword.count)
        let plain = arguments.prefix { !"$\"'\\<`".contains($0) }
        if plain.count < arguments.count { return other.hasPrefix(plain) || plain.hasPrefix(other) }
        return other == arguments || other.hasSuffix("...") && arguments.hasPrefix(other.dropLast(3))
    }
}
