import Diagnostics
import Dockerfile

/// The users that an image has, as far as the base image's row and the commands that add users tell.
struct Accounts {
    private var accounts: [Account] = []
    /// Group ids by name.
    private var groups: [String: Int] = [:]

    init(_ accounts: [Account] = []) { self.accounts = accounts }

    /// - Parameter text: what USER says, expanded: `name`, `uid`, `name:group`, `uid:gid`.
    func user(_ text: String) -> StepUser {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard let first = parts.first.map(String.init), first != "root", first != "0" else { return .root }
        var account =
            if let uid = Int(first) {
                accounts.last { $0.uid == .known(uid) } ?? Account(name: nil, uid: .known(uid))
            } else {
                accounts.last { $0.name == first } ?? Account(name: first)
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
    mutating func apply(_ command: ShellCommand, program: String) {
        guard !command.isConditional || program != "usermod" else { return }
        let options = Options(command.arguments)
        switch program {
        case "groupadd", "addgroup":
            guard let name = options.positional.first, let gid = options.number("-g", "--gid") else { return }
            groups[name] = gid
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
            guard let name = options.positional.last,
                let index = accounts.lastIndex(where: { $0.name == name })
            else { return }
            if let uid = options["-u", "--uid"] { accounts[index].uid = Int(uid).map(Fact.known) ?? .unknown }
            if let gid = options["-g", "--gid"] {
                accounts[index].gid = (Int(gid) ?? groups[gid]).map(Fact.known) ?? .unknown
            }
            if let home = options["-d", "--home"] {
                accounts[index].home = home.contains("$") ? .unknown : .known(home)
            }
        default: return
        }
    }

    static let programs: Set<String> = ["useradd", "adduser", "usermod", "groupadd", "addgroup"]

    private func has(_ name: String) -> Bool { accounts.contains { $0.name == name } }

    private mutating func add(_ name: String, _ options: Options, group: String?, home: String?) {
        let uid = options.number("-u", "--uid")
        // Without a group of its own choice, a user gets one of the same number as a rule.
        let hasOwnGroup = !options.has("-N") && !options.has("--no-user-group")
        let gid = group.map { Int($0) ?? groups[$0] } ?? (hasOwnGroup ? uid : nil)
        accounts.append(
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

        init(_ words: ArraySlice<ShellWord>) {
            var words = words
            while let word = words.popFirst() {
                let text = word.text
                guard word.isOption else {
                    positional.append(text)
                    continue
                }
                if let equals = text.firstIndex(of: "="), text.hasPrefix("--") {
                    values[String(text[..<equals])] = String(text[text.index(after: equals)...])
                } else if Self.valued.contains(text) {
                    values[text] = words.popFirst()?.text
                } else if !text.hasPrefix("--"), text.utf8.count > 2 {
                    // A cluster such as `-mu 1000` or `-u1000`.
                    let letters = text.dropFirst()
                    if let last = letters.last, Self.valued.contains("-\(last)"),
                        letters.allSatisfy(\.isLetter)
                    {
                        values["-\(last)"] = words.popFirst()?.text
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
