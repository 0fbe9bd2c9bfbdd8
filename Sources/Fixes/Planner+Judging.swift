internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Facts
internal import Impact
internal import Project
internal import Repository
internal import SourceText

/// What can be told of fixes without running a check.
extension Planner {
    /// Judges fixes of the same files together, and halves of them where they are not fit, down to the single one,
    /// which is refused: what is fit as a rule is read once and not once for each.
    mutating func judge(_ candidates: [Candidate]) -> [Candidate] {
        var groups: [[String]: [Int]] = [:]
        for (index, candidate) in candidates.enumerated() {
            groups[candidate.paths, default: []].append(index)
        }
        var fit: [Int: Candidate] = [:]
        for (_, group) in groups.sorted(by: { $0.value[0] < $1.value[0] }) {
            for index in fitOnes(group, of: candidates) { fit[index] = candidates[index] }
            tellRebuilds(of: group.filter { fit[$0] != nil }, &fit)
        }
        return fit.sorted { $0.key < $1.key }.map(\.value)
    }

    mutating func fitOnes(_ group: [Int], of candidates: [Candidate]) -> [Int] {
        guard judgements < Limits.fixJudgements else {
            isBounded = true
            for index in group { refuse(candidates[index].finding, Self.tooMany) }
            return []
        }
        guard let reason = reasonAgainst(group.map { candidates[$0].changes }) else { return group }
        if group.count == 1 {
            refuse(candidates[group[0]].finding, reason)
            return []
        }
        let middle = group.count / 2
        let first = fitOnes(Array(group[..<middle]), of: candidates)
        return first + fitOnes(Array(group[middle...]), of: candidates)
    }

    static let tooMany = "more fixes are to be proved than one run does; run it again"

    /// - Parameter changes: all of the same files.
    /// - Returns: why they are not to be made; nil where nothing speaks against them.
    mutating func reasonAgainst(_ changes: [[String: TextChange]]) -> String? {
        judgements += 1
        guard let contents = contents(with: changes), let merged = Self.merged(changes) else {
            return "its edits do not fit the file"
        }
        let paths = Set(merged.keys)
        let edited = EditedBuilds(of: project, in: project.snapshot.replacing(contents), paths)
        for (before, after) in edited.pairs {
            let build = before.build
            if merged[build.dockerfile] == nil, let problem = after.context.context?.problems.first {
                return "the ignore file would end the build: \(problem.message)"
            }
            if let change = merged[build.dockerfile] {
                let stream = InstructionStream(from: before, to: after, by: change)
                if let difference = stream.difference() { return difference }
                var risks = MountRisk(stream)
                if let risk = risks.reason() { return "it could break the build: \(risk)" }
            }
        }
        return nil
    }

    static func merged(_ changes: [[String: TextChange]]) -> [String: TextChange]? {
        var edits: [String: [Edit]] = [:]
        for change in changes { for (path, part) in change { edits[path, default: []] += part.edits } }
        var merged: [String: TextChange] = [:]
        for (path, edits) in edits {
            guard let change = TextChange(edits) else { return nil }
            merged[path] = change
        }
        return merged
    }

    /// - Parameter group: of the same files, all fit.
    func tellRebuilds(of group: [Int], _ fit: inout [Int: Candidate]) {
        let isAlone = group.count <= Limits.fixRebuilds
        for part in isAlone ? group.map({ [$0] }) : [group] {
            guard let first = part.first,
                let contents = contents(with: part.compactMap { fit[$0]?.changes })
            else { continue }
            fit[first]?.rebuild = Rebuild(
                slowestOf: EditedBuilds(
                    of: project, in: project.snapshot.replacing(contents), Set(contents.keys)))
        }
    }
}
