import Diagnostics
import Dockerfile

/// Recognises the package managers among the commands of a RUN.
struct InvocationFinder {
    let state: StepState
    let isBaseKnown: Bool
    let user: StepUser
    let home: Fact<String>
    let accounts: Accounts
    let distribution: Distribution
    let mounts: [MountFacts]
    let script: ShellScript
    /// Folders that are links to others in the base image.
    let links: [KnownImage.Link]
    let work: FactsWork

    /// - Parameter configured: managers whose settings a command before has changed, which may move their caches.
    /// - Returns: nil where no row of the table knows the program.
    func invocation(of command: ShellCommand, configured: Set<String>) -> Invocation? {
        guard let program = command.program ?? namedByVariable(command),
            let (row, skipped) = Self.row(for: program, command)
        else { return nil }
        let arguments = InvocationArguments(command.words, after: skipped, of: row)
        let manager = row == .yarn ? Self.yarn(command, arguments) : row
        let verb = manager.verbs.first { arguments.fit($0) }
        let environment = CommandEnvironment(
            state: state, isBaseKnown: isBaseKnown, user: user, home: home, accounts: accounts,
            script: script,
            command: command, work: work)
        let action = verb?.action ?? .other
        let names = verb.map { arguments.positionals(after: $0) } ?? []
        var caches: [Invocation.CacheUse] = []
        if let verb, action != .other, action != .configure,
            !manager.rootOptions.contains(where: { arguments.value(of: $0) != nil })
        {
            let indices = verb.caches ?? Array(manager.caches.indices)
            caches = indices.map { index in
                use(
                    of: manager.caches[index], program: program, arguments, environment,
                    isConfigured: configured.contains(manager.programs.first ?? "yarn"))
            }
        }
        return Invocation(
            manager: manager, action: action, verb: verb.map(arguments.label) ?? [], command: command,
            names: names,
            caches: caches,
            defeats: action == .other || action == .clean || action == .configure
                ? [] : defeats(of: manager, arguments, environment),
            input: verb.map { arguments.input(by: $0.input, names: names) } ?? .unknown,
            recipe: verb?.recipe, isOffline: isOffline(manager, arguments, environment))
    }

    /// The program where a variable of the step is all of its name: `$PIP install`.
    private func namedByVariable(_ command: ShellCommand) -> String? {
        let environment = CommandEnvironment(
            state: state, isBaseKnown: isBaseKnown, user: user, home: home, accounts: accounts,
            script: script, command: command, work: work)
        // A value with blanks is a program and its first arguments.
        guard let text = environment.text(of: command.words[0]).value, !text.contains(where: \.isWhitespace)
        else { return nil }
        return text.split(separator: "/").last.map(String.init)
    }

