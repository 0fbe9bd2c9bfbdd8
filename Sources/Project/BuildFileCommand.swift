import Diagnostics
import Dockerfile
import Repository

/// What a command of compose or bake says besides the files that state its builds.
/// Sources: docs.docker.com, `docker compose build`, `docker compose up` (`--build`), `docker buildx bake`; tried with
/// Compose 2.40 and buildx 0.29.
struct BuildFileCommand {
    /// What `-f` names, relative to the root; empty for the files that the program finds.
    private var files: Set<String> = []
    /// Services, targets and groups that are named; empty for all, or for what is built by default.
    private var names: Set<String> = []
    /// A name cannot be told.
    private var hasUnknownNames = false
    /// Paths are relative to another folder than the files'.
    private var isPlaceDoubtful = false
    /// Where it may run.
    private var folders: [String]
    let isBake: Bool
    /// The file that it stands in.
    let statement: Statement
    /// Arguments for the builds of compose, which have them besides their own.
    private var given: [BuildOption] = []
    /// `--no-cache`, `--pull`, `--set`: with those a build is another than the one that the file states.
    private var options: [BuildOption] = []
    /// Options for some of the targets: a pattern of names, and what it says.
    private var overrides: [(pattern: TextPattern, key: String, value: String)] = []
    private var environment: BuildEnvironment
    private var bytes: Range<Int>

    /// It may have more options than it tells.
    private(set) var isOpen = false

    /// Whether it says anything.
    private var isPlain: Bool {
        !isOpen && given.isEmpty && options.isEmpty && overrides.isEmpty && environment.isEmpty
    }

    /// - Parameters:
    ///   - invocation: any command of a builder.
    ///   - statement: where it stands.
    /// - Returns: nil for another command, where it says nothing besides the files, and where it does not tell for which
    ///   builds.
    init?(
        _ invocation: ShellEvaluator.Invocation, by evaluator: ShellEvaluator, statement: Statement,
        work: inout WorkBudget
    ) {
        guard let folder = invocation.folders.first else { return nil }
        folders = invocation.folders
        self.statement = statement
        bytes = invocation.command.range
        environment = BuildEnvironment(of: invocation, in: folder, by: evaluator, work: &work)
        let texts = invocation.words.map {
            invocation.call.told(
                evaluator.value(of: $0, at: invocation.command.order, in: folder, work: &work)
            ).text
        }
        if let bake = BakeWords(texts) {
            isBake = true
            read(bake, of: invocation, root: evaluator.root)
        } else {
            isBake = false
            guard readCompose(invocation, texts, by: evaluator, in: folder, work: &work) else { return nil }
        }
        isOpen = isOpen && zip(invocation.words, texts).contains { Self.mayBeOptions($0, $1) }
        if isPlain { return nil }
    }

    /// Without quotes a variable may hold several words, and with `$@` or `[@]` it does.
    private static func mayBeOptions(_ word: ShellWord, _ text: String?) -> Bool {
        text == nil && (!word.text.contains("\"") || word.text.contains("@"))
    }

    mutating func clamp(to bounds: Range<Int>) {
        bytes = bytes.clamped(to: bounds)
        for index in given.indices { given[index].clamp(to: bounds) }
        for index in options.indices { options[index].clamp(to: bounds) }
    }

    // MARK: - Reading

    private func option(_ name: String, _ value: String, _ written: String) -> BuildOption {
        BuildOption(name: name, value: value, written: written, path: statement.path, bytes: bytes)
    }

    private mutating func name(_ paths: [String], root: String) {
        for path in paths {
            files.formUnion(folders.compactMap { BuildSource(path, in: $0, root: root).directory })
        }
    }

    private mutating func read(_ bake: BakeWords, of invocation: ShellEvaluator.Invocation, root: String) {
        // Bake takes no platform of the environment.
        environment.dropPlatform()
        name(bake.files.compactMap { $0 }, root: root)
        names = Set(bake.targets.compactMap { $0 })
        hasUnknownNames = bake.targets.contains(nil) || invocation.call.hasUnseenArguments
        isOpen = hasUnknownNames
        if bake.ignoresCache { options.append(option("no-cache", "true", "--no-cache")) }
        if bake.pulls { options.append(option("pull", "true", "--pull")) }
        for text in bake.overrides.compactMap({ $0 }) {
            guard let equals = text.firstIndex(of: "="), let dot = text[..<equals].firstIndex(of: "."),
                let pattern = TextPattern(String(text[..<dot]))
            else { continue }
            let key = String(text[text.index(after: dot)..<equals])
            guard Self.overridden.contains(key) else { continue }
            overrides.append((pattern, key, String(text[text.index(after: equals)...])))
        }
    }

