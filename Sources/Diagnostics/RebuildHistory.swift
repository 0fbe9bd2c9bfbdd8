/// How often the step that a finding is about ran again over the last commits, and what that takes.
package struct RebuildHistory: Sendable, Hashable {
    package enum Basis: String, Sendable {
        /// The step at the finding's place.
        case step
        /// Any step of the builds that read the file.
        case build
    }

    /// How many commits were looked at, in which the build could be made.
    package let commits: Int
    /// How many of them rerun it: for certain, and with those that may.
    package let certain: Int
    package let possible: Int
    package let basis: Basis
    /// Median of records, in milliseconds; nil without one.
    package let millisecondsEach: Int?
    /// nil without records, and for less than a week of commits.
    package let millisecondsPerWeek: Int?

    package init(
        commits: Int, certain: Int, possible: Int, basis: Basis, millisecondsEach: Int? = nil,
        millisecondsPerWeek: Int? = nil
    ) {
        self.commits = commits
        self.certain = certain
        self.possible = possible
        self.basis = basis
        self.millisecondsEach = millisecondsEach
        self.millisecondsPerWeek = millisecondsPerWeek
    }
}
