import Diagnostics

/// How often what a finding is about ran again, in the words of all formats.
enum RebuildWords {
    /// `again in 62 of the last 100 commits, 1 min 48 s each, 26 min 3 s a week`
    static func text(_ history: RebuildHistory) -> String {
        let what = history.basis == .build ? "a step again in " : "again in "
        let of = " of the last \(counted(history.commits, "commit"))"
        if history.possible == 0 { return what + "none" + of }
        let runs =
            history.certain == history.possible
            ? "\(history.certain)" : "\(history.certain) to \(history.possible)"
        let times = [(history.millisecondsEach, "each"), (history.millisecondsPerWeek, "a week")]
        return what + runs + of
            + times.map { time, per in time.map { ", \(formatted(milliseconds: $0)) \(per)" } ?? "" }.joined()
    }
}
