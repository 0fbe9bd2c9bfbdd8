import Diagnostics
import SourceText

/// A value of a YAML file, with its place. Aliases are resolved and merge keys (`<<`) applied.
struct YAML: Sendable {
    indirect enum Value: Sendable {
        case scalar(String, Style)
        case sequence([YAML])
        case mapping(Mapping)
    }

    enum Style: Sendable {
        case plain, quoted, literal, folded
    }

    /// The members of a mapping in the order of the file; what a merge key adds comes last.
    struct Mapping: Sendable {
        let pairs: [(key: YAML, value: YAML)]
        /// Where each key is; empty as long as looking at all of them is as fast.
        private let indices: [String: Int]

        private static let fewKeys = 8

        /// - Parameter pairs: of two with one key the first holds.
        init(_ pairs: [(key: YAML, value: YAML)]) {
            self.pairs = pairs
            var indices: [String: Int] = [:]
            if pairs.count > Self.fewKeys {
                indices.reserveCapacity(pairs.count)
                for (index, pair) in pairs.enumerated() {
                    if let name = pair.key.string, indices[name] == nil { indices[name] = index }
                }
            }
            self.indices = indices
        }

        subscript(key: String) -> YAML? { index(of: key).map { pairs[$0].value } }

        func index(of key: String) -> Int? {
            pairs.count > Self.fewKeys ? indices[key] : pairs.firstIndex { $0.key.string == key }
        }
    }

    let value: Value
    /// `!reset`, `!reference` …; empty where there is none.
    let tag: String
    /// From 1.
    let line: Int
    /// From 1, in Unicode code points.
    let column: Int
    /// Of its first byte in the file, an anchor and a tag included; for an alias that of what it stands for.
    let offset: Int
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
        if case .mapping(let mapping) = value { mapping.pairs } else { nil }
    }

    subscript(key: String) -> YAML? {
        if case .mapping(let mapping) = value { mapping[key] } else { nil }
    }

    /// The key of a mapping as it stands in the file.
    func key(_ name: String) -> YAML? {
        guard case .mapping(let mapping) = value else { return nil }
        return mapping.index(of: name).map { mapping.pairs[$0].key }
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
