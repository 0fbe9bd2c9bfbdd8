internal import BuildContext
package import Diagnostics
internal import Dockerfile
internal import Facts
internal import Impact
package import Project
package import Repository
internal import SourceText

/// The contents that fixes give to files, each of them proved. Nothing is written here.
package struct FixPlan: Sendable {
    /// In the order of their paths.
    package private(set) var files: [FixedFile] = []
    /// In the order in which they were made.
    package private(set) var fixed: [Fixed] = []
    /// What was to be fixed and is not, and why.
    package private(set) var refused: [Refused] = []
    /// Whether there may be more to fix in what was fixed.
    package private(set) var isBounded = false
    /// How often a build was read with edits of its files, and how often all checks ran: neither grows with the number
    /// of fixes that fit.
    package private(set) var judgements = 0
    package private(set) var proofs = 0
    /// The project as it is with the fixes.
    package private(set) var project: Project

    /// A file with its new content.
    package struct FixedFile: Sendable {
        /// Relative to the project's root.
        package let path: String
        /// nil for a file that is made.
        package let before: [UInt8]?
        package let after: [UInt8]

        package init(path: String, before: [UInt8]?, after: [UInt8]) {
            self.path = path
            self.before = before
            self.after = after
        }
    }

    /// A finding that is gone.
    package struct Fixed: Sendable {
        package let finding: Finding
        /// The rebuild that it triggers, the slowest of those of its builds. Of more than `Limits.fixRebuilds` in the
        /// same files, that of all of them together is the first one's, and the others have none.
        package let rebuild: Rebuild?
    }

    /// A finding whose fix was not made.
    package struct Refused: Sendable {
        package let finding: Finding
        /// As part of a sentence.
        package let reason: String
    }

    /// Which fixes are to be made.
    package struct Request: Sendable {
        /// The checks that may; findings of others only take part in the proofs.
        package var checks: Set<CheckID>
        package var applicabilities: Set<Fix.Applicability>

        package init(checks: Set<CheckID>, applicabilities: Set<Fix.Applicability>) {
            self.checks = checks
            self.applicabilities = applicabilities
        }

        func includes(_ finding: Finding) -> Bool {
            checks.contains(finding.check) && allows(finding)
        }

        /// Its edits may be made, should its check be asked.
        func allows(_ finding: Finding) -> Bool {
            guard let fix = finding.fix, !fix.edits.isEmpty else { return false }
            return applicabilities.contains(fix.applicability)
        }
    }

    /// Plans the fixes of a project.
    ///
    /// In each pass the fixes that do not touch each other are made at once, the severest first, and all checks judge
    /// what comes of it; where that is not what was to come, the half of them is tried, down to the single fix, which is
    /// refused. A refused fix gets another chance when others have been made.
    /// - Parameters:
    ///   - project: as it is on disk.
    ///   - load: reads the project from a snapshot in which some files are edited; nil where that cannot be done.
    ///   - examine: runs every check, without a look at the Docker host.
    package init(
        for project: Project, _ request: Request, loading load: @escaping (Snapshot) async -> Project?,
        examining examine: (Project) async -> Outcome
    ) async {
        self.project = project
        var planner = Planner(project: project, request: request, load: load)
        await planner.run(examine)
        self.project = planner.project
        fixed = planner.fixed
        refused = planner.refused
        isBounded = planner.isBounded
        judgements = planner.judgements
        proofs = planner.proofs
        files = planner.contents.keys.sorted().compactMap { path in
            let before = planner.originals[path] ?? nil
            let after = planner.contents[path] ?? []
            return before == after ? nil : FixedFile(path: path, before: before, after: after)
        }
    }
}

/// The passes of a plan.
private struct Planner {
    private(set) var project: Project
    let request: FixPlan.Request
    let load: (Snapshot) async -> Project?
    private(set) var fixed: [FixPlan.Fixed] = []
    private(set) var refused: [FixPlan.Refused] = []
    private(set) var isBounded = false
    private(set) var contents: [String: [UInt8]] = [:]
    /// nil for a file that there is none of.
    private(set) var originals: [String: [UInt8]?] = [:]
    private(set) var proofs = 0
    private(set) var judgements = 0
    /// How often all checks may run: each run looks at all builds.
    private let mostProofs: Int
    private var outcome = Outcome()

    /// A finding with its edits.
    private struct Candidate {
        let finding: Finding
        let changes: [String: TextChange]
        var rebuild: Rebuild?

