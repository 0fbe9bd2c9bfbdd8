import Catalogue
import Diagnostics

/// What an examination found in one category, in the words of the overview.
struct CategoryState {
    enum Mark: Hashable {
        /// The worst of what was found.
        case found(Severity)
        /// All of it was examined, and there is no problem.
        case passed
        /// There was nothing to examine, or not all of it was.
        case open
    }

    let category: Category
    let mark: Mark
    /// Not escaped.
    let detail: String

    /// Each category that has checks, in their order.
    static func all(of report: Report) -> [CategoryState] {
        let entries = report.catalogue.entries
        let checks = Dictionary(grouping: entries, by: \.description.category)
        let categories = Dictionary(uniqueKeysWithValues: entries.map { ($0.id, $0.description.category) })
        var findings: [Category: [Severity: Int]] = [:]
        for finding in report.outcome.findings {
            guard let category = categories[finding.check] else { continue }
            findings[category, default: [:]][finding.severity, default: 0] += 1
        }
        return Category.allCases.compactMap { category in
            checks[category].map { CategoryState(category, $0, found: findings[category] ?? [:], in: report) }
        }
    }

    private init(
        _ category: Category, _ checks: [CatalogueEntry], found: [Severity: Int], in report: Report
    ) {
        self.category = category
        let outcome = report.outcome
        if let worst = found.keys.max() {
            mark = .found(worst)
            detail = Severity.allCases.reversed().compactMap { severity in
                found[severity].map { counted($0, of: severity) }
            }.joined(separator: ", ")
            return
        }
        let ids = Set(checks.map(\.id))
        let skipped = outcome.skipped.filter { ids.contains($0.check) }
        let ran = ids.intersection(outcome.ran).subtracting(skipped.map(\.check))
        if ran.isEmpty {
            let silence = category == .host ? outcome.hostSilence : nil
            mark = .open
            detail = "not checked: \(skipped.first?.reason ?? silence ?? "switched off")"
            return
        }
        if report.isNothingToExamine(in: category) {
            mark = .open
            detail = "nothing to check"
            return
        }
        let passed = "no problem found by \(counted(ran.count, "check"))"
        // What was not seen may hold a problem: no tick for that.
        if let gap = report.gap(in: category, skipped: skipped) {
            mark = .open
            detail = "\(passed); \(gap)"
        } else {
            mark = .passed
            detail = passed
        }
    }
}

/// `1 error`, `2 warnings`, `3 info`.
func counted(_ number: Int, of severity: Severity) -> String {
    switch severity {
    case .error, .warning: counted(number, severity.rawValue)
    case .info: "\(number) info"
    }
}
