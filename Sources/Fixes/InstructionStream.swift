package import Diagnostics
internal import Dockerfile
package import Facts
internal import SourceText

/// Compares what a build's Dockerfile says before and after edits: what no edit concerns is to be what it was.
package struct InstructionStream {
    let before: BuildFacts
    let after: BuildFacts
    let stepsBefore: StepsByPlace
    let stepsAfter: StepsByPlace
    private let change: TextChange
    private let replacements: [Range<Int>]
    /// Indices of instructions: what became of which.
    private(set) var kept: [(before: Int, after: Int)] = []
    private(set) var edited: [(before: Int, after: Int)] = []
    private var removed: [Int] = []
    private var added: [Int] = []

    package init(from before: BuildFacts, to after: BuildFacts, by change: TextChange) {
        self.before = before
        self.after = after
        self.change = change
        replacements = change.replacements
        stepsBefore = StepsByPlace(before)
        stepsAfter = StepsByPlace(after)
        let (old, new) = (before.dockerfile.parsed, after.dockerfile.parsed)
        let places = Dictionary(
            new.instructions.enumerated().map { ($1.range.lowerBound, $0) }, uniquingKeysWith: { $1 })
        var found: Set<Int> = []
        for (index, instruction) in old.instructions.enumerated() {
            guard !change.removes(instruction.range),
                let place = places[change.moved(instruction.range.lowerBound)]
            else {
                removed.append(index)
                continue
            }
            found.insert(place)
            let isSame =
                old.source.bytes[instruction.range]
                == new.source.bytes[new.instructions[place].range]
            if isSame { kept.append((index, place)) } else { edited.append((index, place)) }
        }
        added = new.instructions.indices.filter { !found.contains($0) }
    }

    /// Where instructions stand in the file as it is, by the first byte that they have afterwards.
    var lines: [Int: Int] {
        let (old, new) = (before.dockerfile.parsed.instructions, after.dockerfile.parsed.instructions)
        return Dictionary(
            (kept + edited).map { (new[$0.after].range.lowerBound, old[$0.before].lines.lowerBound) },
            uniquingKeysWith: { $1 })
    }

    /// - Returns: what is otherwise than it was, though no edit concerns it, as part of a sentence; nil where nothing is.
    package func difference() -> String? {
        differenceOfFile() ?? differenceOfInstructions() ?? differenceOfSteps()
    }

    // MARK: The file

    private func differenceOfFile() -> String? {
        let (old, new) = (before.dockerfile, after.dockerfile)
        let problems = (new.parsed.problems + new.problems).filter { $0.kind != .mount }
        if let problem = problems.first { return "the file would not parse: \(problem.message)" }
        let (mistakes, left) = (old.parsed.problems + old.problems, new.parsed.problems + new.problems)
        if left.count > mistakes.count { return "a mount would be refused: \(left[0].message)" }
        if old.parsed.escape != new.parsed.escape { return "the escape character would be another" }
        for directive in old.parsed.directives where !change.touches(directive.range) {
            guard
                new.parsed.directives.contains(where: {
                    $0.name == directive.name && $0.value == directive.value
                })
            else { return "the \(directive.name.rawValue) directive would not be one any more" }
        }
        return nil
    }

    // MARK: Instructions

    private func differenceOfInstructions() -> String? {
        let (old, new) = (before.dockerfile.parsed.instructions, after.dockerfile.parsed.instructions)
        let order = (kept + edited).sorted { $0.before < $1.before }.map(\.after)
        if zip(order, order.dropFirst()).contains(where: { $0 >= $1 }) { return "the order would be another" }
        for (index, place) in edited {
            let instruction = old[index]
            let line = instruction.lines.lowerBound
            guard change.touches(instruction.range) else { return "line \(line) would read otherwise" }
            guard instruction.keyword == .run, new[place].keyword == .run else {
                return "the \(instruction.keyword.rawValue.uppercased()) in line \(line) would be another"
            }
            if let difference = difference(ofRun: instruction, to: new[place]) { return difference }
        }
        func texts(_ instructions: [Instruction]) -> Set<[String]> {
            Set(instructions.map { [$0.keyword.rawValue, $0.text] })
        }
        let (gone, come) = (texts(removed.map { old[$0] }), texts(added.map { new[$0] }))
        let editedCommands = Set(
            edited.flatMap { stepsAfter[new[$0.after]]?.script.commands ?? [] }.map(\.meaning))
        for index in removed where !come.contains([old[index].keyword.rawValue, old[index].text]) {
            guard commandsGoOn(of: old[index], in: editedCommands) else {
                return "line \(old[index].lines.lowerBound) would go away"
            }
        }
        for place in added where !gone.contains([new[place].keyword.rawValue, new[place].text]) {
            return "line \(new[place].lines.lowerBound) would be new"
        }
        return nil
    }

    /// What a RUN did that goes away is done by one that is edited.
    private func commandsGoOn(of instruction: Instruction, in others: Set<[String]>) -> Bool {
        guard let commands = stepsBefore[instruction]?.script.commands, !commands.isEmpty else {
            return false
        }
        return commands.allSatisfy { others.contains($0.meaning) }
    }

    private func difference(ofRun old: Instruction, to new: Instruction) -> String? {
        guard case .run(let was) = old.body, case .run(let run) = new.body else {
            // A mount that could not be read can be now.
            guard case .invalid = old.body, case .run = new.body else {
                return "line \(new.lines.lowerBound) would not be read"
            }
            return nil
        }
        let line = old.lines.lowerBound
        guard was.network == run.network, was.security == run.security, was.devices == run.devices,
            was.interpreter == run.interpreter, was.isHeredocScript == run.isHeredocScript,
            old.heredocs.count == new.heredocs.count
        else { return "what line \(line) may do would be otherwise" }
        let mounts = Dictionary(
            run.mounts.map { ($0.range.lowerBound, $0) }, uniquingKeysWith: { $1 })
        for mount in was.mounts where !change.touches(mount.range) {
            let text = before.source.bytes[mount.range]
            guard let same = mounts[change.moved(mount.range.lowerBound)],
                after.source.bytes[same.range] == text
            else { return "a mount in line \(line) would be otherwise" }
        }
        guard let script = stepsBefore[old]?.script, let edited = stepsAfter[new]?.script,
            edited.isComplete || !script.isComplete
        else { return "the commands of line \(line) could not be read" }
        let commands = Dictionary(
            edited.commands.map { ($0.range.lowerBound, $0) }, uniquingKeysWith: { first, _ in first })
        var known: Set<Int> = []
        for command in script.commands {
            let place = change.moved(command.range.lowerBound)
            if let same = commands[place] { known.insert(same.range.lowerBound) }
            guard !change.changes(inside: command.range) else { continue }
            guard let same = commands[place], same.meaning == command.meaning else {
                return
                    "`\(command.words[0].text)` in line \(before.source.line(at: command.range.lowerBound)) "
                    + "would be another command"
            }
        }
        for command in edited.commands where !known.contains(command.range.lowerBound) {
            let next = replacements.partitioningIndex { $0.upperBound > command.range.lowerBound }
            guard replacements[next...].prefix(2).contains(where: { $0.overlaps(command.range) }) else {
                return "`\(command.words[0].text)` in line \(line) would be new"
            }
        }
        return nil
    }

    // MARK: What instructions come to

    private func differenceOfSteps() -> String? {
        let (old, new) = (before.dockerfile.stages, after.dockerfile.stages)
        guard old.count == new.count, before.dockerfile.target == after.dockerfile.target else {
            return "the stages would be others"
        }
        for (was, stage) in zip(old, new) {
            guard was.name == stage.name, was.isReachable == stage.isReachable, was.base == stage.base else {
                return "stage \(was.displayName) would be another"
            }
        }
        // The environments of each stage that were compared last: what was set before them need not be compared again.
        var compared: [Int: (old: Environment, new: Environment)] = [:]
        let moved = Set(removed.flatMap { variables(declaredBy: before.dockerfile.parsed.instructions[$0]) })
        for (index, place) in (kept + edited).sorted(by: { $0.before < $1.before }) {
            guard let was = stepsBefore[before.dockerfile.parsed.instructions[index]],
                let step = stepsAfter[after.dockerfile.parsed.instructions[place]]
            else { continue }
            let line = was.instruction.lines.lowerBound
            if was.step.state.user != step.step.state.user { return "line \(line) would run as another user" }
            if was.step.state.workdir != step.step.state.workdir {
                return "line \(line) would run in another folder"
            }
            if was.step.state.shell != step.step.state.shell {
                return "line \(line) would have another shell"
            }
            let earlier =
                compared[was.stage]
                ?? before.stages[was.stage].ancestors.first.flatMap { compared[$0] }
            let environments = (old: was.step.state.environment, new: step.step.state.environment)
            if let name = differingVariable(environments.old, environments.new, since: earlier, moved) {
                return "\(name) would be another in line \(line)"
            }
            compared[was.stage] = environments
        }
        return nil
    }

    private func variables(declaredBy instruction: Instruction) -> [String] {
        if case .arg(let declarations) = instruction.body { return declarations.map(\.name.text) }
        return []
    }

    /// - Parameters:
    ///   - earlier: states in which nothing but what was moved differed.
    ///   - moved: may differ.
    private func differingVariable(
        _ old: Environment, _ new: Environment, since earlier: (old: Environment, new: Environment)?,
        _ moved: Set<String>
    ) -> String? {
        var names: Set<String>
        if let earlier, let set = old.assignments(since: earlier.old),
            let setNow = new.assignments(since: earlier.new)
        {
            names = Set((set + setNow).map(\.name))
        } else {
            names = Set((old.variables + new.variables).map(\.name))
        }
        names.subtract(moved)
        return names.sorted().first { name in
            old[name]?.value != new[name]?.value || old[name]?.origin != new[name]?.origin
        }
    }
}

/// The steps of a build by the instructions that they are of, without those that another stage triggers.
struct StepsByPlace {
    private let steps: [Int: StepFacts]

    init(_ build: BuildFacts) {
        steps = Dictionary(
            build.stages.lazy.flatMap(\.steps).filter { !$0.step.isTrigger }
                .map { ($0.instruction.range.lowerBound, $0) },
            uniquingKeysWith: { first, _ in first })
    }

    /// nil for an instruction that stands in no stage.
    subscript(instruction: Instruction) -> StepFacts? { steps[instruction.range.lowerBound] }
}

extension ShellCommand {
    /// All of it but its place.
    var meaning: [String] {
        words.map(\.text) + assignments.map { "\($0.name)=\($0.value?.text ?? "")" }
            + redirections.map { $0.symbol + $0.target.text } + ["\(isConditional)", "\(user)"]
    }
}

extension Stage.Base {
    static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.scratch, .scratch): true
        case (.stage(let one), .stage(let other)): one == other
        case (.image(let one), .image(let other)): one == other
        case (.namedContext(let one), .namedContext(let other)): one == other
        default: false
        }
    }
}
