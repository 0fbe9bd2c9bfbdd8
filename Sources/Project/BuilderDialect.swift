import Dockerfile
import Repository

/// Programs that build a Dockerfile and call their options otherwise than docker does.
///
/// Sources: `depot build --help`; learn.microsoft.com, "az acr build" (azure-cli, `acr/build.py`: a Dockerfile that is named
/// is relative to the working folder); cloud.google.com/sdk, "gcloud builds submit" (with `--tag` the Dockerfile is at the
/// top of the source); moby/buildkit, `buildctl build --help` and docs/reference/buildctl.md; GoogleContainerTools/kaniko,
/// README (`--dockerfile` is below the context, or relative to where it runs; the context is /workspace by itself).
enum BuilderDialect {
    /// What builds, where the words are a command that builds images in another program's terms.
    case depot, azure, google, buildctl, kaniko

    init?(_ words: some Collection<ShellWord>) {
        guard let first = words.first, first.isLiteral else { return nil }
        let next = words.dropFirst().prefix(8).map { $0.isLiteral ? $0.text : "" }
        switch Paths.name(of: first.text) {
        case "depot" where next.first == "build" || next.first == "bake": self = .depot
        case "az" where next.starts(with: ["acr", "build"]): self = .azure
        case "gcloud" where next.prefix(3).contains("builds") && next.contains("submit"): self = .google
        case "buildctl" where next.contains("build"): self = .buildctl
        case "executor" where first.text.hasSuffix("kaniko/executor"):
            self = .kaniko
        default: return nil
        }
    }

    /// Whether a text may hold such a command.
    static let signs = ["depot b", "acr build", "builds submit", "buildctl", "kaniko/executor"]

    /// The command as `docker build` would have it, from its first argument on.
    /// - Returns: nil where it builds no Dockerfile that the words tell.
    func dockerArguments(_ words: [ShellWord]) -> [ShellWord]? {
        switch self {
        case .depot: return words.dropFirst().first?.text == "build" ? Array(words.dropFirst(2)) : nil
        case .azure:
            return renamed(words.dropFirst(3), Self.azureNames) { !Self.azureSwitches.contains($0) }
        case .google:
            guard let submit = words.firstIndex(where: { $0.text == "submit" }) else { return nil }
            let rest = words[(submit + 1)...]
            let names = rest.map { Self.split($0).name }
            guard names.contains("--tag") || names.contains("-t") else { return nil }
            return renamed(rest, ["--tag": "--tag", "-t": "--tag"], defaultContext: ".") {
                !Self.googleSwitches.contains($0)
            }
        case .kaniko:
            return renamed(
                words.dropFirst(), Self.kanikoNames, context: ["--context", "-c"],
                defaultContext: "/workspace"
            ) { !Self.kanikoSwitches.contains($0) }
        case .buildctl:
            guard let build = words.firstIndex(where: { $0.text == "build" }) else { return nil }
            return Self.ofBuildctl(words[(build + 1)...])
        }
    }

    // MARK: - Options

    private static let azureNames = [
        "--image": "--tag", "-t": "--tag", "--file": "--file", "-f": "--file", "--build-arg": "--build-arg",
        "--target": "--target", "--platform": "--platform",
    ]
    private static let azureSwitches: Set<String> = [
        "--no-format", "--no-logs", "--no-push", "--no-wait", "--only-show-errors", "--debug", "--verbose",
    ]
    private static let googleSwitches: Set<String> = [
        "--async", "--no-cache", "--no-source", "--suppress-logs", "--quiet", "-q",
    ]
    private static let kanikoNames = [
        "--dockerfile": "--file", "-f": "--file", "--destination": "--tag", "-d": "--tag",
        "--build-arg": "--build-arg", "--target": "--target", "--custom-platform": "--platform",
        "--customPlatform": "--platform",
    ]
    private static let kanikoSwitches: Set<String> = [
        "--cache", "--cache-copy-layers", "--cache-run-layers", "--cleanup", "--force", "--ignore-var-run",
        "--insecure", "--insecure-pull", "--no-push", "--no-push-cache", "--reproducible",
        "--single-snapshot",
        "--skip-tls-verify", "--skip-tls-verify-pull", "--skip-unused-stages", "--use-new-run",
        "--whitelist-var-run", "--skip-push-permission-check", "--skip-default-registry-fallback",
    ]