    /// - Returns: the row, and how many words stand before the manager's arguments.
    private static func row(for program: String, _ command: ShellCommand) -> (PackageManager, Int)? {
        if let row = PackageManager.byProgram[program] { return (row, 1) }
        // `pip3.12`, `python3 -m pip`, `pnpm@9` (corepack), `sh ./gradlew`.
        guard let last = program.utf8.last else { return nil }
        if last >= UInt8(ascii: "0"), last <= UInt8(ascii: "9") {
            let digits: Set<Character> = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "."]
            let bare = program.prefix(program.count - program.reversed().prefix { digits.contains($0) }.count)
            if let at = bare.firstIndex(of: "@") {
                return PackageManager.byProgram[String(bare[..<at])].map { ($0, 1) }
            }
            if bare == "python" || bare == "pypy" { return module(command) }
            if bare == "php" { return script(command, among: phpScripts) }
            return PackageManager.byProgram[String(bare)].map { ($0, 1) }
        }
        switch program {
        case "python", "pypy": return module(command)
        case "sh", "bash": return script(command, among: ["gradlew", "mvnw"])
        case "php": return script(command, among: phpScripts)
        default:
            guard let at = program.firstIndex(of: "@"), at != program.startIndex else { return nil }
            return PackageManager.byProgram[String(program[..<at])].map { ($0, 1) }
        }
    }

    private static let phpScripts: Set<String> = ["composer", "composer.phar"]

    /// `sh ./gradlew`, `php composer.phar`.
    private static func script(_ command: ShellCommand, among names: Set<String>) -> (PackageManager, Int)? {
        // `php -d setting=value script`
        guard
            let index = command.words.indices.dropFirst().first(where: {
                !command.words[$0].isOption && command.words[$0 - 1].text != "-d"
            }),
            command.words[index].isLiteral, let last = command.words[index].text.split(separator: "/").last,
            names.contains(String(last))
        else { return nil }
        return PackageManager.byProgram[String(last)].map { ($0, index + 1) }
    }

    private static func module(_ command: ShellCommand) -> (PackageManager, Int)? {
        for (index, word) in command.words.enumerated().dropFirst().prefix(5) {
            guard word.isOption else { return nil }
            guard word.text == "-m" else { continue }
            guard index + 1 < command.words.count,
                let row = PackageManager.byModule[command.words[index + 1].text]
            else { return nil }
            return (row, index + 2)
        }
        return nil
    }

    /// Which generation of yarn it is, by the flags that only one of them has. (yarn 2 and later refuse unknown ones.)
    private static func yarn(_ command: ShellCommand, _ arguments: InvocationArguments) -> PackageManager {
        if command.program?.hasPrefix("yarn@1") == true { return .yarnClassic }
        if command.program?.hasPrefix("yarn@") == true { return .yarnBerry }
        if arguments.positionals.first?.text == "global" { return .yarnClassic }
        if arguments.positionals.first?.text == "workspaces",
            arguments.positionals.dropFirst().first?.text == "focus"
        {
            return .yarnBerry
        }
        let classic: Set<String> = [
            "--pure-lockfile", "--production", "--prod", "--non-interactive", "--ignore-scripts",
            "--ignore-engines",
            "--ignore-optional", "--ignore-platform", "--no-progress", "--prefer-offline", "--cache-folder",
            "--modules-folder", "--network-timeout", "--network-concurrency", "--link-duplicates", "--silent",
            "--skip-integrity-check", "--force", "--flat", "--no-bin-links", "--no-lockfile",
            "--production=true",
        ]
        let berry: Set<String> = ["--immutable", "--immutable-cache", "--check-cache", "--inline-builds"]
        if arguments.options.contains(where: { berry.contains($0.text) }) { return .yarnBerry }
        if arguments.options.contains(where: { classic.contains($0.text) }) { return .yarnClassic }
        return .yarn
    }

    private func isOffline(
        _ manager: PackageManager, _ arguments: InvocationArguments, _ environment: CommandEnvironment
    ) -> Bool {
        if arguments.options.contains(where: { manager.offlineFlags.contains($0.text) }) { return true }
        guard manager.name == "go", case .known(let flags?) = environment.variable("GOFLAGS").text else {
            return false
        }
        return flags.split(separator: " ").contains("-mod=vendor")
    }

    private func defeats(
        of manager: PackageManager, _ arguments: InvocationArguments, _ environment: CommandEnvironment
    ) -> [Invocation.Defeat] {
        var defeats: [Invocation.Defeat] = []
        for index in arguments.optionIndices {
            let word = environment.command.words[index]
            guard manager.defeatingFlags.contains(word.text) else { continue }
            defeats.append(.init(kind: .flag(word: index), text: word.text, range: word.range))
        }
        for variable in manager.defeatingVariables {
            let value = environment.variable(variable.name)
            guard case .known(let text?) = value.text, variable.defeats(text) else { continue }
            defeats.append(
                .init(
                    kind: .variable(name: variable.name, value: text), text: "\(variable.name)=\(text)",
                    range: value.range))
        }
        return defeats
    }

    // MARK: Caches

    private func use(
        of cache: PackageManager.Cache, program: String, _ arguments: InvocationArguments,
        _ environment: CommandEnvironment, isConfigured: Bool
    ) -> Invocation.CacheUse {
        var resolution = CacheResolution(
            program: program, distribution: distribution, arguments: arguments, environment: environment)
        resolution.resolve(cache.places)
        if isConfigured { resolution.isCertain = false }
        for link in links {
            for path in resolution.candidates where PathText.isPath(path, inOrAt: link.from) {
                resolution.candidates.append(link.to + path.dropFirst(link.from.count))
            }
        }
        var defaultPaths: [String] = []
        if resolution.movedBy != nil {
            var defaults = CacheResolution(
                program: program, distribution: distribution, arguments: arguments, environment: environment)
            defaults.resolve(cache.places.filter(\.isDefault))
            if defaults.isCertain { defaultPaths = defaults.candidates }
        } else if resolution.isCertain {
            defaultPaths = resolution.candidates
        }
        return Invocation.CacheUse(
            cache: cache, candidates: resolution.candidates, isCertain: resolution.isCertain,
            defaultPaths: defaultPaths,
            movedBy: resolution.movedBy, coverage: coverage(of: resolution))
    }

    private func coverage(of resolution: CacheResolution) -> Invocation.Coverage {
        var isUnknown = !resolution.isCertain && resolution.candidates.isEmpty
        for mount in mounts where mount.mount.kind != .secret && mount.mount.kind != .ssh {
            guard let target = mount.target.value else {
                isUnknown = true
                continue
            }
            // A mount on a part of the cache counts too: somebody chose that part.
            let covers = resolution.candidates.contains {
                PathText.isPath($0, inOrAt: target) || PathText.isPath(target, inOrAt: $0)
            }
            guard covers else { continue }
            return mount.mount.kind == .cache ? .cacheMount(mount.index) : .otherMount(mount.index)
        }
        if isUnknown { return .unknown }
        // Where it may be elsewhere, a cache mount that fits none of the candidates may be that place.
        if !resolution.isCertain, mounts.contains(where: { $0.mount.kind == .cache }) { return .unknown }
        return .none
    }
}

