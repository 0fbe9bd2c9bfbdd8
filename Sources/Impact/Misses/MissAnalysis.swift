package import BuildRecords
internal import Facts

/// Why the steps of a recorded build ran: one reason for each root, and what followed it.
///
/// A root is a step that ran and takes only what came from the cache. What is known of it comes, in this order, from the
/// record itself, from an earlier record of the same build, and from the comparison of two states of the repository.
package struct MissAnalysis: Sendable {
    /// What `impact` says of the same build, between the state that was built before and the one that was built.
    package struct Prediction: Sendable {
        package let build: BuildImpact
        /// Paths that differ, from the repository's root: for steps of which only the record tells what they copy.
        package let changedPaths: [String]
        /// The states are those that were built, by somebody's word; false where they are taken from records, which do not
        /// tell whether the work tree had other changes.
        package let isCertain: Bool
        /// `between 1785c46 and 0b3ff21`
        package let range: String

        package init(build: BuildImpact, changedPaths: [String] = [], isCertain: Bool, range: String) {
            self.build = build
            self.changedPaths = changedPaths
            self.isCertain = isCertain
            self.range = range
        }
    }

    package let record: BuildRecord
    /// In the order of the record.
    package let misses: [Miss]
    /// Steps, without FROM.
    package let steps: Int
    /// Of these, what the build, or the log of it, did not come to the end of.
    package let unreached: Int
    /// The build ended well: that nothing ran is known.
    package var isWhole: Bool { record.status == .completed && unreached == 0 }

    /// - Parameters:
    ///   - earlier: a record of the same build, with hashes of the same key.
    package init(_ record: BuildRecord, earlier: BuildRecord?, prediction: Prediction?) {
        self.record = record
        let tree = StepTree(record)
        let own = tree.steps.filter { record.vertices[$0].step?.isBase == false }
        steps = own.count
        unreached = own.count { record.vertices[$0].outcome == .notReached }
        let roots = Self.roots(of: own.filter { record.vertices[$0].hasWorked }, in: tree)
        let followers = Dictionary(grouping: roots.keys.sorted(), by: { roots[$0] })
        let first = own.filter { roots[$0] == $0 }
        let finder = ReasonFinder(
            record: record, earlier: earlier, prediction: prediction, tree: tree, roots: first)
        misses = first.map { root in
            finder.miss(root, (followers[root] ?? []).filter { $0 != root }.map { record.vertices[$0] })
        }
    }

    /// - Parameter worked: the steps that ran.
    /// - Returns: for each of them the first step above it that ran, and above which none did.
    private static func roots(of worked: [Int], in tree: StepTree) -> [Int: Int] {
        let isWorked = Set(worked)
        var roots: [Int: Int] = [:]
        for step in worked where roots[step] == nil {
            var path: [Int] = []
            var seen: Set<Int> = []
            var current = step
            while roots[current] == nil, seen.insert(current).inserted {
                path.append(current)
                guard let parent = tree.parents(of: current).first(where: isWorked.contains) else { break }
                current = parent
            }
            let root = roots[current] ?? current
            for step in path { roots[step] = root }
        }
        return roots
    }
}
