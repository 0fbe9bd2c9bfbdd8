/// A program that only runs another one.
struct ShellWrapper {
    /// What is left when the wrapper is taken off.
    struct Unwrapped {
        enum Content {
            /// A command that begins at this index of the arguments.
            case command(at: Int)
            /// A shell text, the argument with this index.
            case text(at: Int)
            /// A shell that reads its commands from standard input.
            case standardInput
        }

        var content: Content
        /// nil where it is still the same.
        var user: ShellCommand.User?
        var readsAssignments = false
        var appendsArguments = false
        /// What the program puts something else in place of, in each word of the command (`xargs -I X`).
        var placeholder: String?
    }

    private enum UserRule {
        case same, unknown
        /// root, unless `-u` or `--user` names one.
        case rootOrOption
        /// The first positional argument.
        case positional
    }

    /// Short options that take a value.
    private var letters: String = ""
    /// Long options that take their value as the next word.
    private var names: [String] = []
    /// Arguments before the command that are neither options nor the command.
    private var positional = 0
    private var user = UserRule.same
    private var readsAssignments = false
    private var appendsArguments = false
    /// Only with this first argument (`conda run`).
    private var subcommand: String?
    /// Only where the command is one of these.
    private var only: [String] = []
    /// Options with which it runs nothing (`command -v`).
    private var inert: [String] = []

    /// Sources: the manual pages sudo(8), doas(1), env(1), nice(1), timeout(1), xargs(1), time(1), ionice(1), flock(1),
    /// runuser(1), stdbuf(1), xvfb-run(1), the shells' built-ins, `conda run --help`, corepack's README.
    private static let rows: [String: ShellWrapper] = [
        "sudo": Self(
            letters: "ugpCTrtDhRU", names: ["--user", "--group", "--chdir", "--host", "--prompt"],
            user: .rootOrOption, readsAssignments: true),
        "doas": Self(letters: "uC", user: .rootOrOption),
        "env": Self(letters: "uC", names: ["--unset", "--chdir"], readsAssignments: true),
        "exec": Self(letters: "a"),
        "command": Self(inert: ["-v", "-V", "-pv", "-pV"]),
        "builtin": Self(),
        "nohup": Self(),
        "setsid": Self(),
        "time": Self(letters: "fo", names: ["--format", "--output"]),
        "nice": Self(letters: "n", names: ["--adjustment"]),
        "ionice": Self(letters: "cn", names: ["--class", "--classdata"]),
        "chrt": Self(positional: 1),
        "timeout": Self(letters: "ks", names: ["--kill-after", "--signal"], positional: 1),
        "stdbuf": Self(letters: "ioe", names: ["--input", "--output", "--error"]),
        "xargs": Self(
            letters: "IEdnPLsa",
            names: ["--arg-file", "--delimiter", "--max-args", "--max-procs"],
            appendsArguments: true),
        "flock": Self(letters: "wE", names: ["--timeout", "--conflict-exit-code"], positional: 1),
        "eatmydata": Self(),
        "fakeroot": Self(),
        "linux32": Self(),
        "linux64": Self(),
        "setarch": Self(positional: 1),
        "tini": Self(letters: "ep"),
        "dumb-init": Self(),
        "unbuffer": Self(),
        "xvfb-run": Self(letters: "efnps"),
        "proxychains4": Self(letters: "f"),
        "ssh-agent": Self(letters: "at"),
        "gosu": Self(positional: 1, user: .positional),
        "su-exec": Self(positional: 1, user: .positional),
        "setpriv": Self(user: .unknown),
        "corepack": Self(only: ["npm", "yarn", "pnpm"]),
        "conda": Self(letters: "np", names: ["--name", "--prefix", "--cwd"], subcommand: "run"),
        "mamba": Self(letters: "np", names: ["--name", "--prefix", "--cwd"], subcommand: "run"),
        "micromamba": Self(letters: "npra", names: ["--name", "--prefix", "--cwd"], subcommand: "run"),
    ]

    private static let shells: Set<String> = ["sh", "bash", "dash", "ash", "zsh", "ksh", "busybox"]
    private static let candidates = Set(rows.keys).union(shells).union(["su", "runuser", "eval"])

    /// - Parameters:
    ///   - program: without its folder.
    ///   - arguments: what follows it.
    /// - Returns: nil where the program is no wrapper, or runs nothing here.
    static func unwrap(_ program: String, _ arguments: [ShellWord]) -> Unwrapped? {
        guard candidates.contains(program) else { return nil }
        if shells.contains(program) { return shell(program, arguments) }
        switch program {
        case "su": return su(arguments)
        case "eval":
            guard arguments.count == 1, arguments[0].isLiteral else { return nil }
            return Unwrapped(content: .text(at: 0))
        case "runuser":
            if arguments.contains(where: { $0.text == "-c" || $0.text == "--command" }) {
                return su(arguments)
            }
            return Self(letters: "ugG", names: ["--user", "--group"], user: .rootOrOption).unwrapped(
                arguments)
        default: return rows[program]?.unwrapped(arguments)
        }
    }

