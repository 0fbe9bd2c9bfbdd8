import Diagnostics
import Dockerfile
import Repository

/// A builder of images that a command runs: by its name, by a variable, or by way of a program that runs another
/// (`retry docker build`, `find -exec`, `parallel`). What the shell's own rules and `ShellWrapper` take off is off already.
struct BuilderCall {
    /// The builder's name, which is literal, and what follows it.
    let words: [ShellWord]
    /// Words that cannot be seen follow the last one.
    let hasUnseenArguments: Bool
    /// Something that cannot be seen stands in place of this, in each word.
    let placeholder: String?
    /// It runs in another folder than the script, which cannot be told (`find -execdir`).
    var isElsewhere = false

    /// The builder's name without its folder.
    var program: String { Paths.name(of: words[0].text) }

    private static let programs: Set<String> = [
        "docker", "podman", "nerdctl", "buildah", "docker-buildx", "docker-compose",
    ]
    /// What a builder is asked for where images are built; of the first words of each kind.
    private static let subcommands: Set<String> = [
        "build", "buildx", "image", "builder", "bake", "bud", "compose", "up", "run", "create", "submit",
    ]
    /// Programs that take a shell's text for an argument: the built-in eval, GNU parallel(1), watch(1), script(1),
    /// flock(1).
    private static let textRunners: Set<String> = ["eval", "parallel", "watch", "script", "flock"]

    /// The builders that a command runs.
    /// - Parameters:
    ///   - depth: of the text in which the command stands: texts in texts are not followed further.
    ///   - value: of a word; nil where it cannot be told.
    static func all(
        in command: ShellCommand, depth: Int = 0, value: (ShellWord) -> String?
    ) -> [BuilderCall] {
        let words = command.words
        if let program = command.program, programs.contains(program) || BuilderDialect(words) != nil {
            return [
                BuilderCall(
                    words: words, hasUnseenArguments: command.hasUnseenArguments,
                    placeholder: command.placeholder)
            ]
        }
        if let words = resolved(words[...], value) {
            return [
                BuilderCall(
                    words: words, hasUnseenArguments: command.hasUnseenArguments,
                    placeholder: command.placeholder)
            ]
        }
        switch command.program {
        case "find": return ofFind(words, depth: depth, value)
        case "parallel":
            let calls = ofParallel(words, value)
            if !calls.isEmpty { return calls }
        case let program? where isPrinting(program): return []
        default: break
        }
        if let program = command.program, textRunners.contains(program), depth < Limits.textsInCommands {
            let isEval = program == "eval"
            let texts =
                isEval
                ? [words.dropFirst()]
                : words.dropFirst().indices.filter { words[$0].text.contains(" ") }.map { words[$0...$0] }
            let calls = texts.flatMap { text in
                ofText(text, isParallel: program == "parallel", depth: depth, value)
            }
            if !calls.isEmpty { return calls }
        }
        for index in words.indices.dropFirst() where isBuilder(words[index...], value) {
            guard let found = resolved(words[index...], value) ?? literal(words[index...]) else { continue }
            return [
                BuilderCall(
                    words: found, hasUnseenArguments: command.hasUnseenArguments,
                    placeholder: command.placeholder)
            ]
        }
        return []
    }

    // MARK: - Programs that run another

    /// `find … -exec docker build {} ;` (find(1)): each file in place of `{}`, with `+` many of them.
    private static func ofFind(
        _ words: [ShellWord], depth: Int, _ value: (ShellWord) -> String?
    ) -> [BuilderCall] {
        var calls: [BuilderCall] = []
        let actions = words.indices.lazy.filter {
            ["-exec", "-execdir", "-ok", "-okdir"].contains(words[$0].text)
        }
        for index in actions.prefix(Limits.scriptFolders) {
            let rest = words[(index + 1)...]
            let end =
                rest.firstIndex { $0.text == ";" || $0.text == "+" || $0.text == "\\;" } ?? rest.endIndex
            let run = rest[..<end]
            if isBuilder(run, value), let found = resolved(run, value) ?? literal(run) {
                calls.append(
                    BuilderCall(
                        words: found, hasUnseenArguments: false, placeholder: "{}",
                        isElsewhere: words[index].text.hasSuffix("dir")))
            } else if depth < Limits.textsInCommands,
                let option = run.firstIndex(where: { $0.text.hasSuffix("c") && $0.isOption }),
                option + 1 < end
            {
                // `-exec sh -c 'docker build "$1"' _ {} ;`
                calls += ofText(run[(option + 1)...(option + 1)], isParallel: false, depth: depth, value).map
                {
                    BuilderCall(words: $0.words, hasUnseenArguments: false, placeholder: "{}")
                }
            }
        }
        return calls
    }

    /// `parallel docker build {} ::: a b` (parallel(1)): `{}`, `{.}`, `{1}` … stand for an input, which follows the last
    /// word where none of them is there.
    private static func ofParallel(
        _ words: [ShellWord], _ value: (ShellWord) -> String?
    ) -> [BuilderCall] {
        let end = words.firstIndex { $0.text.hasPrefix(":::") || $0.text == "--" } ?? words.endIndex
        let run = words[..<end]
        for index in run.indices.dropFirst() where isBuilder(run[index...], value) {
            guard let found = resolved(run[index...], value) ?? literal(run[index...]) else { continue }
            let hasPlaceholder = found.contains { $0.text.contains("{") }
            return [
                BuilderCall(
                    words: found, hasUnseenArguments: !hasPlaceholder,
                    placeholder: hasPlaceholder ? "{" : nil)
            ]
        }
        return []
    }

