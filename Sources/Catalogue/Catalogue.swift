package import Diagnostics
package import JSON
internal import SourceText

/// The checks that are known, with what `checks/` holds about each.
package struct Catalogue: Sendable {
    /// In the order of their ids.
    package let entries: [CatalogueEntry]

    /// The checks of this program.
    package static func builtin() throws(CatalogueError) -> Catalogue { try embedded.get() }

    /// Read once: it is the same each time.
    private static let embedded = Result { () throws(CatalogueError) in
        var entries: [CatalogueEntry] = []
        for check in EmbeddedCheck.all { entries.append(try CatalogueEntry(check)) }
        return Catalogue(entries)
    }

    /// These checks and others, in the order of their ids.
    package func adding(_ others: [CatalogueEntry]) -> Catalogue {
        Catalogue(entries + others)
    }

    /// Without the checks that lists leave out.
    /// - Parameter isNamed: whether the configuration names a check, which is then one of the list.
    package func listed(where isNamed: (CheckID) -> Bool = { _ in false }) -> Catalogue {
        Catalogue(entries.filter { $0.description.isListed || isNamed($0.id) })
    }

    init(_ entries: [CatalogueEntry]) { self.entries = entries.sorted { $0.id < $1.id } }

    /// The checks of the category that a person names so; none where there is no such category.
    package func checks(ofCategory name: String) -> [CheckID] {
        entries.filter { $0.description.category.isNamed(name) }.map(\.id)
    }

    /// - Parameter name: an id, or an alias with or without its tool (`hadolint:DL3009`, `DL3009`).
    package func entry(named name: String) -> CatalogueEntry? {
        entries.first { $0.id.name == name } ?? entries.first { $0.description.answers(to: name) }
    }

    package func entry(for id: CheckID) -> CatalogueEntry? {
        let index = entries.partitioningIndex { $0.id >= id }
        return index < entries.count && entries[index].id == id ? entries[index] : nil
    }
}

/// What one folder of `checks/` holds.
package struct CatalogueEntry: Sendable {
    package let description: CheckDescription
    private let text: Text

    private enum Text {
        case embedded(EmbeddedCheck)
        case page(String)
    }

    package var id: CheckID { description.id }

    init(_ check: EmbeddedCheck) throws(CatalogueError) {
        let id = CheckID(check.id.string)
        guard check.description.utf8CodeUnitCount > 0 else {
            throw CatalogueError(id: id, message: "there is no check.json")
        }
        description = try CheckDescription(id: id, json: check.description.string)
        text = .embedded(check)
    }

    /// A check that a program declares: what `check.json` has, with `id` and `page` (Markdown) beside it.
    package init(declaredBy json: JSON) throws(CatalogueError) {
        let name = json["id"]?.string ?? ""
        guard let id = CheckID(validating: name), var members = json.object else {
            throw CatalogueError(
                id: CheckID(name), message: "\"id\" is of small letters, digits and -, such as our-index-only"
            )
        }
        members["id"] = nil
        members["page"] = nil
        let description = try CheckDescription(id: id, members: members)
        self.init(
            description: description, page: json["page"]?.string ?? "# \(id)\n\n\(description.title).\n")
    }

    /// A check of somebody's own, which has no folder.
    package init(description: CheckDescription, page: String) {
        self.description = description
        text = .page(page)
    }

    /// In Markdown; empty where there is none.
    package var page: String {
        switch text {
        case .embedded(let check): check.page.string
        case .page(let page): page
        }
    }

    /// In the order of their names.
    package var cases: [CheckCase] {
        guard case .embedded(let check) = text else { return [] }
        var folders: [String: [CheckCase.File]] = [:]
        for file in check.caseFiles() {
            let parts = file.path.string.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            folders[parts[0], default: []].append(CheckCase.File(path: parts[1], text: file.text.string))
        }
        return folders.sorted { $0.key < $1.key }.map { name, files in
            CheckCase(name: name, files: files.sorted { $0.path < $1.path })
        }
    }
}

/// A small project that shows a problem (`bad-…`), or that looks like it and is right (`good-…`).
package struct CheckCase: Sendable {
    package struct File: Sendable {
        /// Relative to the case.
        package let path: String
        package let text: String
    }

    package let name: String
    /// In the order of their paths; the report that is expected is not among them.
    package let files: [File]
    /// What a bad case must yield, one finding a line; empty for a good one.
    package let expected: String

    package var isBad: Bool { name.hasPrefix("bad-") }

    init(name: String, files: [File]) {
        self.name = name
        self.files = files.filter { $0.path != "expected" }
        expected = files.first { $0.path == "expected" }?.text ?? ""
    }
}

/// A folder of checks that is not in order.
package struct CatalogueError: Error, Sendable, CustomStringConvertible {
    package let id: CheckID
    package let message: String

    package var description: String { "checks/\(id)/check.json: \(message)" }
}
