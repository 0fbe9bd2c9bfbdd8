import Diagnostics
import Dockerfile
import Repository

/// The command line of `docker build` and its relatives (docs.docker.com/reference/cli/docker/buildx/build,
/// podman-build(1), `nerdctl build --help`).
struct BuildCommand {
    /// The build that an invocation states.
    /// - Parameters:
    ///   - invocation: any command of docker, podman, nerdctl or buildah.
    ///   - files: decide which of the possible working folders is meant.
    ///   - statement: where it stands.
    /// - Returns: nil where it builds no image.
    static func build(
        _ invocation: ShellEvaluator.Invocation, by evaluator: ShellEvaluator, files: Snapshot,
        statement: Statement, work: inout WorkBudget
    ) -> StatedBuild? {
        let call = invocation.call
        guard call.program != "docker-compose",
            let arguments = buildArguments(of: invocation.words)
        else { return nil }
        var attempts: [StatedBuild] = []
        for folder in invocation.folders {
            let order = invocation.command.order
            var reader = BuildCommand(hasUnseenArguments: call.hasUnseenArguments)
            for word in arguments {
                reader.add(
                    word, call.told(evaluator.value(of: word, at: order, in: folder, work: &work)),
                    strict: call.told(
                        evaluator.value(of: word, at: order, in: folder, takesDefaults: false, work: &work)),
                    change: evaluator.change(of: word, at: order, work: &work),
                    mayBeNoCache: evaluator.mayHold("--no-cache", word, work: &work))
            }
            var build = reader.build(in: folder, root: evaluator.root, statement: statement)
            let dialect = BuilderDialect(call.words)
            build.builder = Builder(program: call.program, dialect)
            build.heedLayers(
                reader.switchValue(build.builder.layerOption?.name)
                    ?? (build.builder == .kaniko
                        ? nil
                        : evaluator.environmentValue(
                            "BUILDAH_LAYERS", for: invocation.command, in: folder, work: &work)?.text),
                isTold: !build.mayHaveMore)
            if dialect == .kaniko { build.heedKaniko(files) }
            // The Dockerfile is in what is built.
            if dialect == .azure || dialect == .kaniko, case .elsewhere(let text) = build.context {
                build.dockerfile = .elsewhere(text)
            }
            if ["docker", "docker-buildx", "depot", "buildctl"].contains(call.program) {
                build.heed(
                    BuildEnvironment(of: invocation, in: folder, by: evaluator, work: &work),
                    bytes: invocation.command.range)
            } else {
                // What other builders make of a Dockerfile is not known here as BuildKit's answer is.
                build.mayPassMore = true
            }
            if case .elsewhere("-") = build.dockerfile,
                let path = Self.input(of: invocation, by: evaluator, in: folder, work: &work)
            {
                build.dockerfile = .path(path)
            }
            if case .path(let path) = build.dockerfile, files.kind(of: path) == nil,
                let hidden = reader.hiddenArguments
            {
                build.dockerfile = .unknown(hidden)
            }
            if case .path(let path) = build.dockerfile, files.kind(of: path) == .file,
                build.context.directory.map({ files.kind(of: $0) == .folder }) ?? true
            {
                return build
            }
            attempts.append(build)
        }
        if let first = attempts.first { return first }
        var build = StatedBuild(
            dockerfile: .unknown("the folder that it runs in is not known"), context: .unknown,
            statement: statement)
        build.isToldByInput = call.isElsewhere
        return build
    }

    /// The file of the repository that standard input is, in `docker build -f - . < Dockerfile`.
    private static func input(
        of invocation: ShellEvaluator.Invocation, by evaluator: ShellEvaluator, in folder: String,
        work: inout WorkBudget
    ) -> String? {
        guard let word = invocation.command.redirections.last(where: { $0.symbol == "<" })?.target else {
            return nil
        }
        return evaluator.value(of: word, at: invocation.command.order, in: folder, work: &work).text.flatMap {
            BuildSource($0, in: folder, root: evaluator.root).directory
        }
    }

