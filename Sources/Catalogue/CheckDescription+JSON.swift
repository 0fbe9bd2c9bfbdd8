import Diagnostics
import JSON

extension CheckDescription {
    private static let keys = [
        "title", "category", "severity", "cost", "enabled", "listed", "tags", "aliases", "options",
    ]

    /// Reads `check.json`.
    init(id: CheckID, json text: String) throws(CatalogueError) {
        let root: JSON.Object
        do {
            guard let object = try JSON.parse(text).object else {
                throw CatalogueError(id: id, message: "it is no object")
            }
            root = object
        } catch let error as JSONError {
            throw CatalogueError(id: id, message: "\(error)")
        } catch let error as CatalogueError {
            throw error
        } catch {
            throw CatalogueError(id: id, message: "\(error)")
        }
        try self.init(id: id, members: root)
    }

    /// - Parameter root: the members of `check.json`.
    init(id: CheckID, members root: JSON.Object) throws(CatalogueError) {
        if let unknown = root.keys.first(where: { !Self.keys.contains($0) }) {
            throw CatalogueError(id: id, message: "\"\(unknown)\" is no key of it")
        }
        guard let title = root["title"]?.string, !title.isEmpty else {
            throw CatalogueError(id: id, message: "\"title\" is missing")
        }
        var options: [OptionDeclaration] = []
        for name in root["options"]?.object?.keys ?? [] {
            guard let option = root["options"]?[name], let summary = option["summary"]?.string,
                let value = OptionValue(option["default"])
            else {
                throw CatalogueError(id: id, message: "the option \"\(name)\" needs a summary and a default")
            }
            let least = option["minimum"]?.integer ?? 0
            let most = option["maximum"]?.integer ?? Limits.checkOption
            guard least <= most, most <= Limits.checkOption, value.isWithin(least...most) else {
                throw CatalogueError(
                    id: id, message: "the option \"\(name)\" has a minimum or maximum that cannot be")
            }
            options.append(
                OptionDeclaration(name: name, summary: summary, defaultValue: value, bounds: least...most))
        }
        func flag(_ key: String) throws(CatalogueError) -> Bool {
            guard let written = root[key] else { return true }
            guard let value = written.bool else {
                throw CatalogueError(id: id, message: "\"\(key)\" is true or false")
            }
            return value
        }
        self.init(
            id: id, title: title, category: try Self.value("category", of: root, id: id),
            severity: try Self.value("severity", of: root, id: id),
            cost: try Self.value("cost", of: root, id: id), isEnabled: try flag("enabled"),
            isListed: try flag("listed"),
            tags: root["tags"]?.array?.compactMap(\.string) ?? [],
            aliases: root["aliases"]?.array?.compactMap(\.string) ?? [], options: options)
    }

    private static func value<Value: RawRepresentable<String> & CaseIterable>(
        _ key: String, of object: JSON.Object, id: CheckID
    ) throws(CatalogueError) -> Value {
        guard let value = object[key]?.string.flatMap(Value.init(rawValue:)) else {
            let values = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw CatalogueError(id: id, message: "\"\(key)\" is not one of \(values)")
        }
        return value
    }

    /// Whether a name is one of the aliases, with or without its tool.
    func answers(to name: String) -> Bool {
        aliases.contains { $0 == name || $0.hasSuffix(":" + name) }
    }
}

extension OptionValue {
    fileprivate init?(_ json: JSON?) {
        switch json {
        case .bool(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .string(let value): self = .string(value)
        case .array(let values): self = .strings(values.compactMap(\.string))
        default: return nil
        }
    }

    fileprivate func isWithin(_ bounds: ClosedRange<Int>) -> Bool {
        if case .integer(let number) = self { bounds.contains(number) } else { true }
    }
}
