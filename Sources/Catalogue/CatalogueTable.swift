/// The table of all checks that stands in `checks/README.md`.
package enum CatalogueTable {
    package static func markdown(of catalogue: Catalogue) -> String {
        var text = """
            # Checks

            One folder a check: what it is (`check.json`), its page (`README.md`) and the small projects that it is \
            tried on (`cases`). This table is generated; a test says how to refresh it.

            """
        for category in Category.allCases {
            let entries = catalogue.listed().entries.filter { $0.description.category == category }
            guard !entries.isEmpty else { continue }
            text += "\n## \(category.title)\n\n| Check | Severity | Finds |\n|---|---|---|\n"
            for entry in entries {
                let description = entry.description
                let severity = "\(description.severity)" + (description.isEnabled ? "" : ", off by default")
                text +=
                    "| [`\(entry.id)`](\(entry.id)/README.md) | \(severity) | \(description.title) |\n"
            }
        }
        return text
    }
}