    /// What follows `docker build`, `docker buildx build` …; nil for another command.
    private static func buildArguments(of words: [ShellWord]) -> ArraySlice<ShellWord>? {
        if let dialect = BuilderDialect(words) { return dialect.dockerArguments(words)?[...] }
        var rest = words.dropFirst()
        let program = words.first.map { Paths.name(of: $0.text) }
        var isBuildx = program == "docker-buildx"
        while let word = rest.first, word.isLiteral {
            switch word.text {
            case "build": return rest.dropFirst()
            case "bud" where program == "buildah": return rest.dropFirst()
            case "b" where isBuildx: return rest.dropFirst()
            case "image", "builder", "buildx":
                isBuildx = isBuildx || word.text == "buildx"
                rest = rest.dropFirst()
            // Options of docker itself that take a value.
            case "-H", "--host", "-c", "--context", "--config", "-l", "--log-level", "--builder",
                "--namespace", "-n",
                "--address", "-a", "--root", "--storage-driver", "--connection", "--url":
                rest = rest.dropFirst(2)
            case let option where option.hasPrefix("-"): rest = rest.dropFirst()
            default: return nil
            }
        }
        return nil
    }

    private var values: [ShellEvaluator.Value] = []
    /// The same without defaults of variables: values of arguments come from outside more often than not.
    private var strict: [ShellEvaluator.Value] = []
    private var words: [ShellWord] = []
    /// How often each word's value changes, where that can be told.
    private var changes: [VolatileValue?] = []
    /// Words that cannot be seen follow.
    private let hasUnseenArguments: Bool

    /// Options may be among the words, or not.
    private var isOpen = false
    /// `--no-cache` may be.
    private var mayIgnoreCache = false

    private init(hasUnseenArguments: Bool) { self.hasUnseenArguments = hasUnseenArguments }

