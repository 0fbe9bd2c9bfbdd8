import BuildContext
package import Catalogue
package import Diagnostics
import Dockerfile
package import Facts
package import Host
package import Project
import SourceText

/// Runs checks over a project. It owns what no check is to know: which checks run, severities, order, ignore
/// comments, and that one problem is reported once.
package struct Runner: Sendable {
    private let catalogue: Catalogue
    private let costs: [CheckID: Cost]
    private let categories: [CheckID: Category]
    private let configuration: Configuration
    private let checks: [any Check]
    private let dockerfileChecks: [any DockerfileCheck]
    private let projectChecks: [any ProjectCheck]
    private let hostChecks: [any HostCheck]
    private let ignoreChecks: [any IgnoreCheck]
    /// Of the repository's own, with their severities.
    private let customChecks: [(check: CustomCheck, severity: Severity)]
    /// Of the checks that programs have and that are to run.
    private let programSeverities: [CheckID: Severity]
    private let skipped: [SkippedCheck]
    private let heedsIgnoreComments: Bool
    private let today: Day?
    private let foreignRules: ForeignIgnores.Rules

    /// - Parameters:
    ///   - configuration: which checks are off, their severities and parameters.
    ///   - selection: what the command line adds to that; a check that it names runs even if it is switched off.
    ///   - catalogue: what is known of the checks.
    ///   - programChecks: those of `catalogue` that programs have.
    ///   - heedsIgnoreComments: whether comments in the repository hide findings.
    ///   - today: for comments that expire; nil where none is to.
    /// - Throws: `UnknownCheckError` or `CheckOptionError` for what the configuration says of checks.
    package init(
        configuration: Configuration = Configuration(), selection: CheckSelection = CheckSelection(),
        catalogue: Catalogue, programChecks: [CatalogueEntry] = [], heedsIgnoreComments: Bool = true,
        today: Day? = nil
    ) throws {
        self.init(
            types: BuiltinChecks.types, configuration: try configuration.verified(by: catalogue),
            selection: selection, catalogue: catalogue, programChecks: programChecks,
            heedsIgnoreComments: heedsIgnoreComments, today: today)
    }

    init(
        types: [any Check.Type], configuration: Configuration, selection: CheckSelection,
        catalogue: Catalogue,
        programChecks: [CatalogueEntry] = [], heedsIgnoreComments: Bool = true, today: Day? = nil
    ) {
        func isSwitchedOn(_ description: CheckDescription) -> Bool {
            selection.only != nil || configuration.enabled[description.id] ?? description.isEnabled
        }
        func severity(_ description: CheckDescription) -> Severity? {
            let id = description.id
            guard selection.includes(id), isSwitchedOn(description) else { return nil }
            return configuration.severities[id] ?? description.severity
        }
        customChecks = configuration.customChecks.compactMap { check in
            severity(check.description).map { (check, $0) }
        }
        programSeverities = Dictionary(
            uniqueKeysWithValues: programChecks.compactMap { entry in
                severity(entry.description).map { (entry.id, $0) }
            })
        var checks: [any Check] = []
        var skipped: [SkippedCheck] = []
        for type in types where selection.includes(type.id) {
            guard let entry = catalogue.entry(for: type.id) else {
                skipped.append(SkippedCheck(check: type.id, reason: "checks/\(type.id) is missing"))
                continue
            }
            guard isSwitchedOn(entry.description) else { continue }
            do {
                let options = try CheckOptions(
                    entry.description, severity: configuration.severities[type.id],
                    parameters: configuration.parameters[type.id] ?? [:])
                checks.append(try type.init(options: options))
            } catch {
                skipped.append(SkippedCheck(check: type.id, reason: "\(error)"))
            }
        }
        self.catalogue = catalogue
        costs = Dictionary(uniqueKeysWithValues: catalogue.entries.map { ($0.id, $0.description.cost) })
        categories = Dictionary(
            uniqueKeysWithValues: catalogue.entries.map { ($0.id, $0.description.category) })
        self.configuration = configuration
        self.checks = checks
        dockerfileChecks = checks.compactMap(\.ofDockerfiles)
        projectChecks = checks.compactMap(\.ofProjects)
        hostChecks = checks.compactMap(\.ofHosts)
        ignoreChecks = checks.compactMap(\.ofIgnoreComments)
        self.skipped = skipped
        self.heedsIgnoreComments = heedsIgnoreComments
        self.today = today
        foreignRules = ForeignIgnores.Rules(catalogue)
    }

    /// The checks that are to run.
    package var ids: Set<CheckID> {
        Set(checks.map { type(of: $0).id } + customChecks.map(\.check.id) + programSeverities.keys)
    }

    /// Whether any check that is to run looks at the Docker host.
    package var asksHost: Bool { !hostChecks.isEmpty }

    /// What the checks that are to run need to hear of it.
    package var hostQuestions: Set<HostQuestion> {
        hostChecks.reduce(into: []) { $0.formUnion(type(of: $1).questions) }
    }

    /// Runs all checks.
    ///
    /// Facts and findings of different builds are made side by side where there are enough of them; what comes out
    /// does not depend on that.
    /// - Parameters:
    ///   - host: gives what is known of the Docker host; awaited when all other checks have run.
    ///   - programs: lets the programs with checks judge; it is told which of their checks are to run.
    package func run(
        on project: Project,
        host: @Sendable () async -> HostSnapshot = { .notAsked },
        programs: @Sendable (ProjectFacts, [CheckID: Severity]) async -> [ProgramAnswer] = { _, _ in [] }
    ) async -> Outcome {
        let builds = project.builds
        let facts = ProjectFacts(project: project)
        let size = max(Self.buildsOfAPart, (builds.count + Self.partCount - 1) / Self.partCount)
        var parts = await builds.concurrentMap(inPartsOf: size) { [examine($0, in: facts)] }
        parts.append(examine(facts))
        let answers = programSeverities.isEmpty ? [] : await programs(facts, programSeverities)
        parts += answers.map { Part(findings: $0.findings) }
        let snapshot = await host()
        parts.append(examine(HostFacts(host: snapshot, project: facts)))
        var outcome = outcome(of: parts, facts: facts, judgedByPrograms: answers.flatMap(\.ran))
        outcome.programFailures = answers.compactMap(\.failure)
        if asksHost, snapshot.connection != .answered {
            let found = Set(outcome.findings.map(\.check))
            let idle = hostChecks.filter { $0.ofProjects == nil }.map { type(of: $0).id }
            outcome.ran.removeAll { idle.contains($0) && !found.contains($0) }
            outcome.hostSilence = snapshot.reasonForSilence
        }
        outcome.hostNotes = snapshot.notes
        return outcome
    }

    /// Fewer builds take less time than starting a thread does.
    private static let buildsOfAPart = 8
    /// More than there are processors on most machines, so that a part with slow builds holds up little.
    private static let partCount = 32

    /// What came of some builds, or of the project.
    private struct Part: Sendable {
        var findings: [Finding] = []
        var skipped: [SkippedCheck] = []
        /// The ignore files of contexts that a check has read.
        var ignoreFiles: [SourceText] = []
        /// What each check took, in the order of the checks that judge it.
        var times: [(check: CheckID, time: Duration)] = []
        /// What was not read, one sentence without its final dot each.
        var notes: [String] = []

        init(findings: [Finding] = []) { self.findings = findings }

        init(judgedBy checks: [any Check]) { times = checks.map { (type(of: $0).id, .zero) } }

        /// Takes in what a check finds; one that cannot tell says so, and the others go on.
        /// - Parameter index: the check's, among those that judge it.
        mutating func add(byCheck index: Int, _ findings: () throws -> [Finding]) {
            let start = ContinuousClock.now
            do {
                self.findings += try findings()
            } catch {
                skipped.append(SkippedCheck(check: times[index].check, reason: "\(error)"))
            }
            times[index].time += .now - start
        }
    }

    private func examine(_ builds: ArraySlice<Build>, in project: ProjectFacts) -> Part {
        var part = Part(judgedBy: dockerfileChecks)
        for build in builds { examine(build, in: project, &part) }
        return part
    }

    private func examine(_ build: Build, in project: ProjectFacts, _ part: inout Part) {
        ExaminedFile.begin(build.dockerfile)
        guard let facts = project.facts(of: build) else { return }
        for (index, check) in dockerfileChecks.enumerated() {
            guard build.isMade(by: { isFor($0, type(of: check)) }) else { continue }
            facts.work.renew()
            part.add(byCheck: index) {
                let findings = try check.findings(in: facts)
                // What it did not get to see may be what keeps it silent.
                guard !facts.work.isSpent else { throw CannotTell("\(facts.path): \(WorkBudget.note)") }
                return findings
            }
        }
        facts.work.renew()
        if let line = facts.work.cutLine {
            part.notes.append("\(facts.path), from line \(line) on: \(WorkBudget.note)")
        }
        for problem in facts.dockerfile.parsed.problems + facts.dockerfile.problems
        where problem.kind == .limit {
            part.notes.append(
                "\(facts.path):\(facts.source.line(at: problem.range.lowerBound)): \(problem.message)")
        }
        if let file = facts.context.context?.ignoreFile {
            for problem in file.problems where problem.isLimit {
                part.notes.append("\(file.path):\(problem.line): \(problem.message)")
            }
        }
        if let untold = facts.dockerfile.parsed.firstUntold {
            part.notes.append(
                "\(facts.path):\(facts.source.line(at: untold.lowerBound)): the file has more than "
                    + "\(Limits.syntaxProblems) problems; from here on they are not told")
        } else if facts.dockerfile.problems.count >= Limits.syntaxProblems {
            part.notes.append(
                "\(facts.path): the file has \(Limits.syntaxProblems) problems or more, which are not all told"
            )
        }
        if facts.dockerfile.parsed.usesForeignFrontend {
            part.notes.append(
                "\(facts.path): another frontend than Docker's reads it, whose language nobody here knows: its syntax and "
                    + "its mounts are not judged")
        }
        var work = WorkBudget(Limits.customWork / max(1, project.project.builds.count))
        for (check, severity) in customChecks {
            part.findings += check.findings(in: facts, severity: severity, work: &work)
            if work.isSpent {
                part.skipped.append(
                    SkippedCheck(
                        check: check.id,
                        reason: "\(build.dockerfile) is too long for all patterns of the custom checks"))
            }
        }
        if let file = facts.context.openedContext?.ignoreFile?.source { part.ignoreFiles.append(file) }
    }

    /// Whether what a check says holds for a builder's cache mounts and language.
    private func isFor(_ builder: Builder, _ check: any DockerfileCheck.Type) -> Bool {
        if categories[check.id] == .cache { return builder.hasCacheMounts }
        return builder.hasFrontends || !check.isAboutFrontends
    }

    private func examine(_ facts: ProjectFacts) -> Part {
        ExaminedFile.end()
        var part = Part(judgedBy: projectChecks)
        for (index, check) in projectChecks.enumerated() {
            part.add(byCheck: index) { try check.findings(in: facts) }
        }
        return part
    }

    private func examine(_ facts: HostFacts) -> Part {
        var part = Part(judgedBy: hostChecks)
        for (index, check) in hostChecks.enumerated() {
            part.add(byCheck: index) { try check.findings(in: facts) }
        }
        return part
    }

    private func outcome(
        of parts: [Part], facts: ProjectFacts, judgedByPrograms: [CheckID]
    ) -> Outcome {
        var outcome = Outcome(skipped: skipped)
        for (check, time) in parts.lazy.flatMap(\.times) { outcome.times[check, default: .zero] += time }
        outcome.unexamined = Set(parts.flatMap(\.notes)).sorted()
        if facts.contextsAreCutShort {
            outcome.unexamined.append(
                "the patterns of ignore files take too long: not all of the build contexts is examined")
        }
        for reason in parts.flatMap(\.skipped) where !outcome.skipped.contains(reason) {
            outcome.skipped.append(reason)
        }
        outcome.skipped.sort { ($0.check, $0.reason) < ($1.check, $1.reason) }
        outcome.ran =
            (checks.map { type(of: $0).id } + customChecks.map(\.check.id) + judgedByPrograms).sorted()
        let judged = Set(outcome.ran).subtracting(outcome.skipped.map(\.check))

        var byPath: [String: [Finding]] = [:]
        for finding in parts.lazy.flatMap(\.findings) { byPath[finding.path, default: []].append(finding) }
        for path in byPath.keys {
            byPath[path] = distinct(byPath[path]!)
            number(&byPath[path]!)
        }
        let known = catalogue.entries.map(\.id)
        for source in sources(of: facts, ignoreFiles: parts.flatMap(\.ignoreFiles)) {
            var comments = IgnoreComments(
                in: source, dockerfile: { facts.project.parsedDockerfile(source.path) }, knownChecks: known,
                ranChecks: judged, today: today, rules: foreignRules)
            guard !comments.isEmpty else { continue }
            let (shown, hidden) = comments.hide(byPath[source.path] ?? [])
            if heedsIgnoreComments {
                outcome.ignored += hidden
                byPath[source.path] = shown
            } else {
                // Nothing is hidden; that the comments would hide something is known all the same, so none is unused.
                outcome.unheededIgnores += hidden
                byPath[source.path] = shown + hidden
            }
            for check in ignoreChecks {
                var about = check.findings(in: comments)
                number(&about)
                byPath[source.path, default: []] += about
            }
            byPath[source.path]?.sort(by: isAbove)
        }
        let inOrderOfReading = byPath.sorted { $0.key < $1.key }.flatMap(\.value)
        outcome.findings = byCost(inOrderOfReading.map(overridden))
        outcome.ignored.sort { $0.path != $1.path ? $0.path < $1.path : isAbove($0, $1) }
        return outcome
    }

    /// The text files that an ignore comment can stand in, by path.
    private func sources(of facts: ProjectFacts, ignoreFiles: [SourceText]) -> [SourceText] {
        var sources: [String: SourceText] = [:]
        for source in ignoreFiles { sources[source.path] = source }
        for statement in facts.statements { sources[statement.source.path] = statement.source }
        sources.merge(facts.project.dockerfiles) { $1 }
        return sources.sorted { $0.key < $1.key }.map(\.value)
    }

    /// A Dockerfile that several builds use has each of its problems once.
    /// - Parameter findings: all of one path.
    private func distinct(_ findings: [Finding]) -> [Finding] {
        struct Key: Hashable {
            let check: CheckID
            let range: SourceRange?
            let message: String
        }
        var seen: Set<Key> = []
        return findings.filter {
            seen.insert(Key(check: $0.check, range: $0.range, message: $0.message)).inserted
        }
    }

    /// Puts the findings of one file in order and sets `ordinal` from top to bottom.
    private func number(_ findings: inout [Finding]) {
        struct Key: Hashable {
            let check: CheckID
            let subject: String
        }
        findings.sort(by: isAbove)
        var counts: [Key: Int] = [:]
        for index in findings.indices {
            let key = Key(check: findings[index].check, subject: findings[index].subject)
            counts[key, default: 0] += 1
            findings[index].ordinal = counts[key]!
        }
    }

    /// Of two findings in one file the one that is read first.
    private func isAbove(_ left: Finding, _ right: Finding) -> Bool {
        let top = SourcePosition(line: 0, column: 0)
        let (first, second) = (left.range?.start ?? top, right.range?.start ?? top)
        if first != second { return first < second }
        return (left.check, left.message) < (right.check, right.message)
    }

    private func overridden(_ finding: Finding) -> Finding {
        guard let severity = configuration.severities[finding.check] else { return finding }
        var finding = finding
        finding.severity = severity
        return finding
    }

    /// The severest and costliest first; where these are equal, the order stays.
    private func byCost(_ findings: [Finding]) -> [Finding] {
        let (severities, costs) = (Severity.allCases, Cost.allCases)
        let ranks = findings.map { finding in
            (severities.firstIndex(of: finding.severity) ?? 0) * costs.count
                + (costs.firstIndex(of: self.costs[finding.check] ?? .none) ?? 0)
        }
        return findings.indices.sorted { ranks[$0] != ranks[$1] ? ranks[$0] > ranks[$1] : $0 < $1 }
            .map { findings[$0] }
    }
}

extension Configuration {
    /// - Throws: `UnknownCheckError` or `CheckOptionError` for the first thing that it says of a check and that
    ///   cannot be.
    func verified(by catalogue: Catalogue) throws -> Configuration {
        let named = Set(enabled.keys).union(severities.keys).union(parameters.keys)
        for id in named.sorted() {
            guard let entry = catalogue.entry(for: id) else {
                throw UnknownCheckError(name: id.name, in: catalogue)
            }
            _ = try CheckOptions(entry.description, parameters: parameters[id] ?? [:])
        }
        return self
    }
}
