import Diagnostics
import SourceText

/// The stages: what they stand on, what each needs, and which the target reaches.
extension Evaluator {
    mutating func outlineStages(_ starts: [Int]) {
        outlines.reserveCapacity(starts.count)
        for (index, start) in starts.enumerated() {
            let end = index + 1 < starts.count ? starts[index + 1] : file.instructions.count
            var name: String?
            var base = Stage.Base.image(Expanded("", isCertain: false))
            var platform: Expanded?
            var isReplaced = false
            if case .from(let from) = file.instructions[start].body {
                name = from.name?.text.lowercased()
                platform = from.platform.map { expand($0, in: global) }
                if let platform, platform.isCertain, platform.text.isEmpty, let range = from.platform?.range {
                    problems.append(
                        SyntaxProblem(
                            kind: .expansion, range: range, message: "the platform of FROM comes out empty",
                            remedy: "Give its ARG a default, before the first FROM, or remove --platform."))
                }
                let image = expand(from.image, in: global)
                if let name, options.namedContexts.contains(name), !Self.isReserved(name) {
                    base = .namedContext(name)
                    isReplaced = true
                } else {
                    base = self.base(image, from)
                }
            }
            outlines.append(
                Outline(
                    index: index, from: start, body: start + 1..<end, name: name, base: base,
                    platform: platform,
                    isReplaced: isReplaced))
            if let name { stageByName[name] = index }
        }
    }

    /// What a FROM continues: names are compared as written, with the stages above.
    mutating func base(_ image: Expanded, _ from: FromInstruction) -> Stage.Base {
        if image.isCertain {
            if image.text.isEmpty {
                problems.append(
                    SyntaxProblem(
                        kind: .expansion, range: from.image.range,
                        message: "the image of FROM comes out empty",
                        remedy: "Give its ARG a default, before the first FROM."))
                return .image(Expanded("", isCertain: false))
            }
            if let stage = stageByName[image.text] { return .stage(stage) }
            if image.text == "scratch" { return .scratch }
            if image.text != from.image.text, Self.lacksPart(image.text) {
                problems.append(
                    SyntaxProblem(
                        kind: .expansion, range: from.image.range,
                        message: "the image of FROM comes out as `\(image.text)`, which names none",
                        remedy: "Give its ARG a default, before the first FROM."))
                return .image(Expanded(image.text, isCertain: false))
            }
            if let context = namedContext(image.text) { return .namedContext(context) }
        }
        return .image(image)
    }

    /// A tag, a digest or a part of a path that is empty: "invalid reference format" to BuildKit, also in stages that the
    /// target does not need (tried on Docker Engine 28.5).
    static func lacksPart(_ image: String) -> Bool {
        image.hasSuffix(":") || image.hasSuffix("@") || image.hasPrefix(":") || image.hasPrefix("@")
            || image.split(separator: "/", omittingEmptySubsequences: false).contains { $0.isEmpty }
    }

    static func isReserved(_ name: String) -> Bool {
        name.lowercased() == "scratch" || name.lowercased() == "context"
    }

    /// The named context that an image reference stands for (`namedcontext.go`: as normalised names).
    func namedContext(_ reference: String) -> String? {
        if options.namedContexts.isEmpty || Self.isReserved(reference) { return nil }
        if options.namedContexts.contains(reference) { return reference }
        let normalized = Self.normalized(reference)
        return options.namedContexts.first { Self.normalized($0) == normalized }
    }

    static func normalized(_ reference: String) -> String {
        var name = reference[...]
        for prefix in ["docker.io/library/", "docker.io/", "index.docker.io/library/"]
        where name.hasPrefix(prefix) {
            name = name.dropFirst(prefix.count)
            break
        }
        return String(name.hasSuffix(":latest") ? name.dropLast(7) : name)
    }

    /// Finds for each stage which others it reads from, and how many states BuildKit makes besides.
    mutating func findNeeds() {
        for index in outlines.indices {
            var needs: [Int] = []
            for instruction in file.instructions[outlines[index].body] {
                let (stages, extra) = sources(of: instruction)
                needs += stages
                extraStates += extra
                if case .onbuild(let trigger) = instruction.body {
                    outlines[index].ownTriggers.append(trigger)
                }
            }
            if case .stage(let parent) = outlines[index].base {
                needs.append(parent)
                let triggers = outlines[parent].isReplaced ? [] : outlines[parent].ownTriggers
                triggerCount += triggers.count
                if spend(triggers.count, at: index), mayAdd(triggers, at: index) {
                    outlines[index].triggers = triggers
                    for trigger in triggers { needs += sources(of: trigger).stages }
                }
            }
            outlines[index].needs = needs
        }
    }