        var paths: [String] { changes.keys.sorted() }
    }

    /// The bytes that chosen edits change, by file.
    private struct Places {
        private var edits: [String: [Range<Int>]] = [:]

        /// - Returns: false where it touches one that is there; nothing is added then.
        mutating func add(_ changes: [String: TextChange]) -> Bool {
            for (path, change) in changes {
                let taken = edits[path] ?? []
                for edit in change.edits {
                    let next = taken.partitioningIndex { $0.upperBound >= edit.bytes.lowerBound }
                    if next < taken.count, taken[next].lowerBound <= edit.bytes.upperBound { return false }
                }
            }
            for (path, change) in changes {
                for edit in change.edits {
                    let next = edits[path, default: []].partitioningIndex {
                        $0.lowerBound > edit.bytes.lowerBound
                    }
                    edits[path, default: []].insert(edit.bytes, at: next)
                }
            }
            return true
        }
    }

    init(
        project: Project, request: FixPlan.Request, load: @escaping (Snapshot) async -> Project?
    ) {
        self.project = project
        self.request = request
        self.load = load
        let counts = project.dockerfiles.mapValues { ParsedDockerfile(parsing: $0).instructions.count }
        let instructions = project.builds.reduce(0) { $0 + (counts[$1.dockerfile] ?? 0) }
        mostProofs = min(
            Limits.fixProofs, max(Limits.fixFirstProofs, Limits.fixInstructions / max(1, instructions)))
    }

    mutating func run(_ examine: (Project) async -> Outcome) async {
        outcome = await examine(project)
        for _ in 0..<Limits.fixPasses {
            refused = []
            let candidates = select(from: outcome.findings.filter(request.includes))
            guard !candidates.isEmpty else { return }
            let count = fixed.count
            await make(candidates, examine)
            guard fixed.count > count else { return }
        }
        isBounded = outcome.findings.contains(where: request.includes)
    }

    /// Those that are fit, apart from each other.
    private mutating func select(from findings: [Finding]) -> [Candidate] {
        var fit: [Candidate] = []
        var places = Places()
        var pending = candidates(from: findings)
        while !pending.isEmpty {
            var (chosen, others): ([Candidate], [Candidate]) = ([], [])
            var all = places
            for candidate in pending {
                if all.add(candidate.changes) { chosen.append(candidate) } else { others.append(candidate) }
            }
            let judged = judge(chosen)
            for candidate in judged { _ = places.add(candidate.changes) }
            fit += judged
            // What a refused one was in the way of has its turn.
            if judged.count == chosen.count { break }
            pending = others
        }
        return fit
    }

    private mutating func candidates(from findings: [Finding]) -> [Candidate] {
        var candidates: [Candidate] = []
        var ignoreFiles: [String: SourceText]?
        var reasons: [String: String?] = [:]
        for finding in findings {
            guard let edits = finding.fix?.edits else { continue }
            var changes: [String: TextChange] = [:]
            for (path, edits) in Dictionary(grouping: edits, by: \.path) {
                changes[path] = TextChange(edits)
                if originals[path] == nil {
                    if project.dockerfiles[path] == nil, ignoreFiles == nil {
                        ignoreFiles = Self.ignoreFiles(of: project)
                    }
                    originals[path] = .some(original(path, ignoreFiles ?? [:]))
                }
            }
            guard changes.count == Set(edits.map(\.path)).count else {
                refuse(finding, "its edits overlap")
                continue
            }
            var reason: String?
            for path in changes.keys.sorted() where reason == nil {
                if reasons[path] == nil { reasons[path] = .some(reasonAgainst(path)) }
                reason = reasons[path] ?? nil
                if reason == nil, let source = statement(path),
                    changes[path]?.isInComments(of: source) == false
                {
                    reason = "\(path) says what is built, and is left as it is"
                }
            }
            if let reason {
                refuse(finding, reason)
            } else {
                candidates.append(Candidate(finding: finding, changes: changes))
            }
        }
        return candidates
    }

    private func reasonAgainst(_ path: String) -> String? {
        project.parsedDockerfile(path)?.problems.first { $0.kind != .mount }.map {
            "\(path) does not parse (\($0.message)), and is left as it is"
        }
    }

    private func statement(_ path: String) -> SourceText? {
        project.statements.first { $0.source.path == path }?.source
    }

