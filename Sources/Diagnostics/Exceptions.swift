/// What keeps findings out of a report: what the repository's own files switch off or hide, what was known before, and
/// what a rule passes over. Who judges a change by its report has to hear of it, as the change may have made it so.
package struct Exceptions: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// The repository's configuration switches checks off that are on by default.
        case checksOff = "checks-off"
        /// It gives checks a lower severity than their own.
        case severity
        /// It sets parameters of checks.
        case parameters
        /// It lets an examination pass with findings that fail one otherwise (`fail-on:`).
        case failOn = "fail-on"
        /// `ignore:` in it.
        case ignoredPaths = "ignored-paths"
        /// Findings that comments hide, those for other tools included.
        case ignoreComments = "ignore-comments"
        /// Findings that are in a baseline, or in the commit that is compared with.
        case known
        /// Dockerfiles in folders that are passed over by name, such as `fixtures`.
        case leftOut = "left-out"
        /// Files that git tracks although a `.gitignore` names them. They are examined.
        case gitIgnored = "git-ignored"
        /// The change edits the configuration, by which both states are judged.
        case configurationChanged = "configuration-changed"
        /// What the repository's files ask for and a policy or `--strict` does not allow. It has no effect.
        case notHeeded = "not-heeded"
    }

    /// One thing to know.
    package struct Item: Sendable, Hashable {
        package let kind: Kind
        /// The file that makes it so, relative to the root or as the command line names it; nil where it is no single one.
        package let file: String?
        /// The checks that it concerns; empty for all of them.
        package let checks: [CheckID]
        /// The files or patterns that it concerns.
        package let paths: [String]
        /// How many checks, patterns, findings or files.
        package let count: Int
        /// A sentence without its final dot.
        package let message: String

        package init(
            _ kind: Kind, file: String? = nil, checks: [CheckID] = [], paths: [String] = [], count: Int,
            message: String
        ) {
            self.kind = kind
            self.file = file
            self.checks = checks
            self.paths = paths
            self.count = count
            self.message = message
        }

        /// The sentence with the file that it is about.
        package var text: String { file.map { "\($0): \(message)" } ?? message }

        /// What tells it from others, from run to run.
        package var subject: String { "\(kind.rawValue) \(file ?? "") \(message)" }
    }

    /// In the order of their kinds.
    package private(set) var items: [Item] = []

    package init() {}

    package mutating func add(_ item: Item) {
        items.append(item)
        items.sort { Self.rank($0.kind) < Self.rank($1.kind) }
    }

    package mutating func add(_ more: [Item]) {
        for item in more { add(item) }
    }

    /// Whether there may be findings that the report does not have.
    package var mayHideFindings: Bool {
        items.contains { ![.gitIgnored, .notHeeded, .failOn].contains($0.kind) }
    }

    private static func rank(_ kind: Kind) -> Int { Kind.allCases.firstIndex(of: kind) ?? 0 }
}