    /// A variable without quotes is as many words as its value has (POSIX.1-2024, XCU 2.6.5 "Field Splitting").
    private mutating func add(
        _ word: ShellWord, _ value: ShellEvaluator.Value, strict: ShellEvaluator.Value,
        change: VolatileValue?,
        mayBeNoCache: Bool
    ) {
        func append(_ value: ShellEvaluator.Value, _ strict: ShellEvaluator.Value) {
            values.append(value)
            self.strict.append(strict)
            words.append(word)
            changes.append(change)
        }
        if mayBeNoCache, strict.text == nil { mayIgnoreCache = true }
        guard !word.isLiteral, let text = value.text, !word.text.contains(where: { "\"'".contains($0) }),
            text.isEmpty || text.contains(where: { $0 == " " || $0 == "\t" || $0 == "\n" })
        else { return append(value, strict) }
        if strict.text == nil { isOpen = true }
        for part in text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" }).map(String.init) {
            let told = ShellEvaluator.Value(text: part, prefix: part, written: part)
            let untold = ShellEvaluator.Value(text: nil, prefix: "", written: part)
            append(told, strict.text == nil ? untold : told)
        }
    }

    /// An argument that cannot be told, and so may be `--file`, where none is given.
    private var hiddenArguments: String? {
        let names = values.map { Self.split($0.text ?? $0.prefix).name }
        guard !names.contains("-f"), !names.contains("--file") else { return nil }
        return values.first { $0.text == nil && $0.prefix.isEmpty }?.written
            ?? (hasUnseenArguments ? Self.unseen.written : nil)
    }

    /// What a switch of a builder of its own is set to, `true` where it stands alone.
    private func switchValue(_ name: String?) -> String? {
        guard let name else { return nil }
        let option = values.last { Self.split($0.text ?? $0.prefix).name == "--\(name)" }
        return option.map { Self.split($0.text ?? $0.prefix).value ?? "true" }
    }

    /// What another program gives the command.
    private static let unseen = ShellEvaluator.Value(
        text: nil, prefix: "", written: "arguments of its input",
        isOfInput: true)

    private func build(in folder: String, root: String, statement: Statement) -> StatedBuild {
        var build = StatedBuild(dockerfile: .unknown(""), context: .unknown, statement: statement)
        var file: ShellEvaluator.Value?
        var positional: [ShellEvaluator.Value] = []
        var isOpen = isOpen
        var index = 0
        while index < values.count {
            let word = values[index]
            let strictWord = strict[index]
            index += 1
            let shown = word.text ?? word.prefix
            guard shown.hasPrefix("-"), shown != "-" else {
                positional.append(word)
                if strictWord.text == nil { build.mayPassMore = true }
                continue
            }
            if shown == "--" {
                positional += values[index...]
                break
            }
            let (name, inline) = Self.split(shown)
            if Self.switches.contains(name) || !Self.takingValues.contains(name) && inline == nil {
                if name == "--no-cache" {
                    build.noCache = !Self.isFalse(inline ?? "true") && word.text != nil
                    if word.text == nil {
                        isOpen = true
                        build.mayIgnoreCache = true
                    }
                }
                build.options.append(
                    BuildOption(
                        name: Self.longName(name), value: inline ?? "true", written: word.written,
                        path: statement.path, bytes: words[index - 1].range))
                continue
            }
            var value: ShellEvaluator.Value
            var strictValue: ShellEvaluator.Value
            if inline != nil {
                value = Self.dropping(name, from: word)
                strictValue = Self.dropping(name, from: strictWord)
            } else if index < values.count {
                value = values[index]
                strictValue = strict[index]
                index += 1
            } else {
                // `… | xargs docker build -f`
                if hasUnseenArguments, name == "-f" || name == "--file" { file = Self.unseen }
                break
            }
            let first = words[inline == nil ? index - 2 : index - 1].range
            build.options.append(
                BuildOption(
                    name: Self.longName(name), value: strictValue.text, written: value.written,
                    change: changes[index - 1], path: statement.path,
                    bytes: first.lowerBound..<max(first.upperBound, words[index - 1].range.upperBound)))
            switch name {
            case "-f", "--file": file = value
            case "-t", "--tag": if build.name == nil { build.name = value.text.flatMap(Self.imageName) }
            case "--target":
                build.target = value.text
                if value.text == nil { build.unknownOptions.insert("target") }
            case "--build-arg":
                let shown = strictValue.text ?? strictValue.prefix
                if strictValue.text == nil, !shown.contains("=") { build.mayPassMore = true }
                guard let name = shown.split(separator: "=").first else { break }
                let text = strictValue.text.flatMap { text in
                    text.firstIndex(of: "=").map { String(text[text.index(after: $0)...]) }
                }
                build.args[String(name)] = .some(text)
            case "--build-arg-file": build.mayPassMore = true
            case "--platform":
                build.platforms += value.text?.split(separator: ",").map(String.init) ?? []
                if value.text == nil { build.unknownOptions.insert("platform") }
            case "--cache-from": if let text = value.text { build.cacheFrom.append(text) }
            case "--cache-to": if let text = value.text { build.cacheTo.append(text) }
            case "--build-context":
                guard let text = value.text, let equals = text.firstIndex(of: "=") else { break }
                build.namedContexts[String(text[..<equals])] = BuildSource(
                    String(text[text.index(after: equals)...]), in: folder, root: root)
            default: break
            }
        }
        build.mayHaveMore =
            isOpen || hasUnseenArguments || positional.count > 1 && positional.contains { $0.text == nil }
        build.mayIgnoreCache = build.mayIgnoreCache || mayIgnoreCache
        build.isToldByInput =
            hasUnseenArguments || positional.contains { $0.isOfInput } || (file?.isOfInput ?? false)
        if positional.isEmpty, hasUnseenArguments { positional.append(Self.unseen) }
        // A word that cannot be told may be an option as well as the context; one that can be is the context.
        if let context = positional.last(where: { $0.text != nil }) {
            build.context = BuildSource(context.text!, in: folder, root: root)
        }
        build.dockerfile = Self.dockerfile(
            file, context: build.context, positional: positional, in: folder, root: root)
        return build
    }

    private static func dockerfile(
        _ file: ShellEvaluator.Value?, context: BuildSource, positional: [ShellEvaluator.Value],
        in folder: String,
        root: String
    ) -> StatedBuild.File {
        if let file {
            guard let text = file.text else { return .unknown("-f \(file.written)") }
            if text == "-" || BuildSource.isAddress(text) { return .elsewhere(text) }
            guard case .directory(let path) = BuildSource(text, in: folder, root: root) else {
                return .elsewhere(text)
            }
            return .path(path)
        }
        return .byDefault(in: context) ?? .unknown(positional.last?.written ?? "no context is given")
    }

    /// As Go's strconv.ParseBool has it, which reads the values of switches.
    private static func isFalse(_ text: String) -> Bool {
        ["0", "f", "F", "false", "FALSE", "False"].contains(text)
    }

    private static func split(_ option: String) -> (name: String, value: String?) {
        if option.hasPrefix("--") {
            guard let equals = option.firstIndex(of: "=") else { return (option, nil) }
            return (String(option[..<equals]), String(option[option.index(after: equals)...]))
        }
        // `-fDockerfile`, `-f=Dockerfile`; letters without values may stand together (`-qf`), which nobody writes.
        guard option.count > 2 else { return (option, nil) }
        let rest = option.dropFirst(2)
        return (String(option.prefix(2)), String(rest.first == "=" ? rest.dropFirst() : rest))
    }

    /// The option's name without dashes.
    private static func longName(_ option: String) -> String {
        switch option {
        case "-f": "file"
        case "-t": "tag"
        case "-o": "output"
        default: String(option.drop { $0 == "-" })
        }
    }

    private static func dropping(_ name: String, from word: ShellEvaluator.Value) -> ShellEvaluator.Value {
        func drop(_ text: String) -> String {
            let rest = text.dropFirst(name.count)
            return String(rest.first == "=" ? rest.dropFirst() : rest)
        }
        return ShellEvaluator.Value(
            text: word.text.map(drop), prefix: drop(word.prefix), written: drop(word.written),
            isOfInput: word.isOfInput)
    }

    /// `ghcr.io/org/api:1.2` without its tag or digest; nil for a reference without a name, such as `""` and `@`.
    private static func imageName(_ reference: String) -> String? {
        // A part that a program or make computes.
        guard !reference.contains("${_") else { return nil }
        let name = reference.prefix { $0 != "@" }
        let lastSlash = name.lastIndex(of: "/") ?? name.startIndex
        let colon = name[lastSlash...].firstIndex(of: ":") ?? name.endIndex
        return colon == name.startIndex ? nil : String(name[..<colon])
    }

    /// Without a value, or with one only after `=`.
    private static let switches: Set<String> = [
        "--no-cache", "--pull", "--push", "--load", "--rm", "--force-rm", "-q", "--quiet", "--compress",
        "--squash",
        "--disable-content-trust", "--check", "-D", "--debug", "--sbom", "--provenance", "--layers",
        "--stream",
        "--squash-all", "--all-platforms", "--tls-verify", "--no-hosts", "--identity-label",
    ]

    private static let takingValues: Set<String> = [
        "-f", "--file", "-t", "--tag", "--build-arg", "--target", "--platform", "--cache-from", "--cache-to",
        "--build-context", "--no-cache-filter", "-o", "--output", "--progress", "--secret", "--ssh",
        "--label",
        "--network", "--add-host", "--allow", "--annotation", "--attest", "--builder", "--call",
        "--cgroup-parent",
        "--iidfile", "--metadata-file", "--shm-size", "--ulimit", "-m", "--memory", "--memory-swap", "-c",
        "--cpu-shares", "--cpu-period", "--cpu-quota", "--cpuset-cpus", "--cpuset-mems", "--isolation",
        "--security-opt", "--ignorefile", "--format", "--authfile", "--jobs", "--arch", "--os", "--variant",
        "-v",
        "--volume", "--cap-add", "--cap-drop", "--creds", "--device", "--dns", "--env", "--manifest",
        "--retry",
        "--runtime", "--timestamp", "--userns", "--policy", "--cache-ttl", "--logfile", "--build-arg-file",
        "--project", "--token", "--save-tag", "--build-platform",
    ]
}
