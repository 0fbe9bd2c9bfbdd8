extension ShellScript {
    /// The script as a shell runs it where some of its tests are decided: what stands on a side that is not taken is `:`,
    /// at its place, and what stands on one that is taken is not conditional.
    /// - Parameter outcome: whether a test is true; nil where that is not known.
    package func deciding(_ outcome: (ShellCommand) -> Bool?) -> ShellScript {
        guard commands.contains(where: { command in command.branches.contains { $0.test != nil } }) else {
            return self
        }
        var known: [Int: Bool?] = [:]
        func isTaken(_ branch: ShellCommand.Branch) -> Bool? {
            guard let test = branch.test, commands.indices.contains(test) else { return nil }
            if known[test] == nil { known[test] = .some(outcome(commands[test])) }
            return known[test]!.map { $0 == branch.isTaken }
        }
        var decided = self
        for (index, command) in commands.enumerated() where !command.branches.isEmpty {
            let sides = command.branches.map(isTaken)
            if sides.contains(false) {
                let first = command.words[0].range
                decided.commands[index].words = [
                    ShellWord(text: ":", range: first.lowerBound..<command.words.last!.range.upperBound)
                ]
            } else if sides.allSatisfy({ $0 == true }) {
                decided.commands[index].isConditional = false
            }
        }
        return decided
    }
}
