import Dockerfile

/// The arguments of a package manager, options told from the rest.
struct InvocationArguments {
    private let words: [ShellWord]
    private(set) var optionIndices: [Int] = []
    private var positionalIndices: [Int] = []

    /// - Parameter skipped: how many words the program takes (`python -m pip`: three).
    init(_ words: [ShellWord], after skipped: Int, of row: PackageManager) {
        self.words = words
        var index = min(skipped, words.count)
        while index < words.count {
            let word = words[index]
            if word.text == "--" {
                positionalIndices += (index + 1)..<words.count
                break
            }
            if word.isOption, word.text.utf8.count > 1 {
                optionIndices.append(index)
                if row.valueOptions.contains(word.text) { index += 1 }
            } else if !word.text.hasPrefix("+") {
                positionalIndices.append(index)
            }
            index += 1
        }
    }

    var options: LazyMapSequence<[Int], ShellWord> { optionIndices.lazy.map { [words] in words[$0] } }
    var positionals: LazyMapSequence<[Int], ShellWord> { positionalIndices.lazy.map { [words] in words[$0] } }

    /// The value of an option: the next word, or what follows `=`.
    func value(of option: String) -> ShellWord? {
        for index in optionIndices {
            let word = words[index]
            if word.text == option { return index + 1 < words.count ? words[index + 1] : nil }
            guard word.text.hasPrefix(option), word.text.dropFirst(option.count).first == "=" else {
                continue
            }
            var parts = word.parts
            if case .literal(let head)? = parts.first {
                let rest = String(head.dropFirst(option.count + 1))
                if rest.isEmpty { parts.removeFirst() } else { parts[0] = .literal(rest) }
            }
            return ShellWord(
                text: String(word.text.dropFirst(option.count + 1)), parts: parts, range: word.range)
        }
        return nil
    }

    func fit(_ verb: PackageManager.Verb) -> Bool {
        guard positionalIndices.count >= verb.words.count else { return false }
        for (index, expected) in zip(positionalIndices, verb.words)
        where expected != "*" && words[index].text != expected {
            return false
        }
        if verb.words.isEmpty && !verb.hasNames || verb.isWhole {
            guard positionalIndices.count == verb.words.count else { return false }
        }
        // A bare `yarn --version` does nothing.
        if verb.words.isEmpty, verb.flags.isEmpty, options.contains(where: { Self.inert.contains($0.text) }) {
            return false
        }
        return (verb.flags.isEmpty || verb.flags.contains(where: has))
            && (verb.code.isEmpty || verb.code.contains { text in words.contains { $0.text.holds(text) } })
    }

    /// What tells a verb that fits, as written: its words, the code that is handed over or the flag.
    func label(of verb: PackageManager.Verb) -> [String] {
        guard verb.words.isEmpty else { return verb.words }
        for code in verb.code where words.contains(where: { $0.text.holds(code) }) { return ["\(code))"] }
        for index in optionIndices where verb.flags.contains(where: { Self.has($0, in: words[index].text) }) {
            return [words[index].text]
        }
        return []
    }

    private static let inert: Set<String> = ["--version", "-v", "-V", "--help", "-h"]

    private func has(_ flag: String) -> Bool {
        optionIndices.contains { Self.has(flag, in: words[$0].text) }
    }

    /// Also in a cluster of short options (`-afy`).
    private static func has(_ flag: String, in text: String) -> Bool {
        if text == flag { return true }
        guard flag.utf8.count == 2, !text.hasPrefix("--"), text.utf8.count <= 5 else { return false }
        return text.utf8.dropFirst().contains(flag.utf8.last!)
    }

    func positionals(after verb: PackageManager.Verb) -> [ShellWord] {
        // `mvn clean package`: all goals.
        Array(positionals.dropFirst(verb.words.contains("*") ? 0 : verb.words.count))
    }

    func input(by rule: PackageManager.InputRule, names: [ShellWord]) -> Invocation.Input {
        switch rule {
        case .fixed(let input): return input
        case .namedOrManifests:
            if names.isEmpty { return .manifests }
            return names.contains(where: isPath) ? .sources : .nothing
        case .namedOrSources:
            if value(of: "--path") != nil { return .sources }
            return names.isEmpty ? .sources : .nothing
        case .versioned: return names.contains { $0.text.contains("@") } ? .nothing : .sources
        case .projectUnless(let flags):
            return options.contains { flags.contains($0.text) } ? .manifests : .unknown
        case .manifestsWith(let flags):
            return flags.contains { value(of: $0) != nil } ? .manifests : .nothing
        case .python:
            let editable = value(of: "-e") ?? value(of: "--editable")
            if let editable { return editable.text.contains("://") ? .nothing : .sources }
            // `/wheels/*`, `/tmp/tool.whl`: what was built before.
            if names.contains(where: { isPath($0) && !$0.text.hasSuffix(".whl") && !$0.text.hasSuffix("/*") })
            {
                return .sources
            }
            if value(of: "-r") != nil || value(of: "--requirement") != nil
                || options.contains(where: { $0.text.hasPrefix("-r") && $0.text.utf8.count > 2 })
            {
                return .manifests
            }
            if value(of: "--group") != nil { return .manifests }
            return names.contains { !$0.isLiteral } ? .unknown : .nothing
        }
    }

    /// A folder or file rather than a package's name.
    private func isPath(_ word: ShellWord) -> Bool {
        let text = word.text
        return text == "." || text.hasPrefix("./") || text.hasPrefix("../") || text.hasPrefix("/")
            || text.hasPrefix(".[") || text.hasPrefix("file:")
    }
}
