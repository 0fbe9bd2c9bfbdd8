import Diagnostics
import Dockerfile
import Repository

/// Follows a shell script as far as its text tells: variables, the working folder, and the image builds in it.
/// Nothing is run; what cannot be told is unknown.
struct ShellEvaluator {
    /// A word after expansion.
    struct Value {
        /// nil where it cannot be told.
        let text: String?
        /// As far as the word is literal from its start.
        let prefix: String
        let written: String
        /// Another program puts it there, from what it reads.
        var isOfInput = false
    }

    /// A `docker build` or the like, with the folders that it may be run in.
    struct Invocation {
        let call: BuilderCall
        let command: ShellCommand
        /// Relative to the root, the likeliest first; empty where it cannot be told.
        let folders: [String]

        /// The program and what follows it, such as `docker buildx build --load .`.
        var words: [ShellWord] { call.words }
        /// As of `ShellCommand`; it runs as often as its input says, too.
        var isConditional: Bool {
            command.isConditional || call.hasUnseenArguments || call.placeholder != nil
        }
    }

    /// Absolute path of the project's root.
    let root: String
    /// Relative to the root: `$0` and `${BASH_SOURCE[0]}`; nil where there is no script file.
    let script: String?
    /// What is set before the script begins; of one whose text holds a `$` the value is not told.
    let variables: [String: String]
    private let parsed: ShellScript
    private let bytes: [UInt8]
    private(set) var folders: [String]
    private var turnsLeft = Limits.loopTurns
    /// Indices of assignments, in their order.
    private let assignments: [String: [Int]]
    /// `X=${X:-d}` gives X its default and no other value: the names that have another.
    private let assigned: Set<String>

    /// - Parameters:
    ///   - bytes: the file that the ranges of `parsed` point into.
    ///   - folders: where it may begin.
    init(
        _ parsed: ShellScript, bytes: [UInt8], root: String, script: String?, folders: [String],
        variables: [String: String] = [:]
    ) {
        self.parsed = parsed
        self.bytes = bytes
        self.root = root
        self.script = script
        self.folders = folders
        self.variables = variables
        var assignments: [String: [Int]] = [:]
        var assigned: Set<String> = []
        for (index, assignment) in parsed.assignments.enumerated() {
            let name = assignment.name
            assignments[name, default: []].append(index)
            if assigned.contains(name) { continue }
            if let value = assignment.value, !value.isLiteral, value.text.contains("${\(name):-") {
                continue
            }
            assigned.insert(name)
        }
        self.assignments = assignments
        self.assigned = assigned
    }

