import Diagnostics

/// What a step writes to the file that `GITHUB_ENV` names: the steps after it have that in their environment.
/// Source: docs.github.com, "Workflow commands", "Setting an environment variable".
enum WorkflowEnvironmentFile {
    /// - Returns: as `ShellEvaluator` takes them: a value is told where an `echo` of its own that always runs writes it
    ///   without a variable; of all other names that the script gives a value, it may be written. nil where any may be.
    static func variables(of step: YAML, _ work: inout WorkBudget) -> [String: String]? {
        if step["with"]?["script"]?.string?.contains("exportVariable") ?? false { return nil }
        guard let run = step["run"]?.string else { return [:] }
        let bytes = Array(run.utf8)
        guard bytes.count >= name.count, work.spend(bytes.count / 16 + 1),
            isNamed(in: bytes)
        else { return [:] }
        var variables: [String: String] = [:]
        var told: [String: String] = [:]
        var writes = 0
        for line in run.split(whereSeparator: \.isNewline) {
            let names = names(in: line)
            for name in names { variables[name] = ShellEvaluator.untold }
            guard line.contains("GITHUB_ENV") else { continue }
            writes += 1
            // What a group or a heredoc writes stands in other lines.
            if names.isEmpty, !line.contains("}"), !line.contains("<<") { return nil }
            guard step["if"] == nil, let (name, value) = literal(line), told[name] == nil else { continue }
            told[name] = value
        }
        // One that stands in a branch or a loop is indented, or is not alone.
        let isPlain =
            writes == told.count && !run.contains("if ") && !run.contains("case ") && !run.contains("for ")
        return isPlain ? variables.merging(told) { $1 } : variables
    }

    private static let name = Array("GITHUB_ENV".utf8)

    static func isNamed(in bytes: [UInt8]) -> Bool { bytes.withUnsafeBufferPointer { $0.contains(name) } }

    /// What stands before a `=`, or before the `<<` of a value of several lines.
    private static func names(in line: Substring) -> [String] {
        var names: [String] = []
        var word = ""
        var previous: Character = " "
        // `echo -e "A=1\\nB=2"`
        for character in line.replacing("\\n", with: " ") {
            let isPart = character == "_" || character.isASCII && (character.isLetter || character.isNumber)
            if isPart {
                word.append(character)
            } else {
                if character == "=" || character == "<" && previous != "<", !word.isEmpty,
                    word.first?.isNumber == false
                {
                    names.append(word)
                }
                word = ""
            }
            previous = character
        }
        return names
    }

    /// `echo "NAME=value" >> "$GITHUB_ENV"`.
    private static func literal(_ line: Substring) -> (name: String, value: String)? {
        let line = line.filter { $0 != "\"" && $0 != "'" && $0 != "{" && $0 != "}" }
        let words = line.split(separator: " ")
        guard words.count == 4 || words.count == 3, words[0] == "echo",
            words.dropFirst(2).joined() == ">>$GITHUB_ENV",
            let end = words[1].firstIndex(of: "=")
        else { return nil }
        let (name, value) = (words[1][..<end], words[1][words[1].index(after: end)...])
        guard !name.isEmpty, !value.contains(where: { "$`\\*?~(;|&<>".contains($0) }) else { return nil }
        return (String(name), String(value))
    }
}
