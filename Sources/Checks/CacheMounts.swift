import Diagnostics
import Dockerfile
import Facts
import SourceText

/// What the checks of cache mounts share: how mounts are written and edited.

extension RunMount {
    /// `target=…`, `dst=…` or `destination=…`.
    var targetOption: Option? {
        options.last { $0.key == "target" || $0.key == "dst" || $0.key == "destination" }
    }

    func option(_ key: String) -> Option? { options.last { $0.key == key } }
}

extension BuildFacts {
    /// Gives an option of a mount another value.
    /// - Returns: nil where its text is not plainly `key=value`.
    func edit(_ option: RunMount.Option?, to value: String) -> Edit? {
        guard let option, let old = option.value, !old.isEmpty,
            source.range(of: option.key + "=" + old, atEndOf: option.range) == option.range,
            let place = source.range(of: old, atEndOf: option.range)
        else { return nil }
        return Edit(path: path, bytes: place, replacement: value)
    }

    /// Adds options behind a mount's last one.
    /// - Parameter text: begins with a comma.
    func insertion(of text: String, into mount: RunMount) -> Edit? {
        mount.placeForOption(in: source).map { Edit(path: path, bytes: $0..<$0, replacement: text) }
    }

    /// Takes a command out of its list.
    /// - Returns: nil where it is not one of several in a plain list, or a comment stands in the way.
    func removal(of command: ShellCommand) -> Edit? {
        guard !command.isConditional, !command.isWrapped || command.user == .named("root") else { return nil }
        let after = command.after?.kind
        guard after == nil || after == .and || after == .semicolon || after == .newline else { return nil }
        let bytes: Range<Int>
        switch command.before?.kind {
        case .and?, .semicolon?:
            bytes = command.before!.leftEnd..<command.range.upperBound
        case .newline?:
            bytes = command.before!.range.lowerBound..<command.range.upperBound
        case nil:
            guard let next = command.after, next.rightStart > command.range.lowerBound else { return nil }
            bytes = command.range.lowerBound..<next.rightStart
        default: return nil
        }
        guard !source.bytes[bytes].contains(UInt8(ascii: "#")), isOwnText(command, bytes) else { return nil }
        return Edit(path: path, bytes: bytes, replacement: "")
    }

    /// Takes a word out of a command, with the blanks before it.
    func removal(ofWord index: Int, of command: ShellCommand) -> Edit? {
        guard index > 0 else { return nil }
        let bytes = command.words[index - 1].range.upperBound..<command.words[index].range.upperBound
        guard bytes.lowerBound < command.words[index].range.lowerBound,
            !source.bytes[bytes.lowerBound..<command.words[index].range.lowerBound].contains(
                UInt8(ascii: "#"))
        else { return nil }
        return Edit(path: path, bytes: bytes, replacement: "")
    }

    /// The words of the command lie in its range: it does not come from a text whose bytes cannot be told.
    private func isOwnText(_ command: ShellCommand, _ bytes: Range<Int>) -> Bool {
        command.words.allSatisfy { bytes.contains($0.range.lowerBound) } && command.words.count == 1
            || command.words.first!.range != command.words.last!.range
    }

    func line(of command: ShellCommand) -> Int { source.line(at: command.range.lowerBound) }
}

extension BuildFacts {
    /// The cache keys of mounts whose owners or modes a step changes: what it sets stays on the mount. One that is not
    /// known (nil) may be any such mount's.
    var mountKeysGivenAway: Set<String?> {
        var keys: Set<String?> = []
        for step in stages.lazy.flatMap(\.steps) where !step.mounts.isEmpty {
            let changesOwner = step.script.commands.contains { command in
                ["chown", "chmod", "chgrp", "install", "setfacl"].contains(command.program)
            }
            if changesOwner { keys.formUnion(step.cacheMounts.map(\.cacheKey.value)) }
        }
        return keys
    }
}

extension StepUser {
    /// Options that give a mount to the user, comma first; placeholders for what is not known.
    var ownershipOptions: String {
        guard let account else { return "" }
        guard let uid = account.uid.value else { return ",uid=\(Self.newNumber)" }
        return ",uid=\(uid)" + (account.gid.value.map { ",gid=\($0)" } ?? "")
    }

    /// For a user without a number that the file tells: above those that distributions hand out by themselves.
    private static let newNumber = 10001

    /// What to do first where the number is one that the user is yet to get.
    var numberAdvice: String? {
        guard let account, account.uid.value == nil else { return nil }
        return
            "Give \(account.text) a number where the user is made (`--uid \(Self.newNumber)`), as a mount takes no name."
    }

    /// How to give a mount to the user.
    func ownershipAdvice(for options: some StringProtocol) -> String {
        let add = "Give it to \(account?.text ?? "the user"): add \(options)"
        return numberAdvice.map { "\(add)\n\($0)" } ?? add
    }
}

extension Invocation {
    /// The `--mount` flags that its caches take.
    /// - Parameter onlyCompiled: only of those that hold what was compiled.
    func mountFlags(user: StepUser, onlyCompiled: Bool = false) -> [String] {
        caches.filter { !onlyCompiled || $0.cache.isCompiled }.map { use in
            var target = use.candidates.first ?? "<\(manager.name)'s cache>"
            if manager.name == "apk" { target = "/etc/apk/cache" }
            let owner = manager.isForSystem ? "" : user.ownershipOptions
            return "--mount=type=cache,target=\(target)\(owner)"
                + (use.cache.needsLock ? ",sharing=locked" : "")
        }
    }
}

/// Words joined as in a sentence: `a`, `a and b`, `a, b and c`.
func enumeration(_ items: [String]) -> String {
    guard items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " and " + items.last!
}
