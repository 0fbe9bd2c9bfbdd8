import Diagnostics
import Repository

/// What the files of a repository may not change about its examination: a file from outside of it (`--policy`), and
/// `--strict`.
package struct Policy: Sendable {
    /// As the command line names it; nil where there is only `--strict`.
    package var path: String?
    /// Checks that stay on, the lowest severities that they may have, and parameters that stay as they are here.
    package var checks = Configuration()
    /// Every check that is on by default stays on, with its own severity and parameters at least.
    package var holdsAllChecks = false
    /// Whether comments in the repository hide findings.
    package var heedsIgnoreComments = true
    /// Whether `ignore:` of the repository's configuration holds.
    package var heedsIgnoredPaths = true
    /// Whether a baseline that lies in the repository holds.
    package var heedsBaseline = true
    /// Whether it is a failure where something is not examined.
    package var demandsExamination = false
    /// Patterns, in the syntax of `ignore:`, of what need not be examined all the same.
    private var unexamined = PathPatterns([])

    package init() {}

    /// `--strict`: none of the repository's own exceptions holds, and what is not examined is a failure.
    package mutating func makeStrict() {
        holdsAllChecks = true
        heedsIgnoreComments = false
        heedsIgnoredPaths = false
        heedsBaseline = false
        demandsExamination = true
    }

    /// Whether a file or folder need not be examined.
    package func excuses(_ path: String) -> Bool {
        var work = WorkBudget(Limits.ignoreWork)
        return unexamined.matches(path, work: &work)
    }

    /// What to call it in a sentence.
    package var name: String { path.map { "the policy \($0)" } ?? "--strict" }

    /// - Parameters:
    ///   - bytes: of the file.
    ///   - path: as it is shown.
    ///   - options: what checks there are.
    /// - Throws: for the first mistake in it.
    package init(
        reading bytes: [UInt8], path: String, options: LoadOptions
    ) throws(ConfigurationError) {
        self.path = path
        let reader = ConfigurationReader(path: path, files: Snapshot(onDisk: "/"), options: options)
        let values = reader.values
        func switched(_ value: YAML, _ name: String) throws(ConfigurationError) -> Bool {
            guard let isOn = value.bool else { throw values.error(value, "\(name) is on or off") }
            return isOn
        }
        for (key, value) in try values.mapping(try values.parse(bytes), "the policy") {
            switch key.string {
            case "checks":
                try reader.readChecks(value, into: &checks)
                if let off = checks.enabled.filter({ !$0.value }).keys.min() {
                    throw values.error(value, "\(off) is off: a policy says which checks stay on")
                }
                for check in Array(checks.severities.keys) + Array(checks.parameters.keys) {
                    checks.enabled[check] = true
                }
            case "all-checks": holdsAllChecks = try switched(value, "all-checks")
            case "ignore-comments": heedsIgnoreComments = try switched(value, "ignore-comments")
            case "ignored-paths": heedsIgnoredPaths = try switched(value, "ignored-paths")
            case "baseline": heedsBaseline = try switched(value, "baseline")
            case "demand-examination": demandsExamination = try switched(value, "demand-examination")
            case "unexamined": unexamined = PathPatterns(try values.strings(value, "unexamined"))
            default:
                throw values.unknown(
                    key, "key",
                    among: [
                        "checks", "all-checks", "ignore-comments", "ignored-paths", "baseline",
                        "demand-examination", "unexamined",
                    ])
            }
        }
    }

    /// Reads the policy of a file.
    /// - Parameters:
    ///   - path: absolute, or relative to the working directory.
    ///   - shown: as the command line names it.
    ///   - root: of the repository that it is for.
    /// - Throws: also where the file lies in the repository: whoever changes the one could change the other.
    package static func load(
        _ path: String, shown: String, outside root: String, options: LoadOptions
    ) throws(LoadError) -> Policy {
        guard let place = realPath(path) else { throw .path(shown, reason: systemProblem()) }
        if Paths.relative(place, to: root) != nil {
            throw .path(
                shown,
                reason:
                    "lies in the repository that it is to hold for, which could then change it; take it from "
                    + "elsewhere, or from a commit: origin/main:\(Paths.name(of: place))")
        }
        let bytes: [UInt8]
        do {
            bytes = try Snapshot(onDisk: Paths.parent(of: place))
                .read(Paths.name(of: place), limit: Limits.textFileBytes)
        } catch {
            throw .path(shown, reason: error.text)
        }
        do { return try Policy(reading: bytes, path: shown, options: options) } catch {
            throw .configuration(error)
        }
    }
}

extension Project {
    /// What was not examined and, by a policy, has to be; as parts of a sentence.
    package func unexamined(under policy: Policy) -> [String] {
        let unread = notes.filter { note in
            note.isUnexamined && !(note.path.map(policy.excuses) ?? false)
        }
        let passedBy = passedOver.leftOut.filter { !policy.excuses($0) }
        return unread.map { note in
            (note.path.map { $0 + (note.line.map { ":\($0)" } ?? "") + " " } ?? "") + note.message
        } + passedBy.map { "\($0) lies in a folder that is left out by rule" }
    }

    /// Whether an existing file lies in the repository.
    /// - Parameter path: absolute.
    package func holds(_ path: String) -> Bool {
        realPath(path).map { Paths.relative($0, to: root) != nil } ?? false
    }
}
