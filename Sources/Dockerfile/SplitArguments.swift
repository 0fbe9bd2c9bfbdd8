/// The arguments of an instruction as BuildKit's parser splits them, before the instruction looks at them.
package struct SplitArguments: Sendable {
    /// JSON strings are decoded; ENV and LABEL give key, value, key, value …; a text that is not split is one value.
    package let values: [String]
    package let isJSON: Bool
}

extension ParsedDockerfile {
    /// What BuildKit's parser hands on for an instruction of this file; for ONBUILD, that of its trigger. This is what
    /// the parser differential compares.
    package func splitArguments(of instruction: Instruction) -> SplitArguments {
        var reader = InstructionReader(instruction.joined, escape: escape, fallback: instruction.keywordRange)
        if reader.keyword == .onbuild, let trigger = reader.trigger() { reader = trigger }
        func healthcheck(_ values: [String]) -> [String] {
            guard reader.keyword == .healthcheck, let split = reader.healthcheckSplit else { return values }
            return [reader.bytes.string(split.type)] + values
        }
        switch reader.arguments {
        case .empty: return SplitArguments(values: healthcheck([]), isJSON: false)
        case .text(let range):
            return SplitArguments(values: healthcheck([reader.bytes.string(range)]), isJSON: false)
        case .words(let words): return SplitArguments(values: words.map(\.text), isJSON: false)
        case .json(let words): return SplitArguments(values: healthcheck(words.map(\.text)), isJSON: true)
        case .pairs(let pairs):
            return SplitArguments(values: pairs.flatMap { [$0.key.text, $0.value.text] }, isJSON: false)
        }
    }
}
