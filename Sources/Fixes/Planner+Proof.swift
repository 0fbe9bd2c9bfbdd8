internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Facts
internal import Impact
internal import Project
internal import Repository
internal import SourceText

/// The proof: all checks judge what comes of the fixes.
extension Planner {
    /// Makes all of them where the checks agree, else one half after the other.
    mutating func make(_ candidates: [Candidate], _ examine: (Project) async -> Outcome) async {
        guard proofs < mostProofs else {
            isBounded = true
            for candidate in candidates {
                refuse(candidate.finding, Self.tooMany)
            }
            return
        }
        var trial = self
        let reason: String
        switch await trial.prove(candidates, examine) {
        case nil:
            self = trial
            return
        case let objection?: reason = objection
        }
        (proofs, judgements) = (trial.proofs, trial.judgements)
        if candidates.count == 1 { return refuse(candidates[0].finding, reason) }
        let middle = candidates.count / 2
        let first = Array(candidates[..<middle])
        let count = fixed.count
        await make(first, examine)
        // What the first half has made moves what is below it: the next pass sees to the rest.
        if fixed.count == count { await make(Array(candidates[middle...]), examine) }
    }

    /// Makes all of them here, and what they bring to light that can be fixed in turn: a cache mount, and then the flag
    /// that keeps its cache off.
    /// - Returns: why they cannot be made.
    mutating func prove(
        _ candidates: [Candidate], _ examine: (Project) async -> Outcome
    ) async -> String? {
        let (start, before) = (project, outcome)
        let findings = candidates.map(\.finding)
        var changes = candidates.map(\.changes)
        for round in 0...Limits.fixFollowUps {
            guard let made = contents(with: changes) else { return "its edits do not fit the file" }
            let cut = cutFindings(of: changes)
            guard let edited = await load(project.snapshot.replacing(made)) else {
                return "the project cannot be read with it"
            }
            project = edited
            contents.merge(made) { $1 }
            proofs += 1
            outcome = await examine(project)
            guard let objection = objection(to: outcome, after: before, fixing: findings, cut) else {
                var rebuilds: [[String]: Rebuild?] = [:]
                fixed += candidates.map { candidate in
                    var rebuild = candidate.rebuild
                    if round > 0, rebuild != nil {
                        if rebuilds[candidate.paths] == nil {
                            // With what followed from it.
                            rebuilds[candidate.paths] = Rebuild(
                                slowestOf: EditedBuilds(
                                    of: start, in: project.snapshot, Set(candidate.changes.keys)))
                        }
                        rebuild = rebuilds[candidate.paths] ?? nil
                    }
                    return FixPlan.Fixed(finding: candidate.finding, rebuild: rebuild)
                }
                return nil
            }
            let refusals = refused
            let followUps = select(from: newFindings(since: before, fixing: findings))
            refused = refusals
            if followUps.isEmpty { return objection }
            changes = followUps.map(\.changes)
        }
        return "what it brings to light cannot be fixed in turn"
    }

    /// Findings that the edits have brought and whose own edits may be made.
    func newFindings(since before: Outcome, fixing fixed: [Finding]) -> [Finding] {
        struct Kind: Hashable {
            let check: CheckID
            let path: String
        }
        var known: [Kind: Int] = [:]
        for finding in before.findings {
            known[Kind(check: finding.check, path: finding.path), default: 0] += 1
        }
        for finding in fixed { known[Kind(check: finding.check, path: finding.path), default: 0] -= 1 }
        let subjects = Set(before.findings.map { [$0.check.name, $0.path, $0.subject] })
        var counts: [Kind: Int] = [:]
        for finding in outcome.findings {
            counts[Kind(check: finding.check, path: finding.path), default: 0] += 1
        }
        return outcome.findings.filter { finding in
            let kind = Kind(check: finding.check, path: finding.path)
            return counts[kind, default: 0] > known[kind, default: 0] && request.allows(finding)
                && !subjects.contains([finding.check.name, finding.path, finding.subject])
        }
    }

    /// The places of edits, as they will be, in Dockerfiles of which not every problem is told
    /// (`Limits.syntaxProblems`): what was not told yet comes up once others are gone, and is not new.
    func cutFindings(of changes: [[String: TextChange]]) -> [String: [Range<Int>]] {
        var places: [String: [Range<Int>]] = [:]
        for (path, change) in Self.merged(changes) ?? [:]
        where project.parsedDockerfile(path).map({ $0.problems.count >= Limits.syntaxProblems }) ?? false {
            places[path] = change.replacements
        }
        return places
    }

    /// - Parameter cut: see `cutFindings`.
    /// - Returns: why the findings are not those that were, without the ones that were fixed.
    func objection(
        to result: Outcome, after outcome: Outcome, fixing fixed: [Finding], _ cut: [String: [Range<Int>]]
    ) -> String? {
        struct Kind: Hashable {
            let check: CheckID
            let path: String
            var subject = ""
        }
        func counts(_ findings: [Finding], _ kind: (Finding) -> Kind) -> [Kind: Int] {
            findings.reduce(into: [:]) { $0[kind($1), default: 0] += 1 }
        }
        let byPath: (Finding) -> Kind = { Kind(check: $0.check, path: $0.path) }
        let bySubject: (Finding) -> Kind = { Kind(check: $0.check, path: $0.path, subject: $0.subject) }
        let (before, now, gone) = (
            counts(outcome.findings, byPath), counts(result.findings, byPath), counts(fixed, byPath)
        )
        for (kind, count) in now.sorted(by: { ($0.key.path, $0.key.check) < ($1.key.path, $1.key.check) })
        where count > before[kind, default: 0] - gone[kind, default: 0] {
            if let places = cut[kind.path], gone[kind] != nil, count <= before[kind, default: 0],
                !isFound(kind.check, in: kind.path, at: places, result)
            {
                continue
            }
            return gone[kind] == nil
                ? "\(kind.check) would find something new in \(kind.path)"
                : "\(kind.check) would still find it"
        }
        let (subjects, left) = (counts(outcome.findings, bySubject), counts(result.findings, bySubject))
        for (kind, count) in counts(fixed, bySubject)
        where cut[kind.path] == nil && left[kind, default: 0] > subjects[kind, default: 0] - count {
            return "\(kind.check) would still find it"
        }
        if let skipped = result.skipped.first(where: { !outcome.skipped.contains($0) }) {
            return "\(skipped.check) could not judge it: \(skipped.reason)"
        }
        return nil
    }
}
