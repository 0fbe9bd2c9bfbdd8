import Diagnostics
import Dockerfile

/// The users that an image has, as far as the base image's row and the commands that add users tell.
///
/// Every step keeps what there is when it ends; all steps share one list.
struct Accounts {
    /// Users by `name:` and `uid:`; nil for a number that is another's now.
    private var users = SharedLog<Account?>()
    /// Group ids by name.
    private var groups = SharedLog<Int>()

    /// The number that the next user gets who is given none: one more than the last from 1000 on; nil where that cannot be
    /// told.
    /// Sources: login.defs(5) of Debian (`UID_MIN` 1000), adduser.conf(5) (`FIRST_UID` 1000), busybox adduser (from 1000).
    private var next: Int?

    /// - Parameter areAll: the image has no other users from 1000 on.
    init(_ accounts: [Account] = [], areAll: Bool = false) {
        for account in accounts { set(account) }
        let numbers = accounts.compactMap(\.uid.value).filter { $0 >= 1000 }.sorted()
        next = areAll && numbers == Array(1000..<(1000 + numbers.count)) ? 1000 + numbers.count : nil
    }

    private mutating func set(_ account: Account) {
        if let name = account.name { users.append("name:\(name)", account) }
        if let uid = account.uid.value { users.append("uid:\(uid)", account) }
    }

    private func named(_ name: String) -> Account? { users["name:\(name)"] ?? nil }

    /// - Parameter text: what USER says, expanded: `name`, `uid`, `name:group`, `uid:gid`.
    func user(_ text: String) -> StepUser {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard let first = parts.first.map(String.init), first != "root", first != "0" else { return .root }
        var account =
            if let uid = Int(first) {
                (users["uid:\(uid)"] ?? nil) ?? Account(name: nil, uid: .known(uid))
            } else {
                named(first) ?? Account(name: first)
            }
        if parts.count == 2 {
            let group = String(parts[1])
            let gid = Int(group) ?? (group == "root" ? 0 : groups[group])
            account.gid = gid.map(Fact.known) ?? .unknown
        }
        return .other(account)
    }

    /// Takes in what `useradd`, `adduser`, `usermod`, `groupadd` and `addgroup` do.
    /// Sources: useradd(8), groupadd(8), usermod(8); adduser(8) of Debian; busybox adduser, addgroup.
    /// - Parameter text: what a word is after expansion; nil where that cannot be told.
    mutating func apply(_ command: ShellCommand, program: String, text: (ShellWord) -> String?) {
        guard !command.isConditional || program != "usermod" else { return }
        if command.isConditional { next = nil }
        let options = Options(command.arguments, text: text)
        switch program {
        case "groupadd", "addgroup":
            guard let name = options.positional.first, let gid = options.number("-g", "--gid") else { return }
            groups.append(name, gid)
        case "useradd":
            guard let name = options.positional.last else { return }
            let home =
                options["-d", "--home-dir", "--home"] ?? (options["-b", "--base-dir"] ?? "/home") + "/" + name
            add(name, options, group: options["-g", "--gid"], home: home)
        case "adduser":
            // `adduser user group` puts a user into a group.
            guard let name = options.positional.first, !(options.positional.count > 1 && has(name)) else {
                return
            }
            let isDebianSystem = options.has("--system")
            let home = options["-h", "--home"] ?? (isDebianSystem ? nil : "/home/" + name)
            let group = options["-G", "--ingroup"] ?? options["--gid"]
            add(name, options, group: group, home: home)
        case "usermod":
            guard let name = options.positional.last, var account = named(name) else { return }
            if let uid = options["-u", "--uid"] {
                if let old = account.uid.value, (users["uid:\(old)"] ?? nil) == account {
                    users.append("uid:\(old)", nil)
                }
                account.uid = Int(uid).map(Fact.known) ?? .unknown
            }
            if let gid = options["-g", "--gid"] {
                account.gid = (Int(gid) ?? groups[gid]).map(Fact.known) ?? .unknown
            }
            if let home = options["-d", "--home"] {
                account.home = home.contains("$") ? .unknown : .known(home)
            }
            set(account)
        default: return
        }
    }

    static let programs: Set<String> = ["useradd", "adduser", "usermod", "groupadd", "addgroup"]

    private func has(_ name: String) -> Bool { named(name) != nil }

    /// How many entries are kept for it, for tests.
    var keptCount: Int { users.ownCount }

    private mutating func add(_ name: String, _ options: Options, group: String?, home: String?) {
        let isOfSystem = ["-r", "--system", "-S"].contains(where: options.has)
        let given = options["-u", "--uid"]
        let uid = given.map { Int($0) } ?? (isOfSystem ? nil : next)
        if !isOfSystem { next = uid.flatMap { $0 == next ? $0 + 1 : given == nil ? nil : next } }
        // Without a group of its own choice, a user gets one of the same number as a rule.
        let hasOwnGroup = !options.has("-N") && !options.has("--no-user-group")
        let gid = group.map { Int($0) ?? groups[$0] } ?? (hasOwnGroup ? uid : nil)
        set(
            Account(
                name: name, uid: uid.map(Fact.known) ?? .unknown, gid: gid.map(Fact.known) ?? .unknown,
                home: home.map { $0.contains("$") ? .unknown : .known($0) } ?? .unknown))
    }

    /// The arguments of one of these programs. All of their options with a value are given here; the others stand alone.
    private struct Options {
        private(set) var positional: [String] = []
        private var values: [String: String] = [:]
        private var flags: Set<String> = []

        private static let valued: Set<String> = [
            "-u", "--uid", "-g", "--gid", "-d", "--home-dir", "--home", "-b", "--base-dir", "-s", "--shell",
            "-c",
            "--comment", "-G", "--groups", "--ingroup", "-h", "-k", "--skel", "-p", "--password", "--gecos",
            "-e", "--expiredate", "-f", "--inactive", "-K", "--key", "-l", "--login", "--firstuid",
            "--lastuid",
        ]

        init(_ words: ArraySlice<ShellWord>, text expanded: (ShellWord) -> String?) {
            func plain(_ word: ShellWord?) -> String? {
                word.map { $0.isLiteral ? $0.text : expanded($0) ?? $0.text }
            }
            var words = words
            while let word = words.popFirst() {
                let text = plain(word)!
                guard word.isOption else {
                    positional.append(text)
                    continue
                }
                if let equals = text.firstIndex(of: "="), text.hasPrefix("--") {
                    values[String(text[..<equals])] = String(text[text.index(after: equals)...])
                } else if Self.valued.contains(text) {
                    values[text] = plain(words.popFirst())
                } else if !text.hasPrefix("--"), text.utf8.count > 2 {
                    // A cluster such as `-mu 1000` or `-u1000`.
                    let letters = text.dropFirst()
                    if let last = letters.last, Self.valued.contains("-\(last)"),
                        letters.allSatisfy(\.isLetter)
                    {
                        values["-\(last)"] = plain(words.popFirst())
                    } else if Self.valued.contains(String(text.prefix(2))) {
                        values[String(text.prefix(2))] = String(text.dropFirst(2))
                    }
                    for letter in letters { flags.insert("-\(letter)") }
                } else {
                    flags.insert(text)
                }
            }
        }

        subscript(_ names: String...) -> String? {
            for name in names { if let value = values[name] { return value } }
            return nil
        }

        func number(_ names: String...) -> Int? {
            for name in names { if let value = values[name] { return Int(value) } }
            return nil
        }

        func has(_ flag: String) -> Bool { flags.contains(flag) }
    }
}