    /// Keys of `--set` that decide what runs, but for arguments, which `passBakeSets` tells. `no-cache-filter` has no effect
    /// (tried with buildx 0.29).
    private static let overridden: Set<String> = [
        "no-cache", "pull", "platform", "target", "dockerfile", "context",
    ]

    /// Subcommands of compose that build.
    private static let subcommands: Set<String> = ["build", "up", "create", "run"]

    private mutating func readCompose(
        _ invocation: ShellEvaluator.Invocation, _ texts: [String?], by evaluator: ShellEvaluator,
        in folder: String, work: inout WorkBudget
    ) -> Bool {
        let order = invocation.command.order
        var index = 1
        if invocation.call.program == "docker" {
            guard texts.count > 1, texts[1] == "compose" else { return false }
            index = 2
        } else if invocation.call.program != "docker-compose" {
            return false
        }
        var subcommand: String?
        while index < texts.count {
            let word = invocation.words[index]
            let text = texts[index]
            let strict = evaluator.value(of: word, at: order, in: folder, takesDefaults: false, work: &work)
            let shown = text ?? strict.prefix
            index += 1
            guard shown.hasPrefix("-") else {
                guard let subcommand else {
                    guard let text, Self.subcommands.contains(text) else { return false }
                    subcommand = text
                    continue
                }
                if let text { names.insert(text) } else { hasUnknownNames = true }
                if text == nil, subcommand == "build" { isOpen = true }
                // What follows is the command of a container.
                if subcommand == "run" { break }
                continue
            }
            let name = String(shown.prefix { $0 != "=" })
            let hasOwn = shown.contains("=")
            func isOn() -> Bool { !hasOwn || text?.hasSuffix("=true") ?? true }
            if subcommand == "build", name == "--no-cache", isOn() {
                options.append(option("no-cache", "true", "--no-cache"))
            }
            if subcommand == "build", name == "--pull", isOn() {
                options.append(option("pull", "true", "--pull"))
            }
            if shown.hasPrefix("-f"), shown.utf8.count > 2 {
                guard let text else { return false }
                self.name([String(text.dropFirst(hasOwn && name == "-f" ? 3 : 2))], root: evaluator.root)
                continue
            }
            guard ComposeWords.takingValues.contains(name) else { continue }
            guard hasOwn || index < texts.count else { return false }
            let holder = hasOwn ? word : invocation.words[index]
            let value = hasOwn ? text : texts[index]
            if !hasOwn { index += 1 }
            func own(_ text: String) -> String { hasOwn ? String(text.dropFirst(name.count + 1)) : text }
            switch name {
            case "-f", "--file":
                guard let value else { return false }
                self.name([own(value)], root: evaluator.root)
            case "--project-directory":
                guard let value else { return false }
                folders = folders.compactMap {
                    BuildSource(own(value), in: $0, root: evaluator.root).directory
                }
                isPlaceDoubtful = true
            case "--build-arg":
                let written = evaluator.value(of: holder, at: order, in: folder, work: &work).written
                given.append(
                    BuildOption(
                        name: "build-arg", value: value.map(own), written: own(written),
                        change: evaluator.change(of: holder, at: order, work: &work), path: statement.path,
                        bytes: word.range.lowerBound..<max(word.range.upperBound, holder.range.upperBound)))
            default: break
            }
        }
        return subcommand != nil
    }

    // MARK: - The builds

    /// Arguments for the builds that it reaches; none where it does not tell for which.
    var arguments: [BuildOption] { hasUnknownNames || isPlaceDoubtful ? [] : given }

    /// The builds that it makes.
    func reached(among builds: StatedInFiles, work: inout WorkBudget) -> [Int] {
        let paths = files.isEmpty ? folders.flatMap { builds.found(in: $0, isBake: isBake) } : Array(files)
        // Compose does not heed what its files say to bake alone.
        let candidates = Set(paths).sorted().flatMap { builds.byPath[$0] ?? [] }
            .filter { isBake || !$0.isOfBake }
        guard work.spend(candidates.count) else { return [] }
        var wanted = names
        if isBake, wanted.isEmpty, !hasUnknownNames { wanted = ["default"] }
        if wanted.isEmpty || hasUnknownNames { return candidates.map(\.index).sorted() }
        let byName = Set(candidates.map(\.name))
        var targets: Set<String> = []
        var open = Array(wanted)
        while let name = open.popLast(), targets.count < Limits.namedBuildFiles {
            guard targets.insert(name).inserted, isBake else { continue }
            if let members = builds.groups[name] {
                open += members
            } else if !byName.contains(name) {
                // A group of a file that is not read so far, or a pattern of names.
                return candidates.map(\.index).sorted()
            }
        }
        return candidates.filter { targets.contains($0.name) }.map(\.index).sorted()
    }

