import Catalogue
import Diagnostics
import Dockerfile

/// Reads a file of custom checks. A mistake is an error with its place, as in the configuration that names the file.
struct CustomCheckReader {
    private let values: StrictYAML
    private let vocabulary: LoadOptions.Vocabulary

    /// - Parameters:
    ///   - path: as it is shown.
    ///   - vocabulary: the names that conditions may use.
    init(path: String, vocabulary: LoadOptions.Vocabulary) {
        values = StrictYAML(path: path)
        self.vocabulary = vocabulary
    }

    /// - Parameter taken: ids that other checks have; those that are read here are added.
    func read(_ bytes: [UInt8], taken: inout Set<CheckID>) throws(ConfigurationError) -> [CustomCheck] {
        let yaml = try values.parse(bytes)
        var checks: [CustomCheck] = []
        for (key, value) in try values.mapping(yaml, "the file") {
            guard key.string == "checks" else { throw values.unknown(key, "key", among: ["checks"]) }
            for item in try values.sequence(value, "checks") {
                guard checks.count < Limits.customChecks else {
                    throw values.error(item, "more than \(Limits.customChecks) checks in one file")
                }
                let check = try check(item, taken: taken)
                taken.insert(check.id)
                checks.append(check)
            }
        }
        return checks
    }

    private static let keys = [
        "id", "title", "category", "severity", "cost", "match", "message", "why", "fix", "replace", "with",
        "page",
    ]

    private func check(_ yaml: YAML, taken: Set<CheckID>) throws(ConfigurationError) -> CustomCheck {
        let pairs = try values.mapping(yaml, "a check")
        for (key, _) in pairs where key.string.map(Self.keys.contains) != true {
            throw values.unknown(key, "key of a check", among: Self.keys)
        }
        let id = try self.id(try required("id", in: yaml), taken: taken)
        let title = try values.string(try required("title", in: yaml), "title")
        var replacement: CustomCheck.Replacement?
        if let old = yaml["replace"] {
            guard let new = yaml["with"] else { throw values.error(old, "replace needs a with beside it") }
            let text = try values.string(old, "replace")
            guard !text.isEmpty else { throw values.error(old, "replace is not empty") }
            replacement = CustomCheck.Replacement(
                old: text, new: new.isNull ? "" : try values.string(new, "with"))
        } else if let new = yaml["with"] {
            throw values.error(new, "with needs a replace beside it")
        }
        let page = try text("page", of: yaml)
        return CustomCheck(
            description: CheckDescription(
                id: id, title: title, category: try word("category", of: yaml) ?? .frontend,
                severity: try word("severity", of: yaml) ?? .warning,
                cost: try word("cost", of: yaml) ?? .none),
            page: page ?? "# \(id)\n\n\(title).\n\nDeclared in \(values.path).\n",
            rule: try rule(try required("match", in: yaml), depth: 0),
            message: try message(try required("message", in: yaml)),
            cost: try text("why", of: yaml) ?? "",
            fix: try text("fix", of: yaml), replacement: replacement)
    }

    private func required(_ key: String, in yaml: YAML) throws(ConfigurationError) -> YAML {
        guard let value = yaml[key] else { throw values.error(yaml, "a check needs \(key)") }
        return value
    }

    private func text(_ key: String, of yaml: YAML) throws(ConfigurationError) -> String? {
        guard let value = yaml[key] else { return nil }
        return try values.string(value, key)
    }

    private func id(_ yaml: YAML, taken: Set<CheckID>) throws(ConfigurationError) -> CheckID {
        let name = try values.string(yaml, "id")
        guard let id = CheckID(validating: name) else {
            throw values.error(yaml, "an id is of small letters, digits and -, such as our-index-only")
        }
        guard !taken.contains(id) else { throw values.error(yaml, "there is a check \(id) already") }
        return id
    }

    private func word<Value: RawRepresentable<String> & CaseIterable>(
        _ key: String, of yaml: YAML
    ) throws(ConfigurationError) -> Value? {
        guard let value = yaml[key] else { return nil }
        guard let known = value.string.flatMap(Value.init(rawValue:)) else {
            throw values.unknown(value, key, among: Value.allCases.map(\.rawValue))
        }
        return known
    }

    private func message(_ yaml: YAML) throws(ConfigurationError) -> MessageTemplate {
        let text = try values.string(yaml, "message")
        do {
            return try MessageTemplate(text)
        } catch {
            switch error {
            case .unbalanced:
                throw values.error(yaml, "a brace is open; {{ and }} stand for braces themselves")
            case .unknown(let name):
                let known = MessageTemplate.Placeholder.allCases.map { "{\($0.rawValue)}" }
                throw values.error(
                    yaml, "there is no placeholder {\(name)}; there is \(known.joined(separator: ", "))")
            }
        }
    }

    // MARK: - Conditions

    private static let conditions = [
        "instruction", "text", "flag", "stage", "final-stage", "image", "source", "destination", "user",
        "distribution", "mount", "command", "manager", "cached", "variable", "any", "not",
    ]

