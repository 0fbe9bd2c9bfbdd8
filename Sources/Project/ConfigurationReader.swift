import Diagnostics
import Repository
import SourceText

/// Reads `.clm-doctor.yaml`. A mistake is an error, never passed over: a configuration that does not do what it says
/// would hide findings.
struct ConfigurationReader {
    /// The name at the root of a project.
    static let fileName = ".clm-doctor.yaml"

    private let path: String
    let values: StrictYAML
    /// Those of the project: paths are relative to its root.
    private let files: Snapshot
    private let vocabulary: LoadOptions.Vocabulary
    private let readsCustomChecks: Bool
    /// Those of the repository's own are added while it is read.
    private var knownChecks: [CheckID: [LoadOptions.KnownParameter]]?

    private let checksOfCategory: @Sendable (String) -> [CheckID]

    /// - Parameter path: as it is shown.
    init(path: String, files: Snapshot, options: LoadOptions) {
        self.path = path
        values = StrictYAML(path: path)
        self.files = files
        vocabulary = options.vocabulary
        readsCustomChecks = options.readsCustomChecks
        knownChecks = options.knownChecks()
        checksOfCategory = options.checksOfCategory
    }

    mutating func read(_ bytes: [UInt8]) throws(ConfigurationError) -> (Configuration, [StatedBuild]) {
        var configuration = Configuration()
        configuration.path = path
        let yaml = try values.parse(bytes)
        if yaml.isNull { return (configuration, []) }
        var builds: [StatedBuild] = []
        if readsCustomChecks, let files = yaml["custom-checks"] {
            configuration.customChecks = try readCustomChecks(files)
        }
        for (key, value) in try values.mapping(yaml, "the configuration") {
            switch key.string {
            case "custom-checks": break
            case "check-programs": configuration.checkProgramLine = key.line
            case "checks": try readChecks(value, into: &configuration)
            case "ignore": configuration.ignoredPaths = try values.strings(value, "ignore")
            case "include": configuration.includedPaths = try values.strings(value, "include")
            case "builds":
                for build in try values.sequence(value, "builds") { builds.append(try readBuild(build)) }
            case "fail-on":
                configuration.failOn = FailureThreshold(
                    rawValue: try word(value, "severity", among: FailureThreshold.allCases.map(\.rawValue)))
            case "format": configuration.format = try word(value, "format", among: vocabulary.formats)
            case "baseline": configuration.baseline = try readBaseline(value)
            default:
                throw values.unknown(
                    key, "key",
                    among: [
                        "checks", "ignore", "include", "builds", "fail-on", "format", "baseline",
                        "custom-checks", "check-programs",
                    ])
            }
        }
        return (configuration, builds)
    }

    /// One of the words that a key takes; any, where none are known.
    private func word(_ yaml: YAML, _ noun: String, among words: [String]) throws(ConfigurationError)
        -> String
    {
        guard let text = yaml.string, words.isEmpty || words.contains(text) else {
            throw values.unknown(yaml, noun, among: words)
        }
        return text
    }

    /// `--update-baseline` writes this file, which must not become one of git's own.
    private func readBaseline(_ yaml: YAML) throws(ConfigurationError) -> String {
        let name = try values.string(yaml, "baseline")
        guard !name.hasPrefix("/"), let file = Paths.resolve(name, in: "."), file != ".",
            !file.lowercased().split(separator: "/").contains(".git")
        else { throw values.error(yaml, "baseline is a file in the repository, relative to its root") }
        return file
    }

    // MARK: - Checks

    private mutating func readCustomChecks(_ yaml: YAML) throws(ConfigurationError) -> [CustomCheck] {
        var checks: [CustomCheck] = []
        var taken = Set((knownChecks ?? [:]).keys)
        let items = yaml.sequence ?? [yaml]
        guard items.count <= Limits.customCheckFiles else {
            throw values.error(yaml, "more than \(Limits.customCheckFiles) files of custom checks")
        }
        for item in items {
            let name = try values.string(item, "custom-checks")
            guard let file = Paths.resolve(name, in: ".") else {
                throw values.error(item, "\(name) is not in the repository")
            }
            let bytes: [UInt8]
            do {
                bytes = try files.read(file, limit: Limits.textFileBytes)
            } catch {
                throw values.error(item, "\(name) \(error.text)")
            }
            checks += try CustomCheckReader(path: file, vocabulary: vocabulary).read(bytes, taken: &taken)
        }
        for check in checks where knownChecks != nil { knownChecks?[check.id] = [] }
        return checks
    }