extension PackageManager.Place {
    /// It does not depend on flags and variables.
    var isDefault: Bool {
        switch self {
        case .flag, .variable, .property, .elsewhere: false
        case .home, .accountHome, .absolute, .rootOnly, .byDistribution, .oneOf, .anyOf: true
        }
    }
}

/// Finds where a cache is.
struct CacheResolution {
    let program: String
    let distribution: Distribution
    let arguments: InvocationArguments
    let environment: CommandEnvironment
    var candidates: [String] = []
    var isCertain = true
    var movedBy: Invocation.Mover?

    init(
        program: String, distribution: Distribution, arguments: InvocationArguments,
        environment: CommandEnvironment
    ) {
        self.program = program
        self.distribution = distribution
        self.arguments = arguments
        self.environment = environment
    }

    mutating func resolve(_ places: [PackageManager.Place]) {
        for place in places where take(place) { return }
    }

    /// - Returns: whether the place is decided.
    private mutating func take(_ place: PackageManager.Place) -> Bool {
        switch place {
        case .flag(let name, let suffix):
            guard let word = arguments.value(of: name) else { return false }
            let value = environment.text(of: word)
            move(name: name, value: value, suffix: suffix, range: word.range)
            return true
        case .variable(let name, let suffix):
            let value = environment.variable(name)
            switch value.text {
            case .unknown:
                isCertain = false
                // Set in the file, to something that cannot be told.
                guard value.range != nil else { return false }
                movedBy = .init(name: name, value: .unknown, range: value.range)
                return true
            case .known(nil), .known(""?): return false
            case .known(let text?):
                let first = text.prefix { $0 != ":" && $0 != "," }
                move(name: name, value: .known(String(first)), suffix: suffix, range: value.range)
                return true
            }
        case .property(let name, let suffix, let variables):
            let prefix = "-D\(name)="
            if let word = arguments.options.first(where: { $0.text.hasPrefix(prefix) }) {
                let value: Fact<String> =
                    word.isLiteral ? .known(String(word.text.dropFirst(prefix.count))) : .unknown
                move(name: "-D\(name)", value: value, suffix: suffix, range: word.range)
                return true
            }
            for variable in variables {
                let value = environment.variable(variable)
                guard let text = value.text.value else {
                    isCertain = false
                    continue
                }
                guard let text, let at = text.range(ofText: prefix) else { continue }
                let path = text[at...].dropFirst(prefix.count).prefix { $0 != " " && $0 != "\"" && $0 != "'" }
                move(name: variable, value: .known(String(path)), suffix: suffix, range: value.range)
                return true
            }
            return false
        case .home(let path):
            add(environment.homeOfCommand, path)
            return true
        case .accountHome(let path):
            add(environment.accountHome, path)
            if mayMoveJavaHome { isCertain = false }
            return true
        case .absolute(let path):
            candidates.append(path)
            return true
        case .rootOnly(let paths):
            if case .other = environment.userOfCommand { return false }
            for path in paths { addCandidate(path) }
            if case .root = environment.userOfCommand { return true }
            isCertain = false
            return false
        case .byDistribution(let paths):
            candidates += paths(distribution, program)
            return true
        case .oneOf(let paths):
            for path in paths { addCandidate(path) }
            return true
        case .anyOf(let paths):
            for path in paths { addCandidate(path) }
            isCertain = false
            return true
        case .elsewhere(let names):
            for name in names {
                if name.hasPrefix("-") {
                    guard
                        arguments.options.contains(where: { $0.text == name || $0.text.hasPrefix(name + "=") }
                        )
                    else { continue }
                    isCertain = false
                    return true
                }
                switch environment.variable(name).text {
                case .unknown: isCertain = false
                case .known(let value?) where !value.isEmpty:
                    isCertain = false
                    return true
                case .known: break
                }
            }
            return false
        }
    }