    private mutating func refuse(_ finding: Finding, _ reason: String) {
        refused.append(FixPlan.Refused(finding: finding, reason: reason))
    }

    // MARK: Contents

    /// - Returns: nil for a file that there is none of.
    private func original(_ path: String, _ ignoreFiles: [String: SourceText]) -> [UInt8]? {
        project.dockerfiles[path]?.bytes
            ?? project.statements.first { $0.source.path == path }?.source.bytes
            ?? ignoreFiles[path]?.bytes
    }

    private static func ignoreFiles(of project: Project) -> [String: SourceText] {
        let contexts = ContextStore(of: project.snapshot)
        var files: [String: SourceText] = [:]
        for build in project.builds {
            guard let file = ContextFacts(build: build, in: contexts).context?.ignoreFile else { continue }
            files[file.path] = file.source
        }
        return files
    }

    /// What files hold with some changes.
    private func contents(with changes: [[String: TextChange]]) -> [String: [UInt8]]? {
        var result: [String: [UInt8]] = [:]
        for (path, parts) in Dictionary(
            grouping: changes.flatMap { $0.map { ($0.key, $0.value) } }, by: \.0)
        {
            let current = contents[path] ?? (originals[path] ?? nil)
            guard let whole = TextChange(parts.flatMap(\.1.edits)),
                let bytes = whole.applied(to: current ?? [])
            else { return nil }
            result[path] = bytes
        }
        return result
    }

    // MARK: What can be told without running a check

    /// Judges fixes of the same files together, and halves of them where they are not fit, down to the single one,
    /// which is refused: what is fit as a rule is read once and not once for each.
    private mutating func judge(_ candidates: [Candidate]) -> [Candidate] {
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

    private mutating func fitOnes(_ group: [Int], of candidates: [Candidate]) -> [Int] {
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

    private static let tooMany = "more fixes are to be proved than one run does; run it again"

    /// - Parameter changes: all of the same files.
    /// - Returns: why they are not to be made; nil where nothing speaks against them.
    private mutating func reasonAgainst(_ changes: [[String: TextChange]]) -> String? {
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

    private static func merged(_ changes: [[String: TextChange]]) -> [String: TextChange]? {
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
    private func tellRebuilds(of group: [Int], _ fit: inout [Int: Candidate]) {
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

    // MARK: The proof

    /// Makes all of them where the checks agree, else one half after the other.
    private mutating func make(_ candidates: [Candidate], _ examine: (Project) async -> Outcome) async {
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
    private mutating func prove(
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
    private func newFindings(since before: Outcome, fixing fixed: [Finding]) -> [Finding] {
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
    private func cutFindings(of changes: [[String: TextChange]]) -> [String: [Range<Int>]] {
        var places: [String: [Range<Int>]] = [:]
        for (path, change) in Self.merged(changes) ?? [:]
        where project.parsedDockerfile(path).map({ $0.problems.count >= Limits.syntaxProblems }) ?? false {
            places[path] = change.replacements
        }
        return places
    }

    /// - Parameter cut: see `cutFindings`.
    /// - Returns: why the findings are not those that were, without the ones that were fixed.
    private func objection(
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

extension Planner {
    /// Whether a check finds something where edits were made.
    private func isFound(_ check: CheckID, in path: String, at places: [Range<Int>], _ outcome: Outcome)
        -> Bool
    {
        guard let source = project.dockerfiles[path] else { return false }
        let ranges = places.map(source.range)
        return outcome.findings.contains { finding in
            guard finding.check == check, finding.path == path else { return false }
            guard let range = finding.range else { return true }
            let index = ranges.partitioningIndex { $0.end >= range.start }
            return index < ranges.count && ranges[index].start <= range.end
        }
    }
}

extension TextChange {
    /// Whole lines go that are comments, or text in them changes.
    fileprivate func isInComments(of source: SourceText) -> Bool {
        edits.allSatisfy { edit in
            let first = source.line(at: edit.bytes.lowerBound)
            let last = source.line(at: max(edit.bytes.lowerBound, edit.bytes.upperBound - 1))
            return (first...last).allSatisfy { line in
                source.bytes[source.bytes(ofLine: line)].first { $0 != 0x20 && $0 != 0x09 }
                    == UInt8(ascii: "#")
            } && !edit.replacement.utf8.contains(UInt8(ascii: "\n"))
        }
    }
}