    /// What a copy of an option takes, in units of `WorkBudget`.
    private static let sizeOfOption = 16

    /// How the command builds what a file states.
    /// - Parameter root: the project's.
    /// - Returns: nil where it builds what the file states.
    func variant(of build: StatedBuild, root: String, work: inout WorkBudget) -> StatedBuild? {
        if options.isEmpty, overrides.isEmpty, environment.isEmpty { return nil }
        guard work.spend(Self.sizeOfOption * (build.options.count + options.count)) else { return nil }
        var variant = build
        var said = options
        let name = build.name ?? ""
        for (pattern, key, value) in overrides where pattern.matches(name, work: &work) {
            let folder = folders.first ?? "."
            switch key {
            case "no-cache", "pull":
                if value != "false" { said.append(option(key, "true", "--set *.\(key)=\(value)")) }
            case "platform": variant.platforms = value.split(separator: ",").map(String.init)
            case "target": variant.target = value
            case "context":
                variant.context = BuildSource(value, in: folder, root: root)
                if case .directory(let path) = variant.context, case .path(let file) = build.dockerfile,
                    case .directory(let before) = build.context, Paths.isInside(file, before)
                {
                    let rest = before == "." ? file : String(file.dropFirst(before.utf8.count + 1))
                    variant.dockerfile = .path(Paths.join(path, rest))
                }
            case "dockerfile":
                guard case .directory(let path) = variant.context else { break }
                variant.dockerfile =
                    BuildSource(value, in: path, root: root).directory.map { .path($0) } ?? .elsewhere(value)
            default: break
            }
        }
        variant.options += said
        if said.contains(where: { $0.name == "no-cache" }) { variant.noCache = true }
        variant.heed(environment, bytes: bytes)
        let isOther =
            variant.noCache != build.noCache || variant.noCacheStages != build.noCacheStages
            || variant.platforms != build.platforms || variant.target != build.target
            || variant.dockerfile != build.dockerfile || variant.context != build.context
            || variant.args != build.args || variant.unknownOptions != build.unknownOptions
        guard isOther || variant.pulls != build.pulls else { return nil }
        variant.isVariant = true
        variant.commands = [statement]
        if isOther { variant.name = build.name.map { "\($0) (\(Paths.name(of: statement.path)))" } }
        return variant
    }

    /// Builds of compose and bake files, by where they stand.
    struct StatedInFiles {
        fileprivate private(set) var byPath: [String: [(index: Int, name: String, isOfBake: Bool)]] = [:]
        fileprivate let groups: [String: Set<String>]
        private var paths: [String: [String]] = [:]

        init(_ builds: [StatedBuild], groups: [String: Set<String>]) {
            self.groups = groups
            for (index, build) in builds.enumerated() {
                guard build.statement.kind == .compose || build.statement.kind == .bake, let name = build.name
                else { continue }
                byPath[build.statement.path, default: []].append(
                    (index, name, build.statement.kind == .bake))
            }
            for path in byPath.keys { paths[Paths.folder(of: path), default: []].append(path) }
        }

        /// What a program reads where nothing names a file. Compose looks in the folders above, too (docs.docker.com, "How
        /// Compose works").
        fileprivate func found(in folder: String, isBake: Bool) -> [String] {
            var folder = folder
            while true {
                let found = (paths[folder] ?? []).filter { path in
                    let isBakeFile = FileKind(path) == .bakeJSON || FileKind(path) == .bakeHCL
                    return isBake ? isBakeFile || FileKind(path) == .compose : !isBakeFile
                }
                if !found.isEmpty || isBake || folder == "." { return found }
                folder = Paths.folder(of: folder)
            }
        }
    }
}

/// The options of `docker compose` and its subcommands.
enum ComposeWords {
    /// Sources: docs.docker.com, `docker compose`, `docker compose build`, `up`, `create` and `run`.
    static let takingValues: Set<String> = [
        "-f", "--file", "-p", "--project-name", "--project-directory", "--profile", "--env-file", "--ansi",
        "--progress", "--parallel", "--build-arg", "--builder", "-m", "--memory", "--ssh", "--provenance",
        "--sbom", "--scale", "-t", "--timeout", "--exit-code-from", "--attach", "--no-attach",
        "--wait-timeout",
        "-e", "--env", "-u", "--user", "-v", "--volume", "-w", "--workdir", "--name", "--entrypoint",
    ]
}