    /// Options under docker's names; what docker has no name for is left out with its value.
    /// - Parameters:
    ///   - context: options whose value is the context.
    ///   - takesValue: whether the next word belongs to an option without `=`.
    private func renamed(
        _ words: some Collection<ShellWord>, _ names: [String: String], context: Set<String> = [],
        defaultContext: String? = nil, takesValue: (String) -> Bool
    ) -> [ShellWord] {
        var result: [ShellWord] = []
        var contextWord: ShellWord?
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            guard word.text.hasPrefix("-"), word.text != "-" else {
                // Kaniko takes none.
                if context.isEmpty { contextWord = word }
                continue
            }
            let (name, hasValue) = Self.split(word)
            var value: ShellWord?
            if hasValue {
                value = Self.dropping(name.count + 1, of: word)
            } else if takesValue(name) {
                value = rest.popFirst()
            }
            if self == .kaniko, name == "--cache" {
                result.append(word)
                continue
            }
            guard let value else { continue }
            if name == "--context-sub-path" {
                contextWord = ShellWord(text: "$_", parts: [.variable("_")], range: word.range)
                break
            }
            if context.contains(name) {
                contextWord = value.text.hasPrefix("dir://") ? Self.dropping(6, of: value) : value
            } else if let docker = names[name] {
                result += [ShellWord(text: docker, range: word.range), value]
            }
        }
        if let contextWord {
            result.append(contextWord)
        } else if let defaultContext, let last = words.map(\.range).max(by: { $0.upperBound < $1.upperBound })
        {
            result.append(ShellWord(text: defaultContext, range: last))
        }
        return result
    }

    private static func ofBuildctl(_ words: ArraySlice<ShellWord>) -> [ShellWord]? {
        var result: [ShellWord] = []
        var isDockerfile = false
        var context: ShellWord?
        var folder: ShellWord?
        var file: ShellWord?
        func add(_ option: String, _ value: ShellWord) {
            result += [ShellWord(text: option, range: value.range), value]
        }
        var rest = words
        while let word = rest.popFirst() {
            guard word.text.hasPrefix("-") else { continue }
            let (name, hasValue) = split(word)
            if name == "--no-cache" {
                result.append(word)
                continue
            }
            let given = hasValue ? dropping(name.count + 1, of: word) : rest.popFirst()
            guard let value = given else { break }
            /// What follows `key=`; nil for another key.
            func after(_ key: String) -> ShellWord? {
                let quote = value.text.hasPrefix("\"") ? 1 : 0
                return value.text.dropFirst(quote).hasPrefix(key)
                    ? dropping(key.count, of: value) : nil
            }
            switch name {
            case "--frontend": isDockerfile = ["dockerfile.v0", "gateway.v0"].contains(value.text)
            case "--local":
                if let found = after("context=") { context = found }
                if let found = after("dockerfile=") { folder = found }
            case "--opt":
                if let found = after("filename=") {
                    file = found
                } else if let found = after("target=") {
                    add("--target", found)
                } else if let found = after("platform=") {
                    add("--platform", found)
                } else if let found = after("build-arg:") {
                    add("--build-arg", found)
                } else if let found = after("context:") {
                    add("--build-context", found)
                } else if let found = after("no-cache=") {
                    if found.text.isEmpty {
                        result.append(ShellWord(text: "--no-cache", range: value.range))
                    } else {
                        add("--no-cache-filter", found)
                    }
                }
            case "--import-cache": add("--cache-from", value)
            case "--export-cache": add("--cache-to", value)
            case "--output", "-o": add("--output", value)
            default: break
            }
        }
        guard isDockerfile, let context else { return nil }
        if let folder {
            let name = file ?? ShellWord(text: "Dockerfile", range: folder.range)
            add(
                "--file",
                ShellWord(
                    text: "\(folder.text)/\(name.text)", parts: folder.parts + name.parts,
                    hasGlob: folder.hasGlob || name.hasGlob, range: name.range))
        }
        return result + [context]
    }

    private static func split(_ word: ShellWord) -> (name: String, hasValue: Bool) {
        let name = word.text.prefix { $0 != "=" }
        return (String(name), name.endIndex != word.text.endIndex)
    }

    /// The word without its first letters, which are literal.
    private static func dropping(_ count: Int, of word: ShellWord) -> ShellWord {
        let isQuoted = !word.isLiteral && word.text.hasPrefix("\"")
        let text = (isQuoted ? "\"" : "") + String(word.text.dropFirst(count + (isQuoted ? 1 : 0)))
        var parts = word.parts
        if case .literal(let first)? = parts.first {
            parts[0] = .literal(String(first.dropFirst(count)))
        }
        return ShellWord(text: text, parts: parts, hasGlob: word.hasGlob, range: word.range)
    }
}

extension StatedBuild {
    /// Reads what kaniko takes otherwise: /workspace is where CI services put the repository, and a Dockerfile that is not
    /// where it runs is below the context.
    mutating func heedKaniko(_ files: Snapshot) {
        func inRepository(_ text: String) -> String? {
            guard text == "/workspace" || text.hasPrefix("/workspace/") else { return nil }
            return Paths.resolve(String(text.dropFirst("/workspace".count).drop { $0 == "/" }), in: ".")
                ?? "."
        }
        if case .elsewhere(let text) = context, let folder = inRepository(text) {
            context = .directory(folder)
            if case .elsewhere(text) = dockerfile { dockerfile = .path(Paths.join(folder, "Dockerfile")) }
        }
        if case .elsewhere(let text) = dockerfile, let path = inRepository(text) { dockerfile = .path(path) }
        if case .path(let path) = dockerfile, files.kind(of: path) != .file, let folder = context.directory,
            let below = Paths.resolve(path, in: folder), files.kind(of: below) == .file
        {
            dockerfile = .path(below)
        }
    }
}
