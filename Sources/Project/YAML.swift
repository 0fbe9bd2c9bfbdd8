internal import Diagnostics
internal import SourceText
internal import Yams

/// A value of a YAML file, with its place. Aliases are resolved and merge keys (`<<`) applied.
struct YAML: Sendable {
    indirect enum Value: Sendable {
        case scalar(String, Style)
        case sequence([YAML])
        /// In the order of the file; what a merge key adds comes last.
        case mapping([(key: YAML, value: YAML)])
    }

    enum Style: Sendable {
        case plain, quoted, literal, folded
    }

    let value: Value
    /// `!reset`, `!reference` …; empty where there is none.
    let tag: String
    /// From 1.
    let line: Int
    /// From 1, in Unicode code points.
    let column: Int
}

/// Why a file is no YAML that we read.
struct YAMLError: Error, Hashable {
    let message: String
    let line: Int
    let column: Int
}

// MARK: - Reading

extension YAML {
    /// Whether the value is absent: nothing, `~` or `null`.
    var isNull: Bool {
        if case .scalar(let text, .plain) = value {
            ["", "~", "null", "Null", "NULL"].contains(text)
        } else {
            false
        }
    }

    /// The text of a scalar that is not null, numbers and booleans as they are written.
    var string: String? {
        if case .scalar(let text, _) = value, !isNull { text } else { nil }
    }

    /// A plain `true` or `false` (YAML 1.2), or one of the words that YAML 1.1 adds.
    var bool: Bool? {
        guard case .scalar(let text, .plain) = value else { return nil }
        return switch text.lowercased() {
        case "true", "yes", "on": true
        case "false", "no", "off": false
        default: nil
        }
    }

    var sequence: [YAML]? {
        if case .sequence(let items) = value { items } else { nil }
    }

    var mapping: [(key: YAML, value: YAML)]? {
        if case .mapping(let pairs) = value { pairs } else { nil }
    }

    subscript(key: String) -> YAML? {
        mapping?.first { $0.key.string == key }?.value
    }

