package import Catalogue
package import Diagnostics
import SourceText

/// Which checks a run is to include, as the command line says it.
package struct CheckSelection: Sendable {
    /// nil for all.
    package var only: Set<CheckID>?
    package var skip: Set<CheckID>

    package init(only: Set<CheckID>? = nil, skip: Set<CheckID> = []) {
        self.only = only
        self.skip = skip
    }

    /// - Parameters:
    ///   - only: ids, aliases (`DL3009`), or categories (`cache`); empty for all.
    ///   - skip: the same.
    /// - Throws: `UnknownCheckError` for a name that is none of these.
    package init(only: [String], skip: [String], catalogue: Catalogue) throws(UnknownCheckError) {
        self.only = only.isEmpty ? nil : try Self.checks(named: only, in: catalogue)
        self.skip = try Self.checks(named: skip, in: catalogue)
    }

    package func includes(_ check: CheckID) -> Bool {
        only?.contains(check) ?? true && !skip.contains(check)
    }

    private static func checks(
        named names: [String], in catalogue: Catalogue
    ) throws(UnknownCheckError) -> Set<CheckID> {
        var checks: Set<CheckID> = []
        for name in names {
            if let entry = catalogue.entry(named: name) {
                checks.insert(entry.id)
            } else {
                let ofCategory = catalogue.checks(ofCategory: name)
                if ofCategory.isEmpty, !Category.allCases.contains(where: { $0.isNamed(name) }) {
                    throw UnknownCheckError(name: name, in: catalogue)
                }
                checks.formUnion(ofCategory)
            }
        }
        return checks
    }
}

/// A check was named that does not exist.
package struct UnknownCheckError: Error, Sendable, CustomStringConvertible {
    package let name: String
    /// The nearest name that exists.
    package let suggestion: String?

    package init(name: String, in catalogue: Catalogue) {
        self.name = name
        suggestion = closestMatch(
            to: name, among: catalogue.entries.map(\.id.name) + Category.allCases.map(\.rawValue))
    }

    package var description: String {
        "there is no check \"\(name)\"" + (suggestion.map { "; did you mean \($0)?" } ?? "")
    }
}
