import ArgumentParser
import BuildRecords
import Catalogue
import Diagnostics
import Impact
import Reports

/// `clm-doctor why`: says why steps of a build ran.
struct WhyCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Say why steps of a build ran and were not in the cache: one reason for each root.",
        discussion: """
            Reads the log or the record of a build, as `clm-doctor timings` does. What it can say depends on what it may
            compare with:

              --against FILE    an earlier build: what differs between the two
              --base, --head    the states of the repository that were built: which file, instruction or value differs
              neither           the last build like it in the store (`clm-doctor records`), or the commit in the
                                record, held against the one before it

            A reason is certain where records or git show it, likely where something that they do not tell could speak
            against it; where they do not tell, the reasons that remain are listed.

            EXAMPLES:
              clm-doctor why new.dockerbuild --against old.dockerbuild
              clm-doctor why build.log --base HEAD~1 --head HEAD
              clm-doctor why build.log --base HEAD          what the work tree changed
              clm-doctor why --expect-cached build.log      for CI: exit code 1 if any step ran
              clm-doctor explain context-file               what a reason means, and what to do
            """)

    @Argument(
        help: ArgumentHelp(
            "The build's log or .dockerbuild; - for standard input; or its id, as `timings` takes it.",
            valueName: "file"), completion: .file())
    var file: String

    @Option(
        help: ArgumentHelp("The log, the record or the id of an earlier build.", valueName: "file"),
        completion: .file())
    var against: String?

    @Option(
        help: ArgumentHelp("The commit that was built before.", valueName: "rev"), completion: .ofRepository)
    var base: String?

    @Option(
        help: ArgumentHelp(
            "The commit that was built (with --base; default: the work tree).", valueName: "rev"),
        completion: .ofRepository)
    var head: String?

    @Option(
        help: ArgumentHelp(
            "The build, as `clm-doctor builds` lists it (default: the one whose steps these are).",
            valueName: "build"), completion: .ofRepository)
    var build: String?

    @Flag(help: "Exit code 1 if any step ran.")
    var expectCached = false

    @Option(help: ArgumentHelp("text, concise, json or markdown.", valueName: "format"))
    var format = WhyFormat.text

    @OptionGroup var place: OutputOption

    @Option(help: ArgumentHelp("Whether to use colour.", valueName: "when"))
    var color = ColorChoice.auto

    @OptionGroup var options: ProjectOptions
    @OptionGroup var store: RecordOptions
    @OptionGroup var waiting: HostOptions

    func validate() throws {
        if head != nil, base == nil {
            throw ValidationError("--head needs --base, the commit that was built before")
        }
    }

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        let key = store.key(in: surroundings)
        let remembered = try await RememberedBuilds(
            options.noHost ? [] : [file] + (against.map { [$0] } ?? []), waiting, in: surroundings)
        let records = try RecordFiles.records([file], remembered, key: key, in: surroundings).records
            .map(\.withoutSecrets)
        let record = records[records.count - 1]
        var remarks: [String] = []
        if records.count > 1 { remarks.append("There are \(records.count) builds in it; this is the last.") }
        let earlier = try earlier(than: record, remembered, key, &remarks, in: surroundings)
        let git = try await prediction(for: record, earlier, in: surroundings)
        let prediction = git.prediction
        remarks += git.remarks
        if let earlier, earlier.steps(among: record.stepIdentities) == 0 {
            remarks.append("The two builds have no step in common: are they of the same image?")
        }
        if let lack = lack(of: record) { remarks.append(lack) }
        let analysis = MissAnalysis(record, earlier: earlier, prediction: prediction)
        guard analysis.steps > 0 else {
            throw CommandFailure.usage(
                "\(file): there is no step of a Dockerfile in it; write a log with `docker build --progress=rawjson . 2> FILE`"
            )
        }
        let report =
            switch format {
            case .text:
                WhyText(analysis, remarks: remarks).text(style: place.style(color, in: surroundings))
            case .concise: WhyConcise.text(analysis, remarks: remarks)
            case .json: WhyJSON.text(analysis, remarks: remarks)
            case .markdown: WhyMarkdown(analysis, remarks: remarks).text()
            }
        try place.write(report, in: surroundings)
        // Two records that show each reason need no git.
        let isTold = earlier != nil && analysis.misses.allSatisfy { $0.certainty == .certain }
        if git.hasFailed, !isTold { return .usage }
        // Of a build that did not end, nobody knows what would have run.
        return expectCached && !(analysis.misses.isEmpty && analysis.isWhole) ? .findings : .clean
    }

    /// The record of --against, the one that has the most steps in common; or the last one of the store that had ended before:
    /// what began before and had not is a build beside it, or this one, from another source.
    private func earlier(
        than record: BuildRecord, _ remembered: RememberedBuilds, _ key: HashKey, _ remarks: inout [String],
        in surroundings: Surroundings
    ) throws -> BuildRecord? {
        let own = record.stepIdentities
        if let against {
            let others = try RecordFiles.records([against], remembered, key: key, in: surroundings).records
                .map(\.withoutSecrets)
            return others.reversed().max { $0.steps(among: own) < $1.steps(among: own) }
        }
        // Between two stated commits, another build would only confuse.
        guard base == nil, let started = record.started, let store = try? store.store(in: surroundings) else {
            return nil
        }
        let others = store.contents(key: key).records.filter { other in
            (other.id == nil || other.id != record.id)
                && other.started.map { $0 < started && $0.addingClamped(other.milliseconds ?? 0) <= started }
                    ?? false
                && other.steps(among: own) * 2 >= own.count
        }
        guard let last = others.max(by: { ($0.started ?? 0) < ($1.started ?? 0) }) else { return nil }
        remarks.append("Compared with the stored build \(last.id ?? last.name ?? "before it").")
        return last
    }

    private func lack(of record: BuildRecord) -> String? {
        record.source.tellsInputs || record.source == .metadata
            ? nil
            : "This log does not tell which step takes what from which: the order of the steps in their stages stands in for it."
    }

    // MARK: Git

    /// The two states, by the command line or by the records; nil where neither tells.
    private func range(_ record: BuildRecord, _ earlier: BuildRecord?) -> (
        base: String, head: String?, isStated: Bool
    )? {
        if let base { return (base, head, true) }
        func commit(_ revision: String?) -> String? {
            guard let revision, revision.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
            let hash = revision.prefix { $0.isHexDigit }
            return hash.count >= 40 ? String(hash) : nil
        }
        guard let now = commit(record.revision) else { return nil }
        if let then = commit(earlier?.revision) { return then == now ? nil : (then, now, false) }
        return earlier == nil ? (now + "~1", now, false) : nil
    }

    /// What git tells.
    private struct Answer {
        var prediction: MissAnalysis.Prediction?
        var remarks: [String] = []
        /// The repository here cannot tell, although the command line or the record names commits.
        var hasFailed = false
    }

    private func prediction(
        for record: BuildRecord, _ earlier: BuildRecord?, in surroundings: Surroundings
    ) async throws -> Answer {
        guard let range = range(record, earlier) else {
            guard earlier == nil else { return Answer() }
            return Answer(remarks: [
                "Nothing to compare with: name an earlier build (--against FILE), or the commit that was built before "
                    + "(--base REV)."
            ])
        }
        let here = RecordOptions.addresses(of: surroundings.workingDirectory)
        if !range.isStated, let here, let repository = record.repository,
            !here.contains(RepositoryAddress(repository))
        {
            return Answer(
                remarks: [
                    "The build is of another repository, \(repository): run this in a clone of it, or name an earlier build "
                        + "(--against FILE)."
                ], hasFailed: true)
        }
        var request = ImpactRequest(
            folder: surroundings.workingDirectory, base: range.base,
            head: range.head.map { .commit($0) } ?? .workTree,
            options: try options.loadOptions(catalogue: try? Catalogue.builtin(), in: surroundings))
        request.allSteps = true
        request.names = build.map { [$0] } ?? []
        let report: ImpactReport
        do {
            report = try await ImpactReport.make(request)
        } catch {
            // What the command line names must be right; what a record names may be elsewhere.
            if range.isStated { throw CommandFailure.usage("\(error)") }
            return Answer(
                remarks: ["The repository was not looked at: \(error)."], hasFailed: here != nil)
        }
        guard let found = report.build(of: record) else {
            return Answer(
                remarks: [
                    "No build of this repository has the steps of this record, so that git was not asked."
                ], hasFailed: true)
        }
        return Answer(
            prediction: MissAnalysis.Prediction(
                build: found, changedPaths: report.changedPaths, isCertain: range.isStated,
                range:
                    "between \(Self.short(range.base)) and \(range.head.map(Self.short) ?? "the work tree")"),
            remarks: found.problem.map { ["What git tells is not known: \($0)."] } ?? [])
    }

    /// `e5c55f5c7796~1` of a whole hash with what follows it; other names of commits as they are.
    private static func short(_ revision: String) -> String {
        let hash = revision.prefix { $0.isHexDigit }
        return hash.count >= 40 ? "\(hash.prefix(12))\(revision.dropFirst(hash.count))" : revision
    }
}

/// How to print reasons.
enum WhyFormat: String, ExpressibleByArgument, CaseIterable {
    case text, concise, json, markdown
}