    /// What it is, in a message.
    var typeName: String {
        switch value {
        case .scalar: isNull ? "nothing" : "a single value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

// MARK: - Parsing

extension YAML {
    /// Reads the first document of a file.
    /// - Throws: for what is no YAML, and for more than `Limits` allow.
    static func parse(_ bytes: [UInt8]) throws(YAMLError) -> YAML {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw YAMLError(message: "not valid UTF-8", line: 1, column: 1)
        }
        if hasAliasInKey(bytes) {
            throw YAMLError(message: "an alias (*name) inside of a key is not supported", line: 1, column: 1)
        }
        let node: Node?
        do {
            node = try Yams.Parser(yaml: text, encoding: .utf8).nextRoot()
        } catch let error as YamlError {
            throw YAMLError(error)
        } catch {
            throw YAMLError(message: "\(error)", line: 1, column: 1)
        }
        guard let node else { return YAML(value: .scalar("", .plain), tag: "", line: 1, column: 1) }
        var budget = Limits.yamlNodes
        return try YAML(node, budget: &budget, depth: 0)
    }

    /// The nodes of an alias are shared, so that a few lines can stand for billions of values: each visit counts.
    private init(_ node: Node, budget: inout Int, depth: Int) throws(YAMLError) {
        let line = node.mark?.line ?? 1
        let column = node.mark?.column ?? 1
        budget -= 1
        guard budget >= 0 else {
            throw YAMLError(
                message: "more than \(Limits.yamlNodes) values (aliases count each time they are used)",
                line: line,
                column: column)
        }
        guard depth <= Limits.yamlDepth else {
            throw YAMLError(
                message: "nested more than \(Limits.yamlDepth) levels deep", line: line, column: column)
        }
        let value: Value
        let tag: Tag
        switch node {
        case .scalar(let scalar):
            let style: Style =
                switch scalar.style {
                case .literal: .literal
                case .folded: .folded
                case .singleQuoted, .doubleQuoted: .quoted
                case .any, .plain: .plain
                }
            value = .scalar(scalar.string, style)
            tag = scalar.tag
        case .sequence(let nodes):
            var items: [YAML] = []
            for node in nodes { items.append(try YAML(node, budget: &budget, depth: depth + 1)) }
            value = .sequence(items)
            tag = nodes.tag
        case .mapping(let nodes):
            value = .mapping(try Self.pairs(nodes, budget: &budget, depth: depth))
            tag = nodes.tag
        case .alias:
            throw YAMLError(message: "an alias that is not resolved", line: line, column: column)
        }
        let name = tag.rawValue
        self.init(
            value: value, tag: name.hasPrefix("tag:yaml.org") || name == "!" ? "" : name, line: line,
            column: column)
    }

    private static func pairs(
        _ nodes: Node.Mapping, budget: inout Int, depth: Int
    ) throws(YAMLError) -> [(key: YAML, value: YAML)] {
        var pairs: [(key: YAML, value: YAML)] = []
        var merged: [(key: YAML, value: YAML)] = []
        for (key, value) in nodes {
            let key = try YAML(key, budget: &budget, depth: depth + 1)
            let value = try YAML(value, budget: &budget, depth: depth + 1)
            if case .scalar("<<", .plain) = key.value {
                for source in value.sequence ?? [value] { merged += source.mapping ?? [] }
            } else {
                pairs.append((key, value))
            }
        }
        if merged.isEmpty { return pairs }
        var known = Set(pairs.compactMap { $0.key.string })
        for pair in merged {
            if let name = pair.key.string, !known.insert(name).inserted { continue }
            pairs.append(pair)
        }
        return pairs
    }

    /// Yams hashes keys to find double ones, and would unfold all that an alias in a key stands for.
    private static func hasAliasInKey(_ bytes: [UInt8]) -> Bool {
        var hasAlias = false
        var hasSuspect = false
        var lineStart = true
        for index in bytes.indices {
            let byte = bytes[index]
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0x0A
            switch byte {
            case UInt8(ascii: "*"):
                let before = index > 0 ? bytes[index - 1] : 0x0A
                guard
                    before <= 0x20 || before == UInt8(ascii: "[") || before == UInt8(ascii: ",")
                        || before == UInt8(ascii: "{") || before == UInt8(ascii: ":"), next > 0x20
                else { break }
                hasAlias = true
                // `*name :` or `*name:`
                var end = index + 1
                while end < bytes.count, bytes[end] > 0x20, !",[]{}".utf8.contains(bytes[end]) { end += 1 }
                if bytes[end - 1] == UInt8(ascii: ":") { hasSuspect = true }
                while end < bytes.count, bytes[end] == 0x20 || bytes[end] == 0x09 { end += 1 }
                if end < bytes.count, bytes[end] == UInt8(ascii: ":") { hasSuspect = true }
            case UInt8(ascii: "?"):
                if lineStart, next <= 0x20 { hasSuspect = true }
            case UInt8(ascii: ":"):
                var before = index - 1
                while before >= 0, bytes[before] == 0x20 { before -= 1 }
                if next <= 0x20, before >= 0,
                    bytes[before] == UInt8(ascii: "]") || bytes[before] == UInt8(ascii: "}")
                {
                    hasSuspect = true
                }
            default: break
            }
            if byte == 0x0A {
                lineStart = true
            } else if byte != 0x20, byte != UInt8(ascii: "-") && byte != UInt8(ascii: "{") {
                lineStart = false
            }
            if hasAlias, hasSuspect { return true }
        }
        return false
    }
}

extension YAMLError {
    fileprivate init(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            self.init(
                message: [context.map(\.text), problem].compactMap { $0 }.joined(separator: ": "),
                line: mark.line, column: mark.column)
        case .reader(let problem, let offset, _, let yaml):
            let place = SourceText(path: "", text: yaml).position(at: offset ?? 0)
            self.init(message: problem, line: place.line, column: place.column)
        case .duplicatedKeysInMapping(let keys, let context):
            self.init(
                message: "the key \(keys.joined(separator: ", ")) stands here twice", line: context.mark.line,
                column: context.mark.column)
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            self.init(message: "cannot be read", line: 1, column: 1)
        }
    }
}