    func readChecks(_ yaml: YAML, into configuration: inout Configuration) throws(ConfigurationError) {
        let mapping = try values.mapping(yaml, "checks")
        var isCategory: Set<String> = []
        // What is said of a check holds against what is said of its category, in whichever order.
        for (key, value) in mapping {
            guard let name = key.string, let knownChecks, knownChecks[CheckID(name)] == nil else { continue }
            let checks = checksOfCategory(name)
            guard !checks.isEmpty else { continue }
            isCategory.insert(name)
            if let isOn = value.bool {
                for check in checks { configuration.enabled[check] = isOn }
            } else if let severity = value.string.flatMap(Severity.init(rawValue:)) {
                for check in checks { configuration.severities[check] = severity }
            } else {
                throw values.error(value, "the category \(name) is on, off, or a severity")
            }
        }
        for (key, value) in mapping where !isCategory.contains(key.string ?? "") {
            guard let name = key.string else { throw values.error(key, "a check's id is a text") }
            let check = CheckID(name)
            if let knownChecks, knownChecks[check] == nil {
                throw values.unknown(key, "check", among: knownChecks.keys.map(\.name).sorted())
            }
            if let isOn = value.bool {
                configuration.enabled[check] = isOn
            } else if value.mapping != nil {
                try readCheck(check, value, into: &configuration)
            } else if let severity = value.string.flatMap(Severity.init(rawValue:)) {
                configuration.enabled[check] = true
                configuration.severities[check] = severity
            } else if value.string != nil {
                throw values.unknown(
                    value, "setting", among: ["on", "off"] + Severity.allCases.map(\.rawValue))
            } else {
                throw values.error(
                    value, "\(name) is on, off, a severity, or a mapping, not \(value.typeName)")
            }
        }
    }

    private func readCheck(
        _ check: CheckID, _ yaml: YAML, into configuration: inout Configuration
    ) throws(ConfigurationError) {
        let parameters = knownChecks?[check]
        for (key, value) in try values.mapping(yaml, check.name) {
            switch key.string {
            case "enabled":
                guard let isOn = value.bool else { throw values.error(value, "enabled is true or false") }
                configuration.enabled[check] = isOn
            case "fix":
                guard let isFixed = value.bool else { throw values.error(value, "fix is true or false") }
                if !isFixed { configuration.unfixed.insert(check) }
            case "severity":
                guard let severity = value.string.flatMap(Severity.init(rawValue:)) else {
                    throw values.unknown(value, "severity", among: Severity.allCases.map(\.rawValue))
                }
                configuration.severities[check] = severity
            case let name?:
                let text = try parameterText(value, name)
                if let parameters {
                    guard let parameter = parameters.first(where: { $0.name == name }) else {
                        throw values.unknown(
                            key, "parameter of \(check)",
                            among: ["enabled", "severity", "fix"] + parameters.map(\.name))
                    }
                    if let expected = parameter.problem(text) {
                        throw values.error(value, "\(name) is \(expected), not \"\(text)\"")
                    }
                }
                configuration.parameters[check, default: [:]][name] = text
            case nil: throw values.error(key, "a parameter's name is a text")
            }
        }
    }

    /// A list becomes one text with commas.
    private func parameterText(_ yaml: YAML, _ name: String) throws(ConfigurationError) -> String {
        if yaml.sequence != nil { return try values.strings(yaml, name).joined(separator: ",") }
        if let text = yaml.string { return text }
        throw values.error(yaml, "\(name) is a value or a list, not \(yaml.typeName)")
    }

    // MARK: - Builds

    private static let buildKeys = [
        "name", "dockerfile", "context", "target", "args", "platforms", "contexts", "no-cache", "cache-from",
        "cache-to",
    ]

    private func readBuild(_ yaml: YAML) throws(ConfigurationError) -> StatedBuild {
        var context = "."
        var dockerfile: String?
        var build = StatedBuild(
            dockerfile: .path("Dockerfile"), context: .directory("."),
            statement: Statement(kind: .config, path: path, line: yaml.line))
        for (key, value) in try values.mapping(yaml, "a build") {
            guard let name = key.string, Self.buildKeys.contains(name) else {
                throw values.unknown(key, "key of a build", among: Self.buildKeys)
            }
            switch name {
            case "name": build.name = try values.string(value, name)
            case "dockerfile": dockerfile = try values.string(value, name)
            case "context": context = try values.string(value, name)
            case "target": build.target = try values.string(value, name)
            case "args":
                for (key, value) in try values.mapping(value, name) {
                    let argument = try values.string(key, "an argument's name")
                    build.args[argument] = .some(value.isNull ? nil : try values.string(value, argument))
                }
            case "platforms": build.platforms = try values.strings(value, name)
            case "contexts":
                for (key, value) in try values.mapping(value, name) {
                    build.namedContexts[try values.string(key, "a context's name")] = BuildSource(
                        try values.string(value, name), in: ".", root: files.root)
                }
            case "no-cache":
                guard let isOn = value.bool else { throw values.error(value, "no-cache is true or false") }
                build.noCache = isOn
            case "cache-from": build.cacheFrom = try values.strings(value, name)
            default: build.cacheTo = try values.strings(value, name)
            }
        }
        build.context = BuildSource(context, in: ".", root: files.root)
        // Unlike in compose, all paths of this file are relative to the root.
        let file: String?
        if let dockerfile {
            file = Paths.resolve(dockerfile, in: ".")
        } else {
            file = build.context.directory.map { Paths.join($0, "Dockerfile") }
        }
        guard let file else {
            throw values.error(yaml, "dockerfile is a path in the repository, relative to its root")
        }
        build.dockerfile = .path(file)
        return build
    }
}
