import Diagnostics
import Dockerfile

extension CommandEnvironment {
    /// Whether a `[ … ]` or `test …` of strings is true; nil where a variable is not known, and for any other command.
    /// Source: POSIX.1-2024, XCU 3 "test".
    var outcomeOfTest: Bool? {
        var words = command.words[...]
        switch words.popFirst()?.text {
        case "[": guard words.popLast()?.text == "]" else { return nil }
        case "test": break
        default: return nil
        }
        guard command.user == .step else { return nil }
        let isNegated = words.count > 1 && words.first?.text == "!"
        if isNegated { words.removeFirst() }
        return value(of: Array(words)).map { $0 != isNegated }
    }

    private func value(of words: [ShellWord]) -> Bool? {
        switch words.count {
        case 1: return value(of: words[0]).map { !$0.isEmpty }
        case 2 where words[0].text == "-n": return value(of: words[1]).map { !$0.isEmpty }
        case 2 where words[0].text == "-z": return value(of: words[1]).map(\.isEmpty)
        case 3 where ["=", "=="].contains(words[1].text): return isEqual(words[0], words[2])
        case 3 where words[1].text == "!=": return isEqual(words[0], words[2]).map { !$0 }
        default: return nil
        }
    }

    private func isEqual(_ left: ShellWord, _ right: ShellWord) -> Bool? {
        guard let left = value(of: left), let right = value(of: right) else { return nil }
        return left == right
    }

    /// What a word is; a pattern is none that anybody knows.
    private func value(of word: ShellWord) -> String? {
        word.hasGlob ? nil : text(of: word).value
    }
}