    /// All conditions of a mapping together.
    private func rule(_ yaml: YAML, depth: Int) throws(ConfigurationError) -> StepRule {
        guard depth <= Limits.customRuleDepth else {
            throw values.error(yaml, "conditions nest more than \(Limits.customRuleDepth) levels deep")
        }
        var rules: [StepRule] = []
        for (key, value) in try values.mapping(yaml, "a match") {
            guard let name = key.string, Self.conditions.contains(name) else {
                throw values.unknown(key, "condition", among: Self.conditions)
            }
            rules.append(try condition(name, value, depth: depth))
        }
        guard !rules.isEmpty else { throw values.error(yaml, "a match needs a condition") }
        return rules.count == 1 ? rules[0] : .all(rules)
    }

    private func condition(_ name: String, _ yaml: YAML, depth: Int) throws(ConfigurationError) -> StepRule {
        switch name {
        case "instruction": return .instruction(try keywords(yaml))
        case "text": return .text(try patterns(yaml, name))
        case "flag": return .flag(try patterns(yaml, name))
        case "stage": return .stage(try patterns(yaml, name))
        case "final-stage": return .finalStage(try bool(yaml, name))
        case "image": return .image(try patterns(yaml, name))
        case "source": return .source(try patterns(yaml, name))
        case "destination": return .destination(try patterns(yaml, name))
        case "user":
            let user = try words(yaml, name, among: ["root", "other"])
            return user.count == 2 ? .any([.isRoot(true), .isRoot(false)]) : .isRoot(user.contains("root"))
        case "distribution": return .distribution(try words(yaml, name, among: vocabulary.distributions))
        case "mount": return .mount(try mount(yaml))
        case "command": return .command(try commands(yaml))
        case "manager": return .manager(try words(yaml, name, among: vocabulary.managers))
        case "cached": return .cached(try bool(yaml, name))
        case "variable": return try variable(yaml)
        case "any":
            var rules: [StepRule] = []
            for item in try values.sequence(yaml, name) { rules.append(try rule(item, depth: depth + 1)) }
            return .any(rules)
        default: return .not(try rule(yaml, depth: depth + 1))
        }
    }

    private func keywords(_ yaml: YAML) throws(ConfigurationError) -> Set<Keyword> {
        let known = Keyword.allCases.filter { $0 != .unknown }.map { $0.rawValue.uppercased() }
        return Set(
            try words(yaml, "instruction", among: known).compactMap { Keyword(rawValue: $0.lowercased()) })
    }

    /// `--mount`'s own words: `{ type: cache, target: "/root/*" }`.
    private func mount(_ yaml: YAML) throws(ConfigurationError) -> [StepRule.MountPattern] {
        var fields: [StepRule.MountPattern] = []
        for (key, value) in try values.mapping(yaml, "mount") {
            guard let field = key.string.flatMap(StepRule.MountPattern.Field.init(rawValue:)) else {
                throw values.unknown(
                    key, "option of a mount", among: StepRule.MountPattern.Field.allCases.map(\.rawValue))
            }
            fields.append(StepRule.MountPattern(field: field, patterns: try patterns(value, field.rawValue)))
        }
        return fields
    }

    /// `curl -k`: the program, then words that the command has.
    private func commands(_ yaml: YAML) throws(ConfigurationError) -> [StepRule.CommandPattern] {
        var commands: [StepRule.CommandPattern] = []
        for item in yaml.sequence ?? [yaml] {
            var words: [TextPattern] = []
            for word in try values.string(item, "command").split(separator: " ") {
                words.append(try pattern(String(word), item))
            }
            guard let program = words.first else { throw values.error(item, "a command names a program") }
            commands.append(StepRule.CommandPattern(program: program, words: Array(words.dropFirst())))
        }
        return commands
    }

    /// `NAME`, or `NAME=pattern`.
    private func variable(_ yaml: YAML) throws(ConfigurationError) -> StepRule {
        let text = try values.string(yaml, "variable")
        guard let equals = text.firstIndex(of: "=") else { return .variable(name: text, []) }
        return .variable(
            name: String(text[..<equals]), [try pattern(String(text[text.index(after: equals)...]), yaml)])
    }

    private func patterns(_ yaml: YAML, _ name: String) throws(ConfigurationError) -> [TextPattern] {
        var patterns: [TextPattern] = []
        for text in try values.strings(yaml, name) { patterns.append(try pattern(text, yaml)) }
        guard !patterns.isEmpty else { throw values.error(yaml, "\(name) needs a pattern") }
        return patterns
    }

    private func pattern(_ text: String, _ yaml: YAML) throws(ConfigurationError) -> TextPattern {
        guard let pattern = TextPattern(text) else {
            throw values.error(yaml, "a pattern has more than \(Limits.customPatternBytes) bytes")
        }
        return pattern
    }

    private func words(
        _ yaml: YAML, _ name: String, among known: [String]
    ) throws(ConfigurationError) -> Set<String> {
        var words: Set<String> = []
        for item in yaml.sequence ?? [yaml] {
            guard let word = item.string, known.contains(word) else {
                throw values.unknown(item, name, among: known)
            }
            words.insert(word)
        }
        return words
    }

    private func bool(_ yaml: YAML, _ name: String) throws(ConfigurationError) -> Bool {
        guard let value = yaml.bool else { throw values.error(yaml, "\(name) is true or false") }
        return value
    }
}
