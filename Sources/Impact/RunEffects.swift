internal import Diagnostics
internal import Dockerfile
internal import Facts
internal import Project

/// What the text of a RUN tells of the files that it leaves: what it may delete or write anew, and links.
struct RunEffects {
    /// Absolute paths, which may hold wildcards; what stands there or below it may be gone or overwritten.
    private(set) var rewritten: [String] = []
    /// It deletes or overwrites files, and which cannot be told.
    private(set) var mayRewriteAll = false
    /// Symlinks that it makes: where, and what they lead to, both absolute.
    private(set) var links: [(path: String, target: String)] = []

    init(_ facts: StepFacts) {
        for command in facts.script.commands { add(command, facts) }
        let text = facts.instruction.text
        if !facts.script.isComplete, ["rm", "find", "mv"].contains(where: { text.contains($0) }) {
            mayRewriteAll = true
        }
    }

    private mutating func add(_ command: ShellCommand, _ facts: StepFacts) {
        for redirection in command.redirections where redirection.symbol.hasSuffix(">") {
            if let path = facts.path(of: redirection.target, in: command).value { rewritten.append(path) }
        }
        let words = command.arguments.filter { !($0.isLiteral && $0.text.hasPrefix("-")) }
        switch command.program {
        case "rm", "rmdir", "unlink", "shred", "truncate":
            rewrite(words, command, facts)
            if command.hasUnseenArguments { mayRewriteAll = true }
        case "mv": rewrite(words, command, facts)
        case "cp", "install":
            if let last = words.last, words.count == 2 {
                rewrite([last], command, facts, isCertainOnly: true)
            }
        case "sed" where command.arguments.contains { $0.text.hasPrefix("-i") || $0.text == "--in-place" }:
            rewrite(Array(words.dropFirst()), command, facts, isCertainOnly: true)
        case "find" where command.arguments.contains { ["-delete", "-exec", "-execdir"].contains($0.text) }:
            // The folders stand before the first option.
            let folders = command.arguments.prefix {
                !$0.text.hasPrefix("-") && $0.text != "(" && $0.text != "!"
            }
            if folders.isEmpty { mayRewriteAll = true }
            rewrite(Array(folders), command, facts)
        case "git" where command.arguments.contains { $0.text == "clean" || $0.text == "checkout" }:
            if let folder = facts.workdir(of: command).value {
                rewritten.append(folder)
            } else {
                mayRewriteAll = true
            }
        case "ln": link(words, command, facts)
        default: break
        }
    }

    /// - Parameter isCertainOnly: what cannot be told is left out.
    private mutating func rewrite(
        _ words: [ShellWord], _ command: ShellCommand, _ facts: StepFacts, isCertainOnly: Bool = false
    ) {
        for word in words {
            if let path = facts.path(of: word, in: command).value {
                rewritten.append(path)
            } else if !isCertainOnly {
                mayRewriteAll = true
            }
        }
    }

    /// `ln -s TARGET PATH`, `ln -s TARGET` (in the working folder), `ln -s TARGET… FOLDER/`.
    private mutating func link(_ words: [ShellWord], _ command: ShellCommand, _ facts: StepFacts) {
        let isSymbolic = command.arguments.contains {
            $0.text == "--symbolic"
                || $0.text.hasPrefix("-") && !$0.text.hasPrefix("--") && $0.text.contains("s")
        }
        guard isSymbolic, let first = words.first, let target = facts.text(of: first, in: command).value
        else {
            return
        }
        let name = target.split(separator: "/").last.map(String.init) ?? ""
        var path: String
        if words.count == 1 {
            guard let folder = facts.workdir(of: command).value else { return }
            path = PathText.clean(name, in: folder)
        } else {
            guard words.count == 2, let written = facts.path(of: words[1], in: command).value else { return }
            path = words[1].text.hasSuffix("/") ? PathText.clean(name, in: written) : written
        }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        let leadsTo = PathText.clean(target, in: folder.isEmpty ? "/" : folder)
        if leadsTo != path { links.append((path, leadsTo)) }
    }
}

/// The effects of a side's RUNs, found out when they are first asked for.
final class RunFacts {
    private let make: () -> BuildFacts
    private(set) lazy var facts = make()
    private var known: [Int: [Int: RunEffects]] = [:]

    init(_ make: @escaping () -> BuildFacts) { self.make = make }

    func effects(stage: Int, step: Int, _ instruction: Instruction) -> RunEffects? {
        guard Self.mayMatter(instruction) else { return nil }
        if let effects = known[stage]?[step] { return effects }
        let effects = RunEffects(facts.stages[stage].steps[step])
        known[stage, default: [:]][step] = effects
        return effects
    }

    private static func mayMatter(_ instruction: Instruction) -> Bool {
        words.contains { word in
            instruction.text.holds(word) || instruction.heredocs.contains { $0.content.holds(word) }
        }
    }

    private static let words: [StaticString] = [
        "rm", "unlink", "shred", "truncate", "mv", "cp", "install", "sed", "find", "git", "ln", ">",
    ]
}

/// Links that base images have, and that nothing in a repository tells.
enum ImageLinks {
    /// Debian since 12, Ubuntu since 20.04, Fedora, Arch (`/usr` merge, systemd.io/THE_CASE_FOR_THE_USR_MERGE; Fedora 42 and
    /// Arch have `/sbin` in `/usr/bin`); `/var/run` and `/var/lock` of the Filesystem Hierarchy Standard 3.0.
    private static let folders = [
        ("/bin", "/usr/bin"), ("/sbin", "/usr/sbin"), ("/sbin", "/usr/bin"), ("/usr/sbin", "/usr/bin"),
        ("/lib", "/usr/lib"), ("/lib64", "/usr/lib64"), ("/lib64", "/usr/lib"), ("/lib32", "/usr/lib32"),
        ("/libx32", "/usr/libx32"), ("/var/run", "/run"), ("/var/lock", "/run/lock"),
    ]

    /// Other names that a path may have in an image.
    static func otherNames(of path: String) -> [String] {
        guard path != "/" else { return [] }
        return folders.flatMap { one, other -> [String] in
            var names: [String] = []
            if PathText.isPath(path, inOrAt: one) { names.append(other + path.dropFirst(one.count)) }
            if PathText.isPath(path, inOrAt: other) { names.append(one + path.dropFirst(other.count)) }
            return names
        }
    }
}
