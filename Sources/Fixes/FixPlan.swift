internal import BuildContext
package import Diagnostics
internal import Dockerfile
internal import Facts
internal import Impact
package import Project
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
        /// The rebuild that it triggers, the slowest of those of its builds.
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
    ///   - examine: runs every check, without a look at the Docker host.
    package init(
        for project: Project, _ request: Request, examining examine: (Project) async -> Outcome
    ) async {
        self.project = project
        var planner = Planner(project: project, request: request)
        await planner.run(examine)
        self.project = planner.project
        fixed = planner.fixed
        refused = planner.refused
        isBounded = planner.isBounded
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
    private(set) var fixed: [FixPlan.Fixed] = []
    private(set) var refused: [FixPlan.Refused] = []
    private(set) var isBounded = false
    private(set) var contents: [String: [UInt8]] = [:]
    /// nil for a file that there is none of.
    private(set) var originals: [String: [UInt8]?] = [:]
    private var proofs = 0
    private var outcome = Outcome()

    /// A finding whose edits have been found fit, alone.
    private struct Candidate {
        let finding: Finding
        let changes: [String: TextChange]
        let rebuild: Rebuild?
    }

    init(project: Project, request: FixPlan.Request) {
        self.project = project
        self.request = request
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
        var chosen: [Candidate] = []
        var ignoreFiles: [String: SourceText]?
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
            let isApart = chosen.allSatisfy { other in
                changes.allSatisfy { path, change in
                    other.changes[path].map { change.isApart(from: $0) } ?? true
                }
            }
            guard isApart else { continue }
            switch judge(finding, changes) {
            case .success(let rebuild):
                chosen.append(Candidate(finding: finding, changes: changes, rebuild: rebuild))
            case .failure(let refusal): refuse(finding, refusal.reason)
            }
        }
        return chosen
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
        let contexts = ContextStore(of: project)
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

    // MARK: One fix alone

    private struct Refusal: Error {
        let reason: String
    }

    /// What can be told of a fix without running a check.
    private func judge(
        _ finding: Finding, _ changes: [String: TextChange]
    ) -> Result<Rebuild?, Refusal> {
        guard let contents = contents(with: [changes]) else {
            return .failure(Refusal(reason: "its edits do not fit the file"))
        }
        for path in changes.keys {
            if let dockerfile = project.parsedDockerfile(path),
                let problem = dockerfile.problems.first(where: { $0.kind != .mount })
            {
                return .failure(
                    Refusal(reason: "\(path) does not parse (\(problem.message)), and is left as it is"))
            }
            if let file = project.statements.first(where: { $0.source.path == path }),
                let change = changes[path], !change.isInComments(of: file.source)
            {
                return .failure(Refusal(reason: "\(path) says what is built, and is left as it is"))
            }
        }
        let edited = project.replacing(contents)
        let (old, new) = (ContextStore(of: project), ContextStore(of: edited))
        for build in Self.builds(of: project, with: Set(changes.keys)) {
            guard let before = BuildFacts(build: build, in: project, contexts: old),
                let after = BuildFacts(build: build, in: edited, contexts: new)
            else { continue }
            guard Self.concerns(Set(changes.keys), before, after, in: edited) else { continue }
            if changes[build.dockerfile] == nil, let problem = after.context.context?.problems.first {
                return .failure(Refusal(reason: "the ignore file would end the build: \(problem.message)"))
            }
            if let change = changes[build.dockerfile] {
                let stream = InstructionStream(from: before, to: after, by: change)
                if let difference = stream.difference() { return .failure(Refusal(reason: difference)) }
                if let risk = MountRisk(from: before, to: after, lines: stream.lines)
                    .reason(edited: stream.edited)
                {
                    return .failure(Refusal(reason: "it could break the build: \(risk)"))
                }
            }
        }
        return .success(rebuild(from: project, to: edited, of: Set(changes.keys)))
    }

    // MARK: The proof

    /// Makes all of them where the checks agree, else one half after the other.
    private mutating func make(_ candidates: [Candidate], _ examine: (Project) async -> Outcome) async {
        guard proofs < Limits.fixProofs else {
            isBounded = true
            for candidate in candidates {
                refuse(candidate.finding, "more fixes are to be proved than one run does; run it again")
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
        proofs = trial.proofs
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
            project = project.replacing(made)
            contents.merge(made) { $1 }
            proofs += 1
            outcome = await examine(project)
            guard let objection = Self.objection(to: outcome, after: before, fixing: findings) else {
                fixed += candidates.map { candidate in
                    let rebuild = round == 0 ? candidate.rebuild : rebuild(candidate, from: start)
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
        return outcome.findings.filter { finding in
            let kind = Kind(check: finding.check, path: finding.path)
            let count = outcome.findings.count { $0.check == finding.check && $0.path == finding.path }
            return count > known[kind, default: 0] && request.allows(finding)
                && !subjects.contains([finding.check.name, finding.path, finding.subject])
        }
    }

    /// The rebuild of a fix with what followed from it.
    private func rebuild(_ candidate: Candidate, from start: Project) -> Rebuild? {
        rebuild(from: start, to: project, of: Set(candidate.changes.keys))
    }

    private func rebuild(from start: Project, to end: Project, of paths: Set<String>) -> Rebuild? {
        let (old, new) = (ContextStore(of: start), ContextStore(of: end))
        var slowest: Rebuild?
        for build in Self.builds(of: start, with: paths) {
            guard let before = BuildFacts(build: build, in: start, contexts: old),
                let after = BuildFacts(build: build, in: end, contexts: new),
                Self.concerns(paths, before, after, in: end), after.dockerfile.problems.isEmpty,
                after.dockerfile.parsed.problems.isEmpty
            else { continue }
            let triggered = Rebuild(of: BuildImpact(of: before, editedTo: after))
            if slowest.map({ ($0.verdict, $0.others) < (triggered.verdict, triggered.others) }) ?? true {
                slowest = triggered
            }
        }
        return slowest
    }

    /// Those that can have to do with the files: all of them, unless the files are Dockerfiles.
    private static func builds(of project: Project, with paths: Set<String>) -> [Build] {
        paths.allSatisfy { project.dockerfiles[$0] != nil }
            ? project.builds.filter { paths.contains($0.dockerfile) } : project.builds
    }

    /// One of the files is the build's Dockerfile or its ignore file.
    private static func concerns(
        _ paths: Set<String>, _ before: BuildFacts, _ after: BuildFacts, in project: Project
    ) -> Bool {
        if paths.contains(before.path) { return true }
        guard paths.contains(where: { project.dockerfiles[$0] == nil }) else { return false }
        return [before, after].contains { facts in
            facts.context.context?.ignoreFile.map { paths.contains($0.path) } ?? false
        }
    }

    /// - Returns: why the findings are not those that were, without the ones that were fixed.
    private static func objection(
        to result: Outcome, after outcome: Outcome, fixing fixed: [Finding]
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
            return gone[kind] == nil
                ? "\(kind.check) would find something new in \(kind.path)"
                : "\(kind.check) would still find it"
        }
        let (subjects, left) = (counts(outcome.findings, bySubject), counts(result.findings, bySubject))
        for (kind, count) in counts(fixed, bySubject)
        where left[kind, default: 0] > subjects[kind, default: 0] - count {
            return "\(kind.check) would still find it"
        }
        if let skipped = result.skipped.first(where: { !outcome.skipped.contains($0) }) {
            return "\(skipped.check) could not judge it: \(skipped.reason)"
        }
        return nil
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