    private mutating func addCandidate(_ path: String) {
        if path.hasPrefix("~") {
            add(environment.homeOfCommand, String(path.dropFirst()))
        } else if path.hasPrefix("$") {
            let name = path.dropFirst().prefix { $0 != "/" }
            switch environment.variable(String(name)).text {
            case .known(let value?) where !value.isEmpty:
                candidates.append(PathText.clean(value + path.dropFirst(name.count + 1)))
            case .known: break
            case .unknown: isCertain = false
            }
        } else if path.hasPrefix(".") {
            if let folder = environment.workdir.value {
                candidates.append(PathText.clean(path, in: folder))
            } else {
                isCertain = false
            }
        } else {
            candidates.append(path)
        }
    }

    /// The JVM takes its `user.home` from a property where one is given, and Maven its repository from a settings file.
    private var mayMoveJavaHome: Bool {
        let settings: Set<String> = ["-s", "--settings", "-gs", "--global-settings"]
        if arguments.options.contains(where: {
            $0.text.hasPrefix("-Duser.home=") || settings.contains($0.text)
        }) {
            return true
        }
        let variables = [
            "JAVA_TOOL_OPTIONS", "MAVEN_OPTS", "MAVEN_ARGS", "GRADLE_OPTS", "SBT_OPTS", "JAVA_OPTS",
        ]
        return variables.contains { name in
            switch environment.variable(name).text {
            case .unknown: true
            case .known(let text): text?.range(ofText: "-Duser.home=") != nil
            }
        }
    }

    private mutating func move(name: String, value: Fact<String>, suffix: String, range: Range<Int>?) {
        movedBy = .init(name: name, value: value, range: range)
        guard let text = value.value, !text.isEmpty else {
            isCertain = false
            return
        }
        if text.hasPrefix("/") {
            candidates = [PathText.clean(text + suffix)]
        } else if text.hasPrefix("~/"), let home = environment.homeOfCommand.value {
            candidates = [PathText.clean(home + text.dropFirst() + suffix)]
        } else if !text.hasPrefix("~"), let folder = environment.workdir.value {
            candidates = [PathText.clean(text + suffix, in: folder)]
        } else {
            isCertain = false
        }
    }

    private mutating func add(_ home: Fact<String>, _ path: String) {
        if let home = home.value {
            candidates.append(PathText.clean(home + path))
        } else {
            // Most images' own user is root.
            candidates.append("/root" + path)
            isCertain = false
        }
    }
}

extension String {
    /// Where a text begins in this one.
    fileprivate func range(ofText text: String) -> String.Index? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start }
            start = index(after: start)
        }
        return nil
    }
}
