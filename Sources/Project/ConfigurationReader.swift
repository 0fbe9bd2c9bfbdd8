import Diagnostics
import SourceText

/// Reads `.clm-doctor.yaml`. A mistake is an error, never passed over: a configuration that does not do what it says
/// would hide findings.
struct ConfigurationReader {
    /// The name at the root of a project.
    static let fileName = ".clm-doctor.yaml"

    private let path: String
    private let root: String
    private let knownChecks: [CheckID: [LoadOptions.KnownParameter]]?

    /// - Parameter path: as it is shown.
    init(path: String, root: String, knownChecks: [CheckID: [LoadOptions.KnownParameter]]?) {
        self.path = path
        self.root = root
        self.knownChecks = knownChecks
    }

    func read(_ bytes: [UInt8]) throws(ConfigurationError) -> (Configuration, [StatedBuild]) {
        var configuration = Configuration()
        configuration.path = path
        let yaml: YAML
        do {
            yaml = try YAML.parse(bytes)
        } catch {
            throw ConfigurationError(
                path: path, line: error.line, column: error.column, message: error.message)
        }
        if yaml.isNull { return (configuration, []) }
        var builds: [StatedBuild] = []
        for (key, value) in try mapping(yaml, "the configuration") {
            switch key.string {
            case "checks": try readChecks(value, into: &configuration)
            case "ignore": configuration.ignoredPaths = try strings(value, "ignore")
            case "include": configuration.includedPaths = try strings(value, "include")
            case "builds":
                for build in try sequence(value, "builds") { builds.append(try readBuild(build)) }
            default: throw unknown(key, "key", among: ["checks", "ignore", "include", "builds"])
            }
        }
        return (configuration, builds)
    }

    // MARK: - Checks

    private func readChecks(_ yaml: YAML, into configuration: inout Configuration) throws(ConfigurationError)
    {
        for (key, value) in try mapping(yaml, "checks") {
            guard let name = key.string else { throw error(key, "a check's id is a text") }
            let check = CheckID(name)
            if let knownChecks, knownChecks[check] == nil {
                throw unknown(key, "check", among: knownChecks.keys.map(\.name).sorted())
            }
            if let isOn = value.bool {
                configuration.enabled[check] = isOn
            } else if value.mapping != nil {
                try readCheck(check, value, into: &configuration)
            } else if let severity = value.string.flatMap(Severity.init(rawValue:)) {
                configuration.enabled[check] = true
                configuration.severities[check] = severity
            } else if value.string != nil {
                throw unknown(value, "setting", among: ["on", "off"] + Severity.allCases.map(\.rawValue))
            } else {
                throw error(value, "\(name) is on, off, a severity, or a mapping, not \(value.typeName)")
            }
        }
    }

    private func readCheck(
        _ check: CheckID, _ yaml: YAML, into configuration: inout Configuration
    ) throws(ConfigurationError) {
        let parameters = knownChecks?[check]
        for (key, value) in try mapping(yaml, check.name) {
            switch key.string {
            case "enabled":
                guard let isOn = value.bool else { throw error(value, "enabled is true or false") }
                configuration.enabled[check] = isOn
            case "fix":
                guard let isFixed = value.bool else { throw error(value, "fix is true or false") }
                if !isFixed { configuration.unfixed.insert(check) }
            case "severity":
                guard let severity = value.string.flatMap(Severity.init(rawValue:)) else {
                    throw unknown(value, "severity", among: Severity.allCases.map(\.rawValue))
                }
                configuration.severities[check] = severity
            case let name?:
                let text = try parameterText(value, name)
                if let parameters {
                    guard let parameter = parameters.first(where: { $0.name == name }) else {
                        throw unknown(
                            key, "parameter of \(check)",
                            among: ["enabled", "severity", "fix"] + parameters.map(\.name))
                    }
                    if let expected = parameter.problem(text) {
                        throw error(value, "\(name) is \(expected), not \"\(text)\"")
                    }
                }
                configuration.parameters[check, default: [:]][name] = text
            case nil: throw error(key, "a parameter's name is a text")
            }
        }
    }