    /// A text that a shell gets.
    private static func ofText(
        _ words: ArraySlice<ShellWord>, isParallel: Bool, depth: Int, _ value: (ShellWord) -> String?
    ) -> [BuilderCall] {
        guard let first = words.first, words.contains(where: { mayBeText($0.text) }) else { return [] }
        let text = words.map { unquoted($0.text) }.joined(separator: " ")
        let script = ShellScript(
            parsing: JoinedText(bytes: Array(text.utf8), pieces: [.init(joined: 0, source: 0)]))
        let calls = script.commands.flatMap { all(in: $0, depth: depth + 1, value: value) }
        return calls.map { call in
            BuilderCall(
                words: call.words.map {
                    ShellWord(text: $0.text, parts: $0.parts, hasGlob: $0.hasGlob, range: first.range)
                },
                hasUnseenArguments: call.hasUnseenArguments
                    || isParallel && !call.words.contains { $0.text.contains("{") },
                placeholder: isParallel ? "{" : call.placeholder)
        }
    }

    /// It names a builder or holds a variable.
    private static func mayBeText(_ text: String) -> Bool {
        text.contains("$") || programs.contains(where: text.contains)
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return text }
        return String(text.dropFirst().dropLast())
    }

    /// It shows or searches for its arguments, or says where a program is.
    private static func isPrinting(_ program: String) -> Bool {
        if silent.contains(program) { return true }
        let name = program.lowercased()
        return [
            "echo", "print", "log", "info", "warn", "err", "msg", "usage", "help", "die", "fail", "debug",
        ]
        .contains(where: name.contains)
    }

    private static let silent: Set<String> = [
        ":", "[", "test", "grep", "egrep", "fgrep", "rg", "sed", "awk", "which", "type", "hash", "alias",
        "man",
        "cat", "say", "note", "complete", "ssh", "trap", "git", "ps", "pgrep", "pkill", "killall",
        "jq", "rem", "REM", "Rem", "::",
        "for", "local", "export", "declare", "readonly", "typeset", "unset", "read", "source", ".", "set",
    ]

    // MARK: - The builder's word

    private static func isBuilder(_ words: ArraySlice<ShellWord>, _ value: (ShellWord) -> String?) -> Bool {
        guard let first = words.first, asksForBuild(words.dropFirst()) else { return false }
        if first.isLiteral {
            return programs.contains(Paths.name(of: first.text)) || BuilderDialect(words) != nil
        }
        return resolved(words, value) != nil
    }

    /// The first word that is no option is one of `subcommands`.
    private static func asksForBuild(_ words: ArraySlice<ShellWord>) -> Bool {
        words.prefix(8).contains { $0.isLiteral && subcommands.contains($0.text) }
    }

    private static func literal(_ words: ArraySlice<ShellWord>) -> [ShellWord]? {
        guard let first = words.first, first.isLiteral else { return nil }
        return Array(words)
    }

    /// The same words where the first is a variable that names a builder, by its value or, where that cannot be told, by its
    /// own name: `"$DOCKER" build`, `$CONTAINER_ENGINE build`, `$CMD` for `docker build -t x .`.
    /// - Returns: nil for another variable, and for a literal word.
    private static func resolved(
        _ words: ArraySlice<ShellWord>, _ value: (ShellWord) -> String?
    ) -> [ShellWord]? {
        guard let first = words.first, !first.isLiteral else { return nil }
        func word(_ text: Substring) -> ShellWord { ShellWord(text: String(text), range: first.range) }
        let rest = words.dropFirst()
        if let text = value(first) {
            let parts = text.split { $0 == " " || $0 == "\n" || $0 == "\t" }
            guard let at = parts.firstIndex(where: { programs.contains(Paths.name(of: String($0))) }),
                parts.count == 1 || !isPrinting(String(parts[0]))
            else { return nil }
            return parts[at...].map(word) + rest
        }
        guard asksForBuild(rest) else { return nil }
        if rest.contains(where: {
            $0.isLiteral && ["dockerfile.v0", "--frontend=dockerfile.v0"].contains($0.text)
        }) {
            return [word("buildctl")] + rest
        }
        let name = first.text.uppercased()
        if name.contains("COMPOSE") { return [word("docker-compose")] + rest }
        guard ["DOCKER", "PODMAN", "NERDCTL", "BUILDAH", "CONTAINER"].contains(where: name.contains) else {
            return nil
        }
        return [word("docker")] + rest
    }
}

extension BuilderCall {
    /// The same with a variable's value in its words.
    func replacing(_ name: String, by text: String) -> BuilderCall {
        let replaced = words.map { word -> ShellWord in
            guard word.parts.contains(.variable(name)) else { return word }
            let parts = word.parts.map { $0 == .variable(name) ? ShellWord.Part.literal(text) : $0 }
            let literals = parts.compactMap { part -> String? in
                if case .literal(let text) = part { text } else { nil }
            }
            if literals.count == parts.count {
                return ShellWord(text: literals.joined(), range: word.range)
            }
            return ShellWord(
                text: word.text.replacing("${\(name)}", with: text).replacing("$\(name)", with: text),
                parts: parts, hasGlob: word.hasGlob, range: word.range)
        }
        return BuilderCall(
            words: replaced, hasUnseenArguments: hasUnseenArguments, placeholder: placeholder,
            isElsewhere: isElsewhere)
    }

    /// A word's value, which is unknown where something else will stand in it.
    func told(_ value: ShellEvaluator.Value) -> ShellEvaluator.Value {
        guard let placeholder, !placeholder.isEmpty,
            let place = (value.text ?? value.written).firstRange(of: placeholder)
        else { return value }
        let text = value.text ?? value.written
        return ShellEvaluator.Value(
            text: nil, prefix: value.text == nil ? value.prefix : String(text[..<place.lowerBound]),
            written: value.written, isOfInput: true)
    }
}
