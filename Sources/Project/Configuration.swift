package import Diagnostics

/// `.clm-doctor.yaml`, read and verified.
package struct Configuration: Sendable {
    /// Where it was read from, relative to the project's root; nil where there is none.
    package var path: String?
    /// Whether a file of the repository says this, which whoever changes the repository can change.
    package var isOfRepository = false
    /// Checks that are switched on or off.
    package var enabled: [CheckID: Bool] = [:]
    package var severities: [CheckID: Severity] = [:]
    /// Checks whose findings `--fix` leaves alone.
    package var unfixed: Set<CheckID> = []
    /// Parameters of checks: by check, by name, as written.
    package var parameters: [CheckID: [String: String]] = [:]
    /// Patterns in .dockerignore's syntax, relative to the root: files and folders that are not examined.
    package var ignoredPaths: [String] = []
    /// Patterns of the same kind that the file has and that do not hold (`LoadOptions.heedsIgnoredPaths`).
    package var unheededPaths: [String] = []
    /// As `ignoredPaths`, for folders that are left out by rule (vendored code, fixtures) and are to be examined after all.
    package var includedPaths: [String] = []
    /// What the files under `custom-checks` declare, in their order.
    package var customChecks: [CustomCheck] = []
    /// Where the file names programs with checks (`check-programs`): they are not run, since a repository must not make
    /// anything run.
    package var checkProgramLine: Int?
    /// The lowest severity that fails an examination; nil where the file does not say.
    package var failOn: FailureThreshold?
    /// How an examination is printed, by the name of a format (`LoadOptions.Vocabulary.formats`).
    package var format: String?
    /// A file of known findings, relative to the root.
    package var baseline: String?

    package init() {}
}