    /// Whether the triggers that stages have so far are not too many.
    mutating func mayAdd(_ triggers: [Instruction], at stage: Int) -> Bool {
        if triggerCount <= Limits.instructions { return true }
        if triggerCount - triggers.count <= Limits.instructions {
            problems.append(
                SyntaxProblem(
                    kind: .limit, range: file.instructions[outlines[stage].from].keywordRange,
                    message:
                        "ONBUILDs come to more than \(Limits.instructions) instructions; from here on they are not examined",
                    remedy: "Split the file."))
        }
        return false
    }

    /// Takes from what stages may take from each other.
    /// - Returns: false once that is used up, which is told once.
    mutating func spend(_ work: Int, at stage: Int) -> Bool {
        if work == 0 { return true }
        if stageBudget <= 0 { return false }
        stageBudget -= work
        if stageBudget > 0 { return true }
        problems.append(
            SyntaxProblem(
                kind: .limit, range: file.instructions[outlines[stage].from].keywordRange,
                message: "the stages take too much from each other to follow all of it",
                remedy: "Split the file."))
        return false
    }

    /// The stages that an instruction reads from, and the number of other sources it names.
    func sources(of instruction: Instruction) -> (stages: [Int], others: Int) {
        switch instruction.body {
        case .copy(let copy):
            guard let from = copy.from?.text else { return ([], 0) }
            if let number = Int(from) { return (outlines.indices.contains(number) ? [number] : [], 0) }
            if let stage = stageByName[from.lowercased()] { return ([stage], 0) }
            return ([], 1)
        case .run(let run):
            var stages: [Int] = []
            for mount in run.mounts {
                let from = mount.from ?? ""
                if let stage = stageByName[from.isEmpty ? "scratch" : from.lowercased()] {
                    stages.append(stage)
                }
            }
            return (stages, run.mounts.count - stages.count)
        default: return ([], 0)
        }
    }

    mutating func findTarget() -> Int? {
        // The stage that is built may be one that is not read.
        if file.isCutShort { return nil }
        guard let target = options.target, !target.isEmpty else { return outlines.indices.last }
        if let index = stageByName[target.lowercased()] { return index }
        guard !outlines.isEmpty else { return nil }
        let names = outlines.compactMap(\.name)
        let match = closestMatch(to: target, among: names)
        let range = outlines.last.map { file.instructions[$0.from].keywordRange } ?? 0..<0
        problems.append(
            SyntaxProblem(
                kind: .stage, range: range,
                message: "no stage is called `\(target)`, the target of the build",
                remedy: match.map { "Did you mean \($0)?" }
                    ?? (names.isEmpty
                        ? "Name a stage with `FROM … AS \(target)`."
                        : "The stages are \(names.joined(separator: ", ")).")))
        return nil
    }

    mutating func findReachable(from target: Int?) {
        reachable = [Bool](repeating: file.isCutShort, count: outlines.count)
        guard let target else { return }
        var pending = [target]
        while let index = pending.popLast() {
            if reachable[index] { continue }
            reachable[index] = true
            pending += outlines[index].needs
            if case .image(let image) = outlines[index].base, !image.isCertain, spend(index, at: index) {
                pending += possibleParents(of: outlines[index])
            }
        }
    }

    /// Where a variable of unknown value is a part of FROM's image (`FROM build-${TARGETARCH}`): the stages above whose
    /// names have the rest of it.
    func possibleParents(of outline: Outline) -> [Int] {
        guard case .from(let from) = file.instructions[outline.from].body,
            let dollar = from.image.text.firstIndex(of: "$")
        else { return [] }
        let written = from.image.text
        let head = written[..<dollar]
        let tail = written.lastIndex(of: "}").map { written[written.index(after: $0)...] } ?? ""
        if head.isEmpty && tail.isEmpty { return [] }
        return outlines[..<outline.index].filter { above in
            guard let name = above.name else { return false }
            return name.hasPrefix(head) && name.hasSuffix(tail)
                && name.utf8.count >= head.utf8.count + tail.utf8.count
        }.map(\.index)
    }
}