    /// A list becomes one text with commas.
    private func parameterText(_ yaml: YAML, _ name: String) throws(ConfigurationError) -> String {
        if yaml.sequence != nil { return try strings(yaml, name).joined(separator: ",") }
        if let text = yaml.string { return text }
        throw error(yaml, "\(name) is a value or a list, not \(yaml.typeName)")
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
        for (key, value) in try mapping(yaml, "a build") {
            guard let name = key.string, Self.buildKeys.contains(name) else {
                throw unknown(key, "key of a build", among: Self.buildKeys)
            }
            switch name {
            case "name": build.name = try string(value, name)
            case "dockerfile": dockerfile = try string(value, name)
            case "context": context = try string(value, name)
            case "target": build.target = try string(value, name)
            case "args":
                for (key, value) in try mapping(value, name) {
                    let argument = try string(key, "an argument's name")
                    build.args[argument] = .some(value.isNull ? nil : try string(value, argument))
                }
            case "platforms": build.platforms = try strings(value, name)
            case "contexts":
                for (key, value) in try mapping(value, name) {
                    build.namedContexts[try string(key, "a context's name")] = BuildSource(
                        try string(value, name), in: ".", root: root)
                }
            case "no-cache":
                guard let isOn = value.bool else { throw error(value, "no-cache is true or false") }
                build.noCache = isOn
            case "cache-from": build.cacheFrom = try strings(value, name)
            default: build.cacheTo = try strings(value, name)
            }
        }
        build.context = BuildSource(context, in: ".", root: root)
        // Unlike in compose, all paths of this file are relative to the root.
        let file: String?
        if let dockerfile {
            file = Paths.resolve(dockerfile, in: ".")
        } else {
            file = build.context.directory.map { Paths.join($0, "Dockerfile") }
        }
        guard let file else {
            throw error(yaml, "dockerfile is a path in the repository, relative to its root")
        }
        build.dockerfile = .path(file)
        return build
    }

    // MARK: - Values

    private func mapping(_ yaml: YAML, _ name: String) throws(ConfigurationError) -> [(
        key: YAML, value: YAML
    )] {
        if yaml.isNull { return [] }
        guard let pairs = yaml.mapping else {
            throw error(yaml, "\(name) is a mapping, not \(yaml.typeName)")
        }
        return pairs
    }

    private func sequence(_ yaml: YAML, _ name: String) throws(ConfigurationError) -> [YAML] {
        if yaml.isNull { return [] }
        guard let items = yaml.sequence else { throw error(yaml, "\(name) is a list, not \(yaml.typeName)") }
        return items
    }

    private func string(_ yaml: YAML, _ name: String) throws(ConfigurationError) -> String {
        guard let text = yaml.string else { throw error(yaml, "\(name) is a text, not \(yaml.typeName)") }
        return text
    }

    private func strings(_ yaml: YAML, _ name: String) throws(ConfigurationError) -> [String] {
        if let text = yaml.string { return [text] }
        var texts: [String] = []
        for item in try sequence(yaml, name) { texts.append(try string(item, name)) }
        return texts
    }

    private func unknown(_ yaml: YAML, _ kind: String, among known: [String]) -> ConfigurationError {
        guard let word = yaml.string else { return error(yaml, "a \(kind) is a text, not \(yaml.typeName)") }
        let remedy =
            if let match = closestMatch(to: word, among: known) {
                "did you mean \(match)?"
            } else if known.count <= 12 {
                "there is \(known.joined(separator: ", "))"
            } else {
                "`clm-doctor checks` lists them"
            }
        return error(yaml, "unknown \(kind) \"\(word)\"; \(remedy)")
    }

    private func error(_ yaml: YAML, _ message: String) -> ConfigurationError {
        ConfigurationError(path: path, line: yaml.line, column: yaml.column, message: message)
    }
}
