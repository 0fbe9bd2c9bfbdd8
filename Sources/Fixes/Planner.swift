internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Facts
internal import Impact
internal import Project
internal import Repository
internal import SourceText

/// The passes of a plan.
struct Planner {
    var project: Project
    let request: FixPlan.Request
    let load: (Snapshot) async -> Project?
    var fixed: [FixPlan.Fixed] = []
    var refused: [FixPlan.Refused] = []
    var isBounded = false
    var contents: [String: [UInt8]] = [:]
    /// nil for a file that there is none of.
    var originals: [String: [UInt8]?] = [:]
    var proofs = 0
    var judgements = 0
    /// How often all checks may run: each run looks at all builds.
    let mostProofs: Int
    var outcome = Outcome()

    /// A finding with its edits.
    struct Candidate {
        let finding: Finding
        let changes: [String: TextChange]
        var rebuild: Rebuild?

        var paths: [String] { changes.keys.sorted() }
    }

    /// The bytes that chosen edits change, by file.
    struct Places {
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
    mutating func select(from findings: [Finding]) -> [Candidate] {
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

    mutating func candidates(from findings: [Finding]) -> [Candidate] {
        var candidates: [Candidate] = []
        var ignoreFiles: [String: SourceText]?
        var reasons: [String: String?] = [:]
        // Whether a file is changed, or a Dockerfile in it.
        var isInside: [String: Bool] = [:]
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
            for path in changes.keys where reason == nil {
                let inline = project.inlineDockerfiles[path]
                let file = inline?.path ?? path
                if let known = isInside[file], known != (inline != nil) {
                    reason = "\(file) is changed as well"
                } else {
                    isInside[file] = inline != nil
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

    func reasonAgainst(_ path: String) -> String? {
        if let inline = project.inlineDockerfiles[path] {
            if !inline.isExact { return "the lines of \(path) are not lines of \(inline.path)" }
            if contents[inline.path] != nil { return "\(inline.path) is changed as well" }
        }
        // Lines of the one are lines of the other: both cannot move.
        let isMoved = project.inlineDockerfiles.contains { $1.path == path && contents[$0] != nil }
        if isMoved { return "a Dockerfile in it is changed as well" }
        return project.parsedDockerfile(path)?.problems.first { $0.kind != .mount }.map {
            "\(path) does not parse (\($0.message)), and is left as it is"
        }
    }

    func statement(_ path: String) -> SourceText? {
        project.statements.first { $0.source.path == path }?.source
    }

    mutating func refuse(_ finding: Finding, _ reason: String) {
        refused.append(FixPlan.Refused(finding: finding, reason: reason))
    }

    // MARK: Contents

    /// - Returns: nil for a file that there is none of.
    func original(_ path: String, _ ignoreFiles: [String: SourceText]) -> [UInt8]? {
        project.dockerfiles[path]?.bytes
            ?? project.statements.first { $0.source.path == path }?.source.bytes
            ?? ignoreFiles[path]?.bytes
    }

    static func ignoreFiles(of project: Project) -> [String: SourceText] {
        let contexts = ContextStore(of: project.snapshot)
        var files: [String: SourceText] = [:]
        for build in project.builds {
            guard let file = ContextFacts(build: build, in: contexts).context?.ignoreFile else { continue }
            files[file.path] = file.source
        }
        return files
    }

    /// What files hold with some changes.
    func contents(with changes: [[String: TextChange]]) -> [String: [UInt8]]? {
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

}

extension Planner {
    /// Whether a check finds something where edits were made.
    func isFound(_ check: CheckID, in path: String, at places: [Range<Int>], _ outcome: Outcome)
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
    func isInComments(of source: SourceText) -> Bool {
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
