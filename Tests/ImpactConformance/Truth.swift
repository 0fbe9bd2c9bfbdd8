import Impact

/// What an engine did with the second tree of a pair, once with outputs that stay the same and once with outputs that
/// change: the state of each step by its label.
enum Truth {
    static func states(stable: BuildLog, changing: BuildLog) -> [String: String] {
        var states: [String: String] = [:]
        let second = Dictionary(
            changing.steps.map { ("\($0.label) \($0.text)", $0.outcome) }, uniquingKeysWith: { first, _ in first })
        for step in stable.steps where !step.text.hasPrefix("FROM ") {
            let other = second["\(step.label) \(step.text)"]
            states[step.label] =
                switch (step.outcome, other) {
                case (.cached, .cached): "cached"
                case (.ran, .ran): "rebuild"
                case (.cached, .ran): "maybe"
                default: "unclear"
                }
        }
        return states
    }
}
