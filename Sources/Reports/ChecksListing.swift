package import Catalogue
import Diagnostics
import JSON

/// What `clm-doctor checks` prints: every check that there is.
package struct ChecksListing: Listing, Sendable {
    private let catalogue: Catalogue

    package init(_ catalogue: Catalogue) { self.catalogue = catalogue }

    package func text(style: TextStyle) -> String {
        let width = catalogue.entries.map { $0.id.name.count }.max() ?? 0
        var lines: [String] = []
        for category in Category.allCases {
            let entries = catalogue.entries.filter { $0.description.category == category }
            guard !entries.isEmpty else { continue }
            lines.append(style.paint(category.title, .strong) + " (\(category.rawValue))")
            for entry in entries {
                let name = printable(entry.id.name).padded(to: width)
                let severity = entry.description.severity.rawValue.padded(to: 7)
                let note = entry.description.isEnabled ? "" : " (off by default)"
                lines.append("  \(name)  \(severity)  \(printable(entry.description.title))\(note)")
            }
            lines.append("")
        }
        lines.append(
            "`\(style.program) explain ID` tells what a check finds, why it costs time and what to do instead."
        )
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    /// One line for each check, separated by tabs: id, category, severity, title.
    package func conciseText() -> String {
        let lines = catalogue.entries.map { entry in
            let description = entry.description
            return [
                entry.id.name, description.category.rawValue, description.severity.rawValue,
                description.title,
            ].map { printable($0) }.joined(separator: "\t") + "\n"
        }
        return withoutWorkflowCommands(lines.joined())
    }

    package func json() -> String {
        printableJSON(["schema": "clm-doctor/checks/1", "checks": .array(catalogue.entries.map(json(of:)))])
    }

    private func json(of entry: CatalogueEntry) -> JSON {
        let description = entry.description
        return [
            "check": .string(entry.id.name),
            "title": .string(description.title),
            "category": .string(description.category.rawValue),
            "severity": .string(description.severity.rawValue),
            "enabled": .bool(description.isEnabled),
            "tags": .array(description.tags.map { .string($0) }),
            "aliases": .array(description.aliases.map { .string($0) }),
            "options": .array(
                description.options.map {
                    [
                        "name": .string($0.name), "summary": .string($0.summary),
                        "default": $0.defaultValue.json,
                    ]
                }),
        ]
    }
}

extension OptionValue {
    fileprivate var json: JSON {
        switch self {
        case .boolean(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .string(let value): .string(value)
        case .strings(let values): .array(values.map { .string($0) })
        }
    }
}

extension String {
    /// The text with blanks up to a width in columns.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - displayWidth(of: self)))
    }
}
