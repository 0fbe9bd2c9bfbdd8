import Diagnostics
import SourceText

/// Takes the values of one YAML file apart; what is not of its type is an error with its place.
struct StrictYAML {
    /// As it is shown.
    let path: String

    func parse(_ bytes: [UInt8]) throws(ConfigurationError) -> YAML {
        do {
            return try YAML.parse(bytes)
        } catch {
            throw ConfigurationError(
                path: path, line: error.line, column: error.column, message: error.message)
        }
    }

    func mapping(_ yaml: YAML, _ name: String) throws(ConfigurationError) -> [(
        key: YAML, value: YAML
    )] {
        if yaml.isNull { return [] }
        guard let pairs = yaml.mapping else {
            throw error(yaml, "\(name) is a mapping, not \(yaml.typeName)")
        }
        return pairs
    }

    func sequence(_ yaml: YAML, _ name: String) throws(ConfigurationError) -> [YAML] {
        if yaml.isNull { return [] }
        guard let items = yaml.sequence else { throw error(yaml, "\(name) is a list, not \(yaml.typeName)") }
        return items
    }

    func string(_ yaml: YAML, _ name: String) throws(ConfigurationError) -> String {
        guard let text = yaml.string else { throw error(yaml, "\(name) is a text, not \(yaml.typeName)") }
        return text
    }

    func strings(_ yaml: YAML, _ name: String) throws(ConfigurationError) -> [String] {
        if let text = yaml.string { return [text] }
        var texts: [String] = []
        for item in try sequence(yaml, name) { texts.append(try string(item, name)) }
        return texts
    }

    /// A word that is none of those that there are, with the one that was probably meant.
    func unknown(_ yaml: YAML, _ kind: String, among known: [String]) -> ConfigurationError {
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

    func error(_ yaml: YAML, _ message: String) -> ConfigurationError {
        ConfigurationError(path: path, line: yaml.line, column: yaml.column, message: message)
    }
}
