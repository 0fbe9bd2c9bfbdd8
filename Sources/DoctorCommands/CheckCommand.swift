import ArgumentParser
import Catalogue
import CheckPrograms
import Checks
import Diagnostics
import Host
import Project
import Reports
import Repository

/// `clm-doctor check`, and `clm-doctor` without a command: examines a repository.
struct CheckCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Examine a repository and report what makes its builds slow (the default).",
        discussion: """
            Without a path it examines the repository that you are in. A path may be a folder or a Dockerfile.

            EXAMPLES:
              clm-doctor check services/api Dockerfile.dev
              clm-doctor check --only cache,context --skip context-huge
              clm-doctor check --fail-on error               in CI: warnings are shown and do not fail
              clm-doctor check --format concise --no-host
              clm-doctor check --fail-on-cost 10min/week     fails for what records show to cost that much
              clm-doctor check --fix --only cache           repair what can be repaired safely
              clm-doctor check --diff --unsafe-fixes        all repairs, as a patch for `git apply`
            """)

    @Argument(
        help: ArgumentHelp(
            "Folders and Dockerfiles to examine (default: the repository here).", valueName: "path"),
        completion: .file())
    var paths: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            Exit with 1 for findings of this severity or above: info, warning, error; never for none (default: what \
            .clm-doctor.yaml says, else warning).
            """, valueName: "severity"))
    var failOn: FailureThreshold?

    @Option(
        help: ArgumentHelp(
            "Run these checks alone: ids or categories, separated by commas. May be repeated.",
            valueName: "ids"), completion: .ofRepository)
    var only: [String] = []

    @Option(
        help: ArgumentHelp(
            "Leave these checks out: ids or categories, separated by commas. May be repeated.",
            valueName: "ids"), completion: .ofRepository)
    var skip: [String] = []

    @Flag(help: "Fail where there is no docker program or its engine does not answer.")
    var requireHost = false

    @OptionGroup var known: KnownFindingOptions
    @OptionGroup var holding: PolicyOptions
    @OptionGroup var inspection: InspectionOptions
    @OptionGroup var history: HistoryOptions
    @OptionGroup var fixing: FixOptions
    @OptionGroup var custom: CustomCheckOptions
    @OptionGroup var waiting: HostOptions
    @OptionGroup var options: ProjectOptions
    @OptionGroup var reporting: ReportOptions

    func validate() throws {
        if requireHost, options.noHost {
            throw ValidationError("--require-host and --no-host exclude each other")
        }
        if requireHost, known.newSince != nil {
            throw ValidationError("--require-host and --new-since exclude each other")
        }
        if holding.isGiven, known.updateBaseline {
            throw ValidationError(
                "--update-baseline goes with neither --policy nor --strict: it writes what they judge")
        }
        if inspection.statistics, let format = reporting.format, format != .text {
            throw ValidationError("--statistics is a text, and goes with no other --format")
        }
    }

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        let root = try options.root(of: paths, in: surroundings)
        let programs = try await custom.describedPrograms(root: root, in: surroundings)
        let programChecks = programs.flatMap(\.entries)
        let givenChecks = try Catalogue.builtin().adding(programChecks)
        let policy = try await holding.load(
            root: root, options: options.loadOptions(catalogue: givenChecks, in: surroundings),
            in: surroundings)
        var loading = try options.loadOptions(catalogue: givenChecks, in: surroundings)
        loading.heedsIgnoredPaths = policy.heedsIgnoredPaths
        /// The repository as it is now, held to the policy.
        func loaded() async throws -> (Project, unheeded: [Exceptions.Item]) {
            var project = try await options.load(
                paths, catalogue: givenChecks, heedsIgnoredPaths: policy.heedsIgnoredPaths, in: surroundings)
            let (configuration, unheeded) = project.configuration.held(by: policy, catalogue: givenChecks)
            project.configuration = configuration
            return (project, unheeded)
        }
        let catalogue: Catalogue
        let runner: Runner
        var project: Project
        var unheeded: [Exceptions.Item]
        do {
            (project, unheeded) = try await loaded()
            catalogue = givenChecks.adding(project.configuration.customChecks.map(\.entry))
            let selection = try CheckSelection(only: names(only), skip: names(skip), catalogue: catalogue)
            runner = try Runner(
                configuration: project.configuration, selection: selection, catalogue: catalogue,
                programChecks: programChecks, heedsIgnoreComments: policy.heedsIgnoreComments,
                today: surroundings.today)
        } catch let error as UnknownCheckError {
            throw CommandFailure.usage("\(error)\n`clm-doctor checks` lists them all.")
        }
        if inspection.listing(of: project, runner: runner, catalogue: catalogue, in: surroundings) {
            return .clean
        }
        var isWritten = true
        if fixing.isAsked {
            isWritten = try await fixing.run(
                on: project, of: runner.ids.subtracting(project.configuration.unfixed), catalogue: catalogue,
                loading: loading, in: surroundings)
        }
        // What is reported stands on the disk.
        if fixing.fix { (project, unheeded) = try await loaded() }
        let asked = askHost(about: project, for: runner, surroundings)
        var outcome = await runner.run(
            on: project, host: { await asked?.value ?? .notAsked }, programs: programs.answers)
        outcome.notes += FixWriter(root: project.root).leftovers(beside: [], isCleared: false).map {
            "\($0) is left of a run of --fix that was ended; --fix clears it"
        }
        inspection.reportTimes(of: outcome, in: surroundings)
        outcome.exceptions.add(
            unheeded + project.configuration.exceptions(catalogue: catalogue, running: runner.ids)
                + outcome.commentExceptions(policy) + project.passedOver.exceptions)
        let isOfRepository = project.configuration.isOfRepository
        let configurationPath = project.configuration.path.map {
            $0.hasPrefix("/") ? $0 : project.root + "/" + $0
        }
        try await known.leaveOutKnown(
            of: &outcome, in: project, paths: paths, policy: policy, surroundings: surroundings
        ) { snapshot, selection in
            // Both states are judged by one configuration, and by the rules of this one.
            var options = self.options
            options.config = options.config ?? configurationPath
            var loadOptions = try options.loadOptions(catalogue: catalogue, in: surroundings)
            loadOptions.readsCustomChecks = false
            loadOptions.heedsIgnoredPaths = !isOfRepository || policy.heedsIgnoredPaths
            let before = try await Project.load(from: snapshot, selection, options: loadOptions)
            return await runner.run(on: before, programs: programs.answers)
        }
        outcome.tellSharedRemediesOnce()
        let sources = project.sources(of: outcome.findings)
        if !fixing.diff {
            let left = try await history.order(
                &outcome.findings, of: project, catalogue, in: surroundings)
            if let left { outcome.notes.append(left) }
        }
        outcome.setAside(
            project.dockerfilesAside,
            isCertain: !project.notes.contains { $0.isUnexamined && $0.isAboutStatement != false })
        outcome.findings = project.placed(outcome.findings)
        outcome.fold()
        let report = Report(
            version: Doctor.version, project: project, outcome: outcome, catalogue: catalogue,
            sources:
                sources
                .merging(await asked?.value.sources ?? [:]) { first, _ in first })
        let format = reporting.format(of: project.configuration, statistics: inspection.statistics)
        if !fixing.diff {
            try reporting.write(report, as: format, statistics: inspection.statistics, in: surroundings)
        }
        guard isWritten else { return .usage }
        let status = status(of: outcome, project: project, policy: policy, surroundings)
        let unread = try await known.unreadChanges(in: project, surroundings: surroundings)
        guard status == .clean, let path = unread.first else { return status }
        surroundings.errorOutput("\(printable(path)) changes and is not read: no gate passes that\n")
        return .findings
    }

    /// Begins to ask what there is; repository checks run meanwhile.
    private func askHost(
        about project: Project, for runner: Runner, _ surroundings: Surroundings
    ) -> Task<HostSnapshot, Never>? {
        guard !options.noHost, known.newSince == nil, runner.asksHost else { return nil }
        let probe = waiting.probe(outside: project.root, in: surroundings)
        return Task(executorPreference: surroundings.executor) {
            var host = await probe.ask(runner.hostQuestions)
            host.isRequired = requireHost
            return host
        }
    }

    private func names(_ values: [String]) -> [String] {
        values.flatMap { $0.split(separator: ",").map(String.init) }
    }

    private func status(
        of outcome: Outcome, project: Project, policy: Policy, _ surroundings: Surroundings
    ) -> ExitStatus {
        if !outcome.programFailures.isEmpty { return .usage }
        if policy.demandsExamination {
            let missing =
                project.unexamined(under: policy) + outcome.unexamined
                + outcome.skipped.map { "\($0.check) did not run everywhere: \($0.reason)" }
            if let first = missing.first {
                let others = missing.count > 1 ? " (and \(missing.count - 1) more)" : ""
                surroundings.report(
                    "not everything was examined, as \(policy.name) demands: \(first)\(others)")
                return .usage
            }
        }
        let threshold = failOn ?? project.configuration.failOn ?? .warning
        let failures = outcome.findings.filter { threshold.includes($0.severity) }
        if failures.contains(where: { $0.check == "parse-error" }) { return .unparsable }
        if !failures.isEmpty || history.fails(outcome.findings) { return .findings }
        guard project.dockerfiles.isEmpty else { return .clean }
        if reporting.format(of: project.configuration, statistics: inspection.statistics) != .text {
            surroundings.report("no Dockerfile was found in \(project.root)")
        }
        return .nothingToCheck
    }
}