    /// Follows the script to its end; `folders` is where it ends.
    mutating func invocations(work: inout WorkBudget) -> [Invocation] {
        var invocations: [Invocation] = []
        var saved: [[String]] = []
        var pushed: [[String]] = []
        var end = parsed.commands.map(\.range.lowerBound).min() ?? 0
        // A subshell may stand before the first command.
        if let first = bytes[..<min(end, bytes.count)].last, first == UInt8(ascii: "(") {
            saved.append(folders)
        }
        for command in parsed.commands.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            // In a substitution: it runs in a shell of its own.
            let isNested = command.range.upperBound <= end && command.range.lowerBound < end
            if !isNested {
                followParentheses(in: end..<max(end, command.range.lowerBound), saved: &saved)
                end = command.range.upperBound
            }
            switch command.program {
            case "cd", "pushd":
                guard !isNested else { break }
                if command.program == "pushd" { pushed.append(folders) }
                guard let target = command.arguments.first(where: { $0.text != "--" }) else {
                    folders = []
                    break
                }
                let before = folders
                // A step that may be left out doubles the folders where the script may be.
                var reached = command.isConditional ? before : []
                for folder in before {
                    let text = value(of: target, at: command.order, in: folder, work: &work).text
                    if let target = text.flatMap({ self.folder($0, in: folder) }), !reached.contains(target) {
                        reached.append(target)
                    }
                }
                folders = reached.count <= Limits.scriptFolders ? reached : []
            case "popd":
                if !isNested, let last = pushed.popLast() { folders = last }
            default:
                let folder = folders.first ?? "."
                let calls = BuilderCall.all(in: command) {
                    value(of: $0, at: command.order, in: folder, work: &work).text
                }
                for call in calls.flatMap({ turns(of: $0, at: command.order, work: &work) }) {
                    invocations.append(
                        Invocation(
                            call: call, command: command, folders: call.isElsewhere ? [] : folders))
                }
            }
        }
        return invocations
    }

    /// A command in a loop over words that are told, once for each of them.
    private mutating func turns(of call: BuilderCall, at order: Int, work: inout WorkBudget) -> [BuilderCall]
    {
        let names = Set(
            call.words.lazy.flatMap(\.parts).compactMap { part -> String? in
                if case .variable(let name) = part { name } else { nil }
            })
        for name in names.sorted() {
            let index = assignment(of: name, at: order, before: parsed.assignments.count, work: &work)
            guard let items = index.map({ parsed.assignments[$0].items }), !items.isEmpty,
                items.count <= turnsLeft, work.spend(items.count * call.words.count)
            else { continue }
            turnsLeft -= items.count
            return items.map { call.replacing(name, by: $0.text) }
        }
        return [call]
    }

    /// Parentheses between two commands open and close subshells, each with a working folder of its own.
    private mutating func followParentheses(in gap: Range<Int>, saved: inout [[String]]) {
        var isComment = false
        var previous: UInt8 = 0x20
        for byte in bytes[gap.clamped(to: 0..<bytes.count)] {
            switch byte {
            case UInt8(ascii: "\n"): isComment = false
            case UInt8(ascii: "#") where previous <= 0x20: isComment = true
            case UInt8(ascii: "(") where !isComment: saved.append(folders)
            case UInt8(ascii: ")") where !isComment: if let last = saved.popLast() { folders = last }
            default: break
            }
            previous = byte
        }
    }

    /// - Returns: a folder of the repository; nil for one outside, or that is no path.
    private func folder(_ text: String, in folder: String) -> String? {
        if text == "-" || text.isEmpty { return nil }
        let path = BuildSource(text, in: folder, root: root).directory
        return path.flatMap { $0.utf8.count <= Limits.pathBytes ? $0 : nil }
    }

    // MARK: - Values

    /// - Parameters:
    ///   - order: the command's place in the script.
    ///   - folder: the working folder, relative to the root.
    ///   - takesDefaults: `${X:-d}` is `d` where nothing sets X.
    func value(
        of word: ShellWord, at order: Int, in folder: String, takesDefaults: Bool = true,
        work: inout WorkBudget
    ) -> Value {
        if word.isLiteral { return Value(text: word.text, prefix: word.text, written: word.text) }
        var prefix = ""
        if case .literal(let text)? = word.parts.first { prefix = text }
        let scope = Scope(
            order: order, folder: folder, takesDefaults: takesDefaults, assignments: parsed.assignments.count)
        // From the file, where expressions of other languages stand that the shell's text has names for.
        let written =
            bytes.indices.contains(word.range.lowerBound) && word.range.upperBound <= bytes.count
            ? String(decoding: bytes[word.range], as: UTF8.self) : word.text
        let text = expand(Array(word.text.utf8)[...], scope, &work)
        return Value(text: text, prefix: prefix, written: written)
    }

    /// Stands for the value of a variable that is set, nobody knows to what.
    static let untold = "$"

    /// - Returns: nil for a value that is not told.
    static func told(_ text: String?) -> String? {
        text.flatMap { $0.utf8.contains(UInt8(ascii: "$")) ? nil : $0 }
    }

    /// What a command finds in its environment under a name, as far as the script and what is set before it tell.
    /// - Returns: nil where nothing sets it.
    func environmentValue(
        _ name: String, for command: ShellCommand, in folder: String, takesDefaults: Bool = true,
        work: inout WorkBudget
    ) -> Value? {
        let order = command.order
        if let own = command.assignments.last(where: { $0.name == name }) {
            guard let word = own.value else { return Value(text: nil, prefix: "", written: name) }
            return value(of: word, at: order, in: folder, takesDefaults: takesDefaults, work: &work)
        }
        let isGiven = variables[name] != nil
        if let index = assignment(of: name, at: order, before: parsed.assignments.count, work: &work) {
            let found = parsed.assignments[index]
            if found.isUnset, !found.isConditional { return nil }
            if found.isExported || isGiven {
                guard !found.isConditional, let word = found.value else {
                    return Value(text: nil, prefix: "", written: name)
                }
                return value(of: word, at: order, in: folder, takesDefaults: takesDefaults, work: &work)
            }
        }
        return variables[name].map { text in
            let told = Self.told(text)
            return Value(text: told, prefix: told ?? "", written: text)
        }
    }

    /// How often a word's value changes, where its text or what a variable in it was given last tells.
    func change(of word: ShellWord, at order: Int, work: inout WorkBudget) -> VolatileValue? {
        if word.isLiteral { return nil }
        var texts = [word.text]
        if bytes.indices.contains(word.range.lowerBound), word.range.upperBound <= bytes.count {
            texts.append(String(decoding: bytes[word.range], as: UTF8.self))
        }
        for case .variable(let name) in word.parts {
            let found = assignment(of: name, at: order, before: parsed.assignments.count, work: &work)
            if let value = found.flatMap({ parsed.assignments[$0].value }), !value.isLiteral {
                texts.append(value.text)
            }
        }
        let changes = texts.compactMap { VolatileValue($0) }
        return changes.contains(.everyBuild) ? .everyBuild : changes.first
    }

    /// Whether a word that cannot be told may hold a text: it stands in the word, or in what one of its variables is given
    /// anywhere in the script.
    func mayHold(_ text: String, _ word: ShellWord, work: inout WorkBudget) -> Bool {
        if word.isLiteral { return false }
        if word.text.contains(text) { return true }
        return word.parts.contains { part in
            guard case .variable(let name) = part, work.spend(assignments[name]?.count ?? 0) else {
                return false
            }
            return (assignments[name] ?? []).contains {
                parsed.assignments[$0].value?.text.contains(text) ?? false
            }
        }
    }

    private struct Scope {
        let order: Int
        let folder: String
        let takesDefaults: Bool
        /// How many of the script's assignments count: all, and for the value of one those before it.
        var assignments: Int
        var depth = 0

        var deeper: Scope {
            var scope = self
            scope.depth += 1
            return scope
        }
    }

    /// The last assignment that a command sees, as an index.
    private func assignment(
        of name: String, at order: Int, before end: Int, work: inout WorkBudget
    ) -> Int? {
        for index in (assignments[name] ?? []).reversed() {
            guard work.spend() else { return nil }
            if index < end, parsed.assignments[index].scope.contains(order) { return index }
        }
        return nil
    }

    private func expand(
        _ text: ArraySlice<UInt8>, _ scope: Scope, _ work: inout WorkBudget
    ) -> String? {
        guard scope.depth < Limits.expansionDepthOfStatements, work.spend(text.count + 1) else {
            return nil
        }
        if text.first == UInt8(ascii: "~") { return nil }
        var result: [UInt8] = []
        var isQuoted = false
        var index = text.startIndex
        while index < text.endIndex {
            switch text[index] {
            case UInt8(ascii: "\""):
                isQuoted.toggle()
                index += 1
            case UInt8(ascii: "'") where !isQuoted:
                guard let end = text[(index + 1)...].firstIndex(of: UInt8(ascii: "'")) else { return nil }
                result += text[(index + 1)..<end]
                index = end + 1
            case UInt8(ascii: "\\") where index + 1 < text.endIndex:
                result.append(text[index + 1])
                index += 2
            case UInt8(ascii: "`"):
                guard let end = text[(index + 1)...].firstIndex(of: UInt8(ascii: "`")),
                    let value = substitution(text[(index + 1)..<end], scope, &work)
                else { return nil }
                result += Array(value.utf8)
                index = end + 1
            case UInt8(ascii: "$"):
                guard let (value, end) = dollar(text, at: index, scope, &work), let value,
                    result.count + value.utf8.count <= Limits.expandedBytes, work.spend(value.utf8.count)
                else { return nil }
                result += Array(value.utf8)
                index = end
            case let byte:
                result.append(byte)
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// - Returns: the value of what begins with `$` (nil where it cannot be told), and the offset behind it.
    private func dollar(
        _ text: ArraySlice<UInt8>, at start: Int, _ scope: Scope, _ work: inout WorkBudget
    ) -> (String?, Int)? {
        guard start + 1 < text.endIndex else { return ("$", start + 1) }
        switch text[start + 1] {
        case UInt8(ascii: "("):
            guard let end = closing(UInt8(ascii: "("), UInt8(ascii: ")"), in: text, at: start + 1) else {
                return nil
            }
            return (substitution(text[(start + 2)..<end], scope, &work), end + 1)
        case UInt8(ascii: "{"):
            guard let end = closing(UInt8(ascii: "{"), UInt8(ascii: "}"), in: text, at: start + 1) else {
                return nil
            }
            return (parameter(text[(start + 2)..<end], scope, &work), end + 1)
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            return (text[start + 1] == UInt8(ascii: "0") ? scriptPath : nil, start + 2)
        default:
            let name = text[(start + 1)...].prefix(while: Self.isNameByte)
            guard !name.isEmpty else { return (nil, start + 2) }
            return (variable(String(decoding: name, as: UTF8.self), scope, &work), name.endIndex)
        }
    }

    /// The inside of `${…}`.
    private func parameter(
        _ text: ArraySlice<UInt8>, _ scope: Scope, _ work: inout WorkBudget
    ) -> String? {
        let whole = String(decoding: text, as: UTF8.self)
        switch whole {
        case "0", "BASH_SOURCE", "BASH_SOURCE[0]": return scriptPath
        case "BATS_TEST_DIRNAME": return scriptPath.map(Paths.parent)
        case "0%/*", "BASH_SOURCE%/*", "BASH_SOURCE[0]%/*": return scriptPath.map(Paths.parent)
        default: break
        }
        let name = text.prefix(while: Self.isNameByte)
        let rest = text[name.endIndex...]
        if let value = variable(String(decoding: name, as: UTF8.self), scope, &work) {
            let isPlain =
                rest.isEmpty || rest.starts(with: Array(":-".utf8)) || rest.first == UInt8(ascii: "-")
                || rest.starts(with: Array(":?".utf8)) || rest.first == UInt8(ascii: "?")
                || rest.starts(with: Array(":=".utf8))
            return isPlain ? value : nil
        }
        guard scope.takesDefaults, !name.isEmpty,
            !assigned.contains(String(decoding: name, as: UTF8.self)),
            variables[String(decoding: name, as: UTF8.self)] == nil
        else {
            return nil
        }
        for operation in [":-", ":=", "-", "="] where rest.starts(with: Array(operation.utf8)) {
            return expand(rest.dropFirst(operation.utf8.count), scope.deeper, &work)
        }
        return nil
    }

    private func variable(_ name: String, _ scope: Scope, _ work: inout WorkBudget) -> String? {
        if name == "PWD" { return absolute(scope.folder) }
        let found = assignment(of: name, at: scope.order, before: scope.assignments, work: &work)
        // Assignments past the limit are not known.
        guard parsed.assignments.count < Limits.shellAssignments || parsed.isComplete else { return nil }
        guard let found else { return work.isSpent ? nil : Self.told(variables[name]) }
        let assignment = parsed.assignments[found]
        guard !assignment.isConditional, !assignment.isUnset, let value = assignment.value else { return nil }
        if value.isLiteral { return value.text }
        var inner = scope.deeper
        inner.assignments = found
        return expand(Array(value.text.utf8)[...], inner, &work)
    }

    /// The inside of `$(…)`: the idioms by which scripts find folders.
    private func substitution(
        _ text: ArraySlice<UInt8>, _ scope: Scope, _ work: inout WorkBudget
    ) -> String? {
        guard scope.depth < Limits.expansionDepthOfStatements, work.spend(text.count) else {
            return nil
        }
        let bytes = Array(text)
        let inner = ShellScript(parsing: JoinedText(bytes: bytes, pieces: [.init(joined: 0, source: 0)]))
        var commands: [ShellCommand] = []
        for command in inner.commands.sorted(by: { $0.range.lowerBound < $1.range.lowerBound })
        where command.range.lowerBound >= commands.last?.range.upperBound ?? 0 {
            commands.append(command)
        }
        var folder = scope.folder
        func argument(_ command: ShellCommand) -> String? {
            guard let word = command.arguments.last(where: { !$0.text.hasPrefix("-") }) else { return nil }
            if word.isLiteral { return word.text }
            let inner = Scope(
                order: scope.order, folder: folder, takesDefaults: scope.takesDefaults,
                assignments: scope.assignments, depth: scope.depth + 1
            )
            return expand(Array(word.text.utf8)[...], inner, &work)
        }
        for (index, command) in commands.enumerated() {
            let isLast = index == commands.count - 1
            switch command.program {
            case "cd":
                guard let target = argument(command), let reached = self.folder(target, in: folder) else {
                    return nil
                }
                folder = reached
            case "pwd" where isLast: return absolute(folder)
            case "dirname" where commands.count == 1:
                return argument(command).map { $0.contains("/") ? Paths.parent(of: $0) : "." }
            case "realpath" where commands.count == 1, "readlink" where commands.count == 1,
                "greadlink" where commands.count == 1:
                guard let path = argument(command) else { return nil }
                return self.folder(path, in: folder).map(absolute)
            case "git" where commands.count == 1:
                let words = command.arguments.map(\.text)
                return words == ["rev-parse", "--show-toplevel"] ? root : nil
            default: return nil
            }
        }
        return nil
    }

    private var scriptPath: String? { script.map(absolute) }

    private func absolute(_ path: String) -> String {
        path == "." ? root : root == "/" ? "/\(path)" : "\(root)/\(path)"
    }

    private func closing(_ open: UInt8, _ close: UInt8, in text: ArraySlice<UInt8>, at start: Int) -> Int? {
        var depth = 0
        var index = start
        while index < text.endIndex {
            switch text[index] {
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "'"):
                // An apostrophe inside double quotes closes nowhere: then it is a character.
                if let end = text[(index + 1)...].firstIndex(of: UInt8(ascii: "'")) { index = end }
            case open: depth += 1
            case close:
                depth -= 1
                if depth == 0 { return index }
            default: break
            }
            index += 1
        }
        return nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