    private func unwrapped(_ arguments: [ShellWord]) -> Unwrapped? {
        var index = 0
        if let subcommand {
            guard arguments.first?.text == subcommand else { return nil }
            index = 1
        }
        var named: ShellCommand.User?
        while index < arguments.count {
            let word = arguments[index]
            let text = word.text
            guard word.isOption else { break }
            if inert.contains(text) { return nil }
            index += 1
            if text == "--" { break }
            if let value = valueOfOption(text, at: &index, in: arguments) { named = value }
        }
        if user == .positional, index < arguments.count { named = Self.user(arguments[index]) }
        index += positional
        guard index < arguments.count else { return nil }
        if !only.isEmpty {
            let name = arguments[index].text.prefix { $0 != "@" }
            guard only.contains(String(name)) else { return nil }
        }
        let who: ShellCommand.User? =
            switch user {
            case .same: nil
            case .unknown: .unknown
            case .rootOrOption: named ?? .named("root")
            case .positional: named ?? .unknown
            }
        return Unwrapped(
            content: .command(at: index), user: who, readsAssignments: readsAssignments,
            appendsArguments: appendsArguments,
            placeholder: appendsArguments ? Self.placeholder(arguments[..<index]) : nil)
    }

    /// `-I X`, `-IX`, `--replace=X`, and `-i`, which stands for `{}`: what xargs(1) replaces by a line of its input.
    private static func placeholder(_ options: ArraySlice<ShellWord>) -> String? {
        for (index, option) in zip(options.indices, options) {
            let text = option.text
            if text == "-i" || text == "--replace" { return "{}" }
            if text == "-I" { return index + 1 < options.endIndex ? options[index + 1].text : nil }
            if text.hasPrefix("-I") || text.hasPrefix("-i") { return String(text.dropFirst(2)) }
            if text.hasPrefix("--replace=") { return String(text.dropFirst("--replace=".count)) }
        }
        return nil
    }

    /// Steps over the value of an option.
    /// - Returns: the user, where the option is `-u` or `--user`.
    private func valueOfOption(_ text: String, at index: inout Int, in arguments: [ShellWord])
        -> ShellCommand.User?
    {
        if text.hasPrefix("--") {
            if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
                guard text[..<equals] == "--user" else { return nil }
                return .named(String(text[text.utf8.index(after: equals)...]))
            }
            guard names.contains(text), index < arguments.count else { return nil }
            index += 1
            return text == "--user" ? Self.user(arguments[index - 1]) : nil
        }
        var rest = text.dropFirst()
        while let letter = rest.first {
            rest = rest.dropFirst()
            guard letters.contains(letter) else { continue }
            if !rest.isEmpty { return letter == "u" ? .named(String(rest)) : nil }
            guard index < arguments.count else { return nil }
            index += 1
            return letter == "u" ? Self.user(arguments[index - 1]) : nil
        }
        return nil
    }

    private static func user(_ word: ShellWord) -> ShellCommand.User {
        guard word.isLiteral, !word.text.isEmpty else { return .unknown }
        let name = word.text.prefix { $0 != ":" }
        return .named(String(name.hasPrefix("#") ? name.dropFirst() : name))
    }

    /// `sh [options] -c 'text'`, `sh` that reads a heredoc; nil for `sh file`.
    private static func shell(_ program: String, _ arguments: [ShellWord]) -> Unwrapped? {
        var index = 0
        if program == "busybox" {
            guard let applet = arguments.first?.text else { return nil }
            if !shells.contains(applet) { return Unwrapped(content: .command(at: 0)) }
            index = 1
        }
        while index < arguments.count {
            let text = arguments[index].text
            guard text.count > 1, text.hasPrefix("-") || text.hasPrefix("+") else { return nil }
            index += 1
            if text.hasPrefix("--") {
                if text == "--rcfile" || text == "--init-file" { index += 1 }
                continue
            }
            let letters = text.dropFirst()
            for letter in letters where letter == "o" || letter == "O" { index += 1 }
            if letters.contains("c"), text.hasPrefix("-") {
                // Options may still follow: `bash -c -e 'text'`.
                while index < arguments.count, arguments[index].isOption {
                    index += 1 + arguments[index].text.filter { $0 == "o" }.count
                }
                return index < arguments.count ? Unwrapped(content: .text(at: index)) : nil
            }
            if letters.contains("s") { return Unwrapped(content: .standardInput) }
        }
        return Unwrapped(content: .standardInput)
    }

    /// `su [-] [user] -c 'text'` in any order, as su(1) takes it.
    private static func su(_ arguments: [ShellWord]) -> Unwrapped? {
        var user: ShellCommand.User?
        var text: Int?
        var index = 0
        while index < arguments.count {
            let word = arguments[index]
            switch word.text {
            case "-c", "--command", "-lc", "-pc", "-mc":
                text = index + 1
                index += 2
            case "-s", "--shell", "-g", "--group", "-G", "-w": index += 2
            case "-", "-l", "--login", "-p", "-m", "--preserve-environment", "--": index += 1
            default:
                if !word.isOption, user == nil { user = Self.user(word) }
                index += 1
            }
        }
        let who = user ?? .named("root")
        guard let text else { return Unwrapped(content: .standardInput, user: who) }
        return text < arguments.count ? Unwrapped(content: .text(at: text), user: who) : nil
    }
}

extension ShellWord {
    /// Begins with a dash.
    package var isOption: Bool { text.utf8.first == UInt8(ascii: "-") }
}
